"""Requests nobody hopes for: the answer is a page in the reader's language, and nothing typed is lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from portal.database import sqlite_module, transaction
from portal.domain.languages import LOCALES, URL_ALIASES, locale_by_url
from portal.domain.permissions import Role
from portal.domain.states import Act, Stage, State
from portal.extensions import db
from portal.models import Draft, DraftRevision, Event, Message, Note, OutboxMail, Staff, Submission
from portal.operations.deciding import decline
from portal.operations.triaging import add_note
from tests.contributor import MY, Contributor
from tests.factories import make_call, make_draft, make_sending, make_staff, make_submission
from tests.walk import find_form, read_forms, send_form

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
FORGED = "evil.example"
LANGUAGES = ("en", "uk", "zh-tw")
LONG = "字" * 200_000
TYPED = "Довгий текст, який писали цілий вечір."
PITCH_ANSWERS = {
    "lang": "uk",
    "idea": TYPED,
    "link": "Полиця.",
    "you": "Це моя бабуся.",
    "before": "no",
    "byline": "pen",
    "byline_text": "Олена К.",
    "risk": "no",
    "reply": "email",
    "reply_text": "olena@example.org",
    "c_use": "y",
    "c_age": "y",
}
STORY_TEXTS = (
    "title",
    "story",
    "place_time",
    "community_text",
    "before_text",
    "check",
    "bio",
    "byline_text",
    "others_text",
    "avoid",
    "risk_text",
    "reply_text",
)
DESK_TEXTS = {
    "ask": "body",
    "invite": "body",
    "decline": "body",
    "withdraw": "note",
    "note": "body",
    "gist": "body",
    "identity": "reason",
}
ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For requests that are answered before anything is read or written."""

HEADINGS = {
    401: "Please open your page again",
    403: "This is not yours to decide",
    404: "There is no such page",
    405: "This does not work here",
    413: "This is too much text for one go",
    503: "We are overloaded",
}


def say(app: Flask, lang: str, sentence: str) -> str:
    """Return one of our sentences in a language of the interface, as a page writes it."""
    locale = locale_by_url(lang)
    assert locale is not None
    with app.test_request_context(), force_locale(locale.babel):
        return str(gettext(sentence))


def heading_of(page: str) -> str:
    """Return the text of the page's h1."""
    return page.partition("<h1>")[2].partition("</h1>")[0]


def shown_texts(page: str) -> list[str]:
    """Return the texts an error page gives back, in order."""
    return [part.partition("</textarea>")[0] for part in page.split("readonly>")[1:]]


def typed_in(page: str, action: str, field: str) -> str:
    """Return what stands in a field of a form."""
    return str(find_form(page, action=action)["values"][field]).strip()


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with an open call."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who was asked a question and has the private page open."""
    with time_machine.travel(at, tick=False):
        asked = Contributor(app, client, at)
        asked.send()
        asked.decide(Act.ASK, body="У якому місті це було?")
        asked.enter()
        yield asked


@dataclass(frozen=True)
class Desk:
    """A member of staff at the desk, with a pitch, a story and a draft."""

    app: Flask
    client: FlaskClient
    pitch: str
    story: str
    draft: str

    def page(self, public_id: str) -> str:
        """Return the address of a submission's page."""
        return f"/desk/submission/{public_id}"

    @property
    def draft_page(self) -> str:
        """Return the address of the draft's page."""
        return f"/desk/coverages/draft/{self.draft}"

    def send(self, address: str, action: str, **values: str) -> TestResponse:
        """Fill in the form of a page and send it."""
        form = find_form(self.client.get(address).text, action=action)
        return self.client.post(form["action"], data={**form["values"], **values})

    def kept(self) -> list[Any]:
        """Return all that an act of the desk could have changed."""
        with self.app.app_context():
            session = db.session()
            rows = [
                session.scalar(select(func.count()).select_from(table))
                for table in (Event, Message, Note, OutboxMail, DraftRevision)
            ]
            pieces = session.execute(
                select(Submission.version, Submission.state, Submission.gist).order_by(Submission.id)
            )
            return [*rows, *pieces.all(), session.scalars(select(Draft.version)).all()]


def open_desk(app: Flask, client: FlaskClient, role: Role) -> Desk:
    """Open the session that a finished sign-in leaves."""
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        pieces = [make_submission(session, at), make_submission(session, at, Stage.STORY)]
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor, sending=make_sending(Stage.STORY, title="Чернетка"))
        staff = make_staff(session, role)
        staff.reads_identity = role is Role.EDITOR
        known = staff.fs_uniquifier
        pitch, story = (piece.public_id for piece in pieces)
        public_id = draft.public_id
    with client.session_transaction() as cookie:
        cookie.update(_user_id=known, _fresh=True, fs_cc="set", fs_paa=time.time(), identity=known)
    return Desk(app, client, pitch, story, public_id)


