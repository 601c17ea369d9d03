"""The folder backups are kept in: each whole or not there, files of contributors by checksum for all of them.

files/ab/abcd…        one copy of each file, whichever backups name it
backups/<time>/       manifest.json, portal.sqlite3, and secrets.sealed where there is a passphrase
backups.json          whose backups these are
erased.json           which texts and files have been erased since, so that none comes back
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.domain.backup import Digest, KeptFile, Manifest, choose_kept
from portal.domain.belonging import LogMark
from portal.whole_file import sync_folder, write_whole

MANIFEST = "manifest.json"
DATABASE = "portal.sqlite3"
SEALED_SECRETS = "secrets.sealed"
FORMAT = 1
_MARK = "backups.json"
_PARTIAL = ".partial-"
_NAMED = "%Y-%m-%dT%H-%M-%S-%fZ"
_OWNER_ONLY, _FOLDER_MODE = 0o600, 0o700
_AT_ONCE = 1024 * 1024
_ERASED = "erased.json"
_MAC_PURPOSE = b"story portal, manifest of a backup"
_ERASED_PURPOSE = b"story portal, texts erased after a backup"


class StoreBusy(Exception):
    """Another backup is being made into the folder."""


class NotAStore(Exception):
    """The folder holds something else."""


class OthersStore(Exception):
    """The folder holds backups of another portal."""


class NotWhole(Exception):
    """A backup that is not what was made; the words say what is wrong."""


class NewerFormat(Exception):
    """A backup of a later release; the words name the release."""


class NotTheSame(Exception):
    """A file that is not what its row says."""


@dataclass(frozen=True)
class Backup:
    """A backup that lies in a store."""

    path: Path

    @property
    def store(self) -> "BackupStore":
        """Return the folder with the files."""
        return BackupStore(self.path.parent.parent)

    @property
    def database(self) -> Path:
        """Return the file with all rows."""
        return self.path / DATABASE

    @property
    def sealed_secrets(self) -> Path:
        """Return the file with the sealed secrets; it may not be there."""
        return self.path / SEALED_SECRETS

    def read_manifest(self) -> tuple[Manifest, str]:
        """Return what the backup says of itself, and the seal under it. Raises NotWhole, NewerFormat."""
        try:
            kept = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
            if kept["format"] > FORMAT:
                raise NewerFormat(str(kept["release"]))
            return _read_manifest(kept), str(kept["mac"])
        except FileNotFoundError as error:
            raise NotWhole(f"{MANIFEST} is missing") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotWhole(f"{MANIFEST} cannot be read") from error


def _read_manifest(kept: Mapping[str, Any]) -> Manifest:
    return Manifest(
        made_at=datetime.fromisoformat(kept["made_at"]),
        release=str(kept["release"]),
        schema=str(kept["schema"]),
        instance_id=str(kept["instance_id"]),
        database_sha256=str(kept["database_sha256"]),
        tables={name: Digest(int(one["rows"]), str(one["checksum"])) for name, one in kept["tables"].items()},
        files=[KeptFile(str(name), str(sha256), int(size)) for name, sha256, size in kept["files"]],
        missing=[str(name) for name in kept["missing"]],
        log=LogMark(int(kept["log"]["seq"]), str(kept["log"]["mac"])),
        has_secrets=bool(kept["has_secrets"]),
    )


def _spell_manifest(manifest: Manifest) -> dict[str, Any]:
    return {
        **asdict(replace(manifest, files=())),  # of thousands of files one more copy would be made
        "format": FORMAT,
        "made_at": manifest.made_at.isoformat(),
        "files": [[one.name, one.sha256, one.size] for one in manifest.files],
    }


def seal_manifest(manifest: Manifest, receipt_secret: bytes) -> str:
    """Return the seal of a manifest, which only who has the portal's secrets can make."""
    return _seal_text(_MAC_PURPOSE, json.dumps(_spell_manifest(manifest), sort_keys=True), receipt_secret)


