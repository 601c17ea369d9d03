"""Gists: what a text says in a few lines of a colleague, for those who cannot read its language."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Moment, PublicId, new_public_id
from portal.models.staff import Staff

_IS_CURRENT = text("is_current")


class GistVersion(Base):
    """A gist as somebody saved it, in one language of the desk; an empty one where it was taken away."""

    __tablename__ = "gist_version"
    __table_args__ = (
        Index(
            "ix_gist_version_current",
            "submission_id",
            "lang",
            unique=True,
            sqlite_where=_IS_CURRENT,
            postgresql_where=_IS_CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    written_at: Mapped[datetime] = mapped_column(Moment)
    is_current: Mapped[bool] = mapped_column(default=False)
    """What stands there now in its language; the others were overwritten."""

    staff: Mapped[Staff | None] = relationship()
