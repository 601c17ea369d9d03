"""What we believe of a draft and of the photos in it, of each save and of every copy outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.model.words import words_of

SIGNED = frozenset({"pen", "real"})
"""Choices that come with a name."""
OFF_THE_PAGES = ("draft", "pending", "private", "scheduled", "trashed", "gone")
"""What a site says of a post that nobody reads there."""


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
