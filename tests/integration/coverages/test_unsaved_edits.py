"""Unsaved edits of a draft and its acts cannot pass each other, and nothing typed into a draft is lost."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import AuthorCheck, Draft, Event, Staff, Submission, UnsavedEdit
from portal.operations.desk.triage import assign
from portal.operations.erasure import erase
from tests.support.draft_pages import Page, Two, open_two
from tests.support.factories import make_call, make_draft, make_sending, make_staff
from tests.support.form_writer import read_json
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database

UNSAVED = "This is what you typed on"
WHEN = "from 14\u00a0Mar 2030, 14:05 UTC."
BODY = "Світло зникло. Це дописано."


@pytest.fixture
def two(app: Flask, client: FlaskClient, at: datetime) -> Two:
    return open_two(app, client, at)


def test_the_form_of_the_text_sends_the_acts_words_and_buttons_along(two: Two) -> None:
    page = two.mine.open()
    for act in ("approval", "waive"):
        assert page.count(f'form="edited-text" formaction="{two.mine.address}/{act}"') == 1
    # Save twice, as printed, two acts; day, message, reason.
    assert page.count('form="edited-text"') == 5 + 3


def test_an_approval_is_asked_for_the_text_as_it_stands_in_the_page(two: Two) -> None:
    assert two.mine.send("approval", body=BODY, message="Ось.").status_code == 303
    draft = two.mine.read()
    assert (draft.body, draft.revision, [one.revision for one in draft.checks]) == (BODY, 2, [2])
    assert draft.submission.state is State.AUTHOR_CHECK


@pytest.mark.parametrize("with_text", [True, False])
def test_an_act_that_is_refused_stands_open_again(two: Two, *, with_text: bool) -> None:
    form = find_form(two.mine.open(), action="/waive")["values"]
    sent = two.mine.values if with_text else form
    answer = two.mine.client.post(f"{two.mine.address}/waive", data={**sent, "reason": ""})
    panel = re.compile(r'<details class="act" name="act"( open)?>.*?action="([^"]+)"', re.DOTALL)
    opened = [address.rpartition("/")[2] for is_open, address in panel.findall(answer.text) if is_open]
    assert (answer.status_code, opened) == (422, ["waive"])


def test_an_approval_of_an_unchanged_text_makes_no_save(two: Two) -> None:
    two.mine.send("approval")
    draft = two.mine.read()
    assert (draft.revision, draft.checks[0].revision) == (1, 1)


def test_approval_is_waived_for_the_text_as_it_stands_in_the_page(two: Two) -> None:
    two.mine.send("waive", body=BODY, reason="Лист автора.")
    draft = two.mine.read()
    assert (draft.body, draft.approved_revision, draft.submission.state) == (BODY, 2, State.APPROVED)


@pytest.mark.parametrize(
    ("act", "typed"),
    [("approval", {"title": "", "message": "Ось слова."}), ("waive", {"reason": ""})],
    ids=["no headline", "no reason"],
)
def test_what_cannot_be_done_changes_nothing_and_keeps_both(
    two: Two, act: str, typed: dict[str, str]
) -> None:
    answer = two.mine.send(act, body=BODY, **typed)
    kept = find_form(answer.text, field="body")["values"]["body"]
    draft = two.mine.read()
    assert (answer.status_code, kept, draft.revision, draft.submission.state) == (
        422,
        BODY,
        1,
        State.ACCEPTED,
    )
    assert [answer.text.count(one) for one in typed.values() if one] == [1 for one in typed.values() if one]


def test_an_act_after_a_colleagues_save_is_not_done_and_keeps_every_word(two: Two) -> None:
    two.theirs.send(title="Їхня назва")
    answer = two.mine.send("approval", body=BODY, message="Мої слова.")
    values = find_form(answer.text, field="body")["values"]
    draft = two.mine.read()
    assert (answer.status_code, values["title"], values["body"]) == (409, "Їхня назва", BODY)
    assert (answer.text.count("Мої слова."), draft.checks, draft.body == BODY) == (1, [], False)
    two.mine.values = values
    assert two.mine.send("approval", message="Мої слова.").status_code == 303
    assert [one.revision for one in two.mine.read().checks] == [3]


@pytest.mark.parametrize("act", ["", "approval", "waive"])
@pytest.mark.parametrize("fault", [{"title": ""}, {"csrf_token": "old"}], ids=["no headline", "an old page"])
def test_what_comes_when_the_text_is_edited_no_more_is_given_back(
    two: Two, act: str, fault: dict[str, str]
) -> None:
    two.theirs.send("approval")
    answer = two.mine.send(act, body=BODY, message="Мої слова.", reason="Лист автора.", **fault)
    assert [unescape(answer.text).count(one) for one in (BODY, "Мої слова.", "Лист автора.")] == [1, 1, 1]


@pytest.mark.parametrize("act", ["", "waive"])
def test_who_is_responsible_and_works_on_the_draft_is_told_no_more(two: Two, act: str, at: datetime) -> None:
    with two.mine.app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission)).one()
        to, by = find_staff(session, "Олена"), make_staff(session, Role.EDITOR)
        assign(session, submission, by=by, to=to, seen=submission.version, at=at)
    before = "New for you" in two.mine.client.get("/desk/").text
    two.mine.open()
    two.mine.send(act, body=BODY, reason="Лист автора.")
    assert (before, "New for you" in two.mine.client.get("/desk/").text) == (True, False)


def find_staff(session: Session, name: str) -> Staff:
    return session.scalars(select(Staff).where(Staff.name == name)).one()


def test_saving_keeps_the_words_that_stand_in_an_act(two: Two) -> None:
    answer = two.mine.send(body=BODY, message="Недописаний лист", reason="Майже підстава")
    assert (
        answer.status_code,
        answer.text.count("Недописаний лист"),
        answer.text.count("Майже підстава"),
    ) == (
        200,
        1,
        1,
    )
    assert two.mine.read().body == BODY


def test_each_of_two_acts_gets_its_own_reason(app: Flask, client: FlaskClient, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        sending = make_sending(Stage.STORY, avoid="Тайвань")
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor, sending=sending)
        page = Page(app, client, f"/desk/coverages/draft/{draft.public_id}")
        email = editor.email
    enter_as(client, email)
    page.open()
    both = {"reason": ["Інший Тайвань.", "Лист автора."]}
    page.send("confirm-avoided", title="Нова", **both)
    page.open()
    page.send("waive", **both)
    with app.app_context():
        confirmed = db.session.scalars(
            select(Event.detail).where(Event.act == HistoryAct.CONFIRM_AVOIDED)
        ).one()
        check = db.session.scalars(select(AuthorCheck)).one()
        assert (confirmed["reason"], confirmed["revision"], check.reason) == (
            "Інший Тайвань.",
            2,
            "Лист автора.",
        )


def test_what_is_kept_in_the_background_is_no_save_and_comes_back(two: Two) -> None:
    for number in range(3):
        assert two.mine.keep(body=f"{BODY} {number}")["state"] == "kept"
    draft = two.mine.read()
    assert (draft.revision, len(draft.revisions), draft.version) == (1, 1, 1)
    page = two.mine.open()
    assert (two.mine.values["body"], page.count("This is what you typed on")) == (
        f"{BODY} 2",
        1,
    )
    two.mine.send()
    assert two.mine.read().body == f"{BODY} 2"
    assert two.mine.open().count(UNSAVED) == 0


def test_colleagues_read_who_has_unsaved_words_and_who_is_there(two: Two, at: datetime) -> None:
    with time_machine.travel(datetime.fromisoformat("2030-03-14T14:05:00+00:00"), tick=False) as clock:
        enter_as(two.theirs.client, _email(two.theirs.app, "Петро"))
        enter_as(two.mine.client, _email(two.mine.app, "Олена"))
        two.mine.open()
        two.mine.keep()
        here = two.theirs.open().count("Олена has this draft open now.")
        two.mine.keep(body=BODY)
        writing = two.theirs.open().count(
            "Олена is editing this draft now. Not saved yet: changes from 14\u00a0Mar 2030, 14:05 UTC."
        )
        clock.shift(timedelta(minutes=2))
        left = two.theirs.open().count(
            "Олена has unsaved changes in this draft, from 14\u00a0Mar 2030, 14:05 UTC."
        )
        two.mine.open()
        two.mine.send("drop-unsaved")
        gone = two.theirs.open().count("in this draft")
    assert (here, writing, left, gone) == (1, 1, 1, 0)


def _email(app: Flask, name: str) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Staff.email).where(Staff.name == name)).one())


def test_two_pages_of_one_editor_do_not_write_over_each_other(two: Two) -> None:
    other = Page(two.mine.app, two.mine.client, two.mine.address)
    other.open()
    two.mine.keep(body=BODY)
    assert (other.keep(body="Інше слово.")["state"], other.values["kept"]) == ("elsewhere", "0")
    other.send()
    page = two.mine.open()
    assert (two.mine.values["body"], page.count("A colleague saved this text")) == (BODY, 1)


def test_unsaved_words_that_were_begun_before_a_colleagues_save_stand_beside_it(two: Two) -> None:
    two.mine.keep(body=BODY)
    two.theirs.send(title="Їхня назва")
    two.mine.open()
    assert (two.mine.values["title"], two.mine.values["body"]) == ("Їхня назва", BODY)
    two.mine.send()
    assert (two.mine.read().title, two.mine.read().body) == ("Їхня назва", BODY)


def test_an_act_lets_go_of_what_was_kept(two: Two) -> None:
    two.mine.keep(body=BODY)
    two.mine.send("approval")
    with two.mine.app.app_context():
        assert [row.fields for row in db.session.scalars(select(UnsavedEdit))] == [{}]


def test_unsaved_words_wait_while_the_text_is_with_its_author(two: Two) -> None:
    two.mine.keep(body=BODY)
    two.theirs.send("approval")
    page = unescape(two.mine.client.get(two.mine.address).text)
    assert page.count("you typed something here and did not save it") == 1


def test_the_export_names_whose_words_are_not_in_it(two: Two) -> None:
    two.mine.keep(body=BODY)
    two.theirs.send("waive", reason="Лист автора.")
    page = two.theirs.client.get("/desk/coverages/ukraine-taiwan/export").text
    assert page.count("Unsaved changes: Олена") == 1


def test_unsaved_words_go_with_the_story(two: Two, at: datetime) -> None:
    two.mine.keep(body=BODY)
    with two.mine.app.app_context(), transaction() as session:
        erase(session, session.scalars(select(Draft)).one().submission, by=None, at=at)
    with two.mine.app.app_context():
        assert db.session.scalars(select(UnsavedEdit)).all() == []


def test_a_page_that_was_open_for_long_gets_a_token_that_holds(two: Two) -> None:
    answer = read_json(
        two.mine.client.post(f"{two.mine.address}/keep", data={**two.mine.values, "csrf_token": "x"})
    )
    assert (answer["state"], bool(answer["token"])) == ("token", True)


def test_a_page_left_open_keeps_nothing_for_who_has_signed_in_since(two: Two) -> None:
    """Its script gets a token that holds: the words are still those of the one before."""
    renewed = {"csrf_token": two.theirs.values["csrf_token"], "body": BODY}
    answer = two.theirs.client.post(f"{two.theirs.address}/keep", data={**two.mine.values, **renewed})
    with two.mine.app.app_context():
        kept = db.session.scalars(select(UnsavedEdit)).all()
    assert (answer.status_code, kept) == (409, [])


def test_topics_in_another_order_are_no_edit(two: Two) -> None:
    two.mine.send(topics=["ukraine", "humanitarian-response"])
    with two.mine.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        draft.topics = list(reversed(draft.topics))
    two.mine.open()
    kept = two.mine.keep()["state"]
    two.mine.send()
    assert (kept, two.mine.read().revision) == ("nothing", 2)


def test_a_page_left_open_learns_of_a_newer_save(two: Two) -> None:
    two.theirs.send(title="Їхня назва")
    told = two.mine.keep(body=BODY)["colleagues"]
    assert told[0] == "Петро has saved a newer version. When you save, you see both."
