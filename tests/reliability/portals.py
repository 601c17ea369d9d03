"""Portals of one's own that commands are run on, and everything that is in them; commands that die midway."""

import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import Engine, NullPool, create_engine, event, select

from portal.cli import portal
from portal.config import Settings
from portal.database import engine_options
from portal.models import Base
from tests.reliability.dying import end, is_killed, start

MOVED_TO = "moved_to"
"""Name of an empty database."""
Rows = Mapping[str, list[tuple[Any, ...]]]


def settings_of(folder: Path, url: str = "") -> Settings:
    return Settings(instance=folder, database_url=url, base_url="http://localhost")


def copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def ask(folder: Path, *command: str, url: str = "", **environ: str) -> Result:
    place = {"PORTAL_INSTANCE": str(folder), "PORTAL_DATABASE_URL": url, "PORTAL_BASE_URL": None}
    return CliRunner(env={**place, "FLASK_DEBUG": None, **environ}).invoke(portal, list(command))


def refuse(folder: Path, *command: str, url: str = "", **environ: str) -> str:
    asked = ask(folder, *command, url=url, **environ)
    assert asked.exit_code == 1, asked.output
    return asked.output.splitlines()[-1].removeprefix("Error: ")


def read_typed(address: str) -> Rows:
    """Return every row of every table as the models read it, but the one that says whose database it is."""
    engine = create_engine(address, **{**engine_options(address), "poolclass": NullPool})
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name != "installation"
        }


def read_files(folder: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "files").iterdir()}


def sqlite_of(folder: Path) -> str:
    return f"sqlite:///{min(folder.glob('portal.sqlite3*'))}"


def run_dying(command: Sequence[str], environ: Mapping[str, str], die_at: int | str, log: str) -> None:
    """Run a command and die before a step: a statement, a commit, a change of a file's name, a file kept."""
    os.environ |= environ
    steps = iter(range(10**6))
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def take(name: str) -> None:
        if die_at in (next(steps), name):
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(handle, f"{name}\n".encode())

    rename, replace = Path.rename, Path.replace

    def take_rename(path: Path, target: Any) -> Path:
        take(f"rename {path.name}")
        return rename(path, target)

    def take_replace(path: Path, target: Any) -> Path:
        take("replace")
        return replace(path, target)

    watched: Any = Path
    watched.rename, watched.replace = take_rename, take_replace
    event.listen(
        Engine, "before_cursor_execute", lambda _c, _cur, words, *_: take(" ".join(words.split()[:4]))
    )
    event.listen(Engine, "commit", lambda _connection: take("commit"))
    portal(list(command), standalone_mode=False)
    take("end")


def run_quietly(command: Sequence[str], environ: Mapping[str, str], log: str) -> None:
    """Run a command that says what it has to say to a file."""
    os.environ |= environ
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    portal(list(command), standalone_mode=False)


def end_early(folder: Path, *command: str, after: float, url: str = "") -> bool:
    """Run a command in a process that is killed after so many seconds; return whether it was."""
    log = folder.with_name("said.txt")
    place = {"PORTAL_INSTANCE": str(folder), "PORTAL_DATABASE_URL": url}
    process = start(run_quietly, command, place, str(log))
    process.join(after)
    process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), log.read_text()
    return process.exitcode != 0


def die_in(folder: Path, *command: str, die_at: int | str, url: str = "", **environ: str) -> list[str]:
    """Run a command in a process that dies before a step, by its number or name; return the steps done."""
    log = folder.with_name("steps.txt")
    log.unlink(missing_ok=True)
    place = {"PORTAL_INSTANCE": str(folder), "PORTAL_DATABASE_URL": url}
    process = start(run_dying, command, {**place, **environ}, die_at, str(log))
    if die_at == -1:
        end(process)
    else:
        assert is_killed(process)
    return log.read_text().splitlines()
