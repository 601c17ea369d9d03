"""ODT to blocks: what is shown is read from its two XML parts into the tree of media.document_tree.

What is drawn over a paragraph, as a text box or a caption is, follows the paragraph it is tied to.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import SubElement

from portal.domain.documents import DroppedKind
from portal.media.child_process import ExitCode, Refused
from portal.media.document_tree import Outline
from portal.media.letter_count import DocumentRead, SourceWords
from portal.media.odt_numbers import NUMBERED, Lists
from portal.media.odt_numbers import Counter as NumberCounter
from portal.media.odt_styles import Look, Styles, list_children, parse_part, read_attribute, read_whole_number
from portal.media.odt_words import SILENT, SKIPPED, hides_line, is_hidden, list_shown
from portal.media.zip_checks import Archive

_KIND = "mimetype"
_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_TEXT_KINDS = (
    b"application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.text-template",
)
_LOCKED = re.compile(
    rb"""full-path=["'](?:content\.xml|encrypted-package)["'][^>]*>\s*<(?:[\w.-]+:)?encryption-data\b"""
)
_MACROS = ("Basic/", "Scripts/")
_QUOTES = ("quotation", "quote")
_OBJECTS = frozenset({"draw:object", "draw:object-ole", "draw:plugin", "draw:applet"})
_BETWEEN = frozenset({"draw:a", "draw:image", "draw:text-box"})
"""Parts of drawings that are no drawing of their own."""
_BLOCKS = frozenset(
    {
        "text:p",
        "text:h",
        "text:list",
        "text:numbered-paragraph",
        "text:section",
        "text:index-body",
        "table:table",
    }
)
_CELLS = {"table:table-row": "tr", "table:table-cell": "td", "table:covered-table-cell": "td"}
_IN_LINE = ("", "as-char")
_SET_IN = "\u00a0" * 3


def is_open_document(archive: Archive) -> bool:
    """Say whether a zip is an OpenDocument text, locked or not."""
    return archive.parts.get(_KIND, b"").strip() in _TEXT_KINDS and (
        _CONTENT in archive.names or _is_locked(archive)
    )


def _is_locked(archive: Archive) -> bool:
    # The list of parts is searched, not parsed: old ones name a document type.
    manifest = archive.parts.get(_MANIFEST) or archive.unsafe.get(_MANIFEST, b"")
    return _LOCKED.search(manifest) is not None


def read_open_document(archive: Archive) -> DocumentRead:
    """Return the blocks of an OpenDocument text, what was left out, and what it says.

    Raises Refused for one that is locked, endless or unsafe, and what XML that is none raises.
    """
    if _is_locked(archive):
        raise Refused(ExitCode.LOCKED)
    archive.demand((_CONTENT, _STYLES))
    content = parse_part(archive.parts[_CONTENT])
    common = parse_part(archive.parts[_STYLES]) if _STYLES in archive.parts else None
    styles = Styles(content, common)
    reading = _Reading(styles)
    body = Node("story")
    texts = [
        text
        for holder in list_children(content, "office:body")
        for text in list_children(holder, "office:text")
    ]
    for text in texts:
        reading.add_all(text, body)
    outline = Outline(reading.notes)
    blocks = outline.read_story(body)
    dropped = reading.dropped + outline.dropped
    dropped[DroppedKind.PAGE_FURNITURE] += _count_furniture(common)
    dropped[DroppedKind.EMBEDDED] += any(name.startswith(_MACROS) for name in archive.names)
    shown = tuple(line for text in texts for line in list_shown(text, styles))
    words = SourceWords(shown, tuple(reading.hidden), tuple(reading.readings))
    return DocumentRead(blocks, +dropped, words)


def _count_furniture(common: Node | None) -> int:
    """Count headers and footers with words in them."""
    return sum(
        child.tag.startswith(("style:header", "style:footer")) and bool("".join(child.itertext()).strip())
        for masters in list_children(common, "office:master-styles")
        for page in masters
        for child in page
    )


