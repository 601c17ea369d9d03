"""A story from a file: a task of the child process, see media.worker."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.domain.documents import MOST_CHARACTERS, DocumentFormat, DroppedKind
from portal.media.archive import Archive, open_archive
from portal.media.child import Outcome
from portal.media.letters import DocumentRead, LetterCount, SourceWords, weigh, weigh_blocks
from portal.media.open_document import is_open_document, read_open_document
from portal.media.refusal import Refused
from portal.media.word import read_word
from portal.media.word_package import find_package
from portal.story.markdown import to_markdown
from portal.story.normalise import clean_text

_PDF = b"%PDF-"
_PDF_WITHIN = 1024
_CONTAINER = b"\xd0\xcf\x11\xe0"
"""What files of old programs begin with, and so do locked ones of new programs."""
_LOCKED = re.compile(re.escape("EncryptedPackage".encode("utf-16-le")) + rb"\0{32}\x22\0\x02")
"""The entry of a locked document in the directory of its container: name, length of the name, kind."""
_RICH_TEXT = b"{\\rtf"
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|svg|\?xml|script|head|body)\b", re.IGNORECASE)
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Without a mark: UTF-8 first, which nothing else is by chance, then the old encodings of our writers.
_GUESSES = ("utf-8", "big5", "cp1251")


@dataclass(frozen=True)
class TextRead:
    """The cleaned text of a document, its format, what was left out, and the count of its letters."""

    text: str = field(repr=False)
    format: DocumentFormat
    dropped: Counter[DroppedKind]
    letters: LetterCount


def run(source: Path, target: Path) -> dict[str, Any]:
    """Write the text of a document; return its format, what was left out by kind, and its letters."""
    read = read_text(source)
    target.write_text(read.text, encoding="utf-8", newline="\n")
    dropped = {one.value: read.dropped[one] for one in DroppedKind if read.dropped[one]}
    return {"format": read.format, "dropped": dropped, "letters": read.letters.to_json()}


def read_text(source: Path) -> TextRead:
    """Read a DOCX, ODT, TXT or Markdown file. Raises Refused."""
    archive = open_archive(source)
    if archive is None:
        text = _read_plain(source.read_bytes())
        cleaned = _clean(text)
        letters = weigh(SourceWords((text,)), (cleaned,))
        return TextRead(cleaned, DocumentFormat.TEXT, Counter(), letters)
    document = _read_document(archive)
    letters = weigh_blocks(document.words, document.blocks)
    return TextRead(_clean(to_markdown(document.blocks)), DocumentFormat.MARKDOWN, document.dropped, letters)


def _read_document(archive: Archive) -> DocumentRead:
    if package := find_package(archive):
        return read_word(package)
    if is_open_document(archive):
        return read_open_document(archive)
    raise Refused(Outcome.NOT_READ)


def _clean(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise Refused(Outcome.EMPTY)
    if len(cleaned) > MOST_CHARACTERS:
        raise Refused(Outcome.TOO_LONG)
    return cleaned


def _read_plain(content: bytes) -> str:
    if _PDF in content[:_PDF_WITHIN]:
        raise Refused(Outcome.PDF_HAS_NO_TEXT)
    if content.startswith(_CONTAINER):
        raise Refused(Outcome.LOCKED if _LOCKED.search(content) else Outcome.OLD_FORMAT)
    if content.startswith(_RICH_TEXT):
        raise Refused(Outcome.OLD_FORMAT)
    if _MARKUP.match(content):
        raise Refused(Outcome.NOT_READ)
    for text in _decode(content):
        if len(text) > MOST_CHARACTERS:
            raise Refused(Outcome.TOO_LONG)
        if not _BINARY.search(text):
            return text
    raise Refused(Outcome.NOT_READ)


def _decode(content: bytes) -> list[str]:
    """Return the text in every encoding it may be in, the likeliest first."""
    marked = [name for mark, name in _MARKS if content.startswith(mark)]
    found: list[str] = []
    for name in marked or _GUESSES:
        try:
            found.append(content.decode(name))
        except UnicodeDecodeError:
            continue
    return found
