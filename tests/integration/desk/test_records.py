"""Gist and assignment are records: who, when, before and after; nothing of them is overwritten for good."""

from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal, db, now
from portal.models import Event, GistVersion, Staff, Submission
from portal.operations.erasure import erase
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from tests.support.bad_input import Desk, open_desk
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

FIRST = "Бабуся ховала книжки.\nУ Тайбеї така сама полиця.\nТреба спитати, хто на фото."


@dataclass(frozen=True)
class Colleague:
    """Somebody else at the desk, who reads Polish only."""

    client: FlaskClient
    public_id: str
    name: str


@pytest.fixture
def colleague(app: Flask, moderator: Desk) -> Colleague:
    with app.app_context(), transaction() as session:
        staff = make_staff(session, Role.MODERATOR, name="Ірина", languages=("pl",))
        known, public_id = staff.fs_uniquifier, staff.public_id
    client = app.test_client()
    enter(client, known)
    return Colleague(client, public_id, "Ірина")


def send(client: FlaskClient, page: str, action: str, **values: str) -> TestResponse:
    form = find_form(client.get(page).text, action=action)
    return client.post(form["action"], data={**form["values"], **values}, follow_redirects=True)


def gist_of(desk: Desk) -> str:
    with desk.app.app_context():
        return db.session.scalars(
            select(GistVersion.body)
            .join(Submission, Submission.id == GistVersion.submission_id)
            .where(Submission.public_id == desk.pitch, GistVersion.is_current)
        ).one()


def history_of(page: str) -> str:
    return unescape(page.partition('<h2 id="history">')[2])


def test_an_overwritten_gist_is_read_and_brought_back_by_one_press(
    moderator: Desk, colleague: Colleague
) -> None:
    page = moderator.page(moderator.pitch)
    send(moderator.client, page, "/gist", body=FIRST)
    send(colleague.client, page, "/gist", body="x")
    shown = moderator.client.get(page).text
    [form] = [one for one in read_forms(shown) if "/gist/" in one["action"]]
    assert ("Треба спитати, хто на фото." in shown, gist_of(moderator)) == (True, "x")
    moderator.client.post(form["action"], data=form["values"])
    assert gist_of(moderator) == FIRST


def test_the_history_says_which_gist_was_before_and_after(moderator: Desk, colleague: Colleague) -> None:
    page = moderator.page(moderator.pitch)
    send(moderator.client, page, "/gist", body="Перший.")
    told = history_of(send(colleague.client, page, "/gist", body="Другий.").text)
    assert ("from nothing to “Перший.”" in told, "from “Перший.” to “Другий.”" in told) == (True, True)
    assert told.index("Ірина") < told.index("from “Перший.” to “Другий.”")


def test_a_gist_taken_away_can_be_brought_back(moderator: Desk) -> None:
    page = moderator.page(moderator.pitch)
    send(moderator.client, page, "/gist", body="Перший.")
    shown = send(moderator.client, page, "/gist", body="").text
    [form] = [one for one in read_forms(shown) if "/gist/" in one["action"]]
    moderator.client.post(form["action"], data=form["values"])
    assert gist_of(moderator) == "Перший."


def test_the_same_gist_once_more_is_no_version(moderator: Desk) -> None:
    for _time in range(2):
        send(moderator.client, moderator.page(moderator.pitch), "/gist", body="Перший.")
    with moderator.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(GistVersion)) == 1


def test_a_gist_of_another_submission_is_not_brought_back(moderator: Desk) -> None:
    send(moderator.client, moderator.page(moderator.pitch), "/gist", body="Перший.")
    with moderator.app.app_context():
        version = db.session.scalars(select(GistVersion.public_id)).one()
    form = find_form(moderator.client.get(moderator.page(moderator.story)).text, action="/note")
    address = f"{moderator.page(moderator.story)}/gist/{version}"
    assert moderator.client.post(address, data=form["values"]).status_code == 404


def test_each_language_of_the_desk_has_its_own_gist_and_the_reader_meets_the_own_one_first(
    moderator: Desk, colleague: Colleague
) -> None:
    page = moderator.page(moderator.pitch)
    send(moderator.client, page, "/gist", body="A shelf.")
    send(colleague.client, f"{page}?gist=uk", "/gist", body="Полиця.")
    shown = moderator.client.get(page).text
    with moderator.app.app_context(), transaction() as session:
        session.scalars(select(Staff).where(Staff.public_id == colleague.public_id)).one().locale = "uk"
    in_ukrainian = colleague.client.get(page).text
    words = ("A shelf.", "Полиця.")
    order = [sorted(words, key=one.index) for one in (shown, in_ukrainian)]
    assert order == [["A shelf.", "Полиця."], ["Полиця.", "A shelf."]]
    assert [f'lang="{lang}"' in shown for lang in ("en", "uk")] == [True, True]