@pytest.fixture
def editor(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.EDITOR)


@pytest.fixture
def moderator(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.MODERATOR)


# Addresses


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "rest",
    ["nowhere/", "nowhere/pitch", "ukraine-taiwan/poem", "a/b/c/d", "%00/", "%F0%28/", "ukraine-taiwan'--/"],
)
def test_an_unknown_address_is_told_in_the_readers_language(
    opened: Flask, client: FlaskClient, lang: str, rest: str
) -> None:
    answer = client.get(f"/{lang}/{rest}")
    assert (answer.status_code, heading_of(answer.text), answer.headers["Content-Language"]) == (
        404,
        say(opened, lang, HEADINGS[404]),
        {locale.url: locale.tag for locale in LOCALES}[lang],
    )


@ONE_DATABASE
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("address", ["/fr/", "/fr/ukraine-taiwan/", "/ZH-tw/", "/robots", "/%F0%9F"])
def test_an_unknown_language_is_told_in_the_one_the_browser_asks_for(
    app: Flask, client: FlaskClient, lang: str, address: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": lang})
    assert (answer.status_code, heading_of(answer.text)) == (404, say(app, lang, HEADINGS[404]))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("public_id", ["0" * 32, "1", "0" * 31 + "G", "%27%20or%201=1"])
def test_an_unknown_id_is_told_in_the_language_of_the_account(
    editor: Desk, lang: str, public_id: str
) -> None:
    with editor.app.app_context(), transaction() as session:
        for person in session.scalars(select(Staff)):
            person.locale = {locale.url: locale.tag for locale in LOCALES}[lang]
    answer = editor.client.get(f"/desk/submission/{public_id}")
    assert (answer.status_code, heading_of(answer.text)) == (404, say(editor.app, lang, HEADINGS[404]))


@ONE_DATABASE
@pytest.mark.parametrize("alias", URL_ALIASES)
def test_another_name_of_a_language_leads_to_the_same_page(client: FlaskClient, alias: str) -> None:
    found = [client.get(f"/{alias}{rest}") for rest in ("", "/", "/ukraine-taiwan/pitch")]
    own = f"/{URL_ALIASES[alias].url}/"
    assert [(answer.status_code, answer.location) for answer in found] == [
        (301, own),
        (301, own),
        (301, f"{own}ukraine-taiwan/pitch"),
    ]


@ONE_DATABASE
def test_another_name_of_a_language_leads_to_no_other_site(client: FlaskClient) -> None:
    found = [
        client.get(address).location or "" for address in ("/zh-TW//evil.example/", "/ua/%5C%5Cevil.example")
    ]
    assert [urlsplit(address).netloc for address in found] == ["", ""]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("wish", "lang"),
    [
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh-tw"),
        ("zh-HK,zh;q=0.9,en;q=0.8", "zh-tw"),
        ("zh-Hant-HK,zh-Hant;q=0.9,en", "zh-tw"),
        ("zh-TW", "zh-tw"),
        ("zh-MO", "zh-tw"),
        ("nan-TW,zh-TW;q=0.9,en;q=0.5", "zh-tw"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "en"),
        ("zh-CN,zh;q=0.9", "zh-tw"),
        ("uk-UA,uk;q=0.9", "uk"),
        ("crh-UA,uk", "uk"),
        ("ru-RU,ru,uk;q=0.8,en;q=0.7", "uk"),
        ("ru-UA,ru", "en"),
        ("be,ru", "en"),
        ("pl,de", "en"),
        ("uk;q=0,en;q=0.1", "en"),
        ("\x01;;q=,,,=", "en"),
        ("uk;q=nan", "en"),
        ("x" * 20_000, "en"),
    ],
)
def test_the_start_page_follows_the_browsers_wish(client: FlaskClient, wish: str, lang: str) -> None:
    answer = client.get("/", headers={"Accept-Language": wish})
    assert (answer.status_code, answer.location) == (302, f"/{lang}/")


@ONE_DATABASE
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_method_is_told_in_the_readers_language(
    opened: Flask, client: FlaskClient, lang: str
) -> None:
    wrong = (
        client.delete(f"/{lang}/"),
        client.put(f"/{lang}/ukraine-taiwan/pitch", data=PITCH_ANSWERS),
        client.get(f"/{lang}/my/reply"),
        client.post(f"/{lang}/safety"),
    )
    assert [(one.status_code, heading_of(one.text)) for one in wrong] == [
        (405, say(opened, lang, HEADINGS[405]))
    ] * len(wrong)


