"""Photos of one submission."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Attachment


def list_pictures(session: Session, piece_id: int) -> Sequence[Attachment]:
    """Return the photos in the order they came."""
    query = select(Attachment).where(Attachment.submission_id == piece_id)
    return session.scalars(query.order_by(Attachment.position)).all()


def find_picture(session: Session, piece_id: int, public_id: str) -> Attachment | None:
    """Return a photo of this submission, or None: one of another submission is none."""
    return session.scalar(
        select(Attachment).where(Attachment.submission_id == piece_id, Attachment.public_id == public_id)
    )


def list_file_names(session: Session) -> set[str]:
    """Return the names of all files that rows name."""
    return set(session.scalars(select(Attachment.public_id)))
