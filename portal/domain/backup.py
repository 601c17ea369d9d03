"""Backups: what one says of itself, and which of them are kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from portal.domain.belonging import LogMark

DAYS = 7
WEEKS = 4
KEPT_FOR = timedelta(days=30)
"""What was erased is gone from every backup by then."""
PROOF_LASTS = timedelta(days=2)
"""A nightly proof that is older has failed to come twice."""


@dataclass(frozen=True)
class Digest:
    """The digest of a table: how many rows it holds, and a sum over each value, in whatever order."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class KeptFile:
    """A file of a contributor: the name it has in the instance folder, and what is in it."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """The manifest of a backup: everything it holds, so that what is restored can be compared with it."""

    made_at: datetime
    release: str
    schema: str
    """Revision of the database."""
    instance_id: str
    database_sha256: str
    tables: Mapping[str, Digest]
    files: Sequence[KeptFile]
    missing: Sequence[str]
    """Files that rows name and that were gone or damaged when the backup was made."""
    log: LogMark
    """Head of the audit log."""
    has_secrets: bool
    """Sealed with a passphrase; else the operator keeps them apart."""


@dataclass(frozen=True)
class BackupProof:
    """The proof of a backup: what came of restoring it into a scratch place."""

    at: datetime
    backup: str
    texts: int
    files: int
    faults: int


NIGHT = time(2, tzinfo=UTC)


def is_due(last: datetime | None, *, at: datetime) -> bool:
    """Say whether the backup of this night is still to be made: it is time at two o'clock UTC."""
    night = datetime.combine(at.astimezone(UTC).date(), NIGHT)
    return last is None or last < (night if night <= at else night - timedelta(days=1))


def choose_kept(made: Collection[datetime], *, at: datetime) -> set[datetime]:
    """Return the backups that stay: the newest of each of 7 days and of 4 weeks, none older than 30 days.

    The newest of all stays however old it is.
    """
    newest_first = sorted(made, reverse=True)
    days: dict[object, datetime] = {}
    weeks: dict[object, datetime] = {}
    for one in newest_first:
        days.setdefault(one.astimezone(UTC).date(), one)
        weeks.setdefault(one.astimezone(UTC).isocalendar()[:2], one)
    kept = {*list(days.values())[:DAYS], *list(weeks.values())[:WEEKS]}
    return {one for one in kept if one > at - KEPT_FOR} | set(newest_first[:1])
