"""What we believe of a portal while people use it: who wrote which words, and what became of them.

Beliefs come from what pages acknowledged, never from tables. The only thing that is looked up is the state a
submission is in: it decides which acts are worth trying, and no promise is judged by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.receipt_code import hash_receipt
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import AuditEntry, Draft, Submission
from tests.model.browser import Browser, Tab
from tests.model.words import Words, find_words, words_of
from tests.support.factories import make_call, make_staff
from tests.support.newsroom_site import NewsroomSite
from tests.support.staff import enter

SLUG = "ukraine-taiwan"
SITES = ("Daily", "Weekly")
"""Newsrooms’ sites, named as places from which a text must come back."""
WINDOW = timedelta(minutes=10)
"""In which the desk may undo."""
_BEGINNING = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
_SESSION = timedelta(minutes=10)
"""After which a colleague signs in anew: some acts ask for a fresh password after fifteen."""
SIGNED = frozenset({"pen", "real"})
"""Choices that come with a name."""
OFF_THE_PAGES = ("draft", "pending", "private", "scheduled", "trashed", "gone")
"""What a site says of a post that nobody reads there."""
WHOLE = ("withdrawn", "erased", "consent", "undone")
"""Reasons for which a whole text must go."""
_RECALLS = ("withdrawn", "erased", "consent", "undone", "embargo", "name", "photo")
"""All reasons, in the order in which the portal asks."""
ENDING = ("withdrawn", "erased")
"""Of these, those for which nothing else is asked besides."""
FORBIDDEN = "no"
"""The answer that a text must not be published."""
_READER = "Rhea"
"""An editor who types nothing: who looks at a draft with her eyes reads what is saved."""
_PEOPLE = (
    ("Mia", Role.MODERATOR),
    ("Ming", Role.MODERATOR),
    ("Eda", Role.EDITOR),
    ("Egon", Role.EDITOR),
    (_READER, Role.EDITOR),
)


_READS = {"Ming": ("zh-Hant-TW",)}
"""Who does not read what authors write here, and goes by the gist."""
_READS_ALL = ("uk", "zh-Hant-TW", "en")


@dataclass(eq=False)
class Letter:
    """A message in the thread. One of the desk reaches the author at `visible_at`."""

    word: str
    from_desk: bool
    visible_at: datetime
    act: str = ""
    """The decision it came with."""

    @property
    def words(self) -> frozenset[str]:
        """Return what it says; answers to an edited text come in one message."""
        return find_words(self.word)


@dataclass(frozen=True)
class Decided:
    """A decision of the desk, and the message it brought, if any."""

    act: str
    at: datetime
    came_from: State
    letter: Letter | None = None


@dataclass(frozen=True)
class KeptEdits:
    """What an editor typed into a draft and was told is kept, not saved."""

    sequence: str
    """The number of this state, as the page was told."""
    words: frozenset[str]


@dataclass(eq=False)
class Standing:
    """A draft on a newsroom's site: what stands there, and what the portal has heard of it last."""

    words: frozenset[str] = frozenset()
    heard: str = ""
    """The status there, as the ledger says; empty while it may be there, and may not."""
    url: str = ""
    is_torn: bool = False
    """Whether its last push ended with the worker: what stands there is either text, or a part of one."""
    is_edited: bool = False
    """Whether somebody there has written into it since."""
    asked_about: frozenset[str] = frozenset()
    """What stood there when it was asked which text stays."""

    @property
    def is_there(self) -> bool:
        """Say whether it may stand there, as far as the portal knows."""
        return self.heard not in ("trashed", "gone")


