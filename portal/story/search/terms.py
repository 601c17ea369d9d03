"""Terms by which a text is found: those that stand in it, and further ones that mean the same.

Further terms are the dictionary's words of an inflected one, what an article or another word is written
together with, and names in other scripts. Text and query take the same way, so each finds the other.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Final

from portal.story.search.tokens import Token, scan_tokens
from portal.story.search.variants import find_variants
from portal.story.word_forms import fold_word, is_latin, list_lemmas, list_verbs

TOKENIZER_VERSION: Final = 3
"""Raised whenever a text gets other terms than before: the index then is written anew, text by text."""
SET_ASIDE: Final = -TOKENIZER_VERSION
"""The version of a text that this tokenizer could not read: it is found by its id alone."""

TITLE_MARK: Final = "\u2020"
"""Before a term that stands in the title: in no word, and no separator to either database."""
DRAFT_MARK: Final = "\u00a7"
"""Before a term of the draft: whoever may not open drafts asks for none of them."""
_PAIR_MARK: Final = "\u2021"
"""Before a term that stands for two words one after the other."""
_PAIR_BYTES: Final = 5
_PAIR_LETTERS: Final = 4
_MOST_BYTES: Final = 400_000
"""Of different terms of one text. PostgreSQL takes a million in all; a whole book has less."""
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
_ARTICLE: Final = re.compile("(?:وال|بال|فال|كال|لل|ال)(?=.{3})")
_ELISION: Final = re.compile(r"[^\W\d_]{1,2}['’ʼ‘`´′＇](?=[^\W\d_]{3})")
_POSSESSIVE: Final = re.compile(r"['’ʼ‘`´′＇]s\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Terms of a whole text as they are stored, a space between two of them and two between parts."""

    body: str
    """In the order of the text, the title first, and at last its draft: for phrases."""
    extra: str
    """Further ones, each once."""
    pairs: str
    """Each two neighbouring words as one, for phrases of words that stand everywhere."""


def make_terms(
    title: str, parts: Iterable[str], ids: Iterable[str] = (), draft: Iterable[str] = ()
) -> SearchTerms:
    """Return the terms of a text: its title, its other parts, ids that stand for all of it, and its draft."""
    own, edited = _read_parts(title, parts, ids), _read_parts("", draft, ())
    return SearchTerms(
        *(f"{one}  {mark_draft(other)}" if other else one for one, other in zip(own, edited, strict=True))
    )


def mark_draft(terms: str) -> str:
    """Return terms as those of a draft; parts stay apart."""
    return " ".join(f"{DRAFT_MARK}{term}" if term else "" for term in terms.split(" "))


def _read_parts(title: str, parts: Iterable[str], ids: Iterable[str]) -> tuple[str, str, str]:
    """Return the terms of some parts as `SearchTerms` has them."""
    body: list[str] = []
    extra: dict[str, None] = dict.fromkeys(one.casefold() for one in ids)
    seen: set[str] = set()
    pairs: dict[str, None] = {}
    room = _MOST_BYTES
    for at, part in enumerate((title, *parts)):
        tokens = tuple(scan_tokens(part))
        here: list[str] = []
        fresh: dict[str, None] = {}
        for token in tokens:
            room -= sum(len(term.encode()) for term in token.terms if term not in seen)
            if room < 0:
                break
            here += token.terms
            if token.folded not in seen:
                fresh.update(dict.fromkeys(list_further(token)))
                seen.add(token.folded)
            seen.update(token.terms)
        for variant in find_variants(tokens):
            fresh.update(dict.fromkeys(sorted(variant.terms)))
        if at == 0:
            extra.update(dict.fromkeys(TITLE_MARK + term for term in (*here, *fresh)))
        extra.update(fresh)
        for pair in pair_words(tokens):
            pairs.update(dict.fromkeys([pair, TITLE_MARK + pair] if at == 0 else [pair]))
        body.append(" ".join(here))
    further = " ".join(term for term in extra if term not in seen)
    return "  ".join(one for one in body if one), further, " ".join(pairs)


def pair_words(tokens: Sequence[Token]) -> Iterator[str]:
    """Give a term for each two words that stand one after the other; runs pair their own characters.

    It is short: now and then two pairs share one, so that the words themselves are compared afterwards.
    """
    for one, other in pairwise(tokens):
        if not one.is_run and not other.is_run:
            named = f"{one.folded} {other.folded}".encode()
            digest = blake2b(named, digest_size=_PAIR_BYTES).digest()
            yield _PAIR_MARK + base64.b32encode(digest).decode()[:_PAIR_LETTERS].lower()


def list_further(token: Token) -> Iterator[str]:
    """Give the terms of a word besides itself; runs have none."""
    if token.is_run or token.folded.isdigit():
        return
    written = token.text
    if is_latin(token.folded):
        plain = _ELISION.sub("", _POSSESSIVE.sub("", written), count=1)
        if plain != written:
            yield fold_word(plain)
            written = plain
    elif _ARABIC.match(token.folded) and (article := _ARTICLE.match(token.folded)):
        yield token.folded[article.end() :]
    lemmas = list_lemmas(written)
    yield from (lemma for lemma in sorted(lemmas) if lemma != token.folded)
    if written.isascii():
        yield from sorted(list_verbs(written) - lemmas)
