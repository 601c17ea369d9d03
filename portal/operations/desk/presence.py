"""Presence at a text: signs of life of pages on the desk, and who else is there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.presence import KEPT, PresenceSign, mark_presence, step_of
from portal.models import Presence, Staff, Submission
from portal.operations.locking import add_unless_known
from portal.queries.readers import list_readers


class PresentColleague(NamedTuple):
    """A colleague who has a text on the screen."""

    name: str
    is_writing: bool


def give_sign(
    session: Session, submission: Submission, sign: PresenceSign, *, by: Staff, at: datetime, secret: bytes
) -> None:
    """Note that somebody has a text on the screen, or has left it. Signs that are over go with it."""
    own = mark_presence(secret, submission.public_id, by.public_id)
    session.execute(delete(Presence).where(Presence.mark == own))
    forget_signs(session, at=at)
    if sign is not PresenceSign.LEFT:
        values = {"mark": own, "is_writing": sign is PresenceSign.WRITING, "seen_at": step_of(at)}
        add_unless_known(session.connection(), Presence.__table__, values, known_by="mark")  # type: ignore[arg-type]  # a mapped class names its table as FromClause


def list_present(
    session: Session, submission: Submission, *, besides: Staff, at: datetime, secret: bytes
) -> Sequence[PresentColleague]:
    """Return the colleagues who have a text on the screen now, by name. Two queries."""
    readers = {
        mark_presence(secret, submission.public_id, one.public_id): one.name
        for one in list_readers(session, submission)
        if one.public_id != besides.public_id
    }
    signs = select(Presence.mark, Presence.is_writing).where(
        Presence.mark.in_(readers), Presence.seen_at > at - KEPT
    )
    found = {one.mark: one.is_writing for one in session.execute(signs)}
    return [PresentColleague(name, found[mark]) for mark, name in readers.items() if mark in found]


def forget_signs(session: Session, *, at: datetime) -> None:
    """Delete signs that are over."""
    session.execute(delete(Presence).where(Presence.seen_at <= at - KEPT))
