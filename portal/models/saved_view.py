"""Saved views of the queue."""

from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, PublicId, new_public_id
from portal.models.coverage import Coverage
from portal.models.sealing import SealedField, SealedRow
from portal.models.staff import Staff
from portal.sealing.keys import saved_view_place


class SavedView(SealedRow, Base):
    """A filter of the queue under a name. `coverage_id` says with which desk it is shared, if with any."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    coverage_id: Mapped[int | None] = mapped_column(ForeignKey("coverage.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over name and filter: whom a colleague looks for can stand in both."""

    owner: Mapped[Staff] = relationship()
    coverage: Mapped[Coverage | None] = relationship()

    name = SealedField("sealed", lambda row: saved_view_place(row.public_id), "")
    arguments = SealedField("sealed", lambda row: saved_view_place(row.public_id), dict[str, Any]())
    """The filter as it stands in an address."""
