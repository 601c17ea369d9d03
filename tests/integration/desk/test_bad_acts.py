"""Acts that are not theirs to do, or not any more: nothing changes and the words come back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal
from portal.models import Staff, Submission
from portal.operations.desk.decisions import decline
from portal.operations.desk.triage import add_note
from tests.support.bad_input import TYPED, Desk, shown_texts
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, read_forms, send_form

pytestmark = pytest.mark.either_database


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


def close_meanwhile(editor: Desk) -> int:
    """Have a colleague decline the pitch; return its version."""
    with editor.app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == editor.pitch)).one()
        by, at = make_staff(session, Role.EDITOR), datetime.now(UTC)
        decline(session, submission, by=by, at=at, seen=submission.version, reason="other", body="Дякуємо.")
        session.flush()
        return submission.version


@pytest.mark.parametrize("action", ["ask", "invite", "decline"])
def test_an_act_on_a_closed_submission_is_refused_and_the_words_come_back(editor: Desk, action: str) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action=f"/{action}")
    seen = close_meanwhile(editor)
    before = editor.kept()
    answer = editor.client.post(
        form["action"], data={**form["values"], "reason": "other", "seen": seen, "body": TYPED}
    )
    assert (answer.status_code, shown_texts(answer.text), editor.kept()) == (409, [TYPED], before)


@pytest.mark.parametrize(
    ("action", "fault", "status"),
    [("ask", {"csrf_token": "old"}, 400), ("decline", {"reason": ""}, 422), ("invite", {"due": "?"}, 422)],
)
def test_a_form_refused_where_its_place_is_gone_gives_the_words_back(
    editor: Desk, action: str, fault: dict[str, str], status: int
) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action=f"/{action}")
    close_meanwhile(editor)
    answer = editor.client.post(form["action"], data={**form["values"], "body": TYPED, **fault})
    assert (answer.status_code, shown_texts(answer.text)[:1]) == (status, [TYPED])


def test_declining_what_a_colleague_found_in_another_language_gives_the_words_back(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/decline")
    send_form(editor.client, editor.page(editor.pitch), {"lang": "pl"}, action="/language")
    answer = editor.client.post(form["action"], data={**form["values"], "reason": "other", "body": TYPED})
    assert (answer.status_code, shown_texts(answer.text)) == (403, [TYPED])


def test_a_note_beside_a_note_makes_nobody_start_again(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/note")
    with editor.app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == editor.pitch)).one()
        by, at, keys = make_staff(session, Role.EDITOR), datetime.now(UTC), current_portal().instance.keys
        add_note(session, submission, by=by, at=at, body="Перша.", keys=keys)
    assert editor.client.post(form["action"], data={**form["values"], "body": TYPED}).status_code == 303


def test_a_page_of_forms_has_a_token_in_each(editor: Desk) -> None:
    forms = read_forms(editor.client.get(editor.page(editor.pitch)).text)
    posted = [form for form in forms if "seen" in form["names"]]
    assert [form["action"] for form in posted if "csrf_token" not in form["names"]] == []


def test_in_an_old_tab_a_colleague_whose_account_was_closed_is_not_made_responsible(editor: Desk) -> None:
    with editor.app.app_context(), transaction() as session:
        person = make_staff(session, Role.MODERATOR).public_id
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/assign")
    with editor.app.app_context(), transaction() as session:
        session.scalars(select(Staff).where(Staff.public_id == person)).one().active = False
    before = editor.kept()
    answer = editor.client.post(form["action"], data={**form["values"], "person": person})
    said = "This account has been closed in the meantime. Choose somebody else." in answer.text
    assert (answer.status_code, said, editor.kept()) == (422, True, before)
