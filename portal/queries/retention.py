"""Retention: which submissions have been kept for as long as was promised, and are to be erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.retention import (
    IN_SIGHT,
    KEPT_AFTER_CLOSING,
    KEPT_FOR_GOOD,
    TOLD_OF_THEIR_END,
    erase_after_call,
    erase_from,
    foreseen_since,
)
from portal.domain.states import State
from portal.models import (
    AuditEntry,
    Call,
    Draft,
    Event,
    JobRun,
    Publication,
    Submission,
    SweepRequest,
    UnsentVersion,
)
from portal.models.submission import FILE

ERASE_JOB = "erase_due"
"""Name of the JobRun that says when erasing by the clock was last done."""

STOPPED_JOB = "erase_due_stopped"
"""Name of the JobRun that says since when it waits for a person; there is none while all is well."""

CLEARING_STOPPED_JOB = "clear_files_stopped"
"""Name of the JobRun that says since when files of unknown owner wait for a person."""


def list_erased(connection: Connection) -> Sequence[str]:
    """Return the public ids of the texts that were erased, and of files that were removed from others.

    The former are those of the audit log, which goes back five years.
    """
    texts = connection.scalars(select(AuditEntry.about).where(AuditEntry.act == Act.ERASE.value))
    acts = (HistoryAct.REMOVE_PICTURE, HistoryAct.REMOVE_DOCUMENT, HistoryAct.CONFIRM_WORDS)
    files = connection.scalars(select(Event.detail[FILE].as_string()).where(Event.act.in_(acts)))
    return [*texts, *(name for name in files if name)]  # releases before did not say which file it was


def list_due(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the ids of what is to be erased at `at`, oldest first.

    Closed texts, after their call's days: the time runs from the last event that brought a submission into
    its closed state, so reopening and closing again starts it anew. Texts never sent, after the last save.
    And whatever was not published, after the months the call's consent names.
    """
    return sorted(session.scalars(select(Submission.id).where(_is_due_anywhere(session, at))))


def count_unforeseen(session: Session, *, at: datetime) -> int:
    """Return how many are to be erased at `at` that have not been in sight for as long as they should."""
    seen = Submission.ending_seen_at
    surprising = or_(seen.is_(None), seen > foreseen_since(at))
    counted = select(func.count()).select_from(Submission)
    return session.scalar(counted.where(_is_due_anywhere(session, at), surprising)) or 0


