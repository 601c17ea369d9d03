"""Differences of two texts, paragraph by paragraph, fair to scripts without spaces.

Spaced scripts are compared by words, Han and kana by characters. Short leftovers between two changes
are counted as changed, so that a reader sees phrases and not confetti. What would take long, because the
same few words or lines come again and again, is compared roughly, and says so.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.story.matching import Effort, match

Operation = Literal["same", "added", "removed"]

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3105-\u31ff"
    "\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
)
_TOKEN = re.compile(
    f"[{_UNSPACED}\U00020000-\U0003ffff][\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef]*"
    f"|(?:[^\\W_{_UNSPACED}\U00020000-\U0003ffff][\u0300-\u036f'’ʼ\\-‐‑]*)+|\\s+|."
)
_SENTENCE = re.compile(r".+?(?:[。！？!?…]+[」』”»\"]*|\.(?=\s)|$)\s*", re.DOTALL)
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7ff\U00020000-\U0003ffff]")
_ALIKE = 0.4
_MAX_ALIGNED_PAIRS = 40_000
_STEPS_FOR_A_PAIR = 8
"""What it takes to judge two lines beside what it takes to look at a token of one."""
_LONG_PARAGRAPH = 1_000
_LEFTOVER_WEIGHT = 6


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A stretch of text and what happened to it."""

    op: Operation
    text: str


@dataclass(frozen=True, slots=True)
class DiffParagraph:
    """One paragraph in both texts. Same and added pieces make the new one, same and removed the old one."""

    pieces: tuple[DiffPiece, ...]
    is_rough: bool = False
    """Compared roughly: what is called changed may hold words that stayed."""

    @property
    def is_changed(self) -> bool:
        """Whether anything in the paragraph was added or removed."""
        return any(piece.op != "same" for piece in self.pieces)


def diff_texts(old: str, new: str) -> tuple[DiffParagraph, ...]:
    """Compare two texts line by line; lines without text are left out."""
    before, after = _split_lines(old), _split_lines(new)
    effort = Effort.for_texts(old, new)
    found: list[DiffParagraph] = []
    for tag, i1, i2, j1, j2 in match(before, after, effort):
        if tag == "equal":
            found += [DiffParagraph((DiffPiece("same", line),)) for line in before[i1:i2]]
        else:
            found += _diff_stretch(before[i1:i2], after[j1:j2], effort)
    return tuple(found)


