"""SQLite's own index over story_search (FTS5): made of nothing but its rows, and made anew if it is damaged.

It has every row from a number on: `below` that none, until the worker has filled it. Whoever writes it meets
a damage in the statement itself, never at the commit, where it would end what a person did.
"""

import re
import sqlite3
from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.queries.story_search import LOST_OF_SOME

INDEX: Final = "story_search_words"
_FILL_AT_ONCE: Final = 20
_LINES: Final = 100
_LAST: Final = 2**31 - 1
_PRIMARY: Final = 0xFF
"""The part of an error code of SQLite that says what."""
_UNUSABLE: Final = ("no such table", "invalid fts5 file format", "vtable constructor failed")
"""What SQLite says of an index of which it can read nothing at all."""
_FLUSH: Final = text("INSERT INTO story_search_words (story_search_words) VALUES ('flush')")
"""Terms are written now: FTS5 would hold them back until the commit."""
_NUMBERS: Final[BindParameter[int]] = bindparam("numbers", expanding=True)
_PUT_IN: Final = text(
    "INSERT INTO story_search_words (rowid, body_terms, extra_terms) "
    "SELECT submission_id, body_terms, extra_terms FROM story_search "
    "WHERE submission_id IN :numbers AND submission_id >= (SELECT below FROM story_search_fill)"
).bindparams(_NUMBERS)
_TAKE_OUT: Final = text(
    "INSERT INTO story_search_words (story_search_words, rowid, body_terms, extra_terms) "
    "SELECT 'delete', submission_id, body_terms, extra_terms FROM story_search "
    "WHERE submission_id IN :numbers AND submission_id >= (SELECT below FROM story_search_fill)"
).bindparams(_NUMBERS)
_TERMS: Final = text("SELECT body_terms, extra_terms FROM story_search WHERE submission_id = :number")
_TERM: Final = re.compile(r"[0-9A-Za-z\u0080-\U0010FFFF]+")
"""What FTS5 takes for one term."""
_ASKED_AT_ONCE: Final = 200
_IS_FOUND: Final = text(
    "SELECT 1 FROM story_search_words WHERE story_search_words MATCH :asked AND rowid = :number LIMIT 1"
)
"""One and no more: to count, FTS5 looks through all later texts for another one with these terms."""
_PARTS: Final = text("SELECT count(DISTINCT segid) FROM story_search_words_idx")
_MOST_PARTS: Final = 3
_MERGE: Final = text("INSERT INTO story_search_words (story_search_words, rank) VALUES ('merge', :pages)")
_PAGES_AT_ONCE: Final = 256
"""Of 4 KB: merged within 26 ms, 41 at most, in the index of 100,000 texts."""
_CHANGES: Final = text("SELECT total_changes()")
_NEXT: Final = text(
    "SELECT submission_id FROM story_search WHERE submission_id < (SELECT below FROM story_search_fill) "
    "ORDER BY submission_id DESC LIMIT :most"
)
_MAKE_ANEW: Final = (
    # Without these, or with a number it does not know, FTS5 could not even be told to go.
    "CREATE TABLE IF NOT EXISTS story_search_words_config (k PRIMARY KEY, v) WITHOUT ROWID",
    "REPLACE INTO story_search_words_config (k, v) VALUES ('version', 4)",
    "DROP TABLE IF EXISTS story_search_words",
    *(f"DROP TABLE IF EXISTS story_search_words_{part}" for part in ("data", "idx", "config")),
    # Every character beyond ASCII is a letter to `ascii`: terms are made in Python.
    (
        "CREATE VIRTUAL TABLE story_search_words USING fts5(body_terms, extra_terms, content=story_search, "
        "content_rowid=submission_id, tokenize=ascii, detail=none, columnsize=0)"
    ),
    # What is taken out leaves the index at once, and no trace in its pages.
    "INSERT INTO story_search_words (story_search_words, rank) VALUES ('secure-delete', 1)",
)


class Fill(NamedTuple):
    """How much the index has: no text with a lower number than `below`. Damaged, it has to be made anew."""

    below: int
    is_damaged: bool


def is_sqlite(session: Session) -> bool:
    """Say whether this database has the index."""
    return session.get_bind().dialect.name == "sqlite"


def is_index_damaged(error: BaseException) -> bool:
    """Say whether it was the index that could not be read or written, and nothing else of the database."""
    if not isinstance(error, DBAPIError):
        return False
    code, said = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY, str(error.orig)
    is_of_index = INDEX in f"{error.statement} {said}"
    if code == sqlite3.SQLITE_ERROR:
        return any(one in said for one in _UNUSABLE) and (is_of_index or "fts5" in said)
    return code == sqlite3.SQLITE_CORRUPT and is_of_index


def put_in(connection: Connection, numbers: Collection[int]) -> None:
    """Have the index know the rows of these texts."""
    connection.execute(_PUT_IN, {"numbers": list(numbers)})
    connection.execute(_FLUSH)


