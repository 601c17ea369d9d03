"""What the search holds of each text: a row of story_search, which SQLite's own index follows."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import StorySearch
from portal.operations.search_fts5 import is_sqlite, put_in, take_out, take_out_surely


def write_rows(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows of some texts, and what SQLite's index knows of them; fails where that is damaged."""
    if not rows:
        return
    connection, numbers = session.connection(), [row["submission_id"] for row in rows]
    if is_sqlite(session):
        take_out(connection, numbers)
    connection.execute(_write(connection.dialect.name), rows)
    if is_sqlite(session):
        put_in(connection, numbers)


@cache
def _write(dialect: str) -> Insert:
    """Both say ON CONFLICT alike, and SQLAlchemy has it in each dialect of its own."""
    adding: Any = sqlite.insert(StorySearch) if dialect == "sqlite" else postgresql.insert(StorySearch)
    named = ("tokenizer_version", "body_terms", "extra_terms")
    written = {name: adding.excluded[name] for name in named}
    made: Insert = adding.on_conflict_do_update(index_elements=["submission_id"], set_=written)
    return made


def forget_texts(session: Session, numbers: Collection[int]) -> None:
    """Delete the rows of some texts and their words in the index, be it damaged or not."""
    if is_sqlite(session):
        take_out_surely(session, numbers)
    session.connection().execute(delete(StorySearch).where(StorySearch.submission_id.in_(numbers)))
