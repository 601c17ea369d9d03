"""A contributor opens a form, sends it, and keeps the receipt."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from portal.database import ReadersApart, transaction
from portal.domain.permissions import Role
from portal.domain.receipt_code import derive_code, group_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Call, Event, OutboxMail, Revision, Submission
from portal.operations.desk.decisions import decline
from portal.operations.private.access import find_by_code
from portal.sealing.keys import answers_place
from tests.support.factories import make_form_key, make_sending, make_staff, make_submission
from tests.support.form_writer import (
    ANSWERS,
    PITCH,
    STORY,
    STORY_ANSWERS,
    close_call,
    count_rows,
    read_values,
)
from tests.support.plain_browser import find_form, send_form
from tests.support.statements import list_planned

CLOSED = datetime(2021, 1, 5, 12, tzinfo=UTC)
pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]


def find_only_submission() -> Submission:
    return db.session.scalars(select(Submission)).one()


def test_a_pitch_leads_to_a_receipt_with_the_code(app: Flask, client: FlaskClient) -> None:
    form = find_form(client.get(PITCH).text, field="form_key")
    answered = client.post(PITCH, data={**form["values"], **ANSWERS})
    assert (answered.status_code, answered.location) == (303, "/uk/my/receipt")
    with app.app_context():
        code = derive_code(current_portal().instance.receipt_secret, form["values"]["form_key"])
    assert client.get("/uk/my/receipt").text.count(group_code(code)) == 1


def test_the_code_of_the_receipt_opens_the_submission(app: Flask, client: FlaskClient) -> None:
    form = find_form(client.get(PITCH).text, field="form_key")
    client.post(PITCH, data={**form["values"], **ANSWERS})
    with app.app_context():
        secret = current_portal().instance.receipt_secret
        code = derive_code(secret, form["values"]["form_key"])
        assert find_by_code(db.session(), code, receipt_secret=secret) == find_only_submission()


def test_a_pitch_is_kept_as_it_was_sent(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, ANSWERS, field="form_key", follow=False)
    with app.app_context():
        submission = find_only_submission()
        sealed = current_portal().instance.keys.open_map(
            submission.latest.sealed, answers_place(submission.public_id, 1)
        )
        secret = ("reply", "reply_text", "risk_text")
        open_answers = {key: ANSWERS[key] for key in ANSWERS if key[:2] != "c_" and key not in secret}
        assert submission.latest.answers == open_answers
        assert sealed == {key: ANSWERS[key] for key in secret}


def test_the_desk_lists_a_pitch_by_its_first_sentence_and_risk(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, ANSWERS, field="form_key", follow=False)
    with app.app_context():
        submission = find_only_submission()
        assert (
            submission.heading,
            submission.at_risk,
            submission.wants_mail,
            submission.state,
            submission.kind,
        ) == (
            "Моя бабуся ховала книжки.",
            True,
            True,
            State.SUBMITTED,
            Stage.PITCH,
        )


@pytest.mark.parametrize(
    "sentence",
    [
        "м. Харків, двадцять шоста ніч війни.",
        "О 3 год. ночі нас розбудила сирена.",
        "Dr. Lin wrote to me from a village near Tainan.",
        "1. У листопаді ми виїхали з Харкова.",
    ],
)
def test_the_first_sentence_does_not_end_at_a_short_word(
    app: Flask, client: FlaskClient, sentence: str
) -> None:
    answers = {**ANSWERS, "idea": f"{sentence} Потім ми вийшли надвір."}
    send_form(client, PITCH, answers, field="form_key", follow=False)
    with app.app_context():
        assert find_only_submission().heading == sentence


def test_consents_are_kept_word_for_word(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, ANSWERS, field="form_key", follow=False)
    with app.app_context():
        kept = [
            (one.key, one.text_version, one.locale, "{" in one.text)
            for one in find_only_submission().consents
        ]
        assert kept == [("c_use", 2, "uk", False), ("c_age", 1, "uk", False)]


def test_a_story_is_received(app: Flask, client: FlaskClient) -> None:
    answers = {**ANSWERS, **STORY_ANSWERS, "title": "Коли гасне світло"}
    answered = send_form(client, STORY, answers, field="form_key", follow=False)
    assert answered.status_code == 303
    with app.app_context():
        assert (find_only_submission().heading, find_only_submission().kind) == (
            "Коли гасне світло",
            Stage.STORY,
        )


def test_a_missing_answer_is_named_and_nothing_typed_is_lost(app: Flask, client: FlaskClient) -> None:
    answered = send_form(client, PITCH, {**ANSWERS, "link": "", "reply_text": "no address"}, field="form_key")
    kept = read_values(answered.text)
    assert answered.status_code == 422
    assert (kept["idea"], kept["reply_text"], kept["c_use"]) == (ANSWERS["idea"], "no address", "y")
    links = [answered.text.count(f'<a href="#{name}-field"') for name in ("link", "reply_text", "idea")]
    assert links == [1, 1, 0]
    assert count_rows(app, Submission) == 0


def test_a_pitch_sent_twice_is_one_pitch_with_one_code(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **ANSWERS}
    with time_machine.travel(
        datetime.now(UTC), tick=False
    ):  # the page holds a token with the second it is of
        first = client.post(PITCH, data=values, follow_redirects=True)
        second = client.post(PITCH, data=values, follow_redirects=True)
    assert (first.status_code, first.text) == (200, second.text)
    assert (count_rows(app, Submission), count_rows(app, Revision), count_rows(app, OutboxMail)) == (1, 1, 1)


def test_a_changed_pitch_from_the_same_page_is_a_new_version(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **ANSWERS}
    client.post(PITCH, data=values)
    client.post(PITCH, data={**values, "idea": "Інакше."})
    with app.app_context():
        submission = find_only_submission()
        assert [one.answers["idea"] for one in submission.revisions] == [ANSWERS["idea"], "Інакше."]
        assert submission.heading == "Інакше."
        assert [one.act for one in db.session.scalars(select(Event).order_by(Event.id))] == [
            "submit",
            "new_version",
        ]


def test_a_version_sent_after_a_decision_is_kept_and_the_history_says_so(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        form_key = make_form_key()
        submission = make_submission(session, at, form_key=form_key)
        editor = make_staff(session, Role.EDITOR)
        decline(
            session,
            submission,
            by=editor,
            at=at,
            seen=submission.version,
            reason="other",
            body="Дякуємо.",
            window=timedelta(0),
        )
        session.flush()
        make_submission(session, at, form_key=form_key, sending=make_sending(idea="Інакше."))
        last = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert last is not None
        assert (submission.state, len(submission.revisions), last.detail) == (
            State.DECLINED,
            2,
            {"revision": 2, "after_decision": True},
        )


def test_fifty_posts_at_once_make_one_submission(app: Flask, at: datetime) -> None:
    with app.app_context():
        form_key = make_form_key()

    def post(number: int) -> str:
        with app.app_context(), transaction() as session:
            return make_submission(session, at, form_key=form_key).public_id

    with ThreadPoolExecutor(max_workers=10) as pool:
        assert len(set(pool.map(post, range(50)))) == 1
    assert (count_rows(app, Submission), count_rows(app, Revision), count_rows(app, Event)) == (1, 1, 1)


def test_different_texts_at_once_from_one_page_are_all_kept(app: Flask, at: datetime) -> None:
    with app.app_context():
        form_key = make_form_key()

    def post(number: int) -> None:
        with app.app_context(), transaction() as session:
            make_submission(session, at, form_key=form_key, sending=make_sending(idea=f"Думка {number}."))

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(post, range(12)))
    with app.app_context():
        kept = {one.answers["idea"] for one in find_only_submission().revisions}
        assert kept == {f"Думка {number}." for number in range(12)}


def test_a_form_key_that_is_not_ours_gets_a_new_one_and_the_text_back(
    app: Flask, client: FlaskClient
) -> None:
    answered = send_form(client, PITCH, {**ANSWERS, "form_key": "f" * 97}, field="form_key")
    kept = read_values(answered.text)
    assert (answered.status_code, kept["idea"]) == (422, ANSWERS["idea"])
    assert client.post(PITCH, data=kept).status_code == 303


def test_an_expired_token_costs_no_word(client: FlaskClient) -> None:
    answered = send_form(client, PITCH, {**ANSWERS, "csrf_token": "old"}, field="form_key")
    kept = read_values(answered.text)
    assert (answered.status_code, kept["idea"]) == (400, ANSWERS["idea"])
    assert client.post(PITCH, data=kept).status_code == 303


def test_a_closed_call_gives_the_text_back(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **ANSWERS}
    close_call(app, CLOSED)
    answered = client.post(PITCH, data=values)
    assert (answered.status_code, answered.text.count(ANSWERS["idea"])) == (409, 1)
    assert count_rows(app, Revision) == 0


def test_what_was_sent_in_time_gets_its_receipt_after_closing(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **ANSWERS}
    client.post(PITCH, data=values)
    close_call(app, CLOSED)
    assert client.post(PITCH, data=values).location == "/uk/my/receipt"


def test_a_closed_call_says_so_instead_of_the_form(app: Flask, client: FlaskClient) -> None:
    close_call(app, CLOSED)
    page = client.get("/en/ukraine-taiwan/pitch")
    assert (page.status_code, page.text.count("5\u00a0January 2021"), page.text.count("<form")) == (200, 1, 0)


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "\ud800x".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
        "\u202eabc\u2066",
        "字" * 200_000,
    ],
    ids=["NUL", "surrogate", "bidi", "200,000 characters"],
)
def test_hostile_text_breaks_nothing(client: FlaskClient, text: str) -> None:
    answered = send_form(client, PITCH, {**ANSWERS, "idea": text}, field="form_key", follow=False)
    assert answered.status_code == (422 if len(text) > 1_000 else 303)


def test_a_text_too_long_comes_back_whole(client: FlaskClient) -> None:
    answered = send_form(client, PITCH, {**ANSWERS, "idea": "字" * 900}, field="form_key")
    assert read_values(answered.text)["idea"] == "字" * 900


def test_every_form_opens_in_every_language(client: FlaskClient) -> None:
    addresses = [
        f"/{lang}/ukraine-taiwan/{form}" for lang in ("en", "uk", "zh-tw") for form in ("pitch", "story")
    ]
    assert [client.get(address).status_code for address in addresses] == [200] * 6


def test_a_form_without_consents_in_the_language_points_to_the_others(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.consents = [
            {**row, "text": {tag: text for tag, text in row["text"].items() if tag != "uk"}}
            for row in call.consents
        ]
    page = client.get(PITCH)
    address = 'href="/zh-tw/ukraine-taiwan/pitch'
    found = [page.text.count(f'{address}{end}"') for end in ("", "?set-language=zh-tw")]
    assert (page.status_code, found) == (404, [1, 1])


@pytest.mark.parametrize(("form", "status"), [("pitch", 200), ("story", 404)])
def test_a_form_waits_only_for_the_consents_it_asks_for(
    app: Flask, client: FlaskClient, form: str, status: int
) -> None:
    with app.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.consents = [
            row if "pitch" in row["forms"] else {**row, "text": {"en": row["text"]["en"]}}
            for row in call.consents
        ]
    assert client.get(f"/uk/ukraine-taiwan/{form}").status_code == status


def test_an_unknown_coverage_is_no_page(client: FlaskClient) -> None:
    assert client.get("/uk/nowhere/pitch").status_code == 404


def test_the_receipt_without_an_open_page_asks_for_the_code(client: FlaskClient) -> None:
    answered = client.get("/uk/my/receipt")
    assert (answered.status_code, answered.location) == (303, "/uk/my")


def test_the_receipt_shows_all_that_was_sent(client: FlaskClient) -> None:
    page = send_form(client, PITCH, ANSWERS, field="form_key").text
    texts = [ANSWERS[key] for key in ("idea", "link", "you", "byline_text", "risk_text", "reply_text")]
    assert [page.count(text) for text in texts] == [1] * 6


def test_a_withdrawn_pitch_takes_no_new_version(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **ANSWERS}
    client.post(PITCH, data=values)
    with app.app_context(), transaction() as session:
        session.scalars(select(Submission)).one().state = State.WITHDRAWN
    answered = client.post(PITCH, data={**values, "idea": "Інакше."})
    assert (answered.status_code, answered.text.count("Інакше.")) == (409, 1)


def list_planned_to_send(app: Flask) -> list[str]:
    """Return what SQLite plans again when the third person opens the form and sends it."""

    def send() -> None:
        answered = send_form(app.test_client(), PITCH, ANSWERS, field="form_key", follow=False)
        assert answered.status_code == 303

    return list_planned(app, send)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_no_statement_of_a_sending_is_planned_at_every_sending(app: Flask) -> None:
    assert list_planned_to_send(app) == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_one_connection_for_reading_and_writing_has_all_of_a_sending_planned_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadersApart, "connect", QueuePool.connect)
    assert list_planned_to_send(app) != []