def take_out(connection: Connection, numbers: Collection[int]) -> None:
    """Have the index forget these texts, while their rows still are as it knows them."""
    connection.execute(_TAKE_OUT, {"numbers": list(numbers)})
    connection.execute(_FLUSH)


def take_out_surely(session: Session, numbers: Collection[int]) -> None:
    """Have the index forget every word of these texts even if it is damaged: then it is made anew.

    Where that fails too, it is known to hold words that must go, and nothing is called swept.
    """
    if _has_taken_out(session, numbers):
        return
    try:
        with session.connection().begin_nested():
            make_anew(session)
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise
        note_damage(session)


def _has_taken_out(session: Session, numbers: Collection[int]) -> bool:
    """Take texts out; say whether that is sure: the index knew each of their words, and nothing failed."""
    connection, fill = session.connection(), read_fill(session)
    known = [number for number in numbers if number >= fill.below]
    try:
        with connection.begin_nested():
            if fill.is_damaged or not all(_knows_words(connection, number) for number in known):
                return False
            take_out(connection, known)
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise
        return False
    return True


def _knows_words(connection: Connection, number: int) -> bool:
    """Say whether the index finds a text by each of its terms: it can forget no other."""
    row = connection.execute(_TERMS, {"number": number}).one_or_none()
    terms = sorted(set(_TERM.findall(f"{row.body_terms} {row.extra_terms}"))) if row else []
    for start in range(0, len(terms), _ASKED_AT_ONCE):
        asked = " AND ".join(f'"{term}"' for term in terms[start : start + _ASKED_AT_ONCE])
        if not connection.scalar(_IS_FOUND, {"asked": asked, "number": number}):
            return False
    return True


def make_anew(session: Session) -> None:
    """Put an empty index in the place of a damaged one, with no word left of that; `fill_next` fills it."""
    connection = session.connection()
    for statement in _MAKE_ANEW:
        connection.execute(text(statement))
    connection.execute(text("UPDATE story_search_fill SET below = :last, is_damaged = 0"), {"last": _LAST})


def note_damage(session: Session) -> None:
    """Remember that the index has to be made anew."""
    session.connection().execute(text("UPDATE story_search_fill SET is_damaged = 1"))


def read_fill(session: Session) -> Fill:
    """Return how much the index has; PostgreSQL's has everything."""
    if not is_sqlite(session):
        return Fill(0, is_damaged=False)
    below, is_damaged = session.execute(text("SELECT below, is_damaged FROM story_search_fill")).one()
    return Fill(below, bool(is_damaged))


def fill_next(session: Session) -> None:
    """Have an index that was made anew know some more texts, the newest first."""
    connection = session.connection()
    numbers = connection.scalars(_NEXT, {"most": _FILL_AT_ONCE}).all()
    below = numbers[-1] if len(numbers) == _FILL_AT_ONCE else 0
    connection.execute(text("UPDATE story_search_fill SET below = :below"), {"below": below})
    if numbers:
        put_in(connection, numbers)


def is_scattered(session: Session) -> bool:
    """Say whether the index lies in many parts, as after many writes: a term is sought in each of them."""
    return is_sqlite(session) and session.connection().execute(_PARTS).scalar_one() > _MOST_PARTS


def merge_next(session: Session, *, is_first: bool) -> bool:
    """Write some pages of the index into a part that is to hold all of it; say whether there are more.

    `is_first` begins a new part, as FTS5 is told by a negative number.
    """
    connection = session.connection()
    before = connection.execute(_CHANGES).scalar_one()
    connection.execute(_MERGE, {"pages": -_PAGES_AT_ONCE if is_first else _PAGES_AT_ONCE})
    written: int = connection.execute(_CHANGES).scalar_one() - before
    return written > 1  # the command itself counts as one


def is_sound(session: Session) -> bool:
    """Say whether the index is as it was written, and finds some texts by their ids. Needs a snapshot."""
    if not is_sqlite(session):
        return True
    connection = session.connection()
    try:
        whole = connection.exec_driver_sql(f"PRAGMA integrity_check({INDEX})").scalar() == "ok"
        return whole and not connection.scalar(LOST_OF_SOME)
    except DBAPIError as error:
        if is_index_damaged(error):
            return False
        raise


def list_damage(connection: Connection) -> list[str]:
    """Return what SQLite finds wrong in all of a database but the index of the search."""
    check = connection.exec_driver_sql
    try:
        found = [str(line) for (line,) in check(f"PRAGMA integrity_check({_LINES})")]
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise
        names = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE :index")
        tables = connection.scalars(names, {"index": f"{INDEX}%"}).all()
        found = [str(line) for name in tables for (line,) in check(f'PRAGMA integrity_check("{name}")')]
    return [line for line in found if line != "ok" and INDEX not in line]
