"""The thread between desk and contributor, and the desk's own notes."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.acts import HistoryAct
from portal.models.base import NUMBERED_ONCE, Base, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff


class Message(Base):
    """One message of the thread.

    `staff_id` is empty when the contributor wrote it; names of staff are not shown to them.
    """

    __tablename__ = "message"
    __table_args__ = NUMBERED_ONCE

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    from_desk: Mapped[bool]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"), index=True)
    """The decision this message came with: undone together."""
    act: Mapped[HistoryAct] = mapped_column(value_enum(HistoryAct))
    """The act this message came with."""
    body: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    visible_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When the contributor can see it: after the undo window of the decision it came with."""
    by_desk_code: Mapped[bool] = mapped_column(default=False)
    """Written by whoever came with a code of the desk and had not proved to be the author."""

    staff: Mapped[Staff | None] = relationship()


class Note(Base):
    """A note for colleagues. Never shown to the contributor, never exported."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the words: colleagues write here who is in danger, and why."""
    written_at: Mapped[datetime] = mapped_column(Moment)

    staff: Mapped[Staff | None] = relationship()
