"""Texts a release ships as data, in its own languages and in those that were added to it.

A language that was added is one file, `added/<tag>.toml` in `portal/data`: its locale, and words for each
place of the other files there. A place without words is not translated yet: what reads it falls back.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

SOURCE: Final = "en"
"""The language every text is written in first; what holds it by language has this key."""
LOCALE: Final = "locale"
_DATA: Final = resources.files("portal") / "data"
_ADDED: Final = _DATA / "added"


@cache
def added_languages() -> Mapping[str, Mapping[str, Any]]:
    """Return the files of languages that were added, by tag."""
    if not _ADDED.is_dir():
        return {}
    files = sorted((one for one in _ADDED.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return {one.name.removesuffix(".toml"): tomllib.loads(one.read_text(encoding="utf-8")) for one in files}


def table_names() -> list[str]:
    """List the files that hold texts."""
    return sorted(one.name for one in _DATA.iterdir() if one.name.endswith(".toml"))


def read_table(name: str) -> dict[str, Any]:
    """Read a file of texts, with the words of languages that were added put beside the others."""
    table = tomllib.loads((_DATA / name).read_text(encoding="utf-8"))
    for tag, added in added_languages().items():
        words = added.get(name, {})
        for place, texts in list(walk_texts(table)):
            _add_language(texts, tag, place, words)
    return table


def walk_texts(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every text by language with its place, such as `section[2].heading`; lists are one of them."""
    if isinstance(value, list):
        for number, one in enumerate(value, 1):
            yield from walk_texts(one, f"{place}[{number}]")
    elif isinstance(value, dict) and SOURCE in value:
        yield place, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from walk_texts(one, f"{place}.{key}".strip("."))


def split_lines(place: str, texts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield a text with its place, or each line of a list of them."""
    if isinstance(texts[SOURCE], str):
        yield place, texts
        return
    for number, _line in enumerate(texts[SOURCE], 1):
        words = {tag: lines[number - 1] for tag, lines in texts.items() if number <= len(lines)}
        yield f"{place}[{number}]", words


def _add_language(texts: dict[str, Any], tag: str, place: str, words: Mapping[str, str]) -> None:
    """Put the words of one language beside the others; a list with a gap is none."""
    lines = [words.get(one, "") for one, _ in split_lines(place, texts)]
    if all(lines):
        texts[tag] = lines[0] if isinstance(texts[SOURCE], str) else lines
