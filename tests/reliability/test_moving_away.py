"""`portal move`: from SQLite to PostgreSQL whole, or not at all; cut off anywhere, it can be run again."""

import fcntl
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, select, text, update

from portal.app import create_app
from portal.cli.database import upgrade_database
from portal.database import sqlite_module, transaction
from portal.domain.belonging import DatabaseKind
from portal.domain.bulk_runs import RunKind
from portal.domain.languages import UKRAINIAN
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.instance import list_costs, open_instance, read_record
from portal.models import Attachment, Base, Submission
from portal.operations.key_rotation import SEALED, seal_batch
from tests.conftest import close_connections, make_own, run_outside
from tests.reliability.portals import (
    MOVED_TO,
    ask,
    copy,
    die_in,
    read_files,
    read_typed,
    refuse,
    settings_of,
    sqlite_of,
)
from tests.support.damaged_index import damage_index
from tests.support.factories import make_call, make_staff, make_submission
from tests.support.photos import keep_document, keep_picture
from tests.support.portal import build_world

TEXTS, MANY_TEXTS = 150, 1000
SETTING_ASIDE = "rename portal.sqlite3"
"""The last step of a move: both databases hold everything, and one of them may be started from."""
ELSEWHERE = "The portal of {folder} has its database in PostgreSQL. Set PORTAL_DATABASE_URL to its address."
KEPT = "portal.sqlite3.moved-to-postgresql-*"


