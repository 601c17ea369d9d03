"""Departures of stories in files: which save has left, and that a file came to nothing after all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, load_only

from portal.domain.audit import AuditAct
from portal.models import AuditEntry, Draft, Staff, Submission
from portal.operations.audit_log import PORTAL, record_act, round_to_minute


@dataclass(frozen=True, slots=True)
class LastDeparture:
    """The save of a draft that left last, and when; neither of one that never left."""

    revision: int | None
    at: datetime | None


def load_departures(session: Session, public_ids: Collection[str]) -> Sequence[Draft]:
    """Return drafts, in the order of their ids, with nothing loaded but what is kept about a departure."""
    about = load_only(Draft.public_id, Draft.revision, Draft.exported_revision, Draft.exported_at)
    its_text = joinedload(Draft.submission).load_only(Submission.public_id)
    wanted = select(Draft).where(Draft.public_id.in_(public_ids)).options(about, its_text)
    return session.scalars(wanted.order_by(Draft.id)).all()


def record_export(session: Session, drafts: Sequence[Draft], *, by: Staff | None, at: datetime) -> None:
    """Remember which revision left the portal: a later change shows that the copies outside are outdated.

    `by` None is the command line. Past the version counter: nobody's page of a draft is stale by that.
    """
    session.flush()
    session.execute(
        update(Draft)
        .where(Draft.id.in_([draft.id for draft in drafts]))
        .values(exported_revision=Draft.revision, exported_at=at)
        .execution_options(synchronize_session=False)
    )
    for draft in drafts:
        record_act(
            session,
            AuditAct.EXPORT,
            by=by,
            about=draft.submission.public_id,
            at=at,
            revision=draft.revision,
        )


def call_off_export(
    session: Session,
    drafts: Sequence[Draft],
    earlier: Mapping[str, LastDeparture],
    *,
    recorded_at: datetime,
    by: Staff | None,
    at: datetime,
) -> None:
    """Take back what `record_export` wrote at `recorded_at`: the file came to nothing, and nothing has left.

    `earlier` says by their public ids what had left before. The log keeps both acts. What has left again
    meanwhile stays so.
    """
    about = [draft.submission.public_id for draft in drafts]
    entries = _find_entries(session, about, by, at=recorded_at)
    for draft in drafts:
        before, public_id = earlier[draft.public_id], draft.submission.public_id
        session.execute(
            update(Draft)
            .where(Draft.id == draft.id, Draft.exported_at == recorded_at)
            .values(exported_revision=before.revision, exported_at=before.at)
        )
        record_act(session, AuditAct.CALL_OFF_EXPORT, by=by, about=public_id, at=at, entry=entries[public_id])


def _find_entries(
    session: Session, about: Sequence[str], by: Staff | None, *, at: datetime
) -> Mapping[str, int]:
    """Return of each text the number of the entry of the log about its departure at this moment."""
    written = select(AuditEntry.about, func.max(AuditEntry.seq).label("entry")).where(
        AuditEntry.act == AuditAct.EXPORT,
        AuditEntry.about.in_(about),
        AuditEntry.actor == (by.public_id if by else PORTAL),
        AuditEntry.at == round_to_minute(at),
    )
    return {row.about: row.entry for row in session.execute(written.group_by(AuditEntry.about))}
