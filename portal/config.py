"""Settings: frozen, typed, read once. The only reader of the environment."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "PORTAL_"
_CHECKOUT = Path(__file__).resolve().parent.parent


class BadSetting(ValueError):
    """A setting that cannot be used; the sentence names it."""


def default_instance() -> Path:
    """Return the checkout's instance folder; installed as a wheel, one under the environment's prefix."""
    if (_CHECKOUT / "pyproject.toml").exists():
        return _CHECKOUT / "instance"
    return Path(sys.prefix) / "var" / "portal-instance"


def _setting(default: Any, text: str, *, least: int = 0) -> Any:
    return field(default=default, metadata={"help": text, "least": least})


@dataclass(frozen=True)
class Settings:
    """Every setting of the portal; `from_env` reads PORTAL_<NAME>."""

    instance: Path = field(
        default_factory=default_instance,
        metadata={"help": "Folder for the database, secrets and written mail."},
    )
    database_url: str = _setting("", "PostgreSQL address; empty means SQLite in the instance folder.")
    base_url: str = _setting("http://127.0.0.1:8000", "The public address, used in mail and one-time links.")
    site_name: str = _setting("Story portal", "Name of the site in the page header and in mail.")
    smtp_url: str = _setting(
        "", "smtp:// or smtps:// with user, password, host and port; empty writes mail to files."
    )
    mail_from: str = _setting("portal@localhost", "Sender address of all mail.")
    undo_minutes: int = _setting(
        10, "Minutes before a decision reaches the contributor; it can be undone until then."
    )
    trusted_hosts: str = _setting(
        "", "Comma-separated host names the server answers to; empty means the base address only."
    )
    upload_floor_mib: int = _setting(
        2048,
        "Mebibytes of disk that files of contributors leave free, and a tenth of the disk if that is more; "
        "0 takes files until it is full. Texts are taken all the same.",
    )
    proxy_hops: int = _setting(0, "Number of reverse proxies in front whose forwarding headers are believed.")
    threads: int = _setting(4, "Threads of each web worker.", least=1)
    workers: int = _setting(2, "Web worker processes.", least=1)

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
            values[key] = _read(name, text, known[key].type, least=known[key].metadata.get("least", 0))
        return cls(**values)

    @property
    def database(self) -> str:
        """Return the SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{self.instance.resolve() / 'portal.sqlite3'}"
        scheme, _, rest = self.database_url.partition("://")
        if scheme in ("postgres", "postgresql"):
            return f"postgresql+psycopg://{rest}"
        return self.database_url

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


def _read(name: str, text: str, kind: Any, *, least: int) -> Any:
    if kind is Path:
        return Path(text)
    if kind is int:
        if not text.strip().isdecimal():
            raise BadSetting(f"{name} takes a whole number, not {text!r}")
        if int(text) < least:
            raise BadSetting(f"{name} takes {least} or more, not {text!r}")
        return int(text)
    if name.endswith("_URL") and text and "://" not in text.lstrip("/:"):
        raise BadSetting(f"{name} takes an address with a scheme, like https://example.org")
    return text.rstrip("/") if name == f"{PREFIX}BASE_URL" else text
