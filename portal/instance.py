"""The instance folder: made on the first run, with secrets only its owner can read."""

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from portal.domain.backup import BackupProof
from portal.domain.belonging import DatabaseKind, FolderFacts, LogMark, derive_instance_id
from portal.domain.bulk_runs import RunCost, RunKind
from portal.sealing.keys import KEY_BYTES, KEY_ID_BYTES, KeyRing
from portal.sealing.ring_file import KEYRING, RingFile
from portal.whole_file import write_whole

SECRET_NAMES = ("session", "receipt", "password_salt", "totp")
SECRETS = "secrets.json"
RECORD = "instance.json"
PROOF = "proof.json"
RUNS = "runs"
TEMPLATES = "templates"
"""What the templates of pages became, kept from one start to the next."""
RESTORING = ".restoring"
"""Where a portal is made from a backup; without secrets beside it that was cut off."""
_OWNER_ONLY = 0o600
_FOLDER_MODE = 0o700


@dataclass(frozen=True)
class Instance:
    """The instance folder: paths and secrets. None of it is in the database."""

    folder: Path
    session_secret: str
    receipt_secret: bytes
    password_salt: str
    totp_secret: str
    keys: KeyRing

    @property
    def instance_id(self) -> str:
        """Return what a database that belongs to this folder names."""
        return derive_instance_id(self.receipt_secret)

    @property
    def ring_file(self) -> RingFile:
        """Return the file that `keys` follows."""
        return RingFile(self.folder / KEYRING)

    @property
    def mail_folder(self) -> Path:
        """Return where mail is written when no SMTP server is set."""
        return self.folder / "mail"

    @property
    def files_folder(self) -> Path:
        """Return where photos are kept."""
        return self.folder / "files"


@dataclass(frozen=True)
class Record:
    """The record a folder keeps of its database: whose it is, of which kind, and how far its log had come."""

    instance_id: str
    kind: DatabaseKind
    seen: LogMark


def read_record(folder: Path) -> Record | None:
    """Return the record; None of a folder no database was used with since there are records.

    Raises OSError, ValueError, KeyError, TypeError.
    """
    path = folder / RECORD
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    seen = LogMark(int(kept["seen"]["seq"]), str(kept["seen"]["mac"]))
    return Record(str(kept["id"]), DatabaseKind(kept["database"]), seen)


def write_record(folder: Path, record: Record) -> None:
    """Replace the record."""
    seen = {"seq": record.seen.seq, "mac": record.seen.mac}
    kept = {"id": record.instance_id, "database": record.kind.value, "seen": seen}
    write_whole(folder / RECORD, json.dumps(kept))


def read_proof(folder: Path) -> BackupProof | None:
    """Return what came of the last proof of a backup; None without one that can be read."""
    try:
        kept = json.loads((folder / PROOF).read_text(encoding="utf-8"))
        return BackupProof(
            at=datetime.fromisoformat(kept["at"]),
            backup=str(kept["backup"]),
            texts=int(kept["texts"]),
            files=int(kept["files"]),
            faults=int(kept["faults"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_proof(folder: Path, proof: BackupProof) -> None:
    """Replace the note of the last proof."""
    write_whole(folder / PROOF, json.dumps({**asdict(proof), "at": proof.at.isoformat()}))


def list_costs(folder: Path) -> Mapping[RunKind, tuple[datetime, RunCost]]:
    """Return when a run of each kind last ended here, and what it cost; without those nobody can read."""
    found = {}
    for kind in RunKind:
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads((folder / RUNS / f"{kind}.json").read_text(encoding="utf-8"))
            cost = RunCost(
                float(kept["seconds"]),
                int(kept["blocks"]),
                int(kept["memory"]),
                float(kept.get("longest", 0)),
            )
            found[kind] = (datetime.fromisoformat(kept["at"]), cost)
    return found


def write_cost(folder: Path, kind: RunKind, cost: RunCost, *, at: datetime) -> None:
    """Note what a run has cost in the place of the run before."""
    (folder / RUNS).mkdir(mode=_FOLDER_MODE, exist_ok=True)
    write_whole(folder / RUNS / f"{kind}.json", json.dumps({**asdict(cost), "at": at.isoformat()}))


def read_folder_facts(folder: Path) -> FolderFacts:
    """Return what a folder shows; nothing is made. Raises OSError, ValueError, KeyError, TypeError."""
    secret = read_secrets(folder).get("receipt", "")
    record = read_record(folder)
    kept = FolderFacts(
        instance_id=derive_instance_id(bytes.fromhex(secret)) if secret else "",
        has_files=_holds_any(folder / "files", "*") or _holds_any(folder / "mail", "*.eml"),
    )
    if record is None:
        return kept
    return replace(kept, bound_id=record.instance_id, kind=record.kind, seen=record.seen)


def _holds_any(folder: Path, pattern: str) -> bool:
    return any(path.is_file() and not path.name.startswith(".") for path in folder.glob(pattern))


def open_instance(folder: Path) -> Instance:
    """Open the folder, making it and its secrets when they are missing."""
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if not (folder / SECRETS).exists():  # the folder may have come with the sources, open to everybody
        folder.chmod(_FOLDER_MODE)
    for part in ("mail", "files"):
        (folder / part).mkdir(mode=_FOLDER_MODE, exist_ok=True)
    kept = _read_or_create(
        folder / SECRETS,
        {name: secrets.token_hex(KEY_BYTES) for name in SECRET_NAMES},
    )
    key_id = secrets.token_hex(KEY_ID_BYTES)
    _read_or_create(folder / KEYRING, {"current": key_id, key_id: secrets.token_hex(KEY_BYTES)})
    return Instance(
        folder=folder,
        session_secret=kept["session"],
        receipt_secret=bytes.fromhex(kept["receipt"]),
        password_salt=kept["password_salt"],
        totp_secret=kept["totp"],
        keys=RingFile(folder / KEYRING).open(),
    )


def read_secrets(folder: Path) -> Mapping[str, str]:
    """Return the secrets of a folder that may not have any yet; nothing is made."""
    path = folder / SECRETS
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return kept


def _read_or_create(path: Path, fresh: dict[str, str]) -> dict[str, str]:
    """Return what the file holds, after writing `fresh` if there was none.

    A complete file of its own is linked into place: of two first starts at once, one wins whole.
    """
    if not path.exists():
        partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(fresh, out)
            out.flush()
            os.fsync(out.fileno())
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            pass  # another process was first; its secrets count
        finally:
            partial.unlink()
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept
