"""Busy pages ask the database few things: each statement is a wait, and a chance to wait for a lock."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.data.content import human_questions
from portal.domain.admission import choose_question
from tests.support.bad_input import Desk
from tests.support.form_writer import ANSWERS, PITCH, STORY, STORY_ANSWERS, open_form
from tests.support.plain_browser import find_form
from tests.support.statements import counting_transactions, list_verbs, listening

QUEUE, SUBMISSION, DRAFT, SENDING, RECEIPT, DECISION = 5, 7, 11, 16, 4, 16
"""The most statements of each; what begins and ends transactions and savepoints is not counted."""
MORE = 5
"""More for a text that has all of these: another one that tells the same story, messages, notes, a gist, a
recommendation."""
LIST = 4
"""More for the list beside it: its rows, saved views, counts, and what it can be narrowed to. One more counts
saved views, where there are any."""
pytestmark = pytest.mark.either_database


def count_read(desk: Desk, address: str, **headers: str) -> int:
    """Return how many statements a page takes that was shown before."""
    desk.client.get(address, headers=headers)
    with listening(desk.app) as sent:
        answer = desk.client.get(address, headers=headers)
    assert answer.status_code == 200
    return len(list_verbs(sent))


def test_the_queue_asks_few_things(editor: Desk) -> None:
    assert count_read(editor, "/desk/") <= QUEUE


@pytest.mark.parametrize("part", ["text", "ahead"])
def test_one_submission_asks_few_things(editor: Desk, part: str) -> None:
    assert count_read(editor, editor.page(editor.pitch), **{"X-Desk-Part": part}) <= SUBMISSION


def test_a_submission_beside_its_list_asks_few_things(editor: Desk) -> None:
    assert count_read(editor, editor.page(editor.pitch)) <= SUBMISSION + LIST


@pytest.fixture
def discussed(editor: Desk) -> str:
    """Return the page of a story that colleagues and its author have said everything about."""
    page = editor.page(editor.story)
    for act, values in {
        "same": {},
        "gist": {"body": "Hills and tea."},
        "note": {"body": "Her grandmother has told it."},
        "message": {"body": "Дякуємо!"},
        "tags": {"names": "tea, hills"},
        "recommend": {"advice": "accept", "reason": "A strong beginning."},
    }.items():
        assert editor.send(page, f"{page}/{act}", **values).status_code == 303
    return page


def test_a_text_of_which_much_is_said_asks_few_things_more(editor: Desk, discussed: str) -> None:
    assert count_read(editor, discussed, **{"X-Desk-Part": "text"}) == SUBMISSION + MORE
    assert count_read(editor, discussed) == SUBMISSION + MORE + LIST


def test_a_draft_asks_few_things(editor: Desk) -> None:
    assert count_read(editor, editor.draft_page) <= DRAFT


def test_a_decision_takes_few_statements(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.story)).text, action="/accept")
    with listening(editor.app) as sent:
        answer = editor.client.post(form["action"], data=form["values"])
    assert (answer.status_code, len(list_verbs(sent)) <= DECISION) == (303, True)


@pytest.mark.parametrize(("address", "answers"), [(PITCH, ANSWERS), (STORY, ANSWERS | STORY_ANSWERS)])
@pytest.mark.usefixtures("opened")
def test_a_sending_takes_few_statements_and_begins_one_transaction(
    app: Flask, client: FlaskClient, address: str, answers: dict[str, str]
) -> None:
    values = open_form(client, address) | answers
    with listening(app) as sent, counting_transactions(app) as begun:
        answer = client.post(address, data=values)
    assert (answer.status_code, len(list_verbs(sent)) <= SENDING, len(begun)) == (303, True, 1)


@pytest.mark.usefixtures("opened")
def test_a_sending_of_a_person_takes_as_few_and_so_does_its_receipt(app: Flask, client: FlaskClient) -> None:
    values = open_form(client, STORY) | ANSWERS | STORY_ANSWERS | {"reply": "private_page", "reply_text": ""}
    values["human_answer"] = min(choose_question(human_questions(), values["form_key"]).answers)
    with listening(app) as sent:
        answer = client.post(STORY, data=values)
    with listening(app) as shown:
        receipt = client.get(answer.location)
    counted = len(list_verbs(sent)) <= SENDING, len(list_verbs(shown)) <= RECEIPT
    assert (answer.status_code, receipt.status_code, counted) == (303, 200, (True, True))
