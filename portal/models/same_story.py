"""Texts of one coverage that tell the same story: by what they are found, and what they share."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Json, Moment
from portal.models.staff import Staff
from portal.models.submission import Submission


class ComparisonDue(Base):
    """A text that was sent and waits to be compared with the others; a row for each sending."""

    __tablename__ = "comparison_due"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)

    submission: Mapped[Submission] = relationship()


class StoryMark(Base):
    """A hash of what few texts of a coverage say (story.same_story.marks): who shares it may be the same."""

    __tablename__ = "story_mark"
    __table_args__ = (Index("ix_story_mark_submission_id", "submission_id"), {"sqlite_with_rowid": False})

    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class SameStory(Base):
    """Two texts that seem to tell the same story, the older one first."""

    __tablename__ = "same_story"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="older_first"),
        Index("ix_same_story_other_id", "other_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    is_copy: Mapped[bool]
    """Long rows of words are the same in both."""
    shared: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """FactKind to what both say: how it is compared, how the older text writes it, and the newer one."""
    told_apart_at: Mapped[datetime | None] = mapped_column(Moment)
    """When somebody of the desk said that these are different stories: nobody is told of them then."""
    told_apart_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    told_apart_score: Mapped[float | None]
    """How alike they were then."""

    told_apart_by: Mapped[Staff | None] = relationship()
