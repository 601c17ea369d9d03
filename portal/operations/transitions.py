"""The one place where a submission changes state: rights, table, history and mail together."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.deadlines import answer_due, round_to_hour
from portal.domain.errors import IllegalTransition, NotPermitted, StaleEdit
from portal.domain.permissions import Permission, holds
from portal.domain.states import (
    DECISIONS,
    TRANSITIONS,
    WAITS_FOR_DESK,
    Act,
    HistoryAct,
    Notice,
    Stage,
    State,
    may_ever,
    next_stage,
    next_state,
)
from portal.models import Event, Message, OutboxMail, Staff, Submission
from portal.models.submission import BATCH, BEFORE, SET_ASIDE
from portal.operations.undo_effects import restore_draft

_NO_WINDOW = timedelta(0)


def move(
    session: Session,
    piece: Submission,
    act: Act,
    *,
    by: Staff | None,
    at: datetime,
    seen: int | None = None,
    window: timedelta = _NO_WINDOW,
    due: datetime | None = None,
    detail: dict[str, Any] | None = None,
) -> Event:
    """Do `act`; `by` None is the contributor.

    `seen` is the version the person acted on, `window` how long the decision stays inside the desk,
    `due` when the contributor's part is due.
    Raises NotPermitted, StaleEdit, IllegalTransition; nothing is changed then.
    """
    role = by.role if by else None
    if not may_ever(act, role=role, is_author=by is None, moderators_decide=piece.call.moderators_decide):
        raise NotPermitted(act)
    if seen is not None and seen != piece.version:
        raise StaleEdit(act)
    target = next_state(piece.state, act, stage=piece.stage, before=piece.state_before)
    event = Event(
        submission_id=piece.id,
        act=HistoryAct(act),
        from_state=piece.state,
        to_state=target,
        staff_id=by.id if by else None,
        by_author=by is None,
        detail={**(detail or {}), BEFORE: _picture(piece)},
        at=at if by else round_to_hour(at),
    )
    session.add(event)
    if by is not None or piece.wants_mail:  # letters and mail go by the event's number
        session.flush()
    shown = piece.state_shown(at)
    if act is Act.REOPEN:
        _reopen(piece, _picture_at_closing(session, piece, target))
    else:
        piece.state_before = piece.state
    piece.state = target
    piece.stage = next_stage(piece.stage, act)
    piece.undo_until = None
    if target is not State.DUPLICATE:
        piece.duplicate_of_id = None
    piece.due_at = answer_due(at, piece.call.answer_days) if target in WAITS_FOR_DESK else due
    piece.announced_state, piece.announce_at = (shown, at + window) if by and window else (None, None)
    queue_notice(session, piece, TRANSITIONS[act].notice, event_id=event.id, at=at, run_at=at + window)
    return event


def queue_notice(
    session: Session,
    piece: Submission,
    notice: Notice | None,
    *,
    at: datetime,
    run_at: datetime,
    event_id: int | None = None,
    cause: str = "",
) -> None:
    """Put a mail into the outbox, if there is one and the contributor left an address.

    It is about an event, or about the `cause` that tells it from others that are about none. What leaves at
    once is due since the hour began: the moment would tell when its contributor was here.
    """
    if notice is None or not piece.wants_mail:
        return
    session.add(
        OutboxMail(
            kind=notice,
            locale=piece.locale,
            submission_id=piece.id,
            event_id=event_id,
            dedupe_key=f"{piece.public_id}:{event_id or cause}:{notice}",
            queued_at=round_to_hour(at),
            run_at=run_at if run_at > at else round_to_hour(at),
        )
    )


def write_message(
    session: Session, piece: Submission, event: Event, *, by: Staff, body: str, window: timedelta
) -> None:
    """Add the desk's words to the thread; the contributor sees them when the undo window has passed."""
    if not body.strip():
        return
    session.add(
        Message(
            submission_id=piece.id,
            from_desk=True,
            staff_id=by.id,
            event_id=event.id,
            act=event.act,
            body=body,
            lang=piece.locale,
            sent_at=event.at,
            visible_at=event.at + window,
        )
    )


def last_decision(session: Session, piece: Submission) -> Event | None:
    """Return the newest event that changed the state; claims and new versions are none."""
    newest = (
        select(Event)
        .where(Event.submission_id == piece.id, Event.act.in_(DECISIONS))
        .order_by(Event.id.desc())
    )
    return session.scalar(newest.limit(1))


