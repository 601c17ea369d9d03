"""What a page says and asks, in lines that a person can read, compare and approve."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from xml.etree.ElementTree import Element

from portal.data.content import human_questions
from portal.domain.languages import DEFAULT
from tests.support.html_pages import Page

TOLD = ("lang", "dir", "href", "action", "name", "type", "value", "autocomplete", "maxlength", "alt")
"""Attributes that tell something to a person, or to the browser that helps one."""
FLAGS = ("required", "checked", "disabled", "multiple", "hidden", "open", "aria-current")
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "br", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q"}
) | {"rb", "rt", "ruby", "small", "span", "strong", "sub", "sup", "time"}
SILENT = frozenset({"link", "meta", "script", "style", "svg", "template"})
NAMELESS = frozenset({"dd", "div", "header", "main", "nav", "p", "section"})
"""Blocks that are known by what they say."""
CHANGING = {
    r"\b\d{1,2}:\d\d(?::\d\d)?\b": "‹time›",
    r"\b\d{4}(?: \d{4}){4}\b": "‹code›",
    r"\?v=\w+": "?v=‹version›",
    r"/second-factor/\.[\w.-]+": "/second-factor/‹token›",
    r"\b[0-9a-f]{64}\b": "‹token›",
    r"(?<=invitation/)[\w-]{43}": "‹token›",
    r"(?<=sending )[\w-]{43}": "‹token›",
    r"\b[0-9a-f]{32}\b": "‹id›",
    r"\b[0-9a-f]{12}(?=@)": "‹name›",
    r"\b[0-9a-f]{4}(?:-[0-9a-f]{4}){2}\b": "‹recovery code›",
    r"\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){7}\b": "‹key›",
}
"""What differs from one run to the next, and what stands for it."""


def describe_pages(pages: Sequence[Page]) -> str:
    """Return the pages in lines: each block with what it says, each control with what it asks.

    The head and foot that all pages of a person share are described with the first of them, the list of the
    queue where no text is open beside it.
    """
    people: set[str] = set()
    described = []
    for page in pages:
        first = page.visit.who not in people
        people.add(page.visit.who)
        part = page.tree.find("body" if first else ".//main")
        if page.tree.find(".//main[@class='panes reading']") is not None:
            part = page.tree.find(".//main/*[@id='text']")
        assert part is not None, page.name
        title = (page.tree.findtext("head/title") or "").strip()
        described.append("\n".join([f"# {page.name}: {page.status} {title}", *_describe(part)]))
    return _name_changes("\n\n".join(described)) + "\n"


def _describe(block: Element) -> Iterator[str]:
    words = [_begin(block), block.text or ""]
    for child in block:
        if child.tag in SILENT or not isinstance(child.tag, str) or child.get("type") == "hidden":
            words.append(child.tail or "")
        elif all(one.tag in INLINE for one in child.iter()):
            words += [_read(child), child.tail or ""]
        else:
            yield from _end(words)
            yield from [_describe_select(child)] if child.tag == "select" else _describe(child)
            words = [child.tail or ""]
    yield from _end(words)


def _begin(block: Element) -> str:
    told = _tell(block)
    if block.tag == "form":
        hidden = [field.get("name") or "" for field in block.iter("input") if field.get("type") == "hidden"]
        told += f" with {', '.join(hidden)}" if hidden else ""
    return f"{'' if block.tag in NAMELESS and not told else block.tag} {told} "


def _end(words: Sequence[str]) -> Iterator[str]:
    line = " ".join("".join(words).split())
    if line not in {"", "dl", "li", "ol", "ul"}:
        yield line


def _read(element: Element) -> str:
    inside = "".join(chain([element.text or ""], (_read(one) + (one.tail or "") for one in element)))
    told = _tell(element)
    return f"[{inside}]({told})" if told else inside


def _describe_select(element: Element) -> str:
    options = list(element.iter("option"))
    chosen = [one.text or "" for one in options if one.get("selected") is not None]
    return f"select {_tell(element)} of {len(options)}: {', '.join(chosen) or options[0].text}"


def _tell(element: Element) -> str:
    named = [f"{name}={element.get(name)}" for name in TOLD if element.get(name)]
    spoken = [f"“{element.get('aria-label')}”"] if element.get("aria-label") else []
    return " ".join([*named, *(name for name in FLAGS if element.get(name) is not None), *spoken])


def _name_changes(text: str) -> str:
    for question in human_questions():
        text = text.replace(question.text[DEFAULT.tag], "‹question›")
    for pattern, name in CHANGING.items():
        text = re.sub(pattern, name, text)
    return text
