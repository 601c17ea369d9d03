"""Documents of contributors: read or rebuilt in a child process, so that only words and pixels are left."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.domain.documents import (
    MOST_DOCUMENT_BYTES,
    DocumentFault,
    DocumentFormat,
    DocumentRefused,
    DroppedKind,
    SeveralReadings,
    TextReading,
)
from portal.media.child_process import WALL_SECONDS, ChildFailed, ExitCode, Task, run_child
from portal.media.letter_count import LetterCount, read_count

_TEXT_NAME = "text"
_STORY_WAIT = 15
"""Seconds: anybody may send such a file, so a queue of them must not hold up the pages."""
_HEAD_BYTES = 1024
_PDF = b"%PDF-"
_FAULTS = {
    ExitCode.NOT_READ: DocumentFault.NOT_A_DOCUMENT,
    ExitCode.OLD_FORMAT: DocumentFault.OLD_FORMAT,
    ExitCode.PDF_HAS_NO_TEXT: DocumentFault.PDF_HAS_NO_TEXT,
    ExitCode.LOCKED: DocumentFault.LOCKED,
    ExitCode.TOO_MANY_PAGES: DocumentFault.TOO_MANY_PAGES,
    ExitCode.TOO_LONG: DocumentFault.TOO_LONG,
    ExitCode.SUSPICIOUS: DocumentFault.SUSPICIOUS,
    ExitCode.STAND_IN: DocumentFault.STAND_IN,
    ExitCode.EMPTY: DocumentFault.EMPTY,
    ExitCode.UNKNOWN_LETTERS: DocumentFault.UNKNOWN_LETTERS,
    ExitCode.BUSY: DocumentFault.BUSY,
}


@dataclass(frozen=True)
class ReadStory:
    """The text of a file, and what it held that a story does not, by kind.

    In the format Markdown it is in our subset, with the structure the file had; else it is plain.
    """

    text: str = field(repr=False)
    format: DocumentFormat
    dropped: tuple[tuple[DroppedKind, int], ...]
    letters: LetterCount
    pages: int = 0
    """Of a PDF, whose paragraphs are guessed from its lines; else 0."""


@dataclass(frozen=True)
class CleanDocument:
    """A document rebuilt from its words or from pictures of its pages. `pages` is 0 for words."""

    content: bytes = field(repr=False)
    format: DocumentFormat
    pages: int
    sha256: str
    dropped: tuple[tuple[DroppedKind, int], ...] = ()
    letters: LetterCount = field(default_factory=LetterCount)
    """Of pictures of pages no letters are counted."""


def read_story(source: Path, scratch: Path, *, language: str = "", encoding: str = "") -> ReadStory:
    """Read the text of a DOCX, ODT, PDF, TXT or Markdown file, whatever its name says.

    `scratch` is an existing folder that goes away afterwards. `language` is the tag of the language the text
    probably is in, `encoding` the one its author chose. Raises DocumentRefused and SeveralReadings.
    Takes up to a minute: never call it inside a database transaction.
    """
    target = scratch / _TEXT_NAME
    said = _run(Task.STORY, source, target, language, encoding, wait_seconds=_STORY_WAIT)
    return ReadStory(
        target.read_text(encoding="utf-8"),
        DocumentFormat(said["format"]),
        _list_dropped(said),
        read_count(said["letters"]),
        said["pages"],
    )


def clean_document(source: Path, scratch: Path, *, language: str = "", encoding: str = "") -> CleanDocument:
    """Rebuild a document for the editors: pages of a PDF as pictures, of everything else the text.

    Arguments, errors and time as of `read_story`.
    """
    target = scratch / _TEXT_NAME
    with source.open("rb") as opened:
        is_pdf = _PDF in opened.read(_HEAD_BYTES)
    said = (
        _run(Task.PAPERS, source, target) if is_pdf else _run(Task.STORY, source, target, language, encoding)
    )
    content = target.read_bytes()
    return CleanDocument(
        content,
        DocumentFormat(said["format"]),
        said.get("pages", 0),
        hashlib.sha256(content).hexdigest(),
        _list_dropped(said),
        read_count(said["letters"]) if "letters" in said else LetterCount(),
    )


def _list_dropped(said: Mapping[str, Any]) -> tuple[tuple[DroppedKind, int], ...]:
    return tuple((DroppedKind(kind), count) for kind, count in said.get("dropped", {}).items())


def _run(
    task: Task, source: Path, target: Path, *hints: str, wait_seconds: float = WALL_SECONDS
) -> dict[str, Any]:
    if source.stat().st_size > MOST_DOCUMENT_BYTES:
        raise DocumentRefused(DocumentFault.TOO_LARGE)
    try:
        said = run_child(task, source, target, *hints, wait_seconds=wait_seconds)
    except ChildFailed as failed:
        raise DocumentRefused(_FAULTS.get(failed.outcome, DocumentFault.TOO_SLOW)) from failed
    if "readings" in said:
        raise SeveralReadings([TextReading(one["encoding"], one["begins"]) for one in said["readings"]])
    return said
