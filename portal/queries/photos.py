"""Photos, documents and original files of submissions."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache

from sqlalchemy import Select, Subquery, bindparam, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.audit import AuditAct
from portal.domain.photos import PICTURE_ACTS, AttachmentKind
from portal.models import Attachment, AuditEntry, Event, OriginalFile, Submission
from portal.models.submission import FILE
from portal.queries.departures import has_left

_APPROVALS = (HistoryAct.APPROVE, HistoryAct.WAIVE_APPROVAL)
_DEPARTURES = (AuditAct.EXPORT, HistoryAct.PUSH)


class PhotosSince(StrEnum):
    """The acts on photos before their contributor changed them."""

    APPROVAL = "approval"
    EXPORT = "export"


def list_photos(session: Session, submission_id: int) -> Sequence[Attachment]:
    """Return the photos in the contributor's order."""
    return _list_files(session, submission_id, AttachmentKind.PHOTO)


def list_documents(session: Session, submission_id: int) -> Sequence[Attachment]:
    """Return the documents in the order they came."""
    return _list_files(session, submission_id, AttachmentKind.DOCUMENT)


def find_picture(session: Session, submission_id: int, public_id: str) -> Attachment | None:
    """Return a photo of this submission, or None: one of another submission is none."""
    return _find_file(session, submission_id, public_id, AttachmentKind.PHOTO)


def find_document(session: Session, submission_id: int, public_id: str) -> Attachment | None:
    """Return a document of this submission, or None: one of another submission is none."""
    return _find_file(session, submission_id, public_id, AttachmentKind.DOCUMENT)


def list_original_files(session: Session, submission_id: int) -> Sequence[OriginalFile]:
    """Return the files of a text that are kept as they were sent, in the order they came."""
    kept = select(OriginalFile).where(OriginalFile.submission_id == submission_id)
    return session.scalars(kept.order_by(OriginalFile.id)).all()


def find_original_file(session: Session, submission_id: int, public_id: str) -> OriginalFile | None:
    """Return one of these files, or None: one of another text is none."""
    return next(
        (one for one in list_original_files(session, submission_id) if one.public_id == public_id), None
    )


def was_done(session: Session, submission_id: int, act: HistoryAct, public_id: str) -> bool:
    """Say whether the history of a text has this act on this file."""
    said = select(Event.id).where(
        Event.submission_id == submission_id,
        Event.act == act,
        Event.detail[FILE].as_string() == public_id,
    )
    return session.scalar(said.limit(1)) is not None


def list_file_names(session: Session) -> set[str]:
    """Return the names of all files that rows name."""
    return set(session.scalars(select_names()))


def select_names() -> Select[str]:
    """Return the query for the names of all files that rows name."""
    return select(_list_stored().c.name)


def select_stored() -> Select[str, str, int, str]:
    """Return the query for every file: name, sum and size as it lies there, public id of its text."""
    stored = _list_stored()
    return (
        select(stored.c.name, stored.c.sha256, stored.c.size, Submission.public_id)
        .join(Submission, stored.c.submission_id == Submission.id)
        .order_by(stored.c.kind, stored.c.id)
    )


def _list_stored() -> Subquery:
    """Return the rows that name files: of photos and documents, and of files as they were sent."""
    return union_all(_select_files(Attachment, 0), _select_files(OriginalFile, 1)).subquery("stored")


def _select_files(table: type[Attachment | OriginalFile], kind: int) -> Select[str, str, int, int, int, int]:
    return select(
        table.public_id.label("name"),
        table.sha256,
        table.size,
        table.submission_id,
        table.id,
        literal(kind).label("kind"),
    )


def find_photos_since(session: Session, submission: Submission) -> PhotosSince | None:
    """Say what has happened with other photos than the contributor shows now; None when nothing has."""
    return list_photos_since(session, [submission]).get(submission.id)


def list_photos_since(session: Session, submissions: Sequence[Submission]) -> Mapping[int, PhotosSince]:
    """Return what `find_photos_since` says, by submission id; None is left out. Two queries at most.

    The audit log has all these acts in one order; times would not do, a contributor's are whole hours.
    """
    ids = [submission.id for submission in submissions]
    touched = set(session.scalars(_touched(), {"ids": ids}))
    changed = {submission.public_id: submission.id for submission in submissions if submission.id in touched}
    if not changed:  # the usual case, and an index knows it
        return {}
    rows = session.execute(
        select(AuditEntry.about, AuditEntry.act, func.max(AuditEntry.seq))
        .where(
            AuditEntry.about.in_(changed),
            or_(AuditEntry.act.in_((*PICTURE_ACTS, *_APPROVALS, HistoryAct.PUSH)), has_left()),
        )
        .group_by(AuditEntry.about, AuditEntry.act)
    )
    newest: dict[str, dict[str, int]] = {public_id: {} for public_id in changed}
    for about, act, last in rows:
        newest[about][act] = last
    judged = {changed[public_id]: _judge(acts) for public_id, acts in newest.items()}
    return {submission_id: since for submission_id, since in judged.items() if since is not None}


@cache
def _touched() -> Select[int]:
    """Return the statement of those of the submissions `ids` whose photos were ever changed."""
    its = Event.submission_id.in_(bindparam("ids", expanding=True)), Event.act.in_(PICTURE_ACTS)
    return select(Event.submission_id).where(*its).distinct()


def _judge(newest: Mapping[str, int]) -> PhotosSince | None:
    """Compare the newest entries of the log, by act."""
    changed = max((newest.get(act, 0) for act in PICTURE_ACTS), default=0)
    left = max(newest.get(act, 0) for act in _DEPARTURES)
    if left:
        return PhotosSince.EXPORT if changed > left else None
    approved = max(newest.get(act, 0) for act in _APPROVALS)
    return PhotosSince.APPROVAL if 0 < approved < changed else None


def _list_files(session: Session, submission_id: int, kind: AttachmentKind) -> Sequence[Attachment]:
    query = select(Attachment).where(Attachment.submission_id == submission_id, Attachment.kind == kind)
    return session.scalars(query.order_by(Attachment.position)).all()


def _find_file(
    session: Session, submission_id: int, public_id: str, kind: AttachmentKind
) -> Attachment | None:
    return session.scalar(
        select(Attachment).where(
            Attachment.submission_id == submission_id,
            Attachment.public_id == public_id,
            Attachment.kind == kind,
        )
    )
