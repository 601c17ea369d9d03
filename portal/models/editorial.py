"""Drafts: the editorial copies of accepted stories, their revisions and author checks."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.editing import Verdict
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.staff import Staff
from portal.models.submission import Submission


class Draft(Base):
    """The editorial copy of an accepted story. The original stays as it was sent."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    lang: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    dek: Mapped[str] = mapped_column(Text, default="")
    excerpt: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    """Markdown of story.markdown's subset."""
    byline_mode: Mapped[str] = mapped_column(String(20))
    """domain.consent.BylineMode, as the author chose."""
    byline: Mapped[str] = mapped_column(String(200), default="")
    bio: Mapped[str] = mapped_column(Text, default="")
    content_warning: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    """Slugs of Coverage.topics."""
    source_revision: Mapped[int | None]
    """Number of the author's newest revision the desk has taken into it, or has looked at and left."""
    revision: Mapped[int] = mapped_column(default=1)
    approved_revision: Mapped[int | None]
    set_aside_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its acceptance was undone: it comes back with the next one. Empty while it stands."""
    accepted_at: Mapped[datetime] = mapped_column(Moment)
    edited_at: Mapped[datetime] = mapped_column(Moment)
    exported_revision: Mapped[int | None]
    """The revision that left the portal last; a higher `revision` means the copies outside are outdated."""
    exported_at: Mapped[datetime | None] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship()
    revisions: Mapped[list["DraftRevision"]] = relationship(
        order_by="DraftRevision.number", cascade="all, delete-orphan"
    )
    checks: Mapped[list["AuthorCheck"]] = relationship(
        order_by="AuthorCheck.id", cascade="all, delete-orphan"
    )
    publications: Mapped[list["Publication"]] = relationship(
        order_by="Publication.id", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def addresses(self) -> list["Publication"]:
        """Return where it stands now: of each language the address that was recorded last."""
        return pick_newest(self.publications)


class DraftRevision(Base):
    """One save of a draft: every editable field as it was then."""

    __tablename__ = "draft_revision"
    __table_args__ = (UniqueConstraint("draft_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    number: Mapped[int]
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    sent_number: Mapped[int | None]
    """Number of the author's revision it was made from; empty where it is an edit."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    by_author: Mapped[bool] = mapped_column(default=False)
    """Whether the author's own change made it, as of the name to print."""
    saved_at: Mapped[datetime] = mapped_column(Moment)

    staff: Mapped[Staff | None] = relationship()


class UnsavedEdit(Base):
    """What one editor has typed into a draft and not saved, and when their page last gave a sign of life."""

    __tablename__ = "unsaved_edit"
    __table_args__ = (UniqueConstraint("draft_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """As of DraftRevision; empty while the page holds what is saved."""
    began_with: Mapped[int]
    """Number of the save the page began with."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each state: a page that knows an older one does not write over it."""
    saved_at: Mapped[datetime] = mapped_column(Moment)
    open_at: Mapped[datetime] = mapped_column(Moment)

    staff: Mapped[Staff | None] = relationship()


class AuthorCheck(Base):
    """The edited text shown to its author, and the answer."""

    __tablename__ = "author_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    answer_by: Mapped[date | None] = mapped_column(Date)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    verdict: Mapped[Verdict | None] = mapped_column(value_enum(Verdict))
    objections: Mapped[str] = mapped_column(Text, default="")
    paragraphs: Mapped[list[int]] = mapped_column(Json, default=list)
    """1-based paragraph numbers of the edited text the author objects to."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why an editor went on without the author's answer (waived)."""
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Publication(Base):
    """An address a draft was published under; of each language the newest row is where it stands now.

    Earlier ones stay until somebody has written down that nothing stands there any more.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    lang: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(500))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    visible_at: Mapped[datetime] = mapped_column(Moment)
    """When its author and the public learn of it: after the undo window of the decision it came with."""


def pick_newest(publications: Iterable[Publication]) -> list[Publication]:
    """Return of each language the address that was recorded last; these are in the order of recording."""
    return list({one.lang: one for one in publications}.values())
