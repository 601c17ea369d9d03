"""Photos of a story: its contributor adds, describes, orders and removes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.deadlines import round_to_hour
from portal.domain.errors import IllegalTransition, StaleEdit
from portal.domain.photos import (
    MOST_PICTURES,
    AttachmentKind,
    PhotoLicence,
    PictureWords,
    TooManyPictures,
    may_leave,
    takes_pictures,
    takes_refusals,
)
from portal.models import Attachment, Submission
from portal.operations.private.documents import (
    find_same,
    lock_files,
    next_position,
    note_file_act,
    require_file_room,
    seal_file,
)
from portal.operations.recalls import call_photo_back, end_photo_recall
from portal.sealing.sealed_file import SealedFile


@dataclass(frozen=True)
class StoredPicture:
    """A cleaned picture that lies in the store. `sha256` is of its content; width and height in pixels."""

    file: SealedFile
    sha256: str
    width: int
    height: int
    sealed_name: bytes | None = None
    is_cut: bool = False
    """Whether only a part of it arrived."""


def add_picture(
    session: Session, submission: Submission, stored: StoredPicture, *, at: datetime
) -> Attachment:
    """Add a photo and return it; the same photo once more returns the first, so the new file is not needed.

    Raises IllegalTransition when the story takes none now, TooManyPictures when it has all it may have,
    TooManyFiles, TooMuchStored.
    """
    files = lock_files(session, submission)
    if (same := find_same(files, stored.sha256)) is not None:
        return same
    _require_taking(submission, at, HistoryAct.ADD_PICTURE)
    if sum(one.kind is AttachmentKind.PHOTO for one in files) >= MOST_PICTURES:
        raise TooManyPictures
    require_file_room([one.content_size for one in files], stored.file.content_size)
    facts = {"width": stored.width, "height": stored.height, "is_cut": int(stored.is_cut)}
    added = Attachment(
        **seal_file(session, stored.file, sha256=stored.sha256, **facts),
        submission_id=submission.id,
        sealed_name=stored.sealed_name,
        position=next_position(files),
        received_at=round_to_hour(at),
    )
    session.add(added)
    note_file_act(session, submission, HistoryAct.ADD_PICTURE, at=at)
    return added


def read_picture_words(picture: Attachment) -> PictureWords:
    """Return what is said about a photo."""
    return PictureWords(picture.description, picture.credit, picture.people, picture.licence, picture.caption)


def describe_pictures(
    session: Session,
    submission: Submission,
    words: Mapping[str, PictureWords],
    *,
    known: Mapping[str, PictureWords],
    at: datetime,
) -> bool:
    """Keep what the contributor says about photos, by public id; return whether anything of it is new.

    Photos that are gone are passed over. Raises StaleEdit when something else than `known` is said about one
    by now, IllegalTransition when it is too late.
    """
    photos = [one for one in lock_files(session, submission) if one.public_id in words]
    if any(read_picture_words(one) != known[one.public_id] for one in photos):
        raise StaleEdit(HistoryAct.CHANGE_PICTURE)
    changed = [one for one in photos if read_picture_words(one) != words[one.public_id]]
    for one in changed:
        describe_picture(session, submission, one, words[one.public_id], at=at)
    return bool(changed)


def describe_picture(
    session: Session, submission: Submission, picture: Attachment, words: PictureWords, *, at: datetime
) -> bool:
    """Keep what the contributor says about a photo; return whether it is new.

    Raises IllegalTransition when it is too late.
    """
    lock_files(session, submission)
    _require_taking(submission, at, HistoryAct.CHANGE_PICTURE)
    if words == read_picture_words(picture):
        return False
    could_leave = may_leave(picture.people, picture.licence)
    picture.description, picture.credit, picture.caption = words.description, words.credit, words.caption
    picture.people, picture.licence = words.people, words.licence
    can_leave = may_leave(words.people, words.licence)
    if could_leave and not can_leave:
        call_photo_back(session, submission, picture, at=at)
    elif can_leave and not could_leave:
        end_photo_recall(session, submission, at=at)
    picture.changed_at = round_to_hour(at)
    note_file_act(session, submission, HistoryAct.CHANGE_PICTURE, at=at)
    return True


def refuse_picture(session: Session, submission: Submission, picture: Attachment, *, at: datetime) -> bool:
    """Take back that a photo may be published; the desk is asked to take it out where it stands.

    Return whether anything changed: twice is once. Raises IllegalTransition when the story is not published.
    """
    lock_files(session, submission)
    shown = submission.state_shown(at)
    if not takes_refusals(shown):
        raise IllegalTransition(shown, HistoryAct.CHANGE_PICTURE)
    if not may_leave(picture.people, picture.licence):
        return False
    picture.licence = PhotoLicence.EDITORS_ONLY
    call_photo_back(session, submission, picture, at=at)
    picture.changed_at = round_to_hour(at)
    note_file_act(session, submission, HistoryAct.CHANGE_PICTURE, at=at)
    return True


def move_picture(
    session: Session, submission: Submission, picture: Attachment, *, step: int, at: datetime
) -> bool:
    """Change places with the photo before (`step` -1) or after (1); return whether there was one.

    Raises IllegalTransition when it is too late.
    """
    photos = [one for one in lock_files(session, submission) if one.kind is AttachmentKind.PHOTO]
    _require_taking(submission, at, HistoryAct.CHANGE_PICTURE)
    here = next(index for index, one in enumerate(photos) if one.id == picture.id)
    there = here + step
    if not 0 <= there < len(photos):
        return False
    other = photos[there]
    photos[here].position, other.position = other.position, photos[here].position
    photos[here].changed_at = other.changed_at = round_to_hour(at)
    note_file_act(session, submission, HistoryAct.CHANGE_PICTURE, at=at)
    return True


def _require_taking(submission: Submission, at: datetime, act: HistoryAct) -> None:
    shown = submission.state_shown(at)
    if not takes_pictures(shown, submission.stage):
        raise IllegalTransition(shown, act)
