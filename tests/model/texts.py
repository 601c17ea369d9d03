"""What we believe of a text: the words of its author and the desk, and what must come back from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from portal.domain.states import Stage, State
from tests.model.browser import Browser, Tab
from tests.model.drafts import Edited, Photo
from tests.model.words import find_words, words_of

SITES = ("Daily", "Weekly")
"""Newsrooms’ sites, named as places from which a text must come back."""
WHOLE = ("withdrawn", "erased", "consent", "undone")
"""Reasons for which a whole text must go."""
_RECALLS = ("withdrawn", "erased", "consent", "undone", "embargo", "name", "photo")
"""All reasons, in the order in which the portal asks."""
ENDING = ("withdrawn", "erased")
"""Of these, those for which nothing else is asked besides."""
FORBIDDEN = "no"
"""The answer that a text must not be published."""


@dataclass(eq=False)
class Letter:
    """A message in the thread. One of the desk reaches the author at `visible_at`."""

    word: str
    from_desk: bool
    visible_at: datetime
    act: str = ""
    """The decision it came with."""
    is_withheld: bool = False
    """Whether the text was withdrawn before it was shown."""

    @property
    def words(self) -> frozenset[str]:
        """Return what it says; answers to an edited text come in one message."""
        return find_words(self.word)

    def is_shown(self, at: datetime) -> bool:
        """Say whether its author can read it."""
        return self.visible_at <= at and not self.is_withheld


@dataclass(frozen=True)
class Decided:
    """A decision of the desk, and the message it brought, if any."""

    act: str
    at: datetime
    came_from: State
    letter: Letter | None = None


@dataclass(frozen=True)
class EnteredAnswers:
    """A version of what stands in a form of the private page: `place` as its address names it."""

    place: str
    fields: dict[str, str]
    at: datetime

    @property
    def words(self) -> frozenset[str]:
        """Return the words in all its fields."""
        return words_of(self.fields)


@dataclass(frozen=True)
class Recalled:
    """A place outside from which a text must come back; no address for an exported copy."""

    url: str
    reason: str
    exports: int
    since: datetime
    """The hour."""
    page: str = ""
    """Of a post on the newsroom's site, where it was read when it was asked for."""