@dataclass(eq=False)
class Edited:
    """The editorial copy of a text: every save of it, whole."""

    public_id: str
    saves: list[dict[str, str]]
    source: dict[str, str]
    """The author's sending it was made from."""
    shown_to_author: list[dict[str, str]] = field(default_factory=list)
    publications: list[tuple[str, datetime]] = field(default_factory=list)
    """The addresses on file, and when each was written down."""
    mode: str = "later"
    """Which kind of name the author chose."""
    name_shown: str = ""
    """The name that is printed in what the author was asked about last."""
    agreed: list[tuple[str, str]] = field(default_factory=list)
    """Title and excerpt as its author, or an editor instead, agreed to them each time."""
    agreed_names: set[str] = field(default_factory=set)
    """The names in all that may have left: what its author, or an editor instead, agreed to."""
    exports: int = 0
    exported_at: datetime | None = None
    brought_back: int = 0
    """How many exports there had been when the last copy was removed."""
    is_aside: bool = False
    """Whether the acceptance it came with is undone."""
    unsaved: dict[str, KeptEdits] = field(default_factory=dict)
    """What each editor has typed and not saved, by name."""
    was_typed_into: bool = False
    standings: dict[str, Standing] = field(default_factory=dict)
    """What the ledger has of it on each newsroom's site."""
    photo_edits: dict[str, str] = field(default_factory=dict)
    """Words of editors that are printed with a photo, by its public id."""

    def words_with(self, public_id: str, photo: "Photo") -> frozenset[str]:
        """Return what is said about a photo, by its author and by editors."""
        return photo.words | words_of({"caption": self.photo_edits.get(public_id, "")})

    @property
    def saved_words(self) -> frozenset[str]:
        """Return the words of every save."""
        return frozenset().union(*map(words_of, self.saves))

    @property
    def printed_name(self) -> str:
        """Return the name that is printed; empty without one."""
        return self.printed_as(self.now.get("byline", ""))

    def printed_as(self, name: str) -> str:
        """Return what is printed of a name; nothing where the author chose none."""
        return name if self.mode in SIGNED else ""

    @property
    def now(self) -> dict[str, str]:
        """Return what stands in it."""
        return self.saves[-1]

    @property
    def is_published(self) -> bool:
        """Say whether an address is on file."""
        return bool(self.publications)

    @property
    def address(self) -> str:
        """Return where the newsroom publishes it by hand, unless it is published already."""
        return self.publications[-1][0] if self.publications else f"https://example.org/{self.public_id}"

    @property
    def places(self) -> list[str]:
        """Return where copies are: on newsrooms' sites, at addresses, and without one in a file."""
        there = {name: one for name, one in self.standings.items() if one.is_there}
        known = {one.url for one in there.values()}
        urls = [one for one in dict.fromkeys(url for url, _at in self.publications) if one not in known]
        if not urls and self.exports > self.brought_back:
            urls = [""]
        return [*there, *urls]

    def page_on(self, place: str) -> str:
        """Return where it is read on a newsroom's site, as far as the portal knows; else nothing."""
        there = self.standings.get(place)
        return there.url if there is not None and there.heard == "published" else ""

    def believe_published(self, url: str, at: datetime) -> None:
        """Believe that an address is on file."""
        if not self.publications or self.publications[-1][0] != url:
            self.publications.append((url, at))

    def believe_read_too(self, url: str, at: datetime) -> None:
        """Believe that another address is on file, where it is read as well."""
        if all(url != known for known, _at in self.publications):
            self.publications.append((url, at))

    def believe_agreed(self, values: Mapping[str, str], name: str) -> None:
        """Believe that what is printed of these values, and the name, was agreed to."""
        self.agreed.append((values.get("title", ""), values.get("excerpt", "")))
        self.agreed_names.add(name)

    def forget_address(self, url: str) -> None:
        """Believe that nothing stands at an address any more."""
        self.publications = [one for one in self.publications if one[0] != url]


@dataclass(eq=False)
class Photo:
    """A photo of a text, as its author describes it."""

    received: datetime
    """The hour."""
    said: dict[str, str] = field(default_factory=dict)
    """The words in each field, by the end of its name."""
    may_leave: bool = False

    @property
    def words(self) -> frozenset[str]:
        """Return what is said about it."""
        return words_of(self.said)


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

    def forget_recalls(self, *reasons: str) -> None:
        """Believe that nobody is asked to take down for these reasons any more."""
        self.recalls = [one for one in self.recalls if one.reason not in reasons]


def has_to_wait(day: str, at: datetime) -> bool:
    """Say whether a day an author named has not begun somewhere: at noon in UTC it has."""
    return bool(day) and at < datetime.fromisoformat(f"{day}T12:00:00+00:00")


@dataclass(eq=False)
class DraftPage:
    """The page of a draft that stands open in an editor's browser."""

    text: Text
    person: str
    values: dict[str, Any]
    acts: tuple[str, ...]
    """What its buttons send along with the text."""


@dataclass(eq=False)
class Colleague:
    """Somebody on the desk."""

    name: str
    role: Role
    browser: Browser
    known: str
    entered: datetime


