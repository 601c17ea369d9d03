"""Reading requests cannot write, refused forms cannot write, and nobody overwrites unseen changes."""

import threading
from datetime import datetime
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import database
from portal.database import engine_options, transaction
from portal.domain.errors import StaleEdit
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Staff, Submission
from tests.support.factories import make_staff, make_submission


def count_staff(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Staff.id))) or 0


def heading_of(app: Flask, submission_id: int) -> str:
    with app.app_context():
        return db.session.scalars(select(Submission.heading).where(Submission.id == submission_id)).one()


@pytest.fixture
def submission(app: Flask, at: datetime) -> Submission:
    """A submission as somebody read it a while ago."""
    with app.app_context():
        with transaction() as session:
            made = make_submission(session, at)
        db.session.refresh(made)
        db.session.expunge(made)
        return made


def fail_halfway(session: Session) -> None:
    make_staff(session, Role.EDITOR)
    raise ZeroDivisionError


def put_back(session: Session, submission: Submission, heading: str) -> None:
    """Go on with what was read a while ago."""
    session.add(submission)
    submission.heading = heading


def change_heading(app: Flask, submission_id: int, heading: str) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(Submission, submission_id).heading = heading


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_reading_request_cannot_write(app: Flask, method: str) -> None:
    with app.test_request_context(method=method), pytest.raises(DBAPIError), transaction() as session:
        make_staff(session, Role.EDITOR)


def test_what_a_reading_request_tried_to_write_is_not_there(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(DBAPIError), transaction() as session:
        make_staff(session, Role.EDITOR)
    assert count_staff(app) == 0


def test_a_reading_request_cannot_write_after_a_rollback(app: Flask) -> None:
    with app.test_request_context():
        db.session.scalar(select(func.count(Staff.id)))
        db.session.rollback()
        with pytest.raises(DBAPIError), transaction() as session:
            make_staff(session, Role.EDITOR)


def test_a_page_is_made_from_one_moment_of_the_database(app: Flask) -> None:
    def join_meanwhile() -> None:
        with app.app_context(), transaction() as session:
            make_staff(session, Role.EDITOR)

    with app.test_request_context("/"):
        counts = [db.session.scalar(select(func.count(Staff.id)))]
        joining = threading.Thread(target=join_meanwhile)
        joining.start()
        joining.join()
        counts.append(db.session.scalar(select(func.count(Staff.id))))
    assert [*counts, count_staff(app)] == [0, 0, 1]


def test_a_writing_request_writes(app: Flask) -> None:
    with app.test_request_context(method="POST"), transaction() as session:
        make_staff(session, Role.EDITOR)
    assert count_staff(app) == 1


def test_a_write_after_a_refused_form_token_is_a_mistake_of_ours(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        g.csrf_failed = True
        with pytest.raises(RuntimeError, match="without a valid form token"), transaction():
            pass


def test_an_act_that_fails_halfway_leaves_nothing(app: Flask) -> None:
    with app.app_context(), pytest.raises(ZeroDivisionError), transaction() as session:
        fail_halfway(session)
    assert count_staff(app) == 0


def test_an_edit_of_a_version_that_is_gone_is_refused(app: Flask, submission: Submission) -> None:
    change_heading(app, submission.id, "Харків")
    with app.app_context(), pytest.raises(StaleEdit), transaction() as session:
        put_back(session, submission, "Тайбей")


def test_a_refused_edit_leaves_the_colleagues_words(app: Flask, submission: Submission) -> None:
    submission_id = submission.id
    change_heading(app, submission_id, "Харків")
    with app.app_context(), pytest.raises(StaleEdit), transaction() as session:
        put_back(session, submission, "Тайбей")
    assert heading_of(app, submission_id) == "Харків"


def test_an_edit_of_the_newest_version_is_kept(app: Flask, submission: Submission) -> None:
    submission_id = submission.id
    with app.app_context(), transaction() as session:
        put_back(session, submission, "Тайбей")
    assert heading_of(app, submission_id) == "Тайбей"


def test_every_edit_counts_the_version_up(app: Flask, submission: Submission) -> None:
    submission_id, seen = submission.id, submission.version
    change_heading(app, submission_id, "Харків")
    with app.app_context():
        now = db.session.scalars(select(Submission.version).where(Submission.id == submission_id)).one()
    assert now == seen + 1


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_database_that_goes_while_its_answer_is_on_the_way_spoils_no_answer(app: Flask) -> None:
    with app.test_request_context():
        backend = db.session.scalar(text("SELECT pg_backend_pid()"))
        with app.app_context():
            db.session.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})
    assert count_staff(app) == 0


SELECT_PLANNED = 21
"""What SQLite asks an authorizer once for each SELECT it plans (SQLITE_SELECT)."""


def count_plans(connection: Connection, statements: list[str]) -> int:
    """Return how many plans SQLite makes for these statements, asked in turns, three times each."""
    actions: list[int] = []

    def note(action: int, *_more: str | None) -> int:
        actions.append(action)
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_authorizer(note)
    for statement in statements * 3:
        connection.exec_driver_sql(statement).all()
    driver.set_authorizer(None)
    return actions.count(SELECT_PLANNED)


@pytest.mark.parametrize(("options", "plans"), [({}, 2), ({"cached_statements": 128}, 6)])
def test_a_statement_is_planned_once_however_many_came_before(options: dict[str, int], plans: int) -> None:
    made = engine_options("sqlite://")
    engine = create_engine("sqlite://", **{**made, "connect_args": {**made["connect_args"], **options}})
    with engine.connect() as connection:
        for number in range(300):
            for _time in range(2):
                connection.exec_driver_sql(f"SELECT {number}").all()
        assert count_plans(connection, ["SELECT 'one'", "SELECT 'other'"]) == plans
    engine.dispose()


def count_prepared(app: Flask, client: FlaskClient) -> int:
    """Return how many statements the one connection to PostgreSQL holds prepared after some visits."""
    with app.app_context():
        db.engine.dispose()
    for _visit in range(8):
        assert client.get("/en/").status_code == 200
    with app.app_context(), db.engine.connect() as connection:
        found: int = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one()
    return found


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_what_pages_ask_stays_prepared(app: Flask, client: FlaskClient) -> None:
    assert count_prepared(app, client) > 0


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_reading_that_ends_by_a_rollback_is_found_to_prepare_nothing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        engine = db.engine
    event.remove(engine, "rollback", database._end_postgresql)  # noqa: SLF001  # the seeded fault
    try:
        assert count_prepared(app, client) == 0
    finally:
        event.listen(engine, "rollback", database._end_postgresql)  # noqa: SLF001  # a listener


def test_postgresql_answers_a_page_in_one_process_and_compiles_nothing(postgresql_app: Flask) -> None:
    with postgresql_app.app_context():
        settings = (
            db.session.scalar(text(f"SHOW {name}")) for name in ("max_parallel_workers_per_gather", "jit")
        )
        assert tuple(settings) == ("0", "off")
