"""Asking for a file of many stories, making it step by step, and letting go of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from portal.domain.export_files import (
    FETCHED_FOR,
    LEASE,
    LISTED_FOR,
    MOST_ATTEMPTS,
    POSTPONED_FOR,
    ExportProblem,
    ExportState,
)
from portal.models import Call, Coverage, ExportFile, Staff, Submission
from portal.models.sealing import find_ring
from portal.queries.coverages.export_files import is_to_be_made
from portal.sealing.keys import export_key_place
from portal.sealing.sealed_file import SealedFile

_NONE: Mapping[str, int] = {}


@dataclass(frozen=True)
class ExportClaim:
    """A file that is ours to make until its lease ends; at another attempt it is somebody else's."""

    number: int
    attempts: int


def ask_export(
    session: Session,
    coverage: Coverage,
    *,
    by: Staff,
    at: datetime,
    format_name: str,
    choice: Mapping[str, Any],
    total: int,
    has_gaps: bool,
) -> ExportFile:
    """Ask for a file of so many stories; the worker makes it."""
    asked = ExportFile(
        coverage_id=coverage.id,
        staff_id=by.id,
        format=format_name,
        choice=dict(choice),
        total=total,
        has_gaps=has_gaps,
        asked_at=at,
    )
    session.add(asked)
    session.flush()
    return asked


def take_export(session: Session, *, at: datetime, number: int | None = None) -> ExportFile | None:
    """Take the next file that is to be made, or the one with this number; nobody else takes it meanwhile.

    One whose worker has died is taken up again, some times.
    """
    wanted = select(ExportFile).where(is_to_be_made(at))
    if number is not None:
        wanted = wanted.where(ExportFile.id == number)
    found = session.scalar(
        wanted.order_by(ExportFile.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        return None
    if found.attempts >= MOST_ATTEMPTS:
        _fail(found, ExportProblem.ABANDONED, at=at)
        session.flush()
        return None
    found.state, found.lease_until = ExportState.RUNNING, at + LEASE
    found.attempts += 1
    found.done = 0
    session.flush()
    return found


def settle_choice(session: Session, claim: ExportClaim, found: Sequence[str], *, is_new: bool) -> int | None:
    """Remember what is found of what was asked for; return how many stories are found no more.

    What is new once is remembered by its public ids: so the same can be asked for again. None when the file
    is ours no more.
    """
    row = _hold_claimed(session, claim)
    if row is None:
        return None
    row.total = max(row.total, len(found))
    if is_new:
        row.choice = {"drafts": list(found)}
    session.flush()
    return row.total - len(found)


def _hold_claimed(session: Session, claim: ExportClaim) -> ExportFile | None:
    """Hold the row of a claim; None when it is ours no more, or nobody wants the file."""
    return session.scalar(
        select(ExportFile)
        .where(*_is_claimed(claim))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _is_claimed(claim: ExportClaim) -> Sequence[ColumnElement[bool]]:
    return (
        ExportFile.id == claim.number,
        ExportFile.attempts == claim.attempts,
        ExportFile.state == ExportState.RUNNING,
    )


def postpone_export(session: Session, claim: ExportClaim, *, at: datetime) -> None:
    """Have a file taken up some seconds later, as if nobody had begun it: the search was not ready for it."""
    session.execute(
        update(ExportFile)
        .where(*_is_claimed(claim))
        .values(lease_until=at + POSTPONED_FOR, attempts=ExportFile.attempts - 1)
    )


def note_progress(session: Session, claim: ExportClaim, done: int, *, at: datetime) -> bool:
    """Note how many stories were looked at, and keep the file for another while; say whether it was ours.

    Until this transaction ends nobody takes it over.
    """
    changed = session.scalars(
        update(ExportFile)
        .where(*_is_claimed(claim))
        .values(done=done, lease_until=at + LEASE)
        .returning(ExportFile.id)
    ).all()
    return bool(changed)


def finish_export(
    session: Session,
    claim: ExportClaim,
    file: SealedFile,
    *,
    written: int,
    kept: Mapping[str, int],
    lost: Sequence[tuple[str, str]],
    at: datetime,
) -> bool:
    """Say that the file lies there; return whether it was still ours to make.

    Until this transaction ends nobody takes it over.
    """
    found = _hold_claimed(session, claim)
    if found is None or file.key is None:
        return False
    found.state, found.ended_at, found.lease_until = ExportState.READY, at, None
    found.sha256, found.size, found.content_size = file.sha256, file.size, file.content_size
    found.sealed_key = find_ring(session).seal(file.key, export_key_place(found.public_id))
    found.written, found.kept, found.done = written, dict(kept), found.total
    found.lost = [list(one) for one in lost]
    session.flush()
    return True


def fail_export(
    session: Session,
    claim: ExportClaim,
    problem: ExportProblem,
    *,
    at: datetime,
    kept: Mapping[str, int] = _NONE,
    lost: Sequence[tuple[str, str]] = (),
) -> None:
    """Say why there is no file, unless somebody else is making it by now."""
    found = _hold_claimed(session, claim)
    if found is not None:
        _fail(found, problem, at=at)
        found.kept, found.lost = dict(kept), [list(one) for one in lost]
    session.flush()


def _fail(found: ExportFile, problem: ExportProblem, *, at: datetime) -> None:
    found.state, found.problem, found.ended_at, found.lease_until = ExportState.FAILED, problem, at, None


def drop_exports(session: Session, submissions: Collection[int]) -> None:
    """Let nobody fetch a file that may hold one of these texts, and have none made from what was read of it.

    Which texts are in a file is not kept: all of the coverage go, and one press makes them again.
    """
    coverages = select(Call.coverage_id).join(Submission).where(Submission.id.in_(submissions))
    session.execute(
        update(ExportFile)
        .where(
            ExportFile.coverage_id.in_(coverages),
            ExportFile.state.in_([ExportState.RUNNING, ExportState.READY]),
        )
        .values(state=ExportState.DROPPED, sealed_key=None)
    )


def forget_exports(session: Session, *, at: datetime) -> Sequence[tuple[str, int]]:
    """Let go of files whose day is over, and of rows after a week.

    Returns the public ids of those that stay or are being made, each with the number of attempts.
    """
    session.execute(
        update(ExportFile)
        .where(ExportFile.state == ExportState.READY, ExportFile.ended_at < at - FETCHED_FOR)
        .values(state=ExportState.OVER, sealed_key=None)
    )
    session.execute(delete(ExportFile).where(ExportFile.asked_at < at - LISTED_FOR))
    stays = ExportFile.state.in_([ExportState.READY, ExportState.RUNNING])
    kept = session.execute(select(ExportFile.public_id, ExportFile.attempts).where(stays))
    return [(one.public_id, one.attempts) for one in kept]