def lock_due(session: Session, numbers: Sequence[int], *, at: datetime) -> Sequence[Submission]:
    """Return those of these submissions that are to be erased at `at`, held until the transaction ends."""
    held = session.scalars(
        select(Submission)
        .where(Submission.id.in_(numbers))
        .order_by(Submission.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    # Asked when they are held: while a row was waited for, its author may have saved.
    asked = select(Submission.id).where(Submission.id.in_(numbers), _is_due_anywhere(session, at))
    due = set(session.scalars(asked))
    return [submission for submission in held if submission.id in due]


def list_moved_ends(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the ids of submissions whose end has come into sight, or moved away, since somebody looked."""
    found: list[int] = []
    for call in session.scalars(select(Call)):
        soon, now = (select(Submission.id).where(_is_due(call, moment)) for moment in (at + IN_SIGHT, at))
        for moved in _find_moved(call, soon, now):
            found += session.scalars(select(Submission.id).where(moved))
    return sorted(found)


def mark_ends_seen(session: Session, numbers: Sequence[int], *, at: datetime) -> list[Submission]:
    """Remember since when the end of these submissions is in sight, and forget it where it has moved away.

    Return those that came into sight now and whose authors are to hear of it. What is due already and was
    never in sight is left as it is: nobody foresaw it.
    """
    # Of these alone: to look at all texts takes longer than anybody should wait who writes.
    these = Submission.id.in_(numbers)
    held = select(Submission.id, Submission.ending_seen_at).where(these).order_by(Submission.id)
    seen = {row.id: row.ending_seen_at for row in session.execute(held.with_for_update())}
    soon, now = (
        set(session.scalars(select(Submission.id).where(these, _is_due_anywhere(session, moment))))
        for moment in (at + IN_SIGHT, at)
    )
    newly_seen = [number for number, since in seen.items() if since is None and number in soon - now]
    # Past the version counter: nothing about the text has changed, so nobody's decision is stale.
    _write(session, [number for number, since in seen.items() if since and number not in soon], None)
    _write(session, newly_seen, at)
    told = select(Submission).where(Submission.id.in_(newly_seen), Submission.state.in_(TOLD_OF_THEIR_END))
    return list(session.scalars(told.order_by(Submission.id)))


def _find_moved(
    call: Call, soon: Select[int], now: Select[int]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return what holds for submissions of a call whose end has moved away, and is in sight now."""
    rows = Submission.__table__.c
    mine, seen = rows.call_id == call.id, rows.ending_seen_at
    away = mine & seen.is_not(None) & rows.id.not_in(soon)
    return away, mine & seen.is_(None) & rows.id.in_(soon) & rows.id.not_in(now)


def _write(session: Session, numbers: Sequence[int], seen_at: datetime | None) -> None:
    rows = Submission.__table__
    session.connection().execute(
        update(rows)  # type: ignore[arg-type]  # a mapped class names its table as FromClause
        .where(rows.c.id.in_(numbers))
        .values(ending_seen_at=seen_at)
    )


def count_kept(session: Session) -> int:
    """Return how many submissions are not erased."""
    kept = select(func.count()).select_from(Submission).where(Submission.state != State.ERASED)
    return session.scalar(kept) or 0


def read_last_run(session: Session) -> datetime | None:
    """Return when the clock was last known to be right: at the last run; before any, at the newest event."""
    ran_at = session.scalar(select(JobRun.ran_at).where(JobRun.name == ERASE_JOB))
    return ran_at or session.scalar(select(func.max(Event.at)))


def read_stop(session: Session) -> datetime | None:
    """Return since when erasing by the clock waits for a person, or None while all is well."""
    return session.scalar(select(JobRun.ran_at).where(JobRun.name == STOPPED_JOB))


def read_clearing_stop(session: Session) -> datetime | None:
    """Return since when files of unknown owner wait for a person, or None while all is well."""
    return session.scalar(select(JobRun.ran_at).where(JobRun.name == CLEARING_STOPPED_JOB))


def read_oldest_sweep(session: Session) -> datetime | None:
    """Return since when remnants of something erased wait to leave the database's files, or None."""
    return session.scalar(select(func.min(SweepRequest.asked_at)))


def erased_on(
    submission: Submission, *, shown: State, closed_at: datetime | None = None, published: bool = False
) -> datetime | None:
    """Return when a submission is erased if nothing happens, or None when no clock ends it.

    `shown` is the state its contributor sees, `closed_at` when that was entered if it is a closed one,
    `published` whether it was ever published.
    """
    call = submission.call
    ends = []
    if shown in KEPT_AFTER_CLOSING and closed_at is not None:
        ends.append(erase_from(closed_at, call.declined_kept_days))
    if shown is State.WRITING:
        saved = max((one.saved_at for one in submission.writings), default=submission.received_at)
        ends.append(erase_from(saved, call.unfinished_kept_days))
    if call.closes_at is not None and shown not in KEPT_FOR_GOOD and not published:
        ends.append(erase_after_call(call.closes_at, call.unpublished_kept_months))
    return min(ends, default=None)


def _is_due(call: Call, at: datetime) -> ColumnElement[bool]:
    """Return what holds for the submissions of a call that are to be erased at `at`."""
    rules = [_closed_long_ago(call, at), _unfinished_long_ago(call, at)]
    if call.closes_at is not None and erase_after_call(call.closes_at, call.unpublished_kept_months) <= at:
        rules.append(_never_published())
    return and_(Submission.call_id == call.id, Submission.state != State.ERASED, or_(*rules))


def _is_due_anywhere(session: Session, at: datetime) -> ColumnElement[bool]:
    """Return what holds for the submissions of any call that are to be erased at `at`."""
    return or_(false(), *(_is_due(call, at) for call in session.scalars(select(Call))))


def _closed_long_ago(call: Call, at: datetime) -> ColumnElement[bool]:
    closed_at = (
        select(func.max(Event.at))
        .where(
            Event.submission_id == Submission.id,
            Event.to_state == Submission.state,
            Event.from_state != Event.to_state,
        )
        .scalar_subquery()
    )
    return Submission.state.in_(KEPT_AFTER_CLOSING) & (
        closed_at <= at - timedelta(days=call.declined_kept_days)
    )


def _unfinished_long_ago(call: Call, at: datetime) -> ColumnElement[bool]:
    saved_at: Any = (
        select(func.max(UnsentVersion.saved_at))
        .where(UnsentVersion.submission_id == Submission.id)
        .scalar_subquery()
    )
    latest = func.coalesce(saved_at, Submission.received_at)
    return (Submission.state == State.WRITING) & (latest <= at - timedelta(days=call.unfinished_kept_days))


def _never_published() -> ColumnElement[bool]:
    """Return what holds for texts that were not published: not even once, before a correction."""
    published = exists().where(Publication.draft_id == Draft.id, Draft.submission_id == Submission.id)
    return Submission.state.not_in(KEPT_FOR_GOOD) & ~published