class _Reading:
    """The way from the document's elements into the tree of media.document_tree."""

    def __init__(self, styles: Styles) -> None:
        self.notes: dict[str, Node] = {}
        self.dropped: Counter[DroppedKind] = Counter()
        self.hidden: list[str] = []
        self.readings: list[str] = []
        self._styles = styles
        self._lists = Lists()
        self._headings = NumberCounter()
        self._label = ""
        """The number that the next line begins with."""
        self._beside: Node | None = None
        """Inside a line: what is drawn over it, and follows it."""
        self._last = ""
        """The last letter of the line."""
        self._has_gap = False
        """Whether something was drawn since, which kept words apart."""
        self._hides = False
        self._unseen = ""
        """Words that are hidden, until the next one that is not."""

    def add_all(self, element: Node, parent: Node) -> None:
        """Add what stands in an element to the tree."""
        self._write(parent, element.text)
        for child in element:
            self._add(child, parent)
            self._write(parent, child.tail)

    def _write(self, parent: Node, text: str | None) -> None:
        if not text:
            return
        if self._hides:
            self._unseen += text
            return
        if self._has_gap and self._last.isalnum() and text[0].isalnum():
            text = f" {text}"
        self._last, self._has_gap = text[-1], False
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text

    def _add(self, element: Node, parent: Node) -> None:
        if is_hidden(element) or (self._hides and element.tag == "text:note"):
            self._keep_hidden("".join(element.itertext()))
        elif element.tag in _BLOCKS:
            self._add_block(element, parent)
        elif element.tag.startswith("draw:"):
            self._add_drawing(element, parent)
        else:
            self._add_inline(element, parent)

    def _keep_hidden(self, words: str) -> None:
        if words.strip():
            self.hidden.append(words)

    def _add_block(self, element: Node, parent: Node) -> None:
        """Add a block to its parent, or beside the line over which it is drawn."""
        outer, self._beside = self._beside, None
        parent = parent if outer is None else outer
        match element.tag:
            case "text:h" | "text:p":
                self._add_line(element, parent)
            case "text:list":
                style = read_attribute(element, "text:style-name")
                self._add_items(element, parent, _Listing(self._lists.open_list(element, style), style))
            case "text:numbered-paragraph":
                self._add_numbered(element, parent)
            case "table:table":
                self.dropped[DroppedKind.TABLE] += 1
                self.add_all(element, SubElement(parent, "table"))
            case _:
                self.add_all(element, parent)
        self._beside = outer

    def _add_drawing(self, element: Node, parent: Node) -> None:
        """Add the words of a drawing, and count a picture or another thing in it."""
        objects = sum(child.tag in _OBJECTS for child in element)
        self.dropped[DroppedKind.EMBEDDED] += objects
        # The picture that stands in for an object, or the same in another format, is not one of its own.
        if not objects:
            self.dropped[DroppedKind.PICTURE] += any(child.tag == "draw:image" for child in element)
        for child in element:
            if child.tag not in _OBJECTS:
                self._add(child, parent)
        if element.tag not in _BETWEEN and read_attribute(element, "text:anchor-type") in _IN_LINE:
            self._has_gap = True

    def _add_inline(self, element: Node, parent: Node) -> None:
        match element.tag:
            case "text:span":
                self._add_span(element, parent)
            case "text:a":
                href = read_attribute(element, "xlink:href")
                self.add_all(element, SubElement(parent, "a", {"href": href}))
            case "text:ruby":
                self._add_ruby(element, parent)
            case "text:note":
                self._add_note(element, parent)
            case "text:s" | "text:tab":
                self._write(parent, " ")
            case "text:line-break":
                SubElement(parent, "br")
                self._last = ""
            case _:
                self._add_rest(element, parent)

    def _add_rest(self, element: Node, parent: Node) -> None:
        """Count what has no place in a story, and go on below what only holds other things."""
        if element.tag == "text:tracked-changes":
            self.dropped[DroppedKind.CHANGE] += len(element)
        elif element.tag in SKIPPED:
            self.dropped[SKIPPED[element.tag]] += 1
        elif element.tag in _CELLS:
            self.add_all(element, SubElement(parent, _CELLS[element.tag]))
        elif element.tag not in SILENT:
            self.add_all(element, parent)

    def _add_line(self, element: Node, parent: Node) -> None:
        label, self._label = self._label, ""
        if element.tag == "text:h":
            level = min(max(read_whole_number(element, "text:outline-level", 1), 1), 10)
            label = label or self._number_heading(element, level)
            line = own = SubElement(parent, f"h{min(level, 6)}")
        else:
            parent = self._find_home(element, parent)
            line = own = SubElement(parent, "p")
            if "title" in self._styles.list_names(element):
                line.tag = "h1"
            else:
                own = self._dress(self._styles.find_own_look(element), line)
        beside = self._beside = Node("beside")
        self._last, self._has_gap = "", False
        self._hides = hides_line(element, self._styles)
        if label and not self._hides:
            line.text = f"{label} "
        self.add_all(element, own)
        self._end_hiding(outer=False)
        parent.extend(beside)

    def _find_home(self, element: Node, parent: Node) -> Node:
        """Return where a paragraph belongs: a quote stands among the others of one quotation."""
        if not any(name.startswith(_QUOTES) for name in self._styles.list_names(element)):
            return parent
        last = parent[-1] if len(parent) else None
        return last if last is not None and last.tag == "blockquote" else SubElement(parent, "blockquote")

    def _number_heading(self, element: Node, level: int) -> str:
        """Return the number that is shown before a heading; empty without one."""
        if read_attribute(element, "text:is-list-header") == "true":
            return ""
        name = self._styles.find_list_style(element)
        levels = self._styles.find_levels(name) if name else self._styles.outline
        restarts = read_attribute(element, "text:restart-numbering") == "true"
        start = read_whole_number(element, "text:start-value", 1) if restarts else None
        self._headings.count_on(levels, level, start)
        return self._headings.write_label(levels, level)

    def _add_note(self, element: Node, parent: Node) -> None:
        key = str(len(self.notes))
        body = self.notes[key] = Node("body", {"id": key})
        outer = self._beside, self._last
        self._beside = None
        for child in list_children(element, "text:note-body"):
            self.add_all(child, body)
        self._beside, self._last = outer
        SubElement(parent, "note", {"ref": key})

    def _add_ruby(self, element: Node, parent: Node) -> None:
        """Add words and keep apart how they are pronounced, which is written above them."""
        for base in list_children(element, "text:ruby-base"):
            self.add_all(base, parent)
        words, reading = (
            "".join("".join(part.itertext()) for part in list_children(element, f"text:ruby-{name}"))
            for name in ("base", "text")
        )
        if reading.strip():
            self.readings.append(f"{words} ({reading})")

    def _add_span(self, element: Node, parent: Node) -> None:
        look, outer = self._styles.find_look("text", element), self._hides
        self._hides = outer if look.hides is None else look.hides
        self.add_all(element, parent if self._hides else self._dress(look, parent))
        self._end_hiding(outer=outer)

    def _end_hiding(self, *, outer: bool) -> None:
        if self._hides and not outer:
            self._keep_hidden(self._unseen)
            self._unseen = ""
        self._hides = outer

    def _dress(self, look: Look, parent: Node) -> Node:
        """Return where words of this look belong, and count what it loses."""
        self.dropped[DroppedKind.LOOK] += look.is_fancy
        if look.strong:
            parent = SubElement(parent, "strong")
        if look.emphasis:
            parent = SubElement(parent, "em")
        return parent

    def _add_items(self, element: Node, parent: Node, listing: "_Listing") -> None:
        """Add a list that stands in no other one; where it does not count 1, 2, 3, its numbers are words."""
        levels = self._find_levels(listing)
        kind = _judge_list(element, levels, listing)
        holder = SubElement(parent, kind) if kind and not _holds_headings(element) else None
        for item in _list_items(element):
            label = _number_item(item, levels, listing)
            home = SubElement(holder, "li") if holder is not None else parent
            self._label = label if holder is None else ""
            for child in item:
                if child.tag != "text:list":
                    self._add(child, home)
                elif holder is None:
                    self._add_items(child, home, listing.step_in(child))
                else:
                    self._add_inner_items(child, home, listing.step_in(child))
        self._label = ""

    def _add_inner_items(self, element: Node, parent: Node, listing: "_Listing") -> None:
        """Add the items of a list in a list: lines of the outer item, each with its mark, set in by level."""
        levels = self._find_levels(listing)
        is_numbered = _is_numbered(levels, listing.level)
        for item in _list_items(element):
            label = _number_item(item, levels, listing) if is_numbered else "–"
            self._label = f"{_SET_IN * (listing.level - 2)}{label}"
            for child in item:
                if child.tag == "text:list":
                    self._add_inner_items(child, parent, listing.step_in(child))
                else:
                    self._add(child, parent)
        self._label = ""

    def _add_numbered(self, element: Node, parent: Node) -> None:
        """Add a paragraph that has its number although it is in no list."""
        style = read_attribute(element, "text:style-name")
        counter = self._lists.find(read_attribute(element, "text:list-id") or style)
        listing = _Listing(counter, style, read_whole_number(element, "text:level", 1))
        self._label = _number_item(element, self._find_levels(listing), listing)
        self.add_all(element, parent)
        self._label = ""

    def _find_levels(self, listing: "_Listing") -> Mapping[int, Node]:
        return self._styles.find_levels(listing.style)


