"""What mammoth wrote, arranged for media.document_tree: notes apart, items in lists, pieces in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from portal.media.docx_numbers import ListItem
from portal.media.docx_rewrite import CHUNK, ITEM, NOTES

_LINES = ("p", "h1", "h2", "h3", "h4", "h5", "h6")
_NOTE_MARKS = tuple(f"{kind}-" for kind in NOTES)
_BACK = tuple(f"#{kind}-ref-" for kind in NOTES)


@dataclass(frozen=True)
class Arranger:
    """Puts into what mammoth wrote what our marks in it stand for: items of lists, pieces of other kinds."""

    items: Sequence[ListItem]
    chunks: Sequence[Sequence[Element]]

    def arrange(self, parent: Element) -> None:
        """Make lists of the paragraphs in an element that are items, and replace those that are pieces."""
        placed: list[Element] = []
        lists: list[tuple[int, Element]] = []
        """The lists that are open, each with its level."""
        for child in list(parent):
            if child.tag not in _LINES:
                self.arrange(child)
            chunk, item = _take_mark(child, CHUNK), _take_mark(child, ITEM)
            if chunk is not None:
                placed += self.chunks[chunk]
            elif item is not None and child.tag == "p":
                _add_item(placed, lists, self.items[item], child)
                continue
            else:
                label = "" if item is None else self.items[item].label
                child.text = label + (child.text or "")
                placed.append(child)
            lists.clear()
        parent[:] = placed


def _take_mark(line: Element, kind: str) -> int | None:
    """Take our mark out of a line; return its number."""
    number = None
    for mark in line.findall("a") if line.tag in _LINES else ():
        if mark.get("id", "").startswith(kind):
            number = int(mark.get("id", "").removeprefix(kind))
            place = list(line).index(mark)
            before = line[place - 1] if place else None
            if before is None:
                line.text = (line.text or "") + (mark.tail or "")
            else:
                before.tail = (before.tail or "") + (mark.tail or "")
            line.remove(mark)
    return number


def _add_item(placed: list[Element], lists: list[tuple[int, Element]], item: ListItem, line: Element) -> None:
    """Add a paragraph to the list of its level and kind, which is begun in the item above where need be."""
    tag = "ul" if item.is_bullet else "ol"
    while lists and (lists[-1][0] > item.level or (lists[-1][0] == item.level and lists[-1][1].tag != tag)):
        lists.pop()
    if not lists or lists[-1][0] < item.level:
        begun = SubElement(lists[-1][1][-1], tag) if lists else Element(tag)
        if not lists:
            placed.append(begun)
        lists.append((item.level, begun))
    made = SubElement(lists[-1][1], "li", {"label": item.label.strip()})
    made.append(line)


def take_notes(body: Element) -> dict[str, Element]:
    """Take the list of notes out of the tree and turn the marks in the text into marks of ours."""
    notes: dict[str, Element] = {}
    for listed in body.findall("ol"):
        items = [item for item in listed if item.get("id", "").startswith(_NOTE_MARKS)]
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
    if link is not None and link.get("href", "#")[1:].startswith(_NOTE_MARKS):
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
