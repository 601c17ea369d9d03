"""One submission with everything its page on the desk shows, and two of its versions side by side."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache

from sqlalchemy import Integer, Select, bindparam, exists, select
from sqlalchemy.orm import Session, defer, joinedload, with_expression

from portal.domain.acts import HistoryAct
from portal.domain.deadlines import is_fresh_claim
from portal.domain.permissions import Permission
from portal.domain.states import HIDDEN
from portal.models import Call, Coverage, Event, Message, Note, OriginalFile, Revision, Staff, Submission
from portal.models.base import PublicId
from portal.queries.answers import open_sealed_answers
from portal.queries.calls import TEXTS_OF_CALL
from portal.queries.constants import constants
from portal.queries.desk.same_story import is_paired
from portal.queries.story_search import is_found_by
from portal.queries.visibility import Sight, readable, readable_by, sight_of
from portal.sealing.keys import CannotOpen, KeyRing
from portal.story.search.query import read_query

_FOUND_AT_MOST = 10


def find_submission(
    session: Session, actor: Staff, public_id: str, *, is_held: bool = False
) -> Submission | None:
    """Return the submission with its call and what was sent, or None when not the actor's to read. One query.

    With `is_held` nobody else changes it until the transaction ends.
    """
    statement = _one(sight_of(actor), is_held=is_held)
    given = {"public_id": public_id, "actor_id": actor.id}
    return session.scalars(statement, given).unique().one_or_none()


@lru_cache(2 * len(Sight))
def _one(sight: Sight, *, is_held: bool) -> Select[Submission]:
    """Return the statement every page and act of a submission begins with."""
    coverage = joinedload(Call.coverage).options(*map(defer, _TEXTS_OF_COVERAGE))
    found = (
        select(Submission)
        .where(
            Submission.public_id == bindparam("public_id", type_=PublicId),
            Submission.state.not_in(constants(HIDDEN)),
            readable(sight),
        )
        .options(
            joinedload(Submission.call).options(*map(defer, TEXTS_OF_CALL), coverage),
            joinedload(Submission.assignee).load_only(*_NAMED),
            joinedload(Submission.claimed_by).load_only(*_NAMED),
            joinedload(Submission.revisions),
            with_expression(Submission.is_paired, is_paired()),
            with_expression(Submission.has_originals, Submission.originals.any()),
            with_expression(Submission.has_notes, exists().where(Note.submission_id == Submission.id)),
            with_expression(Submission.has_messages, exists().where(Message.submission_id == Submission.id)),
        )
    )
    return found.with_for_update(of=Submission) if is_held else found


_TEXTS_OF_COVERAGE = (Coverage.introduction, Coverage.topics)
"""What only those read who edit, put off like TEXTS_OF_CALL."""
_NAMED = (Staff.public_id, Staff.name)
"""What pages say of a colleague."""
_SUBMISSION_ID = bindparam("submission_id", type_=Integer)


@cache
def _events() -> Select[Event]:
    query = select(Event).where(Event.submission_id == _SUBMISSION_ID)
    return query.options(joinedload(Event.staff).load_only(*_NAMED)).order_by(Event.id.desc())


@cache
def _messages() -> Select[Message]:
    query = select(Message).where(Message.submission_id == _SUBMISSION_ID)
    return query.options(joinedload(Message.staff).load_only(*_NAMED)).order_by(Message.id)


@cache
def _notes() -> Select[Note]:
    query = select(Note).where(Note.submission_id == _SUBMISSION_ID)
    return query.options(joinedload(Note.staff).load_only(*_NAMED)).order_by(Note.id)


def list_events(session: Session, submission: Submission) -> Sequence[Event]:
    """Return what happened, newest first."""
    return session.scalars(_events(), {"submission_id": submission.id}).all()


def list_messages(session: Session, submission: Submission) -> Sequence[Message]:
    """Return the thread with the contributor, oldest first."""
    return session.scalars(_messages(), {"submission_id": submission.id}).all()


def is_message_waiting(message: Message, *, at: datetime) -> bool:
    """Say whether a message of the desk came with no act and has not reached its author."""
    return message.from_desk and message.act == HistoryAct.MESSAGE and message.visible_at > at


def list_waiting(session: Session, submission_ids: Sequence[int], *, at: datetime) -> Sequence[Message]:
    """Return the messages of these submissions that `is_message_waiting` holds for, oldest first."""
    if not submission_ids:
        return []
    query = select(Message).where(
        Message.submission_id.in_(submission_ids),
        Message.from_desk,
        Message.act == HistoryAct.MESSAGE,
        Message.visible_at > at,
    )
    return session.scalars(query.order_by(Message.id)).all()


def find_message(session: Session, submission: Submission, public_id: str) -> Message | None:
    """Return a message of this submission, or None."""
    return session.scalar(
        select(Message).where(Message.submission_id == submission.id, Message.public_id == public_id)
    )


def list_notes(session: Session, submission: Submission) -> Sequence[Note]:
    """Return the notes of colleagues, oldest first."""
    return session.scalars(_notes(), {"submission_id": submission.id}).all()


def list_possible_originals(
    session: Session, actor: Staff, submission: Submission, text: str
) -> Sequence[Submission]:
    """Return up to ten other submissions of the same call that this search finds: possible originals."""
    if not text.strip():
        return []
    is_found = is_found_by(read_query(text), in_drafts=actor.may(Permission.DRAFT_EDIT))
    query = _possible_originals(actor, submission).where(is_found)
    return session.scalars(query.order_by(Submission.id).limit(_FOUND_AT_MOST)).all()


def find_original_submission(
    session: Session, actor: Staff, submission: Submission, public_id: str
) -> Submission | None:
    """Return the submission of the same call with this public id, or None."""
    return session.scalar(_possible_originals(actor, submission).where(Submission.public_id == public_id))


def _possible_originals(actor: Staff, submission: Submission) -> Select[Submission]:
    return select(Submission).where(
        readable_by(actor),
        Submission.call_id == submission.call_id,
        Submission.id != submission.id,
        Submission.state.not_in(HIDDEN),
        Submission.duplicate_of_id.is_(None),
    )


def list_originals(submission: Submission) -> Sequence[OriginalFile]:
    """Return the files kept as they were sent; nobody is asked for them where there are none."""
    return () if submission.has_originals is False else submission.originals


def find_claimant(submission: Submission, *, at: datetime) -> Staff | None:
    """Return who is on the submission now: a claim fades after five minutes."""
    return submission.claimed_by if is_fresh_claim(submission.claimed_at, at=at) else None


def find_versions(
    submission: Submission, old: int | None, new: int | None
) -> tuple[Revision, Revision] | None:
    """Return the two versions to compare, the older one first; None while there is only one.

    Numbers that no version has stand for the newest one, and for the one before the other.
    """
    known = {one.number: one for one in submission.revisions}
    if len(known) < 2:
        return None
    later = known.get(new or 0, submission.latest)
    earlier = known.get(old or 0) or known.get(later.number - 1) or submission.revisions[0]
    if earlier.number == later.number:
        earlier, later = submission.revisions[0], submission.revisions[1]
    return (earlier, later) if earlier.number < later.number else (later, earlier)


def has_sealed_changed(submission: Submission, old: Revision, new: Revision, *, keys: KeyRing) -> bool:
    """Say whether sealed answers differ. What they say leaves this function in no form."""
    try:
        before, after = (open_sealed_answers(submission, one, keys) for one in (old, new))
    except CannotOpen:
        return True
    return before != after
