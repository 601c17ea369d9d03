"""A damaged index of the search keeps nobody from anything, and is made anew by whoever meets it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.bulk_run import BulkRun
from portal.cli.doctor.database import examine_database
from portal.cli.doctor.findings import Kind
from portal.cli.search import examine_index
from portal.database import snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.export_files import POSTPONED_FOR, ExportState
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.export.file_making import make_export, write_choice
from portal.extensions import current_portal, db
from portal.models import Coverage, Draft, ExportFile, SearchDue, Staff, Submission
from portal.operations.coverages.drafts import save_draft
from portal.operations.coverages.export_files import ask_export
from portal.operations.desk.decisions import ask
from portal.operations.erasure import erase
from portal.operations.private.author_acts import withdraw
from portal.operations.search_fts5 import is_sound, read_fill
from portal.queries.drafts import DraftFilter
from portal.queries.story_search import is_found_by
from portal.story.search.query import read_query
from portal.traces import clear_at_once
from tests.support.commands import run_command
from tests.support.concurrency import before_statements
from tests.support.damaged_index import DAMAGES, damage_index
from tests.support.factories import make_draft, make_sending, make_staff, make_submission
from tests.support.html_pages import read_tree
from tests.support.leaving_stories import make_approved, make_story
from tests.support.plain_browser import send_form
from tests.support.search import empty_search, read_for_search
from tests.support.staff import enter_as
from tests.support.stored_words import read_copy

AT = datetime.now(UTC) - timedelta(minutes=5)
WINDOW = timedelta(minutes=10)
OWN, OTHER, NEW = "парасолькаеталон", "черепахаеталон", "велосипедеталон"
STILL_READ = "2 texts are still being read for the search, and may be missing."


@pytest.fixture
def app(sqlite_app: Flask) -> Iterator[Flask]:
    """A portal with a text that waits and a draft, each with a word of its own that the search knows."""
    with sqlite_app.app_context(), transaction() as session:
        make_submission(session, AT, Stage.STORY, sending=tell(OWN))
        by = make_staff(session, Role.EDITOR, languages=("en",))
        make_draft(session, AT, by=by, sending=tell(OTHER))
    read_for_search(sqlite_app)
    yield sqlite_app
    empty_search(sqlite_app)


def tell(word: str) -> Any:
    return make_sending(Stage.STORY, title=word, story=f"Про {word}.")


def damage(app: Flask, how: str) -> None:
    with app.app_context():
        db.engine.dispose()
        damage_index(current_portal().instance.folder / "portal.sqlite3", how)


def open_desk(app: Flask) -> FlaskClient:
    with app.app_context(), snapshot() as session:
        email = session.scalars(select(Staff.email)).one()
    return enter_as(app.test_client(), email)


def find(app: Flask, word: str) -> int:
    """Return how many texts the search finds."""
    with app.app_context(), snapshot() as session:
        found = select(Submission.id).where(is_found_by(read_query(word), in_drafts=True))
        return len(session.scalars(found).all())


def send(session: Session, _waiting: Submission, _by: Staff) -> None:
    make_submission(session, AT, Stage.STORY, sending=tell(NEW))


def decide(session: Session, waiting: Submission, by: Staff) -> None:
    ask(session, waiting, by=by, at=AT, seen=waiting.version, body=f"Чому {NEW}?", window=WINDOW)


def edit(session: Session, _waiting: Submission, by: Staff) -> None:
    draft = session.scalars(select(Draft)).one()
    save_draft(session, draft, {"dek": NEW}, by=by, at=AT, seen=draft.version)


def take_back(session: Session, waiting: Submission, _by: Staff) -> None:
    withdraw(session, waiting, at=AT)


def erase_it(session: Session, waiting: Submission, _by: Staff) -> None:
    erase(session, waiting, by=None, at=AT)


ACTS: Mapping[Callable[[Session, Submission, Staff], None], tuple[int, int, int]] = {
    send: (1, 1, 1),
    decide: (1, 1, 1),
    edit: (1, 1, 1),
    take_back: (1, 1, 0),
    erase_it: (0, 1, 0),
}
"""What people do, and how often each of the words is found afterwards."""


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("how", DAMAGES)
def test_what_people_do_goes_on_and_is_found_once_the_worker_came_by(
    app: Flask, how: str, act: Callable[[Session, Submission, Staff], None]
) -> None:
    damage(app, how)
    with app.app_context(), transaction() as session:
        waiting = session.scalars(select(Submission).order_by(Submission.id)).first()
        assert waiting is not None
        act(session, waiting, session.scalars(select(Staff)).one())
    with app.app_context():
        examine_index(BulkRun(RunKind.INDEXING))
    read_for_search(app)
    assert tuple(find(app, word) for word in (OWN, OTHER, NEW)) == ACTS[act]


@pytest.mark.parametrize("how", DAMAGES)
def test_what_is_erased_is_out_of_the_files_at_once(app: Flask, how: str) -> None:
    damage(app, how)
    with app.app_context():
        with transaction() as session:
            erase(
                session, session.scalars(select(Submission).order_by(Submission.id)).all()[0], by=None, at=AT
            )
        is_clear = clear_at_once(at=AT)
    assert (is_clear, read_copy(app, [OWN, OTHER])) == (True, {OTHER})


@pytest.mark.parametrize("how", ["pages", "everything", "settings", "whole table"])
def test_a_search_says_what_it_lacks_and_has_it_read_again(app: Flask, how: str) -> None:
    client = open_desk(app)
    address = f"/desk/?q={OWN}"
    damage(app, how)
    page = client.get(address)
    read_for_search(app)
    assert (page.status_code, page.text.count(STILL_READ)) == (200, 1)
    assert (client.get(address).text.count(STILL_READ), find(app, OWN)) == (0, 1)


def test_a_decision_on_what_was_searched_for_is_made_once(app: Flask) -> None:
    client = open_desk(app)
    with app.app_context(), snapshot() as session:
        name = session.scalars(select(Submission.public_id).order_by(Submission.id)).all()[0]
    address = f"/desk/submission/{name}?q={OWN}"
    client.get(address)
    damage(app, "pages")
    answer = send_form(client, address, {"body": "Коли?"}, action="/ask", follow=False)
    with app.app_context(), snapshot() as session:
        asked = session.scalars(select(Submission.state).order_by(Submission.id)).all()[0]
    assert (answer.status_code, asked) == (303, "needs_reply")


@pytest.mark.parametrize("how", ["pages", "settings"])
def test_the_doctor_and_reading_anew_tell_of_it_and_of_no_other_damage(app: Flask, how: str) -> None:
    damage(app, how)
    before = [one.kind for one in examine_database(app)]
    said = run_command(app, "search", "reindex").output.splitlines()
    after = [one.kind for one in examine_database(app)]
    assert (Kind.SEARCH_DAMAGED in before, Kind.DAMAGED_DATABASE in before) == (True, False)
    assert (Kind.SEARCH_DAMAGED in after, Kind.SEARCH_BEHIND in after) == (False, False)
    assert said == ["The index was damaged and is made anew.", "2 texts were read for the search."]
    assert [find(app, word) for word in (OWN, OTHER)] == [1, 1]


def test_an_index_that_knows_too_little_is_noticed(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM story_search_words_idx"))
        session.execute(text("INSERT INTO story_search_words (story_search_words) VALUES ('delete-all')"))
    with app.app_context():
        found = examine_index(BulkRun(RunKind.INDEXING))
    read_for_search(app)
    with app.app_context(), snapshot() as session:
        assert (found, is_sound(session), read_fill(session).below) == (True, True, 0)


def test_a_worker_that_dies_leaves_the_text_marked(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_submission(session, AT, Stage.STORY, sending=tell(NEW))

    def die(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO story_search "):
            raise KeyboardInterrupt

    with before_statements(die, app), pytest.raises(KeyboardInterrupt):
        read_for_search(app)
    with app.app_context(), snapshot() as session:
        marked = len(session.scalars(select(SearchDue)).all())
    read_for_search(app)
    assert (marked, find(app, NEW)) == (1, 1)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_table_of_a_search_is_refused_until_it_would_be_whole(app: Flask, suffix: str) -> None:
    client = open_desk(app)
    address = f"/desk/table/{suffix}?q={OWN}"
    whole = client.get(address)
    damage(app, "pages")
    refused = [client.get(address) for _ in range(2)]
    read_for_search(app)
    assert ["The search is not ready" in one.text for one in refused] == [True, True]
    assert [one.status_code for one in (whole, *refused, client.get(address))] == [200, 503, 503, 200]


@pytest.mark.parametrize("how", DAMAGES)
def test_no_table_of_a_search_lacks_a_row_whatever_the_damage(app: Flask, how: str) -> None:
    client = open_desk(app)
    address = f"/desk/table/csv?q={OWN}"
    whole = client.get(address).data
    damage(app, how)
    answers = [client.get(address) for _ in range(2)]
    read_for_search(app)
    assert [one.data for one in answers if one.status_code != 503] in ([], [whole] * 2)
    assert client.get(address).data == whole


@pytest.mark.parametrize("how", DAMAGES)
def test_a_file_of_what_a_search_finds_waits_until_the_index_is_whole(app: Flask, how: str) -> None:
    with app.app_context(), transaction() as session:
        make_approved(session, AT, make_story(title=NEW))
        coverage, by = session.scalars(select(Coverage)).one(), session.scalars(select(Staff)).all()[0]
        ask_export(
            session,
            coverage,
            by=by,
            at=AT,
            format_name="bundle",
            choice=write_choice(DraftFilter(NEW)),
            total=1,
            has_gaps=False,
        )
    read_for_search(app)
    damage(app, how)
    while_damaged = make_file(app, at=AT)
    read_for_search(app)
    assert (while_damaged, make_file(app, at=AT + POSTPONED_FOR * 2)) in (
        ((ExportState.RUNNING, 0, 0), (ExportState.READY, 1, 1)),
        # Not every damage keeps it from finding what it is asked for.
        ((ExportState.READY, 1, 1), (ExportState.READY, 1, 1)),
    )


@pytest.mark.parametrize("text", [NEW, ""])
def test_the_page_of_a_file_that_waits_for_the_search_says_so(app: Flask, text: str) -> None:
    client = open_desk(app)
    with app.app_context(), transaction() as session:
        make_approved(session, AT, make_story(title=NEW))
        coverage, by = session.scalars(select(Coverage)).one(), session.scalars(select(Staff)).all()[0]
        asked = ask_export(
            session,
            coverage,
            by=by,
            at=AT,
            format_name="bundle",
            choice=write_choice(DraftFilter(text)),
            total=1,
            has_gaps=False,
        )
        page = f"/desk/coverages/{coverage.slug}/export/{asked.public_id}"
    read_for_search(app)
    before = word_status(client, page)
    damage(app, "pages")
    make_file(app, at=AT)
    while_damaged = word_status(client, page)
    read_for_search(app)
    make_file(app, at=AT + POSTPONED_FOR * 2)
    waits = (
        "The search is still reading all the texts again. As soon as it has, the file is made by itself; "
        "you can leave this page."
    )
    is_held_up = ["Waiting to be made", waits]
    told = [["Waiting to be made", "0 of 1 looked at"], is_held_up if text else ["Ready"], ["Ready"]]
    assert [before, while_damaged, word_status(client, page)] == told


def word_status(client: FlaskClient, page: str) -> list[str]:
    """Return what the page of a file says of where that stands."""
    (line,) = read_tree(client.get(page).text).iterfind(".//div[@class='status-line info']")
    return ["".join(one.itertext()) for one in line]


def make_file(app: Flask, *, at: datetime) -> tuple[ExportState, int, int]:
    """Have the worker make the file; return where that stands, its attempts, and how many stories it has."""
    with app.app_context():
        make_export(current_portal().instance, clock=lambda: at)
        with snapshot() as session:
            file = session.scalars(select(ExportFile)).one()
            return file.state, file.attempts, file.written
