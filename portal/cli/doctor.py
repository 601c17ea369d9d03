"""A look at the whole installation: what must not stay as it is, and what could be better."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import click
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.app import create_app
from portal.config import PREFIX, Settings
from portal.database import is_wal_safe, migrations_folder, sqlite_module
from portal.domain.audit import derive_audit_key
from portal.extensions import current_portal, db
from portal.instance import read_secrets
from portal.models import OutboxMail
from portal.operations.auditing import verify_chain

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WEB_ROOTS = frozenset({"www", "htdocs", "public_html", "wwwroot", "public", "static"})
_SECRET_CHARACTERS = 32
_DIFFERENT_CHARACTERS = 8
_DEBUG_NAMES = ("FLASK_DEBUG", "PYTHONDEVMODE")
_LEAST_FREE = 200 * 1024 * 1024
"""Bytes below which nothing is taken any more (safety.md R-39)."""


class Weight(StrEnum):
    """How much a finding matters."""

    REFUSE = "refuse"
    """The portal must not run like this."""
    WARN = "warn"


@dataclass(frozen=True)
class Finding:
    """One thing that is not right, in a sentence that says what to do."""

    weight: Weight
    sentence: str


def _refuse(sentence: str) -> Finding:
    return Finding(Weight.REFUSE, sentence)


def _warn(sentence: str) -> Finding:
    return Finding(Weight.WARN, sentence)


def is_public(settings: Settings) -> bool:
    """Say whether people elsewhere are meant to reach this portal: the strict rules hold for those."""
    return (urlsplit(settings.base_url).hostname or "") not in _LOCAL


def examine_settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find what the settings alone show (safety.md R-49)."""
    debug = [name for name in _DEBUG_NAMES if environ.get(name, "0") not in ("", "0", "off")]
    if debug and is_public(settings):
        yield _refuse(f"{debug[0]} is set: error pages would show the program to strangers. Remove it.")
    address = urlsplit(settings.base_url)
    is_onion = (address.hostname or "").endswith(".onion")
    if is_public(settings) and not settings.is_https and not is_onion:
        yield _refuse(f"{PREFIX}BASE_URL begins with http: what people send could be read. Use https.")
    if any("*" in host or host == "." for host in settings.hosts):
        yield _refuse(f"{PREFIX}TRUSTED_HOSTS holds a wildcard: name every host.")
    if not settings.hosts:
        yield _refuse(f"{PREFIX}BASE_URL names no host, and {PREFIX}TRUSTED_HOSTS is empty.")
    if is_public(settings) and not settings.smtp_url:
        yield _warn(f"{PREFIX}SMTP_URL is empty: mail is written to files and reaches nobody.")
    if is_public(settings) and settings.mail_from.endswith("@localhost"):
        yield _warn(f"{PREFIX}MAIL_FROM is still portal@localhost: mail servers will refuse it.")
    if settings.is_https and not settings.proxy_hops:
        yield _warn(f"{PREFIX}PROXY_HOPS is 0 though the address is https: set it to 1 behind one proxy.")


def examine_files(settings: Settings) -> Iterator[Finding]:
    """Find what is wrong with the instance folder, before anything opens it."""
    folder = settings.instance
    if not folder.exists():
        return
    if _WEB_ROOTS & {part.lower() for part in folder.resolve().parts}:
        yield _refuse(f"{folder} lies where web servers look for files to send. Move it elsewhere.")
    secrets = read_secrets(folder)
    for path in (folder, folder / "secrets.json", folder / "keyring.json") if secrets else ():
        if path.exists() and path.stat().st_mode & _OTHERS:
            yield _refuse(f"{path} can be read by other users of this machine. Run: chmod go= {path}")
    for name, secret in secrets.items():
        if len(secret) < _SECRET_CHARACTERS or len(set(secret)) < _DIFFERENT_CHARACTERS:
            yield _refuse(f"The secret {name!r} in {folder / 'secrets.json'} is too weak.")
    if shutil.disk_usage(folder).free < _LEAST_FREE:
        yield _refuse(f"Less than 200 MB are free where {folder} lies: nothing could be kept safely.")


def examine_sqlite(settings: Settings, version: tuple[int, ...]) -> Iterator[Finding]:
    """Find an SQLite that can lose what it has acknowledged (reliability.md R-60)."""
    if settings.database_url or is_wal_safe(version):
        return
    shown = ".".join(map(str, version))
    database = settings.instance / "portal.sqlite3"
    if database.exists() and _is_in_wal_mode(database):
        yield _refuse(
            f"The database is in WAL mode, and SQLite {shown} can lose data in it. "
            "Install the package pysqlite3, or convert the database with a fixed SQLite first."
        )
    else:
        yield _warn(f"SQLite {shown} has the WAL-reset fault: a slower journal is used. Install pysqlite3.")


def examine_database(app: Flask) -> Iterator[Finding]:
    """Find what is wrong inside the database. Needs no application context."""
    with app.app_context():
        try:
            behind = _is_behind()
            if behind:
                yield _refuse("The database is not at this release's state. Run: portal upgrade")
                return
            key = derive_audit_key(current_portal().instance.receipt_secret)
            damage = verify_chain(db.session(), key=key)
            failed = db.session.scalar(
                select(func.count()).select_from(OutboxMail).where(OutboxMail.failed_at.is_not(None))
            )
        except SQLAlchemyError as error:
            yield _refuse(f"The database does not answer ({type(error).__name__}).")
            return
        finally:
            db.session.remove()
            db.engine.dispose()
    if damage is not None:
        yield _refuse(f"The audit log is damaged at entry {damage.seq}. Run: portal audit verify")
    if failed:
        yield _warn(f"{failed} mails were given up. An admin sees them under Settings.")


def _is_in_wal_mode(path: Path) -> bool:
    """Read the file's header: opening the database would already change it (sqlite.org/fileformat2.html)."""
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x02\x02"


def _is_behind() -> bool:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with closing(db.engine.connect()) as connection:
        return MigrationContext.configure(connection).get_current_revision() != newest


def examine_before_start(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """Return everything that can be seen without opening instance and database."""
    parts: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: examine_settings(settings, environ),
        lambda: examine_files(settings),
        lambda: examine_sqlite(settings, sqlite_module().sqlite_version_info),
    )
    return [found for part in parts for found in part()]


@click.command("doctor")
def doctor() -> None:
    """Look for what is unsafe or broken. Ends with an error when the portal must not run like this."""
    settings = Settings.from_env(os.environ)
    found = examine_before_start(settings, os.environ)
    if not any(one.weight is Weight.REFUSE for one in found):
        found += examine_database(create_app(settings))
    for one in found:
        click.echo(f"{one.weight}: {one.sentence}")
    if any(one.weight is Weight.REFUSE for one in found):
        raise click.exceptions.Exit(1)
    if not found:
        click.echo("Everything is in order.")
