"""The doctor's look at settings before instance and database are opened: settings, files, SQLite."""

import os
import shutil
import ssl
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url

from portal.cli.doctor.findings import Finding, Kind
from portal.config import PREFIX, Settings
from portal.database import is_wal_safe, sqlite_module
from portal.instance import SECRET_NAMES, read_secrets
from portal.sealing.keys import KEY_BYTES
from portal.sealing.ring_file import KEYRING, RingFile
from portal.storage import BALLAST, BALLAST_BYTES, has_room

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WEB_ROOTS = frozenset({"www", "htdocs", "public_html", "wwwroot", "public", "static"})
_SECRET_CHARACTERS = 32
_DIFFERENT_CHARACTERS = 8
_PROVED_LINES = ("verify-ca", "verify-full")
_DEBUG_NAMES = ("FLASK_DEBUG", "PYTHONDEVMODE")
_SECRETS = "secrets.json"
_DATABASE = "portal.sqlite3"
_NOT_OURS = frozenset({".gitignore"})
LEAST_FREE = 200 * 1024 * 1024
"""Bytes below which nothing is taken any more."""
_MOUNTS = Path("/proc/self/mounts")
_FAR_AWAY = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs"}
)
"""File systems whose locks SQLite cannot rely on (sqlite.org/wal.html, sqlite.org/faq.html#q5)."""


def is_public(settings: Settings) -> bool:
    """Say whether people elsewhere are meant to reach this portal: the strict rules hold for those."""
    return (urlsplit(settings.base_url).hostname or "") not in LOCAL


def examine_settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find what the settings alone show."""
    debug = [name for name in _DEBUG_NAMES if environ.get(name, "0") not in ("", "0", "off")]
    if debug and is_public(settings):
        yield Finding(
            Kind.DEBUG, f"{debug[0]} is set: error pages would show the program to strangers. Remove it."
        )
    address = urlsplit(settings.base_url)
    is_onion = (address.hostname or "").endswith(".onion")
    if is_public(settings) and not settings.is_https and not is_onion:
        yield Finding(
            Kind.PLAIN_HTTP,
            f"{PREFIX}BASE_URL begins with http: what people send could be read. Use https.",
        )
    if any("*" in host or host == "." for host in settings.hosts):
        yield Finding(Kind.WILDCARD_HOST, f"{PREFIX}TRUSTED_HOSTS holds a wildcard: name every host.")
    if not settings.hosts:
        yield Finding(
            Kind.NO_HOST, f"{PREFIX}BASE_URL names no host, and {PREFIX}TRUSTED_HOSTS is empty. Name one."
        )
    if is_public(settings) and not settings.smtp_url:
        yield Finding(
            Kind.NO_MAIL_SERVER, f"{PREFIX}SMTP_URL is empty: e-mails are written to files and reach nobody."
        )
    if is_public(settings) and settings.mail_from.endswith("@localhost"):
        yield Finding(
            Kind.NO_SENDER, f"{PREFIX}MAIL_FROM is still portal@localhost: mail servers will refuse it."
        )
    if settings.is_https and not settings.proxy_hops:
        yield Finding(
            Kind.NO_PROXY,
            f"{PREFIX}PROXY_HOPS is 0 though the address is https: set it to 1 behind one proxy.",
        )
    if settings.target_ca_file and not _has_certificates(settings.target_ca_file):
        yield Finding(
            Kind.NO_AUTHORITIES,
            f"{PREFIX}TARGET_CA_FILE is no file with certificates that can be read: nothing can be pushed.",
        )
    if settings.database_url and not _is_line_safe(make_url(settings.database), environ):
        yield Finding(
            Kind.DATABASE_IN_CLEAR,
            f"{PREFIX}DATABASE_URL leads to another machine, over a line that may be open or end at a "
            "stranger. Add to it: ?sslmode=verify-full&sslrootcert=system",
        )


def _has_certificates(path: str) -> bool:
    try:
        return bool(ssl.create_default_context(cafile=path).get_ca_certs())
    except OSError:
        return False


def _is_line_safe(address: URL, environ: Mapping[str, str]) -> bool:
    """Say whether nobody can listen to the line to a database, nor take its place."""
    host = address.query.get("host") or address.host or environ.get("PGHOST", "")
    mode = address.query.get("sslmode") or environ.get("PGSSLMODE", "")
    is_here = not host or host in LOCAL or str(host).startswith("/")
    return is_here or mode in _PROVED_LINES


def examine_files(settings: Settings, *, least_free: int = LEAST_FREE) -> Iterator[Finding]:
    """Find what is wrong with the instance folder, before anything opens it."""
    folder = settings.instance
    if not folder.exists():
        return
    if _WEB_ROOTS & {part.lower() for part in folder.resolve().parts}:
        yield Finding(
            Kind.WEB_ROOT, f"{folder} lies where web servers look for files to send. Move it elsewhere."
        )
    yield from _examine_secrets(folder)
    yield from _examine_ring(folder)
    if (folder / _SECRETS).exists():  # the first start closes a folder that came with the sources
        yield from _examine_modes(folder)
    if shutil.disk_usage(folder).free < least_free:
        ballast = folder / BALLAST
        way_out = f" Deleting {ballast} gives {BALLAST_BYTES // 2**20} MB back." if ballast.exists() else ""
        yield Finding(
            Kind.DISK_FULL,
            f"Less than {least_free // 2**20} MB are free where {folder} lies: nothing could be kept safely."
            f"{way_out}",
        )
    elif not has_room(folder, floor=settings.upload_floor_mib * 2**20):
        yield Finding(
            Kind.LITTLE_SPACE,
            f"Little space is free where {folder} lies: texts are taken, photos and documents are not. "
            "Make room.",
        )


def _examine_secrets(folder: Path) -> Iterator[Finding]:
    path = folder / _SECRETS
    if not path.exists():
        yield from _examine_lost(path)
        return
    try:
        secrets = read_secrets(folder)
        weak = [name for name in _list_secrets(secrets) if _is_weak(str(secrets.get(name, "")))]
    except (OSError, ValueError, AttributeError) as error:
        yield Finding(
            Kind.UNREADABLE_SECRETS,
            f"{path} cannot be read ({type(error).__name__}). Put it back from your copy.",
        )
        return
    for name in weak:
        yield Finding(Kind.WEAK_SECRET, f"The secret {name!r} in {path} is too weak.")


def _list_secrets(secrets: Mapping[str, str]) -> Sequence[str]:
    """Return the names of the secrets there are and of those there must be."""
    return list(dict.fromkeys((*SECRET_NAMES, *secrets)))


def _is_weak(secret: str) -> bool:
    return len(secret) < _SECRET_CHARACTERS or len(set(secret)) < _DIFFERENT_CHARACTERS


def _examine_ring(folder: Path) -> Iterator[Finding]:
    path = folder / KEYRING
    if not path.exists():
        yield from _examine_lost(path)
        return
    try:
        keys, current = RingFile(path).read()
        is_whole = current in keys and all(len(key) == KEY_BYTES for key in keys.values())
        fault = "" if is_whole else "a key is missing or cut short"
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        fault = type(error).__name__
    if fault:
        yield Finding(
            Kind.UNREADABLE_RING,
            f"{path} cannot be used ({fault}): nothing sealed could be opened. Put it back from your copy.",
        )


def _examine_lost(path: Path) -> Iterator[Finding]:
    """Find a file that is gone while the database written with it is there: a new one would open nothing."""
    if (path.parent / _DATABASE).exists():
        yield Finding(
            Kind.LOST_FILE,
            f"{path} is gone, but the database is there: a new one opens nothing. "
            "Put it back from your copy.",
        )


def _examine_modes(folder: Path) -> Iterator[Finding]:
    """Find what other users of the machine can open: keys, database, and copies of either lying beside."""
    inside = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in _NOT_OURS)
    closing = list_closing(folder)
    for path in (folder, folder / "files", folder / "mail", *inside):
        if path in closing:
            yield Finding(
                Kind.OPEN_DATABASE,
                f"{path} can be read by other users of this machine. The next start closes it to them.",
            )
        elif _is_open(path):
            yield Finding(
                Kind.OPEN_FILE,
                f"{path} can be read by other users of this machine. Run: chmod go= {path}",
            )


def list_closing(folder: Path) -> list[Path]:
    """Return the database's files that a start closes to others: an early release left its own open."""
    files = [folder / f"{_DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal")]
    return [path for path in files if _is_open(path) and path.stat().st_uid == os.geteuid()]


