"""Folders in which no portal is yet: what is made there and what is not, and where a portal is."""

from pathlib import Path

import pytest

from portal.app import create_app
from portal.cli import belonging
from portal.cli.belonging import describe_place
from portal.config import Settings, former_instance
from portal.extensions import current_portal
from portal.instance import RECORD, open_instance, read_record
from tests.conftest import close_connections
from tests.reliability.test_migration_killed import read_rows
from tests.support.used_portals import UsedPortal, add_port

pytestmark = pytest.mark.either_database


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "postgres://nobody@127.0.0.1:1/none?connect_timeout=1"]
)
@pytest.mark.parametrize(
    "command", [("upgrade",), ("staff", "list"), ("erase-due",), ("sample",), ("serve",)]
)
def test_a_mistyped_address_is_refused_in_one_sentence(
    tmp_path: Path, url: str, command: tuple[str, ...]
) -> None:
    place = UsedPortal(tmp_path / "new", url)
    said = place.refuse(*add_port(command))
    if command in (("upgrade",), ("sample",), ("serve",)):
        assert said == (
            "The database does not answer (OperationalError). "
            "Check that PostgreSQL runs and what PORTAL_DATABASE_URL says."
        )
    assert place.folder.exists() is False


def test_the_doctor_makes_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    place = UsedPortal(tmp_path / "mistyped", "")
    said = place.ask("doctor")
    words = (
        f"mend: There is no portal in {place.folder}. Set PORTAL_INSTANCE to the folder of yours, or begin a "
        "new one with: portal serve\n"
    )
    assert (said.exit_code, said.output, place.folder.exists()) == (1, words, False)


@pytest.mark.parametrize("begin", ["upgrade", "sample"])
def test_a_first_start_binds_folder_and_database(tmp_path: Path, begin: str) -> None:
    place = UsedPortal(tmp_path / "new", "")
    assert place.ask(begin).exit_code == 0
    app = create_app(place.settings)
    with app.app_context():
        own = current_portal().instance.instance_id
    close_connections(app)
    record = read_record(place.folder)
    assert record is not None
    assert (record.instance_id, record.kind) == (own, "sqlite")
    assert [row["instance_id"] for row in read_rows(place.settings.database)["installation"]] == [own]


def test_the_record_is_for_its_owner_alone(used: UsedPortal) -> None:
    assert (used.folder / RECORD).stat().st_mode & 0o777 == 0o600


def test_a_first_start_that_was_cut_off_goes_on(used: UsedPortal) -> None:
    """The database was bound, the folder not yet."""
    (used.folder / RECORD).unlink()
    assert (used.ask("staff", "list").exit_code, (used.folder / RECORD).exists()) == (0, True)


def test_where_the_portal_is_says_no_password(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, database_url="postgresql://desk:secret@db.example.org/stories")
    assert describe_place(settings) == f"Folder: {tmp_path}\nDatabase: PostgreSQL, stories on db.example.org"


def test_where_the_portal_is_on_sqlite(tmp_path: Path) -> None:
    assert describe_place(Settings(instance=tmp_path)) == (
        f"Folder: {tmp_path}\nDatabase: SQLite, {tmp_path}/portal.sqlite3"
    )


def open_former(folder: Path, monkeypatch: pytest.MonkeyPatch, *, prefix: Path) -> None:
    """Have a portal lie where releases before kept that of a wheel, and none in `folder`."""
    open_instance(prefix / "var" / "portal-instance")
    monkeypatch.setattr(belonging, "CHECKOUT", None)
    monkeypatch.setattr(belonging, "default_instance", lambda _environ: folder)
    monkeypatch.setattr(belonging, "former_instance", lambda: former_instance(prefix=str(prefix)))


@pytest.mark.parametrize("command", [("serve",), ("doctor",), ("staff", "list")], ids=" ".join)
def test_a_portal_left_where_releases_before_kept_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    place, former = UsedPortal(tmp_path / "new", ""), tmp_path / "env" / "var" / "portal-instance"
    open_former(place.folder, monkeypatch, prefix=tmp_path / "env")
    said = place.refuse(*add_port(command)).removeprefix("refuse: ")
    words = (
        f"Your portal lies in {former}, which goes when the program is renewed. "
        f"Run: mkdir -p {tmp_path} && mv {former} {place.folder}"
    )
    assert (said, place.folder.exists()) == (words, False)


def test_once_moved_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, former = UsedPortal(tmp_path / "new", ""), tmp_path / "env" / "var" / "portal-instance"
    open_former(place.folder, monkeypatch, prefix=tmp_path / "env")
    former.rename(place.folder)
    assert place.ask("upgrade").exit_code == 0
