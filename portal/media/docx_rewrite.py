"""A Word document written anew in the few elements that mammoth reads well; whatever wraps them goes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from portal.media.docx_fields import HREF
from portal.media.docx_numbers import ListItem
from portal.media.docx_package import A, M, R, Relationship, W, is_on, read_value
from portal.media.docx_styles import Styles
from portal.media.docx_words import is_deleted_row

ITEM, CHUNK = "item-", "chunk-"
"""What our marks in the text begin with, before a number. Word's own marks are dropped."""
NOTES = ("footnote", "endnote")
_KEPT = frozenset(W + name for name in ("tab", "noBreakHyphen", "softHyphen", "tbl", "tr", "tc"))
_LEFT_OUT = frozenset(
    W + name
    for name in (
        "pPr", "rPr", "del", "moveFrom", "sectPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr",
        "customXmlPr", "smartTagPr", "rubyPr", "rt", "instrText", "delText", "delInstrText",
    )
)  # fmt: skip
_DRAWN = frozenset(W + name for name in ("drawing", "pict", "object", "txbxContent"))
_RUNS_ON = "runs-on"
_DROPPED_CAPITAL = ("drop", "margin")
_BETWEEN = {f"{M}f": "/", f"{M}sSup": "^", f"{M}sSub": "_"}
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Elsewhere(Protocol):
    """What a part of the document shows that stands in another part or leads out of it."""

    @property
    def relations(self) -> Mapping[str, Relationship]:
        """Return by id what the part is related to."""
        ...

    def find_texts(self, element: Element) -> Sequence[str]:
        """Return the texts an element shows that another part holds."""
        ...


