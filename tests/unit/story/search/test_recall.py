from collections.abc import Callable

import pytest

from portal.story.search.query import Wanted, read_query
from portal.story.search.terms import SearchTerms, make_terms
from tests.support.recall import measure, read_queries, read_texts


@pytest.fixture(scope="module")
def search() -> Callable[[str], set[str]]:
    """Search the texts as the databases do: all that is wanted, each in one of its ways."""
    stored = {one.id: make_terms(one.title, [one.body]) for one in read_texts()}

    def run(words: str) -> set[str]:
        wanted = read_query(words).wanted
        return {key for key, terms in stored.items() if wanted and all(has(terms, one) for one in wanted)}

    return run


def has(terms: SearchTerms, wanted: Wanted) -> bool:
    known = {*terms.body.split(), *terms.extra.split(), *terms.pairs.split()}
    if wanted.is_beginning:
        return any(term.startswith(wanted.ways[0]) for term in known)
    in_order = f" {wanted.phrase} " in f" {terms.body} " if wanted.phrase else True
    return in_order and any(known.issuperset(way) for way in wanted.ways)


@pytest.mark.parametrize("name", ["queries.tsv", "held_back.tsv"])
def test_texts_are_found_that_are_meant(name: str, search: Callable[[str], set[str]]) -> None:
    """Queries held back were never looked at while anything was changed."""
    outcome = measure(read_queries(name), search)
    assert outcome.recall >= 0.95, outcome.missed
    assert outcome.precision >= 0.9, outcome.wrong


def test_the_set_is_as_large_as_it_says() -> None:
    assert (len(read_texts()), len(read_queries("queries.tsv")), len(read_queries("held_back.tsv"))) == (
        86,
        332,
        35,
    )
