"""The audit log: every act is in it, nobody changes it, and every way of damaging it shows."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.exc import DatabaseError, NoResultFound

from portal.database import transaction
from portal.domain.audit import KEPT, Damage, Finding, derive_audit_key
from portal.domain.permissions import Role
from portal.domain.states import Act
from portal.extensions import current_portal, db
from portal.models import AuditEntry, Submission
from portal.operations.auditing import forget_old_entries, verify_chain
from portal.operations.deciding import mark_spam
from portal.operations.staffing import (
    activate,
    assign,
    count_failure,
    deactivate,
    invite,
    invite_back,
    name_identity_reader,
)
from tests.conftest import DATABASES, close_connections, make_app
from tests.factories import make_call, make_staff, make_submission

NOW = datetime.now(UTC)
WRITERS = 10
GUARDS = {
    "sqlite": ("DROP TRIGGER audit_entry_never_changed", "DROP TRIGGER audit_entry_kept"),
    "postgresql": ("DROP TRIGGER audit_entry_guard ON audit_entry",),
}


@pytest.fixture(params=DATABASES)
def logged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with a log of its own, once on each database."""
    if request.param == "sqlite":
        made = make_app(tmp_path)
        yield made
        close_connections(made)
        return
    base = make_url(request.getfixturevalue("postgres_address")).set(drivername="postgresql+psycopg")
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE audited"))
        made = make_app(tmp_path, base.set(database="audited").render_as_string(hide_password=False))
        yield made
        close_connections(made)
        connection.execute(text("DROP DATABASE audited WITH (FORCE)"))
    engine.dispose()


def send_pitches(app: Flask, number: int = 3) -> None:
    with app.app_context():
        for _ in range(number):
            with transaction() as session:
                make_submission(session, NOW)
        db.session.remove()


def verify(app: Flask) -> Finding | None:
    with app.app_context():
        return verify_chain(db.session(), key=derive_audit_key(current_portal().instance.receipt_secret))


def run_sql(app: Flask, *statements: str) -> None:
    """Change the database past the portal."""
    with app.app_context(), db.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def lift_guards(app: Flask) -> None:
    """Do what an intruder with rights on the database would do first."""
    with app.app_context():
        guards = GUARDS[db.engine.dialect.name]
    run_sql(app, *guards)


def read_log(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(entry.actor, entry.act) for entry in entries]


def test_a_log_nobody_touched_is_whole(logged: Flask) -> None:
    send_pitches(logged)
    assert verify(logged) is None


def test_an_empty_log_is_whole(logged: Flask) -> None:
    assert verify(logged) is None


def test_what_contributors_and_staff_do_is_in_the_log_in_order(logged: Flask) -> None:
    with logged.app_context():
        with transaction() as session:
            piece = make_submission(session, NOW)
            editor = make_staff(session, Role.EDITOR)
        with transaction() as session:
            mark_spam(session, piece, by=editor, at=NOW, seen=piece.version)
        with transaction() as session:
            invite(session, role=Role.MODERATOR, by=editor, at=NOW)
        by = editor.public_id
        db.session.remove()
    assert read_log(logged) == [("contributor", Act.SUBMIT), (by, Act.MARK_SPAM), (by, "invite_staff")]


def test_everything_done_to_accounts_is_in_the_log(logged: Flask) -> None:
    with logged.app_context():
        with transaction() as session:
            make_call(session, NOW)
            admin = make_staff(session, Role.ADMIN)
            changed = make_staff(session, Role.MODERATOR)
        with transaction() as session:
            assign(session, changed, role=Role.EDITOR, coverages=[], by=admin, at=NOW)
            name_identity_reader(session, changed, reads=True, at=NOW)
            count_failure(session, changed, at=NOW)
            invite_back(session, changed, by=admin, at=NOW)
            deactivate(session, changed, by=admin, at=NOW)
            activate(session, changed, by=admin, at=NOW)
        by = admin.public_id
        db.session.remove()
    assert read_log(logged) == [
        (by, "change_role"),
        ("portal", "name_identity_reader"),
        ("portal", "fail_sign_in"),
        (by, "invite_staff"),
        (by, "close_account"),
        (by, "open_account"),
    ]


def test_the_log_knows_the_day_of_a_contributor_and_no_more(logged: Flask) -> None:
    send_pitches(logged, 1)
    with logged.app_context():
        entry = db.session.scalars(select(AuditEntry)).one()
        assert entry.at == NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def fail_after_sending() -> None:
    with transaction() as session:
        make_submission(session, NOW)
        session.flush()
        raise RuntimeError


