"""What a contributor meets of the two lanes: a challenge, a question, and at worst a short wait."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.data import content
from portal.data.content import human_questions
from portal.database import transaction
from portal.domain.admission import SAME_FORM, SAVES_OF_FORM, UPPER_LANE, WRONG_CODES, Lane, choose_question
from portal.extensions import current_portal, db
from portal.models import Submission
from portal.operations.contribute.admission import FRESH, READ
from portal.operations.rate_limits import name_bucket
from portal.web.site.admission import UNSEEN_FIELDS
from tests.conftest import close_connections, make_own
from tests.support.contributor import Contributor
from tests.support.factories import make_call
from tests.support.form_writer import fill_up
from tests.support.plain_browser import find_form, send_form
from tests.support.proof_of_work import solve

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


def find_only_submission(app: Flask) -> Submission:
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
    assert find_only_submission(app).lane is Lane.UNVERIFIED


def test_a_pitch_with_a_proof_is_verified(app: Flask, client: FlaskClient) -> None:
    assert send(client, proof=fetch_proof(client)).status_code == 303
    assert find_only_submission(app).lane is Lane.VERIFIED


def test_a_pitch_with_the_question_answered_is_verified(app: Flask, client: FlaskClient) -> None:
    values = open_form(client)
    client.post(PITCH, data={**values, **ANSWERS, "human_answer": answer_question(values)})
    assert find_only_submission(app).lane is Lane.VERIFIED


def test_a_wrong_answer_is_no_error(app: Flask, client: FlaskClient) -> None:
    assert send(client, human_answer="не скажу").status_code == 303
    assert find_only_submission(app).lane is Lane.UNVERIFIED


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
    assert find_only_submission(app).lane is Lane.VERIFIED


def test_what_looks_automatic_is_noted_and_kept(app: Flask, client: FlaskClient) -> None:
    assert send(client, extra_line="https://example.org").status_code == 303
    assert find_only_submission(app).signals == ["honeypot", "too_fast"]


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


def test_a_text_beside_a_flood_comes_in_at_the_first_press(app: Flask, client: FlaskClient) -> None:
    for name in (FRESH, READ, "answered"):
        fill_up(app, name, UPPER_LANE)
    assert send(client).status_code == 303
    assert find_only_submission(app).lane is Lane.UNVERIFIED


def test_where_much_comes_in_a_proof_costs_more(app: Flask, client: FlaskClient) -> None:
    fill_up(app, FRESH, UPPER_LANE)
    assert client.get("/uk/my/proof").get_json()["parameters"]["cost"] == 40_000


@pytest.fixture
def worn(app: Flask, client: FlaskClient) -> dict[str, Any]:
    """A form that was sent so often that it has to wait; what stood in it."""
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    with app.app_context():
        name = name_bucket(current_portal().instance.receipt_secret, "form", values["form_key"])
    fill_up(app, name, SAME_FORM)
    return values


def test_who_has_to_wait_is_told_how_long(client: FlaskClient, worn: dict[str, Any]) -> None:
    answered = client.post(PITCH, data=worn)
    assert (answered.status_code, 1 <= int(answered.headers["Retry-After"]) <= 3600) == (429, True)


def test_who_has_to_wait_finds_everything_in_the_form(client: FlaskClient, worn: dict[str, Any]) -> None:
    values = find_form(client.post(PITCH, data=worn).text, field="form_key")["values"]
    assert {name: values[name].strip() for name in ANSWERS} == ANSWERS


@pytest.fixture
def short(app: Flask) -> Iterator[FlaskClient]:
    """A browser at a portal whose disk has no room to spare."""
    with app.app_context():
        made = make_own(replace(current_portal().settings, upload_floor_mib=10**9))
    made.testing = True
    yield made.test_client()
    close_connections(made)


@pytest.mark.parametrize("address", [PITCH, f"{PITCH}/save"])
def test_on_a_full_disk_a_text_nobody_speaks_for_is_given_back(
    app: Flask, short: FlaskClient, address: str
) -> None:
    answered = short.post(address, data={**open_form(short), **ANSWERS})
    with app.app_context():
        kept = db.session.scalars(select(Submission)).all()
    assert (answered.status_code, answered.text.count(ANSWERS["idea"]), kept) == (507, 1, [])


@pytest.mark.parametrize("address", [PITCH, f"{PITCH}/save"])
def test_on_a_full_disk_a_text_with_a_proof_comes_in(short: FlaskClient, address: str) -> None:
    values = {**open_form(short), **ANSWERS, "proof": fetch_proof(short)}
    assert short.post(address, data=values).status_code == 303


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


def wear_out(app: Flask, values: dict[str, Any]) -> None:
    """Let a form have saved as often as it may."""
    with app.app_context():
        name = name_bucket(current_portal().instance.receipt_secret, "save", values["form_key"])
    fill_up(app, name, SAVES_OF_FORM)


def test_a_script_that_saves_reads_how_long_to_wait(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    wear_out(app, values)
    answered = client.post(f"{PITCH}/save", data=values, headers={"Accept": "application/json"})
    told = answered.get_json()
    assert (answered.status_code, told["state"], 1 <= told["wait"] <= 3600) == (429, "busy", True)


def test_a_person_who_saves_reads_it_with_everything_typed(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    wear_out(app, values)
    answered = client.post(f"{PITCH}/save", data=values)
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
