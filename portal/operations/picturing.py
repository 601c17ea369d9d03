"""Photos of a story: its contributor adds, describes and removes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import IllegalTransition
from portal.domain.pictures import MOST_PICTURES, PeopleAnswer, TooManyPictures, takes_pictures
from portal.domain.schedule import round_to_hour
from portal.models import Attachment, Submission

_ADD = "add_picture"


@dataclass(frozen=True)
class StoredPicture:
    """A cleaned picture that lies in the store under `name`. Width and height in pixels, size in bytes."""

    name: str
    sha256: str
    width: int
    height: int
    size: int


def add_picture(session: Session, piece: Submission, stored: StoredPicture, *, at: datetime) -> Attachment:
    """Add a photo and return it; the same photo once more returns the first, so the new file is not needed.

    Raises IllegalTransition when the story takes none now, TooManyPictures when it has all it may have.
    """
    _lock(session, piece)
    earlier = session.scalars(
        select(Attachment).where(Attachment.submission_id == piece.id).order_by(Attachment.position)
    ).all()
    for one in earlier:
        if one.sha256 == stored.sha256:
            return one
    _require_taking(piece, at)
    if len(earlier) >= MOST_PICTURES:
        raise TooManyPictures
    added = Attachment(
        public_id=stored.name,
        submission_id=piece.id,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
        size=stored.size,
        position=earlier[-1].position + 1 if earlier else 1,
        received_at=round_to_hour(at),
    )
    session.add(added)
    session.flush()
    return added


def describe_picture(
    session: Session,
    piece: Submission,
    picture: Attachment,
    *,
    description: str,
    credit: str,
    people: PeopleAnswer,
    at: datetime,
) -> None:
    """Keep what the contributor says about a photo. Raises IllegalTransition when it is too late."""
    _lock(session, piece)
    _require_taking(piece, at)
    picture.description, picture.credit, picture.people = description, credit, people
    session.flush()


def remove_picture(session: Session, picture: Attachment) -> str:
    """Remove a photo, at any time; return the name of its file, to be removed after the commit."""
    name = picture.public_id
    session.delete(picture)
    session.flush()
    return name


def _lock(session: Session, piece: Submission) -> None:
    """Read the row again and hold it: of two uploads at once, the second one counts the first."""
    session.scalars(
        select(Submission)
        .where(Submission.id == piece.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _require_taking(piece: Submission, at: datetime) -> None:
    shown = piece.state_shown(at)
    if not takes_pictures(shown, piece.stage):
        raise IllegalTransition(shown, _ADD)
