"""Many texts ticked in the queue: looked through, done at once, taken back by one press, without scripts."""

import re
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db, now
from portal.models import Message, Staff, Submission
from portal.operations.desk.triage import assign
from tests.support.bad_input import Desk, open_desk
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database
REASON = "not_this_coverage"
QUEUE = "/desk/"


@pytest.fixture
def pitches(editor: Desk) -> list[str]:
    """Two pitches in Ukrainian, and one in English whose author left no address."""
    with editor.app.app_context(), transaction() as session:
        made = [make_submission(session, now()) for _ in range(2)]
        sending = make_sending(lang="en", address="", idea="A shelf of books in Kharkiv.")
        made.append(make_submission(session, now(), sending=sending, locale="en"))
        return [one.public_id for one in made]


def read_ticks(page: str) -> dict[str, str]:
    """Return what each row of the queue sends when it is ticked, by public id."""
    found = re.findall(r'class="row-tick"[^>]*value="([0-9a-f]{32})\.(\d+)"', page)
    return {public_id: f"{public_id}.{version}" for public_id, version in found}


def choose(desk: Desk, act: str, wanted: Sequence[str]) -> TestResponse:
    """Tick texts in the queue and press an act."""
    page = desk.client.get(QUEUE).text
    form, ticks = find_form(page, action="/desk/bulk"), read_ticks(page)
    rows = [ticks[public_id] for public_id in wanted]
    return desk.client.post("/desk/bulk", data={**form["values"], "rows": rows, "act": act})


def press(desk: Desk, page: str, action: str, rows: Sequence[str], **values: str) -> TestResponse:
    """Fill in the form of an act in bulk and send it; `rows` are the texts that stay ticked."""
    form = find_form(page, action=action)
    found = re.findall(r'name="rows" value="([0-9a-f]{32})\.(\d+)"', page)
    ticked = [f"{one}.{version}" for one, version in found if one in rows]
    kept = {name: value for name, value in form["values"].items() if name != "rows"}
    return desk.client.post(form["action"], data={**kept, "rows": ticked, **values})


def decline(desk: Desk, rows: Sequence[str]) -> TestResponse:
    """Decline texts with the prepared words of a reason."""
    first = choose(desk, "decline", rows).text
    form = find_form(first, action="/desk/bulk/decline")
    ticked = re.findall(r'name="rows" value="([^"]+)"', first)
    kept = {name: value for name, value in form["values"].items() if name != "rows"}
    again = {**kept, "rows": ticked, "reason": REASON, "act": "decline"}
    second = desk.client.post("/desk/bulk", data=again).text
    return press(desk, second, "/desk/bulk/decline", rows, reason=REASON)


def states_of(desk: Desk, wanted: Sequence[str]) -> list[State]:
    with desk.app.app_context():
        found = {one.public_id: one.state for one in db.session.scalars(select(Submission))}
    return [found[public_id] for public_id in wanted]


def test_texts_are_declined_in_the_languages_of_their_authors_and_come_back(
    editor: Desk, pitches: list[str]
) -> None:
    done = decline(editor, pitches)
    assert (done.status_code, states_of(editor, pitches)) == (303, [State.DECLINED] * 3)
    with editor.app.app_context():
        langs = set(db.session.scalars(select(Message.lang)))
    assert langs == {"uk", "en"}
    page = editor.client.get(done.headers["Location"]).text
    form = find_form(page, action="/desk/bulk/undo")
    editor.client.post(form["action"], data=form["values"])
    assert states_of(editor, pitches) == [State.SUBMITTED] * 3


def test_before_it_is_done_the_page_says_which_mail_goes(editor: Desk, pitches: list[str]) -> None:
    first = choose(editor, "decline", pitches).text
    form = find_form(first, action="/desk/bulk/decline")
    rows = re.findall(r'name="rows" value="([^"]+)"', first)
    sent = {**form["values"], "rows": rows, "reason": REASON, "act": "decline"}
    page = editor.client.post("/desk/bulk", data=sent).text
    lines = re.findall(r'<p class="hint">(\d author[^<]*)</p>', page)
    assert [line.partition(" minutes")[0] for line in lines] == [
        "2 authors: Sends an e-mail in Ukrainian in 10",
        "1 author: No e-mail: no address was left. The author sees it on the private page.",
    ]


