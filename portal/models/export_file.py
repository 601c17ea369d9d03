"""Files of exports that the worker makes; the bytes lie beside the database (export.file_making)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.export_files import ExportProblem, ExportState
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.coverage import Coverage
from portal.models.sealing import SealedRow, ring_of
from portal.models.staff import Staff
from portal.sealing.keys import export_key_place
from portal.sealing.sealed_file import SealedFile


class ExportFile(SealedRow, Base):
    """One export that was asked for: what of, how far it is, and what opens its file."""

    __tablename__ = "export_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    format: Mapped[str] = mapped_column(String(32))
    choice: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Public ids of drafts under `drafts`, or what all of them match under `filter`."""
    has_gaps: Mapped[bool] = mapped_column(default=False)
    """Whether photos that cannot be read may be missing."""
    state: Mapped[ExportState] = mapped_column(value_enum(ExportState), default=ExportState.WAITING)
    problem: Mapped[ExportProblem | None] = mapped_column(value_enum(ExportProblem))
    attempts: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Stories that were chosen."""
    done: Mapped[int] = mapped_column(default=0)
    """Stories that were looked at so far: those in the file and those that were left out."""
    written: Mapped[int] = mapped_column(default=0)
    """Stories that are in the file."""
    kept: Mapped[dict[str, int]] = mapped_column(Json, default=dict, server_default="{}")
    """How many of those that were chosen are not, by why: `LeftOut`, or `ExportRefusal`."""
    lost: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    """Photos that could not be read: public id of the draft, place in its folder."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    """SHA-256 and bytes of the sealed file."""
    content_size: Mapped[int] = mapped_column(default=0)
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the key that opens the file; without it nobody reads it."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    coverage: Mapped[Coverage] = relationship()
    staff: Mapped[Staff | None] = relationship()

    @property
    def file(self) -> SealedFile | None:
        """Return what finds and opens the file; None when there is none. Raises CannotOpen."""
        if self.sealed_key is None:
            return None
        key = ring_of(self).open(self.sealed_key, export_key_place(self.public_id))
        return SealedFile(self.public_id, self.sha256, self.size, self.content_size, key)
