"""Findings of the doctor: what can be wrong with an installation, and how much each matters."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters."""

    REFUSE = "refuse"
    """The portal must not run like this, and does not start."""
    MEND = "mend"
    """Broken; but to keep people from sending would not mend it. The doctor ends with an error."""
    WARN = "warn"


class Kind(StrEnum):
    """The kinds of findings the doctor looks for."""

    DEBUG = "debug"
    PLAIN_HTTP = "plain_http"
    WILDCARD_HOST = "wildcard_host"
    NO_HOST = "no_host"
    WEB_ROOT = "web_root"
    OPEN_FILE = "open_file"
    WEAK_SECRET = "weak_secret"  # noqa: S105  # the name of a finding
    UNREADABLE_SECRETS = "unreadable_secrets"
    UNREADABLE_RING = "unreadable_ring"
    LOST_FILE = "lost_file"
    DISK_FULL = "disk_full"
    WAL_FAULT = "wal_fault"
    NETWORK_DISK = "network_disk"
    NO_DATABASE = "no_database"
    DAMAGED_DATABASE = "damaged_database"
    OTHER_SECRETS = "other_secrets"
    LOST_KEY = "lost_key"

    FORMER_PLACE = "former_place"
    UNREADABLE_RECORD = "unreadable_record"
    OTHER_INSTANCE = "other_instance"
    FRESH_FOLDER = "fresh_folder"
    EMPTY_DATABASE = "empty_database"
    SQLITE_LEFT = "sqlite_left"
    ON_POSTGRESQL = "on_postgresql"
    MOVE_UNFINISHED = "move_unfinished"
    RESTORE_UNFINISHED = "restore_unfinished"
    FOREIGN_TABLES = "foreign_tables"
    NEWER_DATABASE = "newer_database"
    OLDER_DATABASE = "older_database"

    NO_INSTANCE = "no_instance"
    FILES_MISSING = "files_missing"
    FILES_CHANGED = "files_changed"
    BACKUP_BROKEN = "backup_broken"
    DATABASE_BEHIND = "database_behind"
    AUDIT_DAMAGED = "audit_damaged"
    AUDIT_UNGUARDED = "audit_unguarded"

    OPEN_DATABASE = "open_database"
    SLOW_JOURNAL = "slow_journal"
    NO_MAIL_SERVER = "no_mail_server"
    NO_SENDER = "no_sender"
    NO_PROXY = "no_proxy"
    LITTLE_SPACE = "little_space"
    MAIL_SERVER_AWAY = "mail_server_away"
    MAIL_IN_CLEAR = "mail_in_clear"
    DATABASE_IN_CLEAR = "database_in_clear"
    MAIL_GIVEN_UP = "mail_given_up"
    MAIL_WAITS = "mail_waits"
    CLOCK_BEHIND = "clock_behind"
    ERASING_STOPPED = "erasing_stopped"
    CLEARING_STOPPED = "clearing_stopped"
    REMNANTS_LEFT = "remnants_left"
    FILES_UNCLAIMED = "files_unclaimed"
    MIGHTY_ROLE = "mighty_role"
    FILES_UNKNOWN = "files_unknown"
    FILES_OPEN = "files_open"
    NO_BACKUP = "no_backup"
    BACKUP_UNPROVEN = "backup_unproven"
    PASSPHRASE_OPEN = "passphrase_open"  # noqa: S105  # the name of a finding
    BROKEN_FORMAT = "broken_format"
    NO_AUTHORITIES = "no_authorities"
    NO_FONT = "no_font"
    REWRITE_HOLDS = "rewrite_holds"
    REPACK_LEFT = "repack_left"
    SEARCH_BEHIND = "search_behind"
    SEARCH_DAMAGED = "search_damaged"
    SEARCH_LACKS = "search_lacks"


_MENDED = frozenset(
    {
        Kind.NO_INSTANCE,
        Kind.FILES_MISSING,
        Kind.FILES_CHANGED,
        Kind.BACKUP_BROKEN,
        Kind.DATABASE_BEHIND,
        Kind.AUDIT_DAMAGED,
        Kind.AUDIT_UNGUARDED,
    }
)
_WARNED = frozenset(
    {
        Kind.OPEN_DATABASE,
        Kind.SLOW_JOURNAL,
        Kind.NO_MAIL_SERVER,
        Kind.NO_SENDER,
        Kind.NO_PROXY,
        Kind.LITTLE_SPACE,
        Kind.MAIL_SERVER_AWAY,
        Kind.MAIL_IN_CLEAR,
        Kind.DATABASE_IN_CLEAR,
        Kind.MAIL_GIVEN_UP,
        Kind.MAIL_WAITS,
        Kind.CLOCK_BEHIND,
        Kind.ERASING_STOPPED,
        Kind.CLEARING_STOPPED,
        Kind.REMNANTS_LEFT,
        Kind.FILES_UNCLAIMED,
        Kind.MIGHTY_ROLE,
        Kind.FILES_UNKNOWN,
        Kind.FILES_OPEN,
        Kind.NO_BACKUP,
        Kind.BACKUP_UNPROVEN,
        Kind.PASSPHRASE_OPEN,
        Kind.BROKEN_FORMAT,
        Kind.NO_AUTHORITIES,
        Kind.NO_FONT,
        Kind.REWRITE_HOLDS,
        Kind.REPACK_LEFT,
        Kind.SEARCH_BEHIND,
        Kind.SEARCH_DAMAGED,
        Kind.SEARCH_LACKS,
    }
)
WEIGHTS: Mapping[Kind, Weight] = {
    kind: Weight.WARN if kind in _WARNED else Weight.MEND if kind in _MENDED else Weight.REFUSE
    for kind in Kind
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not right, in a sentence that says what to do."""

    kind: Kind
    sentence: str

    @property
    def weight(self) -> Weight:
        """Return how much it matters."""
        return WEIGHTS[self.kind]
