"""What came unverified: below the others, worded for people, and away in a few presses when it is a flood."""

import html
import secrets
from datetime import UTC, datetime, timedelta

import html5lib
import pytest
from sqlalchemy import func, insert, inspect, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.admission import Lane, Signal
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Event, OutboxMail, Submission
from portal.models.base import new_public_id
from portal.models.sealing import find_ring
from portal.queries.desk.bulk_spam import count_batch
from portal.queries.desk.queue import PAGE_SIZE, QueueFilter, View
from portal.queries.desk.queue_pages import count_views, find_in_queue, find_next, load_rows, queue_page
from tests.support.author_acts import change_submission, send_unverified, write_as_author
from tests.support.bad_input import OPENED, Desk
from tests.support.factories import make_staff, make_submission
from tests.support.plain_browser import find_form, read_forms
from tests.support.search import read_for_search

SPAM = "/desk/spam"


def titles(page: str) -> list[str]:
    """Return the public ids of the rows of a queue page, in their order."""
    return [row.partition("/desk/submission/")[2][:32] for row in page.split('class="queue-title"')[1:]]


def states_of(desk: Desk) -> dict[str, State]:
    with desk.app.app_context():
        rows = db.session.execute(select(Submission.public_id, Submission.state)).all()
        return {row.public_id: row.state for row in rows}


def test_what_came_unverified_stands_below_what_is_due_later(editor: Desk) -> None:
    junk = send_unverified(editor.app)
    change_submission(
        editor.app,
        junk[0],
        lambda _session, submission: setattr(submission, "due_at", datetime(2020, 1, 1, tzinfo=UTC)),
    )
    assert titles(editor.client.get("/desk/").text) == [editor.pitch, editor.story, *junk]


def test_it_rises_once_somebody_has_decided(editor: Desk) -> None:
    junk = send_unverified(editor.app)
    editor.send(editor.page(junk[0]), "/ask", body="Хто ви?")
    write_as_author(editor.app, junk[0])
    change_submission(
        editor.app,
        junk[0],
        lambda _session, submission: setattr(submission, "due_at", datetime(2020, 1, 1, tzinfo=UTC)),
    )
    assert titles(editor.client.get("/desk/?view=open").text)[0] == junk[0]


def test_pages_place_and_next_follow_the_same_order(editor: Desk) -> None:
    junk = send_unverified(editor.app, 3)
    with editor.app.app_context():
        session, at = db.session(), datetime.now(UTC)
        person = make_staff(session, Role.EDITOR)
        seen: list[Submission] = []
        after: str | None = ""
        while after is not None and len(set(seen)) == len(seen):
            page = queue_page(
                session, person, QueueFilter(), at=at, keys=find_ring(session), after=after, size=2
            )
            seen += load_rows(session, page.rows)
            after = page.after
        places = [
            find_in_queue(session, person, QueueFilter(), submission, at=at).position for submission in seen
        ]
        following = [find_next(session, person, QueueFilter(), submission, at=at) for submission in seen]
        order = [submission.public_id for submission in seen]
        session.rollback()
    assert order == [editor.pitch, editor.story, *junk]
    assert [place.number for place in places if place] == [1, 2, 3, 4, 5]
    assert following == [*order[1:], order[0]]


def test_the_view_lists_and_counts_only_them(editor: Desk) -> None:
    junk = send_unverified(editor.app, 2)
    with editor.app.app_context():
        person = make_staff(db.session(), Role.EDITOR)
        counted = count_views(db.session(), person, at=datetime.now(UTC))[View.UNVERIFIED]
        db.session.rollback()
    assert (titles(editor.client.get("/desk/?view=unverified").text), counted) == (junk, 2)


@pytest.mark.either_database
@pytest.mark.parametrize("address", ["/desk/", "page"])
def test_signals_are_worded_for_people(editor: Desk, address: str) -> None:
    junk = send_unverified(editor.app, signals=(Signal.HONEYPOT, Signal.TOO_FAST))
    page = editor.client.get(editor.page(junk[0]) if address == "page" else address).text
    said = ("a hidden field was filled in", "sent within 5 seconds")
    assert [sentence in page for sentence in said] == [True, True]


@pytest.mark.either_database
def test_a_queue_without_them_offers_no_sorting_out(editor: Desk) -> None:
    assert SPAM not in editor.client.get("/desk/").text


@pytest.mark.either_database
def test_looking_changes_nothing_and_says_how_many(editor: Desk) -> None:
    junk = send_unverified(editor.app, 2)
    page = editor.client.get(f"{SPAM}?view=unverified").text
    assert "2 unverified submissions are in “Unverified”." in page
    assert [states_of(editor)[one] for one in junk] == [State.SUBMITTED] * 2