def test_a_text_changed_meanwhile_is_named_and_the_words_stay(editor: Desk, pitches: list[str]) -> None:
    first = choose(editor, "recommend", pitches).text
    with editor.app.app_context(), transaction() as session:
        text = session.scalars(select(Submission).where(Submission.public_id == pitches[0])).one()
        by = make_staff(session, Role.EDITOR)
        assign(session, text, by=by, to=by, seen=text.version, at=now())
    given = {"advice": "decline", "reason": "Це вже було."}
    answer = press(editor, first, "/desk/bulk/recommend", pitches, **given)
    left = find_form(answer.text, action="/desk/bulk/recommend")["values"]
    named = answer.text.count("It has changed since you opened the list.")
    assert (answer.status_code, named, left["reason"].strip()) == (409, 1, "Це вже було.")
    retried = press(editor, answer.text, "/desk/bulk/recommend", pitches, **given)
    assert retried.status_code == 303


def test_who_does_not_read_a_language_sees_that_before(editor: Desk, pitches: list[str]) -> None:
    with editor.app.app_context(), transaction() as session:
        for staff in session.scalars(select(Staff)):
            staff.languages = [one for one in staff.languages if one.tag != "en"]
    page = choose(editor, "decline", pitches).text
    said = page.count("You do not read its language well enough to decline it.")
    assert (said, len(re.findall(r'name="rows"', page))) == (1, 2)


def test_without_a_tick_nothing_is_shown_or_done(editor: Desk, pitches: list[str]) -> None:
    answer = choose(editor, "mark_spam", [])
    said = editor.client.get(answer.headers["Location"]).text.count("Tick the texts first.")
    assert (answer.status_code, said, states_of(editor, pitches)) == (303, 1, [State.SUBMITTED] * 3)


def test_one_box_takes_the_whole_page(editor: Desk, pitches: list[str]) -> None:
    page = editor.client.get(QUEUE).text
    form = find_form(page, action="/desk/bulk")
    sent = {**form["values"], "all_rows": "y", "act": "mark_spam"}
    answer = editor.client.post("/desk/bulk", data=sent).text
    assert len(re.findall(r'name="rows"', answer)) == len(read_ticks(page)) >= 3


def test_tags_are_put_on_by_name(editor: Desk, pitches: list[str]) -> None:
    page = choose(editor, "tag", pitches).text
    press(editor, page, "/desk/bulk/tag", pitches, names="Зима, Школа")
    assert editor.client.get(QUEUE).text.count('<span class="badge tag">Зима</span>') == 3


def test_accepting_in_bulk_is_no_act(editor: Desk, pitches: list[str]) -> None:
    page = editor.client.get(QUEUE).text
    form, ticks = find_form(page, action="/desk/bulk"), read_ticks(page)
    sent = {**form["values"], "rows": list(ticks.values())}
    chosen = editor.client.post("/desk/bulk", data={**sent, "act": "accept"})
    done = editor.client.post("/desk/bulk/accept", data=sent)
    assert (chosen.status_code, done.status_code, states_of(editor, pitches)) == (
        303,
        404,
        [State.SUBMITTED] * 3,
    )


def test_a_colleague_whose_account_was_closed_meanwhile_is_not_made_responsible(
    editor: Desk, pitches: list[str]
) -> None:
    with editor.app.app_context(), transaction() as session:
        colleague = make_staff(session, Role.MODERATOR)
        person = colleague.public_id
    page = choose(editor, "assign", pitches).text
    with editor.app.app_context(), transaction() as session:
        session.scalars(select(Staff).where(Staff.public_id == person)).one().active = False
    answer = press(editor, page, "/desk/bulk/assign", pitches, person=person)
    said = answer.text.count("This account has been closed in the meantime. Choose somebody else.")
    assert (answer.status_code, said > 0) == (422, True)


