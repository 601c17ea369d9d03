"""Pushes: stories on their way to newsrooms' sites."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.pushes import PushState
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff
from portal.models.submission import Submission
from portal.models.target import Target

_IS_UNDER_WAY = text("state IN ('waiting', 'running')")


class Push(Base):
    """A story on its way to a target: one row for each pair, the newest press."""

    __tablename__ = "push"
    __table_args__ = (
        UniqueConstraint("submission_id", "target_id"),
        Index("ix_push_under_way", "run_at", sqlite_where=_IS_UNDER_WAY, postgresql_where=_IS_UNDER_WAY),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), index=True)
    state: Mapped[PushState] = mapped_column(value_enum(PushState), default=PushState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(String(40), default="")
    """A code of what went wrong last; the page has a sentence for it."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Numbers and names of fields that the sentence speaks of, and what the site dropped; no text."""
    theirs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What stands there instead of what was sent, while it is asked which text stays."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship()
    target: Mapped[Target] = relationship()
    staff: Mapped[Staff | None] = relationship()