@dataclass(frozen=True)
class _Listing:
    """A list while it is read: its counter, the name of its style, and how deep it stands in others."""

    counter: NumberCounter
    style: str
    level: int = 1

    def step_in(self, element: Node) -> "_Listing":
        """Return the listing of a list in an item; it looks as the outer one unless it has its own style."""
        return replace(
            self, style=read_attribute(element, "text:style-name") or self.style, level=self.level + 1
        )


def _list_items(element: Node) -> list[Node]:
    return [child for child in element if child.tag in ("text:list-item", "text:list-header")]


def _number_item(item: Node, levels: Mapping[int, Node], listing: _Listing) -> str:
    """Count an item and return the number that is shown before it; empty without one."""
    if item.tag == "text:list-header":
        return ""
    start = (
        read_whole_number(item, "text:start-value", 0) if read_attribute(item, "text:start-value") else None
    )
    listing.counter.count_on(levels, listing.level, start)
    return listing.counter.write_label(levels, listing.level)


def _is_numbered(levels: Mapping[int, Node], level: int) -> bool:
    return level in levels and levels[level].tag == NUMBERED


def _judge_list(element: Node, levels: Mapping[int, Node], listing: _Listing) -> str:
    """Return "ul" for a list with marks, "ol" for one that counts 1, 2, 3; empty for other numbers."""
    if not _is_numbered(levels, listing.level):
        return "ul"
    style = levels[listing.level]
    around = (read_attribute(style, f"style:num-{end}") for end in ("prefix", "suffix"))
    counts_on = all(
        item.tag == "text:list-item" and not read_attribute(item, "text:start-value")
        for item in _list_items(element)
    )
    is_plain = (
        read_attribute(style, "style:num-format") == "1"
        and not any(sign.isalnum() for sign in "".join(around))
        and read_whole_number(style, "text:display-levels", 1) == 1
    )
    begins = listing.counter.find_next(levels, listing.level) == 1
    return "ol" if counts_on and is_plain and begins else ""


def _holds_headings(element: Node) -> bool:
    """Say whether a list is there only to number headings, as old programs wrote them."""
    first = next((line for line in element.iter() if line.tag in ("text:p", "text:h")), None)
    return first is not None and first.tag == "text:h"