def test_an_act_that_fails_leaves_no_entry(logged: Flask) -> None:
    with logged.app_context(), pytest.raises(RuntimeError):
        fail_after_sending()
    assert read_log(logged) == []


def test_an_act_whose_entry_cannot_be_written_is_not_done(logged: Flask) -> None:
    run_sql(logged, "DELETE FROM audit_head")
    with pytest.raises(NoResultFound):
        send_pitches(logged, 1)
    with logged.app_context():
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 0


def test_what_is_taken_back_to_a_savepoint_leaves_no_entry(logged: Flask) -> None:
    with logged.app_context():
        with transaction() as session:
            taken_back = session.begin_nested()
            make_submission(session, NOW)
            taken_back.rollback()
        db.session.remove()
    assert read_log(logged) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET act = 'accept' WHERE seq = 2",
        "DELETE FROM audit_entry WHERE seq = 2",
        (
            "INSERT INTO audit_entry (seq, at, actor, act, about, detail, prev, mac) "
            "SELECT seq, at, actor, 'accept', about, detail, prev, mac FROM audit_entry WHERE seq = 2"
        ),
    ],
)
def test_the_database_refuses_to_change_the_log(logged: Flask, statement: str) -> None:
    send_pitches(logged)
    with pytest.raises(DatabaseError):
        run_sql(logged, statement)


@pytest.mark.parametrize("logged", ["sqlite"], indirect=True)
def test_replacing_an_entry_is_refused_too(logged: Flask) -> None:
    send_pitches(logged)
    with pytest.raises(DatabaseError):
        run_sql(
            logged,
            "INSERT OR REPLACE INTO audit_entry "
            "SELECT seq, at, actor, 'accept', about, detail, prev, mac FROM audit_entry WHERE seq = 2",
        )


DAMAGES = {
    "changed": (["UPDATE audit_entry SET act = 'accept' WHERE seq = 2"], Finding(Damage.CHANGED, 2)),
    "renamed": (["UPDATE audit_entry SET actor = 'portal' WHERE seq = 2"], Finding(Damage.CHANGED, 2)),
    "deleted": (["DELETE FROM audit_entry WHERE seq = 2"], Finding(Damage.MISSING, 2)),
    "begun later": (["DELETE FROM audit_entry WHERE seq = 1"], Finding(Damage.MISSING, 1)),
    "cut": (["DELETE FROM audit_entry WHERE seq = 3"], Finding(Damage.CUT, 3)),
    "emptied": (["DELETE FROM audit_entry"], Finding(Damage.CUT, 1)),
    "reordered": (
        [
            "UPDATE audit_entry SET seq = 9 WHERE seq = 2",
            "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
            "UPDATE audit_entry SET seq = 3 WHERE seq = 9",
        ],
        Finding(Damage.CHANGED, 2),
    ),
    "bound to another": (
        ["UPDATE audit_entry SET prev = mac WHERE seq = 3"],
        Finding(Damage.CHANGED, 3),
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_of_the_log_is_found(logged: Flask, name: str) -> None:
    statements, found = DAMAGES[name]
    send_pitches(logged)
    lift_guards(logged)
    run_sql(logged, *statements)
    assert verify(logged) == found


def test_another_secret_shows_as_damage(logged: Flask) -> None:
    send_pitches(logged, 1)
    with logged.app_context():
        found = verify_chain(db.session(), key=derive_audit_key(b"another"))
    assert found == Finding(Damage.CHANGED, 1)


def test_many_writers_at_once_leave_one_chain_without_gaps(logged: Flask) -> None:
    with logged.app_context(), transaction() as session:
        make_call(session, NOW)
    barrier = threading.Barrier(WRITERS)

    def write() -> None:
        barrier.wait()
        send_pitches(logged, 5)

    _run_at_once([write] * WRITERS)
    assert (verify(logged), len(read_log(logged))) == (None, WRITERS * 5)


def _run_at_once(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_entries_older_than_five_years_may_go_and_the_rest_is_whole(logged: Flask) -> None:
    old = NOW - KEPT - timedelta(days=30)
    with logged.app_context(), transaction() as session:
        make_submission(session, old)
        make_submission(session, old)
        make_submission(session, NOW)
    with logged.app_context(), transaction() as session:
        forget_old_entries(session, at=NOW)
    with logged.app_context():
        left = db.session.scalar(select(func.count()).select_from(AuditEntry))
    # The young one, and the entry that says what was deleted.
    assert (left, verify(logged)) == (2, None)