class World:
    """The portal, its people and the clock."""

    def __init__(
        self, app: Flask, restart: Callable[[], Flask], newsrooms: Mapping[str, NewsroomSite]
    ) -> None:
        self.app, self._restart, self.newsrooms = app, restart, newsrooms
        self.has_targets = False
        """Whether an editor has named the sites that stories are sent to."""
        self.summary = ""
        """What editors have written at the head of the front page."""
        self._other: Flask | None = None
        self._states: dict[str, State] | None = None
        self.words = Words()
        self.log: list[str] = []
        self.texts: list[Text] = []
        self.touched: dict[Text, None] = {}
        """Texts that something happened to since the promises were last looked at."""
        self._travel = time_machine.travel(_BEGINNING, tick=False)
        self.clock = self._travel.start()
        self.draft_pages: list[DraftPage] = []
        self.passer_by = app.test_client()
        """A browser in which nobody has done anything."""
        self.browsers = [Browser(name, app.test_client()) for name in ("phone", "laptop")]
        self.desk = self._make_people()
        with app.app_context():
            newest = db.session.scalar(select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1))
        self.audit_before = newest or 0
        """The log outlives the walk; earlier entries are of other walks."""

    def _make_people(self) -> list[Colleague]:
        with self.app.app_context(), transaction() as session:
            make_call(session, self.at - timedelta(days=1))
            made = [
                make_staff(session, role, name=name, languages=_READS.get(name, _READS_ALL))
                for name, role in _PEOPLE
            ]
            session.flush()
            marks = [staff.fs_uniquifier for staff in made]
        return [
            Colleague(name, role, Browser(name, self.app.test_client()), mark, self.at - timedelta(days=1))
            for (name, role), mark in zip(_PEOPLE, marks, strict=True)
        ]

    @property
    def at(self) -> datetime:
        """Return the time it is."""
        return datetime.now(UTC)

    def say(self, sentence: str) -> None:
        """Write down what somebody did."""
        self.log.append(f"{self.at:%d %b %H:%M:%S}  {sentence}")

    def touch(self, text: Text) -> None:
        """Have the promises looked at for this text after the step."""
        self.touched[text] = None

    def colleague(self, which: int, *, edits: bool = False) -> Colleague:
        """Return somebody of the desk, signed in; `edits` asks for an editor."""
        people = [one for one in self.desk if one.name != _READER]
        able = [one for one in people if one.role is Role.EDITOR] if edits else people
        return self.sign_in(able[which % len(able)])

    def reader(self) -> Colleague:
        """Return the editor who types nothing, signed in."""
        return self.named(_READER)

    def sign_in(self, found: Colleague) -> Colleague:
        """Return a colleague whose session is fresh."""
        if self.at - found.entered > _SESSION:
            found.browser.client = self.app.test_client()
            enter(found.browser.client, found.known)
            found.entered = self.at
        return found

    @property
    def has_left(self) -> bool:
        """Say whether a copy of any text was ever outside."""
        drafts = [one.draft for one in self.texts if one.draft is not None]
        return any(one.is_published or one.exports or one.standings for one in drafts) or any(
            one.recalls for one in self.texts
        )

    def named(self, name: str) -> Colleague:
        """Return a colleague by name, signed in."""
        return self.sign_in(next(one for one in self.desk if one.name == name))

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.clock.shift(span)

    def move_to_other_server(self) -> None:
        """Start the portal again on the same instance; the next time go back to the first one."""
        self.app, self._other = self._other or self._restart(), self.app
        readers = [one.reader for one in self.living() if one.reader is not None]
        for one in (*self.browsers, *readers, *(colleague.browser for colleague in self.desk)):
            one.move_to(self.app)

    def stop(self) -> None:
        """Let the clock go."""
        self._travel.stop()

    # What a code, a state and a draft are called inside

    def find_public_id(self, form_key: str) -> str:
        """Return the public id of what was kept of a form; empty when nothing was."""
        with self.app.app_context():
            wanted = hash_receipt(current_portal().instance.receipt_secret, form_key)
            found = select(Submission.public_id).where(Submission.receipt_hash == wanted)
            return db.session.scalar(found) or ""

    def state_of(self, text: Text) -> State:
        """Return the state a text is in, inside the desk."""
        with self.app.app_context():
            found = select(Submission.state).where(Submission.public_id == text.public_id)
            return db.session.scalars(found).one()

    def shown_of(self, text: Text) -> State:
        """Return the state its author knows."""
        with self.app.app_context():
            found = select(Submission).where(Submission.public_id == text.public_id)
            return db.session.scalars(found).one().state_shown(self.at)

    def draft_id_of(self, text: Text) -> str:
        """Return the public id of a text's draft; empty when it has none."""
        with self.app.app_context():
            found = select(Draft.public_id).join(Submission).where(Submission.public_id == text.public_id)
            return db.session.scalar(found) or ""

    def living(self) -> list[Text]:
        """Return the texts that are not erased, newest first."""
        return [one for one in reversed(self.texts) if not one.is_erased]

    def in_state(self, *states: State) -> list[Text]:
        """Return the texts that were in one of these states when the step began, newest first."""
        if self._states is None:
            with self.app.app_context():
                found = db.session.execute(select(Submission.public_id, Submission.state))
                self._states = {one.public_id: one.state for one in found}
        return [one for one in self.living() if self._states.get(one.public_id) in states]

    def forget_states(self) -> None:
        """Look states up anew: a step begins."""
        self._states = None

    def of_form(self, form_key: str) -> Text | None:
        """Return the text a form key belongs to."""
        return next((one for one in self.living() if one.form_key == form_key), None)


def only_words(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields in which something was written by us, with what stands in them."""
    return {name: one for name, one in values.items() if isinstance(one, str) and words_of({name: one})}
