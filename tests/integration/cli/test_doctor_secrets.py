"""What an operator keeps secret: `portal doctor` finds files others can read, weak secrets and lost keys."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.app import create_app
from portal.cli.doctor.database import examine_before_serving, examine_database
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.doctor.settings import examine_files
from portal.config import Settings
from portal.instance import open_instance
from portal.models import Submission
from portal.storage import read_file
from tests.conftest import close_connections
from tests.support.deployments import (
    IN_ORDER,
    OTHER_RING,
    Deployment,
    change_ring,
    find_kinds,
    open_to_others,
    remove,
    send_pitch,
    step_back,
    write,
)
from tests.support.factories import make_submission
from tests.support.mail_server import find_port
from tests.support.photos import keep_document


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (".", 0o750),
        ("files", 0o755),
        ("mail", 0o701),
        ("secrets.json", 0o640),
        ("keyring.json", 0o604),
        ("portal.sqlite3.old", 0o644),
        ("backup-2026-03-14.tar", 0o644),
    ],
)
def test_what_others_on_the_machine_can_read_is_refused(deployment: Deployment, name: str, mode: int) -> None:
    open_to_others(name, mode)(deployment)
    path = deployment.folder / name
    assert find_kinds(examine_files(Settings.from_env(deployment.settings))) == [Kind.OPEN_FILE]
    assert f"chmod go= {path}" in deployment.diagnose()[1][0]


def test_a_start_closes_the_database_that_an_early_release_left_open(deployment: Deployment) -> None:
    open_to_others("portal.sqlite3", 0o644)(deployment)
    path = deployment.folder / "portal.sqlite3"
    said = deployment.ask("upgrade")
    assert (said.exit_code, said.output.splitlines()) == (
        0,
        [
            f"{path} could be read by other users of this machine. It is closed to them now.",
            "The database is up to date.",
        ],
    )
    assert (path.stat().st_mode & 0o777, deployment.diagnose()) == (0o600, IN_ORDER)


def test_a_database_of_somebody_else_that_others_can_read_is_refused(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_others("portal.sqlite3", 0o644)(deployment)
    path = deployment.folder / "portal.sqlite3"
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)
    stopped = deployment.ask("serve", "--port", str(find_port()))
    assert (stopped.exit_code, stopped.output, path.stat().st_mode & 0o777) == (
        1,
        f"Error: {path} can be read by other users of this machine. Run: chmod go= {path}\n",
        0o644,
    )


def test_the_portal_itself_leaves_nothing_open_to_others(deployment: Deployment) -> None:
    send_pitch(deployment)
    inside = [path for path in deployment.folder.rglob("*") if path.is_file() and path.suffix != ".mo"]
    assert [path.name for path in inside if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("secret", ["", "short", "0" * 64])
@pytest.mark.parametrize("name", ["session", "receipt", "password_salt", "totp"])
def test_a_weak_secret_is_refused(deployment: Deployment, name: str, secret: str) -> None:
    deployment.write_secret("secrets.json", **{name: secret})
    assert find_kinds(examine_files(Settings.from_env(deployment.settings))) == [Kind.WEAK_SECRET]


def test_a_missing_secret_is_refused(deployment: Deployment) -> None:
    path = deployment.folder / "secrets.json"
    kept = json.loads(path.read_text())
    del kept["totp"]
    path.write_text(json.dumps(kept))
    assert deployment.diagnose() == (1, [f"refuse: The secret 'totp' in {path} is too weak."])


@pytest.mark.parametrize(
    "content", ["[]", '{"current": "00"}', '{"current": "00", "00": "ab"}', '{"current": 1}']
)
def test_a_ring_that_holds_no_keys_is_refused(deployment: Deployment, content: str) -> None:
    write("keyring.json", content)(deployment)
    assert find_kinds(examine_files(Settings.from_env(deployment.settings))) == [Kind.UNREADABLE_RING]


def test_lost_secrets_are_not_made_anew(deployment: Deployment) -> None:
    remove("secrets.json")(deployment)
    stopped = deployment.ask("serve", "--port", str(find_port()))
    assert (stopped.exit_code, (deployment.folder / "secrets.json").exists()) == (1, False)


def test_a_first_start_finds_nothing_lost(tmp_path: Path) -> None:
    assert list(examine_files(Settings(instance=tmp_path, upload_floor_mib=0))) == []


@pytest.mark.parametrize("name", ["htdocs", "static", "public_html"])
def test_an_instance_where_web_servers_look_is_refused(tmp_path: Path, name: str) -> None:
    served = tmp_path / name / "instance"
    open_instance(served)
    found = list(examine_files(Settings(instance=served, upload_floor_mib=0)))
    sentence = f"{served} lies where web servers look for files to send. Move it elsewhere."
    assert found == [Finding(Kind.WEB_ROOT, sentence)]


def test_a_ring_of_another_database_seals_nothing_of_this_one(deployment: Deployment) -> None:
    with deployment.open() as session:
        keep_document(session, make_submission(session, datetime.now(UTC)), at=datetime.now(UTC))
    step_back(deployment, "0020")
    before = read_files(deployment)
    ring = deployment.folder / "keyring.json"
    own = ring.read_text()
    ring.write_text(OTHER_RING)
    stopped = deployment.ask("upgrade")
    ring.write_text(own)
    untouched = read_files(deployment)
    went_on = deployment.ask("upgrade")
    with deployment.open() as session:
        submission = session.scalars(select(Submission)).one()
        answers, document = (
            submission.latest.answers,
            read_file(deployment.folder / "files", submission.attachments[0].file),
        )
    assert (list(before.values()), untouched, document) == ([document], before, "Лист".encode())
    assert (stopped.exit_code, stopped.output.partition(" lacks")[0], went_on.exit_code, answers["risk"]) == (
        1,
        f"Error: {ring}",
        0,
        "no",
    )


def read_files(deployment: Deployment) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (deployment.folder / "files").iterdir()}


def test_a_lost_key_is_refused_before_anybody_is_served(deployment: Deployment) -> None:
    change_ring(deployment)
    sentence = (
        f"{deployment.folder / 'keyring.json'} lacks the key LOST: what it sealed cannot be opened. "
        "Put the ring back from your copy."
    )
    app = create_app(Settings.from_env(deployment.settings))
    found = [*examine_database(app), *examine_before_serving(app)]
    close_connections(app)
    before, after = sentence.split("LOST")
    assert [one.kind for one in found] == [Kind.LOST_KEY, Kind.LOST_KEY]
    assert (found[0].sentence.startswith(before), found[0].sentence.endswith(after)) == (True, True)
