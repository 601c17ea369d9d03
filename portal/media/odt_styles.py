"""Names and styles of an OpenDocument text: what its XML calls things, and how its words are to look."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element as Node

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES = {
    "office": f"{_URN}office:1.0",
    "style": f"{_URN}style:1.0",
    "text": f"{_URN}text:1.0",
    "table": f"{_URN}table:1.0",
    "draw": f"{_URN}drawing:1.0",
    "fo": f"{_URN}xsl-fo-compatible:1.0",
    "svg": f"{_URN}svg-compatible:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "math": "http://www.w3.org/1998/Math/MathML",
}
_PREFIXES = {address: prefix for prefix, address in _NAMESPACES.items()}
_MOST_PARENTS = 8
_PLAIN = frozenset({"none", "#000000", "transparent", "0% 100%", ""})
_LOOKS = (
    "fo:color",
    "fo:background-color",
    "style:text-underline-style",
    "style:text-line-through-style",
    "style:text-position",
)
_BOLD = ("bold", "600", "700", "800", "900")
_SLANTED = ("italic", "oblique")
_TEXT_PROPERTIES = (*_LOOKS, "fo:font-weight", "fo:font-style", "text:display")


def parse_part(content: bytes) -> Node:
    """Return the tree of a part, its elements named as in the standard: `text:p`."""
    root = ElementTree.fromstring(content)  # noqa: S314  # no document type: see archive.check_xml
    for element in root.iter():
        address, _brace, name = element.tag[1:].partition("}")
        if address in _PREFIXES:
            element.tag = f"{_PREFIXES[address]}:{name}"
    return root


def read_attribute(element: Node, name: str) -> str:
    """Return an attribute that the standard calls `text:style-name`; empty without one."""
    prefix, _colon, rest = name.partition(":")
    return element.get(f"{{{_NAMESPACES[prefix]}}}{rest}", "")


def read_whole_number(element: Node, name: str, default: int) -> int:
    """Return a whole number; the default where there is none."""
    said = read_attribute(element, name)
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else default


def list_children(element: Node | None, tag: str) -> list[Node]:
    """Return the children of an element that have a name; none of None."""
    return [child for child in element if child.tag == tag] if element is not None else []


@dataclass(frozen=True)
class Look:
    """How words look, as far as it counts here."""

    strong: bool = False
    emphasis: bool = False
    is_fancy: bool = False
    """Coloured, underlined, small and the like: a story has nothing of it."""
    hides: bool | None = None
    """Whether the words are hidden; None where the style does not say."""


class Styles:
    """The styles of a document by kind and name; its own, which were set by hand, before the common ones."""

    def __init__(self, content: Node, common: Node | None) -> None:
        """Take the roots of content.xml and styles.xml."""
        self._styles: dict[tuple[str, str], Node] = {}
        self._lists: dict[str, Mapping[int, Node]] = {}
        self._own: set[str] = set()
        self._looks: dict[tuple[str, str], Look] = {}
        self.outline: Mapping[int, Node] = {}
        """What numbers headings, by their level."""
        for holder in (*list_children(common, "office:styles"), *list_children(content, "office:styles")):
            self._take_in(holder)
        for holder in list_children(content, "office:automatic-styles"):
            self._take_in(holder)

    def _take_in(self, holder: Node) -> None:
        for style in holder:
            name = read_attribute(style, "style:name")
            if style.tag == "style:style":
                self._styles[read_attribute(style, "style:family"), name] = style
                if holder.tag == "office:automatic-styles":
                    self._own.add(name)
            elif style.tag == "text:list-style":
                self._lists[name] = _list_levels(style)
            elif style.tag == "text:outline-style":
                self.outline = _list_levels(style)

    def find_look(self, family: str, element: Node) -> Look:
        """Return the look that the style of an element gives it, all that it builds on taken together."""
        key = family, read_attribute(element, "text:style-name")
        if key not in self._looks:
            found: dict[str, str] = {}
            for style in self._ancestry(*key):
                found = {**_text_properties(style), **found}
            self._looks[key] = _judge_look(found)
        return self._looks[key]

    def find_own_look(self, element: Node) -> Look:
        """Return the look that was given to a paragraph by hand.

        Named styles say what a paragraph is, not that its words are stressed.
        """
        name = read_attribute(element, "text:style-name")
        style = self._styles.get(("paragraph", name)) if name in self._own else None
        return _judge_look(_text_properties(style)) if style is not None else Look()

    def list_names(self, element: Node) -> list[str]:
        """Return the names of the styles a paragraph is of, as people see them, in small letters."""
        styles = self._ancestry("paragraph", read_attribute(element, "text:style-name"))
        return [_spell(style) for style in styles]

    def find_levels(self, name: str) -> Mapping[int, Node]:
        """Return what stands before the items of a list, by level."""
        return self._lists.get(name, {})

    def find_list_style(self, element: Node) -> str:
        """Return the name of the list style that the style of a paragraph asks for; empty without one."""
        for style in self._ancestry("paragraph", read_attribute(element, "text:style-name")):
            if name := read_attribute(style, "style:list-style-name"):
                return name
        return ""

    def _ancestry(self, family: str, name: str) -> Iterator[Node]:
        for _step in range(_MOST_PARENTS):
            style = self._styles.get((family, name))
            if style is None:
                return
            yield style
            name = read_attribute(style, "style:parent-style-name")


def _list_levels(style: Node) -> Mapping[int, Node]:
    return {read_whole_number(level, "text:level", 1): level for level in style}


def _text_properties(style: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for properties in list_children(style, "style:text-properties"):
        for name in _TEXT_PROPERTIES:
            if value := read_attribute(properties, name):
                found[name] = value
    return found


def _judge_look(found: Mapping[str, str]) -> Look:
    display = found.get("text:display")
    return Look(
        strong=found.get("fo:font-weight") in _BOLD,
        emphasis=found.get("fo:font-style") in _SLANTED,
        is_fancy=any(found.get(name, "none").lower() not in _PLAIN for name in _LOOKS),
        hides=display == "none" if display in ("none", "true") else None,
    )


def _spell(style: Node) -> str:
    name = read_attribute(style, "style:display-name") or read_attribute(style, "style:name")
    return name.replace("_20_", " ").lower()
