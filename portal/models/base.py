"""The base every table shares: column types, public ids and hashed tokens."""

import enum
import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
PUBLIC_ID_LENGTH = 32

Json = JSON().with_variant(JSONB(), "postgresql")


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in Python, always UTC; SQLite has no zones, so it keeps the bare UTC time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they have already lost what they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Our declarative base."""

    metadata = MetaData(naming_convention=_NAMES)


def value_enum(kind: type[enum.StrEnum]) -> SqlEnum:
    """Return a column type storing a StrEnum's value as text; which may follow is a rule of domain."""
    return SqlEnum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [m.value for m in members],
    )


def new_public_id() -> str:
    """Return a random 128-bit id for URLs, 32 hexadecimal characters: it tells no order, time or count."""
    return secrets.token_hex(PUBLIC_ID_LENGTH // 2)


NUMBERED_ONCE = {"sqlite_autoincrement": True}
"""Of a table whose numbers are remembered elsewhere: SQLite would give that of a deleted row to the next."""

PublicId = String(PUBLIC_ID_LENGTH)

_TOKEN_BYTES = 32


def new_token() -> str:
    """Return a new token of 256 random bits, which a browser or a link carries."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return what is stored of a token, and nothing else of it."""
    return hashlib.sha256(token.encode()).hexdigest()