@pytest.mark.parametrize(
    ("locale", "read"),
    [("uk", ("Полиця.", "uk")), ("en", ("A shelf.", "en")), ("zh-Hant-TW", ("A shelf.", "en"))],
)
def test_a_row_has_the_gist_in_its_readers_language_else_the_newest(
    moderator: Desk, locale: str, read: tuple[str, str]
) -> None:
    page = moderator.page(moderator.pitch)
    for lang, body in (("uk", "Полиця."), ("en", "Shelf."), ("en", "A shelf.")):
        send(moderator.client, f"{page}?gist={lang}", "/gist", body=body)
    with moderator.app.app_context():
        actor = db.session.scalars(select(Staff).where(Staff.role == Role.MODERATOR)).one()
        actor.locale = locale
        keys = current_portal().instance.keys
        rows = queue_page(db.session(), actor, QueueFilter(), at=now(), keys=keys).rows
        db.session.rollback()
    gists = [(row.gist, row.gist_lang) for row in rows]
    assert sorted(gists, key=str) == sorted([read, (None, None)], key=str)


def test_two_who_write_a_gist_at_once_lose_neither(moderator: Desk, colleague: Colleague) -> None:
    page = moderator.page(moderator.pitch)
    late = find_form(moderator.client.get(page).text, action="/gist")
    send(colleague.client, page, "/gist", body="Перший.")
    answer = moderator.client.post(late["action"], data={**late["values"], "body": "Пізній."})
    assert (answer.status_code, "Пізній." in answer.text, gist_of(moderator)) == (409, True, "Перший.")


def test_a_gist_in_no_language_of_the_desk_is_refused_with_its_words(moderator: Desk) -> None:
    form = find_form(moderator.client.get(moderator.page(moderator.pitch)).text, action="/gist")
    values = {**form["values"], "lang": "tlh", "body": "A shelf."}
    answer = moderator.client.post(form["action"], data=values)
    assert (answer.status_code, "A shelf." in answer.text) == (422, True)


def test_gists_go_with_the_text(moderator: Desk) -> None:
    send(moderator.client, moderator.page(moderator.pitch), "/gist", body="Перший.")
    with moderator.app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == moderator.pitch)).one()
        erase(session, submission, by=None, at=now())
    with moderator.app.app_context():
        assert db.session.scalars(select(GistVersion.id)).all() == []


def test_an_assignment_stands_in_the_history(moderator: Desk, colleague: Colleague) -> None:
    page = moderator.page(moderator.pitch)
    told = history_of(send(moderator.client, page, "/assign", person=colleague.public_id).text)
    again = history_of(send(moderator.client, page, "/assign", person="").text)
    assert ("from nobody to Ірина" in told, "from Ірина to nobody" in again) == (True, True)
    with moderator.app.app_context():
        assert db.session.scalar(select(func.count()).where(Event.act == "assign")) == 2


def test_who_does_not_read_the_language_is_named_before_and_after(
    moderator: Desk, colleague: Colleague
) -> None:
    page = moderator.page(moderator.pitch)
    before = unescape(moderator.client.get(page).text)
    after = unescape(send(moderator.client, page, "/assign", person=colleague.public_id).text)
    assert (
        "Ірина – does not read Ukrainian</option>" in before,
        "Ірина does not read Ukrainian." in after,
    ) == (
        True,
        True,
    )


def test_who_is_made_responsible_is_told_until_they_act(moderator: Desk, colleague: Colleague) -> None:
    page, said = moderator.page(moderator.pitch), "has made you responsible for this."
    before = "New for you" in colleague.client.get("/desk/").text
    send(moderator.client, page, "/assign", person=colleague.public_id)
    queue = colleague.client.get("/desk/").text
    shown = colleague.client.get(page).text
    assert (before, 'New for you <span class="number">1</span>' in queue, said in shown) == (
        False,
        True,
        True,
    )
    after = send(colleague.client, page, "/noted").text
    assert (said in after, "New for you" in colleague.client.get("/desk/").text) == (False, False)


def test_any_act_of_theirs_is_enough(moderator: Desk, colleague: Colleague) -> None:
    page = moderator.page(moderator.pitch)
    send(moderator.client, page, "/assign", person=colleague.public_id)
    send(colleague.client, page, "/note", body="Читаю.")
    assert "New for you" not in colleague.client.get("/desk/").text


def test_who_takes_it_upon_themselves_is_told_nothing(app: Flask, client: FlaskClient) -> None:
    desk = open_desk(app, client, Role.EDITOR)
    with app.app_context():
        own = db.session.scalars(select(Staff.public_id).order_by(Staff.id.desc())).first()
    send(desk.client, desk.page(desk.pitch), "/assign", person=own or "")
    assert "New for you" not in desk.client.get("/desk/").text
