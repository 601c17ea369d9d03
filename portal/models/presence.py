"""Presence at a text: a mark that says neither who nor where, gone after a minute or so."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Moment


class Presence(Base):
    """A mark of somebody who has a text on the screen (domain.presence.mark_presence)."""

    __tablename__ = "presence"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_writing: Mapped[bool]
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """The step of fifteen seconds."""
