"""Finding texts by their terms: one query, the same hits in FTS5 of SQLite and GIN of PostgreSQL.

Terms hold neither blanks nor quotes, and each is quoted all the same: nothing that was typed is syntax.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, String, and_, bindparam, column, literal, select, table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.domain.errors import SearchDamaged, SearchUnready
from portal.models import StorySearch, Submission
from portal.queries.constants import constant
from portal.story.search.query import SearchQuery, Wanted
from portal.story.search.terms import DRAFT_MARK, SET_ASIDE, TITLE_MARK, TOKENIZER_VERSION, mark_draft

VECTOR: Final = (
    "story_search_vector(story_search.submission_id, story_search.body_terms, story_search.extra_terms)"
)
"""Terms as the index of PostgreSQL has them, with one for the block of numbers a text stands in."""
BLOCK: Final = 4096
"""Numbers of a block."""
BLOCK_MARK: Final = "\u2023"
"""Before the term of a block: in no word."""
FILL: Final = table("story_search_fill", column("below"))
"""How much SQLite's index has: no text with a lower number than `below`."""
_LOST: Final = (
    "SELECT count(*) FROM (SELECT submission_id, public_id FROM story_search "
    "JOIN submission ON submission.id = submission_id "
    "WHERE submission_id >= (SELECT below FROM story_search_fill) AND body_terms <> '' "
    "ORDER BY {} LIMIT 50) AS known WHERE NOT EXISTS (SELECT 1 FROM story_search_words "
    "WHERE story_search_words MATCH '\"' || public_id || '\"' AND rowid = submission_id)"
)
LOST_OF_SOME: Final = text(_LOST.format("random()"))
"""Counts those of some texts that SQLite's index should find by their ids and does not; reads every row."""
_LOST_OF_NEWEST: Final = text(_LOST.format("submission_id DESC"))
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
    """That the terms of each phrase stand in a text one after the other: its number, phrases as JSON.

    Of each phrase there is a list of the ways it may stand there.
    """

    type = Boolean()
    inherit_cache = True


@compiles(HasPhrases, "sqlite")
def _compare_in_sqlite(element: HasPhrases, compiler: SQLCompiler, **more: Any) -> str:
    number, phrases = (compiler.process(one, **more) for one in element.clauses)
    found = "(SELECT max(instr(' ' || body_terms || ' ', way.value)) FROM json_each(one.value) AS way)"
    return (
        f"(SELECT min({found}) FROM story_search, json_each({phrases}) AS one "  # noqa: S608  # bound
        f"WHERE submission_id = {number}) > 0"
    )


@compiles(HasPhrases, "postgresql")
def _compare_in_postgresql(element: HasPhrases, compiler: SQLCompiler, **more: Any) -> str:
    number, phrases = (compiler.process(one, **more) for one in element.clauses)
    terms = f"SELECT ' ' || body_terms || ' ' AS said FROM story_search WHERE submission_id = {number}"  # noqa: S608  # bound
    ways = "json_array_elements_text(one.value) AS way(value)"
    return (
        f"(SELECT min((SELECT max(position(way.value IN said)) FROM {ways})) "  # noqa: S608  # bound
        f"FROM ({terms} OFFSET 0) AS terms, json_array_elements(CAST({phrases} AS json)) AS one(value)) > 0"
    )


def is_found(*, has_phrases: bool, number: InstrumentedAttribute[int] = Submission.id) -> ColumnElement[bool]:
    """Return the condition that a text is found, for statements made once: `values_of_query` asks."""
    asked = (bindparam(name, type_=String) for name in ("in_sqlite", "in_postgresql"))
    found: ColumnElement[bool] = HasTerms(number, *asked)
    return and_(found, compare_phrases(number)) if has_phrases else found


def compare_phrases(number: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that every phrase stands in a text."""
    return HasPhrases(number, bindparam("phrases", type_=String))


def is_found_by(
    query: SearchQuery, *, in_drafts: bool, number: InstrumentedAttribute[int] = Submission.id
) -> ColumnElement[bool]:
    """Return the condition that a text is found by this query."""
    asked = values_of_query(query, in_drafts=in_drafts)
    values = {name: literal(value, String) for name, value in asked.items()}
    found: ColumnElement[bool] = HasTerms(number, values["in_sqlite"], values["in_postgresql"])
    return and_(found, HasPhrases(number, values["phrases"])) if has_phrases(query) else found


def is_outdated() -> ColumnElement[bool]:
    """Return the condition that a row of the index is of an older release, or empty so far."""
    version = StorySearch.tokenizer_version
    return and_(version < constant(TOKENIZER_VERSION), version != constant(SET_ASIDE))


def require_whole_index(session: Session) -> None:
    """Refuse to take for all what is found while SQLite's index is being made anew, or lacks new texts.

    Some damages make it find nothing, and are no error. Raises SearchUnready, SearchDamaged.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    if session.scalar(select(FILL.c.below)):
        raise SearchUnready
    if session.scalar(_LOST_OF_NEWEST):
        raise SearchDamaged


def has_phrases(query: SearchQuery) -> bool:
    """Say whether words must stand one after the other somewhere."""
    return any(one.phrase for one in query.wanted)


def values_of_query(query: SearchQuery, *, in_drafts: bool) -> Mapping[str, str]:
    """Return the values of a query's parameters: as both databases ask, of all texts, and of titles alone.

    `in_drafts`: who asks may open drafts, so that their words count, too.
    """
    in_titles = [_mark(one) for one in query.wanted]
    in_texts = [_look_into_drafts(one) for one in query.wanted] if in_drafts else query.wanted
    sqlite, sqlite_title = (_ask_sqlite(wanted) for wanted in (in_texts, in_titles))
    postgresql, postgresql_title = (_ask_postgresql(wanted) for wanted in (in_texts, in_titles))
    phrases = [one.phrase for one in query.wanted if one.phrase]
    return {
        "in_sqlite": sqlite,
        "in_postgresql": postgresql,
        "title_sqlite": sqlite_title,
        "title_postgresql": postgresql_title,
        "rest_sqlite": sqlite,
        "rest_postgresql": postgresql,
        "phrases": json.dumps([_list_phrases(one, in_drafts=in_drafts) for one in phrases]),
    }


def _list_phrases(phrase: str, *, in_drafts: bool) -> Sequence[str]:
    ways = (phrase, mark_draft(phrase)) if in_drafts else (phrase,)
    return [f" {way} " for way in ways]


def _look_into_drafts(wanted: Wanted) -> Wanted:
    ways = tuple(tuple(DRAFT_MARK + term for term in way) for way in wanted.ways)
    return replace(wanted, ways=(*wanted.ways, *ways))


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