@pytest.mark.parametrize(
    "address",
    [
        "/desk/?q=%00",
        "/desk/?q=%ED%A0%80&assignee=%00&after=%00",
        "/desk/submission/{pitch}?find=%00&reason=%00&done=%00",
        "/desk/coverages/ukraine-taiwan?state=%00",
        "/desk/coverages/draft/{draft}/revisions?new=99999999999999999999",
        "/desk/coverages/draft/{draft}/revisions?new=%00",
    ],
)
def test_a_wish_nobody_can_fulfil_is_overlooked(editor: Desk, address: str) -> None:
    page = address.format(pitch=editor.pitch, draft=editor.draft)
    assert editor.client.get(page).status_code == 200


@pytest.mark.parametrize(
    "address", ["/desk/coverages/%00", "/account/invitation/%00", "/account/renewal/%00"]
)
def test_an_address_with_nul_is_no_page(editor: Desk, address: str) -> None:
    assert editor.client.get(address).status_code == 404


# Forged names of the host


@ONE_DATABASE
@pytest.mark.parametrize(
    "host", [FORGED, f"localhost.{FORGED}", f"localhost@{FORGED}", "a b", "[::1", "", ":80"]
)
@pytest.mark.parametrize("address", ["/", "/desk/", "/zh-TW/"])
def test_a_server_answers_to_its_own_name_only(client: FlaskClient, host: str, address: str) -> None:
    answer = client.get(address, headers={"Host": host}, environ_overrides={"HTTP_HOST": host})
    assert (answer.status_code, FORGED in answer.text, answer.location or "") == (400, False, "")


def test_a_text_sent_to_a_forged_name_is_not_kept(opened: Flask, client: FlaskClient) -> None:
    answer = client.post("/uk/ukraine-taiwan/pitch", data=PITCH_ANSWERS, headers={"Host": FORGED})
    with opened.app_context():
        kept = db.session.scalar(select(func.count()).select_from(Submission))
    assert (answer.status_code, kept) == (400, 0)


def test_forwarding_headers_without_a_proxy_reach_no_link_and_no_mail(
    opened: Flask, client: FlaskClient
) -> None:
    forged = {"X-Forwarded-Host": FORGED, "X-Host": FORGED, "Forwarded": f"host={FORGED}"}
    page = client.get("/uk/ukraine-taiwan/pitch", headers=forged)
    form = find_form(page.text, field="form_key")
    sent = client.post("/uk/ukraine-taiwan/pitch", data={**form["values"], **PITCH_ANSWERS}, headers=forged)
    receipt = client.get("/uk/my/receipt", headers=forged)
    with opened.app_context():
        mails = db.session.scalars(select(OutboxMail.body + OutboxMail.subject)).all()
    assert (sent.status_code, sent.location, len(mails)) == (303, "/uk/my/receipt", 1)
    assert FORGED not in "".join([page.text, receipt.text, str(sent.headers), *mails])


# Too much


@ONE_DATABASE
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("address", ["ukraine-taiwan/story", "my"])
def test_ten_megabytes_are_told_in_the_readers_language(
    opened: Flask, client: FlaskClient, lang: str, address: str
) -> None:
    answer = client.post(f"/{lang}/{address}", data={"story": "x" * 10_000_000})
    assert (answer.status_code, heading_of(answer.text)) == (413, say(opened, lang, HEADINGS[413]))


@ONE_DATABASE
def test_ten_megabytes_are_too_much_for_the_desk(editor: Desk) -> None:
    answer = editor.client.post(f"{editor.page(editor.pitch)}/note", data={"body": "x" * 10_000_000})
    assert (answer.status_code, heading_of(answer.text)) == (413, HEADINGS[413])


@ONE_DATABASE
@pytest.mark.parametrize("field", STORY_TEXTS)
def test_a_text_far_too_long_comes_back_whole(opened: Flask, client: FlaskClient, field: str) -> None:
    address = "/zh-tw/ukraine-taiwan/story"
    answer = send_form(client, address, {"byline": "pen", "reply": "email", field: LONG}, field="form_key")
    kept = find_form(answer.text, field="form_key")["values"][field]
    assert (answer.status_code, kept == LONG) == (422, True)


@ONE_DATABASE
@pytest.mark.parametrize(("action", "field"), DESK_TEXTS.items())
def test_a_text_far_too_long_comes_back_to_the_desk_whole(editor: Desk, action: str, field: str) -> None:
    answer = editor.send(editor.page(editor.pitch), f"/{action}", **{"reason": "other", field: LONG})
    assert (answer.status_code, typed_in(answer.text, f"/{action}", field) == LONG) == (422, True)


