"""Recommendations of colleagues about a text, each as it was given."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.recommendations import Advice
from portal.models.base import Base, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff

_IS_CURRENT = text("ended_at IS NULL")


class Recommendation(Base):
    """A recommendation. Never changed: who thinks otherwise ends it, and another one takes its place."""

    __tablename__ = "recommendation"
    __table_args__ = (
        Index(
            "ix_recommendation_current",
            "submission_id",
            "staff_id",
            unique=True,
            sqlite_where=_IS_CURRENT,
            postgresql_where=_IS_CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    advice: Mapped[Advice] = mapped_column(value_enum(Advice))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the reason: like a note, it can say who is in danger."""
    sent_number: Mapped[int]
    """Number of the author's revision it is about."""
    reads: Mapped[bool]
    """Whether its giver reads the language; else they went by what colleagues say of it."""
    given_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its giver took it back, or gave another one."""

    staff: Mapped[Staff | None] = relationship()
