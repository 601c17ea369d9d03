"""Changes of state of a submission, in one place, and its history: rights, table and mail together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, delete, select
from sqlalchemy.orm import Session

from portal.domain.acts import DECISIONS, Act, HistoryAct
from portal.domain.deadlines import answer_due, round_to_hour
from portal.domain.errors import IllegalTransition, NotPermitted, StaleEdit
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission, has_permission
from portal.domain.states import WAITS_FOR_DESK, Stage, State
from portal.domain.transitions import TRANSITIONS, may_ever, next_stage, next_state
from portal.models import Event, Message, OutboxMail, Staff, Submission
from portal.models.submission import BEFORE, SET_ASIDE, UNTOLD
from portal.operations.desk.notices import follow_moves, reopen_notices
from portal.operations.search_marks import note_words
from portal.operations.undo_effects import restore_draft
from portal.queries.private.untold import find_waiting_decisions, find_withheld, read_untold

_NO_WINDOW = timedelta(0)


def record_event(
    session: Session,
    submission: Submission,
    act: HistoryAct,
    *,
    by: Staff | None,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
    batch: str = "",
) -> Event:
    """Write an act that changes no state into the history; `by` None is the contributor, told by the hour."""
    event = Event(
        submission=submission,
        act=act,
        from_state=submission.state,
        to_state=submission.state,
        staff_id=by.id if by else None,
        by_author=by is None,
        detail=dict(detail or {}),
        at=at if by else round_to_hour(at),
        batch=batch or None,
    )
    session.add(event)
    return event


def record_seen(
    session: Session,
    submission: Submission,
    act: HistoryAct,
    *,
    by: Staff | None,
    at: datetime,
    detail: Mapping[str, Any],
) -> Event:
    """Write what became of a text elsewhere into the history; `by` None is the portal, which has looked."""
    event = Event(
        submission_id=submission.id,
        act=act,
        from_state=submission.state,
        to_state=submission.state,
        staff_id=by.id if by else None,
        detail=dict(detail),
        at=at,
    )
    session.add(event)
    session.flush()
    return event


def change_state(
    session: Session,
    submission: Submission,
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
    versions = None if seen is None else [seen]
    return change_states(
        session, [submission], act, by=by, at=at, seen=versions, window=window, due=due, detail=detail
    )[0]


def change_states(
    session: Session,
    submissions: Sequence[Submission],
    act: Act,
    *,
    by: Staff | None,
    at: datetime,
    seen: Sequence[int] | None = None,
    window: timedelta = _NO_WINDOW,
    due: datetime | None = None,
    detail: dict[str, Any] | None = None,
    batch: str = "",
) -> Sequence[Event]:
    """Do `act` to many in a few statements, as `change_state` does; return an event for each.

    `seen` has the version of each, `batch` names the act on many. Raises for the first one that does not fit.
    """
    for number, submission in enumerate(submissions):
        _require_right(submission, act, by=by)
        if seen is not None and seen[number] != submission.version:
            raise StaleEdit(act)
    events = [_write_move(one, act, by=by, at=at, detail=detail, batch=batch) for one in submissions]
    for submission, event in zip(submissions, events, strict=True):
        _keep_told(session, submission, event, at=at)
    session.add_all(events)
    moves = list(zip(submissions, events, strict=True))
    if by is not None:
        session.flush()  # what follows goes by the event's number; the desk writes more of the text
    for submission, event in moves:
        _move(session, submission, act, event, at=at, window=window, due=due)
    if by is None:
        session.flush()  # what came in and where it leads are written at once
    for submission, event in moves:
        notice = TRANSITIONS[act].notice
        queue_notice(session, submission, notice, event_id=event.id, at=at, run_at=at + window)
    # Of what was not sent nobody has been told.
    if told := [(submission, event) for submission, event in moves if event.from_state is not State.WRITING]:
        follow_moves(session, told)
    return events


def _require_right(submission: Submission, act: Act, *, by: Staff | None) -> None:
    delegated = submission.call.moderators_decide
    role = by.role if by else None
    if not may_ever(act, role=role, is_author=by is None, moderators_decide=delegated):
        raise NotPermitted(act)


def _write_move(
    submission: Submission,
    act: Act,
    *,
    by: Staff | None,
    at: datetime,
    detail: Mapping[str, Any] | None,
    batch: str,
) -> Event:
    """Return the line of the history for a move that is about to be made. Raises IllegalTransition."""
    target = next_state(submission.state, act, stage=submission.stage, before=submission.state_before)
    return Event(
        submission=submission,
        act=HistoryAct(act),
        from_state=submission.state,
        to_state=target,
        staff_id=by.id if by else None,
        by_author=by is None,
        detail={**(detail or {}), BEFORE: _picture(submission)},
        at=at if by else round_to_hour(at),
        batch=batch or None,
    )


def _keep_told(session: Session, submission: Submission, event: Event, *, at: datetime) -> None:
    """Have nobody told of decisions that still wait when a text is withdrawn; who comes back to it is told.

    The message stays hidden while it is withdrawn (queries.private.messages), the mail is written anew.
    """
    if event.to_state is State.WITHDRAWN:
        waiting = find_waiting_decisions(session, submission, at=at)
        if waiting:
            when = {str(number): told_at.isoformat() for number, told_at in waiting.items()}
            event.detail = {**event.detail, UNTOLD: when}
            _drop_mail(session, waiting)
    elif event.act is HistoryAct.REOPEN and event.from_state is State.WITHDRAWN:
        _show_again(session, find_withheld(session, submission), at=at)


def _show_again(session: Session, untold: Mapping[int, datetime], *, at: datetime) -> None:
    """Show messages of decisions that a withdrawal has hidden: when they would have been told, or now."""
    for message in session.scalars(select(Message).where(Message.event_id.in_(untold))) if untold else ():
        message.visible_at = max(message.visible_at, at)


def _drop_mail(session: Session, events: Collection[int]) -> None:
    unsent = OutboxMail.event_id.in_(events), OutboxMail.sent_at.is_(None)
    session.execute(delete(OutboxMail).where(*unsent))


def _move(
    session: Session,
    submission: Submission,
    act: Act,
    event: Event,
    *,
    at: datetime,
    window: timedelta,
    due: datetime | None,
) -> None:
    """Put a submission where its event says."""
    shown, target = submission.state_shown(at), event.to_state
    if act is Act.REOPEN:
        _reopen(submission, _picture_at_closing(session, submission, target))
    else:
        submission.state_before = submission.state
    submission.state = target
    submission.stage = next_stage(submission.stage, act)
    submission.undo_until = None
    if target is not State.DUPLICATE:
        submission.duplicate_of_id = None
    submission.due_at = answer_due(at, submission.call.answer_days) if target in WAITS_FOR_DESK else due
    waits = window and not event.by_author
    submission.announced_state, submission.announce_at = (shown, at + window) if waits else (None, None)


def queue_notice(
    session: Session,
    submission: Submission,
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
    if notice is None or not submission.wants_mail:
        return
    session.add(
        OutboxMail(
            kind=notice,
            locale=submission.locale,
            submission_id=submission.id,
            event_id=event_id,
            dedupe_key=f"{submission.public_id}:{event_id or cause}:{notice}",
            queued_at=round_to_hour(at),
            run_at=run_at if run_at > at else round_to_hour(at),
        )
    )


def add_desk_message(
    session: Session, submission: Submission, event: Event, *, by: Staff, body: str, window: timedelta
) -> None:
    """Add the desk's words to the thread; the contributor sees them when the undo window has passed."""
    if not body.strip():
        return
    session.add(
        Message(
            submission_id=submission.id,
            from_desk=True,
            staff_id=by.id,
            event_id=event.id,
            act=event.act,
            body=body,
            lang=submission.locale,
            sent_at=event.at,
            visible_at=event.at + window,
        )
    )


