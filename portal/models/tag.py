"""Tags of a coverage, and the texts they are on."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.tags import NAME_LENGTH
from portal.models.base import Base, Moment, PublicId, new_public_id
from portal.models.coverage import Coverage

_FOLDED_LENGTH = 4 * NAME_LENGTH
"""Folding can write one letter as several."""


class Tag(Base):
    """A tag by which the desk sorts the texts of a coverage. Nobody outside the desk sees it."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("coverage_id", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    folded: Mapped[str] = mapped_column(String(_FOLDED_LENGTH))
    """The name as story.tag_names compares it."""
    made_at: Mapped[datetime] = mapped_column(Moment)

    coverage: Mapped[Coverage] = relationship()


class SubmissionTag(Base):
    """A tag on a text. Who put it there, and when, stands in the history."""

    __tablename__ = "submission_tag"

    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
