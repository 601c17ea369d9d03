"""A page opened with a code of the desk shows text and thread, until its holder proves to be the author."""

import io
import json
import re
import zipfile
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.admission import PROOFS_OF_AUTHOR
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.forms.text_file import HeldText
from portal.models import (
    AuditEntry,
    Event,
    Message,
    Submission,
)
from portal.operations.contribute.change import change
from portal.operations.contribute.submit import FormSecrets
from portal.operations.private.access import replace_code
from tests.support.bad_input import heading_of
from tests.support.contributor import MY, Contributor
from tests.support.desk_codes import (
    LONG_AGO,
    RISK,
    Desk,
    asks_proof,
    come_with_code,
    enter,
    give_code_of,
    list_acts,
    list_closed_doors,
    press_door,
    send_risk,
)
from tests.support.factories import ADDRESS, make_form_key, make_sending
from tests.support.plain_browser import find_form, read_forms, send_form

HOURS = timedelta(hours=1)
BYLINE = "Олена К."
"""The name to print."""
ONE_DATABASE = pytest.mark.either_database
pytestmark = ONE_DATABASE


@pytest.fixture
def author(app: Flask, at: datetime) -> Contributor:
    """Somebody who has sent a pitch with an address and words about a risk."""
    person = Contributor(app, app.test_client(), at)
    person.send(sending=send_risk())
    return person


@pytest.fixture
def desk(app: Flask, author: Contributor) -> Desk:
    return Desk(app, author.submission_id)


@pytest.fixture
def holder(app: Flask, author: Contributor, at: datetime) -> FlaskClient:
    """A browser with the page open by a code of the desk, and nothing proved."""
    with time_machine.travel(at, tick=False):
        return come_with_code(app, author.submission_id, at=at)


@pytest.fixture
def clock(at: datetime) -> time_machine.travel:
    return time_machine.travel(at, tick=False)


@ONE_DATABASE
def test_the_page_shows_text_and_thread_and_nothing_sealed(
    app: Flask, author: Contributor, clock: time_machine.travel, at: datetime
) -> None:
    with clock:
        author.decide(Act.ASK, body="У якому місті?")
        page = come_with_code(app, author.submission_id, at=at).get(MY).text
    sealed = (ADDRESS, RISK, "Your contact details were opened", BYLINE)
    seen = [text in page for text in ("Моя бабуся", "У якому місті?", *sealed)]
    actions = {form["action"].rpartition("/")[2] for form in read_forms(page)}
    links = set(re.findall(r'href="(/en/my[^"#?]*)"', page))
    assert (seen, actions, links) == (
        [True, True, False, False, False, False],
        {"prove", "reply", "leave"},
        {"/en/my"},
    )


@ONE_DATABASE
def test_words_the_author_typed_and_did_not_send_stay_the_authors(
    app: Flask, author: Contributor, clock: time_machine.travel, at: datetime
) -> None:
    with clock:
        author.enter()
        form = find_form(author.client.get(MY).text, action="/reply")
        typed = {**form["values"], "body": "Ще не надіслано."}
        assert author.client.post(f"{MY}/words/thread", data=typed).status_code == 200
        page = come_with_code(app, author.submission_id, at=at).get(MY).text
    assert "Ще не надіслано." not in page


@ONE_DATABASE
def test_a_message_is_taken_and_shown_for_what_it_is(
    app: Flask, author: Contributor, clock: time_machine.travel, at: datetime
) -> None:
    with clock:
        author.decide(Act.ASK, body="У якому місті?")
        holder = come_with_code(app, author.submission_id, at=at)
        send_form(holder, MY, {"body": "У Харкові."}, action="/reply")
        page = holder.get(MY).text
    with app.app_context():
        message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert message is not None
        assert event is not None
        kept = (message.body, message.act, message.by_desk_code, event.act, event.by_author)
        actor = db.session.scalars(select(AuditEntry.actor).order_by(AuditEntry.seq.desc())).first()
    assert (kept, actor) == (("У Харкові.", "message", True, "message", False), "desk_code")
    assert (author.state(), "From someone with a code from the desk" in page) == (
        State.NEEDS_REPLY,
        True,
    )


@ONE_DATABASE
def test_the_desk_reads_who_wrote_it(
    app: Flask, desk: Desk, holder: FlaskClient, clock: time_machine.travel
) -> None:
    with clock:
        send_form(holder, MY, {"body": "У Харкові."}, action="/reply")
    page = desk.people[0].get(desk.page).text
    named = (
        "someone with a code from the desk, not proved to be the author",
        "someone with a code from the desk<",
    )
    assert [page.count(one) for one in named] == [1, 2]