def last_decision(session: Session, submission: Submission) -> Event | None:
    """Return the newest event that changed the state; claims and new versions are none."""
    return session.scalar(_last_decision(), {"submission_id": submission.id})


def standing_decision(session: Session, submission: Submission) -> Event | None:
    """Return the newest event that changed the state, as if withdrawals taken back had never been."""
    return pick_standing(session.scalars(_decisions(), {"submission_id": submission.id}))


def pick_standing(events: Iterable[Event]) -> Event | None:
    """Return the standing decision among what happened, newest first.

    Who withdraws and comes back leaves what the desk has decided as it was, to be undone as before.
    """
    is_taken_back = False
    for event in events:
        if event.act not in DECISIONS:
            continue
        if is_taken_back:  # the withdrawal itself
            is_taken_back = False
        elif event.act is HistoryAct.UNDO and event.by_author:
            is_taken_back = True
        else:
            return event
    return None


@cache
def _decisions() -> Select[Event]:
    its = Event.submission_id == bindparam("submission_id", type_=Integer)
    return select(Event).where(its, Event.act.in_(DECISIONS)).order_by(Event.id.desc())


@cache
def _last_decision() -> Select[Event]:
    return _decisions().limit(1)


def _picture(submission: Submission) -> dict[str, Any]:
    """Return what undo must put back, as JSON."""
    return {
        "stage": submission.stage,
        "state_before": submission.state_before,
        "due": submission.due_at.isoformat() if submission.due_at else None,
        "duplicate_of": submission.duplicate_of_id,
        "decline_reason": submission.decline_reason,
        "announced_state": submission.announced_state,
        "announce_at": submission.announce_at.isoformat() if submission.announce_at else None,
    }


