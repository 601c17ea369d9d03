"""What a contributor meets of the two lanes: a challenge, a question, and at worst a short wait."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.data import content
from portal.data.human import human_questions
from portal.database import transaction
from portal.domain.human import choose_question
from portal.domain.lanes import LANE_RULES, WRONG_CODES, Lane, Rule
from portal.domain.receipt import derive_code
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import RateBucket, Submission, SubmissionDraft
from portal.web.clock import now
from portal.web.lanes import UNSEEN_FIELDS
from tests.contributor import Contributor
from tests.factories import make_call
from tests.proofs import solve
from tests.walk import find_form, send_form
from tests.writer import fill_up

pytestmark = pytest.mark.either_database

PITCH = "/uk/ukraine-taiwan/pitch"
ANSWERS = {
    "lang": "uk",
    "idea": "Моя бабуся ховала книжки.",
    "link": "Полиця.",
    "you": "Це моя бабуся.",
    "before": "no",
    "byline": "none",
    "risk": "no",
    "reply": "private_page",
    "c_use": "y",
    "c_age": "y",
}


@pytest.fixture(autouse=True)
def _open_call(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, datetime(2020, 1, 1, tzinfo=UTC))


def read_piece(app: Flask) -> Submission:
    """Return the one submission there is, as it is kept now."""
    with app.app_context():
        return db.session.scalars(select(Submission)).one()


def open_form(client: FlaskClient) -> dict[str, Any]:
    values: dict[str, Any] = find_form(client.get(PITCH).text, field="form_key")["values"]
    return values


def send(client: FlaskClient, **more: str) -> TestResponse:
    return client.post(PITCH, data={**open_form(client), **ANSWERS, **more})


def answer_question(values: Mapping[str, Any]) -> str:
    return min(choose_question(human_questions(), values["form_key"]).answers)


def fetch_proof(client: FlaskClient) -> str:
    return solve(client.get("/uk/my/proof").get_json())


def test_a_pitch_without_anything_else_is_kept_unverified(app: Flask, client: FlaskClient) -> None:
    assert send(client).status_code == 303
    assert read_piece(app).lane is Lane.UNVERIFIED


def test_a_pitch_with_a_proof_is_verified(app: Flask, client: FlaskClient) -> None:
    assert send(client, proof=fetch_proof(client)).status_code == 303
    assert read_piece(app).lane is Lane.VERIFIED


def test_a_pitch_with_the_question_answered_is_verified(app: Flask, client: FlaskClient) -> None:
    values = open_form(client)
    client.post(PITCH, data={**values, **ANSWERS, "human_answer": answer_question(values)})
    assert read_piece(app).lane is Lane.VERIFIED


def test_a_wrong_answer_is_no_error(app: Flask, client: FlaskClient) -> None:
    assert send(client, human_answer="не скажу").status_code == 303
    assert read_piece(app).lane is Lane.UNVERIFIED


def test_an_answer_comes_back_with_the_form(client: FlaskClient) -> None:
    answered = send(client, idea=" ", human_answer="не скажу")
    assert find_form(answered.text, field="form_key")["values"]["human_answer"] == "не скажу"


def test_a_form_with_its_question_answered_stays_right_when_it_comes_back(
    app: Flask, client: FlaskClient
) -> None:
    values = open_form(client)
    refused = client.post(
        PITCH, data={**values, **ANSWERS, "idea": " ", "human_answer": answer_question(values)}
    )
    client.post(PITCH, data={**find_form(refused.text, field="form_key")["values"], **ANSWERS})
    assert read_piece(app).lane is Lane.VERIFIED


def test_what_looks_automatic_is_noted_and_kept(app: Flask, client: FlaskClient) -> None:
    assert send(client, extra_line="https://example.org").status_code == 303
    assert read_piece(app).signals == ["honeypot", "too_fast"]


def test_a_second_pitch_from_an_open_private_page_is_verified(app: Flask, client: FlaskClient) -> None:
    send(client, proof=fetch_proof(client))
    send(client)
    with app.app_context():
        assert set(db.session.scalars(select(Submission.lane))) == {Lane.VERIFIED}


def test_the_challenge_needs_no_session_and_leaves_none(client: FlaskClient) -> None:
    answered = client.get("/en/my/proof")
    assert (answered.status_code, answered.mimetype, answered.headers.get("Set-Cookie")) == (
        200,
        "application/json",
        None,
    )


def test_no_challenge_is_kept_by_anybody(client: FlaskClient) -> None:
    assert client.get("/en/my/proof").headers["Cache-Control"] == "no-store"


def test_two_challenges_are_never_the_same(client: FlaskClient) -> None:
    challenges = [client.get("/en/my/proof").get_json()["parameters"]["nonce"] for _ in range(20)]
    assert len(set(challenges)) == 20


@pytest.fixture
def busy(app: Flask) -> None:
    """More comes in unverified than there is room for."""
    fill_up(app, "lane:unverified", LANE_RULES[Lane.UNVERIFIED])


@pytest.mark.usefixtures("busy")
def test_who_has_to_wait_is_told_how_long(client: FlaskClient) -> None:
    answered = send(client)
    assert (answered.status_code, int(answered.headers["Retry-After"])) == (429, 60)


@pytest.mark.usefixtures("busy")
def test_who_has_to_wait_finds_everything_in_the_form(client: FlaskClient) -> None:
    values = find_form(send(client).text, field="form_key")["values"]
    assert {name: values[name].strip() for name in ANSWERS} == ANSWERS


@pytest.mark.usefixtures("busy")
def test_who_has_to_wait_has_the_text_kept_unsent(app: Flask, client: FlaskClient) -> None:
    send(client)
    assert read_piece(app).state is State.WRITING


@pytest.mark.usefixtures("busy")
def test_who_has_to_wait_is_given_the_code_that_opens_the_kept_text(app: Flask, client: FlaskClient) -> None:
    page = send(client).text
    with app.app_context():
        secret = current_portal().instance.receipt_secret
        code = derive_code(secret, find_form(page, field="form_key")["values"]["form_key"])
    assert page.replace(" ", "").count(code) == 1


def test_after_the_wait_one_press_sends_it(app: Flask, client: FlaskClient) -> None:
    fill_up(app, "lane:unverified", LANE_RULES[Lane.UNVERIFIED])
    page = send(client).text
    with app.app_context(), transaction() as session:
        session.get_one(RateBucket, "lane:unverified").updated_at = now() - timedelta(minutes=2)
    answered = client.post(PITCH, data=find_form(page, field="form_key")["values"])
    assert (answered.status_code, read_piece(app).state) == (303, State.SUBMITTED)
    with app.app_context():
        assert db.session.scalars(select(SubmissionDraft)).all() == []


@pytest.mark.usefixtures("busy")
def test_a_proof_brings_a_text_past_those_who_wait(client: FlaskClient) -> None:
    assert send(client, proof=fetch_proof(client)).status_code == 303


def test_a_sending_that_had_to_wait_has_not_used_its_proof_up(app: Flask, client: FlaskClient) -> None:
    values, proof = open_form(client), fetch_proof(client)  # which takes time, and the lane leaks
    fill_up(app, "lane:verified", LANE_RULES[Lane.VERIFIED])
    first = client.post(PITCH, data={**values, **ANSWERS, "proof": proof})
    with app.app_context(), transaction() as session:
        session.get_one(RateBucket, "lane:verified").level = 0
    client.post(PITCH, data={**values, **ANSWERS, "proof": proof})
    assert (first.status_code, read_piece(app).lane, read_piece(app).state) == (
        429,
        Lane.VERIFIED,
        State.SUBMITTED,
    )


@pytest.mark.usefixtures("busy")
def test_a_form_sent_again_gets_its_receipt_however_busy_it_is(app: Flask, client: FlaskClient) -> None:
    values, proof = open_form(client), fetch_proof(client)
    answers = [client.post(PITCH, data={**values, **ANSWERS, "proof": proof}) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]


def test_a_wrong_code_is_only_wrong_while_there_are_few(client: FlaskClient) -> None:
    assert send_form(client, "/en/my", {"code": "1" * 20}).status_code == 422


def test_very_many_wrong_codes_have_to_wait(app: Flask, client: FlaskClient) -> None:
    fill_up(app, "codes", WRONG_CODES)
    answered = send_form(client, "/en/my", {"code": "1" * 20})
    assert (answered.status_code, int(answered.headers["Retry-After"])) == (429, 6)


def test_the_right_code_opens_the_page_however_many_wrong_ones_come(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    person = Contributor(app, client, at)
    person.send()
    fill_up(app, "codes", WRONG_CODES)
    assert send_form(client, "/en/my", {"code": person.code}, follow=False).status_code == 303


def test_a_script_that_saves_reads_how_long_to_wait(app: Flask, client: FlaskClient) -> None:
    fill_up(app, "drafts", Rule(per_hour=600, burst=300))
    answered = client.post(
        f"{PITCH}/save", data={**open_form(client), **ANSWERS}, headers={"Accept": "application/json"}
    )
    told = answered.get_json()
    assert (answered.status_code, told["state"], told["wait"]) == (429, "busy", 6)


def test_a_person_who_saves_reads_it_with_everything_typed(app: Flask, client: FlaskClient) -> None:
    fill_up(app, "drafts", Rule(per_hour=600, burst=300))
    answered = client.post(f"{PITCH}/save", data={**open_form(client), **ANSWERS})
    assert (answered.status_code, answered.text.count(ANSWERS["idea"])) == (429, 1)


def read_tag(page: str, name: str) -> str:
    """Return the tag of a field as it stands in the page."""
    return next(tag for tag in page.split("<") if tag.startswith("input ") and f'name="{name}"' in tag)


def test_no_key_and_no_address_book_reaches_the_line_people_do_not_see(client: FlaskClient) -> None:
    tag = read_tag(client.get(PITCH).text, "extra_line")
    assert ('tabindex="-1"' in tag, 'autocomplete="off"' in tag) == (True, True)


def test_who_reads_with_their_ears_is_not_told_of_it(client: FlaskClient) -> None:
    before = client.get(PITCH).text.split('name="extra_line"')[0]
    assert before.rindex('<div class="unseen" aria-hidden="true">') > before.rindex("</div>")


def test_the_question_is_asked_in_the_language_of_the_page(client: FlaskClient) -> None:
    page = client.get("/zh-tw/ukraine-taiwan/pitch").text
    form_key = find_form(page, field="form_key")["values"]["form_key"]
    question = choose_question(human_questions(), form_key).text["zh-Hant-TW"]
    assert page.count(f'<span lang="zh-Hant-TW">{question}</span>') == 1


def test_the_fields_of_the_lanes_are_no_questions_of_the_form() -> None:
    names = {name for row in content.questions() for name in (row["key"], f"{row['key']}_text")}
    assert names & UNSEEN_FIELDS == set()
