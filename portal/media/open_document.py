"""ODT to blocks: odfdo opens it and knows its styles, its tree is read here."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import SubElement

from odfdo import Document, Element, Style

from portal.domain.documents import DroppedKind
from portal.media.archive import Archive
from portal.media.outline import Outline
from portal.story.blocks import Block

_KIND = "mimetype"
_TEXT_KINDS = (
    b"application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.text-template",
)
_MOST_PARENTS = 8
_QUOTES = ("quotation", "quote")
_SKIPPED = {
    "office:annotation": DroppedKind.COMMENT,
    "math:math": DroppedKind.EMBEDDED,
    "office:forms": DroppedKind.EMBEDDED,
    "text:page-number": DroppedKind.PAGE_FURNITURE,
    "text:page-count": DroppedKind.PAGE_FURNITURE,
}
_SILENT = frozenset(
    {
        "text:sequence-decls",
        "text:variable-decls",
        "text:user-field-decls",
        "text:soft-page-break",
        "text:bookmark",
        "text:bookmark-start",
        "text:bookmark-end",
        "office:annotation-end",
        "text:change",
        "text:change-start",
        "text:change-end",
        "text:note-citation",
        "text:table-of-content",
        "text:alphabetical-index",
    }
)
_TABLES = {"table:table": "table", "table:table-row": "tr", "table:table-cell": "td"}
_OBJECTS = frozenset({"draw:object", "draw:object-ole", "draw:plugin", "draw:applet"})
_PLAIN = frozenset({"none", "#000000", "transparent", "0% 100%", ""})
_LOOKS = (
    "fo:color",
    "fo:background-color",
    "style:text-underline-style",
    "style:text-line-through-style",
    "style:text-position",
)


def is_open_document(archive: Archive) -> bool:
    """Say whether a zip is an OpenDocument text."""
    return archive.parts.get(_KIND, b"").strip() in _TEXT_KINDS and "content.xml" in archive.parts


def read_open_document(archive: Archive) -> tuple[tuple[Block, ...], Counter[DroppedKind]]:
    """Return the blocks of an OpenDocument text and what was left out. Raises what odfdo stumbles over."""
    reading = _Reading(Document(archive.pack()))
    body = Node("story")
    reading.add_all(reading.document.body, body)
    outline = Outline(reading.notes)
    blocks = outline.read_story(body)
    reading.count_furniture()
    return blocks, +(reading.dropped + outline.dropped)


class _Reading:
    """The way from the document's elements into the tree of media.outline."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.notes: dict[str, Node] = {}
        self.dropped: Counter[DroppedKind] = Counter()

    def add_all(self, element: Element, parent: Node) -> None:
        """Add what stands in an element to the tree."""
        _add_text(parent, element.text)
        for child in element.children:
            self._add(child, parent)
            _add_text(parent, child.tail)

    def count_furniture(self) -> None:
        """Count headers and footers with words in them."""
        for page in self.document.get_styles("master-page"):
            for child in page.children:
                if child.tag.startswith(("style:header", "style:footer")) and _has_words(child):
                    self.dropped[DroppedKind.PAGE_FURNITURE] += 1

    def _add(self, element: Element, parent: Node) -> None:
        match element.tag:
            case "text:h" | "text:p":
                self._add_line(element, parent)
            case "text:span":
                self.add_all(element, self._style(element, parent))
            case "text:a":
                href = str(element.get_attribute("xlink:href") or "")
                self.add_all(element, SubElement(parent, "a", {"href": href}))
            case "text:list":
                self.add_all(element, SubElement(parent, "ol" if self._is_numbered(element) else "ul"))
            case "text:list-item" | "text:list-header":
                self.add_all(element, SubElement(parent, "li"))
            case "text:note":
                self._add_note(element, parent)
            case "text:s" | "text:tab":
                _add_text(parent, " ")
            case "text:line-break":
                SubElement(parent, "br")
            case _:
                self._add_rest(element, parent)

    def _add_rest(self, element: Element, parent: Node) -> None:
        """Count what has no place in a story, and go on below what only holds other things."""
        tag = element.tag
        if tag == "text:tracked-changes":
            self.dropped[DroppedKind.CHANGE] += len(element.children)
        elif tag in _SKIPPED:
            self.dropped[_SKIPPED[tag]] += 1
        elif tag in _OBJECTS:
            self.dropped[DroppedKind.EMBEDDED] += 1
        elif tag == "draw:image":
            # The picture that stands in for an object is not one of its own.
            if not any(one.tag in _OBJECTS for one in (element.parent or element).children):
                self.dropped[DroppedKind.PICTURE] += 1
        elif tag in _TABLES:
            self.dropped[DroppedKind.TABLE] += tag == "table:table"
            self.add_all(element, SubElement(parent, _TABLES[tag]))
        elif tag not in _SILENT:
            self.add_all(element, parent)

    def _add_line(self, element: Element, parent: Node) -> None:
        if element.tag == "text:h":
            level = element.get_attribute_integer("text:outline-level") or 1
            self.add_all(element, SubElement(parent, f"h{min(max(level, 1), 6)}"))
        else:
            self._add_paragraph(element, parent)

    def _add_paragraph(self, element: Element, parent: Node) -> None:
        style = self._find_style("paragraph", element)
        names = [_spell(one) for one in self._ancestry(style, "paragraph")]
        if any(name == "title" for name in names):
            self.add_all(element, SubElement(parent, "h1"))
            return
        if any(name.startswith(_QUOTES) for name in names):
            last = parent[-1] if len(parent) else None
            parent = (
                last if last is not None and last.tag == "blockquote" else SubElement(parent, "blockquote")
            )
        # Only what was set by hand: named styles say what a paragraph is, not that its words are stressed.
        own = _text_properties(style) if style is not None and style.parent_style else {}
        self.add_all(element, self._dress(own, SubElement(parent, "p")))

    def _add_note(self, element: Element, parent: Node) -> None:
        key = str(len(self.notes))
        body = Node("body", {"id": key})
        self.notes[key] = body
        for child in element.children:
            if child.tag == "text:note-body":
                self.add_all(child, body)
        SubElement(parent, "note", {"ref": key})

    def _style(self, element: Element, parent: Node) -> Node:
        found: dict[str, str] = {}
        for style in self._ancestry(self._find_style("text", element), "text"):
            found = {**_text_properties(style), **found}
        return self._dress(found, parent)

    def _dress(self, found: dict[str, str], parent: Node) -> Node:
        """Return where text of these properties belongs, and count the looks it loses."""
        if any(found.get(name, "none").lower() not in _PLAIN for name in _LOOKS):
            self.dropped[DroppedKind.LOOK] += 1
        if found.get("fo:font-weight", "normal") in ("bold", "600", "700", "800", "900"):
            parent = SubElement(parent, "strong")
        if found.get("fo:font-style", "normal") in ("italic", "oblique"):
            parent = SubElement(parent, "em")
        return parent

    def _find_style(self, family: str, element: Element) -> Style | None:
        name = element.get_attribute("text:style-name")
        found = self.document.get_style(family, str(name)) if name else None
        return found if isinstance(found, Style) else None

    def _ancestry(self, style: Style | None, family: str) -> Iterator[Style]:
        for _step in range(_MOST_PARENTS):
            if style is None:
                return
            yield style
            parent = self.document.get_style(family, style.parent_style) if style.parent_style else None
            style = parent if isinstance(parent, Style) else None

    def _is_numbered(self, element: Element) -> bool:
        """Say whether a list is numbered on its level; inner lists have the style of the outermost."""
        level, outermost = 1, element
        parent = element.parent
        while parent is not None and parent.tag.startswith("text:list"):
            if parent.tag == "text:list":
                level, outermost = level + 1, parent
            parent = parent.parent
        name = element.get_attribute("text:style-name") or outermost.get_attribute("text:style-name")
        style = self.document.get_style("list", str(name)) if name else None
        for child in style.children if style is not None else ():
            if child.get_attribute_integer("text:level") == level:
                return child.tag == "text:list-level-style-number"
        return False


def _spell(style: Style) -> str:
    return str(style.display_name or style.name or "").replace("_20_", " ").lower()


def _text_properties(style: Style) -> dict[str, str]:
    found = style.get_properties(area="text") or {}
    return {name: str(value) for name, value in found.items()}


def _has_words(element: Element) -> bool:
    return bool(str(element.text_recursive).strip())


def _add_text(parent: Node, text: str | None) -> None:
    if not text:
        return
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
