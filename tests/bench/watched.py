"""A command of the portal that is watched: `python -m tests.bench.watched NOTE COMMAND…`.

`make-exports` instead of a command is what the worker does with files that were asked for on the desk.

When it ends the file NOTE holds how long its longest writing transaction held on, how much time of a
processor that took here, how many there were, how much time the whole command took of a processor, and the
most memory of the process.
"""

import json
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from portal.bulk_run import let_others_first
from portal.cli import portal
from portal.cli.export_maker import make_exports
from portal.config import Settings

MAKE_EXPORTS = "make-exports"
_WRITES = re.compile(r"\s*(BEGIN IMMEDIATE|INSERT|UPDATE|DELETE|SELECT .* FOR UPDATE)", re.DOTALL)


@dataclass
class Watch:
    """What was seen of the transactions that write."""

    longest: float = 0.0
    """Seconds from the first statement that writes, or has the lock of SQLite, to the end."""
    longest_cpu: float = 0.0
    count: int = 0
    began: threading.local = field(default_factory=threading.local)

    def note_statement(self, statement: str) -> None:
        """Note when the first statement that writes is through."""
        if getattr(self.began, "at", None) is None and _WRITES.match(statement):
            self.began.at = time.monotonic(), time.thread_time()

    def note_end(self) -> None:
        """Note that the transaction has ended, if it has written."""
        begun = getattr(self.began, "at", None)
        if begun is None:
            return
        self.longest = max(self.longest, time.monotonic() - begun[0])
        self.longest_cpu = max(self.longest_cpu, time.thread_time() - begun[1])
        self.count += 1
        self.began.at = None


def watch() -> Watch:
    """Watch every connection that this process opens from now on."""
    watched = Watch()

    is_on_server = bool(os.environ.get("PORTAL_DATABASE_URL"))

    @event.listens_for(Engine, "after_cursor_execute")
    def _note(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if is_on_server and connection.dialect.name == "sqlite":
            return  # a backup writes its copy into a file that nobody else waits for
        watched.note_statement(statement)

    @event.listens_for(Engine, "connect")
    def _leave_checkpoints_to_others(connection: Any, _record: Any) -> None:
        """Those who commit bring SQLite's log into its file now and then, when the lock is free again."""
        if "sqlite" in type(connection).__module__:
            connection.execute("PRAGMA wal_autocheckpoint=0")

    for name in ("do_commit", "do_rollback"):
        _note_after(name, watched)
    return watched


def _note_after(name: str, watched: Watch) -> None:
    """Have the end noted when the database has answered; the events of SQLAlchemy come before it is asked."""
    end = getattr(DefaultDialect, name)

    def end_and_note(self: DefaultDialect, connection: Any) -> None:
        end(self, connection)
        watched.note_end()

    setattr(DefaultDialect, name, end_and_note)


def _read_peak() -> int:
    """Return the most memory this process has held, in kB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def main(note: Path, command: list[str]) -> None:
    """Run the command. One that is ended from outside says as much."""
    watched = watch()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(signal.SIGTERM))
    begun = time.monotonic()
    try:
        if command == [MAKE_EXPORTS]:
            make_exports(Settings.from_env(os.environ))
        else:
            if command[0] == "backup":
                let_others_first()  # as the worker makes it each night
            portal(command)
    finally:
        seen = {
            "seconds": time.monotonic() - begun,
            "held": watched.longest,
            "cpu": watched.longest_cpu,
            "count": watched.count,
            "all_cpu": time.process_time(),
            "peak_kb": _read_peak(),
        }
        note.write_text(json.dumps(seen), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