@dataclass
class WordWriter:
    """One rewriting of the text and its notes."""

    styles: Styles
    labels: Mapping[Element, ListItem]
    notes: Mapping[tuple[str, str], Element]
    """By kind and id."""
    elsewhere: Elsewhere = field(init=False)
    items: list[ListItem] = field(default_factory=list)
    chunks: list[Relationship | None] = field(default_factory=list)
    """Files that stand in for a piece of the text."""
    links: list[str] = field(default_factory=list)

    def write_body(self, document: Element, elsewhere: Elsewhere) -> Element:
        """Return the text."""
        self.elsewhere = elsewhere
        return self._wrap(f"{W}body", document)

    def write_note(self, kind: str, key: str, elsewhere: Elsewhere) -> Element:
        """Return a note."""
        self.elsewhere = elsewhere
        written = self._wrap(W + kind, self.notes[kind, key])
        written.set(f"{W}id", key)
        return written

    def _wrap(self, tag: str, element: Element) -> Element:
        made = Element(tag)
        made.extend(_join_paragraphs(list(self._write_below(element))))
        return made

    def _write_below(self, element: Element) -> Iterator[Element]:
        for child in element:
            yield from self._write(child)

    def _write(self, element: Element) -> Iterator[Element]:
        """Return what an element becomes: itself, something simpler, or what stands in it."""
        tag = element.tag
        if tag in _LEFT_OUT or is_deleted_row(element):
            return
        if tag == f"{W}t":
            yield _make_text(element.text or "")
        elif tag in _KEPT:
            yield self._wrap(tag, element)
        elif tag == f"{W}p":
            yield self._write_paragraph(element)
        elif tag == f"{W}r":
            yield self._write_run(element)
        elif tag in _DRAWN:
            yield from self._write_drawn(element)
        else:
            yield from self._write_small(element)

    def _write_small(self, element: Element) -> Iterator[Element]:
        match element.tag.removeprefix(W):
            case "br" | "cr":
                yield Element(f"{W}br")
            case "ptab":
                yield Element(f"{W}tab")
            case "hyperlink":
                yield from self._write_link(element)
            case "footnoteReference" | "endnoteReference" as name:
                if (name.removesuffix("Reference"), element.get(f"{W}id", "")) in self.notes:
                    yield Element(element.tag, {f"{W}id": element.get(f"{W}id", "")})
            case "altChunk":
                self.chunks.append(self.elsewhere.relations.get(element.get(f"{R}id", "")))
                yield _make_paragraph(_make_mark(CHUNK, len(self.chunks) - 1))
            case _ if element.tag == f"{M}oMath":
                yield _make_run(_write_formula(element))
            case _:
                yield from self._write_below(element)

    def _write_paragraph(self, paragraph: Element) -> Element:
        properties = paragraph.find(f"{W}pPr")
        written = _make_paragraph()
        style = read_value(properties, "pStyle")
        if style in self.styles.by_id:
            SubElement(written[0], f"{W}pStyle", {f"{W}val": style or ""})
        if runs_on(properties):
            SubElement(written[0], _RUNS_ON)
        item = self.labels.get(paragraph)
        if item is not None:
            self.items.append(item)
            written.append(_make_mark(ITEM, len(self.items) - 1))
        written.extend(_join_runs(self._write_below(paragraph)))
        return written

    def _write_run(self, run: Element) -> Element:
        written = Element(f"{W}r")
        properties = run.find(f"{W}rPr")
        kept = SubElement(written, f"{W}rPr")
        if properties is not None:
            for name in ("b", "i"):
                if is_on(properties.find(W + name)):
                    SubElement(kept, W + name)
            style = read_value(properties, "rStyle")
            if style in self.styles.by_id:
                SubElement(kept, f"{W}rStyle", {f"{W}val": style or ""})
        written.extend(self._write_below(run))
        return self._link(run.get(HREF, ""), [written])[0]

    def _write_link(self, link: Element) -> Sequence[Element]:
        relation = self.elsewhere.relations.get(link.get(f"{R}id", ""))
        href = relation.target if relation is not None and relation.is_outside else ""
        anchor = link.get(f"{W}anchor", "")
        if href and anchor and "#" not in href:
            href = f"{href}#{anchor}"
        return self._link(href, list(_join_runs(self._write_below(link))))

    def _link(self, href: str, children: Sequence[Element]) -> Sequence[Element]:
        if not href:
            return children
        self.links.append(href)
        link = Element(f"{W}hyperlink", {f"{R}id": f"link{len(self.links) - 1}"})
        link.extend(children)
        return [link]

    def _write_drawn(self, drawn: Element) -> Iterator[Element]:
        """Return the paragraphs of a drawing: those of its boxes, and its words that stand nowhere else."""
        boxed = Element(f"{W}pict")
        self._fill_box(drawn, boxed)
        if len(boxed):
            yield boxed

    def _fill_box(self, element: Element, boxed: Element) -> None:
        for text in self.elsewhere.find_texts(element):
            boxed.append(_make_plain(text))
        if element.tag == f"{W}txbxContent":
            boxed.extend(self._wrap(element.tag, element))
        elif element.tag == f"{A}p":
            boxed.append(_make_plain("".join(text.text or "" for text in element.iter(f"{A}t"))))
        else:
            for child in element:
                self._fill_box(child, boxed)

    def pack(self, body: Element, notes: Mapping[str, Sequence[Element]]) -> dict[str, bytes]:
        """Return the parts of the document that mammoth is given: the text, its notes, their styles."""
        document = Element(f"{W}document")
        document.append(body)
        parts = {"document": document, "styles": self._write_styles()}
        for kind, written in notes.items():
            parts[f"{kind}s"] = Element(f"{W}{kind}s")
            parts[f"{kind}s"].extend(written)
        packed = {f"word/{name}.xml": ElementTree.tostring(part) for name, part in parts.items()}
        relations = ElementTree.tostring(self._write_relations())
        for name in ("document", *(f"{kind}s" for kind in notes)):
            packed[f"word/_rels/{name}.xml.rels"] = relations
        return packed

    def _write_styles(self) -> Element:
        written = Element(f"{W}styles")
        for key, style in self.styles.by_id.items():
            name = read_value(style, "name")
            made = SubElement(
                written, f"{W}style", {f"{W}type": style.get(f"{W}type", ""), f"{W}styleId": key}
            )
            if name is not None:
                SubElement(made, f"{W}name", {f"{W}val": name})
        return written

    def _write_relations(self) -> Element:
        written = Element(f"{{{_RELATIONSHIPS}}}Relationships")
        for number, href in enumerate(self.links):
            SubElement(
                written,
                f"{{{_RELATIONSHIPS}}}Relationship",
                {"Id": f"link{number}", "Type": f"{_OFFICE}/hyperlink", "Target": href},
            )
        return written


