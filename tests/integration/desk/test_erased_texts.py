"""A text is erased while a colleague has it on the screen: the page says so, and no words are to be kept."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.models import Submission
from portal.operations.erasure import erase
from tests.support.bad_input import Desk
from tests.support.plain_browser import find_form

ERASED = "The text may have been erased, by its author or because its time was over."
OWN = "Copy only what is your own: words of an erased text must not be kept."


def erase_story(app: Flask, editor: Desk, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        found = select(Submission).where(Submission.public_id == editor.story)
        erase(session, session.scalars(found).one(), by=None, at=at)


def test_what_was_typed_about_an_erased_text_is_not_to_be_kept(
    app: Flask, editor: Desk, at: datetime
) -> None:
    form = find_form(editor.client.get(editor.page(editor.story)).text, action="/note")
    erase_story(app, editor, at)
    page = editor.client.post(form["action"], data={**form["values"], "body": "Нотатка."})
    assert (page.status_code, ERASED in page.text, OWN in page.text) == (404, True, True)


def test_a_link_to_an_erased_text_says_that_it_may_be_erased(app: Flask, editor: Desk, at: datetime) -> None:
    erase_story(app, editor, at)
    page = editor.client.get(editor.page(editor.story))
    assert (page.status_code, ERASED in page.text) == (404, True)


@pytest.mark.parametrize("path", ["/desk/nowhere", "/desk/settings/staff/" + "0" * 32])
def test_other_pages_that_are_missing_speak_of_their_address(editor: Desk, path: str) -> None:
    assert ERASED not in editor.client.get(path).text


def test_a_stranger_hears_nothing_of_erased_texts(client: FlaskClient) -> None:
    assert ERASED not in client.get("/desk/submission/" + "0" * 32, follow_redirects=True).text
