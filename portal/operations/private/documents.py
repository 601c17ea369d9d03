"""Files of a submission: what photos and documents have in common, and the documents themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from portal.domain.acts import HistoryAct
from portal.domain.deadlines import round_to_hour
from portal.domain.documents import (
    MOST_FILES,
    MOST_STORED_BYTES,
    DocumentFormat,
    DroppedKind,
    TooManyFiles,
    TooMuchStored,
    takes_documents,
)
from portal.domain.errors import IllegalTransition
from portal.domain.photos import AttachmentKind, may_leave
from portal.media.letter_count import LetterCount
from portal.models import Attachment, Message, OriginalFile, Submission
from portal.models.sealing import find_ring
from portal.models.submission import FILE
from portal.operations.locking import lock_submission
from portal.operations.recalls import call_photo_back
from portal.operations.sweeps import ask_sweep
from portal.operations.transitions import record_event
from portal.sealing.keys import file_facts_place, file_key_place
from portal.sealing.sealed_file import SealedFile


@dataclass(frozen=True)
class StoredOriginal:
    """A file as it was sent that lies in the store. `sha256` is of its content, `name` the one it had."""

    file: SealedFile
    sha256: str
    name: str = field(repr=False)


@dataclass(frozen=True)
class StoredDocument:
    """A rebuilt document that lies in the store. `sha256` is of its content; `pages` is 0 for words."""

    file: SealedFile
    sha256: str
    format: DocumentFormat
    pages: int
    sealed_name: bytes | None = None
    letters: LetterCount = field(default_factory=LetterCount)
    """What of its words is kept: to be told to its author, not stored."""
    dropped: tuple[tuple[DroppedKind, int], ...] = ()
    """What it had besides words that are kept, told likewise."""
    original: StoredOriginal | None = None
    """The file it was made of; None where that finds no room."""


def add_document(
    session: Session,
    submission: Submission,
    stored: StoredDocument,
    *,
    at: datetime,
    message: Message | None = None,
) -> Attachment:
    """Add a document for the editors and return it; the same one once more returns the first.

    `message` is the one of the thread it came with. Raises IllegalTransition when none is taken now,
    TooManyFiles, TooMuchStored.
    """
    files = lock_files(session, submission)
    if (same := find_same(files, stored.sha256)) is not None:
        return same
    shown = submission.state_shown(at)
    if not takes_documents(shown):
        raise IllegalTransition(shown, HistoryAct.ADD_DOCUMENT)
    require_file_room([one.content_size for one in files], stored.file.content_size)
    added = Attachment(
        **seal_file(session, stored.file, sha256=stored.sha256, pages=stored.pages),
        submission_id=submission.id,
        kind=AttachmentKind.DOCUMENT,
        format=stored.format,
        message_id=message.id if message else None,
        sealed_name=stored.sealed_name,
        position=next_position(files),
        received_at=round_to_hour(at),
    )
    session.add(added)
    note_file_act(session, submission, HistoryAct.ADD_DOCUMENT, at=at)
    return added


def remove_file(session: Session, submission: Submission, file: Attachment, *, at: datetime) -> None:
    """Remove a photo or document, at any time; its file goes after the commit (portal.traces).

    The history says which: a backup made before it still has it.
    """
    lock_files(session, submission)
    if file.kind is AttachmentKind.PHOTO and may_leave(file.people, file.licence):
        call_photo_back(session, submission, file, at=at)
    session.delete(file)
    ask_sweep(session, at=at)
    act = HistoryAct.REMOVE_PICTURE if file.kind is AttachmentKind.PHOTO else HistoryAct.REMOVE_DOCUMENT
    note_file_act(session, submission, act, at=at, detail={FILE: file.public_id})


def remove_restored(session: Session, name: str, *, at: datetime) -> None:
    """Remove a photo, document or original that an older backup has brought back."""
    file = session.scalar(select(Attachment).where(Attachment.public_id == name))
    if file is not None:
        remove_file(session, session.get_one(Submission, file.submission_id), file, at=at)
        return
    session.execute(delete(OriginalFile).where(OriginalFile.public_id == name))
    ask_sweep(session, at=at)


def lock_files(session: Session, submission: Submission) -> Sequence[Attachment]:
    """Hold the submission and return its files in order: of two uploads, the second counts the first."""
    lock_submission(session, submission)
    return session.scalars(
        select(Attachment)
        .where(Attachment.submission_id == submission.id)
        .order_by(Attachment.position)
        .execution_options(populate_existing=True)
    ).all()


def find_same(files: Sequence[Attachment], sha256: str) -> Attachment | None:
    """Return the file of a submission with this content; None when there is none."""
    return next((one for one in files if one.content_sha256 == sha256), None)


def seal_file(session: Session, file: SealedFile, *, sha256: str, **facts: int) -> Mapping[str, Any]:
    """Return the columns of a row about a file of the store; its key, and what it is known by, are sealed."""
    keys, known = find_ring(session), {"content_sha256": sha256, "content_size": file.content_size}
    return {
        "public_id": file.name,
        "sha256": file.sha256,
        "size": file.size,
        "sealed_key": keys.seal(file.key, file_key_place(file.name)) if file.key is not None else None,
        "sealed_facts": keys.seal_map({**known, **facts}, file_facts_place(file.name)),
    }


def require_file_room(sizes: Sequence[int], size: int) -> None:
    """Raise TooManyFiles or TooMuchStored when a file of so many bytes does not fit beside the others."""
    if len(sizes) >= MOST_FILES:
        raise TooManyFiles
    if sum(sizes) + size > MOST_STORED_BYTES:
        raise TooMuchStored


def next_position(files: Sequence[Attachment]) -> int:
    """Return the place after the last file."""
    return files[-1].position + 1 if files else 1


def note_file_act(
    session: Session,
    submission: Submission,
    act: HistoryAct,
    *,
    at: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write an act about files into the history, and make what colleagues have open out of date."""
    record_event(session, submission, act, by=None, at=at, detail=detail)
    # No column of the row changes, but its version must.
    flag_modified(submission, "state")
    session.flush()
