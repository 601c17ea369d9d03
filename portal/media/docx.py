"""DOCX to blocks: reduced to what it shows, read by mammoth; what it has no place for is counted here."""

import io
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import mammoth

from portal.domain.documents import MOST_CHARACTERS, DroppedKind
from portal.media.child_process import ExitCode, Refused
from portal.media.document_tree import Outline
from portal.media.docx_arrange import Arranger, take_notes
from portal.media.docx_fields import settle_fields
from portal.media.docx_numbers import read_numbering
from portal.media.docx_package import CHART, DIAGRAM, VML, A, M, R, Relationship, W, WordPackage, find_package
from portal.media.docx_rewrite import NOTES, WordWriter, runs_on
from portal.media.docx_styles import read_styles
from portal.media.docx_visible import choose_versions, has_text, settle_signs, take_hidden
from portal.media.docx_words import SourceReader, is_deleted_row
from portal.media.html_chunk import read_chunk, write_lines
from portal.media.letter_count import DocumentRead, SourceWords, count_kept_in_blocks
from portal.media.zip_checks import open_archive, pack_parts
from portal.story.blocks import Block, Paragraph, Text

_PICTURE = (f"{A}blip", f"{VML}imagedata")
_KINDS = {
    f"{W}tbl": DroppedKind.TABLE,
    f"{W}commentReference": DroppedKind.COMMENT,
    f"{W}ins": DroppedKind.CHANGE,
    f"{W}del": DroppedKind.CHANGE,
    f"{W}moveTo": DroppedKind.CHANGE,
    f"{W}object": DroppedKind.EMBEDDED,
    f"{M}oMath": DroppedKind.EMBEDDED,
    f"{DIAGRAM}relIds": DroppedKind.EMBEDDED,
    f"{CHART}chart": DroppedKind.EMBEDDED,
    **dict.fromkeys(_PICTURE, DroppedKind.PICTURE),
}
_PLAIN = frozenset({"auto", "000000", "none", "baseline", "0", "false", "off"})
_LOOKS = tuple(W + name for name in ("color", "highlight", "u", "strike", "vertAlign"))
_EMBEDDED = ("embeddings/", "activeX/", "vbaProject.bin")
_FURNITURE = ("header", "footer")
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Quotations'] => blockquote > p:fresh
r[style-name='Emphasis'] => em
r[style-name='Intense Emphasis'] => em
"""
_LINES_OF_NOTES = ("separator", "continuationSeparator", "continuationNotice")
_WORD = (".docx", ".docm", ".dotx")
_DELETED = (f"{W}del", f"{W}moveFrom")


def read_word(package: WordPackage) -> DocumentRead:
    """Return the blocks of a Word document, what was left out, and the words it shows.

    Where its structure cannot be read, or costs a letter, its paragraphs are read without it. Raises Refused
    for endless texts and unsafe parts.
    """
    reading = _Reading(package)
    words = reading.collect_words()
    # Before mammoth sees it: that takes longer over an endless text than it may.
    if sum(map(len, words.shown)) > MOST_CHARACTERS:
        raise Refused(ExitCode.TOO_LONG)
    dropped = _count_dropped(package, reading.document)
    dropped[DroppedKind.EMBEDDED] += sum(not pieces for pieces in reading.chunks.values())
    try:
        blocks, links = reading.read_blocks()
    except (Refused, MemoryError):
        raise
    except Exception:  # whatever mammoth stumbles over, the words are there
        blocks, links = _write_plain(words), Counter()
    if not count_kept_in_blocks(words, blocks).is_whole:
        blocks, links = _write_plain(words), Counter()
    return DocumentRead(blocks, dropped + links, words)


class _Reading:
    """One Word document, reduced to what it shows."""

    def __init__(self, package: WordPackage, *, is_inner: bool = False) -> None:
        self.package = package
        self.is_inner = is_inner
        """Whether it stands in another one: then no further one is opened."""
        self.styles = read_styles(package.read_related("styles")[1])
        self.hidden: list[str] = []
        self.document = self._reduce(package.document)
        self.notes: dict[tuple[str, str], Element] = {}
        self.parts = {"": package.main}
        """Names of the part with the text and, by kind, of those with notes."""
        for kind in NOTES:
            name, content = package.read_related(f"{kind}s")
            if content is not None:
                self.parts[kind] = name
                self._keep_notes(kind, self._reduce(content))
        numbering = read_numbering(package.read_related("numbering")[1], self.styles)
        self.labels = numbering.label_paragraphs(_list_paragraphs(self.document))
        self.chunks: dict[str, list[Element]] = {}

    def _reduce(self, root: Element) -> Element:
        choose_versions(root)
        settle_fields(root)
        self.hidden += take_hidden(root, self.styles)
        settle_signs(root)
        return root

    def _keep_notes(self, kind: str, content: Element) -> None:
        for note in content.findall(W + kind):
            if note.get(f"{W}type") not in _LINES_OF_NOTES:
                self.notes[kind, note.get(f"{W}id", "")] = note

    def collect_words(self) -> SourceWords:
        """Return the words of the text and of the notes it mentions."""
        reader = SourceReader(self.labels, _Elsewhere(self, "").find_texts)
        reader.collect(self.document)
        for kind, key in dict.fromkeys(reader.mentioned):
            if (kind, key) in self.notes:
                reader.find_elsewhere = _Elsewhere(self, kind).find_texts
                reader.collect(self.notes[kind, key])
        return reader.to_words(self.hidden)

    def read_blocks(self) -> tuple[tuple[Block, ...], Counter[DroppedKind]]:
        """Return the blocks as mammoth reads them, and the links that were left out."""
        writer = WordWriter(self.styles, self.labels, self.notes)
        body = writer.write_body(self.document, _Elsewhere(self, ""))
        notes: dict[str, list[Element]] = {kind: [] for kind in self.parts if kind}
        for kind, key in self.notes:
            notes[kind].append(writer.write_note(kind, key, _Elsewhere(self, kind)))
        # The document's own style map is not asked: it could turn words into anything.
        written = mammoth.convert_to_html(
            pack_parts(writer.pack(body, notes)),
            style_map=_STYLES,
            convert_image=lambda _image: [],
            include_embedded_style_map=False,
            external_file_access=False,
        ).value
        story = ElementTree.fromstring(f"<story>{written}</story>")  # noqa: S314  # mammoth's own writing
        arrange = Arranger(writer.items, [self.read_chunk(one) for one in writer.chunks]).arrange
        taken = take_notes(story)
        for part in (story, *taken.values()):
            arrange(part)
        outline = Outline(taken)
        return outline.read_story(story), outline.dropped

    def read_chunk(self, relation: Relationship | None) -> list[Element]:
        """Return the blocks of a piece of another kind in the text; none where that is no page or text."""
        name = relation.target if relation is not None and not relation.is_outside else ""
        if name not in self.chunks:
            self.chunks[name], hidden = self._open_chunk(name, self._find_chunk(name))
            self.hidden += hidden
        return self.chunks[name]

    def _find_chunk(self, name: str) -> bytes | None:
        archive = self.package.archive
        return archive.pages.get(name, archive.parts.get(name))

    def _open_chunk(self, name: str, content: bytes | None) -> tuple[list[Element], Iterable[str]]:
        if content is None:
            return [], ()
        if not name.lower().endswith(_WORD):
            return read_chunk(name, content)
        archive = open_archive(io.BytesIO(content))
        package = find_package(archive) if archive is not None and not self.is_inner else None
        words = SourceWords() if package is None else _Reading(package, is_inner=True).collect_words()
        return write_lines(words.shown), words.hidden


@dataclass(frozen=True)
class _Elsewhere:
    """What a part of the document shows that another part holds."""

    reading: _Reading
    kind: str

    @cached_property
    def relations(self) -> Mapping[str, Relationship]:
        """Return by id what the part is related to."""
        return self.reading.package.relations_of(self.reading.parts[self.kind])

    def find_texts(self, element: Element) -> list[str]:
        """Return the texts an element shows: of a diagram, a chart, lettering, or a page in the text."""
        match element.tag:
            case tag if tag == f"{DIAGRAM}relIds":
                return self._read_drawn(element.get(f"{R}dm", ""))
            case tag if tag == f"{CHART}chart":
                return self._read_drawn(element.get(f"{R}id", ""))
            case tag if tag == f"{VML}textpath":
                return [element.get("string", "")]
            case tag if tag == f"{W}altChunk":
                relation = self.relations.get(element.get(f"{R}id", ""))
                return ["".join(block.itertext()) for block in self.reading.read_chunk(relation)]
        return []

    def _read_drawn(self, key: str) -> list[str]:
        relation = self.relations.get(key)
        content = self.reading.package.read(relation.target) if relation and not relation.is_outside else None
        if content is None:
            return []
        lines = ["".join(text.text or "" for text in line.iter(f"{A}t")) for line in content.iter(f"{A}p")]
        names = [
            name.text or "" for one in content.iter(f"{CHART}strCache") for name in one.iter(f"{CHART}v")
        ]
        return [text for text in (*lines, *dict.fromkeys(names)) if text.strip()]


def _list_paragraphs(document: Element) -> list[Element]:
    """List the paragraphs that are counted in lists: those that are shown and begin one of their own."""
    unseen = {
        paragraph
        for element in document.iter()
        if element.tag in _DELETED or is_deleted_row(element)
        for paragraph in element.iter(f"{W}p")
    }
    return [one for one in document.iter(f"{W}p") if one not in unseen and not runs_on(one.find(f"{W}pPr"))]


def _write_plain(words: SourceWords) -> tuple[Block, ...]:
    return tuple(Paragraph((Text(line),)) for text in words.shown if (line := " ".join(text.split())))


def _count_dropped(package: WordPackage, document: Element) -> Counter[DroppedKind]:
    dropped: Counter[DroppedKind] = Counter()
    _count_below(document, dropped)
    dropped[DroppedKind.LOOK] += sum(_has_look(paragraph) for paragraph in document.iter(f"{W}p"))
    folder = posixpath.dirname(package.main)
    embedded = tuple(posixpath.join(folder, one) for one in _EMBEDDED)
    dropped[DroppedKind.EMBEDDED] += sum(name.startswith(embedded) for name in package.archive.names)
    furniture = {
        one.target
        for one in package.relations_of(package.main).values()
        if one.kind in _FURNITURE and not one.is_outside
    }
    dropped[DroppedKind.PAGE_FURNITURE] += sum(
        (content := package.read(name)) is not None and has_text(content) for name in furniture
    )
    return +dropped


def _count_below(element: Element, dropped: Counter[DroppedKind]) -> None:
    for child in element:
        if child.tag in _KINDS and not _is_mark_only(element, child):
            dropped[_KINDS[child.tag]] += 1
        _count_below(child, dropped)


def _is_mark_only(parent: Element, change: Element) -> bool:
    """Say whether a change is one of the paragraph's end alone, or of a row that stays."""
    return parent.tag == f"{W}rPr" or (parent.tag == f"{W}trPr" and change.tag != f"{W}del")


def _has_look(paragraph: Element) -> bool:
    return any(
        look.get(f"{W}val", "single").lower() not in _PLAIN
        for run in paragraph.iter(f"{W}r")
        for kind in _LOOKS
        for look in run.iterfind(f"{W}rPr/{kind}")
    )
