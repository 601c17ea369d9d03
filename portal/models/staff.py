"""Members of staff: accounts, languages they read, coverages they work on, invitations."""

from datetime import date, datetime

from flask_security import UserMixin
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    literal,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from portal.domain.desk_notices import QUIET_FROM, QUIET_UNTIL, MailChoice
from portal.domain.permissions import PERSONAL, Permission, ReadingLevel, Role, has_permission
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.coverage import Coverage

staff_coverage = Table(
    "staff_coverage",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("coverage_id", ForeignKey("coverage.id", ondelete="CASCADE"), primary_key=True),
)
invitation_coverage = Table(
    "invitation_coverage",
    Base.metadata,
    Column("invitation_id", ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True),
    Column("coverage_id", ForeignKey("coverage.id", ondelete="CASCADE"), primary_key=True),
)
# Used codes are taken out in place. A type of its own, because tracking follows the instance of the type.
_Codes = MutableList.as_mutable(JSON().with_variant(JSONB(), "postgresql"))


class Staff(Base, UserMixin):
    """An account of the desk. The columns below `locale` are those Flask-Security asks for."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(value_enum(Role))
    locale: Mapped[str] = mapped_column(String(20), default="en")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    """Whose clock the desk shows; empty for that of the desk's language."""
    mail_choice: Mapped[MailChoice] = mapped_column(value_enum(MailChoice), default=MailChoice.AT_ONCE)
    quiet_from: Mapped[int] = mapped_column(SmallInteger, default=QUIET_FROM)
    """Hour on the own clock from which no mail about notices leaves, up to `quiet_until`."""
    quiet_until: Mapped[int] = mapped_column(SmallInteger, default=QUIET_UNTIL)
    shows_presence: Mapped[bool] = mapped_column(default=True)
    """Colleagues see which text the person has on the screen, and the person sees theirs."""
    reads_identity: Mapped[bool] = mapped_column(default=False)
    """Named for opening sealed answers; no role implies it."""
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=new_public_id)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    last_totp_step: Mapped[int] = mapped_column(default=0)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(_Codes)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    failed_since: Mapped[datetime | None] = mapped_column(Moment)
    """Start of the minute in which `failed_sign_ins` are counted."""

    coverages: Mapped[list[Coverage]] = relationship(secondary=staff_coverage)
    languages: Mapped[list["StaffLanguage"]] = relationship(
        order_by="StaffLanguage.id", cascade="all, delete-orphan"
    )

    unread_notices: Mapped[int] = query_expression(literal(0))
    """How many notices wait, where the statement that loads the account counts them."""

    def may(self, permission: Permission) -> bool:
        """Say whether the account's role carries the permission, or the person was named for it."""
        granted = self.reads_identity if permission in PERSONAL else has_permission(self.role, permission)
        return self.active and granted


class StaffLanguage(Base):
    """A language a member of staff reads, and how well."""

    __tablename__ = "staff_language"
    __table_args__ = (UniqueConstraint("staff_id", "tag"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    tag: Mapped[str] = mapped_column(String(20))
    reading: Mapped[ReadingLevel] = mapped_column(value_enum(ReadingLevel))


class StaffSession(Base):
    """A browser in which somebody is signed in. A hash of the token in its cookie is kept."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    signed_in_at: Mapped[datetime] = mapped_column(Moment)
    browser: Mapped[str] = mapped_column(String(60), default="")
    """Names of browser and system, so that people know their own sessions apart; nothing finer."""


class Passkey(Base):
    """A passkey of a member of staff: a second factor beside the app. The secret stays in its device."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    """What its owner calls it."""
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """COSE, as the device gave it."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often the device says it was used; always 0 where passkeys are copied between devices."""
    transports: Mapped[list[str]] = mapped_column(Json)
    """How browsers reach it: usb, nfc, internal, hybrid."""
    added_on: Mapped[date] = mapped_column(Date)
    used_on: Mapped[date | None] = mapped_column(Date)
    """The day, and nothing finer."""


class Invitation(Base):
    """A one-time link that makes an account or renews the access to one. A hash of its token is kept."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(value_enum(Role))
    email: Mapped[str] = mapped_column(String(255), default="")
    locale: Mapped[str] = mapped_column(String(20), default="en")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    """The account whose password and second factor are set anew; empty for a new account."""
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)

    coverages: Mapped[list[Coverage]] = relationship(secondary=invitation_coverage)
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])
