"""Texts that an added language lacks: English, and its pages say so, for voices, hyphens and fonts.

A text that no catalogue has is an `EnglishText`. Where it is written into a page it stands between two marks,
since nobody knows at that moment whether an element or an attribute is being written; when the page is whole,
marks become elements with `lang`, and go where there can be none.
"""

import re
from collections.abc import Sequence
from typing import Any

from babel.support import NullTranslations
from markupsafe import escape

START, END = "\x02", "\x03"
"""Start and end of text in ASCII: no text that people type keeps them, and no page needs them."""
_ELEMENT = {START: '<span lang="en" dir="ltr">', END: "</span>"}
_IN_JSON = re.compile(r"(?<!\\)\\u000[23]")
_PARTS = re.compile(
    r"""<(title|option|textarea|script|style)\b.*?</\1>|<[a-z/!](?:[^"'>]|"[^"]*"|'[^']*')*>|[\x02\x03]""",
    re.DOTALL,
)
"""What holds text alone, tags with their attributes, and the marks that stand elsewhere."""


class EnglishText(str):
    """A text of the interface in English because the reader's language lacks it."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return itself: texts that are translated late are asked for this."""
        return self

    def __mod__(self, values: Any) -> "EnglishText":
        """Return the text with its values, still English."""
        return EnglishText(str.__mod__(self, values))

    def __html__(self) -> str:
        """Return what stands in a page for it."""
        return between_marks(escape(str.__str__(self)))


class PartlyEnglish(str):
    """A text joined of several, some of them English: `parts` are those it was joined of, in order."""

    __slots__ = ("parts",)
    parts: Sequence[str]

    def __new__(cls, written: str, parts: Sequence[str]) -> "PartlyEnglish":
        """Return what was written of these parts."""
        text = str.__new__(cls, written)
        text.parts = tuple(filter(None, parts))
        return text

    def __str__(self) -> str:
        """Return itself, as an English text does."""
        return self

    def __html__(self) -> str:
        """Return what stands in a page for it: the parts that are English name their language."""
        html, rest = "", str.__str__(self)
        for part in self.parts:
            before, found, after = rest.partition(part)
            if found:
                html, rest = html + escape(before) + escape(part), after
        return str(html + escape(rest))


class EnglishGaps(NullTranslations):
    """What is asked when a catalogue lacks a text."""

    def gettext(self, message: str) -> str:
        """Return the text, known as English."""
        return EnglishText(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the text for a number, known as English."""
        return EnglishText(singular if number == 1 else plural)

    def upgettext(self, context: str, message: str) -> str:
        """Return a text that has a context, known as English."""
        return EnglishText(message)


def keep_english(written: str, texts: Sequence[str]) -> str:
    """Return what was written of these texts in their order, known as English where they are."""
    if not any(isinstance(one, EnglishText | PartlyEnglish) for one in texts):
        return written
    is_english = all(isinstance(one, EnglishText) for one in texts)
    return EnglishText(written) if is_english else PartlyEnglish(written, texts)


def between_marks(html: str) -> str:
    """Return a piece of a page as English."""
    return f"{START}{html}{END}"


def name_english(page: str) -> str:
    """Return a page in which English texts name their language, and no mark is left."""
    return _PARTS.sub(lambda part: _ELEMENT.get(part[0]) or drop_english_marks(part[0]), page)


def drop_english_marks(text: str) -> str:
    """Return a text without marks."""
    return text.replace(START, "").replace(END, "")


def drop_json_marks(written: str) -> str:
    """Return JSON without marks, as scripts are handed texts of a template."""
    return _IN_JSON.sub("", written)