def _put_back(submission: Submission, state: State, picture: dict[str, Any]) -> None:
    submission.state = state
    submission.stage = Stage(picture["stage"])
    submission.state_before = State(picture["state_before"]) if picture["state_before"] else None
    submission.due_at = datetime.fromisoformat(picture["due"]) if picture["due"] else None
    submission.duplicate_of_id = picture["duplicate_of"]
    submission.decline_reason = picture["decline_reason"]
    # An earlier decision that waited to be told waits on.
    waits_until = picture["announce_at"]
    submission.announced_state = State(picture["announced_state"]) if picture["announced_state"] else None
    submission.announce_at = datetime.fromisoformat(waits_until) if waits_until else None


def _picture_at_closing(session: Session, submission: Submission, target: State) -> dict[str, Any]:
    """Return the submission as the closing found it that led here from `target`."""
    closed = select(Event.detail).where(
        Event.submission_id == submission.id,
        Event.from_state == target,
        Event.to_state == submission.state,
        Event.act.not_in((HistoryAct.REOPEN, HistoryAct.UNDO)),
    )
    picture: dict[str, Any] = session.scalars(closed.order_by(Event.id.desc()).limit(1)).one()[BEFORE]
    return picture


def _reopen(submission: Submission, picture: dict[str, Any]) -> None:
    """Put back what the closing covered, so that reopening twice goes on back."""
    submission.state_before = State(picture["state_before"]) if picture["state_before"] else None
    submission.duplicate_of_id = picture["duplicate_of"]
    submission.decline_reason = picture["decline_reason"]


def may_undo(submission: Submission, event: Event | None, *, by: Staff, at: datetime) -> bool:
    """Say whether the newest event is a decision of the desk that has not reached the contributor yet."""
    if (
        event is None
        or event.by_author
        or event.act == HistoryAct.UNDO
        or submission.announce_at is None
        or at >= submission.announce_at
    ):
        return False
    return event.staff_id == by.id or has_permission(by.role, Permission.SUBMISSION_DECIDE)


def undo_decision(session: Session, submission: Submission, *, by: Staff, at: datetime, seen: int) -> Event:
    """Take back the newest decision inside its window: state, mail, message and draft as if it had not been.

    Raises StaleEdit when the version moved, IllegalTransition when the window has passed.
    """
    if seen != submission.version:
        raise StaleEdit(HistoryAct.UNDO)
    last = standing_decision(session, submission)
    if last is None or not may_undo(submission, last, by=by, at=at):
        raise IllegalTransition(submission.state, HistoryAct.UNDO)
    return revert_decision(session, submission, last, by=by, at=at)


def revert_decision(
    session: Session, submission: Submission, last: Event, *, by: Staff | None, at: datetime
) -> Event:
    """Put the submission back to before its newest decision; the caller has asked whether that may be.

    `by` None is the contributor.
    """
    return revert_decisions(session, [(submission, last)], by=by, at=at)[0]


def revert_decisions(
    session: Session,
    decisions: Sequence[tuple[Submission, Event]],
    *,
    by: Staff | None,
    at: datetime,
    batch: str = "",
) -> Sequence[Event]:
    """Put many back in a few statements, as `revert_decision` does; `batch` names the act on many."""
    events = [_revert(session, one, last, by=by, at=at, batch=batch) for one, last in decisions]
    numbers = [last.id for _submission, last in decisions]
    _drop_mail(session, numbers)
    session.execute(delete(Message).where(Message.event_id.in_(numbers)))
    reopen_notices(session, [last for _submission, last in decisions])
    for submission, last in decisions:
        _tell_after_all(session, submission, read_untold(last), at=at)
    return events


def _tell_after_all(
    session: Session, submission: Submission, untold: Mapping[int, datetime], *, at: datetime
) -> None:
    """Tell of decisions that a withdrawal had hidden and that stand, as it was taken back."""
    _show_again(session, untold, at=at)
    for event in session.scalars(select(Event).where(Event.id.in_(untold))) if untold else ():
        notice = TRANSITIONS[Act(event.act)].notice
        queue_notice(session, submission, notice, event_id=event.id, at=at, run_at=untold[event.id])


def _revert(
    session: Session, submission: Submission, last: Event, *, by: Staff | None, at: datetime, batch: str
) -> Event:
    if last.from_state is None:
        raise IllegalTransition(submission.state, HistoryAct.UNDO)
    note_words(session, submission.id)
    saves = restore_draft(session, last, at=at)
    undone = Event(
        submission_id=submission.id,
        act=HistoryAct.UNDO,
        from_state=submission.state,
        to_state=last.from_state,
        staff_id=by.id if by else None,
        by_author=by is None,
        detail={
            "undone": last.act,
            **({SET_ASIDE: saves} if saves else {}),
        },
        at=at if by else round_to_hour(at),
        batch=batch or None,
    )
    session.add(undone)
    _put_back(submission, last.from_state, last.detail[BEFORE])
    return undone
