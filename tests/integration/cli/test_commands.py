"""The command line: from a fresh folder to a running site, and one clear line when something is wrong."""

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from jinja2 import DictLoader, Environment
from PIL import Image
from sqlalchemy import func, select

from portal.app import create_app
from portal.cli import portal
from portal.cli.instance_lock import lock_serving
from portal.cli.serve import settings_for
from portal.config import Settings
from portal.domain.states import State
from portal.export.photos import NOT_LICENSED, gather_pictures
from portal.extensions import current_portal, db
from portal.models import Attachment, Coverage, Invitation, Staff, Submission
from portal.resources import templates_folder
from portal.storage import read_file
from portal.web.site.templating import KeptTemplates, read_templates
from tests.support.quick_apps import lend_templates, take_templates

_ANSWER_SECONDS = 60
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/account/invitation/[\w-]{43}")


def run(instance: Path, *words: str, **settings: str) -> Result:
    """Run a command as in a shell whose only settings are these."""
    environ = {name: None for name in os.environ if name.startswith("PORTAL_")}
    given = {f"PORTAL_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(portal, words, env={**environ, "PORTAL_INSTANCE": str(instance), **given})


def open_app(instance: Path) -> Flask:
    return create_app(Settings(instance=instance))


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
    return port


def start_site(instance: Path, port: int) -> "subprocess.Popen[str]":
    """Start the site as a person does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    path = os.pathsep.join(filter(None, sys.path))
    run_main = "from portal.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", run_main, "serve", "--port", str(port), "--workers", "1"],
        env={**environ, "PORTAL_INSTANCE": str(instance), "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(site: "subprocess.Popen[str]") -> str:
    """Return what the site said up to the line that names its address."""
    assert site.stdout is not None
    said = ""
    for line in site.stdout:
        said += line
        if line.startswith("The portal is at "):
            return said
    raise AssertionError(f"the site never got ready; it said {said!r}")


def fetch(url: str) -> int:
    """Return the status of a page."""
    with urlopen(url, timeout=_ANSWER_SECONDS) as answer:
        status: int = answer.status
        return status


@dataclass
class Site:
    """A running site."""

    process: "subprocess.Popen[str]"
    port: int
    said: str


@contextmanager
def run_site(instance: Path) -> Iterator[Site]:
    """Run a site until the block ends."""
    port = free_port()
    process = start_site(instance, port)
    said = wait_until_ready(process)
    take_templates(instance)
    yield Site(process, port, said)
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=_ANSWER_SECONDS)


@pytest.fixture
def site(tmp_path: Path, fresh_folder: Path) -> Iterator[Site]:
    """A site of one's own, which may be stopped; its tables are there."""
    shutil.copytree(fresh_folder, tmp_path / "instance")
    lend_templates(tmp_path / "instance")
    with run_site(tmp_path / "instance") as running:
        yield running


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that runs on for other tests."""
    with run_site(tmp_path_factory.mktemp("shared") / "instance") as running:
        yield running


def test_serve_makes_everything_from_an_empty_folder(shared_site: Site) -> None:
    assert fetch(f"http://127.0.0.1:{shared_site.port}/en/ukraine-taiwan/") == 200


def test_serve_prints_one_link_for_the_first_admin(shared_site: Site) -> None:
    links = _LINK.findall(shared_site.said)
    assert [fetch(link) for link in links] == [200]


def test_serve_prints_folder_and_database_first(shared_site: Site) -> None:
    where, database, *_more = shared_site.said.splitlines()
    folder = Path(where.removeprefix("Folder: "))
    assert (where, database) == (f"Folder: {folder}", f"Database: SQLite, {folder / 'portal.sqlite3'}")
    assert (folder.name, (folder / "portal.sqlite3").exists()) == ("instance", True)


def test_serve_answers_under_both_names_of_this_machine(shared_site: Site) -> None:
    addresses = [f"http://{name}:{shared_site.port}/uk/" for name in ("127.0.0.1", "localhost")]
    assert [fetch(address) for address in addresses] == [200, 200]


def test_the_next_start_finds_what_templates_became(shared_site: Site, tmp_path: Path) -> None:
    """A template that was compiled anew would be written anew."""
    kept = Path(shared_site.said.splitlines()[0].removeprefix("Folder: ")) / "templates"
    before = {path: path.stat().st_ino for path in kept.iterdir()}
    read_templates(open_app(tmp_path), kept)
    after = {path: path.stat().st_ino for path in kept.iterdir()}
    assert (len(after), after) == (sum(path.is_file() for path in templates_folder().rglob("*.*")), before)


def test_without_room_for_what_templates_became_pages_are_shown(tmp_path: Path) -> None:
    pages = Environment(  # a word, which needs no escaping
        loader=DictLoader({"page": "words"}), bytecode_cache=KeptTemplates(str(tmp_path / "missing"))
    )
    assert pages.get_template("page").render() == "words"


@pytest.mark.one_case("number")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_site_in_silence(site: Site, number: signal.Signals) -> None:
    fetch(f"http://127.0.0.1:{site.port}/en/")
    site.process.send_signal(number)
    said = site.process.communicate(timeout=_ANSWER_SECONDS)
    assert (site.process.returncode, said) == (0, ("", ""))


LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00 WARNING portal\.server\.lines: \S.*")


def test_nothing_of_a_request_is_logged(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=_ANSWER_SECONDS) as visitor:
        visitor.sendall(b"GET /canary\x01 HTTP/9\r\nHost: canary.example.org\r\n\r\n")
        visitor.recv(1024)
    site.process.terminate()
    said, logged = site.process.communicate(timeout=_ANSWER_SECONDS)
    assert [word for word in ("canary", "127.0.0.1") if word in said + logged] == []
    assert [LINE.fullmatch(line) is not None for line in logged.splitlines()] == [True]


def test_a_mail_worker_that_dies_is_started_again(shared_site: Site) -> None:
    assert shared_site.process.stderr is not None
    os.kill(find_worker(shared_site.process.pid), signal.SIGKILL)
    said = shared_site.process.stderr.readline()
    assert said.partition(" ")[2] == "ERROR portal.cli.serve: The mail worker ended and is started again.\n"


def find_worker(starter: int) -> int:
    """Return the child of serve that was started last: the worker follows the web server."""
    children = Path(f"/proc/{starter}/task/{starter}/children").read_text(encoding="ascii").split()
    return max(int(child) for child in children)


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = run(tmp_path, "serve", "--port", str(port))
    assert (result.exit_code, result.output) == (
        1,
        f"Error: 127.0.0.1:{port} is not free. Choose another port with --port.\n",
    )


def test_a_folder_that_is_served_is_not_served_twice(tmp_path: Path) -> None:
    with lock_serving(tmp_path):
        result = run(tmp_path, "serve", "--port", str(free_port()))
    assert (result.exit_code, result.output, list(tmp_path.iterdir())) == (
        1,
        f"Error: The portal of {tmp_path} is served already. Stop that, then repeat.\n",
        [],
    )


@pytest.mark.parametrize("command", ["serve", "worker", "upgrade", "sample"])
def test_an_unknown_setting_is_named_in_one_line(tmp_path: Path, command: str) -> None:
    result = run(tmp_path, command, colour="red")
    assert (result.exit_code, result.output) == (2, "Error: PORTAL_COLOUR is not a setting of the portal\n")


_NO_DRIVER = "Error: A package is missing. Run: pip install 'psycopg[binary]'\n"
_POSTGRESQL = "postgresql://portal@localhost/portal"


def test_moving_without_the_package_of_postgresql_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "upgrade")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = run(tmp_path, "move", "--to", _POSTGRESQL)
    assert (result.exit_code, result.output) == (1, _NO_DRIVER)


def test_restoring_without_the_package_of_postgresql_says_so_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, backups = tmp_path / "old", tmp_path / "new", str(tmp_path / "backups")
    run(old, "upgrade")
    run(old, "backup", backups, "--secrets-apart")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = run(new, "restore", backups, "--secrets", str(old), database_url=_POSTGRESQL)
    assert (result.exit_code, result.output, new.exists()) == (1, _NO_DRIVER, False)


def test_a_mail_address_nobody_speaks_is_refused_at_the_start(tmp_path: Path) -> None:
    result = run(tmp_path, "serve", "--port", str(free_port()), smtp_url="https://mail.example.org")
    assert (result.exit_code, result.output.splitlines(keepends=True)[-1]) == (
        2,
        "Error: PORTAL_SMTP_URL takes smtp://host:port or smtps://host:port\n",
    )


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://localhost:8123"),
        ("::1", "http://[::1]:8123"),
        ("192.0.2.7", "http://192.0.2.7:8123"),
    ],
)
def test_without_a_public_address_it_is_the_one_listened_on(host: str, address: str) -> None:
    assert settings_for({}, host, 8123).base_url == address


def test_a_public_address_that_is_set_stays(tmp_path: Path) -> None:
    settings = settings_for({"PORTAL_BASE_URL": "https://stories.example.org"}, "127.0.0.1", 8123)
    assert (settings.base_url, settings.hosts) == ("https://stories.example.org", ["stories.example.org"])


def test_upgrade_can_be_run_again(tmp_path: Path) -> None:
    results = [run(tmp_path, "upgrade") for _ in range(2)]
    assert [(one.exit_code, one.output) for one in results] == [(0, "The database is up to date.\n")] * 2


@pytest.fixture(scope="module")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal that was filled with samples."""
    folder = tmp_path_factory.mktemp("sample")
    assert run(folder, "sample").exit_code == 0
    return folder


def test_sample_fills_the_desk_with_every_state_there_is_a_way_to(sample_folder: Path) -> None:
    with open_app(sample_folder).app_context():
        found = set(db.session.scalars(select(Submission.state).distinct()))
    assert found == set(State) - {State.WRITING, State.ERASED}


def test_sample_brings_texts_in_seven_languages(sample_folder: Path) -> None:
    with open_app(sample_folder).app_context():
        found = set(db.session.scalars(select(Submission.lang).distinct()))
    assert found == {"uk", "zh-Hant-TW", "en", "ar", "pl", "ja", "de"}


def test_sample_has_a_story_with_a_photo_that_leaves_and_one_that_stays(sample_folder: Path) -> None:
    with open_app(sample_folder).app_context():
        folder = current_portal().instance.files_folder
        photos = db.session.scalars(select(Attachment)).all()
        found = gather_pictures(photos, lambda photo: read_file(folder, photo.file), lang="uk")
        sizes = [Image.open(io.BytesIO(read_file(folder, one.file))).size for one in photos]
    assert ([one.credit for one in found.leaving], [one.reason for one in found.withheld], sizes) == (
        ["Сергій Б."],
        [NOT_LICENSED],
        [(1200, 800)] * 2,
    )


def test_sample_staff_cannot_sign_in(sample_folder: Path) -> None:
    with open_app(sample_folder).app_context():
        assert db.session.scalars(select(Staff).where(Staff.password.is_not(None))).all() == []


def test_sample_refuses_a_desk_that_has_submissions(sample_folder: Path) -> None:
    second = run(sample_folder, "sample")
    with open_app(sample_folder).app_context():
        count = db.session.scalar(select(func.count()).select_from(Submission))
    assert (second.exit_code, second.output, count) == (
        1,
        "Error: There are submissions already, so nothing was added: samples are for an empty desk.\n",
        42,
    )


def test_sample_opens_one_coverage_and_invites_nobody(sample_folder: Path) -> None:
    with open_app(sample_folder).app_context():
        tables = (Coverage, Invitation)
        assert [db.session.scalar(select(func.count()).select_from(one)) for one in tables] == [1, 0]