@pytest.fixture(scope="module")
def filled(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """The folder of a portal with everything in it that people do, and many texts with files."""
    folder = tmp_path_factory.mktemp("moving") / "instance"
    shutil.copytree(fresh_folder, folder)
    app = make_own(settings_of(folder))
    build_world(app, UKRAINIAN)
    at = datetime.now(UTC) - timedelta(days=1)
    with app.app_context(), transaction() as session:
        make_call(session, at)
        for number in range(MANY_TEXTS if pytestconfig.getoption("full") else TEXTS):
            submission = make_submission(session, at, Stage.STORY)
            keep_document(session, submission, at=at, words=f"Лист {number} 信件")
            if number % 100 == 0:
                keep_picture(session, submission, at=at)
    close_connections(app)
    return folder


def test_many_texts_with_files_arrive_row_by_row_and_byte_by_byte(
    filled: Path, tmp_path: Path, url: str
) -> None:
    folder = copy(filled, tmp_path / "instance")
    rows, files = read_typed(sqlite_of(folder)), read_files(folder)
    moved = ask(folder, "move", "--to", url)
    assert (moved.exit_code, len(rows["submission"]) > TEXTS, len(files) > TEXTS) == (0, True, True)
    assert (read_typed(url), read_files(folder)) == (rows, files)
    said = moved.output.splitlines()
    assert f"files: {len(files)}, whole: {len(files)}" == said[0]
    assert [line.partition(" row")[0] for line in said if ", checksum " in line] == [
        f"{table.name}: {len(rows[table.name])}"
        for table in Base.metadata.sorted_tables
        if table.name != "installation"
    ]


def test_everything_works_in_postgresql(small: Path, url: str) -> None:
    before = ask(small, "audit", "verify").output
    ask(small, "move", "--to", url)
    app = make_own(settings_of(small, url))
    with app.app_context():
        with transaction() as session:
            submission = make_submission(session, datetime.now(UTC), Stage.STORY)
            make_staff(session, Role.EDITOR)
            keep_picture(session, submission, at=datetime.now(UTC))
            number = submission.id
        highest = db.session.scalars(select(Submission.id).order_by(Submission.id.desc())).first()
        ring = current_portal().instance.ring_file
        ring.add_key()
        with transaction() as session:
            shut = sum(seal_batch(session, one, keys=ring.open(), size=9999).shut for one in SEALED)
    close_connections(app)
    after = ask(small, "audit", "verify", url=url)
    assert (number, shut, after.exit_code) == (highest, 0, 0)
    assert (before.startswith("The log is whole: "), after.output.startswith("The log is whole: ")) == (
        True,
        True,
    )


def test_afterwards_the_portal_is_found_only_in_postgresql(small: Path, url: str) -> None:
    moved = ask(small, "move", "--to", url)
    (kept,) = small.glob(KEPT)
    shown = make_url(url).render_as_string(hide_password=True)
    assert moved.output.splitlines()[-2:] == [
        f"The SQLite database is kept as {kept}. Delete it when you need it no more.",
        f"The portal is in PostgreSQL. From now on set PORTAL_DATABASE_URL to {shown}",
    ]
    record = read_record(small)
    assert record is not None
    assert record.kind is DatabaseKind.POSTGRESQL
    assert RunKind.MOVE in list_costs(small)
    elsewhere = (
        f"The portal of {small} has its database in PostgreSQL. Set PORTAL_DATABASE_URL to its address."
    )
    assert (refuse(small, "staff", "list"), refuse(small, "upgrade")) == (elsewhere, elsewhere)
    assert ask(small, "staff", "list", url=url).exit_code == 0
    assert ask(small, "doctor", url=url).output.count("refuse:") == 0


def test_the_old_file_put_back_by_hand_is_not_started_from(small: Path, url: str) -> None:
    ask(small, "move", "--to", url)
    (kept,) = small.glob(KEPT)
    kept.rename(small / "portal.sqlite3")
    (small / "instance.json").unlink()
    assert refuse(small, "upgrade") == ELSEWHERE.format(folder=small)
    assert ask(small, "staff", "list", url=url).exit_code == 0


def test_the_old_file_is_whole(small: Path, url: str) -> None:
    before = read_typed(sqlite_of(small))
    ask(small, "move", "--to", url)
    (kept,) = small.glob("portal.sqlite3*")
    with closing(sqlite3.connect(kept)) as opened:
        (sound,) = opened.execute("PRAGMA integrity_check").fetchone()
    assert (sound, kept.stat().st_mode & 0o777, read_typed(sqlite_of(small))) == ("ok", 0o600, before)


def test_a_damaged_index_of_the_search_is_left_behind(small: Path, url: str) -> None:
    damage_index(small / "portal.sqlite3")
    before = read_typed(sqlite_of(small))
    moved = ask(small, "move", "--to", url)
    assert (moved.exit_code, read_typed(url)) == (0, before)


def test_a_second_move_has_nothing_to_do(small: Path, url: str) -> None:
    ask(small, "move", "--to", url)
    before = read_typed(url)
    assert (ask(small, "move", "--to", url).exit_code, read_typed(url)) == (0, before)


IN_USE = "The database of --to is in use by a portal. Give this one an empty database of its own."


def test_a_used_target_is_refused(small: Path, tmp_path: Path, url: str) -> None:
    other = tmp_path / "other"
    app = make_own(settings_of(other, url))
    upgrade_database(app)
    with app.app_context(), transaction() as session:
        make_submission(session, datetime.now(UTC))
    close_connections(app)
    before, source = read_typed(url), read_typed(sqlite_of(small))
    assert refuse(small, "move", "--to", url) == IN_USE
    assert (read_typed(url), read_typed(sqlite_of(small))) == (before, source)
    assert ask(small, "staff", "list").exit_code == 0


def test_a_target_that_was_only_begun_is_refused(small: Path, tmp_path: Path, url: str) -> None:
    app = make_own(settings_of(tmp_path / "other", url))
    upgrade_database(app)
    close_connections(app)
    assert refuse(small, "move", "--to", url) == IN_USE


def test_a_target_with_tables_of_another_program_is_refused(small: Path, url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE posts (id integer)"))
    assert refuse(small, "move", "--to", url) == (
        "The database of --to holds tables of another program. Give the portal one of its own."
    )


@pytest.mark.parametrize(
    "address", ["sqlite:///x", "mysql://db/x", "stories", "postgresql://desk:pass@db:x/y"]
)
def test_an_address_that_is_none_is_refused(small: Path, address: str) -> None:
    assert refuse(small, "move", "--to", address) == (
        "--to takes a PostgreSQL address, like postgresql://portal@localhost/portal"
    )


def test_a_server_that_is_not_there_is_told(small: Path) -> None:
    assert refuse(small, "move", "--to", "postgresql://nobody@127.0.0.1:1/none") == (
        "The database of --to does not answer (OperationalError). Nothing was lost: check that PostgreSQL "
        "runs and what --to says, then repeat."
    )


def test_another_database_in_the_settings_is_told(small: Path, url: str) -> None:
    assert refuse(small, "move", "--to", url, url="postgresql://desk@db/other") == (
        "PORTAL_DATABASE_URL names another database than --to. Unset it until this is done."
    )


def test_a_folder_without_a_portal_has_nothing_to_move(tmp_path: Path, url: str) -> None:
    assert refuse(tmp_path / "none", "move", "--to", url) == (
        f"There is no portal on SQLite in {tmp_path / 'none'}. Check PORTAL_INSTANCE."
    )
    assert (tmp_path / "none").exists() is False


def test_a_portal_that_runs_is_not_moved(small: Path, url: str) -> None:
    with (small / "secrets.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        said = refuse(small, "move", "--to", url)
    assert said == "The portal is running. Stop `portal serve` and `portal worker`, then repeat."


def test_a_portal_that_is_moved_is_not_started(small: Path) -> None:
    with (small / "secrets.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = [refuse(small, "serve", "--port", "1"), refuse(small, "worker")]
    assert said == ["The portal is being moved to another database. Wait until that is done."] * 2


def test_a_file_somebody_has_open_is_not_moved(small: Path, url: str) -> None:
    with closing(sqlite_module().connect(small / "portal.sqlite3")) as opened:
        opened.execute("SELECT count(*) FROM submission").fetchall()
        said = refuse(small, "move", "--to", url)
    assert said == f"{small / 'portal.sqlite3'} is in use. Stop whatever has it open, then repeat."
    assert ask(small, "staff", "list").exit_code == 0


def lose_file(small: Path, how: Callable[[Path], object]) -> tuple[str, str]:
    """Lose or damage a file; return its name and its text's."""
    app = create_app(settings_of(small))
    with app.app_context():
        row = db.session.execute(
            select(Attachment.public_id, Submission.public_id).join(
                Submission, Attachment.submission_id == Submission.id
            )
        ).first()
    close_connections(app)
    assert row is not None
    how(small / "files" / row[0])
    return row[0], row[1]


@pytest.mark.parametrize(
    "how", [Path.unlink, lambda path: path.write_bytes(b"other")], ids=["lost", "damaged"]
)
def test_a_missing_or_damaged_file_is_named(small: Path, url: str, how: Callable[[Path], object]) -> None:
    file, submission = lose_file(small, how)
    assert refuse(small, "move", "--to", url) == (
        f"Files are missing or damaged, so nothing was moved: {file} of text {submission}. "
        "Put them back from your copy, or repeat with --anyway."
    )
    assert ask(small, "staff", "list").exit_code == 0
    assert ask(small, "move", "--to", url, "--anyway").exit_code == 0


def test_a_row_postgresql_does_not_take_is_named(small: Path, url: str) -> None:
    app = create_app(settings_of(small))
    with app.app_context(), transaction() as session:
        number = session.scalars(select(Submission.id).order_by(Submission.id)).first()
        session.execute(update(Submission).where(Submission.id == number).values(heading="a\0b"))
    close_connections(app)
    before = read_typed(sqlite_of(small))
    assert refuse(small, "move", "--to", url) == (
        f"PostgreSQL does not take the row id {number} of submission. Nothing was moved."
    )
    assert read_typed(sqlite_of(small)) == before
    assert ask(small, "staff", "list").exit_code == 0


def test_of_a_portal_that_went_on_after_a_cut_off_move_the_newest_words_arrive(small: Path, url: str) -> None:
    """Cut off between the two databases, the portal goes on with SQLite: what arrived then is an old copy."""
    die_in(small, "move", "--to", url, die_at=_find_step(small, url, "commit", after="setval"))
    app = create_app(settings_of(small))
    with app.app_context(), transaction() as session:
        make_submission(session, datetime.now(UTC))
    close_connections(app)
    rows = read_typed(sqlite_of(small))
    assert read_typed(url) != rows
    said = refuse(small, "staff", "list", url=url)
    assert said == (
        "A move of this portal to PostgreSQL was cut off. Stop the portal and end the move with: "
        "portal move --to URL"
    )
    assert ask(small, "move", "--to", url).exit_code == 0
    assert read_typed(url) == rows


def _list_steps(folder: Path, url: str) -> list[str]:
    """Return the steps of a move that nothing disturbs, on a copy; the database is empty again afterwards."""
    twin = copy(folder, folder.with_name("twin"))
    steps = die_in(twin, "move", "--to", url, die_at=-1)
    server = make_url(url).set(database="postgres")
    run_outside(server, f"DROP DATABASE {MOVED_TO} WITH (FORCE)")
    run_outside(server, f"CREATE DATABASE {MOVED_TO}")
    shutil.rmtree(twin)
    return steps


def _find_step(folder: Path, url: str, name: str, *, after: str) -> int:
    """Return the number of the step that follows the first of this name after the last with these words."""
    steps = _list_steps(folder, url)
    begin = max(number for number, step in enumerate(steps) if after in step)
    return steps.index(name, begin) + 1


def test_a_killed_move_leaves_the_source_whole_and_can_be_run_again(
    small: Path, url: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    rows, files = read_typed(sqlite_of(small)), read_files(small)
    is_full = pytestconfig.getoption("full")
    points = range(len(_list_steps(small, url))) if is_full else (SETTING_ASIDE,)
    outcomes: dict[int | str, tuple[bool, bool, int, bool, list[int]]] = {}
    for point in points:
        folder = copy(small, tmp_path / f"dies{point}")
        die_in(folder, "move", "--to", url, die_at=point)
        left = read_typed(sqlite_of(folder))
        usable = [ask(folder, "staff", "list", url=one).exit_code for one in ("", url)]
        again = ask(folder, "move", "--to", url).exit_code
        outcomes[point] = (left == rows, read_files(folder) == files, again, read_typed(url) == rows, usable)
        shutil.rmtree(folder)
        run_outside(make_url(url).set(database="postgres"), f"DROP DATABASE {MOVED_TO} WITH (FORCE)")
        run_outside(make_url(url).set(database="postgres"), f"CREATE DATABASE {MOVED_TO}")
    broken = {point: one for point, one in outcomes.items() if one[:4] != (True, True, 0, True)}
    assert broken == {}
    # At each moment at most one of the two is started from; on SQLite until all has arrived.
    found = {(0, 1), (1, 1), (1, 0)} if is_full else {(1, 0)}
    assert {tuple(one[4]) for one in outcomes.values()} == found


def test_the_instance_carries_one_identity_through_the_move(small: Path, url: str) -> None:
    ask(small, "move", "--to", url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        own = connection.execute(text("SELECT instance_id, standing FROM installation")).all()
    assert [tuple(row) for row in own] == [(open_instance(small).instance_id, "here")]
