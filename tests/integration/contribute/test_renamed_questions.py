"""A call may name its questions as it likes: the portal reads answers by the roles of their questions."""

from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.consent import PublishWish
from portal.domain.embargo import find_embargo
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import Call, Submission
from portal.operations.desk.decisions import accept
from portal.operations.private.consents import find_address
from portal.queries.answers import answers_by_role
from portal.queries.coverages.export import find_licence_consent, find_wish, read_avoid
from tests.support.factories import make_staff
from tests.support.form_writer import ADDRESS, ANSWERS, STORY, STORY_ANSWERS, open_form
from tests.support.plain_browser import send_form

pytestmark = pytest.mark.either_database

WORDS = {"title": "Заголовок", "avoid": "Соломія"}
AFTER = {"bio": "Вчителька з Харкова.", "embargo": "2027-01-02"}
ASKED = {**ANSWERS, **STORY_ANSWERS, **WORDS}


def rename(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a call under another key, with what it says of other keys."""
    unless = {f"q_{key}": value for key, value in row.get("required_unless", {}).items()}
    return {**row, "key": f"q_{row['key']}", **({"required_unless": unless} if unless else {})}


@pytest.fixture
def renamed(opened: Flask) -> Flask:
    """The application with an open call that names everything it asks otherwise."""
    with opened.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.questions, call.consents = list(map(rename, call.questions)), list(map(rename, call.consents))
    return opened


@pytest.fixture
def sent(renamed: Flask, client: FlaskClient) -> Flask:
    """The application to which somebody has sent a story under those names."""
    values = {**open_form(client, STORY), **{f"q_{key}": value for key, value in ASKED.items()}}
    assert client.post(STORY, data=values).status_code == 303
    after = {f"q_{key}": value for key, value in AFTER.items()}
    assert send_form(client, "/uk/my/questions", after, follow=False).status_code == 303
    return renamed


def test_what_an_author_says_is_known_under_other_names(sent: Flask) -> None:
    with sent.app_context():
        submission = db.session.scalars(select(Submission)).one()
        licence = find_licence_consent(submission, submission.call.coverage)
        given = answers_by_role(submission)
        known = (
            (submission.heading, submission.lang, submission.at_risk, submission.wants_mail),
            find_address(submission, current_portal().instance.keys),
            (find_wish(given), find_embargo(given), read_avoid(given)),
            licence and licence.key,
        )
    assert known == (
        ("Заголовок", "uk", True, True),
        ADDRESS,
        (PublishWish.AFTER_APPROVAL, date(2027, 1, 2), "Соломія"),
        "q_c_lic",
    )


def test_a_draft_is_filled_from_answers_of_other_names(sent: Flask, at: datetime) -> None:
    with sent.app_context(), transaction() as session:
        submission, editor = session.scalars(select(Submission)).one(), make_staff(session, Role.EDITOR)
        draft = accept(session, submission, by=editor, at=at, seen=submission.version)
        filled = (draft.title, draft.body, draft.byline_mode, draft.byline, draft.bio)
    assert filled == ("Заголовок", STORY_ANSWERS["story"], "pen", "Олена К.", "Вчителька з Харкова.")


def test_the_page_tells_its_scripts_which_question_is_about_a_risk(
    renamed: Flask, client: FlaskClient
) -> None:
    named = ("q_risk", "q_reply", "q_reply_text", "q_risk_text")
    assert f' data-secret="{" ".join(named)}"' in client.get(STORY).text
