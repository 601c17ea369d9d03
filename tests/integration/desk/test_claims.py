"""A claim is seen: who decides on what a colleague holds is told before, and not stopped."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.admission import Lane
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Staff, Submission
from portal.operations.desk.triage import claim, release, renew_claim
from tests.support.bad_input import Desk, open_desk
from tests.support.factories import make_staff, make_submission
from tests.support.form_writer import SCRIPT
from tests.support.plain_browser import find_form
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Desk]:
    """An editor at the desk, while the clock stands still."""
    with time_machine.travel(at, tick=False):
        yield open_desk(app, client, Role.EDITOR)


@pytest.fixture
def colleague(app: Flask, desk: Desk) -> FlaskClient:
    with app.app_context(), transaction() as session:
        known = make_staff(session, Role.MODERATOR, name="Ірина").fs_uniquifier
    client = app.test_client()
    enter(client, known)
    return client


def press(client: FlaskClient, page: str, action: str) -> int:
    form = find_form(client.get(page).text, action=action)
    return client.post(form["action"], data=form["values"]).status_code


def state_of(desk: Desk) -> State:
    with desk.app.app_context():
        return db.session.scalars(select(Submission.state).where(Submission.public_id == desk.pitch)).one()


def reader_of(desk: Desk) -> str | None:
    with desk.app.app_context():
        held = select(Staff.name).join(Submission, Submission.claimed_by_id == Staff.id)
        return db.session.scalar(held.where(Submission.public_id == desk.pitch))


def test_page_and_form_say_who_has_it_and_since_when(desk: Desk, colleague: FlaskClient) -> None:
    page = desk.page(desk.pitch)
    press(colleague, page, "/claim")
    shown = desk.client.get(page).text
    form = shown.partition(f'action="{page}/ask"')[2].partition("</form>")[0]
    assert (
        "has had this since 09:26 UTC and is reading it." in form,
        shown.count("You can take it over,"),
    ) == (
        True,
        1,
    )


def test_who_was_told_decides_at_the_first_press(desk: Desk, colleague: FlaskClient) -> None:
    page = desk.page(desk.pitch)
    press(colleague, page, "/claim")
    assert desk.send(page, "/ask", body="Де це було?").status_code == 303
    assert state_of(desk) is State.NEEDS_REPLY


@pytest.mark.parametrize(
    ("action", "values", "after"),
    [
        ("/ask", {"body": "Моє довге питання"}, State.NEEDS_REPLY),
        ("/invite", {"body": "Моє довге питання"}, State.INVITED),
        ("/decline", {"reason": "other", "body": "Моє довге питання"}, State.DECLINED),
        ("/spam", {}, State.SPAM),
    ],
)
def test_a_claim_that_came_meanwhile_is_told_first(
    desk: Desk, colleague: FlaskClient, action: str, values: dict[str, str], after: State
) -> None:
    page = desk.page(desk.pitch)
    form = find_form(desk.client.get(page).text, action=action)
    press(colleague, page, "/claim")
    told = desk.client.post(form["action"], data={**form["values"], **values})
    assert (told.status_code, state_of(desk), "To go ahead, send it again." in told.text) == (
        409,
        State.SUBMITTED,
        True,
    )
    again = find_form(told.text, action=action)
    kept = {name: again["values"].get(name, "").strip() for name in values if name == "body"}
    assert kept == {name: words for name, words in values.items() if name == "body"}
    done = desk.client.post(again["action"], data={**again["values"], **values})
    assert (done.status_code, state_of(desk)) == (303, after)


def test_the_own_claim_stops_nobody(desk: Desk) -> None:
    page = desk.page(desk.pitch)
    form = find_form(desk.client.get(page).text, action="/ask")
    press(desk.client, page, "/claim")
    answer = desk.client.post(form["action"], data={**form["values"], "body": "Де це було?"})
    assert answer.status_code == 303


def test_a_faded_claim_stops_nobody(desk: Desk, colleague: FlaskClient, at: datetime) -> None:
    page = desk.page(desk.pitch)
    form = find_form(desk.client.get(page).text, action="/ask")
    press(colleague, page, "/claim")
    with time_machine.travel(at + 5 * MINUTE, tick=False):
        answer = desk.client.post(form["action"], data={**form["values"], "body": "Де це було?"})
    assert answer.status_code == 303


@pytest.mark.parametrize("way", ["/hold", "/note"])
def test_a_claim_lives_while_its_page_is_used(
    desk: Desk, colleague: FlaskClient, at: datetime, way: str
) -> None:
    page = desk.page(desk.pitch)
    press(colleague, page, "/claim")
    form = find_form(colleague.get(page).text, action=way)
    with time_machine.travel(at + 4 * MINUTE, tick=False):
        assert colleague.post(form["action"], data={**form["values"], "body": "Читаю."}).status_code in (
            204,
            303,
        )
    with time_machine.travel(at + 8 * MINUTE, tick=False):
        assert "has had this since 09:26 UTC" in desk.client.get(page).text
    with time_machine.travel(at + 10 * MINUTE, tick=False):
        assert "has had this since" not in desk.client.get(page).text


def test_a_claim_that_was_taken_over_is_not_renewed_and_the_page_says_who_has_it(
    desk: Desk, colleague: FlaskClient
) -> None:
    page = desk.page(desk.pitch)
    press(colleague, page, "/claim")
    form = find_form(colleague.get(page).text, action="/hold")
    press(desk.client, page, "/claim")
    told = colleague.post(form["action"], data=form["values"])
    said = f"{reader_of(desk)} has had this since 09:26 UTC and is reading it."
    assert (told.get_json(), reader_of(desk) != "Ірина") == ({"said": said}, True)


def test_a_page_whose_claim_has_faded_is_told_so(desk: Desk, at: datetime) -> None:
    page = desk.page(desk.pitch)
    press(desk.client, page, "/claim")
    form = find_form(desk.client.get(page).text, action="/hold")
    with time_machine.travel(at + 5 * MINUTE, tick=False):
        told = desk.client.post(form["action"], data=form["values"])
    assert told.get_json() == {
        "said": "You are no longer shown as working on it: this page was not used for five minutes."
    }


def test_a_page_whose_token_does_not_hold_any_more_says_so_or_gets_one_that_holds(desk: Desk) -> None:
    page = desk.page(desk.pitch)
    press(desk.client, page, "/claim")
    form = find_form(desk.client.get(page).text, action="/hold")
    old = {**form["values"], "csrf_token": "old"}
    told = desk.client.post(form["action"], data=old)
    answer = desk.client.post(form["action"], data=old, headers=SCRIPT)
    fresh = {**old, "csrf_token": answer.get_json()["token"]}
    held = desk.client.post(form["action"], data=fresh, headers=SCRIPT)
    assert [told.status_code, answer.status_code, held.status_code] == [400, 400, 204]
    assert told.text.count("The page had been open for a long time, so it was not sent.") == 1


LateAct = Callable[[Session, Submission, Staff, datetime], None]


@pytest.mark.usefixtures("colleague")
@pytest.mark.parametrize(
    "act",
    [
        lambda session, submission, by, at: renew_claim(session, submission, by=by, at=at),
        lambda session, submission, by, _at: release(session, submission, by=by),
    ],
    ids=["renewed", "let go"],
)
def test_a_claim_taken_over_at_that_moment_is_the_colleagues(desk: Desk, at: datetime, act: LateAct) -> None:
    press(desk.client, desk.page(desk.pitch), "/claim")
    with desk.app.app_context():
        session = db.session()
        session.expire_on_commit = False
        submission = session.scalars(select(Submission).where(Submission.public_id == desk.pitch)).one()
        by = submission.claimed_by
        assert by is not None
        session.commit()
        with Session(db.engine) as other:
            taker = other.scalars(select(Staff).where(Staff.name == "Ірина")).one()
            claim(other, other.get_one(Submission, submission.id), by=taker, at=at)
            other.commit()
        act(session, submission, by, at + MINUTE)
        session.commit()
    assert reader_of(desk) == "Ірина"


@pytest.mark.parametrize(("seconds", "renewed"), [(29, False), (30, True), (31, True)])
def test_a_claim_renewed_a_moment_ago_is_not_written_again(
    desk: Desk, colleague: FlaskClient, at: datetime, seconds: int, *, renewed: bool
) -> None:
    page, later = desk.page(desk.pitch), at + timedelta(seconds=seconds)
    press(colleague, page, "/claim")
    form = find_form(colleague.get(page).text, action="/hold")
    with time_machine.travel(later, tick=False):
        colleague.post(form["action"], data=form["values"])
    with desk.app.app_context():
        claimed = db.session.scalars(select(Submission.claimed_at).where(Submission.public_id == desk.pitch))
        assert claimed.one() == (later if renewed else at)


def test_a_claim_lives_while_its_page_is_opened_again(
    desk: Desk, colleague: FlaskClient, at: datetime
) -> None:
    page = desk.page(desk.pitch)
    press(colleague, page, "/claim")
    with time_machine.travel(at + 4 * MINUTE, tick=False):
        assert colleague.get(page).status_code == 200
    with time_machine.travel(at + 8 * MINUTE, tick=False):
        assert "has had this since 09:26 UTC" in desk.client.get(page).text
    with time_machine.travel(at + 10 * MINUTE, tick=False):
        assert "has had this since" not in desk.client.get(page).text


def test_opening_a_page_takes_nothing_and_wakes_no_faded_claim(
    desk: Desk, colleague: FlaskClient, at: datetime
) -> None:
    page = desk.page(desk.pitch)
    press(colleague, page, "/claim")
    with time_machine.travel(at + 4 * MINUTE, tick=False):
        desk.client.get(page)
    with time_machine.travel(at + 5 * MINUTE, tick=False):
        colleague.get(page)
        assert "has had this since" not in desk.client.get(page).text
    assert reader_of(desk) == "Ірина"


@pytest.fixture
def fellow(app: Flask, desk: Desk) -> FlaskClient:
    """A second editor."""
    with app.app_context(), transaction() as session:
        known = make_staff(session, Role.EDITOR, name="Софія").fs_uniquifier
    client = app.test_client()
    enter(client, known)
    return client


def take_accepted(desk: Desk, fellow: FlaskClient) -> None:
    """Have the second editor take the text that is being edited."""
    with desk.app.app_context():
        accepted = select(Submission.public_id).where(Submission.state == State.ACCEPTED)
        page = desk.page(db.session.scalars(accepted).one())
    press(fellow, page, "/claim")


def test_the_page_of_a_draft_says_who_has_its_text(desk: Desk, fellow: FlaskClient) -> None:
    take_accepted(desk, fellow)
    pages = [one.get(desk.draft_page).text for one in (desk.client, fellow)]
    assert [page.count("Софія has had this since 09:26 UTC") for page in pages] == [1, 0]


@pytest.mark.parametrize("way", ["get", "save", "keep"])
def test_a_claim_lives_while_its_draft_is_used(
    desk: Desk, fellow: FlaskClient, at: datetime, way: str
) -> None:
    take_accepted(desk, fellow)
    form = find_form(fellow.get(desk.draft_page).text, field="body")
    with time_machine.travel(at + 4 * MINUTE, tick=False):
        match way:
            case "get":
                fellow.get(desk.draft_page)
            case "save":
                fellow.post(form["action"], data={**form["values"], "dek": "Нове"})
            case _:
                fellow.post(f"{desk.draft_page}/keep", data={**form["values"], "dek": "Нове"})
    with time_machine.travel(at + 8 * MINUTE, tick=False):
        assert "Софія has had this since 09:26 UTC" in desk.client.get(desk.draft_page).text


def test_who_was_told_acts_on_a_draft_at_the_first_press(desk: Desk, fellow: FlaskClient) -> None:
    take_accepted(desk, fellow)
    assert desk.send(desk.draft_page, "/waive", reason="Згода є.").status_code == 303


def test_a_claim_of_a_drafts_text_that_came_meanwhile_is_told_first(desk: Desk, fellow: FlaskClient) -> None:
    form = find_form(desk.client.get(desk.draft_page).text, action="/waive")
    take_accepted(desk, fellow)
    told = desk.client.post(form["action"], data={**form["values"], "reason": "Згода є."})
    again = find_form(told.text, action="/waive")
    assert (told.status_code, again["values"]["reason"], told.text.count("To go ahead, send it again")) == (
        409,
        "Згода є.",
        1,
    )
    assert desk.client.post(again["action"], data=again["values"]).status_code == 303


def test_an_act_sent_with_the_text_loses_no_word_to_a_claim(desk: Desk, fellow: FlaskClient) -> None:
    form = find_form(desk.client.get(desk.draft_page).text, field="body")
    take_accepted(desk, fellow)
    sent = {**form["values"], "title": "Нова назва", "reason": "Згода є."}
    told = desk.client.post(f"{desk.draft_page}/waive", data=sent)
    again = find_form(told.text, field="body")["values"]
    assert (told.status_code, again["title"]) == (409, "Нова назва")
    done = desk.client.post(f"{desk.draft_page}/waive", data={**again, "reason": "Згода є."})
    assert done.status_code == 303


def test_many_at_once_names_what_a_colleague_has(desk: Desk, colleague: FlaskClient, at: datetime) -> None:
    with desk.app.app_context(), transaction() as session:
        pitch = session.scalars(select(Submission).where(Submission.public_id == desk.pitch)).one()
        pitch.lane = Lane.UNVERIFIED
        junk = make_submission(session, at)
        junk.lane, other = Lane.UNVERIFIED, junk.public_id
    page, notice = "/desk/spam", "Colleagues are reading some of the submissions your filters show."
    free = desk.client.get(page).text
    form = find_form(free, field="ticked")
    press(colleague, desk.page(desk.pitch), "/claim")
    before = desk.client.get(page).text
    assert before.count("Ірина has had this since 09:26 UTC") == 1
    assert [one.count(notice) for one in (free, before)] == [0, 1]
    assert sorted(form["values"]["submissions"]) == sorted([desk.pitch, other])
    told = desk.client.post(page, data=form["values"], follow_redirects=True).text
    assert (told.count("1 submission was left as it is: Ірина is reading it."), state_of(desk)) == (
        1,
        State.SUBMITTED,
    )


@pytest.mark.parametrize(("part", "is_kept"), [("ahead", False), ("text", True)])
def test_what_a_script_fetches_ahead_is_opened_by_nobody(
    desk: Desk, at: datetime, part: str, *, is_kept: bool
) -> None:
    page = desk.page(desk.pitch)
    press(desk.client, page, "/claim")
    with time_machine.travel(at + 3 * MINUTE, tick=False):
        answer = desk.client.get(page, headers={"X-Desk-Part": part})
    with time_machine.travel(at + 6 * MINUTE, tick=False):
        shown = desk.client.get(page).text
    assert (answer.headers["Cache-Control"], 'data-hold="' in shown) == ("no-store", is_kept)
