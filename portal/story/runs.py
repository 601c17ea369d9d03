"""Styled runs and the one canonical tree of inlines they make.

Markdown can say the same thing in many ways (`*a*_b_`, `***a***`, `**a** `). Runs are the meaning: a leaf
and the two styles it stands in. The tree is built from them by fixed rules, so equal texts give equal blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from portal.story.blocks import Emphasis, Inline, LineBreak, Link, NoteRef, Strong, Text

Leaf = Text | Link | LineBreak | NoteRef


@dataclass(frozen=True, slots=True)
class Run:
    """A leaf and the styles it stands in."""

    leaf: Leaf
    strong: bool = False
    emphasis: bool = False


def flatten_tree(inlines: Iterable[Inline], *, strong: bool = False, emphasis: bool = False) -> list[Run]:
    """Give inlines as runs; what stands in a link stays inside its leaf."""
    runs: list[Run] = []
    for inline in inlines:
        match inline:
            case Strong(children):
                runs += flatten_tree(children, strong=True, emphasis=emphasis)
            case Emphasis(children):
                runs += flatten_tree(children, strong=strong, emphasis=True)
            case _:
                runs.append(Run(inline, strong, emphasis))
    return runs


def build_tree(runs: Sequence[Run], *, keeps_indent: bool = False) -> tuple[Inline, ...]:
    """Make the canonical inlines of one block: blank edges cut, styles trimmed, neighbours joined.

    keeps_indent: of a paragraph, whose first line may begin with spaces that are no plain ones.
    """
    pieces = _trim_edges(_trim_lines(_split_blanks(runs)), keeps_indent=keeps_indent)
    return _nest([_clean_link(piece) for piece in pieces])


def is_blank(run: Run) -> bool:
    """Whether a run shows nothing but space."""
    return isinstance(run.leaf, LineBreak) or (isinstance(run.leaf, Text) and not run.leaf.text.strip())


def _split_blanks(runs: Sequence[Run]) -> list[Run]:
    pieces: list[Run] = []
    for run in _join_texts(runs):
        if not isinstance(run.leaf, Text) or is_blank(run):
            pieces.append(run)
            continue
        text = run.leaf.text
        if not text[0].isspace() and not text[-1].isspace():
            pieces.append(run)
            continue
        start = len(text) - len(text.lstrip())
        end = len(text.rstrip())
        parts = (text[:start], text[start:end], text[end:])
        pieces += [Run(Text(part), run.strong, run.emphasis) for part in parts if part]
    return pieces


def _trim_lines(pieces: Sequence[Run]) -> list[Run]:
    """Cut spaces and tabs beside line breaks, and join breaks that follow each other."""
    kept: list[Run] = []
    for piece in pieces:
        if isinstance(piece.leaf, LineBreak):
            while kept and isinstance(kept[-1].leaf, Text) and is_blank(kept[-1]):
                rest = kept.pop().leaf
                if isinstance(rest, Text) and (text := rest.text.rstrip(" \t")):
                    kept.append(Run(Text(text)))
                    break
            if not (kept and isinstance(kept[-1].leaf, LineBreak)):
                kept.append(piece)
        elif (
            kept and isinstance(kept[-1].leaf, LineBreak) and isinstance(piece.leaf, Text) and is_blank(piece)
        ):
            if text := piece.leaf.text.lstrip(" \t"):
                kept.append(replace(piece, leaf=Text(text)))
        else:
            kept.append(piece)
    return kept


def _trim_edges(pieces: list[Run], *, keeps_indent: bool) -> list[Run]:
    start, end = 0, len(pieces)
    while start < end and is_blank(pieces[start]):
        start += 1
    while end > start and is_blank(pieces[end - 1]):
        end -= 1
    indent = _find_indent(pieces[start - 1]) if keeps_indent and 0 < start < end else ""
    return [*([Run(Text(indent))] if indent else []), *pieces[start:end]]


def _find_indent(blank: Run) -> str:
    """Return what stands directly before the first word; plain spaces and tabs before it are no indent."""
    return blank.leaf.text.lstrip(" \t") if isinstance(blank.leaf, Text) else ""


def _clean_link(run: Run) -> Run:
    """Take from a link's inside the styles it stands in already."""
    if not isinstance(run.leaf, Link):
        return run
    inner = [
        replace(child, strong=child.strong and not run.strong, emphasis=child.emphasis and not run.emphasis)
        for child in flatten_tree(run.leaf.children)
    ]
    children = build_tree([child for child in inner if not isinstance(child.leaf, Link)])
    return replace(run, leaf=Link(run.leaf.href, children or (Text(run.leaf.href),)))


def _join_texts(runs: Sequence[Run]) -> list[Run]:
    joined: list[Run] = []
    for (is_text, strong, emphasis), group in groupby(runs, key=_describe):
        if is_text:
            text = "".join(run.leaf.text for run in group if isinstance(run.leaf, Text))
            joined.append(Run(Text(text), strong, emphasis))
        else:
            joined += group
    return joined


def _describe(run: Run) -> tuple[bool, bool, bool]:
    return isinstance(run.leaf, Text), run.strong, run.emphasis


def _nest(runs: Sequence[Run]) -> tuple[Inline, ...]:
    """Make a tree: where both styles begin, the one that reaches farther stands outside."""
    nodes: list[Inline] = []
    index = 0
    while index < len(runs):
        if not (runs[index].strong or runs[index].emphasis):
            nodes.append(runs[index].leaf)
            index += 1
            continue
        strong_end = _find_end(runs, index, "strong")
        emphasis_end = _find_end(runs, index, "emphasis")
        end = max(strong_end, emphasis_end)
        if end == index:
            nodes.append(runs[index].leaf)
            index += 1
        elif strong_end >= emphasis_end:
            nodes.append(Strong(_nest([Run(run.leaf, emphasis=run.emphasis) for run in runs[index:end]])))
            index = end
        else:
            nodes.append(Emphasis(_nest([Run(run.leaf, strong=run.strong) for run in runs[index:end]])))
            index = end
    return tuple(_join_nodes(nodes))


def _join_nodes(nodes: Sequence[Inline]) -> Iterator[Inline]:
    for is_text, group in groupby(nodes, key=lambda node: isinstance(node, Text)):
        if is_text:
            yield Text("".join(node.text for node in group if isinstance(node, Text)))
        else:
            yield from group


def _find_end(runs: Sequence[Run], start: int, style: str) -> int:
    """Where a style that begins here ends, blanks at its edges left out; `start` when it does not begin."""
    if is_blank(runs[start]):
        return start
    end = start
    while end < len(runs) and getattr(runs[end], style):
        end += 1
    while end > start and is_blank(runs[end - 1]):
        end -= 1
    return end
