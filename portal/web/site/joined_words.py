"""Words and sentences joined as the language of the page writes them: lists, blanks, full-width marks."""

from collections.abc import Iterable, Sequence
from typing import Literal

from babel import Locale
from babel.lists import format_list
from flask import Flask
from flask_babel import get_locale

from portal.domain.languages import list_in_sentence
from portal.web.site.english_gaps import keep_english

_WIDE_ENDS = tuple("，。；：！？）」")
_LIST_PARTS = frozenset({"start", "middle", "end", "2"})


def init_joined_words(app: Flask) -> None:
    """Give templates lists, `| add_blank` and `| blank_before` for what stands beside."""
    app.jinja_env.filters["join_words"] = lambda words: join_words(list(words))
    app.jinja_env.filters["join_in_sentence"] = lambda words, last_link: join_in_sentence(
        list(words), last_link
    )
    app.jinja_env.filters["add_blank"] = add_blank
    app.jinja_env.filters["blank_before"] = blank_before


def join_words(words: Sequence[str]) -> str:
    """Return words as a plain list: “a, b, c”, «a, b і c», 「a、b、c」."""
    locale = get_locale()
    if locale is not None and locale.language == "zh":
        return keep_english(
            "、".join(words), words
        )  # CLDR parts the words of such a list by blanks, as units of one measure
    # In a third of all languages Babel lacks parts of the style without an “and”.
    is_whole = locale is not None and set(locale.list_patterns.get("unit", {})) >= _LIST_PARTS
    if not words:
        return ""
    listed = str(format_list(list(words), style="unit" if is_whole else "standard", locale=locale))
    return keep_english(listed, words)


def join_in_sentence(words: Sequence[str], last_link: Literal["and", "or"] = "and") -> str:
    """Return words as a part of a sentence of this page: “a, b and c”; or with “or”."""
    return keep_english(list_in_sentence(words, get_locale() or Locale("en"), last_link), words)


def add_blank(words: str) -> str:
    """Return words and the blank before what follows; a full-width mark at their end has its own room."""
    return words if words.endswith(_WIDE_ENDS) else words + " "


def blank_before(words: str) -> str:
    """Return the blank after what stands before, and words; a full-width bracket has its own room."""
    return words if words.startswith("（") else " " + words


def join_sentences(sentences: Iterable[str]) -> str:
    """Return sentences as one text; an empty one is left out."""
    said = [one for one in sentences if one]
    return keep_english("".join(map(add_blank, said)).strip(), said)
