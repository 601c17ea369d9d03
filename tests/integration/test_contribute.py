"""A contributor opens a form, sends it, and keeps the receipt."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.receipt import derive_code, group_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.keys import answers_place
from portal.models import Call, Event, OutboxMail, Revision, Submission
from portal.operations.deciding import decline, invite
from portal.operations.visiting import find_by_code, open_private_page
from portal.web.clock import now
from tests.factories import make_call, make_form_key, make_sending, make_staff, make_submission
from tests.walk import find_form, send_form

PITCH = "/uk/ukraine-taiwan/pitch"
STORY = "/uk/ukraine-taiwan/story"
OPENED = datetime(2020, 1, 1, tzinfo=UTC)
CLOSED = datetime(2021, 1, 5, 12, tzinfo=UTC)
PITCH_ANSWERS = {
    "lang": "uk",
    "idea": "Моя бабуся ховала книжки. Я бачила таку полицю в Тайбеї.",
    "link": "Полиця.",
    "you": "Це моя бабуся.",
    "before": "no",
    "byline": "pen",
    "byline_text": "Олена К.",
    "risk": "unsure",
    "risk_text": "Брат служить.",
    "reply": "email",
    "reply_text": "olena@example.org",
    "c_use": "y",
    "c_age": "y",
}
STORY_ANSWERS = {
    "story": "Світло зникло о шостій. Ми сиділи в темряві.",
    "whose": "mine",
    "others": "no_one",
    "tools": "no",
    "may": "after_approval",
    "c_own": "y",
    "c_lic": "y",
}


@pytest.fixture(autouse=True)
def _open_call(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)


def read_values(page: str) -> dict[str, Any]:
    """Return the values of the form, without the line break a browser drops after <textarea>."""
    values: dict[str, Any] = find_form(page, field="form_key")["values"]
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def count_rows(app: Flask, table: type[Any]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def only_piece() -> Submission:
    return db.session.scalars(select(Submission)).one()


def close_call(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = at


def test_a_pitch_leads_to_a_receipt_with_the_code(app: Flask, client: FlaskClient) -> None:
    form = find_form(client.get(PITCH).text, field="form_key")
    answered = client.post(PITCH, data={**form["values"], **PITCH_ANSWERS})
    assert (answered.status_code, answered.location) == (303, "/uk/my/receipt")
    with app.app_context():
        code = derive_code(current_portal().instance.receipt_secret, form["values"]["form_key"])
    assert client.get("/uk/my/receipt").text.count(group_code(code)) == 1


def test_the_code_of_the_receipt_opens_the_submission(app: Flask, client: FlaskClient) -> None:
    form = find_form(client.get(PITCH).text, field="form_key")
    client.post(PITCH, data={**form["values"], **PITCH_ANSWERS})
    with app.app_context():
        secret = current_portal().instance.receipt_secret
        code = derive_code(secret, form["values"]["form_key"])
        assert find_by_code(db.session(), code, receipt_secret=secret) == only_piece()


def test_a_pitch_is_kept_as_it_was_sent(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, PITCH_ANSWERS, field="form_key", follow=False)
    with app.app_context():
        piece = only_piece()
        sealed = current_portal().instance.keys.open_map(
            piece.latest.sealed, answers_place(piece.public_id, 1)
        )
        secret = ("reply", "reply_text", "risk_text")
        open_answers = {
            key: PITCH_ANSWERS[key] for key in PITCH_ANSWERS if key[:2] != "c_" and key not in secret
        }
        assert piece.latest.answers == open_answers
        assert sealed == {key: PITCH_ANSWERS[key] for key in secret}


def test_the_desk_lists_a_pitch_by_its_first_sentence_and_risk(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, PITCH_ANSWERS, field="form_key", follow=False)
    with app.app_context():
        piece = only_piece()
        assert (piece.heading, piece.at_risk, piece.wants_mail, piece.state, piece.kind) == (
            "Моя бабуся ховала книжки.",
            True,
            True,
            State.SUBMITTED,
            Stage.PITCH,
        )


def test_the_search_text_holds_no_answer_that_not_everybody_may_read(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, PITCH_ANSWERS, field="form_key", follow=False)
    with app.app_context():
        shown = "\n".join(PITCH_ANSWERS[key] for key in ("idea", "link", "you")).casefold()
        assert only_piece().haystack == shown


def test_consents_are_kept_word_for_word(app: Flask, client: FlaskClient) -> None:
    send_form(client, PITCH, PITCH_ANSWERS, field="form_key", follow=False)
    with app.app_context():
        kept = [(one.key, one.text_version, one.locale, "{" in one.text) for one in only_piece().consents]
        assert kept == [("c_use", 1, "uk", False), ("c_age", 1, "uk", False)]


def test_a_story_is_received(app: Flask, client: FlaskClient) -> None:
    answers = {**PITCH_ANSWERS, **STORY_ANSWERS, "title": "Коли гасне світло"}
    answered = send_form(client, STORY, answers, field="form_key", follow=False)
    assert answered.status_code == 303
    with app.app_context():
        assert (only_piece().heading, only_piece().kind) == ("Коли гасне світло", Stage.STORY)


def test_a_missing_answer_is_named_and_nothing_typed_is_lost(app: Flask, client: FlaskClient) -> None:
    answered = send_form(
        client, PITCH, {**PITCH_ANSWERS, "link": "", "reply_text": "no address"}, field="form_key"
    )
    kept = read_values(answered.text)
    assert answered.status_code == 422
    assert (kept["idea"], kept["reply_text"], kept["c_use"]) == (PITCH_ANSWERS["idea"], "no address", "y")
    assert [answered.text.count(f'<a href="#{name}"') for name in ("link", "reply_text", "idea")] == [1, 1, 0]
    assert count_rows(app, Submission) == 0


def test_a_pitch_sent_twice_is_one_pitch_with_one_code(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **PITCH_ANSWERS}
    first = client.post(PITCH, data=values, follow_redirects=True)
    second = client.post(PITCH, data=values, follow_redirects=True)
    assert (first.status_code, first.text) == (200, second.text)
    assert (count_rows(app, Submission), count_rows(app, Revision), count_rows(app, OutboxMail)) == (1, 1, 1)


def test_a_changed_pitch_from_the_same_page_is_a_new_version(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **PITCH_ANSWERS}
    client.post(PITCH, data=values)
    client.post(PITCH, data={**values, "idea": "Інакше."})
    with app.app_context():
        piece = only_piece()
        assert [one.answers["idea"] for one in piece.revisions] == [PITCH_ANSWERS["idea"], "Інакше."]
        assert piece.heading == "Інакше."
        assert [one.act for one in db.session.scalars(select(Event).order_by(Event.id))] == [
            "submit",
            "new_version",
        ]


def test_a_version_sent_after_a_decision_is_kept_and_the_history_says_so(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        form_key = make_form_key()
        piece = make_submission(session, at, form_key=form_key)
        editor = make_staff(session, Role.EDITOR)
        decline(
            session,
            piece,
            by=editor,
            at=at,
            seen=piece.version,
            reason="other",
            body="Дякуємо.",
            window=timedelta(0),
        )
        session.flush()
        make_submission(session, at, form_key=form_key, sending=make_sending(idea="Інакше."))
        last = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert last is not None
        assert (piece.state, len(piece.revisions), last.detail) == (
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
        kept = {one.answers["idea"] for one in only_piece().revisions}
        assert kept == {f"Думка {number}." for number in range(12)}


def test_a_form_key_that_is_not_ours_gets_a_new_one_and_the_text_back(
    app: Flask, client: FlaskClient
) -> None:
    answered = send_form(client, PITCH, {**PITCH_ANSWERS, "form_key": "f" * 97}, field="form_key")
    kept = read_values(answered.text)
    assert (answered.status_code, kept["idea"]) == (422, PITCH_ANSWERS["idea"])
    assert client.post(PITCH, data=kept).status_code == 303


def test_an_expired_token_costs_no_word(client: FlaskClient) -> None:
    answered = send_form(client, PITCH, {**PITCH_ANSWERS, "csrf_token": "old"}, field="form_key")
    kept = read_values(answered.text)
    assert (answered.status_code, kept["idea"]) == (400, PITCH_ANSWERS["idea"])
    assert client.post(PITCH, data=kept).status_code == 303


def test_a_closed_call_gives_the_text_back(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **PITCH_ANSWERS}
    close_call(app, CLOSED)
    answered = client.post(PITCH, data=values)
    assert (answered.status_code, answered.text.count(PITCH_ANSWERS["idea"])) == (409, 1)
    assert count_rows(app, Revision) == 0


def test_what_was_sent_in_time_gets_its_receipt_after_closing(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **PITCH_ANSWERS}
    client.post(PITCH, data=values)
    close_call(app, CLOSED)
    assert client.post(PITCH, data=values).location == "/uk/my/receipt"


def test_a_closed_call_says_so_instead_of_the_form(app: Flask, client: FlaskClient) -> None:
    close_call(app, CLOSED)
    page = client.get("/en/ukraine-taiwan/pitch")
    assert (page.status_code, page.text.count("5 January 2021"), page.text.count("<form")) == (200, 1, 0)


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
    answered = send_form(client, PITCH, {**PITCH_ANSWERS, "idea": text}, field="form_key", follow=False)
    assert answered.status_code == (422 if len(text) > 1_000 else 303)


def test_a_text_too_long_comes_back_whole(client: FlaskClient) -> None:
    answered = send_form(client, PITCH, {**PITCH_ANSWERS, "idea": "字" * 900}, field="form_key")
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
    assert (page.status_code, page.text.count('href="/zh-tw/ukraine-taiwan/pitch"')) == (404, 2)


def test_an_unknown_coverage_is_no_page(client: FlaskClient) -> None:
    assert client.get("/uk/nowhere/pitch").status_code == 404


def test_the_receipt_without_an_open_page_asks_for_the_code(client: FlaskClient) -> None:
    answered = client.get("/uk/my/receipt")
    assert (answered.status_code, answered.location) == (303, "/uk/my")


def test_the_receipt_shows_all_that_was_sent(client: FlaskClient) -> None:
    page = send_form(client, PITCH, PITCH_ANSWERS, field="form_key").text
    texts = [PITCH_ANSWERS[key] for key in ("idea", "link", "you", "byline_text", "risk_text", "reply_text")]
    assert [page.count(text) for text in texts] == [1] * 6


@pytest.fixture
def invited(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser with the private page of an invited pitch open."""
    with app.app_context(), transaction() as session:
        at = now() - timedelta(days=1)
        piece = make_submission(session, at)
        editor = make_staff(session, Role.EDITOR)
        invite(session, piece, by=editor, at=at, seen=piece.version, body="Пишіть.", window=timedelta(0))
        session.flush()
        token = open_private_page(session, piece, at=now(), keys=current_portal().instance.keys)
    with client.session_transaction() as cookie:
        cookie["page"] = token
    return client