def _diff_stretch(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[DiffParagraph]:
    pairs = align_lines(old, new, effort)
    if pairs is None:
        yield from (DiffParagraph((DiffPiece("removed", line),), is_rough=True) for line in old)
        yield from (DiffParagraph((DiffPiece("added", line),), is_rough=True) for line in new)
        return
    for old_line, new_line in pairs:
        effort.is_spent = False
        pieces = tuple(_diff_lines(old_line, new_line, effort))
        yield DiffParagraph(pieces, is_rough=effort.is_spent)


def _split_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def align_lines(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[tuple[str, str]] | None:
    """Pair lines that are versions of each other, in order; "" stands for a line that is not there.

    None where there are too many lines to look for their likes.
    """
    if not old or not new:
        return [(line, "") for line in old] + [("", line) for line in new]
    if len(old) * len(new) > _MAX_ALIGNED_PAIRS:
        return None
    bags_old = [Counter(_TOKEN.findall(line)) for line in old]
    bags_new = [Counter(_TOKEN.findall(line)) for line in new]
    rows, columns = len(old), len(new)
    tokens = rows * sum(map(len, bags_new)) + columns * sum(map(len, bags_old))
    if not effort.allows(rows * columns * _STEPS_FOR_A_PAIR + tokens // 4):
        return None
    likeness = [[_measure_likeness(left, right) for right in bags_new] for left in bags_old]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= _ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[tuple[str, str]] = []
    i = j = 0
    while i < rows and j < columns:
        if likeness[i][j] >= _ALIKE and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((old[i], ""))
            i += 1
        else:
            pairs.append(("", new[j]))
            j += 1
    return pairs + [(line, "") for line in old[i:]] + [("", line) for line in new[j:]]


def _measure_likeness(left: Counter[str], right: Counter[str]) -> float:
    """Share of tokens in common, 0 to 1, counted by different tokens."""
    common = len(left.keys() & right.keys())
    return 2 * common / (len(left) + len(right))


def _diff_lines(old: str, new: str, effort: Effort) -> Iterator[DiffPiece]:
    pieces = _compare_tokens(_TOKEN.findall(old), _TOKEN.findall(new), effort)
    return iter(_join_pieces(_drop_leftovers(_join_pieces(pieces))))


def _compare_tokens(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[DiffPiece]:
    if max(len(old), len(new)) > _LONG_PARAGRAPH:
        return _compare_sentences("".join(old), "".join(new), effort)
    return _match_tokens(old, new, effort)


def _compare_sentences(old: str, new: str, effort: Effort) -> list[DiffPiece]:
    """Compare a long paragraph by sentences first: tokens alone would take too long."""
    left, right = _SENTENCE.findall(old), _SENTENCE.findall(new)
    pieces: list[DiffPiece] = []
    for tag, i1, i2, j1, j2 in match(left, right, effort):
        if tag == "equal":
            pieces.append(DiffPiece("same", "".join(left[i1:i2])))
            continue
        removed, added = "".join(left[i1:i2]), "".join(right[j1:j2])
        pieces += _match_tokens(_TOKEN.findall(removed), _TOKEN.findall(added), effort)
    return pieces


def _match_tokens(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[DiffPiece]:
    pieces: list[DiffPiece] = []
    for tag, i1, i2, j1, j2 in match(old, new, effort):
        if tag == "equal":
            pieces.append(DiffPiece("same", "".join(old[i1:i2])))
        else:
            pieces += _make_change("".join(old[i1:i2]), "".join(new[j1:j2]))
    return pieces


def _make_change(removed: str, added: str) -> list[DiffPiece]:
    pieces = [DiffPiece("removed", removed), DiffPiece("added", added)]
    return [piece for piece in pieces if piece.text]


def _drop_leftovers(pieces: Sequence[DiffPiece]) -> list[DiffPiece]:
    """Count as changed what is the same between two changes and too short to help a reader."""
    kept: list[DiffPiece] = []
    for index, piece in enumerate(pieces):
        inside = 0 < index < len(pieces) - 1
        if piece.op == "same" and inside and _is_leftover(piece.text, pieces, index):
            kept += [DiffPiece("removed", piece.text), DiffPiece("added", piece.text)]
        else:
            kept.append(piece)
    return kept


def _is_leftover(text: str, pieces: Sequence[DiffPiece], index: int) -> bool:
    if not any(char.isalnum() for char in text):
        return True
    weight = _weigh(text)
    before = max(_weigh(piece.text) for piece in pieces[max(0, index - 2) : index] if piece.op != "same")
    after = max(_weigh(piece.text) for piece in pieces[index + 1 : index + 3] if piece.op != "same")
    return weight <= _LEFTOVER_WEIGHT and weight <= before and weight <= after


def _weigh(text: str) -> int:
    """Length in letters; a Han character says as much as three."""
    return len(text) + 2 * len(_WIDE.findall(text))


def _join_pieces(pieces: Sequence[DiffPiece]) -> list[DiffPiece]:
    """Between two same pieces, all that was removed, then all that was added, each in one piece."""
    joined: list[DiffPiece] = []
    same: list[str] = []
    removed: list[str] = []
    added: list[str] = []
    for piece in pieces:
        if piece.op == "same":
            joined += _make_change("".join(removed), "".join(added))
            removed, added = [], []
            same.append(piece.text)
            continue
        if same:
            joined.append(DiffPiece("same", "".join(same)))
            same = []
        (removed if piece.op == "removed" else added).append(piece.text)
    if same:
        joined.append(DiffPiece("same", "".join(same)))
    return joined + _make_change("".join(removed), "".join(added))