def _is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OTHERS)


def close_database(folder: Path) -> list[Path]:
    """Close the database's files to others, and return them; those of another user stay as they are."""
    closed = list_closing(folder)
    for path in closed:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
    return closed


def examine_sqlite(
    settings: Settings, version: tuple[int, ...], *, mounts: str | None = None
) -> Iterator[Finding]:
    """Find an SQLite, or a disk for it, that can lose what was acknowledged.

    `mounts` is a table of mounted file systems as Linux writes it.
    """
    if settings.database_url:
        return
    kind = find_file_system(settings.instance.absolute(), read_mounts() if mounts is None else mounts)
    if kind in _FAR_AWAY:
        yield Finding(
            Kind.NETWORK_DISK,
            f"{settings.instance} lies on a network disk ({kind}), where SQLite can lose data. "
            f"Move it to a local disk, or set {PREFIX}DATABASE_URL.",
        )
    if is_wal_safe(version):
        return
    shown = ".".join(map(str, version))
    database = settings.instance / _DATABASE
    if database.exists() and _is_in_wal_mode(database):
        yield Finding(
            Kind.WAL_FAULT,
            f"The database is in WAL mode, and SQLite {shown} can lose data in it. "
            "Install the package pysqlite3, or convert the database with a fixed SQLite first.",
        )
    else:
        yield Finding(
            Kind.SLOW_JOURNAL,
            f"SQLite {shown} has the WAL-reset fault: a slower journal is used. Install pysqlite3.",
        )


def read_mounts() -> str:
    """Return the table of mounted file systems; empty where there is none to read."""
    return _MOUNTS.read_text(encoding="utf-8", errors="replace") if _MOUNTS.exists() else ""


def find_file_system(path: Path, mounts: str) -> str:
    """Return the kind of file system a path is on: that of the longest mount point above it."""
    lines = [line.split() for line in mounts.splitlines()]
    # Spaces in a mount point are written as \\040.
    points = [(Path(parts[1].replace("\\040", " ")), parts[2]) for parts in lines if len(parts) > 2]
    above = [(len(point.parts), number) for number, (point, _) in enumerate(points) if _is_in(path, point)]
    return points[max(above)[1]][1] if above else ""


def _is_in(path: Path, point: Path) -> bool:
    return path == point or point in path.parents


def _is_in_wal_mode(path: Path) -> bool:
    """Read the file's header: opening the database would already change it (sqlite.org/fileformat2.html)."""
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x02\x02"


def examine_before_start(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """Return everything that can be seen without opening instance and database."""
    parts: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: examine_settings(settings, environ),
        lambda: examine_files(settings),
        lambda: examine_sqlite(settings, sqlite_module().sqlite_version_info),
    )
    return [found for part in parts for found in part()]
