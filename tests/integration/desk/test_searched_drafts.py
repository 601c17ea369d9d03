"""Words of a draft are found by who may open drafts, and told to nobody else."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Draft, Staff
from portal.operations.coverages.drafts import save_draft
from portal.operations.desk.gists import set_gist
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.search import count_found
from portal.queries.desk.submission import list_possible_originals
from tests.support.factories import make_draft, make_sending, make_staff, make_submission
from tests.support.search import read_in_session
from tests.support.staff import enter_as

QUERIES = {
    "парасолька": (1, 0),
    "парасольки": (1, 0),
    "парас*": (1, 0),
    "«жовта парасолька»": (1, 0),
    "«море парасолька»": (0, 0),
    "море парасолька": (1, 0),
    "綠色的雨傘": (1, 0),
    "綠*": (1, 0),
    "море": (1, 1),
    "«синє море»": (1, 1),
    "велосипед": (1, 1),
}
"""What is searched for, and in how many texts an editor and a moderator find it: the last word is in the
headline, which the list of the coverage shows to both."""


@pytest.fixture
def draft(session: Session, at: datetime) -> Draft:
    return write_draft(session, at)


def write_draft(session: Session, at: datetime) -> Draft:
    """Make a draft in which words stand that its author has not written."""
    with transaction():
        by = make_staff(session, Role.EDITOR)
        sending = make_sending(Stage.STORY, title="Вода", story="Перед нами синє море.")
        draft = make_draft(session, at, by=by, sending=sending)
    with transaction():
        changed = {
            "title": "Велосипед",
            "dek": "Велосипед, будинок, а де стояла жовта парасолька",
            "body": "Перед нами синє море і 綠色的雨傘。",
        }
        save_draft(session, draft, changed, by=by, at=at, seen=draft.version)
        submission = draft.submission
        set_gist(session, submission, by=by, body="Будинок", lang="uk", seen=submission.version, at=at)
    with transaction():
        read_in_session(session)
    return draft


@pytest.fixture
def moderator(session: Session, draft: Draft) -> Staff:
    with transaction():
        return make_staff(session, Role.MODERATOR)


def count(session: Session, actor: Staff, words: str, at: datetime) -> tuple[int, int]:
    """Return how many texts a search lists, and how many it says there are."""
    wanted = QueueFilter(text=words)
    page = queue_page(session, actor, wanted, at=at, keys=current_portal().instance.keys)
    return len(page.rows), count_found(session, actor, wanted, at=at).total


@pytest.mark.parametrize("words", QUERIES)
def test_a_draft_is_found_by_who_may_open_it(
    session: Session, draft: Draft, moderator: Staff, words: str, at: datetime
) -> None:
    with transaction():
        editor = make_staff(session, Role.EDITOR)
    of_editor, of_moderator = QUERIES[words]
    assert count(session, editor, words, at) == (of_editor, of_editor)
    assert count(session, moderator, words, at) == (of_moderator, of_moderator)


def test_a_moderator_finds_no_original_by_words_of_a_draft(
    session: Session, draft: Draft, moderator: Staff, at: datetime
) -> None:
    with transaction():
        other = make_submission(session, at, Stage.STORY)
        editor = make_staff(session, Role.EDITOR)
    found = [list_possible_originals(session, one, other, "парасолька") for one in (editor, moderator)]
    assert found == [[draft.submission], []]


@pytest.mark.parametrize("address", ["/desk/", "/desk/coverages/ukraine-taiwan"])
def test_no_list_shows_words_of_a_draft_to_who_may_not_open_it(
    app: Flask, address: str, at: datetime
) -> None:
    with app.app_context():
        write_draft(db.session(), at)
        with transaction() as session:
            emails = [make_staff(session, role).email for role in (Role.EDITOR, Role.MODERATOR)]
    words = {"q": "велосипед будинок"}  # in headline and gist, and side by side in the draft
    pages = [enter_as(app.test_client(), one).get(address, query_string=words).text for one in emails]
    assert [("Велосипед" in page, "парасолька" in page) for page in pages] == [(True, True), (True, False)]