def _seal_text(purpose: bytes, text: str, receipt_secret: bytes) -> str:
    key = hmac.digest(receipt_secret, purpose, "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def write_manifest(folder: Path, manifest: Manifest, receipt_secret: bytes) -> None:
    """Put the manifest into a backup that is being made; it comes last."""
    kept = {**_spell_manifest(manifest), "mac": seal_manifest(manifest, receipt_secret)}
    write_whole(folder / MANIFEST, json.dumps(kept))


def list_backups(folder: Path) -> Sequence[Backup]:
    """Return the backups of a folder, the newest last."""
    inside = folder / "backups"
    return [Backup(path) for path in sorted(inside.iterdir())] if inside.is_dir() else []


def find_backup(place: Path) -> Backup | None:
    """Return the backup that a path names: itself, or the newest of the folder; None without any."""
    if place.parent.name == "backups" and place.is_dir():
        return Backup(place)
    found = list_backups(place)
    return found[-1] if found else None


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def copy_file(source: Path, target: Path) -> str:
    """Copy a file for its owner's eyes only, and return its SHA-256. On return it is on the disk."""
    summed = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as out, source.open("rb") as read:
        while part := read.read(_AT_ONCE):
            summed.update(part)
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    return summed.hexdigest()


@dataclass(frozen=True)
class BackupStore:
    """A folder for the backups of one portal."""

    folder: Path

    @property
    def is_begun(self) -> bool:
        """Say whether there is a store: a disk that is not mounted shows an empty folder."""
        return (self.folder / _MARK).exists()

    def place_of(self, sha256: str) -> Path:
        """Return where the file with this checksum lies."""
        return self.folder / "files" / sha256[:2] / sha256

    @contextmanager
    def lock(self, instance_id: str) -> Iterator[None]:
        """Keep others from making a backup here meanwhile; remains of one that was cut off go.

        Raises NotAStore, OthersStore, StoreBusy.
        """
        self._open(instance_id)
        handle = os.open(self.folder / _MARK, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StoreBusy from error
            for left in self.folder.glob(f"{_PARTIAL}*"):
                shutil.rmtree(left)
            yield
        finally:
            os.close(handle)

    def _is_empty(self) -> bool:
        """Say whether nothing is in the folder but a mark that was cut off."""
        return self.folder.is_dir() and all(one.match(f".{_MARK}.*") for one in self.folder.iterdir())

    def _open(self, instance_id: str) -> None:
        mark = self.folder / _MARK
        if not mark.exists():
            if self.folder.exists() and not self._is_empty():
                raise NotAStore
            self.folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            write_whole(mark, json.dumps({"instance_id": instance_id}))
        try:
            owner = json.loads(mark.read_text(encoding="utf-8"))["instance_id"]
        except (ValueError, KeyError, TypeError) as error:
            raise NotAStore from error
        if owner != instance_id:
            raise OthersStore
        for inside in ("backups", "files"):
            (self.folder / inside).mkdir(mode=_FOLDER_MODE, exist_ok=True)

    def begin(self) -> Path:
        """Return a folder for a backup that is being made; nobody takes it for one."""
        made = self.folder / f"{_PARTIAL}{secrets.token_hex(8)}"
        made.mkdir(mode=_FOLDER_MODE)
        return made

    def keep_file(self, source: Path, sha256: str, size: int) -> bool:
        """Take a file into the store; return whether it was copied, or is here from an earlier backup.

        Raises FileNotFoundError, and NotTheSame when its bytes are not those of the checksum.
        """
        place = self.place_of(sha256)
        with suppress(FileNotFoundError):
            if place.stat().st_size == size:
                return False
        place.parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        partial = place.with_name(f".{secrets.token_hex(8)}")
        try:
            if copy_file(source, partial) != sha256:
                raise NotTheSame(source.name)
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)
        return True

    def finish(self, partial: Path, *, at: datetime) -> Backup:
        """Give a backup its name, by which it is one. On return it is on the disk."""
        for folder in (*(self.folder / "files").iterdir(), self.folder / "files", partial):
            sync_folder(folder)
        whole = self.folder / "backups" / at.astimezone(UTC).strftime(_NAMED)
        partial.rename(whole)
        sync_folder(whole.parent)
        return Backup(whole)

    def prune(self, *, at: datetime) -> Sequence[Backup]:
        """Delete the backups that are not kept any more, then files none of them names. Return the former."""
        made = {_read_time(one.path.name): one for one in list_backups(self.folder)}
        times = {time for time in made if time is not None}
        gone = [made[time] for time in sorted(times - choose_kept(times, at=at))]
        for one in gone:
            self._remove(one)
        named = set()
        for one in list_backups(self.folder):
            try:
                named |= {file.sha256 for file in one.read_manifest()[0].files}
            except (NotWhole, NewerFormat):  # whoever can read it knows which files it needs
                return gone
        for path in (self.folder / "files").glob("*/*"):
            if path.name not in named:
                path.unlink()
        return gone

    def note_erased(self, erased: Collection[str], receipt_secret: bytes) -> None:
        """Remember what was erased, by public id: an older backup brings it back otherwise."""
        known = self.read_erased(receipt_secret) or set()
        if set(erased) - known:
            names = sorted(known | set(erased))
            kept = {"erased": names, "mac": _seal_text(_ERASED_PURPOSE, json.dumps(names), receipt_secret)}
            write_whole(self.folder / _ERASED, json.dumps(kept))

    def read_erased(self, receipt_secret: bytes) -> set[str] | None:
        """Return the texts and files that were erased, by public id; None when others may have written it."""
        try:
            kept = json.loads((self.folder / _ERASED).read_text(encoding="utf-8"))
            seal = _seal_text(_ERASED_PURPOSE, json.dumps(kept["erased"]), receipt_secret)
            return set(kept["erased"]) if hmac.compare_digest(seal, kept["mac"]) else None
        except FileNotFoundError:
            return set()
        except (ValueError, KeyError, TypeError):
            return None

    def _remove(self, backup: Backup) -> None:
        """Delete a backup: cut off in between, it is none any more and goes the next time."""
        aside = self.folder / f"{_PARTIAL}{backup.path.name}"
        backup.path.rename(aside)
        shutil.rmtree(aside)


def _read_time(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, _NAMED).replace(tzinfo=UTC)
    except ValueError:
        return None
