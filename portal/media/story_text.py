"""A story from a file: a task of the child process, see media.worker."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.domain.documents import MOST_CHARACTERS, DocumentFormat, DroppedKind
from portal.media.child_process import ExitCode, Refused
from portal.media.docx_package import find_package
from portal.media.encodings import (
    Reading,
    decode_as,
    find_readings,
    hides_encoding,
    is_cut,
    is_known_encoding,
)
from portal.media.letter_count import (
    DocumentRead,
    LetterCount,
    SourceWords,
    count_kept_in_blocks,
    count_kept_letters,
)
from portal.media.rtf_chunk import RICH_TEXT
from portal.media.zip_checks import Archive, open_archive
from portal.story.normalise import clean_line, clean_text

_PDF = b"%PDF-"
_PDF_WITHIN = 1024
_CONTAINER = b"\xd0\xcf\x11\xe0"
"""What files of old programs begin with, and so do locked ones of new programs."""
_LOCKED = re.compile(re.escape("EncryptedPackage".encode("utf-16-le")) + rb"\0{32}\x22\0\x02")
"""The entry of a locked document in the directory of its container: name, length of the name, kind."""
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|svg|\?xml|script|head|body)\b", re.IGNORECASE)
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_END = re.compile(rb"\x1a[\x1a\0\s]*\Z")
"""What DOS put after a text, which says that it ends."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8 = "utf-8"
_BROKEN = "\ufffd"
_MOST_BROKEN = 50
"""Letters of a text in UTF-8, none of them of ASCII, of which one may be broken."""
_LINES_SHOWN, _LETTERS_SHOWN = 3, 160


@dataclass(frozen=True)
class TextRead:
    """The cleaned text of a document, its format, what was left out, and the count of its letters."""

    text: str = field(repr=False)
    format: DocumentFormat
    dropped: Counter[DroppedKind]
    letters: LetterCount
    pages: int = 0
    """Of a PDF; else 0."""