@ONE_DATABASE
@pytest.mark.parametrize("is_held", [False, True])
def test_no_file_comes_with_a_message(
    app: Flask, holder: FlaskClient, clock: time_machine.travel, *, is_held: bool
) -> None:
    held = HeldText(b"A letter.", "a.txt", ()).to_field()
    file = {"document_held": held} if is_held else {"file": (io.BytesIO(b"A letter."), "a.txt")}
    with clock:
        form = find_form(holder.get(MY).text, action="/reply")
        sent = {**form["values"], "body": "Ось.", **file}
        answer = holder.post(form["action"], data=sent)
    with app.app_context():
        written = db.session.scalar(select(func.count()).select_from(Message))
    assert (answer.status_code, "Ось." in answer.text, written) == (403, True, 0)


@ONE_DATABASE
def test_every_other_door_of_the_private_page_is_closed(
    app: Flask, holder: FlaskClient, clock: time_machine.travel
) -> None:
    doors = list_closed_doors(app)
    before = list_acts(app)
    with clock:
        token = find_form(holder.get(MY).text, action="/reply")["values"]["csrf_token"]
        found = {(method, path): press_door(holder, method, path, token) for method, path in doors}
    expected = {"GET": (303, MY), "POST": (403, "Only the author can do this")}
    wrong = {door: told for door, told in found.items() if told != expected[door[0]]}
    assert (wrong, list_acts(app), len(doors) > 40) == ({}, before, True)


@pytest.mark.parametrize("end", ["photos", "documents"])
@ONE_DATABASE
def test_a_file_that_is_too_large_shows_nothing_either(
    holder: FlaskClient, clock: time_machine.travel, end: str
) -> None:
    with clock:
        kind, size = "multipart/form-data; boundary=b", {"CONTENT_LENGTH": str(100 * 1024 * 1024)}
        body = io.BytesIO(b"--b")
        answer = holder.post(
            f"{MY}/{end}", input_stream=body, content_type=kind, environ_overrides=size, buffered=True
        )
    assert (answer.status_code, heading_of(answer.text)) == (403, "Only the author can do this")


@ONE_DATABASE
def test_what_one_moderator_did_alone_is_closed(app: Flask, at: datetime, clock: time_machine.travel) -> None:
    """With a code of the desk nobody reads what is sealed, agrees as the author, withdraws or erases."""
    with clock:
        story = Contributor(app, app.test_client(), at)
        story.send(Stage.STORY, send_risk(Stage.STORY))
        story.decide(Act.ACCEPT)
        story.edit("Світло зникло.")
        browser = come_with_code(app, story.submission_id, at=at)
        token = find_form(browser.get(MY).text, action="/reply")["values"]["csrf_token"]
        given = {"csrf_token": token, "revision": "2", "approve": "yes"}
        read = [browser.get(f"{MY}{end}").location for end in ("/receipt", "/data", "/erase", "/check")]
        done = [
            browser.post(f"{MY}{end}", data=given).status_code
            for end in ("/data", "/erase", "/check/send", "/code", "/withdraw", "/change/send", "/mail")
        ]
    assert (read, done, story.state()) == ([MY] * 4, [403] * 7, State.AUTHOR_CHECK)


@ONE_DATABASE
def test_a_text_begun_in_that_browser_does_not_stand_beside_the_authors(
    app: Flask, author: Contributor, holder: FlaskClient, clock: time_machine.travel
) -> None:
    with clock:
        address = "/uk/ukraine-taiwan/pitch"
        form = find_form(holder.get(address).text, action="/pitch/send")
        holder.post(f"{address}/save", data={**form["values"], "idea": "Чужа думка."})
    with app.app_context():
        beside = db.session.scalars(select(Submission.begun_beside_id).order_by(Submission.id)).all()
    assert list(beside) == [None, None]


# Proof


def prove(browser: FlaskClient, answer: str) -> TestResponse:
    return send_form(browser, MY, {"answer": answer}, action="/prove", follow=False)


@pytest.mark.parametrize("answer", [ADDRESS, f" {ADDRESS.upper()} ", RISK, f"{RISK.lower()}."])
@ONE_DATABASE
def test_a_sealed_answer_opens_everything(
    app: Flask, holder: FlaskClient, clock: time_machine.travel, answer: str
) -> None:
    with clock:
        proved = prove(holder, answer)
        pages = [holder.get(f"{MY}{end}").status_code for end in ("/data", "/erase", "/change", "/code")]
    assert (proved.location, pages, list_acts(app)[-1]) == (
        f"{MY}/code",
        [200] * 4,
        ("prove_author", True, None),
    )


