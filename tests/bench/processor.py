"""Time of a processor that this process and a database beside it use, whatever else the machine does."""

import os
import time
from pathlib import Path
from typing import Final, NamedTuple

from flask import Flask

from portal.extensions import db

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_NANOSECONDS: Final = 1e9


class Used(NamedTuple):
    """Milliseconds."""

    ours: float
    database: float
    """Of a database that runs beside us; SQLite runs in our process."""

    @property
    def total(self) -> float:
        """Return both."""
        return self.ours + self.database

    def since(self, begun: "Used") -> "Used":
        """Return what was used since then."""
        return Used(self.ours - begun.ours, self.database - begun.database)


class Processor:
    """Counts what we and the database have used so far."""

    def __init__(self, app: Flask) -> None:
        with app.app_context(), db.engine.connect() as connection:
            is_ours = connection.dialect.name == "sqlite"
            backend = 0 if is_ours else connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        self._server = _parent_of(backend) if backend else 0

    def read(self) -> Used:
        """Return what was used so far."""
        database = _read_server(self._server) if self._server else 0
        return Used(time.process_time() * 1000, database * 1000)


def _parent_of(pid: int) -> int:
    return int(_fields_of(pid)[1])


def _fields_of(pid: int) -> list[str]:
    """Return what the system says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def _read_server(server: int) -> float:
    """Return the seconds of a server's processes, those that have ended among them."""
    ended = sum(map(int, _fields_of(server)[13:15])) / _TICKS
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
    return ended + sum(map(_read_child, children))


def _read_child(pid: str) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / _NANOSECONDS
    except FileNotFoundError:  # it has just ended
        return 0