def test_an_invited_author_is_not_asked_again(invited: FlaskClient) -> None:
    names = find_form(invited.get("/uk/my/story").text, field="form_key")["names"]
    asked_with_pitch = {
        "lang",
        "before",
        "byline",
        "byline_text",
        "risk",
        "reply",
        "reply_text",
        "c_use",
        "c_age",
    }
    assert names & asked_with_pitch == set()


def test_the_full_story_joins_the_pitch(app: Flask, invited: FlaskClient) -> None:
    answered = send_form(invited, "/uk/my/story", STORY_ANSWERS, field="form_key", follow=False)
    assert answered.location == "/uk/my/receipt"
    with app.app_context():
        piece = only_piece()
        sealed = current_portal().instance.keys.open_map(
            piece.latest.sealed, answers_place(piece.public_id, 2)
        )
        assert (piece.state, piece.stage, piece.kind, piece.lang) == (
            State.SUBMITTED,
            Stage.STORY,
            Stage.PITCH,
            "uk",
        )
        assert (piece.latest.answers["byline"], piece.latest.answers["story"]) == (
            "pen",
            STORY_ANSWERS["story"],
        )
        assert (sealed["reply_text"], piece.wants_mail) == ("olena@example.org", True)
        assert [one.key for one in piece.consents] == ["c_use", "c_age", "c_own", "c_lic"]