def test_two_hundred_rows_are_refused_clearly(app: Flask, editor: Desk) -> None:
    form = find_form(editor.client.get(QUEUE).text, action="/desk/bulk")
    rows = [f"{number:032x}.1" for number in range(200)]
    answer = editor.client.post("/desk/bulk", data={**form["values"], "rows": rows, "act": "tag"})
    said = editor.client.get(answer.headers["Location"]).text.count("At most 50 texts at once.")
    assert (answer.status_code, said) == (303, 1)


def mark_spam(desk: Desk, rows: Sequence[str]) -> str:
    """Put texts aside as spam; return the address the browser is sent to."""
    page = choose(desk, "mark_spam", rows).text
    return press(desk, page, "/desk/bulk/mark_spam", rows).headers["Location"]


def count_undos(page: str) -> int:
    return len(re.findall(r'action="/desk/bulk/undo"', page))


def undo_all(desk: Desk, address: str) -> TestResponse:
    form = find_form(desk.client.get(address).text, action="/desk/bulk/undo")
    return desk.client.post(form["action"], data=form["values"])


@pytest.fixture
def colleague(editor: Desk) -> Desk:
    """Another editor, in a browser of their own."""
    return open_desk(editor.app, editor.app.test_client(), Role.EDITOR)


def test_the_undo_is_found_wherever_one_has_gone_since(editor: Desk, pitches: list[str]) -> None:
    landed = mark_spam(editor, pitches)
    pages = [landed, QUEUE, "/desk/?view=closed", "/desk/?view=outbox", f"/desk/submission/{pitches[1]}"]
    assert [count_undos(editor.client.get(one).text) for one in pages] == [1] * 5


def test_a_colleague_finds_the_undo_at_the_texts_and_in_the_outbox(
    editor: Desk, colleague: Desk, pitches: list[str]
) -> None:
    mark_spam(editor, pitches)
    pages = [QUEUE, "/desk/?view=outbox", f"/desk/submission/{pitches[1]}"]
    assert [count_undos(colleague.client.get(one).text) for one in pages] == [0, 1, 1]
    undo_all(colleague, f"/desk/submission/{pitches[1]}")
    assert states_of(editor, pitches) == [State.SUBMITTED] * 3


def test_what_has_been_taken_back_is_offered_nowhere(editor: Desk, pitches: list[str]) -> None:
    landed = mark_spam(editor, pitches)
    undo_all(editor, QUEUE)
    pages = [landed, QUEUE, "/desk/?view=outbox", f"/desk/submission/{pitches[1]}"]
    assert [count_undos(editor.client.get(one).text) for one in pages] == [0] * 4


def test_the_undo_leaves_alone_what_a_colleague_went_on_with_and_says_so(
    editor: Desk, colleague: Desk, pitches: list[str]
) -> None:
    landed = mark_spam(editor, pitches)
    page = colleague.client.get(f"/desk/submission/{pitches[0]}").text
    form = find_form(page, action=f"{pitches[0]}/undo")
    colleague.client.post(form["action"], data=form["values"])
    asking = find_form(colleague.client.get(f"/desk/submission/{pitches[0]}").text, action="/ask")
    colleague.client.post(asking["action"], data={**asking["values"], "body": "Де це було?"})
    answer = undo_all(editor, landed)
    named = re.findall(rf'href="/desk/submission/{pitches[0]}"', answer.text)
    said = answer.text.count("It is now: Waiting for a reply.")
    assert (answer.status_code, len(named), said) == (409, 1, 1)
    assert states_of(editor, pitches) == [State.NEEDS_REPLY, State.SUBMITTED, State.SUBMITTED]


def test_the_page_counts_what_can_still_be_taken_back(
    editor: Desk, colleague: Desk, pitches: list[str]
) -> None:
    landed = mark_spam(editor, pitches)
    page = colleague.client.get(f"/desk/submission/{pitches[0]}").text
    form = find_form(page, action=f"{pitches[0]}/undo")
    colleague.client.post(form["action"], data=form["values"])
    assert "Marked as spam: 2 texts." in editor.client.get(landed).text
