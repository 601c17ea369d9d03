"""Targets, the ledger of what stands on them, and stories on their way there."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.pushes import PushState
from portal.domain.remote_sites import RemoteStatus
from portal.domain.targets import PostEditor, WantedStatus
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.coverage import Coverage
from portal.models.sealing import SealedField, SealedRow
from portal.models.staff import Staff
from portal.models.submission import Submission
from portal.sealing.keys import target_account_place

_IS_UNDER_WAY = text("state IN ('waiting', 'running')")


def _place_of_account(row: "Target") -> str:
    return target_account_place(row.public_id)


class Target(SealedRow, Base):
    """A site that the stories of a coverage in one language are sent to. It is closed, never deleted."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("coverage_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)
    lang: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(500))
    """Where the site begins."""
    markup: Mapped[PostEditor] = mapped_column(value_enum(PostEditor), default=PostEditor.BLOCKS)
    wanted_status: Mapped[WantedStatus] = mapped_column(value_enum(WantedStatus), default=WantedStatus.DRAFT)
    dek_key: Mapped[str] = mapped_column(String(100), default="")
    """Of the site's field for the tagline; empty where it has none that we know."""
    author_id: Mapped[int | None]
    """Of the account there that stories are filed under; empty for the one that sends them."""
    author_name: Mapped[str] = mapped_column(String(200), default="")
    categories: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Our slugs of topics, coverage and special coverages: `id` and `name` of the site's category."""
    sealed_account: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over account and application password."""
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    trial: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What came out when it was tried."""
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    coverage: Mapped[Coverage] = relationship()

    account = SealedField("sealed_account", _place_of_account, "")
    password = SealedField("sealed_account", _place_of_account, "")

    __mapper_args__ = {"version_id_col": version}


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


class Push(Base):
    """A story on its way to a target: one row for each pair, the newest press."""

    __tablename__ = "push"
    __table_args__ = (
        UniqueConstraint("submission_id", "target_id"),
        Index("ix_push_under_way", "run_at", sqlite_where=_IS_UNDER_WAY, postgresql_where=_IS_UNDER_WAY),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), index=True)
    state: Mapped[PushState] = mapped_column(value_enum(PushState), default=PushState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(String(40), default="")
    """A code of what went wrong last; the page has a sentence for it."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Numbers and names of fields that the sentence speaks of, and what the site dropped; no text."""
    theirs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What stands there instead of what was sent, while it is asked which text stays."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship()
    target: Mapped[Target] = relationship()
    staff: Mapped[Staff | None] = relationship()
