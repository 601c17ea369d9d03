"""Settings: frozen, typed, read once. The only reader of the environment."""

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal.domain.languages import DEFAULT, LOCALES, Tag, locale_by_url
from portal.wordpress.networks import read_networks

PREFIX = "PORTAL_"
DRIVER = "psycopg"
"""The package by which PostgreSQL is reached: who stays on SQLite need not have it."""
_POSTGRESQL = f"postgresql+{DRIVER}"
_WEEK = 7 * 24 * 60
_MOST_AT_ONCE = 1000


class BadSetting(ValueError):
    """A setting that cannot be used; the sentence names it."""


def find_checkout(package: Path) -> Path | None:
    """Return the checkout a package lies in; None of an installed wheel, which has its templates inside."""
    above = package.parent
    return above if (above / "pyproject.toml").exists() and (above / "templates").is_dir() else None


CHECKOUT = find_checkout(Path(__file__).resolve().parent)


def default_instance(
    environ: Mapping[str, str], *, checkout: Path | None = CHECKOUT, user: int | None = None
) -> Path:
    """Return the folder of the instance where PORTAL_INSTANCE names none.

    That of the checkout. Installed as a wheel: what systemd gives (the first one of several), /var/lib/portal
    for root (`user` 0), else the user's data folder. Never a place that goes when the program is renewed.
    """
    if checkout is not None:
        return checkout / "instance"
    state = Path(environ.get("STATE_DIRECTORY", "").partition(":")[0])
    if state.is_absolute():
        return state
    if (os.geteuid() if user is None else user) == 0:
        return Path("/var/lib/portal")
    data = Path(environ.get("XDG_DATA_HOME", ""))
    # The specification has relative ones ignored.
    kept = data if data.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return kept / "portal"


def former_instance(*, prefix: str = sys.prefix) -> Path:
    """Return where releases before kept the instance of a wheel: inside of its Python environment."""
    return Path(prefix) / "var" / "portal-instance"


def _setting(
    default: Any, text: str, *, least: int = 0, most: int | None = None, choices: Sequence[str] = ()
) -> Any:
    return field(default=default, metadata={"help": text, "least": least, "most": most, "choices": choices})


def read_names(text: str) -> Mapping[Tag, str]:
    """Read names by language: “Story portal; uk=Портал історій”; the first one is that of every other.

    Raises BadSetting where a part after a semicolon names no language of the interface.
    """
    first, *others = (part.strip() for part in text.split(";"))
    names = {DEFAULT.tag: first}
    for part in others:
        url, _, name = part.partition("=")
        locale = locale_by_url(url.strip())
        if locale is None or not name.strip():
            raise BadSetting(f"{part!r} names no language of the portal, such as uk=…")
        names[locale.tag] = name.strip()
    return names


