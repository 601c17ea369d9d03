"""The audit log: every act is in it, nobody changes it, and every way of damaging it shows."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DatabaseError, NoResultFound

from portal.bulk_run import BulkRun
from portal.cli.database import upgrade_database
from portal.cli.worker import delete_old_log, note_head
from portal.database import snapshot, transaction
from portal.domain.acts import Act
from portal.domain.audit import (
    CHAIN_START,
    KEPT,
    AuditAct,
    Damage,
    DamagedEntry,
    bind_entry,
    derive_audit_key,
)
from portal.domain.bulk_runs import RunKind
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import AuditEntry, AuditHead, Submission
from portal.operations.audit_guards import GUARDS
from portal.operations.audit_log import verify_chain
from portal.operations.desk.decisions import mark_spam
from portal.operations.staff.accounts import (
    activate,
    assign_role,
    count_failure,
    deactivate,
    grant_identity_reading,
    invite_staff,
    issue_renewal_link,
    sign_out_everywhere,
)
from tests.support.commands import run_command
from tests.support.factories import make_call, make_staff, make_submission

NOW = datetime.now(UTC)
WRITERS = 50
ROWS = 10_000


def send_pitches(app: Flask, number: int = 3) -> None:
    with app.app_context():
        for _ in range(number):
            with transaction() as session:
                make_submission(session, NOW)
        db.session.remove()


def verify(app: Flask) -> DamagedEntry | None:
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
        dialect = db.engine.dialect.name
    table = " ON audit_entry" if dialect == "postgresql" else ""
    run_sql(app, *(f"DROP TRIGGER {name}{table}" for name in GUARDS[dialect]))


def read_log(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(entry.actor, entry.act) for entry in entries]


def test_a_log_nobody_touched_is_whole(own_app: Flask) -> None:
    send_pitches(own_app)
    assert verify(own_app) is None


def test_an_empty_log_is_whole(own_app: Flask) -> None:
    assert verify(own_app) is None


@pytest.mark.either_database
def test_what_contributors_and_staff_do_is_in_the_log_in_order(own_app: Flask) -> None:
    with own_app.app_context():
        with transaction() as session:
            submission = make_submission(session, NOW)
            editor = make_staff(session, Role.EDITOR)
        with transaction() as session:
            mark_spam(session, submission, by=editor, at=NOW, seen=submission.version)
        with transaction() as session:
            invite_staff(session, role=Role.MODERATOR, by=editor, at=NOW)
        by = editor.public_id
        db.session.remove()
    assert read_log(own_app) == [("contributor", Act.SUBMIT), (by, Act.MARK_SPAM), (by, "invite_staff")]


@pytest.mark.either_database
def test_everything_done_to_accounts_is_in_the_log(own_app: Flask) -> None:
    with own_app.app_context():
        with transaction() as session:
            make_call(session, NOW)
            admin = make_staff(session, Role.ADMIN)
            changed = make_staff(session, Role.MODERATOR)
        with transaction() as session:
            assign_role(session, changed, role=Role.EDITOR, coverages=[], by=admin, at=NOW)
            grant_identity_reading(session, changed, reads=True, at=NOW)
            count_failure(session, changed, at=NOW)
            issue_renewal_link(session, changed, by=admin, at=NOW)
            sign_out_everywhere(session, changed, by=admin, at=NOW)
            deactivate(session, changed, by=admin, at=NOW)
            activate(session, changed, by=admin, at=NOW)
        by = admin.public_id
        db.session.remove()
    assert read_log(own_app) == [
        (by, "change_role"),
        ("portal", "name_identity_reader"),
        ("portal", "fail_sign_in"),
        (by, "invite_staff"),
        (by, "end_sessions"),
        (by, "close_account"),
        (by, "open_account"),
    ]


@pytest.mark.either_database
def test_the_log_knows_the_day_of_a_contributor_and_no_more(own_app: Flask) -> None:
    send_pitches(own_app, 1)
    with own_app.app_context():
        entry = db.session.scalars(select(AuditEntry)).one()
        assert entry.at == NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def fail_after_sending() -> None:
    with transaction() as session:
        make_submission(session, NOW)
        session.flush()
        raise RuntimeError


def test_an_act_that_fails_leaves_no_entry(own_app: Flask) -> None:
    with own_app.app_context(), pytest.raises(RuntimeError):
        fail_after_sending()
    assert read_log(own_app) == []


def fail_after_inviting() -> None:
    with transaction() as session:
        invite_staff(session, role=Role.MODERATOR, by=None, at=NOW)
        raise RuntimeError


def test_an_act_that_failed_is_not_written_with_the_next_one(own_app: Flask) -> None:
    with own_app.app_context():
        with pytest.raises(RuntimeError):
            fail_after_inviting()
        with transaction() as session:
            make_submission(session, NOW)
        db.session.remove()
    assert read_log(own_app) == [("contributor", Act.SUBMIT)]


def test_an_act_whose_entry_cannot_be_written_is_not_done(own_app: Flask) -> None:
    run_sql(own_app, "DELETE FROM audit_head")
    with pytest.raises(NoResultFound):
        send_pitches(own_app, 1)
    with own_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 0


def test_what_is_taken_back_to_a_savepoint_leaves_no_entry(own_app: Flask) -> None:
    with own_app.app_context():
        with transaction() as session:
            taken_back = session.begin_nested()
            make_submission(session, NOW)
            taken_back.rollback()
        db.session.remove()
    assert read_log(own_app) == []


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
def test_the_database_refuses_to_change_the_log(own_app: Flask, statement: str) -> None:
    send_pitches(own_app)
    with pytest.raises(DatabaseError):
        run_sql(own_app, statement)


@pytest.mark.parametrize("own_app", ["sqlite"], indirect=True)
def test_replacing_an_entry_is_refused_too(own_app: Flask) -> None:
    send_pitches(own_app)
    with pytest.raises(DatabaseError):
        run_sql(
            own_app,
            "INSERT OR REPLACE INTO audit_entry "
            "SELECT seq, at, actor, 'accept', about, detail, prev, mac FROM audit_entry WHERE seq = 2",
        )


def forge(seq: int, like: int) -> str:
    """Return what adds an entry that looks like another."""
    return (
        "INSERT INTO audit_entry (seq, at, actor, act, about, detail, prev, mac) "
        f"SELECT {seq}, at, actor, act, about, detail, mac, mac FROM audit_entry WHERE seq = {like}"
    )


DAMAGES = {
    "changed": (["UPDATE audit_entry SET act = 'accept' WHERE seq = 2"], DamagedEntry(Damage.CHANGED, 2)),
    "renamed": (["UPDATE audit_entry SET actor = 'portal' WHERE seq = 2"], DamagedEntry(Damage.CHANGED, 2)),
    "deleted": (["DELETE FROM audit_entry WHERE seq = 2"], DamagedEntry(Damage.MISSING, 2)),
    "begun later": (["DELETE FROM audit_entry WHERE seq = 1"], DamagedEntry(Damage.MISSING, 1)),
    "cut": (["DELETE FROM audit_entry WHERE seq = 3"], DamagedEntry(Damage.CUT, 3)),
    "emptied": (["DELETE FROM audit_entry"], DamagedEntry(Damage.CUT, 1)),
    "reordered": (
        [
            "UPDATE audit_entry SET seq = 9 WHERE seq = 2",
            "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
            "UPDATE audit_entry SET seq = 3 WHERE seq = 9",
        ],
        DamagedEntry(Damage.CHANGED, 2),
    ),
    "inserted at the end": ([forge(4, 3)], DamagedEntry(Damage.CHANGED, 4)),
    "inserted in the middle": (
        ["UPDATE audit_entry SET seq = 4 WHERE seq = 3", forge(3, 2)],
        DamagedEntry(Damage.CHANGED, 3),
    ),
    "inserted before all": ([forge(0, 1)], DamagedEntry(Damage.CHANGED, 0)),
    "bound anew without the key": (
        [f"UPDATE audit_entry SET mac = '{'a' * 64}' WHERE seq = 2"],
        DamagedEntry(Damage.CHANGED, 2),
    ),
    "head put elsewhere": (["UPDATE audit_head SET seq = 2"], DamagedEntry(Damage.CUT, 4)),
    "bound to another": (
        ["UPDATE audit_entry SET prev = mac WHERE seq = 3"],
        DamagedEntry(Damage.CHANGED, 3),
    ),
}


@pytest.mark.either_database
@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_of_the_log_is_found(own_app: Flask, name: str) -> None:
    statements, found = DAMAGES[name]
    send_pitches(own_app)
    lift_guards(own_app)
    run_sql(own_app, *statements)
    assert verify(own_app) == found


CUT_THE_TAIL = (
    "UPDATE audit_head SET seq = 2, mac = (SELECT mac FROM audit_entry WHERE seq = 2)",
    "DELETE FROM audit_entry WHERE seq = 3",
)


@pytest.mark.either_database
def test_a_tail_cut_with_the_head_is_found_by_the_head_noted_before(own_app: Flask) -> None:
    send_pitches(own_app)
    noted = run_command(own_app, "audit", "head").output.strip()
    lift_guards(own_app)
    run_sql(own_app, *CUT_THE_TAIL)
    # The folder remembers the log, too; somebody who has looked goes on.
    assert run_command(own_app, "audit", "verify").output.startswith("Error: The database is older than ")
    run_command(own_app, "upgrade", "--anyway")
    found = run_command(own_app, "audit", "verify", "--head", noted)
    assert (verify(own_app), found.exit_code, found.output) == (
        None,
        1,
        "Error: The log is damaged: it does not hold the head you noted.\n",
    )


def test_a_log_that_has_grown_still_holds_the_head_the_worker_has_logged(
    own_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    send_pitches(own_app)
    with caplog.at_level(logging.INFO, "portal.cli.worker"):
        note_head(own_app)
    (told,) = (one.getMessage() for one in caplog.records if one.name == "portal.cli.worker")
    noted = told.removeprefix("the audit log ends with ")
    send_pitches(own_app, 1)
    assert run_command(own_app, "audit", "verify", "--head", noted).output == "The log is whole: 4 entries.\n"


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("own_app", ["sqlite"], indirect=True)
def test_the_command_ends_with_an_error_at_every_damage(own_app: Flask, name: str) -> None:
    send_pitches(own_app)
    lift_guards(own_app)
    run_sql(own_app, *DAMAGES[name][0])
    assert run_command(own_app, "audit", "verify").exit_code == 1


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", ["TRUNCATE audit_entry", "TRUNCATE audit_entry, audit_head CASCADE"])
def test_the_database_refuses_to_empty_the_log(own_app: Flask, statement: str) -> None:
    send_pitches(own_app)
    with pytest.raises(DatabaseError):
        run_sql(own_app, statement)


def test_an_upgrade_puts_back_the_guards_that_were_taken_away(own_app: Flask) -> None:
    send_pitches(own_app)
    lift_guards(own_app)
    upgrade_database(own_app)
    with pytest.raises(DatabaseError):
        run_sql(own_app, "DELETE FROM audit_entry WHERE seq = 2")


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_an_upgrade_switches_on_again_what_was_switched_off(own_app: Flask) -> None:
    send_pitches(own_app)
    run_sql(own_app, "ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    upgrade_database(own_app)
    with pytest.raises(DatabaseError):
        run_sql(own_app, "TRUNCATE audit_entry")


def test_entries_added_while_the_log_is_checked_are_no_damage(own_app: Flask) -> None:
    send_pitches(own_app)
    with own_app.app_context():
        key = derive_audit_key(current_portal().instance.receipt_secret)
        with snapshot() as session:
            session.scalars(select(AuditEntry.seq)).all()
            sending = threading.Thread(target=send_pitches, args=(own_app, 1))
            sending.start()
            sending.join()  # nobody waits for the check
            assert verify_chain(session, key=key) is None
        db.session.remove()
    assert len(read_log(own_app)) == 4


@pytest.mark.either_database
def test_a_long_log_is_checked_quickly(own_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with own_app.app_context():
        key = derive_audit_key(current_portal().instance.receipt_secret)
        rows, prev = [], CHAIN_START
        for seq in range(1, ROWS + 1):
            row = {"at": NOW, "actor": "a" * 32, "act": "ask", "about": "b" * 32, "detail": {"to": "asked"}}
            mac = bind_entry(key, prev, seq=seq, **row)  # type: ignore[arg-type]  # values of several types
            rows.append({"seq": seq, "prev": prev, "mac": mac, **row})
            prev = mac
        with transaction() as session:
            session.execute(insert(AuditEntry), rows)
            session.execute(update(AuditHead).values(seq=ROWS, mac=prev))
        begun = time.process_time()
        with snapshot() as session:
            assert verify_chain(session, key=key) is None
        took = time.process_time() - begun
    with capsys.disabled():
        print(f"\n{ROWS / took:,.0f} entries checked in a second of CPU")  # a figure, no check


@pytest.mark.either_database
def test_another_secret_shows_as_damage(own_app: Flask) -> None:
    send_pitches(own_app, 1)
    with own_app.app_context():
        found = verify_chain(db.session(), key=derive_audit_key(b"another"))
    assert found == DamagedEntry(Damage.CHANGED, 1)


def test_many_writers_at_once_leave_one_chain_without_gaps(own_app: Flask) -> None:
    with own_app.app_context(), transaction() as session:
        make_call(session, NOW)
    barrier = threading.Barrier(WRITERS)

    def write() -> None:
        barrier.wait()
        send_pitches(own_app, 1)

    def fail() -> None:
        barrier.wait()
        with own_app.app_context(), pytest.raises(RuntimeError):
            fail_after_sending()

    failing = WRITERS // 5
    _run_at_once([write] * (WRITERS - failing) + [fail] * failing)
    assert (verify(own_app), len(read_log(own_app))) == (None, WRITERS - failing)


def _run_at_once(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def shorten(app: Flask, at: datetime) -> None:
    """Have what is over at this moment go, as the worker does."""
    with app.app_context():
        delete_old_log(BulkRun(RunKind.CLEARING), at=at)


def test_entries_older_than_five_years_may_go_and_the_rest_is_whole(own_app: Flask) -> None:
    old = NOW - KEPT - timedelta(days=30)
    with own_app.app_context(), transaction() as session:
        make_submission(session, old)
        make_submission(session, old)
        make_submission(session, NOW)
    shorten(own_app, NOW)
    with own_app.app_context():
        left = db.session.scalar(select(func.count()).select_from(AuditEntry))
    # The young one, and the entry that says what was deleted.
    assert (left, verify(own_app)) == (2, None)


def test_what_the_log_says_was_deleted_excuses_nothing_younger(own_app: Flask) -> None:
    with own_app.app_context(), transaction() as session:
        make_submission(session, NOW - KEPT - timedelta(days=30))
        for _ in range(2):
            make_submission(session, NOW)
    shorten(own_app, NOW)
    lift_guards(own_app)
    run_sql(own_app, "DELETE FROM audit_entry WHERE seq = 2")
    assert verify(own_app) == DamagedEntry(Damage.MISSING, 1)


@pytest.mark.parametrize(("later", "told"), [(timedelta(), 0), (timedelta(seconds=1), 1)])
def test_the_log_says_that_it_was_shortened_once_it_was(own_app: Flask, later: timedelta, told: int) -> None:
    with own_app.app_context(), transaction() as session:
        make_submission(session, NOW - KEPT - timedelta(days=30))
    with own_app.app_context():
        written = db.session.scalars(select(AuditEntry.at)).one()
    shorten(own_app, written + KEPT + later)
    assert [act for _actor, act in read_log(own_app)].count(AuditAct.FORGET_OLD) == told
