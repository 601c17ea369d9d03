"""Finding texts by their terms: one query, the same hits in FTS5 of SQLite and GIN of PostgreSQL.

Terms hold neither blanks nor quotes, and each is quoted all the same: nothing that was typed is syntax.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, String, and_, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.models import Submission
from portal.story.search.query import SearchQuery, Wanted
from portal.story.search.terms import TITLE_MARK

VECTOR: Final = (
    "story_search_vector(story_search.submission_id, story_search.body_terms, story_search.extra_terms)"
)
"""Terms as the index of PostgreSQL has them, with one for the block of numbers a text stands in."""
BLOCK: Final = 4096
"""Numbers of a block."""
BLOCK_MARK: Final = "\u2023"
"""Before the term of a block: in no word."""
_NOTHING: Final = TITLE_MARK
"""A term that stands in no text."""


class HasTerms(FunctionElement[bool]):
    """That a text is among the hits of a query: its number, and the query for each kind of database.

    The hits are looked up first: a planner that reads texts in order instead reads a hundred thousand.
    """

    type = Boolean()
    inherit_cache = True


@compiles(HasTerms, "sqlite")
def _find_in_sqlite(element: HasTerms, compiler: SQLCompiler, **more: Any) -> str:
    number, asked, _other = (compiler.process(one, **more) for one in element.clauses)
    return f"{number} IN (SELECT rowid FROM story_search_words WHERE story_search_words MATCH {asked})"  # noqa: S608  # bound


@compiles(HasTerms, "postgresql")
def _find_in_postgresql(element: HasTerms, compiler: SQLCompiler, **more: Any) -> str:
    number, _other, asked = (compiler.process(one, **more) for one in element.clauses)
    found = f"SELECT submission_id AS found FROM story_search WHERE {VECTOR} @@ CAST({asked} AS tsquery)"  # noqa: S608  # bound
    return f"{number} IN (WITH hits AS MATERIALIZED ({found}) SELECT found FROM hits)"  # noqa: S608  # bound


class HasPhrases(FunctionElement[bool]):
    """That the terms of each phrase stand in a text one after the other: its number, phrases as JSON."""

    type = Boolean()
    inherit_cache = True


@compiles(HasPhrases, "sqlite")
def _compare_in_sqlite(element: HasPhrases, compiler: SQLCompiler, **more: Any) -> str:
    number, phrases = (compiler.process(one, **more) for one in element.clauses)
    return (
        "(SELECT min(instr(' ' || body_terms || ' ', one.value)) FROM story_search, "  # noqa: S608  # bound
        f"json_each({phrases}) AS one WHERE submission_id = {number}) > 0"
    )


@compiles(HasPhrases, "postgresql")
def _compare_in_postgresql(element: HasPhrases, compiler: SQLCompiler, **more: Any) -> str:
    number, phrases = (compiler.process(one, **more) for one in element.clauses)
    return (
        "(SELECT min(position(one.value IN ' ' || body_terms || ' ')) FROM story_search, "  # noqa: S608  # bound
        f"json_array_elements_text(CAST({phrases} AS json)) AS one(value) WHERE submission_id = {number}) > 0"
    )


def is_found(*, has_phrases: bool, number: InstrumentedAttribute[int] = Submission.id) -> ColumnElement[bool]:
    """Return the condition that a text is found, for statements made once: `values_of_query` asks."""
    asked = (bindparam(name, type_=String) for name in ("in_sqlite", "in_postgresql"))
    found: ColumnElement[bool] = HasTerms(number, *asked)
    return and_(found, compare_phrases(number)) if has_phrases else found


def compare_phrases(number: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that every phrase stands in a text."""
    return HasPhrases(number, bindparam("phrases", type_=String))


def is_found_by(
    query: SearchQuery, number: InstrumentedAttribute[int] = Submission.id
) -> ColumnElement[bool]:
    """Return the condition that a text is found by this query."""
    values = {name: literal(value, String) for name, value in values_of_query(query).items()}
    found: ColumnElement[bool] = HasTerms(number, values["in_sqlite"], values["in_postgresql"])
    return and_(found, HasPhrases(number, values["phrases"])) if has_phrases(query) else found


def has_phrases(query: SearchQuery) -> bool:
    """Say whether words must stand one after the other somewhere."""
    return any(one.phrase for one in query.wanted)


def values_of_query(query: SearchQuery) -> Mapping[str, str]:
    """Return the values of a query's parameters: as both databases ask, of all texts, and of titles alone."""
    in_titles = [_mark(one) for one in query.wanted]
    sqlite, sqlite_title = (_ask_sqlite(wanted) for wanted in (query.wanted, in_titles))
    postgresql, postgresql_title = (_ask_postgresql(wanted) for wanted in (query.wanted, in_titles))
    return {
        "in_sqlite": sqlite,
        "in_postgresql": postgresql,
        "title_sqlite": sqlite_title,
        "title_postgresql": postgresql_title,
        "rest_sqlite": f"({sqlite}) NOT ({sqlite_title})",
        "rest_postgresql": postgresql,  # which leaves out what it has found in titles
        "phrases": json.dumps([f" {one.phrase} " for one in query.wanted if one.phrase]),
    }


def _mark(wanted: Wanted) -> Wanted:
    ways = tuple(tuple(TITLE_MARK + term for term in way) for way in wanted.ways)
    return Wanted(ways, is_beginning=wanted.is_beginning)


def _ask_sqlite(wanted: Iterable[Wanted]) -> str:
    def write(term: str, *, is_beginning: bool) -> str:
        return f'"{term}"{" *" if is_beginning else ""}'

    return _join(wanted, write, " AND ", " OR ")


def _ask_postgresql(wanted: Iterable[Wanted]) -> str:
    def write(term: str, *, is_beginning: bool) -> str:
        return f"'{term}'{':*' if is_beginning else ''}"

    return _join(wanted, write, " & ", " | ")


def _join(wanted: Iterable[Wanted], write: Any, every: str, some: str) -> str:
    parts = [
        some.join(
            f"({every.join(write(term, is_beginning=one.is_beginning) for term in way)})" for way in one.ways
        )
        for one in wanted
    ]
    return every.join(f"({part})" for part in parts) or write(_NOTHING, is_beginning=False)
