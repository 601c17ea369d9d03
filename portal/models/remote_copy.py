"""Remote copies: the ledger of what stands of our stories on newsrooms' sites."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.remote_sites import RemoteStatus
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff
from portal.models.submission import Submission
from portal.models.target import Target


class RemoteCopy(Base):
    """What stands of a story on a target: a row of the ledger. It outlives the text until taken down."""

    __tablename__ = "remote_copy"
    __table_args__ = (UniqueConstraint("submission_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), index=True)
    remote_id: Mapped[int | None]
    """Number of the post there; empty while nobody knows whether it has arrived."""
    url: Mapped[str] = mapped_column(String(500), default="")
    """Address of the post there, as the site gives it."""
    edit_url: Mapped[str] = mapped_column(String(500), default="")
    """Where the newsroom edits it there."""
    slug: Mapped[str] = mapped_column(String(200), default="")
    key: Mapped[str] = mapped_column(String(60))
    """By which it is looked for there while nobody knows its number."""
    sent_hash: Mapped[str] = mapped_column(String(64), default="")
    """Of what it was made from when it arrived last (export.story_records.digest_contents)."""
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    """Of its texts as the site kept them."""
    modified: Mapped[str] = mapped_column(String(40), default="")
    """What the site says of when it was changed last, in its own words: they are compared, never read."""
    media: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Photos that were sent: by their keys `id`, `slug` and `url` there."""
    status: Mapped[RemoteStatus | None] = mapped_column(value_enum(RemoteStatus))
    """Empty while it may be there, and may not: it was on its way when we last heard."""
    revision: Mapped[int | None]
    """Of the draft that was sent last."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    looked_at: Mapped[datetime | None] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship()
    target: Mapped[Target] = relationship()
    staff: Mapped[Staff | None] = relationship()
