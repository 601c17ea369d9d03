"""When a contributor's sealed answers were opened."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.identity import OPEN_IDENTITY
from portal.models import Event


def list_openings(session: Session, submission_id: int) -> Sequence[datetime]:
    """Return the moments at which the sealed answers were opened, oldest first."""
    opened = select(Event.at).where(Event.submission_id == submission_id, Event.act == OPEN_IDENTITY)
    return session.scalars(opened.order_by(Event.id)).all()
