"""Files as they were sent: kept sealed until their author has seen what was taken from them, or 14 days."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.deadlines import round_to_hour
from portal.domain.documents import MOST_ORIGINALS, MOST_STORED_BYTES, MOST_STORY_ORIGINAL_BYTES, DroppedKind
from portal.domain.retention import originals_since
from portal.domain.states import State
from portal.media.letter_count import LetterCount, read_count
from portal.models import Attachment, OriginalFile, Submission
from portal.models.submission import FILE
from portal.operations.file_removal import delete_some
from portal.operations.locking import lock_submission
from portal.operations.private.documents import StoredOriginal, note_file_act, seal_file
from portal.operations.sweeps import ask_sweep
from portal.queries.photos import list_original_files
from portal.sealing.keys import CannotOpen


@dataclass(frozen=True)
class TakenContent:
    """What was taken from a file: the count of its letters, and what it held that is not kept."""

    letters: LetterCount = field(default_factory=LetterCount)
    dropped: tuple[tuple[DroppedKind, int], ...] = ()


def keep_original(
    session: Session,
    submission: Submission,
    stored: StoredOriginal,
    taken: TakenContent,
    *,
    at: datetime,
    document: Attachment | None = None,
    writing: str = "",
) -> OriginalFile | None:
    """Keep a file as it was sent, beside the document or the text that was made of it; return its row.

    `writing` is the unsent version that its words were read into, by public id.
    The same file once more returns the first. None where there is no room for it, or the text was erased
    meanwhile: then its author keeps it, and is told so. What its author has hidden in it is counted and not
    written down.
    """
    held = lock_submission(session, submission)
    if held.state is State.ERASED:
        return None
    others = list_original_files(session, held.id)
    same = next((one for one in others if _is_same(one, stored, document)), None)
    if same is not None:
        return same
    if not _has_room(session, others, stored.file.content_size, is_story=document is None):
        return None
    columns = seal_file(session, stored.file, sha256=stored.sha256)
    kept = OriginalFile(
        **columns,
        submission_id=held.id,
        attachment_id=document.id if document is not None else None,
        received_at=round_to_hour(at),
    )
    session.add(kept)
    kept.name, kept.writing = stored.name, writing
    kept.letters = replace(taken.letters, hidden=("",) * len(taken.letters.hidden)).to_json()
    kept.dropped = [[kind.value, count] for kind, count in taken.dropped]
    session.flush()
    return kept


def confirm_words(session: Session, submission: Submission, original: OriginalFile, *, at: datetime) -> None:
    """Delete a file as it was sent: its author says that what was taken from it is the text.

    The history says which, so that no backup brings it back; the file goes after the commit (portal.traces).
    """
    held = lock_submission(session, submission)
    session.delete(original)
    ask_sweep(session, at=at)
    note_file_act(session, held, HistoryAct.CONFIRM_WORDS, at=at, detail={FILE: original.public_id})


def delete_originals_of_version(session: Session, submission: Submission, writing: str) -> None:
    """Delete the files that were read into an unsent version of a text, which its author has deleted.

    While there is another such version, they stay with that: it may have begun with their words.
    """
    for original in list_original_files(session, submission.id):
        if original.attachment_id is not None or _find_writing(original) != writing:
            continue
        if submission.writings:
            original.writing = submission.writings[-1].public_id
        else:
            session.delete(original)
    session.flush()


def _find_writing(original: OriginalFile) -> str | None:
    """Return the version a file was read into; None where no key opens what is known about the file."""
    try:
        return original.writing
    except CannotOpen:
        return None


def delete_old_originals(session: Session, *, at: datetime, most: int) -> int:
    """Delete files as they were sent whose time is over; return how many."""
    over = OriginalFile.received_at <= originals_since(at)
    gone = delete_some(session, OriginalFile, over, most=most)
    if gone:
        ask_sweep(session, at=at)
    return gone


def read_taken(original: OriginalFile) -> TakenContent:
    """Return what was taken from a file. Raises CannotOpen."""
    letters = read_count(original.letters) if original.letters else LetterCount()
    return TakenContent(letters, tuple((DroppedKind(kind), count) for kind, count in original.dropped))


def _is_same(kept: OriginalFile, stored: StoredOriginal, document: Attachment | None) -> bool:
    of_document = document.id if document is not None else None
    return (kept.attachment_id, kept.content_sha256) == (of_document, stored.sha256)


def _has_room(session: Session, others: Sequence[OriginalFile], size: int, *, is_story: bool) -> bool:
    """Say whether a file of so many bytes may be kept beside the others of its text, and of all stories."""
    if len(others) >= MOST_ORIGINALS or sum(one.content_size for one in others) + size > MOST_STORED_BYTES:
        return False
    if not is_story:
        return True
    stories = session.scalar(select(func.sum(OriginalFile.size)).where(OriginalFile.attachment_id.is_(None)))
    return (stories or 0) + size <= MOST_STORY_ORIGINAL_BYTES