@dataclass(eq=False)
class Text:
    """One submission, as its author knows it."""

    name: str
    stage: Stage
    home: Browser
    """The browser it was begun in."""
    form_key: str
    public_id: str
    code: str = ""
    """As a page has shown it; empty while nobody has seen one, or one of the desk is in use."""
    forms_open_nothing: bool = False
    """Whether another code took the place of the first one: its forms open its page no more."""
    sent: list[dict[str, str]] = field(default_factory=list)
    """Each sending whole: the words by the name of their field."""
    kept: dict[Tab, frozenset[str]] = field(default_factory=dict)
    """The words that each open form was told are saved, and has not sent."""
    kept_at: dict[Tab, datetime] = field(default_factory=dict)
    """When each of these was saved, at the latest."""
    outlived: frozenset[str] = frozenset()
    """Words that were kept unsent so long that they are gone, or will be after the next round."""
    letters: list[Letter] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    advice: dict[str, str] = field(default_factory=dict)
    """Why colleagues recommend something, by their names."""
    gists: list[str] = field(default_factory=lambda: [""])
    """Each gist the desk has saved, the newest last; empty where it was taken away."""
    photos: dict[str, Photo] = field(default_factory=dict)
    """What its author says about each photo, by its public id."""
    documents: int = 0
    originals: dict[str, datetime] = field(default_factory=dict)
    """When each file came that is kept as it was sent, by its public id."""
    draft: Edited | None = None
    decided: list[Decided] = field(default_factory=list)
    """What the desk decided, oldest first, without what was undone."""
    left_behind: list[Decided] = field(default_factory=list)
    """What it had decided when its author withdrew the text: it stands again when the author comes back."""
    was_duplicate: bool = False
    recalls: list[Recalled] = field(default_factory=list)
    """What the desk has been asked to take down, and has not yet."""
    removed: list[tuple[str, str]] = field(default_factory=list)
    """The places from which it was removed, and for which reason each."""
    held_back: list[Recalled] = field(default_factory=list)
    """What was said to wait for its author's day, or could not be made to."""
    typed: dict[str, EnteredAnswers] = field(default_factory=dict)
    """What was typed on the private page, kept and not sent, by the public id of its version."""
    boxes: dict[str, tuple[Browser, dict[str, Any]]] = field(default_factory=dict)
    """The form of each place as it was left open: where, and what stands in it."""
    photos_added: int = 0
    photo_removed_at: datetime | None = None
    """The hour in which its author removed one last."""
    responsible: str = ""
    """The name of the colleague it was given to."""
    is_told_to: str = ""
    """The same name while that colleague has not acted on it, and was not the one who did it."""
    closed_at: datetime | None = None
    """When it came last into a state, or back into one, that ends with the clock."""
    begun_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    saved_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """From when on the clock of an unsent text runs, at the earliest."""
    beside: str = ""
    """The name of the text it was begun beside, in the same browser and with some of its words."""
    reader: Browser | None = None
    """Somewhere else, where its author reads with nothing but the code."""
    is_erased: bool = False
    spoken: set[str] = field(default_factory=set)
    """Every word that was ever written into it or about it."""

    @property
    def about_photos(self) -> frozenset[str]:
        """Return every word its photos are described with."""
        return frozenset().union(*(one.words for one in self.photos.values()))

    @property
    def has_address(self) -> bool:
        """Say whether its author is to be reached by mail."""
        return self.now.get("reply") == "email"

    @property
    def now(self) -> dict[str, str]:
        """Return the newest sending; nothing where nothing was sent."""
        return self.sent[-1] if self.sent else {}

    @property
    def past(self) -> frozenset[str]:
        """Return the words of earlier sendings that the newest one does not hold."""
        return frozenset().union(*map(words_of, self.sent)) - words_of(self.now)

    @property
    def unsent(self) -> frozenset[str]:
        """Return the words that are saved and not sent."""
        return frozenset().union(*self.kept.values())

    def call_back(self, reason: str, *, at: datetime) -> None:
        """Believe that the desk is asked to take something down that is outside, unless it is already."""
        draft = self.draft
        if draft is None:
            return
        hour = at.replace(minute=0, second=0, microsecond=0)
        asked = {one.url for one in self.recalls if one.reason in {reason, *ENDING}}
        self.recalls += [
            Recalled(one, reason, draft.exports, hour, draft.page_on(one))
            for one in draft.places
            if one not in asked
        ]

    def believe_sent(self, place: str, values: Mapping[str, Any]) -> None:
        """Believe that what a form sends is not kept unsent any more, nor what says no more than that."""
        for name, kept in list(self.typed.items()):
            is_held = all(one in str(values.get(field, "")) for field, one in kept.fields.items())
            if kept.place == place and (name == values.get("writing") or is_held):
                del self.typed[name]

    def call_photo_back(self, photo: Photo, *, at: datetime) -> None:
        """Believe the same of a photo that is refused, where it may have left."""
        if self.may_have_left(photo):
            self.call_back("photo", at=at)

    def may_have_left(self, photo: Photo) -> bool:
        """Say whether a photo was here when copies left."""
        times = (self.draft.exported_at, *(at for _url, at in self.draft.publications)) if self.draft else ()
        left = [one for one in times if one is not None]
        return not left or photo.received <= max(left)

    def give_photo_back(self) -> None:
        """Believe that no photo is asked for when each may be printed again and none was removed."""
        asked = [one.since for one in self.recalls if one.reason == "photo"]
        was_removed = self.photo_removed_at is not None and self.photo_removed_at >= min(
            asked, default=self.photo_removed_at
        )
        if self.draft is None or was_removed:
            return
        if all(one.may_leave for one in self.photos.values() if self.may_have_left(one)):
            self.forget_recalls("photo")

    def forget_publication(self, draft: Edited, at: datetime) -> None:
        """Believe that the address never was one: what was asked for there is asked for of a copy, if any."""
        draft.publications = [one for one in draft.publications if one[1] < at]
        places = {*SITES, "", *(url for url, _at in draft.publications)}
        moved = [one for one in self.recalls if one.url not in places]
        self.recalls = [one for one in self.recalls if one not in moved]
        known = {one.reason for one in self.recalls if not one.url}
        if "" in draft.places:
            self.recalls += [replace(one, url="") for one in moved if one.reason not in known]

    def believe_day(self, day: str, *, at: datetime) -> None:
        """Believe that copies outside are held back until a later day than was known; else, until none."""
        then = self.now.get("embargo", "")
        if has_to_wait(day, at) and day > then:
            self.forget_day()
            self.call_back("embargo", at=at)
        elif day != then and not has_to_wait(day, at):
            self.forget_day()

    def believe_seen_early(self, site: str, *, at: datetime) -> None:
        """Believe that what a site has published before the day is asked for there."""
        if not has_to_wait(self.now.get("embargo", ""), at):
            return
        if any((one.url, one.reason) == (site, "embargo") for one in self.recalls):
            return
        self.held_back = [one for one in self.held_back if one.url != site]
        known = list(self.recalls)
        self.call_back("embargo", at=at)
        self.recalls = known + [one for one in self.recalls if one not in known and one.url == site]

    def believe_returned(self, site: str, *, is_withdrawn: bool, at: datetime) -> None:
        """Believe that what was removed from a site, and is there again, is asked for if it must not be."""
        done = [one for one in _RECALLS if (site, one) in self.removed]
        reasons = [one for one in done if (is_withdrawn if one == "withdrawn" else self._is_forbidden(one))]
        for reason in [one for one in reasons if one in WHOLE][:1] or reasons:
            known = list(self.recalls)
            self.call_back(reason, at=at)
            self.recalls = known + [one for one in self.recalls if one not in known and one.url == site]

    def _is_forbidden(self, reason: str) -> bool:
        """Say whether what was once asked for must not stand outside even now."""
        draft = self.draft
        if draft is None:
            return False
        match reason:
            case "undone":
                return draft.is_aside
            case "consent":
                return self.now.get("may") == FORBIDDEN
            case "photo":
                return any(self.may_have_left(one) and not one.may_leave for one in self.photos.values())
            case "name":
                return bool(draft.agreed_names - {"", draft.printed_name})
        return False

    def believe_held_back(self, done: Recalled) -> None:
        """Believe that a place waits for the day, and that nobody reads the text there."""
        self.held_back.append(done)
        if self.draft is not None:
            self.draft.forget_address(done.page if done.url in SITES else done.url)

    def forget_day(self) -> None:
        """Believe that nothing has to wait."""
        self.forget_recalls("embargo")
        self.held_back.clear()

    def believe_erased_by_clock(self) -> None:
        """Believe that it is gone, and that names and photos are asked for unless the whole text is."""
        self.is_erased = True
        if any(one.reason in ENDING for one in self.recalls):
            self.recalls = [one for one in self.recalls if one.reason in ENDING]

    def name_page(self, site: str, page: str) -> None:
        """Believe that what is asked for on a newsroom's site is asked for at the page it has now."""
        self.recalls = [replace(one, page=page) if one.url == site else one for one in self.recalls]

    def withhold_letters(self, *, at: datetime) -> None:
        """Believe that who has withdrawn does not read what came with decisions that wait."""
        for one in self.letters:
            one.is_withheld = one.is_withheld or (
                one.from_desk and one.act != "message" and one.visible_at > at
            )

    def show_letters(self, *, at: datetime) -> None:
        """Believe that who comes back reads them: in their time, or at once."""
        for one in self.letters:
            if one.is_withheld:
                one.is_withheld, one.visible_at = False, max(one.visible_at, at)

    def forget_recalls(self, *reasons: str) -> None:
        """Believe that nobody is asked to take down for these reasons any more."""
        self.recalls = [one for one in self.recalls if one.reason not in reasons]


def has_to_wait(day: str, at: datetime) -> bool:
    """Say whether a day an author named has not begun somewhere: at noon in UTC it has."""
    return bool(day) and at < datetime.fromisoformat(f"{day}T12:00:00+00:00")
