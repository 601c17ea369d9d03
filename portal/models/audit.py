"""The audit log: a chain of entries that nobody changes, and its head."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Json, Moment

_IS_EXPORT = text("act = 'export'")
_IS_CALLED_OFF = text("act = 'call_off_export'")


class AuditEntry(Base):
    """One act, without a word anybody wrote. Triggers of the database refuse to change or delete it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(
            "ix_audit_entry_exports",
            "about",
            "actor",
            sqlite_where=_IS_EXPORT,
            postgresql_where=_IS_EXPORT,
        ),
        Index(
            "ix_audit_entry_called_off",
            "about",
            sqlite_where=_IS_CALLED_OFF,
            postgresql_where=_IS_CALLED_OFF,
        ),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the minute for staff, to the day for contributors."""
    actor: Mapped[str] = mapped_column(String(32))
    """Public id of the member of staff; "contributor"; "desk_code" for whoever came with a code of the desk
    and proved nothing; "portal" for what the clock or a command did."""
    act: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(32))
    """Public id of what it was done to."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    prev: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The newest entry. One row, held while an entry is added: the chain never forks."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    mac: Mapped[str] = mapped_column(String(64))