def test_a_draft_as_long_as_a_book_is_kept_whole(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    answer = editor.client.post(editor.draft_page, data={**form["values"], "body": LONG})
    with editor.app.app_context():
        kept = db.session.scalars(select(Draft.body)).one()
    assert (answer.status_code, kept == LONG, editor.client.get(editor.draft_page).status_code) == (
        303,
        True,
        200,
    )


def test_an_answer_far_too_long_comes_back_whole(person: Contributor) -> None:
    answer = send_form(person.client, MY, {"body": LONG})
    kept = typed_in(answer.text, "/reply", "body") == LONG
    assert (answer.status_code, kept, person.state()) == (422, True, State.NEEDS_REPLY)


# Too late


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_on_a_page_that_closed_itself_is_given_back(person: Contributor, lang: str) -> None:
    with time_machine.travel(person.at + timedelta(hours=3), tick=False):
        answer = person.client.post(f"/{lang}/my/reply", data={"body": TYPED})
    assert (answer.status_code, heading_of(answer.text), shown_texts(answer.text), person.state()) == (
        401,
        say(person.app, lang, HEADINGS[401]),
        [TYPED],
        State.NEEDS_REPLY,
    )


def test_words_sent_to_the_desk_after_signing_out_are_given_back(editor: Desk) -> None:
    editor.client.delete_cookie("portal")
    answer = editor.client.post(f"{editor.page(editor.pitch)}/note", data={"body": TYPED})
    assert (answer.status_code, shown_texts(answer.text)) == (401, [TYPED])


@pytest.mark.parametrize(("action", "field"), DESK_TEXTS.items())
def test_an_expired_page_of_the_desk_keeps_the_words(editor: Desk, action: str, field: str) -> None:
    before = editor.kept()
    answer = editor.send(
        editor.page(editor.pitch), f"/{action}", **{"reason": "other", "csrf_token": "old", field: TYPED}
    )
    assert (answer.status_code, typed_in(answer.text, f"/{action}", field)) == (400, TYPED)
    assert editor.kept() == before


@pytest.mark.parametrize("field", ["title", "dek", "excerpt", "body", "byline", "bio", "content_warning"])
def test_an_expired_page_of_a_draft_keeps_the_words(editor: Desk, field: str) -> None:
    before = editor.kept()
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    answer = editor.client.post(editor.draft_page, data={**form["values"], "csrf_token": "old", field: TYPED})
    kept = find_form(answer.text, field="content_warning")["values"][field].strip()
    assert (answer.status_code, kept, editor.kept()) == (400, TYPED, before)


@pytest.mark.parametrize(
    ("action", "field"), [(key, DESK_TEXTS[key]) for key in DESK_TEXTS if key not in ("note", "identity")]
)
def test_an_act_on_what_has_changed_gives_the_words_back(editor: Desk, action: str, field: str) -> None:
    page = editor.client.get(editor.page(editor.pitch)).text
    form = find_form(page, action=f"/{action}")
    editor.send(editor.page(editor.pitch), "/gist", body="Gist")
    before = editor.kept()
    answer = editor.client.post(form["action"], data={**form["values"], "reason": "other", field: TYPED})
    assert (answer.status_code, TYPED in shown_texts(answer.text), editor.kept()) == (409, True, before)


def test_a_draft_that_a_colleague_saved_gives_the_words_back(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.draft_page).text, field="body")
    editor.client.post(editor.draft_page, data={**form["values"], "title": "Інша назва"})
    before = editor.kept()
    answer = editor.client.post(editor.draft_page, data={**form["values"], "body": TYPED})
    assert (answer.status_code, TYPED in shown_texts(answer.text), editor.kept()) == (409, True, before)


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "1.5", "\x00"])
def test_a_version_nobody_issued_changes_nothing(editor: Desk, seen: str) -> None:
    before = editor.kept()
    answer = editor.send(editor.page(editor.pitch), "/ask", body=TYPED, seen=seen)
    assert (answer.status_code in (409, 422), TYPED in answer.text, editor.kept()) == (True, True, before)


# Not theirs to do


