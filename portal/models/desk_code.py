"""Codes the desk gives out for lost ones: asked for by one colleague, confirmed by another."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.desk_codes import CodeState
from portal.models.base import Base, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff


class DeskCode(Base):
    """A code of the desk for one submission, from the moment somebody asks for it."""

    __tablename__ = "desk_code"
    __table_args__ = (
        # Whatever code runs: nobody makes one alone.
        CheckConstraint("confirmed_by_id <> asked_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    state: Mapped[CodeState] = mapped_column(value_enum(CodeState), default=CodeState.ASKED)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """HMAC under the receipt secret, from the confirmation on."""
    opens_at: Mapped[datetime | None] = mapped_column(Moment)
    """Until then the code is a wrong one."""

    asked_by: Mapped[Staff | None] = relationship(foreign_keys=[asked_by_id])
    confirmed_by: Mapped[Staff | None] = relationship(foreign_keys=[confirmed_by_id])
