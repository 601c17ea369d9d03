"""What was answered and is kept sealed can be taken back without another answer in its place."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.answers import SubmittedAnswers
from portal.domain.states import Stage
from portal.export.own_data import describe_own_data
from portal.extensions import current_portal, db
from portal.models import Submission
from portal.queries.answers import current_answers, open_current_answers, open_sealed_answers
from portal.queries.private.own_data import load_own_data
from portal.queries.private.page import load_private_page
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_sending
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

CHANGE = f"{MY}/change"
RISK = "Мій брат служить."
BOX = 'name="forget" value="risk_text"'


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who has told of a risk, with the private page open."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        sending = make_sending(Stage.STORY)
        answers, sealed = {**sending.answers, "risk": "yes"}, {**sending.sealed, "risk_text": RISK}
        person.send(Stage.STORY, SubmittedAnswers(Stage.STORY, "uk", answers, sealed, sending.consents))
        person.enter()
        yield person


def open_change(author: Contributor) -> dict[str, Any]:
    return find_form(author.client.get(CHANGE).text, field="story")


def send(author: Contributor, **typed: Any) -> int:
    form = open_change(author)
    return author.client.post(form["action"], data={**form["values"], **typed}).status_code


def read_risk(author: Contributor) -> Any:
    with author.app.app_context():
        return current_answers(db.session.get_one(Submission, author.submission_id)).get("risk")


def read_sealed(author: Contributor) -> dict[str, Any]:
    with author.app.app_context():
        return open_current_answers(
            db.session.get_one(Submission, author.submission_id), current_portal().instance.keys
        )


def test_words_kept_sealed_are_taken_back_and_their_choice_stays(author: Contributor) -> None:
    assert send(author, forget="risk_text") == 303
    assert (read_risk(author), "risk_text" in read_sealed(author)) == ("yes", False)


def test_without_the_box_they_stay(author: Contributor) -> None:
    assert send(author, title="Інша назва") == 303
    assert read_sealed(author)["risk_text"] == RISK


def test_new_words_take_their_place_even_with_the_box(author: Contributor) -> None:
    assert send(author, forget="risk_text", risk_text="Уже ні.") == 303
    assert read_sealed(author)["risk_text"] == "Уже ні."


@pytest.mark.either_database
def test_once_taken_back_nothing_is_offered_any_more(author: Contributor) -> None:
    before = author.client.get(CHANGE).text.count(BOX)
    send(author, forget="risk_text")
    assert (before, author.client.get(CHANGE).text.count(BOX)) == (1, 0)


@pytest.mark.either_database
def test_what_another_answer_needs_is_not_offered(author: Contributor) -> None:
    page, before = author.client.get(CHANGE).text, read_sealed(author)
    offered = [name for name in before if f'name="forget" value="{name}"' in page]
    send(author, forget=["reply", "reply_text"])
    assert (offered, read_sealed(author)) == (["risk_text"], before)


def test_the_history_of_the_own_data_still_holds_them(author: Contributor) -> None:
    send(author, forget="risk_text")
    with author.app.app_context():
        session, keys = db.session(), current_portal().instance.keys
        submission = session.get_one(Submission, author.submission_id)
        versions = [
            open_sealed_answers(submission, one, keys).get("risk_text") for one in submission.revisions
        ]
        page = load_private_page(session, submission.id, at=author.at)
        assert page is not None
        told = describe_own_data(load_own_data(session, page, at=author.at), keys)["sent"]
    sealed = [one["answers_kept_encrypted"].get("risk_text") for one in told]
    assert (versions, sealed) == ([RISK, None], [RISK, None])


def test_a_box_ticked_and_not_sent_is_there_again(author: Contributor) -> None:
    form = open_change(author)
    author.client.post(f"{CHANGE}/save", data={**form["values"], "forget": "risk_text"})
    again = open_change(author)
    assert again["values"].get("forget") == "risk_text"
    assert author.client.post(again["action"], data=again["values"]).status_code == 303
    assert "risk_text" not in read_sealed(author)


@pytest.mark.either_database
def test_a_refused_form_keeps_the_box(author: Contributor) -> None:
    form = open_change(author)
    answer = author.client.post(form["action"], data={**form["values"], "story": "", "forget": "risk_text"})
    kept = find_form(answer.text, field="story")["values"].get("forget")
    assert (answer.status_code, kept, RISK in answer.text) == (422, "risk_text", False)


@pytest.mark.either_database
@pytest.mark.parametrize("lang", ["uk", "zh-tw"])
def test_the_box_goes_along_into_another_language(author: Contributor, lang: str) -> None:
    form = open_change(author)
    address = f"{CHANGE}/language".replace("/en/", f"/{lang}/").replace("/uk/", f"/{lang}/")
    page = author.client.post(address, data={**form["values"], "forget": "risk_text"})
    kept = find_form(page.text, field="story")["values"].get("forget")
    assert (page.status_code, kept) == (200, "risk_text")
