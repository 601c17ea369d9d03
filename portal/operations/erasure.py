"""Erasing: everything a contributor gave us and everything written about it goes, a tombstone stays."""

import secrets
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.admission import Lane
from portal.domain.retention import month_of
from portal.domain.states import State
from portal.domain.take_downs import Recall
from portal.models import (
    AccessLink,
    Attachment,
    AuthorCheck,
    Autosave,
    ComparisonDue,
    Consent,
    ContributorSession,
    DeskCode,
    DeskNotice,
    Draft,
    DraftComment,
    DraftRevision,
    Event,
    GistVersion,
    Message,
    Note,
    OriginalFile,
    OutboxMail,
    PageWords,
    Publication,
    Push,
    Recommendation,
    Revision,
    SameStory,
    SearchDue,
    Staff,
    StoryMark,
    Submission,
    SubmissionTag,
    UnsavedEdit,
    UnsentVersion,
)
from portal.operations.coverages.export_files import drop_exports
from portal.operations.locking import lock_submission
from portal.operations.recalls import open_take_downs
from portal.operations.search_rows import forget_texts
from portal.operations.sweeps import ask_sweep
from portal.operations.take_downs import keep_open_alone
from portal.operations.transitions import change_state
from portal.queries.contribute.same_browser import list_unsent_beside

_HASH_BYTES = 32
_OF_DRAFT = (Publication, AuthorCheck, UnsavedEdit, Autosave, DraftComment, DraftRevision)
_OF_SUBMISSION = (
    OriginalFile,
    Attachment,
    Draft,
    OutboxMail,
    Message,
    Note,
    Recommendation,
    SubmissionTag,
    GistVersion,
    Consent,
    Revision,
    UnsentVersion,
    PageWords,
    ContributorSession,
    AccessLink,
    DeskCode,
    DeskNotice,
    Push,
    SearchDue,
    StoryMark,
    ComparisonDue,
)


def erase(
    session: Session, submission: Submission, *, by: Staff | None, at: datetime, seen: int | None = None
) -> None:
    """Erase a submission; `by` None is its contributor. A second time changes nothing.

    What was begun beside it in the same browser and never sent goes with it. What stays: the addresses at
    which copies must be taken down, until that is done; the public id, how it began, its last state, the
    month and the language, and in which month its sealed answers were opened by whom. The receipt code opens
    nothing any more. Files and remnants go after the commit (portal.traces). Raises NotPermitted, and
    StaleEdit when `seen` is not its version any more.
    """
    lock_submission(session, submission)  # nothing may be added to it meanwhile
    if submission.state is State.ERASED:
        return
    erased = change_state(session, submission, Act.ERASE, by=by, at=at, seen=seen)
    open_take_downs(session, submission, Recall.ERASED, at=at)
    _erase(session, submission, erased, at=at)
    for other in list_unsent_beside(session, submission):
        lock_submission(session, other)
        if other.state is State.WRITING:  # it may have been sent a moment ago, under its own code
            _erase(session, other, change_state(session, other, Act.ERASE, by=by, at=at), at=at)
            session.expire(other)
    _stand_alone(session, submission)
    session.expire(submission)


def erase_restored(session: Session, submission: Submission, *, at: datetime) -> None:
    """Erase a submission that an older backup has brought back."""
    erased = change_state(session, lock_submission(session, submission), Act.ERASE, by=None, at=at)
    erased.by_author = False
    open_take_downs(session, submission, Recall.ERASED, at=at)
    _erase(session, submission, erased, at=at)
    _stand_alone(session, submission)
    session.expire(submission)


def erase_by_clock(session: Session, submission: Submission, *, at: datetime) -> None:
    """Erase a submission whose time is over; its row is held already. The transaction is to end then."""
    erased = change_state(session, submission, Act.ERASE, by=None, at=at)
    erased.by_author = False
    _erase(session, submission, erased, at=at)
    _stand_alone(session, submission)


def _stand_alone(session: Session, submission: Submission) -> None:
    """Have no text stand beside this one any more."""
    beside = Submission.begun_beside_id == submission.id
    session.execute(update(Submission).where(beside).values(begun_beside_id=None))


def _erase(session: Session, submission: Submission, erased: Event, *, at: datetime) -> None:
    """Empty and delete what belongs to a submission; `erased` is the act that says so."""
    _blank(submission)
    session.flush()
    _delete_rows(session, submission, erased)
    ask_sweep(session, at=at)


def _blank(submission: Submission) -> None:
    """Empty the submission's own row. `state_before` keeps the last state, for counting."""
    submission.receipt_hash = secrets.token_hex(_HASH_BYTES)
    submission.replacement_hash, submission.address_hash = None, None
    submission.locale = submission.call.coverage.primary_locale
    submission.heading = ""
    submission.words, submission.characters = 0, 0
    submission.sides = ""
    submission.sealed_risk, submission.wants_mail = None, False
    submission.received_at = month_of(submission.received_at)
    submission.assignee_id = None
    submission.claimed_by_id, submission.claimed_since, submission.claimed_at = None, None, None
    submission.ending_seen_at, submission.undo_until, submission.begun_beside_id = None, None, None
    submission.decline_reason = ""
    submission.lane, submission.signals = Lane.VERIFIED, []
    submission.thread_read_id, submission.desk_read_id, submission.unread_letter_id = None, None, None


def _delete_rows(session: Session, submission: Submission, erased: Event) -> None:
    """Delete what hangs on a submission. Its erasing stays, and who opened sealed answers.

    Past the session, which would look for each of these rows among what it holds.
    """
    number = submission.id
    drafts = session.scalars(select(Draft.id).where(Draft.submission_id == number)).all()
    if drafts:
        drop_exports(session, [number])
    connection = session.connection()
    for table in _OF_DRAFT:
        rows = table.__table__.c
        connection.execute(delete(table).where(rows.draft_id.in_(drafts)))
    keep_open_alone(session, submission)
    for owned in _OF_SUBMISSION:
        rows = owned.__table__.c
        connection.execute(delete(owned).where(rows.submission_id == number))
    forget_texts(session, [number])
    connection.execute(delete(SameStory).where(or_(SameStory.one_id == number, SameStory.other_id == number)))
    of_this = Event.submission_id == number
    stays = or_(Event.id == erased.id, Event.act == HistoryAct.OPEN_IDENTITY)
    session.execute(delete(Event).where(of_this, ~stays))
    for event in session.scalars(select(Event).where(of_this)):
        event.detail, event.at = {}, month_of(event.at)
        if event.act == HistoryAct.OPEN_IDENTITY:
            event.from_state, event.to_state = State.ERASED, State.ERASED
    session.flush()
