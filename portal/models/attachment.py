"""Photos of a story: what is known about each. The bytes are files, see portal.storage."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.pictures import PeopleAnswer
from portal.models.base import Base, Moment, PublicId, new_public_id, value_enum


class Attachment(Base):
    """One photo, cleaned of everything hidden in it. Its file has the public id for a name."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("submission_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the cleaned file, never of what was sent: that hash could be matched with a copy elsewhere."""
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    """Bytes of the cleaned file."""
    position: Mapped[int]
    description: Mapped[str] = mapped_column(String(400), default="")
    credit: Mapped[str] = mapped_column(String(200), default="")
    """Who took it, as it is printed."""
    people: Mapped[PeopleAnswer | None] = mapped_column(value_enum(PeopleAnswer))
    """Empty until the contributor has answered; such a photo stays here."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the hour, like every time of a contributor's act."""
