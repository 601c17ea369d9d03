"""`portal doctor` names everything that is unsafe or broken; `portal serve` refuses what must not run."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.app import create_app
from portal.cli.doctor.database import examine_before_serving
from portal.cli.doctor.findings import WEIGHTS, Kind, Weight
from portal.cli.doctor.settings import examine_settings, is_public
from portal.config import Settings
from portal.domain.bulk_runs import RunCost, RunKind
from portal.instance import list_costs, write_cost
from tests.conftest import close_connections
from tests.support.deployments import CASES, IN_ORDER, Deployment, send_from_the_future, spoil
from tests.support.mail_server import HOST, Post, find_port, open_server

ELSEWHERE = "127.0.0.2"
"""An address of this machine that the portal does not know for one."""

ON_THEIR_OWN = frozenset(
    {
        Kind.WEB_ROOT,
        Kind.DISK_FULL,
        Kind.WAL_FAULT,
        Kind.SLOW_JOURNAL,
        Kind.NETWORK_DISK,
        Kind.DAMAGED_DATABASE,
        Kind.LOST_KEY,
        Kind.MAIL_IN_CLEAR,
        Kind.DATABASE_IN_CLEAR,
        Kind.CLOCK_BEHIND,
        Kind.MIGHTY_ROLE,
        # Of two databases, or none: test_belonging.py, test_damaged_databases.py, test_moving_away.py.
        Kind.NO_INSTANCE,
        Kind.FORMER_PLACE,
        Kind.FRESH_FOLDER,
        Kind.SQLITE_LEFT,
        Kind.MOVE_UNFINISHED,
        Kind.FOREIGN_TABLES,
        Kind.RESTORE_UNFINISHED,  # test_backup_killed.py
        # test_doctor_backups.py
        Kind.NO_BACKUP,
        Kind.BACKUP_UNPROVEN,
        Kind.BACKUP_BROKEN,
        Kind.PASSPHRASE_OPEN,
        Kind.FILES_CHANGED,
        Kind.FILES_OPEN,
        Kind.FILES_UNKNOWN,
        # Of files: test_clearing.py.
        Kind.FILES_MISSING,
        Kind.FILES_UNCLAIMED,
        Kind.CLEARING_STOPPED,
        Kind.REMNANTS_LEFT,
        # Of a PostgreSQL with pg_repack: test_repacked_tables.py.
        Kind.REWRITE_HOLDS,
        Kind.REPACK_LEFT,
        Kind.SEARCH_BEHIND,  # test_search_index.py
        Kind.SEARCH_DAMAGED,  # test_damaged_index.py
        Kind.SEARCH_LACKS,  # test_search_index.py
        Kind.BROKEN_FORMAT,  # tests/unit/export/test_formats.py
    }
)


def list_untested() -> set[Kind]:
    """Return the kinds of finding that no test brings about."""
    return set(Kind) - set(CASES) - ON_THEIR_OWN


def test_every_kind_of_finding_is_brought_about() -> None:
    assert (list_untested(), set(CASES) & ON_THEIR_OWN) == (set(), set())


def test_a_kind_nobody_tests_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CASES, Kind.DEBUG)
    assert list_untested() == {Kind.DEBUG}


def test_a_sound_installation_is_in_order(deployment: Deployment) -> None:
    assert deployment.diagnose() == IN_ORDER


def test_the_doctor_tells_what_the_last_runs_have_cost(deployment: Deployment) -> None:
    at = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    deployment.ask("doctor")
    for kind in RunKind:
        held = 0.05 if kind is RunKind.ERASING else 0.0
        write_cost(deployment.folder, kind, RunCost(75.04, 1250, 163, held), at=at)
    cost = "2026-03-14 09:26 UTC, 75.0 s, blocks: 1250, at most 163 MiB of memory"
    assert deployment.diagnose() == (
        0,
        [
            f"Last export: {cost}",
            f"Last clearing away of what is over: {cost}",
            f"Last erasing by the clock: {cost}, others held up for at most 0.05 s",
            f"Last rotation of keys: {cost}",
            f"Last backup: {cost}",
            f"Last move to PostgreSQL: {cost}",
            f"Last rewriting of tables after erasing, by pg_repack: {cost}",
            f"Last rewriting of tables after erasing, by VACUUM FULL: {cost}",
            f"Last reading of texts for the search: {cost}",
            f"Last telling of promises and of what must come back: {cost}",
            "Everything is in order.",
        ],
    )


def test_commands_note_what_they_have_cost(deployment: Deployment, tmp_path: Path) -> None:
    """An export does so in test_export_blocks.py, a move in test_moving_away.py."""
    deployment.ask("upgrade")
    for command in (("keys", "rotate"), ("erase-due",), ("backup", str(tmp_path / "b"), "--secrets-apart")):
        assert deployment.ask(*command).exit_code == 0
    found = list_costs(deployment.folder)
    assert set(found) == {RunKind.ERASING, RunKind.KEY_ROTATION, RunKind.BACKUP}
    assert (found[RunKind.BACKUP][1].blocks > 0, found[RunKind.BACKUP][1].memory > 0) == (True, True)


@pytest.mark.parametrize("kind", CASES)
def test_the_doctor_says_what_is_wrong(deployment: Deployment, kind: Kind) -> None:
    words = spoil(deployment, CASES[kind])
    assert deployment.diagnose() == (WEIGHTS[kind] is not Weight.WARN, [f"{WEIGHTS[kind]}: {words}"])


@pytest.mark.parametrize("kind", CASES)
def test_the_portal_starts_unless_the_doctor_refuses(deployment: Deployment, kind: Kind) -> None:
    words = spoil(deployment, CASES[kind])
    assert find_what_stops(deployment) == ([words] if WEIGHTS[kind] is Weight.REFUSE else [])


def find_what_stops(deployment: Deployment) -> list[str]:
    """Start the portal where its port is taken; return what it says before it comes to that."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        started = deployment.ask("serve", "--port", str(port))
    said = started.output.removeprefix("Error: ").splitlines()
    assert started.exit_code == 1
    if said != [f"{HOST}:{port} is not free. Choose another port with --port."]:
        return said
    # What comes after the port: the look inside.
    if "PORTAL_DATABASE_URL" in deployment.settings:
        stopped = deployment.ask("serve", "--port", str(find_port()))
        return stopped.output.removeprefix("Error: ").splitlines()
    deployment.ask("upgrade")
    app = create_app(Settings.from_env(deployment.settings))
    found = examine_before_serving(app)
    close_connections(app)
    return [one.sentence for one in found]


