"""Opening the sealed answers of a submission: for named people, with a reason, never without a trace."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.errors import MissingText, NotPermitted
from portal.domain.permissions import REASON_LENGTH, Permission
from portal.models import Staff, Submission
from portal.operations.transitions import record_event
from portal.queries.answers import open_current_answers
from portal.queries.visibility import may_read
from portal.sealing.keys import KeyRing


def may_open_identity(person: Staff, submission: Submission) -> bool:
    """Say whether the person is named for opening identities and may read this submission at all."""
    return person.may(Permission.IDENTITY_READ) and may_read(person, submission)


def open_identity(
    session: Session, submission: Submission, *, by: Staff, reason: str, keys: KeyRing, at: datetime
) -> Mapping[str, Any]:
    """Return the newest sealed answers by field key, and write the opening into the history.

    Show them only when the transaction is kept. Raises NotPermitted, MissingText, CannotOpen.
    """
    if not may_open_identity(by, submission):
        raise NotPermitted(HistoryAct.OPEN_IDENTITY)
    if not reason.strip():
        raise MissingText(HistoryAct.OPEN_IDENTITY)
    opened = open_current_answers(submission, keys)
    detail = {"reason": reason.strip()[:REASON_LENGTH]}
    record_event(session, submission, HistoryAct.OPEN_IDENTITY, by=by, at=at, detail=detail)
    session.flush()
    return opened
