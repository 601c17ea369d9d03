"""Checks of the texts a release ships as data: forms of nouns, dashes that begin a line."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from portal.data.content import ReleaseText
from portal.domain.languages import Tag, plural_categories
from portal.domain.questions import PLACEHOLDER
from portal.i18n.checks import Problem, find_script_errors

COUNTS: Final = ("days", "months", "erased_hours", "backup_days")
"""Placeholders of whole numbers: a noun after one of them needs its forms."""
_NOUN: Final = re.compile(r"[^\S\N{NO-BREAK SPACE}]?[^\W\d_]")


def check_texts(texts: Iterable[ReleaseText]) -> list[Problem]:
    """Find everything wrong with texts that are shipped as data; empty when they are good."""
    return [problem for text in texts for problem in check_text(text)]


def check_text(text: ReleaseText) -> Iterator[Problem]:
    """Find what is wrong with one text in any of its languages."""
    for what in _find_name_errors(text):
        yield Problem(text.file, text.name, what)
    for tag, words in text.words.items():
        for what in (*_find_plural_errors(words, tag), *find_script_errors(words, tag)):
            yield Problem(text.file, text.name, f"{tag}: {what}")


def _find_plural_errors(words: str, tag: Tag) -> Iterator[str]:
    """Say where a noun beside a number cannot take the form that 1, 2, 5 or 21 need."""
    needed = len(plural_categories(tag))
    for found in PLACEHOLDER.finditer(words):
        forms = found["forms"].count("|")
        if found["name"] not in COUNTS:
            continue
        if forms and forms != needed:
            yield f"{forms} forms beside {{{found['name']}}}, {needed} are needed"
        if not forms and needed > 1 and _NOUN.match(words, found.end() + 1):
            yield f"a noun without its forms after {{{found['name']}}}"


def _find_name_errors(text: ReleaseText) -> Iterator[str]:
    """Say when the languages of a text do not fill in the same values."""
    names = [sorted(found["name"] for found in PLACEHOLDER.finditer(words)) for words in text.words.values()]
    if any(one != names[0] for one in names):
        yield "the placeholders differ between the languages"
