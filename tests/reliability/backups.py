"""Portals with backups of them, and ways to damage one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.backup_store import list_backups
from tests.reliability.portals import ask, refuse

PASSPHRASE = "десять слів, яких ніхто не вгадає"


@dataclass(frozen=True)
class Case:
    """A portal with a backup of it, and the file with the passphrase."""

    folder: Path
    to: Path
    passphrase: Path

    @property
    def sealing(self) -> Mapping[str, str]:
        """The setting that names the passphrase."""
        return {"PORTAL_BACKUP_PASSPHRASE_FILE": str(self.passphrase)}

    @property
    def new(self) -> Path:
        """A folder that is not there yet."""
        return self.folder.with_name("restored")

    @property
    def backup(self) -> Path:
        """The newest backup."""
        return list_backups(self.to)[-1].path

    def back_up(self, url: str = "") -> str:
        made = ask(self.folder, "backup", str(self.to), url=url, **self.sealing)
        assert made.exit_code == 0, made.output
        return made.output

    def restore(self, *options: str, url: str = "") -> str:
        """Restore with the secrets of the portal itself: to open those of the backup takes a while."""
        restored = ask(self.new, "restore", str(self.to), *self._add_secrets(options), url=url)
        assert restored.exit_code == 0, restored.output
        return restored.output

    def refuse(self, *options: str, url: str = "") -> str:
        return refuse(self.new, "restore", str(self.to), *self._add_secrets(options), url=url)

    def refuse_sealed(self, url: str = "") -> str:
        return refuse(self.new, "restore", str(self.to), url=url, **self.sealing)

    def _add_secrets(self, options: Sequence[str]) -> Sequence[str]:
        return options if "--secrets" in options else (*options, "--secrets", str(self.folder))


def make_case(folder: Path) -> Case:
    passphrase = folder.with_name("passphrase")
    passphrase.write_text(PASSPHRASE)
    return Case(folder, folder.with_name("backups"), passphrase)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def find_file(case: Case) -> tuple[str, Path]:
    """Return a file of a contributor that is like no other: its name, and where it lies in the store."""
    backup = list_backups(case.to)[-1]
    files = backup.read_manifest()[0].files
    sums = [one.sha256 for one in files]
    one = next(one for one in files if sums.count(one.sha256) == 1)
    return one.name, backup.store.place_of(one.sha256)
