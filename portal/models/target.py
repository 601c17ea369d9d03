"""Targets: newsrooms' sites that stories are sent to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.targets import PostEditor, WantedStatus
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.coverage import Coverage
from portal.models.sealing import SealedField, SealedRow
from portal.sealing.keys import target_account_place


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
