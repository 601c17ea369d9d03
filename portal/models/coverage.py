"""Special coverages and the calls that open them. Texts of the desk are maps from language tag to text."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from portal.models.base import Base, Json, Moment, PublicId, new_public_id


class Coverage(Base):
    """A special coverage: what the newsroom collects stories for."""

    __tablename__ = "coverage"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    title_breaks: Mapped[dict[str, str]] = mapped_column(Json, default=dict, server_default="{}")
    """The title as domain.title_breaks marks it, for languages in which somebody did."""
    summary: Mapped[dict[str, str]] = mapped_column(Json, default=dict, server_default="{}")
    """Two sentences under the title."""
    introduction: Mapped[dict[str, str]] = mapped_column(Json)
    primary_locale: Mapped[str] = mapped_column(String(20), default="en")
    licence: Mapped[str] = mapped_column(String(40))
    licence_uri: Mapped[str] = mapped_column(String(200))
    topics: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """[{slug, label: {tag: text}}], the newsroom's own category slugs."""
    decline_reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """[{code, label: {tag: text}, message: {tag: text}}]"""
    created_at: Mapped[datetime] = mapped_column(Moment)

    calls: Mapped[list["Call"]] = relationship(back_populates="coverage", order_by="Call.id")


class LeadPicture(Base):
    """The picture at the head of a coverage's page, where another than the release's was chosen.

    It is public and small, so its bytes are a value of the row: copies of the database bring it along.
    """

    __tablename__ = "lead_picture"

    coverage_id: Mapped[int] = mapped_column(
        ForeignKey("coverage.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """A JPEG made from pixels alone."""
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    alt: Mapped[dict[str, str]] = mapped_column(Json)
    credit: Mapped[str] = mapped_column(String(200))


class Call(Base):
    """A call for pitches and stories: its questions, consents, dates and promises."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("coverage_id", "slug"),
        CheckConstraint("answer_days > 0", name="answer_days_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    text: Mapped[dict[str, str]] = mapped_column(Json)
    looking_for: Mapped[dict[str, list[str]]] = mapped_column(Json)
    promises: Mapped[dict[str, list[str]]] = mapped_column(Json)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """Rows as domain.questions.parse_question reads them, in display order."""
    consents: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    statements: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    sections: Mapped[dict[str, dict[str, str]]] = mapped_column(Json)
    opens_at: Mapped[datetime | None] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    answer_days: Mapped[int] = mapped_column(default=14)
    declined_kept_days: Mapped[int] = mapped_column(default=90)
    unfinished_kept_days: Mapped[int] = mapped_column(default=14)
    unpublished_kept_months: Mapped[int] = mapped_column(default=3)
    moderators_decide: Mapped[bool] = mapped_column(default=False)

    coverage: Mapped[Coverage] = relationship(back_populates="calls")
    tags_read: Mapped[str | None] = query_expression()
    """Languages its desk reads, with spaces between them, where what loads it asked for them."""
