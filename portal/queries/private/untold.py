"""Untold decisions: those of the desk that their author has not been told of, or never will be."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import DECISIONS, HistoryAct
from portal.domain.states import State
from portal.models import Event, Submission
from portal.models.submission import BEFORE, UNTOLD

_NOTHING: Mapping[int, datetime] = {}


def find_untold(submission: Submission, events: Sequence[Event], *, at: datetime) -> Mapping[int, datetime]:
    """Return the decisions that are not told at `at`, by their numbers, with when they would be.

    They are the newest ones inside the undo window, back to the first that was told; and once the text is
    withdrawn, those that waited then. `events` are oldest first, without what was undone (`drop_undone`).
    """
    moves = [event for event in events if event.act in DECISIONS]
    if submission.state is State.WITHDRAWN:
        return read_untold(moves[-1]) if moves else _NOTHING
    untold: dict[int, datetime] = {}
    until, looked = submission.announce_at, at
    for event in reversed(moves):
        if until is None or looked >= until or event.by_author:
            break
        untold[event.id] = until
        until, looked = _waited_until(event), event.at
    return untold


def find_waiting_decisions(
    session: Session, submission: Submission, *, at: datetime
) -> Mapping[int, datetime]:
    """Return the decisions that are yet to be told after `at`, by their numbers, with when."""
    if submission.announce_at is None or at >= submission.announce_at:
        return _NOTHING
    every = session.scalars(
        select(Event).where(Event.submission_id == submission.id, Event.act.in_(DECISIONS)).order_by(Event.id)
    ).all()
    untold = find_untold(submission, drop_undone(every), at=at)
    # Of an earlier one the message can have been seen by now.
    return {number: until for number, until in untold.items() if until > at}


def find_withheld(session: Session, submission: Submission) -> Mapping[int, datetime]:
    """Return the decisions that stay hidden because the text was withdrawn before they were told."""
    if submission.state is not State.WITHDRAWN:
        return _NOTHING
    moves = select(Event).where(Event.submission_id == submission.id, Event.act.in_(DECISIONS))
    return pick_withheld(submission, session.scalars(moves.order_by(Event.id.desc()).limit(1)).all())


def pick_withheld(submission: Submission, events: Sequence[Event]) -> Mapping[int, datetime]:
    """Return the same from what happened, newest first."""
    if submission.state is not State.WITHDRAWN:
        return _NOTHING
    last = next((event for event in events if event.act in DECISIONS), None)
    return read_untold(last) if last else _NOTHING


def read_untold(closing: Event) -> Mapping[int, datetime]:
    """Return the decisions that waited to be told when the text was withdrawn, as that event has them."""
    known = closing.detail.get(UNTOLD, {})
    return {int(number): datetime.fromisoformat(until) for number, until in known.items()}


def drop_undone(events: Sequence[Event]) -> Sequence[Event]:
    """Leave out decisions that were undone, and withdrawals, with their undoing: all is as before them."""
    kept: list[Event] = []
    for event in events:
        if event.act == HistoryAct.UNDO:
            last = next((one for one in reversed(kept) if one.act in DECISIONS), None)
            kept = [one for one in kept if one is not last]
        else:
            kept.append(event)
    return kept


def _waited_until(event: Event) -> datetime | None:
    """Return until when an earlier decision waited to be told when an act found the submission."""
    until = event.detail.get(BEFORE, {}).get("announce_at")
    return datetime.fromisoformat(until) if until else None
