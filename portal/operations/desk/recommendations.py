"""Recommendations of colleagues about a text: given, changed, taken back. They decide nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError, IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.recommendations import Advice, takes_recommendations
from portal.domain.states import HistoryAct
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
    batch: str = "",
) -> Event:
    """Recommend what those who decide should do; it takes the place of one's own before.

    It makes nobody's decision stale; `seen` is the version the person has read. Raises NotPermitted,
    StaleEdit, IllegalTransition once it is decided, and MissingText without a reason.
    """
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(HistoryAct.RECOMMEND)
    if seen != submission.version:
        raise StaleEdit(HistoryAct.RECOMMEND)
    if not takes_recommendations(submission.state):
        raise IllegalTransition(submission.state, HistoryAct.RECOMMEND)
    if not reason.strip():
        raise MissingText("reason")
    before = _find_own(session, submission, by=by)
    if before is not None:
        before.ended_at = at
        session.flush()
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
    detail = {"given": public_id, "advice": advice, "before": before.public_id if before else ""}
    return record_event(session, submission, HistoryAct.RECOMMEND, by=by, at=at, detail=detail, batch=batch)


def confirm(
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
    own = _find_own(session, submission, by=by)
    if own is None:
        raise NoRecommendation(submission.public_id)
    own.ended_at = at
    detail = {"given": own.public_id, "advice": own.advice}
    return record_event(session, submission, HistoryAct.TAKE_BACK_ADVICE, by=by, at=at, detail=detail)


def undo(
    session: Session, submission: Submission, event: Event, *, by: Staff, at: datetime, batch: str
) -> None:
    """Take back that somebody recommended; what they had recommended before stands again."""
    given, before = (_find(session, event.detail.get(end, "")) for end in ("given", "before"))
    if given is not None:
        given.ended_at = at
        session.flush()
    if before is not None:
        before.ended_at = None
    detail = {"given": event.detail["given"], "advice": event.detail["advice"]}
    record_event(session, submission, HistoryAct.TAKE_BACK_ADVICE, by=by, at=at, detail=detail, batch=batch)


def _find(session: Session, public_id: str) -> Recommendation | None:
    return session.scalar(select(Recommendation).where(Recommendation.public_id == public_id))


def read_reason(given: Recommendation, keys: KeyRing) -> str:
    """Return the reason of a recommendation. Raises CannotOpen."""
    return keys.open(given.sealed, recommendation_place(given.public_id)).decode()


def _find_own(session: Session, submission: Submission, *, by: Staff) -> Recommendation | None:
    return session.scalar(
        select(Recommendation).where(
            Recommendation.submission_id == submission.id,
            Recommendation.staff_id == by.id,
            Recommendation.ended_at.is_(None),
        )
    )
