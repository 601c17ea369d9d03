"""Versions of a draft: unsaved states that stay, and what brings one back without taking anything away."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.extensions import db
from portal.models import Autosave, Draft, OutboxMail, UnsavedEdit
from portal.operations.erasure import erase
from tests.support.draft_pages import Page, Two, open_two
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

FIRST, SECOND = "Перша думка, якої не збережено.", "Друга думка."
LATER = timedelta(minutes=6)


@pytest.fixture
def two(app: Flask, client: FlaskClient, at: datetime) -> Two:
    return open_two(app, client, at)


def list_states(page: Page) -> list[dict[str, Any]]:
    """Return the unsaved states that stay, oldest first."""
    with page.app.app_context():
        return [one.fields for one in db.session.scalars(select(Autosave).order_by(Autosave.id))]


def type_for_long(page: Page, *texts: str) -> None:
    """Keep these texts one after another, with a pause before each."""
    for text in texts:
        page.keep(body=text)
        with page.app.app_context(), transaction() as session:
            for row in session.scalars(select(UnsavedEdit)):
                row.autosaved_at = row.autosaved_at and row.autosaved_at - LATER


def bring_back(page: Page, **version: str) -> TestResponse:
    form = find_form(page.client.get(f"{page.address}/revisions").text, action="/bring-back")
    return page.client.post(form["action"], data={**form["values"], **version})


def find_state(page: Page) -> str:
    with page.app.app_context():
        return db.session.scalars(select(Autosave.public_id)).one()


def test_words_that_others_took_the_place_of_stay_as_a_version(two: Two) -> None:
    type_for_long(two.mine, FIRST, SECOND, SECOND)
    assert [one["body"] for one in list_states(two.mine)] == [FIRST]


def test_words_replaced_at_once_make_no_version_each(two: Two) -> None:
    for text in (FIRST, SECOND, FIRST):
        two.mine.keep(body=text)
    assert list_states(two.mine) == []


def test_a_text_that_was_marked_and_written_over_stays(two: Two) -> None:
    two.mine.keep(body=FIRST * 20)
    two.mine.keep(body="x")
    assert [one["body"] for one in list_states(two.mine)] == [FIRST * 20]


def test_words_that_were_thrown_away_are_brought_back(two: Two) -> None:
    two.mine.keep(body=FIRST)
    two.mine.open()
    two.mine.send("drop-unsaved")
    assert bring_back(two.mine, state=find_state(two.mine)).status_code == 303
    draft = two.mine.read()
    assert (draft.body, draft.revision, len(draft.revisions)) == (FIRST, 2, 2)


def test_a_save_that_is_brought_back_is_the_newest_one_and_the_others_stay(two: Two) -> None:
    before = two.mine.read().body
    two.mine.send(body=FIRST)
    two.theirs.open()
    two.theirs.send(body=SECOND)
    assert bring_back(two.mine, save="1").status_code == 303
    draft = two.mine.read()
    assert [one.open_fields["body"] for one in draft.revisions] == [before, FIRST, SECOND, before]
    assert (draft.body, draft.revision) == (before, 4)


def test_unsaved_words_stay_as_a_version_when_another_is_brought_back(two: Two) -> None:
    two.mine.send(title="Інша назва")
    two.mine.open()
    two.mine.keep(body=FIRST)
    bring_back(two.mine, save="1")
    with two.mine.app.app_context():
        unsaved = db.session.scalars(select(UnsavedEdit)).one().fields
    assert (unsaved, [one["body"] for one in list_states(two.mine)]) == ({}, [FIRST])


def test_the_name_stays_as_its_author_wants_it_now(two: Two) -> None:
    with two.mine.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        draft.byline, draft.bio = "Інша К.", "Тепер так."
    two.mine.open()
    two.mine.send(title="Інша назва")
    bring_back(two.mine, save="1")
    with two.mine.app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        assert (draft.title, draft.byline, draft.bio) == ("Коли гасне світло", "Інша К.", "Тепер так.")


def test_a_colleague_who_saves_in_between_is_not_written_over(two: Two) -> None:
    two.mine.send(body=FIRST)
    form = find_form(two.mine.client.get(f"{two.mine.address}/revisions").text, action="/bring-back")
    two.theirs.open()
    two.theirs.send(body=SECOND)
    answer = two.mine.client.post(form["action"], data={**form["values"], "save": "1"})
    assert (answer.status_code, two.mine.read().body) == (409, SECOND)


def test_a_version_pressed_twice_is_brought_back_once(two: Two) -> None:
    two.mine.send(body=FIRST)
    form = find_form(two.mine.client.get(f"{two.mine.address}/revisions").text, action="/bring-back")
    answers = [
        two.mine.client.post(form["action"], data={**form["values"], "save": "1"}).status_code
        for _twice in range(2)
    ]
    assert (answers, two.mine.read().revision) == ([303, 409], 3)


def test_an_unsaved_state_is_its_writers_alone(two: Two) -> None:
    two.mine.keep(body=FIRST)
    two.mine.open()
    two.mine.send("drop-unsaved")
    two.theirs.open()
    two.theirs.send(title="Інша назва")
    page = unescape(two.theirs.client.get(f"{two.theirs.address}/revisions").text)
    answer = bring_back(two.theirs, state=find_state(two.mine))
    assert ("Your unsaved changes" in page, answer.status_code) == (False, 404)


@pytest.mark.parametrize("version", [{}, {"save": "99"}, {"save": "x"}, {"state": ""}, {"state": "0" * 32}])
def test_a_version_that_is_not_there_is_not_found(two: Two, version: dict[str, str]) -> None:
    two.mine.send(body=FIRST)
    assert bring_back(two.mine, **version).status_code == 404


def test_an_unsaved_state_is_compared_with_what_is_saved(two: Two) -> None:
    two.mine.keep(body=FIRST)
    two.mine.open()
    two.mine.send("drop-unsaved")
    page = two.mine.client.get(f"{two.mine.address}/revisions?state={find_state(two.mine)}").text
    assert (page.count("From what is saved to your unsaved state"), page.count(FIRST)) == (1, 1)


def test_nothing_is_brought_back_while_the_text_is_with_its_author(two: Two) -> None:
    two.mine.send(body=FIRST)
    form = find_form(two.mine.client.get(f"{two.mine.address}/revisions").text, action="/bring-back")
    two.theirs.open()
    two.theirs.send("approval")
    page = two.mine.client.get(f"{two.mine.address}/revisions").text
    answer = two.mine.client.post(form["action"], data={**form["values"], "save": "1"})
    assert ("/bring-back" in page, answer.status_code, two.mine.read().body) == (False, 409, FIRST)


def test_what_is_kept_by_itself_makes_no_save_no_mail_and_no_new_question(two: Two) -> None:
    two.mine.send("approval", body=FIRST)
    with two.mine.app.app_context():
        mails = db.session.scalar(select(func.count()).select_from(OutboxMail))
    type_for_long(two.theirs, FIRST, SECOND, SECOND)
    draft = two.mine.read()
    with two.mine.app.app_context():
        after = db.session.scalar(select(func.count()).select_from(OutboxMail))
    assert (draft.revision, [one.revision for one in draft.checks], after) == (2, [2], mails)


def test_unsaved_states_go_with_the_story(two: Two, at: datetime) -> None:
    two.mine.keep(body=FIRST * 20)
    two.mine.keep(body="x")
    with two.mine.app.app_context(), transaction() as session:
        erase(session, session.scalars(select(Draft)).one().submission, by=None, at=at)
    assert list_states(two.mine) == []


def test_what_stands_in_the_page_is_shown_as_printed_and_not_saved(two: Two) -> None:
    answer = two.mine.send("preview", title="Нова назва", body="Перше.\n\n*Друге*.", dek="Рядок")
    shown = answer.text.partition('<article class="story"')[2].partition("</article>")[0]
    values = find_form(answer.text, field="body")["values"]
    assert [shown.count(one) for one in ("Нова назва", "Рядок", "<em>Друге</em>")] == [1, 1, 1]
    assert (values["title"], values["body"].splitlines()) == ("Нова назва", ["Перше.", "", "*Друге*."])
    assert two.mine.read().revision == 1


def test_words_of_an_act_stand_beside_the_preview(two: Two) -> None:
    answer = two.mine.send("preview", message="Недописаний лист")
    assert (answer.status_code, answer.text.count("Недописаний лист")) == (200, 1)


def test_the_address_of_a_preview_leads_to_the_draft(two: Two) -> None:
    answer = two.mine.client.get(f"{two.mine.address}/preview")
    assert (answer.status_code, answer.location) == (303, two.mine.address)
