"""What the worker does for the search within a second, done at once."""

from flask import Flask
from sqlalchemy.orm import Session

from portal.cli.search import keep_index
from portal.database import transaction
from portal.operations.search_fts5 import is_sqlite, make_anew
from portal.operations.search_index import read_marked, write_marked
from portal.operations.search_marks import mark_changes
from tests.conftest import empty_tables


def read_for_search(app: Flask) -> None:
    """Have every text that has changed read for the search."""
    keep_index(app, is_stopping=lambda: False)


def empty_search(app: Flask) -> None:
    """Leave the next test an empty portal whose index in SQLite, whatever was done to it, is sound."""
    with app.app_context(), transaction() as session:
        if is_sqlite(session):
            make_anew(session)
    empty_tables(app)
    read_for_search(app)


def read_in_session(session: Session) -> None:
    """Have every text that has changed read for the search, in the transaction that is open."""
    mark_changes(session)
    while (texts := read_marked(session)) is not None:
        write_marked(session, texts)