def test_a_portal_for_this_machine_alone_may_do_without_https(deployment: Deployment) -> None:
    deployment.settings.update({"PORTAL_BASE_URL": "http://127.0.0.1:8000", "PORTAL_PROXY_HOPS": "0"})
    assert deployment.diagnose() == IN_ORDER


def test_an_onion_address_needs_no_https(deployment: Deployment) -> None:
    deployment.settings.update({"PORTAL_BASE_URL": f"http://{'a' * 56}.onion", "PORTAL_PROXY_HOPS": "0"})
    assert deployment.diagnose() == IN_ORDER


def test_a_clock_that_is_behind_the_log_is_named(deployment: Deployment) -> None:
    send_from_the_future(deployment)
    exit_code, (said,) = deployment.diagnose()
    assert (exit_code, said.partition(", but ")[2]) == (
        0,
        "the audit log has an entry of 2199-03-01 00:00 UTC. Set the clock.",
    )


def test_addresses_that_would_travel_in_the_open_are_named(deployment: Deployment) -> None:
    with open_server(Post(), host=ELSEWHERE) as port:
        deployment.settings["PORTAL_SMTP_URL"] = f"smtp://{ELSEWHERE}:{port}"
        found = deployment.diagnose()
    sentence = (
        "The server of PORTAL_SMTP_URL offers no encryption: who listens reads the addresses of "
        "contributors. Use smtps."
    )
    assert found == (0, [f"warn: {sentence}"])


@pytest.mark.parametrize(
    ("address", "public"),
    [("http://127.0.0.1:8000", False), ("http://localhost", False), ("https://stories.example.org", True)],
)
def test_only_a_portal_for_others_is_held_to_the_strict_rules(address: str, *, public: bool) -> None:
    assert is_public(Settings(base_url=address)) is public


@pytest.mark.parametrize(
    ("address", "open_line"),
    [
        ("postgresql://desk@db.example/stories", True),
        ("postgresql://desk@db.example/stories?sslmode=require", True),
        ("postgresql://desk@db.example/stories?sslmode=verify-full", False),
        ("postgresql://desk@127.0.0.1/stories", False),
        ("postgresql://desk@/stories?host=/run/postgresql", False),
        ("postgresql:///stories", False),
        ("", False),
    ],
)
def test_a_line_to_a_database_elsewhere_that_proves_nothing_is_named(
    address: str, *, open_line: bool
) -> None:
    kinds = [found.kind for found in examine_settings(Settings(database_url=address), {})]
    assert (Kind.DATABASE_IN_CLEAR in kinds) == open_line


def test_debugging_is_nobodys_business_on_this_machine_alone() -> None:
    settings = Settings(base_url="http://127.0.0.1:8000")
    assert list(examine_settings(settings, {"FLASK_DEBUG": "1"})) == []
