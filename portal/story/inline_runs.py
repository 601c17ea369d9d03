"""Styled runs and the one canonical tree of inlines they make.

Markdown can say the same thing in many ways (`*a*_b_`, `***a***`, `**a** `). Runs are the meaning: a leaf
and the two styles it stands in. The tree is built from them by fixed rules, so equal texts give equal blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from portal.story.blocks import Emphasis, Inline, LineBreak, Link, NoteRef, Strong, Text

Leaf = Text | Link | LineBreak | NoteRef


class Run(NamedTuple):
    """A leaf and the styles it stands in."""

    leaf: Leaf
    strong: bool = False
    emphasis: bool = False


_END = Run(Text(""))


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
    if all(
        isinstance(leaf, Text | LineBreak) and not (strong or emphasis) for leaf, strong, emphasis in runs
    ):
        return build_lines("".join(map(_write_plain, runs)), keeps_indent=keeps_indent)
    pieces = _split_blanks(_join_texts(runs))
    if any(isinstance(piece.leaf, LineBreak) for piece in pieces):
        pieces = _trim_lines(pieces)
    pieces = _trim_edges(pieces, keeps_indent=keeps_indent)
    return _nest([_clean_link(one, one.leaf) if isinstance(one.leaf, Link) else one for one in pieces])


def _write_plain(run: Run) -> str:
    return run.leaf.text if isinstance(run.leaf, Text) else "\n"


def build_lines(text: str, *, keeps_indent: bool = False) -> tuple[Inline, ...]:
    """Make the same of lines in which nothing is stressed or linked, as most are: each one is cut once."""
    nodes: list[Inline] = []
    for line in trim_lines(text, keeps_indent=keeps_indent):
        nodes += (LineBreak(), Text(line))
    return tuple(nodes[1:])


def trim_lines(text: str, *, keeps_indent: bool) -> list[str]:
    """Return the lines of a block without empty ones and without the space around each."""
    words = text.strip()
    if not words:
        return []
    is_indented = keeps_indent and text[0].isspace()
    indent = _find_indent(text[: text.find(words)].rpartition("\n")[2]) if is_indented else ""
    if "\n" not in words:
        return [indent + words]
    return [line for one in (indent + words).split("\n") if (line := one.strip(" \t"))]


def join_plain(inlines: Sequence[Inline]) -> str | None:
    """Return the lines of inlines in which nothing is stressed, linked or noted; None of others."""
    if len(inlines) == 1 and isinstance(inlines[0], Text):
        return inlines[0].text
    if not all(isinstance(one, Text | LineBreak) for one in inlines):
        return None
    return "".join(one.text if isinstance(one, Text) else "\n" for one in inlines)


def is_blank(run: Run) -> bool:
    """Whether a run shows nothing but space."""
    return isinstance(run.leaf, LineBreak) or (isinstance(run.leaf, Text) and not run.leaf.text.strip())


def _split_blanks(runs: Iterable[Run]) -> list[Run]:
    """Part the space at the edges of each text from its words."""
    pieces: list[Run] = []
    for run in runs:
        text = run.leaf.text if isinstance(run.leaf, Text) else ""
        if not text or not (text[0].isspace() or text[-1].isspace()):
            pieces.append(run)
            continue
        start = len(text) - len(text.lstrip())
        end = max(start, len(text.rstrip()))
        if start == len(text):
            pieces.append(run)
            continue
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
                kept.append(piece._replace(leaf=Text(text)))
        else:
            kept.append(piece)
    return kept


def _trim_edges(pieces: list[Run], *, keeps_indent: bool) -> list[Run]:
    start, end = 0, len(pieces)
    while start < end and is_blank(pieces[start]):
        start += 1
    while end > start and is_blank(pieces[end - 1]):
        end -= 1
    before = pieces[start - 1].leaf if 0 < start < end else None
    indent = _find_indent(before.text) if keeps_indent and isinstance(before, Text) else ""
    return [*([Run(Text(indent))] if indent else []), *pieces[start:end]]


def _find_indent(blank: str) -> str:
    """Return what stands directly before the first word; plain spaces and tabs before it are no indent."""
    return blank.lstrip(" \t")


def _clean_link(run: Run, link: Link) -> Run:
    """Take from a link's inside the styles it stands in already."""
    inner = [
        Run(leaf, strong and not run.strong, emphasis and not run.emphasis)
        for leaf, strong, emphasis in flatten_tree(link.children)
    ]
    children = build_tree([child for child in inner if not isinstance(child.leaf, Link)])
    return run._replace(leaf=Link(link.href, children or (Text(link.href),)))


def _join_texts(runs: Iterable[Run]) -> Iterator[Run]:
    """Join neighbours that are text in the same styles."""
    waiting: Run | None = None
    more: list[str] = []
    for run in runs:
        if waiting is None:
            waiting = run
        elif isinstance(run.leaf, Text) and isinstance(waiting.leaf, Text) and run[1:] == waiting[1:]:
            more.append(run.leaf.text)
        else:
            yield _add_texts(waiting, more) if more else waiting
            waiting, more = run, []
    if waiting is not None:
        yield _add_texts(waiting, more)


def _add_texts(run: Run, more: Sequence[str]) -> Run:
    return run._replace(leaf=_lengthen(run.leaf, more)) if more and isinstance(run.leaf, Text) else run


def _nest(runs: Sequence[Run]) -> tuple[Inline, ...]:
    """Make a tree: where both styles begin, the one that reaches farther stands outside."""
    nodes: list[Inline] = []
    index = 0
    while index < len(runs):
        leaf, strong, emphasis = runs[index]
        following = runs[index + 1] if index + 1 < len(runs) else _END
        if not (strong and following.strong) and not (emphasis and following.emphasis):
            nodes.append(_wrap(runs[index]))
            index += 1
            continue
        strong_end = _find_end(runs, index, "strong") if strong else index
        emphasis_end = _find_end(runs, index, "emphasis") if emphasis else index
        end = max(strong_end, emphasis_end)
        if end == index:
            nodes.append(leaf)
            index += 1
        elif strong_end >= emphasis_end:
            nodes.append(Strong(_nest([Run(run.leaf, emphasis=run.emphasis) for run in runs[index:end]])))
            index = end
        else:
            nodes.append(Emphasis(_nest([Run(run.leaf, strong=run.strong) for run in runs[index:end]])))
            index = end
    return tuple(_join_nodes(nodes) if len(nodes) > 1 else nodes)


def _wrap(run: Run) -> Inline:
    """Put a run that shares no style with the next one into its own styles; blanks stand in none."""
    node: Inline = run.leaf
    if not (run.strong or run.emphasis) or is_blank(run):
        return node
    if run.emphasis:
        node = Emphasis((node,))
    return Strong((node,)) if run.strong else node


def _join_nodes(nodes: Iterable[Inline]) -> Iterator[Inline]:
    """Join neighbours that are text."""
    waiting: Text | None = None
    more: list[str] = []
    for node in nodes:
        if isinstance(node, Text):
            if waiting is None:
                waiting = node
            else:
                more.append(node.text)
            continue
        if waiting is not None:
            yield _lengthen(waiting, more)
            waiting, more = None, []
        yield node
    if waiting is not None:
        yield _lengthen(waiting, more)


def _lengthen(text: Text, more: Sequence[str]) -> Text:
    return Text("".join((text.text, *more))) if more else text


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