@pytest.mark.parametrize(
    ("action", "values"),
    [("accept", {"body": TYPED}), ("withdraw", {"note": TYPED}), ("erase", {"sure": "y", "note": TYPED})],
)
def test_an_act_of_another_role_is_refused_and_the_words_come_back(
    moderator: Desk, action: str, values: dict[str, str]
) -> None:
    form = find_form(moderator.client.get(moderator.page(moderator.story)).text, action="/note")
    before = moderator.kept()
    answer = moderator.client.post(
        f"{moderator.page(moderator.story)}/{action}", data={**form["values"], "body": "", **values}
    )
    assert (answer.status_code, shown_texts(answer.text), moderator.kept()) == (403, [TYPED], before)


@pytest.mark.parametrize("action", ["ask", "invite", "decline"])
def test_an_act_on_a_closed_submission_is_refused_and_the_words_come_back(editor: Desk, action: str) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action=f"/{action}")
    with editor.app.app_context(), transaction() as session:
        piece = session.scalars(select(Submission).where(Submission.public_id == editor.pitch)).one()
        by = make_staff(session, Role.EDITOR)
        at = datetime.now(UTC)
        decline(session, piece, by=by, at=at, seen=piece.version, reason="other", body="Дякуємо.")
        session.flush()
        seen = piece.version
    before = editor.kept()
    answer = editor.client.post(
        form["action"], data={**form["values"], "reason": "other", "seen": seen, "body": TYPED}
    )
    assert (answer.status_code, TYPED in shown_texts(answer.text), editor.kept()) == (409, True, before)


def test_a_note_beside_a_note_makes_nobody_start_again(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/note")
    with editor.app.app_context(), transaction() as session:
        piece = session.scalars(select(Submission).where(Submission.public_id == editor.pitch)).one()
        add_note(session, piece, by=make_staff(session, Role.EDITOR), at=datetime.now(UTC), body="Перша.")
    assert editor.client.post(form["action"], data={**form["values"], "body": TYPED}).status_code == 303


# A database that is busy


@contextmanager
def busy_database(app: Flask) -> Iterator[list[int]]:
    """Hold the database from another connection; yields one entry for each time the portal asked for it."""
    asked: list[int] = []
    with app.app_context():
        engine = db.engine
    is_sqlite = engine.dialect.name == "sqlite"
    wait_less = "PRAGMA busy_timeout=20" if is_sqlite else "SET lock_timeout='20ms'"

    def note_use(connection: Any, _record: Any, _proxy: Any) -> None:
        asked.append(1)
        connection.execute(wait_less)

    other: Any
    if is_sqlite:
        other = sqlite_module().connect(engine.url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        other.execute("LOCK TABLE coverage, staff, contributor_session IN ACCESS EXCLUSIVE MODE")
    event.listen(engine, "checkout", note_use)
    try:
        yield asked
    finally:
        event.remove(engine, "checkout", note_use)
        other.rollback()
        other.close()
        engine.dispose()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pitch_to_a_busy_database_is_given_back(opened: Flask, client: FlaskClient, lang: str) -> None:
    address = f"/{lang}/ukraine-taiwan/pitch"
    form = find_form(client.get(address).text, field="form_key")
    with busy_database(opened):
        answer = client.post(address, data={**form["values"], **PITCH_ANSWERS})
    assert (answer.status_code, heading_of(answer.text), TYPED in shown_texts(answer.text)) == (
        503,
        say(opened, lang, HEADINGS[503]),
        True,
    )


def test_the_same_pitch_sent_again_later_is_kept(opened: Flask, client: FlaskClient) -> None:
    form = find_form(client.get("/uk/ukraine-taiwan/pitch").text, field="form_key")
    values = {**form["values"], **PITCH_ANSWERS}
    with busy_database(opened):
        client.post("/uk/ukraine-taiwan/pitch", data=values)
    assert client.post("/uk/ukraine-taiwan/pitch", data=values).status_code == 303


def test_an_answer_to_a_busy_database_is_given_back(person: Contributor) -> None:
    form = find_form(person.client.get(MY).text, action="/reply")
    with busy_database(person.app):
        answer = person.client.post(form["action"], data={**form["values"], "body": TYPED})
    assert (answer.status_code, shown_texts(answer.text)) == (503, [TYPED])


def test_a_note_to_a_busy_database_is_given_back_after_one_wait(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/note")
    with busy_database(editor.app) as asked:
        answer = editor.client.post(form["action"], data={**form["values"], "body": TYPED})
    assert (answer.status_code, shown_texts(answer.text), len(asked)) == (503, [TYPED], 1)


def test_a_page_of_forms_has_a_token_in_each(editor: Desk) -> None:
    forms = read_forms(editor.client.get(editor.page(editor.pitch)).text)
    posted = [form for form in forms if "seen" in form["names"]]
    assert [form["action"] for form in posted if "csrf_token" not in form["names"]] == []
