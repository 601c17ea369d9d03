"""Names that are written otherwise in another script or language, as further terms of a text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.story.search import han_names, name_sounds
from portal.story.search.places import find_places
from portal.story.search.tokens import Token
from portal.story.word_forms import fold_word, is_common, is_cyrillic, is_latin

PLACE_MARK: Final = "\u1681"
NAME_MARK: Final = "\u169a"
"""Before terms that stand for a place or a name: letters of Ogham, which nobody writes words in any more."""
_LEAST_LETTERS: Final = 3
_APOSTROPHES: Final = re.compile("[’ʼ‘`´′＇]")
_POSSESSIVE: Final = re.compile(r"['’ʼ‘`´′＇]s\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Variant:
    """A name where it stands in a text, and terms that every other way of writing it has, too."""

    start: int
    end: int
    terms: frozenset[str]


def find_variants(tokens: Sequence[Token], *, asked: bool = False) -> Iterator[Variant]:
    """Give the names among the tokens of a text; one may lie inside of a run, or span several words.

    `asked`: the tokens are a query, in which names may lack their capitals.
    """
    tokens = [_drop_possessive(token) for token in tokens]
    places = tuple(find_places(tokens))
    for start, end, key in places:
        yield Variant(start, end, frozenset({PLACE_MARK + key.replace("-", "")}))
    in_place = {at for start, end, _key in places for at in range(start, end)}
    for at, token in enumerate(tokens):
        if token.is_run:
            inside = [(start, end) for start, end, _key in places if token.start <= start < token.end]
            yield from _find_in_run(token, inside, asked=asked)
            continue
        han = han_names.find_spelt(tokens, at, asked=asked)
        if han is not None:
            yield _make(han.start, han.end, (*han.keys, *(() if asked else han.given)))
        # Софія is a city, and a woman.
        is_place = token.start in in_place and not name_sounds.is_known(token.folded)
        if is_place or not _may_be_name(tokens, at, asked=asked):
            continue
        if sounds := name_sounds.list_sounds(token.folded):
            yield _make(token.start, token.end, sounds)


def _drop_possessive(token: Token) -> Token:
    plain = "" if token.is_run else _POSSESSIVE.sub("", token.text)
    return token if plain in ("", token.text) else replace(token, folded=fold_word(plain))


def _find_in_run(token: Token, places: Sequence[tuple[int, int]], *, asked: bool) -> Iterator[Variant]:
    for start, end, sounds in name_sounds.find_written_in_han(token):
        yield _make(start, end, sounds)
    found = list(han_names.find_in_run(token, alone=asked)) or (
        list(han_names.find_given(token)) if asked else []
    )
    for one in found:
        if not any(_hides(place, one) for place in places):
            yield _make(one.start, one.end, (*one.keys, *(() if asked else one.given)))


def _hides(place: tuple[int, int], name: han_names.HanName) -> bool:
    """Say whether characters are rather a place: 金門 is one, and 林安平 is a name with one in it."""
    start, end = place
    is_apart = name.end <= start or end <= name.start
    is_inside = name.start <= start and end <= name.end and place != (name.start, name.end)
    return not (is_apart or is_inside)


def _make(start: int, end: int, keys: Sequence[str]) -> Variant:
    return Variant(start, end, frozenset(NAME_MARK + key for key in keys))


def _may_be_name(tokens: Sequence[Token], at: int, *, asked: bool) -> bool:
    """Say whether a word may name a person: in a text by a capital that does not only begin a sentence."""
    token = tokens[at]
    if len(token.folded) < _LEAST_LETTERS or not (is_cyrillic(token.folded) or is_latin(token.folded)):
        return False
    has_capital = token.text[0].isupper()
    inside = at > 0 and token.start - tokens[at - 1].end == 1
    if not (asked or has_capital):
        return False
    if (has_capital and (asked or inside)) or name_sounds.is_known(token.folded) or not _is_common(token):
        return True
    beside = [one for one in (*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2]) if not one.is_run]
    return asked and any(name_sounds.is_known(one.folded) for one in beside)  # «завірюха олена»


def _is_common(token: Token) -> bool:
    """Say whether a word is in a dictionary, which has it with its apostrophe."""
    return is_common(token.folded) or is_common(_APOSTROPHES.sub("'", token.text.lower()))
