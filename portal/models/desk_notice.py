"""Notices of colleagues: what each is told, until it is dealt with."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.desk_notices import NoticeKind
from portal.models.base import Base, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff
from portal.models.submission import Submission

_WAITS = text("NOT is_read AND NOT is_done")


class DeskNotice(Base):
    """A notice for one member of staff about one submission. It holds no word of either."""

    __tablename__ = "desk_notice"
    __table_args__ = (
        # Whatever happens twice is told once; the name also finds those of one person.
        UniqueConstraint("staff_id", "kind", "submission_id", "about"),
        Index("ix_desk_notice_waiting", "staff_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    """Who is told."""
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(value_enum(NoticeKind))
    about: Mapped[str] = mapped_column(String(40), default="")
    """Tells two of one kind apart: an act's number, a note, a due date, a language."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    """The colleague whose act it was; empty for authors and the clock."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    """Of an author's act the hour."""
    is_read: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_done: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Nothing is left to do about it: it is not shown any more."""
    done_with: Mapped[int | None]
    """Number of the decision that ended it: undone, that brings it back."""
    changed_on: Mapped[datetime] = mapped_column(Moment)
    """The day it was made, read or done, and nothing finer."""
    is_mailed: Mapped[bool] = mapped_column(default=False, server_default=false())
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mail.id", ondelete="SET NULL"), index=True)
    """The mail it is counted in, while that is kept."""

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])
    submission: Mapped[Submission] = relationship()
