"""The backup of each night and its proof, in a process of their own: mail does not wait for them."""

import contextlib
import logging
import multiprocessing
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import click

from portal.backup_store import BackupStore
from portal.bulk_run import let_others_first
from portal.cli.backup import make_backup, note_erasures
from portal.cli.portable_secrets import read_passphrase, read_receipt_secret
from portal.cli.proof import prove_backup
from portal.config import Settings
from portal.domain.backup import is_due
from portal.instance import read_proof

_log = logging.getLogger(__name__)


@dataclass
class NightlyBackup:
    """Begins the backup of a night when its time has come and the last one is through."""

    settings: Settings
    running: BaseProcess | None = None

    def begin_if_due(self, *, at: datetime) -> None:
        """Begin it. One that fails is begun again the next time. The store hears of what was erased."""
        self.note_erased()
        proof = read_proof(self.settings.instance)
        if not is_due(proof.at if proof else None, at=at):
            return
        if self.running is not None and self.running.is_alive():
            return
        # A daemon ends with the worker; cut off, a backup leaves nothing behind that counts.
        self.running = multiprocessing.get_context("spawn").Process(
            target=back_up_and_prove, args=(self.settings,), daemon=True
        )
        self.running.start()

    def note_erased(self) -> None:
        """Tell the store, where there is one, which texts and files have been erased."""
        store = BackupStore(Path(self.settings.backup_to).resolve())
        if store.is_begun:
            note_erasures(self.settings, store, read_receipt_secret(self.settings.instance))


def back_up_and_prove(settings: Settings) -> None:
    """Make a backup and prove it; what fails is a line of the log."""
    to = Path(settings.backup_to).resolve()
    if not BackupStore(to).is_begun:
        _log.error("there are no backups in %s: is its disk there? Make the first with: portal backup", to)
        return
    let_others_first()
    passphrase = None
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        try:
            if settings.backup_passphrase_file:
                passphrase = read_passphrase(settings, is_new=True)
            make_backup(settings, to, passphrase=passphrase, at=datetime.now(UTC))
            _proof, faults = prove_backup(settings, to, at=datetime.now(UTC))
        except click.ClickException as error:
            _log.error("the backup was not made or not proven: %s", error.message)
            return
    if faults:
        _log.error("the backup cannot be restored as a whole: %s", faults[0])
