"""Secrets and key ring on their way: sealed into a backup, or read from where they are kept apart."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click

from portal.backup_store import Backup
from portal.config import PREFIX, Settings
from portal.domain.belonging import derive_instance_id
from portal.instance import SECRETS, read_secrets
from portal.sealing.passphrase import LEAST_CHARACTERS, WrongPassphrase, unseal
from portal.sealing.ring_file import KEYRING

_NAMES = (SECRETS, KEYRING)
_FILE = f"{PREFIX}BACKUP_PASSPHRASE_FILE"
_OWNER_ONLY = 0o600

Secrets = Mapping[str, str]
"""What is in secrets.json and in keyring.json, by name of the file."""


def read_passphrase(settings: Settings, *, is_new: bool) -> str:
    """Return the passphrase: the first line of the file that is set, else what is typed.

    ClickException when there is none, or one too short for something that thieves may try at home.
    """
    if settings.backup_passphrase_file:
        passphrase = _read_passphrase_file(Path(settings.backup_passphrase_file))
    else:
        try:
            passphrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new, err=True)
        except click.Abort as error:
            raise click.ClickException(
                f"There is no passphrase. Set {_FILE}, or keep the secrets apart."
            ) from error
    if is_new and len(passphrase) < LEAST_CHARACTERS:
        raise click.ClickException(
            f"The passphrase is too short: take at least {LEAST_CHARACTERS} characters."
        )
    return passphrase


def _read_passphrase_file(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # some editors begin files with a mark
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} of {_FILE} cannot be read ({type(error).__name__}).") from error
    return lines[0] if lines else ""


def read_receipt_secret(folder: Path) -> bytes:
    """Return the secret an instance is known by."""
    return bytes.fromhex(read_secrets(folder)["receipt"])


def pack_secrets(folder: Path) -> str:
    """Return secrets and ring of an instance as one text."""
    return json.dumps({name: (folder / name).read_text(encoding="utf-8") for name in _NAMES})


def read_kept_apart(folder: Path) -> Secrets:
    """Return secrets and ring from the folder that holds copies of them. ClickException without them."""
    try:
        return {name: (folder / name).read_text(encoding="utf-8") for name in _NAMES}
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{folder} does not hold secrets.json and keyring.json.") from error


def open_sealed_secrets(backup: Backup, instance_id: str, passphrase: str) -> Secrets:
    """Return secrets and ring from a backup. ClickException when the passphrase does not open them."""
    try:
        packed = json.loads(unseal(backup.sealed_secrets.read_text("utf-8"), passphrase, instance_id))
        return {name: str(packed[name]) for name in _NAMES}
    except WrongPassphrase as error:
        raise click.ClickException("The passphrase does not open the secrets of this backup.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise click.ClickException(
            f"The backup {backup.path} is not whole: {backup.sealed_secrets.name} cannot be read."
        ) from error


def require_same_portal(secrets: Secrets, instance_id: str) -> bytes:
    """Return the receipt secret; ClickException for the secrets of another portal than that of the backup."""
    try:
        receipt = bytes.fromhex(json.loads(secrets[SECRETS])["receipt"])
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException("secrets.json cannot be read. Take another copy.") from error
    if derive_instance_id(receipt) != instance_id:
        raise click.ClickException("The secrets belong to another portal than the backup.")
    return receipt


def place_secrets(secrets: Secrets, folder: Path) -> None:
    """Write secrets and ring into a folder, for their owner's eyes only."""
    for name, content in secrets.items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