def _picture(piece: Submission) -> dict[str, Any]:
    """Return what undo must put back, as JSON."""
    return {
        "stage": piece.stage,
        "state_before": piece.state_before,
        "due": piece.due_at.isoformat() if piece.due_at else None,
        "duplicate_of": piece.duplicate_of_id,
        "decline_reason": piece.decline_reason,
        "announced_state": piece.announced_state,
        "announce_at": piece.announce_at.isoformat() if piece.announce_at else None,
    }


def _put_back(piece: Submission, state: State, picture: dict[str, Any]) -> None:
    piece.state = state
    piece.stage = Stage(picture["stage"])
    piece.state_before = State(picture["state_before"]) if picture["state_before"] else None
    piece.due_at = datetime.fromisoformat(picture["due"]) if picture["due"] else None
    piece.duplicate_of_id = picture["duplicate_of"]
    piece.decline_reason = picture["decline_reason"]
    # An earlier decision that waited to be told waits on.
    waits_until = picture["announce_at"]
    piece.announced_state = State(picture["announced_state"]) if picture["announced_state"] else None
    piece.announce_at = datetime.fromisoformat(waits_until) if waits_until else None


def _picture_at_closing(session: Session, piece: Submission, target: State) -> dict[str, Any]:
    """Return the submission as the closing found it that led here from `target`."""
    closed = select(Event.detail).where(
        Event.submission_id == piece.id,
        Event.from_state == target,
        Event.to_state == piece.state,
        Event.act.not_in((HistoryAct.REOPEN, HistoryAct.UNDO)),
    )
    picture: dict[str, Any] = session.scalars(closed.order_by(Event.id.desc()).limit(1)).one()[BEFORE]
    return picture


def _reopen(piece: Submission, picture: dict[str, Any]) -> None:
    """Put back what the closing covered, so that reopening twice goes on back."""
    piece.state_before = State(picture["state_before"]) if picture["state_before"] else None
    piece.duplicate_of_id = picture["duplicate_of"]
    piece.decline_reason = picture["decline_reason"]


def may_undo(piece: Submission, event: Event | None, *, by: Staff, at: datetime) -> bool:
    """Say whether the newest event is a decision of the desk that has not reached the contributor yet."""
    if (
        event is None
        or event.by_author
        or event.act == HistoryAct.UNDO
        or piece.announce_at is None
        or at >= piece.announce_at
    ):
        return False
    return event.staff_id == by.id or holds(by.role, Permission.SUBMISSION_DECIDE)


def undo(session: Session, piece: Submission, *, by: Staff, at: datetime, seen: int) -> Event:
    """Take back the newest decision inside its window: state, mail, message and draft as if it had not been.

    Raises StaleEdit when the version moved, IllegalTransition when the window has passed.
    """
    if seen != piece.version:
        raise StaleEdit(HistoryAct.UNDO)
    last = last_decision(session, piece)
    if last is None or not may_undo(piece, last, by=by, at=at):
        raise IllegalTransition(piece.state, HistoryAct.UNDO)
    return take_back(session, piece, last, by=by, at=at)


def take_back(
    session: Session, piece: Submission, last: Event, *, by: Staff | None, at: datetime, batch: str = ""
) -> Event:
    """Put the submission back to before its newest decision; the caller has asked whether that may be.

    `by` None is the contributor, `batch` names the act on many that this is part of.
    """
    if last.from_state is None:
        raise IllegalTransition(piece.state, HistoryAct.UNDO)
    session.execute(delete(OutboxMail).where(OutboxMail.event_id == last.id, OutboxMail.sent_at.is_(None)))
    session.execute(delete(Message).where(Message.event_id == last.id))
    saves = restore_draft(session, last, at=at)
    undone = Event(
        submission_id=piece.id,
        act=HistoryAct.UNDO,
        from_state=piece.state,
        to_state=last.from_state,
        staff_id=by.id if by else None,
        by_author=by is None,
        detail={
            "undone": last.act,
            **({BATCH: batch} if batch else {}),
            **({SET_ASIDE: saves} if saves else {}),
        },
        at=at if by else round_to_hour(at),
    )
    session.add(undone)
    _put_back(piece, last.from_state, last.detail[BEFORE])
    return undone
