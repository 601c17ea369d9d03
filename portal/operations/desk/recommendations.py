"""Recommendations of colleagues about a text: given, changed, taken back. They decide nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.errors import DomainError, IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.recommendations import Advice, takes_recommendations
from portal.models import Event, Recommendation, Staff, Submission
from portal.models.base import new_public_id
from portal.operations.desk.decisions import may_judge
from portal.operations.transitions import record_event
from portal.sealing.keys import KeyRing, recommendation_place


class NoRecommendation(DomainError):
    """There is none of this person to be taken back."""


def recommend(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    advice: Advice,
    reason: str,
    keys: KeyRing,
) -> Event:
    """Recommend what those who decide should do; it takes the place of one's own before.

    It makes nobody's decision stale; `seen` is the version the person has read. Raises NotPermitted,
    StaleEdit, IllegalTransition once it is decided, and MissingText without a reason.
    """
    _require_moderation(by)
    if seen != submission.version:
        raise StaleEdit(HistoryAct.RECOMMEND)
    return recommend_many(session, [submission], by=by, at=at, advice=advice, reason=reason, keys=keys)[0]


def recommend_many(
    session: Session,
    submissions: Sequence[Submission],
    *,
    by: Staff,
    at: datetime,
    advice: Advice,
    reason: str,
    keys: KeyRing,
    batch: str = "",
) -> Sequence[Event]:
    """Recommend the same about many in a few statements, as `recommend` does."""
    _require_moderation(by)
    for submission in submissions:
        if not takes_recommendations(submission.state):
            raise IllegalTransition(submission.state, HistoryAct.RECOMMEND)
    if not reason.strip():
        raise MissingText("reason")
    earlier = _find_own(session, submissions, by=by)
    for before in earlier.values():
        before.ended_at = at
    session.flush()  # of one person one stands
    events = []
    for submission in submissions:
        given = Recommendation(
            public_id=(public_id := new_public_id()),
            submission_id=submission.id,
            staff_id=by.id,
            advice=advice,
            sealed=keys.seal(reason.encode(), recommendation_place(public_id)),
            sent_number=submission.latest.number,
            reads=may_judge(by, submission),
            given_at=at,
        )
        session.add(given)
        replaced = earlier.get(submission.id)
        detail = {"given": public_id, "advice": advice, "before": replaced.public_id if replaced else ""}
        event = record_event(
            session, submission, HistoryAct.RECOMMEND, by=by, at=at, detail=detail, batch=batch
        )
        events.append(event)
    return events


def _require_moderation(by: Staff) -> None:
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(HistoryAct.RECOMMEND)


def confirm_advice(
    session: Session,
    submission: Submission,
    given: Recommendation,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    keys: KeyRing,
) -> Event:
    """Recommend what a colleague does who went by the gist, for the same reason, as one who reads the text.

    Raises NotPermitted for those who do not read it either, StaleEdit once that was taken back or the author
    has sent a newer version, else as `recommend`.
    """
    if not may_judge(by, submission):
        raise NotPermitted(HistoryAct.RECOMMEND)
    if given.ended_at is not None or given.sent_number != submission.latest.number:
        raise StaleEdit(HistoryAct.RECOMMEND)
    reason = read_reason(given, keys)
    return recommend(
        session, submission, by=by, at=at, seen=seen, advice=given.advice, reason=reason, keys=keys
    )


def take_back(session: Session, submission: Submission, *, by: Staff, at: datetime) -> Event:
    """Take the own recommendation back; the history keeps that it was given. Raises NoRecommendation."""
    own = _find_own(session, [submission], by=by).get(submission.id)
    if own is None:
        raise NoRecommendation(submission.public_id)
    own.ended_at = at
    detail = {"given": own.public_id, "advice": own.advice}
    return record_event(session, submission, HistoryAct.TAKE_BACK_ADVICE, by=by, at=at, detail=detail)


def undo_recommendations(
    session: Session, given: Sequence[tuple[Submission, Event]], *, by: Staff, at: datetime, batch: str
) -> None:
    """Take back that somebody recommended; what they had recommended before stands again."""
    named = {event.detail.get(end, "") for _submission, event in given for end in ("given", "before")}
    query = select(Recommendation).where(Recommendation.public_id.in_(named))
    known = {one.public_id: one for one in session.scalars(query)}
    for _submission, event in given:
        if ended := known.get(event.detail["given"]):
            ended.ended_at = at
    session.flush()  # of one person one stands
    for submission, event in given:
        if before := known.get(event.detail.get("before", "")):
            before.ended_at = None
        detail = {"given": event.detail["given"], "advice": event.detail["advice"]}
        act = HistoryAct.TAKE_BACK_ADVICE
        record_event(session, submission, act, by=by, at=at, detail=detail, batch=batch)


def read_reason(given: Recommendation, keys: KeyRing) -> str:
    """Return the reason of a recommendation. Raises CannotOpen."""
    return keys.open(given.sealed, recommendation_place(given.public_id)).decode()


def _find_own(
    session: Session, submissions: Sequence[Submission], *, by: Staff
) -> Mapping[int, Recommendation]:
    """Return what the person recommends, by the number of the text."""
    own = select(Recommendation).where(
        Recommendation.submission_id.in_([submission.id for submission in submissions]),
        Recommendation.staff_id == by.id,
        Recommendation.ended_at.is_(None),
    )
    return {one.submission_id: one for one in session.scalars(own)}
