"""Tasks of the desk: a place outside the portal from which something must be taken down."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.domain.take_downs import Recall, TakeDownOutcome
from portal.models.base import Base, Moment, PublicId, new_public_id, value_enum
from portal.models.remote_copy import RemoteCopy
from portal.models.staff import Staff
from portal.models.submission import Submission

_IS_OPEN = text("closed_at IS NULL")


class TakeDown(Base):
    """One place to take down or correct: an address, or an exported copy. It outlives the text until done."""

    __tablename__ = "take_down"
    __table_args__ = (
        Index("ix_take_down_open", "submission_id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    reason: Mapped[Recall] = mapped_column(value_enum(Recall))
    lang: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(500), default="")
    """Empty for a copy that was exported and has no address on file."""
    copy_id: Mapped[int | None]
    """Of a story that was sent to a target: the row of the ledger, which stays while this one is open."""
    revision: Mapped[int | None]
    """Of the draft that was exported last."""
    exported_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[TakeDownOutcome | None] = mapped_column(value_enum(TakeDownOutcome))
    note: Mapped[str] = mapped_column(Text, default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))

    submission: Mapped[Submission] = relationship()
    copy: Mapped[RemoteCopy | None] = relationship(
        primaryjoin=lambda: foreign(TakeDown.copy_id) == RemoteCopy.id, viewonly=True
    )
    staff: Mapped[Staff | None] = relationship()