@ONE_DATABASE
def test_sealed_answers_that_were_taken_back_stay_closed_and_prove_their_author(
    app: Flask, author: Contributor, clock: time_machine.travel, at: datetime
) -> None:
    """What the author takes along holds every version, with its sealed answers."""
    with app.app_context(), transaction() as session:
        instance = current_portal().instance
        secrets = FormSecrets(instance.keys, instance.receipt_secret, make_form_key())
        submission = session.get_one(Submission, author.submission_id)
        change(session, submission, make_sending(address=""), secrets, at=at)
    with clock:
        holder = come_with_code(app, author.submission_id, at=at)
        before = (asks_proof(holder.get(MY).text), holder.get(f"{MY}/data").location)
        assert (before, prove(holder, RISK).location) == ((True, MY), f"{MY}/code")


@ONE_DATABASE
def test_every_wrong_answer_hears_the_same_and_opens_nothing(
    holder: FlaskClient, clock: time_machine.travel
) -> None:
    with clock:
        wrong = [prove(holder, answer) for answer in ("email", "yes", ADDRESS[:-1], "Олена К.")]
        closed = holder.get(f"{MY}/data").location
    shown = {re.sub(r'name="csrf_token"[^>]*>', "", page.text) for page in wrong}
    assert ([page.status_code for page in wrong], len(shown), closed) == ([422] * 4, 1, MY)


@ONE_DATABASE
def test_after_a_few_tries_even_the_right_answer_waits(
    app: Flask, author: Contributor, holder: FlaskClient, clock: time_machine.travel, at: datetime
) -> None:
    with clock:
        for _ in range(PROOFS_OF_AUTHOR.burst):
            prove(holder, "nothing like it")
        answer = prove(holder, ADDRESS)
    assert (answer.status_code, asks_proof(answer.text)) == (429, True)
    with time_machine.travel(at + HOURS, tick=False):
        assert prove(holder, ADDRESS).status_code == 303


@ONE_DATABASE
def test_a_proof_holds_for_the_browser_it_was_given_in(
    app: Flask, author: Contributor, clock: time_machine.travel, at: datetime
) -> None:
    code = give_code_of(app, author.submission_id, at=at - LONG_AGO)
    with clock:
        first, second = enter(app, code), enter(app, code)
        assert first is not None
        assert second is not None
        prove(first, ADDRESS)
        assert [asks_proof(one.get(MY).text) for one in (first, second, enter(app, code) or second)] == [
            False,
            True,
            True,
        ]


@ONE_DATABASE
def test_a_page_that_was_closed_meanwhile_is_not_opened_by_a_proof(
    app: Flask, author: Contributor, holder: FlaskClient, clock: time_machine.travel, at: datetime
) -> None:
    with clock:
        form = find_form(holder.get(MY).text, action="/prove")
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, author.submission_id)
            replace_code(session, submission, at=at, receipt_secret=current_portal().instance.receipt_secret)
        answer = holder.post(form["action"], data={**form["values"], "answer": ADDRESS})
    assert answer.status_code == 401


@ONE_DATABASE
def test_the_author_reads_of_every_opening(
    app: Flask, author: Contributor, holder: FlaskClient, clock: time_machine.travel
) -> None:
    with clock:
        prove(holder, ADDRESS)
        page = holder.get(MY).text
    said = "Your page was opened with a code from the desk on 14\u00a0March 2026 at 09:00 UTC."
    assert (page.count(said), list_acts(app)[-2]) == (1, ("open_by_desk_code", False, None))


@ONE_DATABASE
def test_the_log_knows_the_opening_as_that_of_a_code_of_the_desk(app: Flask, holder: FlaskClient) -> None:
    with app.app_context():
        newest = db.session.execute(
            select(AuditEntry.act, AuditEntry.actor).order_by(AuditEntry.seq.desc()).limit(1)
        ).one()
        acts = list(db.session.scalars(select(Event.act).order_by(Event.id)))
    assert (tuple(newest), acts) == (
        ("open_by_desk_code", "desk_code"),
        [Act.SUBMIT, "ask_code", HistoryAct.REPLACE_CODE, "open_by_desk_code"],
    )


@ONE_DATABASE
def test_what_the_author_takes_along_tells_of_it(holder: FlaskClient, clock: time_machine.travel) -> None:
    with clock:
        send_form(holder, MY, {"body": "У Харкові."}, action="/reply")
        prove(holder, ADDRESS)
        form = find_form(holder.get(f"{MY}/data").text, action="/data")
        packed = holder.post(form["action"], data=form["values"], buffered=True).data
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        data, page = json.loads(opened.read("data.json")), opened.read("data.html").decode()
    somebody = "someone with a code from the desk"
    assert [(one["by"], one["act"]) for one in data["history"]] == [
        ("you", "submit"),
        ("desk", "replace_code"),
        (somebody, "open_by_desk_code"),
        (somebody, "message"),
        ("you", "prove_author"),
    ]
    said = (
        "Your page was opened with a code from the desk.",
        "Someone who had opened your page with a code from the desk wrote to us.",
        "From someone with a code from the desk",
    )
    assert (data["messages"][0]["from"], [page.count(one) for one in said]) == (somebody, [1, 1, 1])