def test_a_full_story_sent_twice_is_one_story(app: Flask, invited: FlaskClient) -> None:
    values = {**find_form(invited.get("/uk/my/story").text, field="form_key")["values"], **STORY_ANSWERS}
    answers = [invited.post("/uk/my/story", data=values).location for _ in range(2)]
    assert answers == ["/uk/my/receipt"] * 2
    assert count_rows(app, Revision) == 2


def test_a_full_story_nobody_waits_for_is_given_back(app: Flask, invited: FlaskClient) -> None:
    values = {**find_form(invited.get("/uk/my/story").text, field="form_key")["values"], **STORY_ANSWERS}
    invited.post("/uk/my/story", data=values)
    again = invited.post("/uk/my/story", data={**values, "story": "Зовсім інша."})
    assert (again.status_code, again.text.count("Зовсім інша.")) == (409, 1)


def test_the_story_form_of_a_pitch_not_invited_leads_to_the_private_page(client: FlaskClient) -> None:
    send_form(client, PITCH, PITCH_ANSWERS, field="form_key", follow=False)
    assert client.get("/uk/my/story").location == "/uk/my"


def test_a_withdrawn_pitch_takes_no_new_version(app: Flask, client: FlaskClient) -> None:
    values = {**find_form(client.get(PITCH).text, field="form_key")["values"], **PITCH_ANSWERS}
    client.post(PITCH, data=values)
    with app.app_context(), transaction() as session:
        session.scalars(select(Submission)).one().state = State.WITHDRAWN
    answered = client.post(PITCH, data={**values, "idea": "Інакше."})
    assert (answered.status_code, answered.text.count("Інакше.")) == (409, 1)
