"""What colleagues note about a submission can say who is in danger: it lies in the database closed."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal
from portal.models import Note, Submission
from portal.operations.desk.triage import add_note
from tests.support.bad_input import Desk
from tests.support.canaries import find_in_files, find_in_rows
from tests.support.factories import make_staff

WORDS = "Брат служить під Куп’янськом"


@pytest.fixture
def noted(editor: Desk, at: datetime) -> Desk:
    """The desk, with a colleague's note beside a pitch."""
    with editor.app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == editor.pitch)).one()
        keys, by = current_portal().instance.keys, make_staff(session, Role.MODERATOR)
        add_note(session, submission, by=by, at=at, body=WORDS, keys=keys)
    return editor


def test_colleagues_read_a_note(noted: Desk) -> None:
    assert noted.client.get(noted.page(noted.pitch)).text.count(WORDS) == 1


def test_no_column_and_no_file_holds_a_word_of_it(app: Flask, noted: Desk) -> None:
    assert (find_in_rows(app, WORDS), find_in_files(app, WORDS)) == ([], [])


def test_the_search_of_the_desk_does_not_find_it(noted: Desk) -> None:
    listed = noted.client.get("/desk/", query_string={"q": "Куп’янськом"}).text
    assert listed.count(noted.pitch) == 0


def test_a_note_moved_to_another_row_opens_nowhere(app: Flask, noted: Desk) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Note).values(public_id="0" * 32))
    page = noted.client.get(noted.page(noted.pitch)).text
    told = "This note cannot be opened: its key is missing. Tell whoever runs the portal."
    assert (page.count(WORDS), page.count(told)) == (0, 1)
