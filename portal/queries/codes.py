"""When the code of a submission was replaced by another one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.lost_code import REPLACE_CODE
from portal.models import Event


def list_replacements(session: Session, submission_id: int) -> Sequence[datetime]:
    """Return the moments at which a new code was issued, oldest first."""
    issued = select(Event.at).where(Event.submission_id == submission_id, Event.act == REPLACE_CODE)
    return session.scalars(issued.order_by(Event.id)).all()