@pytest.mark.either_database
def test_the_ticked_ones_go_and_the_others_stay(editor: Desk) -> None:
    junk = send_unverified(editor.app, 3)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    editor.client.post(form["action"], data={**form["values"], "submissions": junk[:2]})
    states = states_of(editor)
    assert [states[one] for one in junk] == [State.SPAM, State.SPAM, State.SUBMITTED]


@pytest.mark.either_database
def test_every_box_is_ticked_at_first(editor: Desk) -> None:
    junk = send_unverified(editor.app, 3)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    assert form["values"]["submissions"] == junk


@pytest.mark.either_database
def test_nothing_ticked_marks_nothing(editor: Desk) -> None:
    junk = send_unverified(editor.app)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    answer = editor.client.post(form["action"], data={**form["values"], "submissions": []})
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert (answer.status_code, states_of(editor)[junk[0]]) == (422, State.SUBMITTED)


@pytest.mark.either_database
def test_a_verified_text_is_not_marked_even_when_it_is_ticked(editor: Desk) -> None:
    send_unverified(editor.app)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    editor.client.post(form["action"], data={**form["values"], "submissions": [editor.pitch]})
    assert states_of(editor)[editor.pitch] is State.SUBMITTED


def flood(desk: Desk, count: int) -> None:
    """Fill the queue with copies of one unverified pitch."""
    with desk.app.app_context(), transaction() as session:
        first = make_submission(session, datetime.now(UTC))
        first.lane = Lane.UNVERIFIED
        session.flush()
        columns = [column.key for column in inspect(Submission).columns if column.key != "id"]
        known = {name: getattr(first, name) for name in columns}
        unique = (
            {"public_id": new_public_id(), "receipt_hash": secrets.token_hex(32)} for _ in range(count - 1)
        )
        session.execute(insert(Submission), [{**known, **own} for own in unique])


@pytest.mark.either_database
def test_the_whole_view_goes_at_once(editor: Desk) -> None:
    flood(editor, PAGE_SIZE + 5)
    form = read_forms(editor.client.get(SPAM).text)[-1]
    answer = editor.client.post(form["action"], data=form["values"], follow_redirects=True)
    states = list(states_of(editor).values())
    assert f"{PAGE_SIZE + 5} submissions are marked as spam." in answer.text
    assert (states.count(State.SPAM), states.count(State.SUBMITTED)) == (PAGE_SIZE + 5, 2)


@pytest.mark.either_database
def test_the_page_begins_where_that_of_the_queue_begins(editor: Desk) -> None:
    flood(editor, PAGE_SIZE + 1)
    first = editor.client.get("/desk/").text
    after = html.unescape(first.partition('" rel="next"')[0].rpartition('href="')[2])
    second = editor.client.get(after).text
    href = html.unescape(second.partition(f'href="{SPAM}')[2].partition('"')[0])
    form = find_form(editor.client.get(f"{SPAM}{href}").text, field="submissions")
    assert (form["values"]["submissions"], len(titles(second))) == (titles(second), 3)


def test_what_arrives_after_the_count_stays(editor: Desk) -> None:
    flood(editor, PAGE_SIZE + 1)
    form = read_forms(editor.client.get(SPAM).text)[-1]
    later = send_unverified(editor.app)
    editor.client.post(form["action"], data=form["values"])
    assert states_of(editor)[later[0]] is State.SUBMITTED


def test_only_what_the_filter_lists_goes(editor: Desk) -> None:
    junk = send_unverified(editor.app, 2)
    read_for_search(editor.app)
    form = find_form(editor.client.get(f"{SPAM}?q=now+1").text, field="submissions")
    editor.client.post(form["action"], data=form["values"])
    states = states_of(editor)
    assert [states[one] for one in junk] == [State.SUBMITTED, State.SPAM]


@pytest.mark.either_database
def test_each_can_be_reopened(editor: Desk) -> None:
    junk = send_unverified(editor.app, 2)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    editor.client.post(form["action"], data=form["values"])
    editor.send(editor.page(junk[0]), "/reopen")
    states = states_of(editor)
    assert [states[one] for one in junk] == [State.SUBMITTED, State.SPAM]


@pytest.mark.either_database
def test_a_flood_is_gone_in_three_presses(editor: Desk, request: pytest.FixtureRequest) -> None:
    size = 5000 if request.config.getoption("--full") else 300
    flood(editor, size)
    presses = 0
    while forms := [
        one for one in read_forms(editor.client.get(SPAM).text) if one["action"].startswith(SPAM)
    ]:
        editor.client.post(forms[-1]["action"], data=forms[-1]["values"])
        presses += 1
    assert (presses <= 3, list(states_of(editor).values()).count(State.SPAM)) == (True, size)


