"""DOCX to blocks: mammoth reads it, what it has no place for is counted here."""

from collections import Counter
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import mammoth

from portal.domain.documents import MOST_CHARACTERS, DroppedKind
from portal.media.archive import Archive
from portal.media.child import Outcome
from portal.media.letters import DocumentRead, SourceWords
from portal.media.outline import Outline
from portal.media.refusal import Refused

TYPES = "[Content_Types].xml"
_MAIN_PART = "word/document.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PICTURE = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
)
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_KINDS = {
    f"{_W}tbl": DroppedKind.TABLE,
    f"{_W}commentReference": DroppedKind.COMMENT,
    f"{_W}ins": DroppedKind.CHANGE,
    f"{_W}del": DroppedKind.CHANGE,
    f"{_W}moveTo": DroppedKind.CHANGE,
    f"{_W}object": DroppedKind.EMBEDDED,
    _FORMULA: DroppedKind.EMBEDDED,
    **dict.fromkeys(_PICTURE, DroppedKind.PICTURE),
}
_PLAIN = frozenset({"auto", "000000", "none", "baseline", "0", "false", "off"})
_LOOKS = tuple(_W + name for name in ("color", "highlight", "u", "strike", "vertAlign"))
_EMBEDDED = ("word/embeddings/", "word/activeX/", "word/vbaProject.bin")
_FURNITURE = ("word/header", "word/footer")
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Quotations'] => blockquote > p:fresh
r[style-name='Emphasis'] => em
r[style-name='Intense Emphasis'] => em
"""
_NOTES = ("footnote-", "endnote-")
_BACK = tuple(f"#{kind}ref-" for kind in _NOTES)


def is_word(archive: Archive) -> bool:
    """Say whether a zip is a Word document."""
    return TYPES in archive.names and _MAIN_PART in archive.names


def read_word(archive: Archive) -> DocumentRead:
    """Return the blocks of a Word document and what was left out.

    Raises Refused for endless texts and unsafe parts, and what mammoth stumbles over.
    """
    archive.demand(archive.unsafe)
    main = _parse(archive.parts[_MAIN_PART])
    # Before mammoth sees it: that takes longer over an endless text than it may.
    if sum(len(text.text or "") for text in main.iter(f"{_W}t")) > MOST_CHARACTERS:
        raise Refused(Outcome.TOO_LONG)
    # The document's own style map is not asked: it could turn words into anything.
    written = mammoth.convert_to_html(
        archive.pack(),
        style_map=_STYLES,
        convert_image=lambda _image: [],
        include_embedded_style_map=False,
        external_file_access=False,
    ).value
    body = ElementTree.fromstring(f"<story>{written}</story>")  # noqa: S314  # mammoth's own writing
    notes = _take_notes(body)
    outline = Outline(notes)
    blocks = outline.read_story(body)
    return DocumentRead(blocks, _count_dropped(archive, main) + outline.dropped, SourceWords())


def _take_notes(body: Element) -> dict[str, Element]:
    """Take the list of notes out of the tree and turn the marks in the text into marks of ours."""
    notes: dict[str, Element] = {}
    for listed in body.findall("ol"):
        items = [item for item in listed if item.get("id", "").startswith(_NOTES)]
        if items and len(items) == len(listed):
            body.remove(listed)
            notes.update({item.get("id", ""): _without_way_back(item) for item in items})
    for mark in body.iter("sup"):
        _mark_note(mark)
    for note in notes.values():
        for mark in note.iter("sup"):
            _mark_note(mark)
    return notes


def _mark_note(mark: Element) -> None:
    link = mark.find("a")
    if link is not None and link.get("href", "#")[1:].startswith(_NOTES):
        tail = mark.tail
        ref = link.get("href", "#")[1:]
        mark.clear()
        mark.tag, mark.tail = "note", tail
        mark.set("ref", ref)


def _without_way_back(item: Element) -> Element:
    for parent in list(item.iter()):
        for child in list(parent):
            if child.tag == "a" and child.get("href", "").startswith(_BACK):
                parent.remove(child)
    return item


def _count_dropped(archive: Archive, main: Element) -> Counter[DroppedKind]:
    dropped: Counter[DroppedKind] = Counter()
    _count_below(main, dropped)
    dropped[DroppedKind.LOOK] += sum(_has_look(paragraph) for paragraph in main.iter(f"{_W}p"))
    dropped[DroppedKind.EMBEDDED] += sum(name.startswith(_EMBEDDED) for name in archive.names)
    dropped[DroppedKind.PAGE_FURNITURE] += sum(
        any(text.text and text.text.strip() for text in _parse(content).iter(f"{_W}t"))
        for name, content in archive.parts.items()
        if name.startswith(_FURNITURE)
    )
    return +dropped


def _count_below(element: Element, dropped: Counter[DroppedKind]) -> None:
    for child in element:
        if child.tag == _FALLBACK:  # the same once more, for old readers
            continue
        if child.tag in _KINDS and not _is_mark_only(element):
            dropped[_KINDS[child.tag]] += 1
        _count_below(child, dropped)


def _is_mark_only(parent: Element) -> bool:
    """Say whether a change is one of the paragraph's end alone."""
    return parent.tag in (f"{_W}rPr", f"{_W}trPr")


def _has_look(paragraph: Element) -> bool:
    return any(
        look.get(f"{_W}val", "single").lower() not in _PLAIN
        for run in paragraph.iter(f"{_W}r")
        for kind in _LOOKS
        for look in run.iterfind(f"{_W}rPr/{kind}")
    )


def _parse(content: bytes) -> Element:
    return ElementTree.fromstring(content)  # noqa: S314  # no document type: see archive.check_xml
