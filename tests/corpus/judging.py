"""What becomes of a file that is sent: read, told about, lost in silence, taken as junk, or refused."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from portal.domain.documents import DocumentFault, DocumentRefused, SeveralReadings, TextReading
from portal.domain.photos import PictureRefused
from portal.media import story_text
from portal.media.child_process import ExitCode, Refused
from portal.media.document import ReadStory, clean_document, read_story
from portal.media.image import clean_picture
from portal.media.letter_count import count_letters
from tests.corpus.counting import count_file, find_encoding, looks_like_junk

_HEADS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
_BOXES = slice(4, 8)
_MOST_OTHER = 0.02
"""Of the letters of a text: more that are others than its encoding says, and it is junk."""


class Verdict(StrEnum):
    """What became of a file."""

    READ = "read"
    TOLD = "told"
    """Read, and its author is told what is not in it."""
    SILENT = "silent"
    JUNK = "junk"
    REFUSED = "refused"


BAD = (Verdict.SILENT, Verdict.JUNK)


@dataclass(frozen=True)
class Judged:
    """One file."""

    path: Path
    verdict: Verdict
    seconds: float
    note: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:8}{self.seconds:7.1f} s  {self.path}  {self.note}".rstrip()


Reader = Callable[[Path, Path], ReadStory]


def read_here(path: Path, _scratch: Path) -> ReadStory:
    """Read a file of ours in this process; files of others are read by `read_story`, in one of their own."""
    try:
        read = story_text.read_text(path)
    except story_text.AmbiguousEncoding as several:
        raise SeveralReadings([TextReading(one.encoding, "") for one in several.readings]) from several
    except Refused as refused:
        is_other = refused.outcome is ExitCode.NOT_READ
        fault = DocumentFault.NOT_A_DOCUMENT if is_other else DocumentFault[refused.outcome.name]
        raise DocumentRefused(fault) from refused
    dropped = tuple((kind, count) for kind, count in read.dropped.items() if count)
    return ReadStory(read.text, read.format, dropped, read.letters)


def judge_files(paths: Iterable[Path], reader: Reader = read_story) -> Iterator[Judged]:
    """Judge files one after another."""
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            start = time.monotonic()
            verdict, note = _judge(path, Path(scratch), reader)
            yield Judged(path, verdict, time.monotonic() - start, note)


def sum_up(judged: Sequence[Judged]) -> str:
    """Return the last line."""
    counts = Counter(one.verdict for one in judged)
    told = ", ".join(f"{verdict} {counts[verdict]}" for verdict in Verdict)
    return f"{len(judged)} files: {told}"


def _judge(path: Path, scratch: Path, reader: Reader) -> tuple[Verdict, str]:
    with path.open("rb") as opened:
        head = opened.read(12)
    try:
        if head.startswith(_HEADS) or head[_BOXES] == b"ftyp":
            kept = clean_picture(path, scratch / "picture")
            return Verdict.READ, f"{kept.width} x {kept.height}"
        return _judge_story(path, reader(path, scratch))
    except PictureRefused as refused:
        return Verdict.REFUSED, refused.fault
    except SeveralReadings as several:
        return _judge_question(path, [one.encoding for one in several.readings])
    except DocumentRefused as refused:
        if refused.fault is not DocumentFault.PDF_HAS_NO_TEXT:
            return Verdict.REFUSED, refused.fault
    try:
        return Verdict.READ, f"pages {clean_document(path, scratch).pages}"
    except DocumentRefused as refused:
        return Verdict.REFUSED, refused.fault


def _judge_question(path: Path, encodings: Sequence[str]) -> tuple[Verdict, str]:
    """Say of a text whose author is asked how to read it whether the right way is among those offered."""
    right = find_encoding(path)
    content = path.read_bytes()
    offered = [content.decode(name, errors="ignore") for name in encodings]
    is_there = right is None or content.decode(right, errors="ignore") in offered
    return Verdict.TOLD if is_there else Verdict.JUNK, f"asked: {', '.join(encodings)}"


def _judge_story(path: Path, read: ReadStory) -> tuple[Verdict, str]:
    letters = read.letters
    found = count_file(path)
    kept = count_letters([read.text])
    told = (*letters.unplaced, *letters.hidden, *letters.readings)
    if found is not None and (missing := found - kept - count_letters(told)):
        is_other = find_encoding(path) is not None and missing.total() > found.total() * _MOST_OTHER
        return Verdict.JUNK if is_other else Verdict.SILENT, f"missing {''.join(missing.elements())[:60]!r}"
    if found is None and looks_like_junk(read.text):
        return Verdict.JUNK, repr(read.text[:60])
    if told or read.dropped:
        left = ", ".join(f"{kind} {count}" for kind, count in read.dropped)
        parts = (("lost", letters.unplaced), ("hidden", letters.hidden), ("readings", letters.readings))
        return Verdict.TOLD, "; ".join(
            [left] * bool(left) + [f"{name} {len(one)}" for name, one in parts if one]
        )
    return Verdict.READ, f"{letters.kept} letters"