@dataclass(frozen=True)
class Settings:
    """Every setting of the portal; `from_env` reads PORTAL_<NAME>."""

    instance: Path = field(
        default_factory=lambda: default_instance(os.environ),
        metadata={"help": "Folder for the database, secrets and written e-mails."},
    )
    database_url: str = _setting("", "PostgreSQL address; empty means SQLite in the instance folder.")
    base_url: str = _setting(
        "http://127.0.0.1:8000", "The public address, used in e-mails and one-time links."
    )
    site_name: str = _setting(
        "Story portal; uk=Портал історій; zh-tw=故事投稿站",
        "Name of the site in the page header and in e-mails; after semicolons its names in other languages.",
    )
    site_tagline: str = _setting(
        "Stories in the first person, in your own language; uk=Історії від першої особи вашою мовою; "
        "zh-tw=用您的語言，說自己的故事",
        "A line beside the name on public pages; written like the name.",
    )
    smtp_url: str = _setting(
        "", "smtp:// or smtps:// with user, password, host and port; empty writes e-mails to files."
    )
    mail_from: str = _setting("portal@localhost", "Sender address of all e-mails.")
    undo_minutes: int = _setting(
        10, "Minutes before a decision reaches the contributor; it can be undone until then.", most=_WEEK
    )
    trusted_hosts: str = _setting(
        "", "Comma-separated host names the server answers to; empty means the base address only."
    )
    upload_floor_mib: int = _setting(
        2048,
        "Mebibytes of disk that files of contributors leave free, and a tenth of the disk if that is more; "
        "0 takes files until it is full. Texts are taken all the same.",
    )
    backup_to: str = _setting(
        "", "Folder for backups, on another disk; the worker makes one each night and proves it."
    )
    backup_passphrase_file: str = _setting(
        "",
        "File whose first line is the passphrase that seals the secrets in backups; empty leaves them out of "
        "those of the night.",
    )
    target_networks: str = _setting(
        "",
        "Comma-separated host names, addresses and networks (10.1.0.0/16) of newsrooms' sites that are not "
        "public; stories can be pushed there besides public addresses.",
    )
    target_ca_file: str = _setting(
        "", "File with certificates (PEM) of authorities that newsrooms' sites may have besides the system's."
    )
    proxy_hops: int = _setting(0, "Number of reverse proxies in front whose forwarding headers are believed.")
    threads: int = _setting(4, "Threads of each web worker.", least=1, most=_MOST_AT_ONCE)
    workers: int = _setting(2, "Web worker processes.", least=1, most=_MOST_AT_ONCE)
    log_format: str = _setting(
        "text",
        "How the log is written to standard error: `text`, or `json` with one object a line.",
        choices=("text", "json"),
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read PORTAL_* names; unknown names and unreadable values raise BadSetting."""
        known = {one.name: one for one in fields(cls)}
        values: dict[str, Any] = {}
        for name, text in environ.items():
            if not name.startswith(PREFIX):
                continue
            key = name.removeprefix(PREFIX).lower()
            if key not in known:
                raise BadSetting(f"{name} is not a setting of the portal")
            if key == "instance" and not text.strip():  # empty is not set
                continue
            values[key] = _read(name, text, known[key])
        return cls(**{"instance": default_instance(environ), **values})

    @property
    def database(self) -> str:
        """Return the SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{self.instance.resolve() / 'portal.sqlite3'}"
        return use_our_driver(self.database_url)

    @property
    def known_words(self) -> list[str]:
        """Return what everybody knows of this site: its name, its hosts, who sends its mail."""
        return [*read_names(self.site_name).values(), *self.hosts, self.mail_from]

    @cached_property
    def site_names(self) -> Mapping[Tag, str]:
        """The name of the site in each language of the interface; the first one where it has none."""
        names = read_names(self.site_name)
        return {locale.tag: names.get(locale.tag, names[DEFAULT.tag]) for locale in LOCALES}

    @cached_property
    def site_taglines(self) -> Mapping[Tag, str]:
        """The line beside the name in each language, or nothing: it is not shown in another one."""
        lines = read_names(self.site_tagline)
        return {locale.tag: lines.get(locale.tag, "") for locale in LOCALES}

    @property
    def undo_window(self) -> timedelta:
        """Return how long a decision stays inside the desk."""
        return timedelta(minutes=self.undo_minutes)

    @property
    def is_https(self) -> bool:
        """Say whether the public address is encrypted, so that cookies may be bound to that."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def hosts(self) -> list[str]:
        """Return the host names the server answers to."""
        named = [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        own = urlsplit(self.base_url).hostname
        return [*named, *([own] if own and own not in named else [])]


def use_our_driver(address: str) -> str:
    """Return an address of PostgreSQL, however it is spelt, with the driver the portal has."""
    scheme, _, rest = address.partition("://")
    return f"{_POSTGRESQL}://{rest}" if scheme in ("postgres", "postgresql") else address


def is_postgresql(address: str) -> bool:
    """Say whether an address can be one of PostgreSQL."""
    try:
        return make_url(use_our_driver(address)).drivername == _POSTGRESQL
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return False


def _read(name: str, text: str, setting: "Field[Any]") -> Any:
    kind = setting.type
    choices = setting.metadata.get("choices", ())
    if choices and text.strip() not in choices:
        raise BadSetting(f"{name} takes {' or '.join(choices)}, not {text!r}")
    if choices:
        return text.strip()
    if kind is Path:
        return Path(text)
    if kind is int:
        return _read_number(name, text, setting.metadata)
    if name.endswith("_URL") and text and "://" not in text.lstrip("/:"):
        raise BadSetting(f"{name} takes an address with a scheme, like https://example.org")
    if name in _CHECKS:
        _CHECKS[name](name, text)
    if name == f"{PREFIX}DATABASE_URL" and text and not is_postgresql(text):
        raise BadSetting(f"{name} takes a PostgreSQL address, like postgresql://portal@localhost/portal")
    return text.rstrip("/") if name == f"{PREFIX}BASE_URL" else text


def _read_number(name: str, text: str, bounds: Mapping[str, Any]) -> int:
    least, most = bounds["least"], bounds["most"]
    if not text.strip().isdecimal():
        raise BadSetting(f"{name} takes a whole number, not {text!r}")
    if int(text) < least:
        raise BadSetting(f"{name} takes {least} or more, not {text!r}")
    if most is not None and int(text) > most:
        raise BadSetting(f"{name} takes {most} at most, not {text!r}")
    return int(text)


def _check_names(name: str, text: str) -> None:
    try:
        read_names(text)
    except BadSetting as error:
        raise BadSetting(f"{name}: {error}") from error


def _check_site_name(name: str, text: str) -> None:
    _check_names(name, text)
    if not read_names(text)[DEFAULT.tag]:
        raise BadSetting(f"{name} takes a name, like Story portal")


def _check_public_address(name: str, text: str) -> None:
    if not _is_address(text, {"http", "https"}):
        raise BadSetting(f"{name} takes a web address, like https://example.org")


def _check_mail_server(name: str, text: str) -> None:
    if text and not _is_address(text, {"smtp", "smtps"}):
        raise BadSetting(f"{name} takes smtp://host:port or smtps://host:port")


def _check_sender(name: str, text: str) -> None:
    _, address = parseaddr(text)
    mailbox, _, host = address.rpartition("@")
    is_whole = text.strip() == address or text.strip().endswith(f"<{address}>")
    if not (mailbox and is_whole and _is_host(host)):
        raise BadSetting(f"{name} takes an e-mail address, like stories@example.org")


def _check_hosts(name: str, text: str) -> None:
    if not all(_is_host(one.strip()) for one in text.split(",") if one.strip()):
        raise BadSetting(f"{name} takes host names with commas between them, like stories.example.org")


def _is_address(text: str, schemes: Collection[str]) -> bool:
    """Say whether this is an address with one of these schemes, a host if any, and a port there can be."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:  # brackets without an end, a port that is no number or too high
        return False
    return parts.scheme in schemes and (not parts.hostname or _is_host(parts.hostname))


def _is_host(text: str) -> bool:
    """Say whether this can be a host: no space, no scheme, no path, no mailbox."""
    return bool(text) and not any(mark.isspace() or mark in "/@?#\\" for mark in text)


def _check_networks(name: str, text: str) -> None:
    try:
        read_networks(text)
    except ValueError:
        raise BadSetting(f"{name} takes host names, addresses and networks, like 10.1.0.0/16") from None


_CHECKS: Mapping[str, Callable[[str, str], None]] = {
    f"{PREFIX}BASE_URL": _check_public_address,
    f"{PREFIX}SMTP_URL": _check_mail_server,
    f"{PREFIX}MAIL_FROM": _check_sender,
    f"{PREFIX}TRUSTED_HOSTS": _check_hosts,
    f"{PREFIX}SITE_NAME": _check_site_name,
    f"{PREFIX}SITE_TAGLINE": _check_names,
    f"{PREFIX}TARGET_NETWORKS": _check_networks,
}
"""What a setting's text is read for before it is taken."""
