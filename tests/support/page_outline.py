"""The bones of a page: its elements and attributes in order, without a word of what people wrote."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser

TEXT_TAGS = frozenset(
    {
        "p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "hr", "section", "strong", "em", "a", "br",
        "sup", "bdi", "ins", "del", "span",
    }
)  # fmt: skip
"""What the stressed words, lists and links of a text may become, and the marks of what was changed in it."""

TEXT_ATTRIBUTES = frozenset(
    {"href", "id", "rel", "class", "lang", "dir", "src", "alt", "width", "height", "loading"}
)
"""None of them runs anything; where they lead is looked at."""

SHAPED = frozenset({"story", "prose", "diff"})
"""Classes of the elements inside which a text has a shape of its own; <article> is another."""

CARD = "card"
"""Class of the <article> whose elements are all ours: it tells of a story, and holds none of its text."""

CHECKS = {"main": "check", "form": "reasons"}
"""Elements, by their class, that ask an author about each change of a text, and an editor why it was made."""
COUNTED = frozenset({"change", "reasons", "tally", "error-summary"})
"""Classes and ids of what stands there for each change: how many there are goes by the words compared."""

FACTS = {"type": "application/ld+json"}
"""Attributes of the only <script> in a page: facts for search engines, which no browser runs."""

SCHEMES = ("http://", "https://", "mailto:", "/", "#", "?", "otpauth:")
LINKS = frozenset({"href", "src", "action", "formaction", "cite", "data", "poster", "background", "srcset"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_DRAWN = frozenset({"path", "rect"})


@dataclass
class Outline:
    """What a page is made of, and what is strange in it."""

    bones: list[str] = field(default_factory=list)
    """A line for each tag: name and names of attributes. What a text is shaped into is left out.

    Of what is there for each change of a text, each line stands once, behind all others.
    """
    strange: list[str] = field(default_factory=list)
    """Handlers, styles, scripts in the page, addresses that run something, what no text may become."""
    words: list[str] = field(default_factory=list)
    """Everything it says, what stands in attributes too."""


class _Reader(HTMLParser):
    """Reads tags where they stand: it is not as forgiving as a browser, so it sees more of them."""

    def __init__(self, files: tuple[str, ...], also: frozenset[str]) -> None:
        super().__init__()
        self.page = Outline()
        self._files = files
        self._text_tags = TEXT_TAGS | also
        self._open: list[str] = []
        self._shaped = 0
        """How deep the element lies whose text has a shape of its own; 0 outside of one."""
        self._counted = 0
        """The same for what is there for each change of a text."""
        self._counted_bones: set[str] = set()
        self._is_check = False
        self._facts: list[str] | None = None
        """What a <script> of facts has said until now; None outside of one."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.words += given.values()
        self._look_at(tag, given)
        if not self._shaped:
            self._note(" ".join((tag, *sorted(given))), counted=self._is_counted(given))
        if tag in _VOID | _DRAWN:
            return
        if tag == "script" and given == FACTS:
            self._facts = []
        self._open.append(tag)
        classes = given.get("class", "").split()
        self._is_check = self._is_check or CHECKS.get(tag) in classes
        if not self._counted and self._is_counted(given):
            self._counted = len(self._open)
        if not self._shaped and is_shaped(tag, given):
            self._shaped = len(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID | _DRAWN:
            return
        if not self._open or self._open[-1] != tag:
            self.page.strange.append(f"</{tag}> inside {self._open[-1:]}")
            return
        if self._facts is not None:
            self._look_at_facts("".join(self._facts))
            self._facts = None
        if len(self._open) == self._shaped:
            self._shaped = 0
        if not self._shaped:
            self._note(f"/{tag}", counted=bool(self._counted))
        if len(self._open) == self._counted:
            self._counted = 0
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.page.words.append(data)
        if self._facts is not None:
            self._facts.append(data)

    def handle_comment(self, data: str) -> None:
        self.page.bones.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.page.bones.append("declaration")

    def unknown_decl(self, data: str) -> None:
        self.page.bones.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.page.bones.append("instruction")

    def finish(self) -> Outline:
        """Return what was read."""
        self.page.bones += sorted(self._counted_bones)
        return self.page

    def _note(self, bone: str, *, counted: bool) -> None:
        if counted:
            self._counted_bones.add(bone)
        else:
            self.page.bones.append(bone)

    def _is_counted(self, given: dict[str, str]) -> bool:
        """Say whether an element with these attributes is there for a change of a text, or in one that is."""
        named = {given.get("id", ""), *given.get("class", "").split()}
        return bool(self._counted) or (self._is_check and bool(COUNTED & named))

    def _look_at(self, tag: str, given: dict[str, str]) -> None:
        strange = self.page.strange
        if tag == "script" and given != FACTS and not given.get("src", "").startswith("/static/"):
            strange.append("script in the page")
        for name, value in given.items():
            if name.startswith("on") or name in ("style", "srcdoc"):
                strange.append(f"{tag} {name}")
            if name in LINKS and not self._leads_well(value):
                strange.append(f"{tag} {name}={value}")
        if self._shaped:
            strange += [f"{tag} in a text"] if tag not in self._text_tags else []
            strange += [f"{tag} {name} in a text" for name in sorted(set(given) - TEXT_ATTRIBUTES)]

    def _look_at_facts(self, facts: str) -> None:
        """Find facts that a word has ended early, or that say something else than data."""
        try:
            json.loads(facts)
        except ValueError:
            self.page.strange.append("facts that are no JSON")

    def _leads_well(self, value: str) -> bool:
        address = value.strip().lower()
        if address.startswith("//"):
            return False
        return not address or address.startswith((*SCHEMES, *self._files))


def read_outline(page: str, *, files: tuple[str, ...] = (), also: frozenset[str] = frozenset()) -> Outline:
    """Read a page.

    `files` are beginnings of addresses inside the folder it lies in, `also` what else may stand in a text.
    """
    reader = _Reader(files, also)
    reader.feed(page)
    reader.close()
    return reader.finish()


def is_shaped(tag: str, given: dict[str, str]) -> bool:
    """Say whether a text has a shape of its own in this element."""
    classes = set(given.get("class", "").split())
    return (tag == "article" and CARD not in classes) or bool(SHAPED & classes)
