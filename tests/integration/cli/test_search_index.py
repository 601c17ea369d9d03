"""The search index heals by the worker, and is read anew by hand, in blocks that say how to go on."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.cli.doctor.database import examine_database
from portal.cli.doctor.findings import Kind
from portal.cli.search import keep_index
from portal.database import snapshot, transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Revision, StorySearch, Submission
from portal.operations.erasure import erase
from portal.operations.search_marks import mark_texts
from tests.support.commands import run_command
from tests.support.factories import make_staff, make_submission
from tests.support.search import read_in_session
from tests.support.staff import enter_as


@pytest.fixture
def session(app: Flask, at: datetime) -> Iterator[Session]:
    """Three texts, one without a row, and two with a row of an older release."""
    with app.app_context():
        with transaction() as session:
            made = [make_submission(session, at) for _ in range(3)]
            read_in_session(session)
        with transaction() as session:
            session.execute(update(StorySearch).values(tokenizer_version=0, body_terms=""))
            session.execute(delete(StorySearch).where(StorySearch.submission_id == made[1].id))
        yield db.session()


def count_empty(session: Session) -> int:
    session.expire_all()
    empty = [row.body_terms for row in session.scalars(select(StorySearch))].count("")
    session.rollback()  # SQLite lets one write at a time, and whoever reads here might
    return empty


def find_behind(app: Flask) -> list[str]:
    return [one.sentence for one in examine_database(app) if one.kind is Kind.SEARCH_BEHIND]


def test_the_worker_reads_what_an_older_release_has_left(app: Flask, session: Session) -> None:
    keep_index(app, is_stopping=lambda: True)
    stopped = count_empty(session)
    keep_index(app, is_stopping=lambda: False)
    assert (stopped, count_empty(session)) == (2, 0)


def test_the_doctor_counts_them_and_what_has_no_row(app: Flask, session: Session) -> None:
    said = (
        "3 texts are not in the search as they are. The worker goes on in small steps. "
        "At once: portal search reindex"
    )
    session.close()
    before = find_behind(app)
    run_command(app, "search", "reindex")
    assert (before, find_behind(app)) == ([said], [])


def test_everything_is_read_anew_and_a_stopped_run_goes_on(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.cli.search._SAID_EVERY", 1)
    monkeypatch.setattr("portal.operations.search_index._AT_ONCE", 1)
    numbers = sorted(session.scalars(select(StorySearch.submission_id)))
    session.close()
    whole = run_command(app, "search", "reindex").output.splitlines()
    rest = run_command(app, "search", "reindex", "--before", str(numbers[-1])).output.splitlines()
    assert whole[0] == f"1 of 3 texts. Stopped here, go on with: --before {numbers[-1]}"
    assert (whole[-1], rest[-1]) == ("3 texts were read for the search.", "2 texts were read for the search.")
    assert count_empty(session) == 0


def break_answers(session: Session, broken: Submission) -> None:
    """Have the newest answers of a text be nothing that we write."""
    answers = update(Revision).where(Revision.submission_id == broken.id)
    session.execute(answers.values(open_answers=["words"]))
    mark_texts(session, [broken.id])


def find_set_aside(app: Flask) -> list[str]:
    return [one.sentence for one in examine_database(app) if one.kind is Kind.SEARCH_LACKS]


def test_a_text_that_cannot_be_read_holds_no_other_up_and_is_named(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        broken, whole = make_submission(session, at), make_submission(session, at)
        break_answers(session, broken)
        name, last = broken.public_id, whole.id
    keep_index(app, is_stopping=lambda: False)
    with app.app_context(), snapshot() as session:
        rows = session.scalars(select(StorySearch).order_by(StorySearch.submission_id)).all()
        read = [(row.submission_id == last, row.body_terms != "", name in row.extra_terms) for row in rows]
    assert read == [(False, False, True), (True, True, False)]
    said = (
        "What these texts say cannot be read for the search: they are found by their ids alone, until they "
        f"are changed, or read by portal search reindex: {name}"
    )
    assert find_set_aside(app) == [said]


@pytest.mark.parametrize("is_changed", [True, False], ids=["when it is changed", "when all is read anew"])
def test_a_text_that_was_set_aside_is_read_again(app: Flask, at: datetime, *, is_changed: bool) -> None:
    with app.app_context(), transaction() as session:
        broken = make_submission(session, at)
        answers = dict(broken.latest.open_answers)
        break_answers(session, broken)
    keep_index(app, is_stopping=lambda: False)
    before = find_set_aside(app)
    with app.app_context(), transaction() as session:
        if is_changed:
            session.scalars(select(Revision)).one().open_answers = answers
        else:
            session.execute(update(Revision).values(open_answers=answers))
    if is_changed:
        keep_index(app, is_stopping=lambda: False)
    else:
        run_command(app, "search", "reindex")
    assert (len(before), find_set_aside(app)) == (1, [])


def test_a_text_that_was_set_aside_is_in_tables_by_its_id_and_gone_once_erased(
    app: Flask, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        broken = make_submission(session, at)
        break_answers(session, broken)
        name, email = broken.public_id, make_staff(session, Role.EDITOR).email
    keep_index(app, is_stopping=lambda: False)
    table = enter_as(app.test_client(), email).get(f"/desk/table/csv?q={name}")
    with app.app_context(), transaction() as session:
        erase(session, session.scalars(select(Submission)).one(), by=None, at=at)
    with app.app_context(), snapshot() as session:
        left = session.scalars(select(StorySearch)).all()
    assert (table.status_code, name in table.text, left, find_set_aside(app)) == (200, True, [], [])
