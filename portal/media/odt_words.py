"""Words that an OpenDocument text shows, listed apart from the way they are read: a receipt."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element as Node

from portal.domain.documents import DroppedKind
from portal.media.odt_styles import Styles, read_attribute

SKIPPED: Mapping[str, DroppedKind] = {
    "office:annotation": DroppedKind.COMMENT,
    "math:math": DroppedKind.EMBEDDED,
    "office:forms": DroppedKind.EMBEDDED,
    "text:script": DroppedKind.EMBEDDED,
    "text:page-number": DroppedKind.PAGE_FURNITURE,
    "text:page-count": DroppedKind.PAGE_FURNITURE,
    "text:table-of-content": DroppedKind.INDEX,
    "text:alphabetical-index": DroppedKind.INDEX,
}
"""What is left out and told."""
SILENT = frozenset(
    {
        "svg:title",
        "svg:desc",
        "office:binary-data",
        "text:sequence-decls",
        "text:variable-decls",
        "text:user-field-decls",
        "text:note-citation",
        "text:bibliography-source",
        "text:illustration-index-source",
        "text:table-index-source",
        "text:object-index-source",
        "text:user-index-source",
    }
)
"""What holds no words of the text, though it may hold words: names of pictures, what fields count with."""
_ELSEWHERE = frozenset(
    {
        "text:tracked-changes",
        "text:ruby-text",
        "draw:object",
        "draw:object-ole",
        "draw:plugin",
        "draw:applet",
    }
)
"""What was deleted, and what is counted or told elsewhere."""
_LINES = ("text:p", "text:h")
_UNSEEN_ROWS = ("collapse", "filter")


def is_hidden(element: Node) -> bool:
    """Say whether an element is hidden with all that is in it: a section, a field, a row of a table."""
    return (
        read_attribute(element, "text:is-hidden") == "true"
        or read_attribute(element, "text:display") == "none"
        or read_attribute(element, "table:visibility") in _UNSEEN_ROWS
    )


def hides_line(line: Node, styles: Styles) -> bool:
    """Say whether a paragraph is hidden: by its style, or by a field in it."""
    return styles.find_look("paragraph", line).hides is True or any(
        is_hidden(field) for field in line.iter("text:hidden-paragraph")
    )


def list_shown(element: Node, styles: Styles) -> Iterator[str]:
    """List what an element shows, a text for each line of it and what is in it."""
    lines: list[list[str]] = [[]]
    _collect(element, styles, lines, len(lines) - 1, hides=False)
    return ("".join(line) for line in lines)


def _collect(element: Node, styles: Styles, lines: list[list[str]], at: int, *, hides: bool) -> None:
    if element.text and not hides:
        lines[at].append(element.text)
    for child in element:
        if child.tag in ("text:s", "text:tab", "text:line-break"):
            lines[at].append(" ")
        elif not (child.tag in SKIPPED or child.tag in SILENT or child.tag in _ELSEWHERE or is_hidden(child)):
            _collect_child(child, styles, lines, at, hides=hides)
        if child.tail and not hides:
            lines[at].append(child.tail)


def _collect_child(child: Node, styles: Styles, lines: list[list[str]], at: int, *, hides: bool) -> None:
    if child.tag in _LINES:
        lines.append([])
        _collect(child, styles, lines, len(lines) - 1, hides=hides_line(child, styles))
        return
    if child.tag == "text:span":
        said = styles.find_look("text", child).hides
        hides = hides if said is None else said
    _collect(child, styles, lines, at, hides=hides)
