"""Changes of an edited text, stretch by stretch: each has its words before and after, and can be put back.

A stretch is what stands between two blank lines of the Markdown: a paragraph, a heading, a list, a note.
Marks of photos are none: where a photo stands is not what somebody has written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.story.diff import align_lines
from portal.story.html import to_plain
from portal.story.markdown import to_blocks
from portal.story.matching import Effort, match
from portal.story.picture_marks import blank_marks

_STRETCH = re.compile(r"^(?:[ \t]*+[^ \t\n][^\n]*+\n?)++", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([^\s\[\]^]{1,64})\]")
"""A note stands elsewhere than its number: alone, both keep their brackets."""
Stretches = Sequence[str]


@dataclass(frozen=True, slots=True)
class TextChange:
    """One stretch that was changed, added or taken out, as Markdown; "" stands for one that is not there."""

    old: str
    new: str
    number: int
    """Counted from 1: in the edited text, or in the old one for what was taken out."""
    after: str
    """The stretch of the edited text it stands behind; "" at the beginning."""
    before: str
    """The one that follows; "" at the end."""


def split_stretches(source: str) -> list[str]:
    """Return the stretches of a text, in order."""
    return [words for words, _start, _end in _find_stretches(source)]


def write_words(source: str) -> str:
    """Return the words of a stretch; what says nothing by itself, as a lonely note does, as it was typed."""
    return _NOTE_MARK.sub(r"[\1]", to_plain(to_blocks(source)) or source)


def list_text_changes(old: Stretches, new: Stretches) -> list[TextChange]:
    """Return what was changed between two texts, in the order of the new one.

    Other marks for the same words are no change.
    """
    changes: list[TextChange] = []
    place = 0
    for left, right in _pair_stretches(old, new):
        is_there = right is not None
        old_one, new_one = old[left] if left is not None else "", new[right] if right is not None else ""
        if not (old_one and new_one and write_words(old_one) == write_words(new_one)):
            after = new[place - 1] if place else ""
            before = new[place + is_there] if place + is_there < len(new) else ""
            number = place if is_there else left or 0
            changes.append(TextChange(old_one, new_one, number + 1, after, before))
        place += is_there
    return changes


def trace_change(change: TextChange, steps: Sequence[tuple[Stretches, Stretches]]) -> frozenset[int]:
    """Say which of these steps, each a text before and after it, oldest first, brought a change about."""
    numbered = list(enumerate(steps))
    if not change.new:
        return frozenset(_follow(change.old, [(one, before, after) for one, (before, after) in numbered]))
    backwards = [(one, after, before) for one, (before, after) in reversed(numbered)]
    return frozenset(_follow(change.new, backwards))


def replace_stretch(source: str, there: str, wanted: str, *, after: str) -> str | None:
    """Return a text with a stretch in place of another; None where that one does not stand there just once.

    No `there` puts the wanted one behind `after`; nothing wanted takes it out.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    found = [(start, end) for words, start, end in _find_stretches(text) if words == (there or after)]
    if not (there or after):
        found = [(0, 0)]
    if len(found) != 1:
        return None
    start, end = found[0] if there else (found[0][1], found[0][1])
    parts = (text[:start].rstrip("\n"), wanted, text[end:].lstrip("\n"))
    return "\n\n".join(part for part in parts if part)


def _find_stretches(source: str) -> Iterator[tuple[str, int, int]]:
    """Give each stretch with where it begins and ends; marks of photos part them, as blank lines do."""
    for found in _STRETCH.finditer(blank_marks(source)):
        yield found[0].strip("\n"), found.start(), found.end()


def _pair_stretches(before: Stretches, after: Stretches) -> Iterator[tuple[int | None, int | None]]:
    """Give which stretch became which, by their places; None where there is none."""
    old, new = [write_words(one) for one in before], [write_words(one) for one in after]
    effort = Effort.for_texts("".join(old), "".join(new))
    for tag, i1, i2, j1, j2 in match(old, new, effort):
        if tag == "equal":
            yield from zip(range(i1, i2), range(j1, j2), strict=True)
            continue
        i, j = i1, j1
        pairs = align_lines(old[i1:i2], new[j1:j2], effort)
        for left, right in pairs or [*((one, "") for one in old[i1:i2]), *(("", one) for one in new[j1:j2])]:
            yield (i if left else None, j if right else None)
            i, j = i + bool(left), j + bool(right)


def _follow(words: str, steps: Sequence[tuple[int, Stretches, Stretches]]) -> Iterator[int]:
    """Follow a stretch from text to text, and give the steps that changed it.

    `steps` are their numbers, the text the stretch comes from, and the one it goes to.
    """
    for number, here, there in steps:
        if words in there or words not in here:
            continue
        yield number
        words = next((one.new for one in list_text_changes(here, there) if one.old == words), "")
        if not words:
            return
