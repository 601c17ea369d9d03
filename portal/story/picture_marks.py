"""The mark by which an editor puts a photo into a text: `![](photo:3f9c2a1b)`, a line of its own.

Only the text of a draft is read with such marks. Contributors do not type them by accident, and in what they
send they are words like any other.
"""

import hashlib
import re
from collections.abc import Iterator

_KEY_LENGTH = 8
_MARK = rf"!\[\]\(photo:([0-9a-f]{{{_KEY_LENGTH}}})\)"
_MARKED_LINE = re.compile(rf"^{_MARK}[ \t]*$", re.MULTILINE)
_LINES = re.compile(r"^(?:[ \t]*+[^ \t\n][^\n]*+\n?)++", re.MULTILINE)
"""Lines without a blank one among them."""
_NOTE = re.compile(r" {0,3}\[\^[^\s\[\]^]{1,64}\]:[ \t]")
_FIRST_WORDS = 60


def make_photo_key(public_id: str) -> str:
    """Return the key of a photo: short enough to be read, and the same for as long as the photo exists."""
    return public_id[:_KEY_LENGTH]


def make_mark(key: str) -> str:
    """Return the line that puts a photo into a text."""
    return f"![](photo:{key})"


def is_mark(line: str) -> bool:
    """Say whether a line is a mark and nothing else."""
    return _MARKED_LINE.fullmatch(line) is not None


def split_at_marks(source: str) -> Iterator[tuple[str, str]]:
    """Give a text, whose lines end with LF, in stretches: words before a photo, and the key of that photo.

    The last stretch has no photo.
    """
    start = 0
    for found in _MARKED_LINE.finditer(source):
        yield source[start : found.start()], found[1]
        start = found.end()
    yield source[start:], ""


def list_placed(source: str) -> tuple[str, ...]:
    """Return the keys of the photos that stand in a text, in their order, each once."""
    return tuple(dict.fromkeys(found[1] for found in _MARKED_LINE.finditer(_end_lines(source))))


def drop_marks(source: str) -> str:
    """Return a text without its marks: what is left are words that somebody reads."""
    return _MARKED_LINE.sub("", _end_lines(source))


def blank_marks(source: str) -> str:
    """Return a text with spaces in place of its marks: what is left stands where it stood."""
    return _MARKED_LINE.sub(lambda found: " " * len(found[0]), _end_lines(source))


def list_stretches(source: str) -> tuple[tuple[str, str], ...]:
    """Return a name of each stretch of lines after which a photo can be put, and how it begins, in order."""
    stretches = (_shorten(lines) for _end, lines in _iter_stretches(_end_lines(source)))
    return tuple((f"{number}.{_fingerprint(words)}", words) for number, words in enumerate(stretches, 1))


def find_stretch(source: str, name: str) -> int:
    """Return how many stretches stand up to the one of this name, in a text that may have changed since.

    The nearest one of the same words is meant; where there is none, the place counts.
    """
    number, _dot, mark = name.partition(".")
    at = int(number) if number.isdecimal() else 0
    alike = [
        place for place, (one, _words) in enumerate(list_stretches(source), 1) if one.endswith(f".{mark}")
    ]
    return min(alike, key=lambda place: abs(place - at), default=at)


def find_photo_place(source: str, key: str) -> int:
    """Return how many stretches stand before a photo that is in the text; all where it is not."""
    before, mark, _behind = _end_lines(source).partition(make_mark(key))
    return len(list_stretches(before if mark else source))


def put_mark(source: str, key: str, *, after: int) -> str:
    """Put a photo after this many stretches of a text, 0 for before all; it leaves its earlier place.

    A number past the end means the end, which is before the notes.
    """
    text = take_mark(source, key)
    ends = [0, *(end for end, _lines in _iter_stretches(text))]
    at = ends[min(after, len(ends) - 1)]
    return _join(text[:at], make_mark(key), text[at:])


def take_mark(source: str, key: str) -> str:
    """Take a photo out of a text."""
    text = _end_lines(source)
    for found in reversed([one for one in _MARKED_LINE.finditer(text) if one[1] == key]):
        text = _join(text[: found.start()], text[found.end() :])
    return text


def _iter_stretches(source: str) -> Iterator[tuple[int, str]]:
    """Give where each stretch ends, and its lines. Photos part them; notes, which stand last, are none."""
    for found in _LINES.finditer(blank_marks(source)):
        if not _NOTE.match(found[0]):
            yield found.end(), found[0]


def _end_lines(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _join(before: str, *others: str) -> str:
    parts = (before.rstrip("\n"), *(one.lstrip("\n") for one in others))
    return "\n\n".join(part for part in parts if part)


def _fingerprint(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:_KEY_LENGTH]


def _shorten(lines: str) -> str:
    words = " ".join(lines.split())
    return words if len(words) <= _FIRST_WORDS else words[:_FIRST_WORDS].rstrip() + "…"