def runs_on(properties: Element | None) -> bool:
    """Say whether a paragraph goes on in the next one: a large first letter, or an end that was deleted."""
    if properties is None:
        return False
    frame = properties.find(f"{W}framePr")
    is_capital = frame is not None and frame.get(f"{W}dropCap") in _DROPPED_CAPITAL
    return is_capital or any(properties.find(f"{W}rPr/{W}{name}") is not None for name in ("del", "moveFrom"))


def _join_paragraphs(written: Sequence[Element]) -> Iterator[Element]:
    """Begin paragraphs with what runs on into them."""
    waiting: Element | None = None
    for one in written:
        if waiting is not None and one.tag == f"{W}p":
            one[1:1] = waiting[1:]
        elif waiting is not None:
            yield waiting
        waiting = one if one.tag == f"{W}p" and one.find(f"{W}pPr/{_RUNS_ON}") is not None else None
        if waiting is None:
            yield one
    if waiting is not None:
        yield waiting


def _join_runs(written: Iterable[Element]) -> Iterator[Element]:
    """Make one run of those that look alike: Word begins a new one at every correction."""
    for look, alike in groupby(written, key=_describe_run):
        if look is None:
            yield from alike
            continue
        first, *others = alike
        for run in others:
            first.extend(run[1:])
        first[1:] = _join_texts(first[1:])
        yield first


def _describe_run(element: Element) -> tuple[str, ...] | None:
    """Return how a run looks, None for anything else."""
    if element.tag != f"{W}r" or not len(element) or element[0].tag != f"{W}rPr":
        return None
    return tuple(one.tag + one.get(f"{W}val", "") for one in element[0])


def _join_texts(children: Iterable[Element]) -> Iterator[Element]:
    for is_text, texts in groupby(children, key=lambda child: child.tag == f"{W}t"):
        if is_text:
            yield _make_text("".join(text.text or "" for text in texts))
        else:
            yield from texts


def _make_paragraph(*children: Element) -> Element:
    paragraph = Element(f"{W}p")
    paragraph.extend([Element(f"{W}pPr"), *children])
    return paragraph


def _make_plain(text: str) -> Element:
    return _make_paragraph(_make_run(text))


def _make_run(text: str) -> Element:
    run = Element(f"{W}r")
    run.append(_make_text(text))
    return run


def _make_text(text: str) -> Element:
    made = Element(f"{W}t")
    made.text = text
    return made


def _make_mark(kind: str, number: int) -> Element:
    """Return a mark that is found again in what mammoth writes: it makes an anchor of it."""
    return Element(f"{W}bookmarkStart", {f"{W}name": f"{kind}{number}"})


def _write_formula(element: Element) -> str:
    """Return a formula in one line: its letters, and a sign where one thing stands above another."""
    if element.tag == f"{M}t":
        return element.text or ""
    between = _BETWEEN.get(element.tag, "")
    pieces = [piece for child in element if (piece := _write_formula(child))]
    return between.join(map(_group, pieces)) if between else "".join(pieces)


def _group(piece: str) -> str:
    return piece if piece.isalnum() else f"({piece})"