@pytest.mark.either_database
def test_an_old_page_marks_nothing(editor: Desk) -> None:
    junk = send_unverified(editor.app)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    answer = editor.client.post(form["action"], data={**form["values"], "csrf_token": "old"})
    assert (answer.status_code, states_of(editor)[junk[0]]) == (400, State.SUBMITTED)


@pytest.mark.either_database
def test_the_page_is_sound_html(editor: Desk) -> None:
    flood(editor, PAGE_SIZE + 1)
    html5lib.HTMLParser(strict=True).parse(editor.client.get(f"{SPAM}?q=книжки&view=open").text)


@pytest.mark.either_database
def test_the_second_of_two_colleagues_is_told_that_nothing_was_left(editor: Desk) -> None:
    send_unverified(editor.app)
    form = find_form(editor.client.get(SPAM).text, field="submissions")
    answers = [
        editor.client.post(form["action"], data=form["values"], follow_redirects=True).text for _ in range(2)
    ]
    said = "A colleague has already dealt with these. Nothing was marked."
    assert [said in page for page in answers] == [False, True]


# --- Taken back ---------------------------------------------------------------------------------------------


def mark_all(desk: Desk) -> str:
    """Mark everything that is ticked; return the page one comes to."""
    form = find_form(desk.client.get(SPAM).text, field="submissions")
    return desk.client.post(form["action"], data=form["values"], follow_redirects=True).text


def take_back(desk: Desk, page: str) -> TestResponse:
    form = find_form(page, field="batch")
    return desk.client.post(form["action"], data=form["values"], follow_redirects=True)


def count_mail(desk: Desk) -> int:
    with desk.app.app_context():
        return db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0


@pytest.mark.either_database
def test_a_mistake_is_taken_back_in_one_press_and_nobody_gets_mail(editor: Desk) -> None:
    junk = send_unverified(editor.app, 3)
    before = count_mail(editor)
    page = take_back(editor, mark_all(editor)).text
    states = states_of(editor)
    assert ([states[one] for one in junk], count_mail(editor)) == ([State.SUBMITTED] * 3, before)
    assert page.count("3 submissions are back where they were. Their senders were not told.") == 1


@pytest.mark.either_database
def test_what_came_back_can_be_sorted_out_again(editor: Desk) -> None:
    junk = send_unverified(editor.app, 2)
    take_back(editor, mark_all(editor))
    assert find_form(editor.client.get(SPAM).text, field="submissions")["values"]["submissions"] == junk


@pytest.mark.either_database
def test_what_a_colleague_has_reopened_meanwhile_stays_as_it_is(editor: Desk) -> None:
    junk = send_unverified(editor.app, 2)
    page = mark_all(editor)
    editor.send(editor.page(junk[0]), "/reopen")
    editor.send(editor.page(junk[0]), "/ask", body="Хто ви?")
    take_back(editor, page)
    states = states_of(editor)
    assert [states[one] for one in junk] == [State.NEEDS_REPLY, State.SUBMITTED]


@pytest.mark.either_database
def test_after_the_time_to_undo_nothing_comes_back(editor: Desk) -> None:
    junk = send_unverified(editor.app)
    page = mark_all(editor)
    with editor.app.app_context(), transaction() as session:
        for event in session.scalars(select(Event).where(Event.act == Act.MARK_SPAM)):
            event.at -= timedelta(minutes=11)
    late = take_back(editor, page).text
    said = "It is too late to undo this, or a colleague has already dealt with it. Nothing was changed."
    assert (late.count(said), states_of(editor)[junk[0]]) == (1, State.SPAM)


@pytest.mark.either_database
def test_a_moderator_does_not_take_back_what_a_colleague_did(editor: Desk) -> None:
    send_unverified(editor.app)
    mark_all(editor)
    with editor.app.app_context():
        session = db.session()
        (event,) = session.scalars(select(Event).where(Event.act == Act.MARK_SPAM))
        found = [
            count_batch(session, make_staff(session, role), event.batch or "", since=OPENED)
            for role in (Role.MODERATOR, Role.EDITOR)
        ]
        session.rollback()
    assert found == [0, 1]


@pytest.mark.either_database
def test_an_old_page_takes_nothing_back(editor: Desk) -> None:
    junk = send_unverified(editor.app)
    form = find_form(mark_all(editor), field="batch")
    answer = editor.client.post(form["action"], data={**form["values"], "csrf_token": "old"})
    assert (answer.status_code, states_of(editor)[junk[0]]) == (400, State.SPAM)
    assert find_form(answer.text, field="batch")["values"]["batch"] == form["values"]["batch"]


@pytest.mark.either_database
def test_the_page_with_the_way_back_is_sound_html(editor: Desk) -> None:
    send_unverified(editor.app)
    html5lib.HTMLParser(strict=True).parse(mark_all(editor))
