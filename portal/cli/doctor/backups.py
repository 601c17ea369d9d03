"""What the doctor sees of backups: whether there are any, and whether the last one was proven."""

import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from portal.cli.doctor.findings import Finding, Kind
from portal.cli.doctor.settings import is_public
from portal.config import PREFIX, Settings
from portal.domain.backup import KEPT_FOR, PROOF_LASTS
from portal.instance import read_proof

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine_backups(settings: Settings, *, at: datetime) -> Iterator[Finding]:
    """Find backups that are not made, not proven, or cannot be restored."""
    proof = read_proof(settings.instance)
    lasts = PROOF_LASTS if settings.backup_to else KEPT_FOR
    is_proven = proof is not None and proof.at > at - lasts
    if proof is not None and proof.faults:
        yield Finding(
            Kind.BACKUP_BROKEN,
            f"The backup {proof.backup} cannot be restored as a whole. See why with: portal backup --prove, "
            "then make a new one",
        )
    elif not is_proven and settings.backup_to:
        since = f"since {proof.at:%Y-%m-%d %H:%M} UTC" if proof is not None else "yet"
        yield Finding(
            Kind.BACKUP_UNPROVEN,
            f"No backup in {settings.backup_to} has been proven {since}. The worker does it each night; see "
            "what stops it with: portal backup, then: portal backup --prove",
        )
    elif not is_proven and is_public(settings):
        yield Finding(
            Kind.NO_BACKUP,
            f"No backup has been proven for 30 days. Set {PREFIX}BACKUP_TO to a folder on another disk.",
        )
    named = Path(settings.backup_passphrase_file)
    if settings.backup_passphrase_file and named.exists() and named.stat().st_mode & _OTHERS:
        yield Finding(
            Kind.PASSPHRASE_OPEN,
            f"{named} can be read by other users of this machine. Run: chmod go= {named}",
        )