class AmbiguousEncoding(Exception):
    """The bytes of a text can be read in several ways, and only its author can tell in which."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        super().__init__()
        self.readings = readings


def run(source: Path, target: Path, language: str = "", encoding: str = "") -> dict[str, Any]:
    """Write the text of a document; return its format, what was left out by kind, and its letters.

    Of a text that can be read in several ways nothing is written: each is returned with lines that tell them
    apart. Arguments as of `read_text`.
    """
    try:
        read = read_text(source, language, encoding)
    except AmbiguousEncoding as several:
        return {"readings": list(_show_apart(several.readings))}
    target.write_text(read.text, encoding="utf-8", newline="\n")
    dropped = {one.value: read.dropped[one] for one in DroppedKind if read.dropped[one]}
    letters = read.letters.to_json()
    return {"format": read.format, "dropped": dropped, "letters": letters, "pages": read.pages}


def _show_apart(readings: Sequence[Reading]) -> Iterator[dict[str, str]]:
    """Return the first lines in which readings differ, for each of them."""
    lines = [reading.text.splitlines() for reading in readings]
    differing = [row for row in zip(*lines, strict=False) if len(set(row)) > 1][:_LINES_SHOWN]
    for number, reading in enumerate(readings):
        shown = (clean_line(row[number])[:_LETTERS_SHOWN] for row in differing)
        begins = "\n".join(shown) or clean_line(reading.text)[:_LETTERS_SHOWN]
        yield {"encoding": reading.encoding, "begins": begins}


def read_text(source: Path, language: str = "", encoding: str = "") -> TextRead:
    """Read a DOCX, ODT, PDF, TXT or Markdown file.

    A text without a mark of its encoding is probably in `language`, a tag; with `encoding` its author has
    chosen one of those that were offered. Raises Refused and SeveralReadings.
    """
    archive = open_archive(source)
    if archive is None and _is_pdf(source):
        text, pages = _read_pdf(source)
        cleaned = _clean(text)
        letters = count_kept_letters(SourceWords((text,)), (cleaned,))
        return TextRead(cleaned, DocumentFormat.TEXT, Counter(), letters, pages)
    if archive is None:
        text, dropped = _read_plain(source.read_bytes(), language, encoding)
        cleaned = _clean(text)
        letters = count_kept_letters(SourceWords((text,)), (cleaned,))
        return TextRead(cleaned, DocumentFormat.TEXT, dropped, letters)
    return _read_formatted(archive)


# Each kind of file loads its reader alone: all of them take this process three times as long as a plain text.
def _read_pdf(source: Path) -> tuple[str, int]:
    from portal.media.pdf_words import read_pdf  # noqa: PLC0415  # of PDF alone

    return read_pdf(source)


def _read_formatted(archive: Archive) -> TextRead:
    from portal.story.markdown import to_markdown  # noqa: PLC0415  # of what has blocks alone

    document = _read_document(archive)
    letters = count_kept_in_blocks(document.words, document.blocks)
    return TextRead(_clean(to_markdown(document.blocks)), DocumentFormat.MARKDOWN, document.dropped, letters)


def _read_document(archive: Archive) -> DocumentRead:
    if package := find_package(archive):
        from portal.media.docx import read_word  # noqa: PLC0415  # of Word alone

        return read_word(package)
    from portal.media.odt import is_open_document, read_open_document  # noqa: PLC0415  # of OpenDocument alone

    if is_open_document(archive):
        return read_open_document(archive)
    raise Refused(ExitCode.NOT_READ)


def _clean(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise Refused(ExitCode.EMPTY)
    if len(cleaned) > MOST_CHARACTERS:
        raise Refused(ExitCode.TOO_LONG)
    return cleaned


def _is_pdf(source: Path) -> bool:
    with source.open("rb") as opened:
        return _PDF in opened.read(_PDF_WITHIN)


def _read_plain(content: bytes, language: str, encoding: str) -> tuple[str, Counter[DroppedKind]]:
    if content.startswith(_CONTAINER):
        raise Refused(ExitCode.LOCKED if _LOCKED.search(content) else ExitCode.OLD_FORMAT)
    if content.startswith(RICH_TEXT):
        raise Refused(ExitCode.OLD_FORMAT)
    if _MARKUP.match(content):
        raise Refused(ExitCode.NOT_READ)
    content = _END.sub(b"", content)
    text, broken = _decode(content, language, encoding)
    if len(text) > MOST_CHARACTERS:
        raise Refused(ExitCode.TOO_LONG)
    if _BINARY.search(text):
        raise Refused(ExitCode.NOT_READ)
    return text, Counter({DroppedKind.BROKEN: broken})


def _decode(content: bytes, language: str, encoding: str) -> tuple[str, int]:
    """Return a text and how many of its letters are broken. Raises Refused and SeveralReadings."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decode_in(content, name)
    if encoding and is_known_encoding(encoding):
        return _decode_in(content, encoding)
    if not hides_encoding(content) and (found := _decode_utf8(content)) is not None:
        return found
    readings = find_readings(content, language)
    if len(readings) > 1:
        raise AmbiguousEncoding(readings)
    if not readings and content.isascii():
        return _decode_in(content, _UTF8)
    if not readings:
        raise Refused(ExitCode.NOT_READ if _has_control(content) else ExitCode.UNKNOWN_LETTERS)
    return _decode_in(content, readings[0].encoding)


def _decode_in(content: bytes, encoding: str) -> tuple[str, int]:
    text = decode_as(content, encoding)
    if text is None:
        raise Refused(ExitCode.NOT_READ)
    return text, int(is_cut(content, encoding))


def _decode_utf8(content: bytes) -> tuple[str, int] | None:
    """Return a text in UTF-8 and how many of its letters are broken; None when it is in another encoding."""
    if decode_as(content, _UTF8) is not None:
        return _decode_in(content, _UTF8)
    text = content.decode(errors="replace")
    broken = text.count(_BROKEN)
    is_utf8 = sum(not letter.isascii() for letter in text) > broken * _MOST_BROKEN
    return (text, broken) if is_utf8 else None


def _has_control(content: bytes) -> bool:
    return _BINARY.search(content.decode("latin-1")) is not None
