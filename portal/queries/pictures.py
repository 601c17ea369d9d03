"""Photos and documents of submissions."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.audit import AuditAct
from portal.domain.pictures import PICTURE_ACTS, AttachmentKind
from portal.domain.states import Act
from portal.models import Attachment, AuditEntry, Event, Submission

_APPROVALS = (Act.APPROVE, Act.WAIVE_APPROVAL)


class PhotosSince(StrEnum):
    """What was done with the photos before their contributor changed them."""

    APPROVAL = "approval"
    EXPORT = "export"


def list_pictures(session: Session, piece_id: int) -> Sequence[Attachment]:
    """Return the photos in the contributor's order."""
    return _list_files(session, piece_id, AttachmentKind.PHOTO)


def list_documents(session: Session, piece_id: int) -> Sequence[Attachment]:
    """Return the documents in the order they came."""
    return _list_files(session, piece_id, AttachmentKind.DOCUMENT)


def find_picture(session: Session, piece_id: int, public_id: str) -> Attachment | None:
    """Return a photo of this submission, or None: one of another submission is none."""
    return _find_file(session, piece_id, public_id, AttachmentKind.PHOTO)


def find_document(session: Session, piece_id: int, public_id: str) -> Attachment | None:
    """Return a document of this submission, or None: one of another submission is none."""
    return _find_file(session, piece_id, public_id, AttachmentKind.DOCUMENT)


def list_file_names(session: Session) -> set[str]:
    """Return the names of all files that rows name."""
    return set(session.scalars(select(Attachment.public_id)))


def find_photos_since(session: Session, piece: Submission) -> PhotosSince | None:
    """Say what has happened with other photos than the contributor shows now; None when nothing has."""
    return list_photos_since(session, [piece]).get(piece.id)


def list_photos_since(session: Session, pieces: Sequence[Submission]) -> Mapping[int, PhotosSince]:
    """Return what `find_photos_since` says, by submission id; None is left out. Two queries at most.

    The audit log has all these acts in one order; times would not do, a contributor's are whole hours.
    """
    ids = [piece.id for piece in pieces]
    changes = select(Event.submission_id).where(Event.submission_id.in_(ids), Event.act.in_(PICTURE_ACTS))
    touched = set(session.scalars(changes.distinct()))
    changed = {piece.public_id: piece.id for piece in pieces if piece.id in touched}
    if not changed:  # the usual case, and an index knows it
        return {}
    rows = session.execute(
        select(AuditEntry.about, AuditEntry.act, func.max(AuditEntry.seq))
        .where(
            AuditEntry.about.in_(changed),
            AuditEntry.act.in_((*PICTURE_ACTS, *_APPROVALS, AuditAct.EXPORT)),
        )
        .group_by(AuditEntry.about, AuditEntry.act)
    )
    newest: dict[str, dict[str, int]] = {public_id: {} for public_id in changed}
    for about, act, last in rows:
        newest[about][act] = last
    judged = {changed[public_id]: _judge(acts) for public_id, acts in newest.items()}
    return {piece_id: since for piece_id, since in judged.items() if since is not None}


def _judge(newest: Mapping[str, int]) -> PhotosSince | None:
    """Compare the newest entries of the log, by act."""
    changed = max((newest.get(act, 0) for act in PICTURE_ACTS), default=0)
    if AuditAct.EXPORT in newest:
        return PhotosSince.EXPORT if changed > newest[AuditAct.EXPORT] else None
    approved = max(newest.get(act, 0) for act in _APPROVALS)
    return PhotosSince.APPROVAL if 0 < approved < changed else None


def _list_files(session: Session, piece_id: int, kind: AttachmentKind) -> Sequence[Attachment]:
    query = select(Attachment).where(Attachment.submission_id == piece_id, Attachment.kind == kind)
    return session.scalars(query.order_by(Attachment.position)).all()


def _find_file(session: Session, piece_id: int, public_id: str, kind: AttachmentKind) -> Attachment | None:
    return session.scalar(
        select(Attachment).where(
            Attachment.submission_id == piece_id,
            Attachment.public_id == public_id,
            Attachment.kind == kind,
        )
    )
