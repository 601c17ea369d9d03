"""Belonging of an instance folder and a database: run on others, the portal would lose files."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

ID_LENGTH = 32


class DatabaseKind(StrEnum):
    """Kinds of databases the rows can be in."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Content(StrEnum):
    """Kinds of content of a database."""

    NOTHING = "nothing"
    """No tables, or no database at all."""
    OTHERS = "others"
    """Tables, and they are not the portal's."""
    EMPTY = "empty"
    """The portal's tables, and nobody has ever used them."""
    FILLED = "filled"
    NEWER = "newer"
    """Tables of a later release of the portal."""


class DatabaseStanding(StrEnum):
    """The standing of a database with the portal it belongs to."""

    HERE = "here"
    ARRIVING = "arriving"
    """A move to it has begun and not ended."""
    MOVED = "moved"
    """The portal has been moved from it to another one."""


class Mismatch(StrEnum):
    """Reasons not to use folder and database together."""

    OTHER_SECRETS = "other_secrets"
    OTHER_INSTANCE = "other_instance"
    FRESH_FOLDER = "fresh_folder"
    EMPTY_DATABASE = "empty_database"
    SQLITE_LEFT = "sqlite_left"
    ON_POSTGRESQL = "on_postgresql"
    MOVE_UNFINISHED = "move_unfinished"
    FOREIGN_TABLES = "foreign_tables"
    NEWER_DATABASE = "newer_database"
    OLDER_DATABASE = "older_database"


@dataclass(frozen=True)
class LogMark:
    """A mark of how far the audit log was: number and mac of an entry. Older databases have none."""

    seq: int = 0
    mac: str = ""


@dataclass(frozen=True)
class FolderFacts:
    """Facts an instance folder shows without being changed."""

    instance_id: str = ""
    """Derived from its secrets; empty without any."""
    bound_id: str = ""
    """The id it had when a database was first used with it; empty before that."""
    kind: DatabaseKind | None = None
    """Of the database that was used with it last."""
    seen: LogMark = LogMark()
    has_files: bool = False
    """Files of contributors, or letters, lie in it."""


@dataclass(frozen=True)
class DatabaseFacts:
    """Facts a database shows without being changed."""

    kind: DatabaseKind
    content: Content = Content.NOTHING
    instance_id: str = ""
    """Empty before a release that knows ids has used it."""
    standing: DatabaseStanding = DatabaseStanding.HERE
    fits_secrets: bool = True
    """Its newest entries of the audit log were written with the folder's secrets; of an empty log True."""
    holds_mark: bool = True
    """The folder's mark is in its log."""


def derive_instance_id(secret: bytes) -> str:
    """Return the id of an instance, 32 hexadecimal characters: whoever has the secrets has the id."""
    return hmac.new(secret, b"instance", hashlib.sha256).hexdigest()[:ID_LENGTH]


def find_mismatch(
    folder: FolderFacts, database: DatabaseFacts, *, left: DatabaseFacts | None = None
) -> Mismatch | None:
    """Return why the two must not be used together, or None.

    `left` is the SQLite database that lies in the folder while another one is set. Both made before there
    were ids are taken for one portal unless their secrets contradict it.
    """
    return (
        _judge_content(database)
        or _judge_left(database, left)
        or _judge_standing(folder, database)
        or (_judge_ids if database.instance_id else _judge_without_id)(folder, database)
        or (Mismatch.OLDER_DATABASE if folder.bound_id and not database.holds_mark else None)
    )


def _judge_content(database: DatabaseFacts) -> Mismatch | None:
    if database.content is Content.OTHERS:
        return Mismatch.FOREIGN_TABLES
    return Mismatch.NEWER_DATABASE if database.content is Content.NEWER else None


def _judge_left(database: DatabaseFacts, left: DatabaseFacts | None) -> Mismatch | None:
    if database.standing is DatabaseStanding.ARRIVING:
        return Mismatch.MOVE_UNFINISHED
    if (
        left is None
        or left.content in (Content.NOTHING, Content.EMPTY)
        or left.standing is DatabaseStanding.MOVED
    ):
        return None
    return Mismatch.SQLITE_LEFT


def _judge_standing(folder: FolderFacts, database: DatabaseFacts) -> Mismatch | None:
    is_elsewhere = folder.kind is DatabaseKind.POSTGRESQL and database.kind is DatabaseKind.SQLITE
    return Mismatch.ON_POSTGRESQL if is_elsewhere or database.standing is DatabaseStanding.MOVED else None


def _judge_ids(folder: FolderFacts, database: DatabaseFacts) -> Mismatch | None:
    if database.instance_id == folder.instance_id:
        return None
    if database.instance_id == folder.bound_id:
        return Mismatch.OTHER_SECRETS
    if folder.bound_id or folder.has_files:
        return Mismatch.OTHER_INSTANCE
    return Mismatch.FRESH_FOLDER


def _judge_without_id(folder: FolderFacts, database: DatabaseFacts) -> Mismatch | None:
    if database.content in (Content.NOTHING, Content.EMPTY):
        return Mismatch.EMPTY_DATABASE if folder.bound_id or folder.has_files else None
    if not folder.instance_id:
        return Mismatch.FRESH_FOLDER
    return None if database.fits_secrets else Mismatch.OTHER_SECRETS
