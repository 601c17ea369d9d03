"""Locks on what is to be changed or added: the second process waits, then sees what the first one did."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from portal.models import Draft, Submission


def lock_submission(session: Session, submission: Submission) -> Submission:
    """Read the submission's row again, hold it until the transaction ends, and return it with its call."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == submission.id)
        .options(joinedload(Submission.call, innerjoin=True))
        .with_for_update(of=Submission)
        .execution_options(populate_existing=True)
    ).one()


def lock_texts(session: Session, public_ids: Collection[str]) -> None:
    """Hold these submissions until the transaction ends, in one order for everybody.

    Of two people who act on the same two texts from either page, none then waits for the other in turn.
    """
    named = Submission.public_id.in_(public_ids)
    session.execute(select(Submission.id).where(named).order_by(Submission.id).with_for_update())


def lock_texts_of(session: Session, drafts: Collection[str]) -> None:
    """Hold the submissions of these drafts, named by their public ids: what is read next is what stays."""
    of_drafts = select(Draft.submission_id).where(Draft.public_id.in_(drafts))
    session.execute(
        select(Submission.id).where(Submission.id.in_(of_drafts)).order_by(Submission.id).with_for_update()
    )


def lock_draft(session: Session, draft: Draft) -> None:
    """Hold a draft's submission, which everybody does who edits or decides, and read both again."""
    lock_submission(session, draft.submission)
    session.refresh(draft)


_NAMES_OF_STAFF = 7_193_001
"""Any number that nothing else holds by."""


def lock_names(session: Session) -> None:
    """Let nobody else name an account until the transaction ends; on SQLite only one person writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_NAMES_OF_STAFF)))


_INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Both say ON CONFLICT alike, and SQLAlchemy has it in each dialect of its own."""


def add_unless_known(
    connection: Connection, table: Table, values: Mapping[str, Any], *, known_by: str | tuple[str, ...]
) -> Any | None:
    """Add a row and return its primary key; None when one with these values of `known_by` is there already.

    Waits for whoever is adding the same one, and needs no savepoint: a row that is known is no error.
    """
    columns = (known_by,) if isinstance(known_by, str) else known_by
    statement = _add_statement(connection.dialect.name, table, columns)
    return connection.execute(statement, values).scalar_one_or_none()


@cache
def _add_statement(dialect: str, table: Table, known_by: tuple[str, ...]) -> Insert:
    adding = _INSERTS[dialect](table).on_conflict_do_nothing(index_elements=[*known_by])
    made: Insert = adding.returning(*table.primary_key)
    return made
