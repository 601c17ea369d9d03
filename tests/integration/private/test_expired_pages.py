"""A page that was closed while somebody wrote: each field by its name, the code there, and it goes on."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Attachment, ContributorSession, Submission
from tests.support.contributor import MY, Contributor, answer_changes
from tests.support.form_writer import read_json
from tests.support.html_pages import read_tree
from tests.support.page_checks import find_unnamed_controls
from tests.support.photos import keep_document, keep_picture
from tests.support.plain_browser import find_form, read_forms

pytestmark = pytest.mark.either_database

SCRIPT = {"Accept": "application/json"}
ANSWER = "Так, це було в Харкові."


def await_answer(app: Flask, client: FlaskClient, at: datetime) -> Contributor:
    """Return a contributor who is asked to agree to the edited text."""
    person = Contributor(app, client, at)
    person.await_approval("Редагований текст.")
    return person


def close_pages(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        for page in session.scalars(select(ContributorSession)):
            session.delete(page)


def send_late(author: Contributor, page: str, field: str, **typed: str) -> tuple[dict[str, Any], str]:
    """Fill in a form, have its page closed, send it; return the form that asks for the code, and its page."""
    form = find_form(author.client.get(page).text, field=field)
    close_pages(author.app)
    answer = author.client.post(form["action"], data={**form["values"], **typed})
    assert answer.status_code == 401
    return find_form(answer.text, action="/again"), answer.text


def go_on(author: Contributor, form: dict[str, Any], code: str) -> int:
    """Type the code and let the browser send the form on."""
    values = {**form["values"], "code": code}
    answer = author.client.post(form["action"], data=values)
    if answer.status_code != 307:
        return answer.status_code
    return author.client.post(answer.location, data=values).status_code


def test_an_answer_is_named_and_goes_on_after_the_code(author: Contributor) -> None:
    form, page = send_late(author, MY, "body", body=ANSWER)
    assert (page.count(">Your message</label>"), form["values"]["body"]) == (1, ANSWER)
    assert (go_on(author, form, author.code), author.messages()) == (303, [ANSWER])


def test_an_answer_never_gets_into_another_page(author: Contributor) -> None:
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    form, _page = send_late(author, MY, "body", body=ANSWER)
    assert (go_on(author, form, other.code), other.messages(), author.messages()) == (422, [], [])
    assert author.client.get(MY).text.count('<h2 id="messages">') == 0
    assert go_on(author, form, author.code) == 303


def test_a_form_that_does_not_say_where_it_stood_does_nothing(author: Contributor) -> None:
    form, _page = send_late(author, MY, "body", body=ANSWER)
    del form["values"]["owner"]
    assert (go_on(author, form, author.code), author.messages()) == (422, [])


def test_the_code_of_a_form_made_elsewhere_opens_no_page(author: Contributor) -> None:
    """Else somebody's browser could be brought to write into a page of another's."""
    form, _page = send_late(author, MY, "body", body=ANSWER)
    form["values"]["csrf_token"] = "made up"
    assert (go_on(author, form, author.code), author.messages()) == (400, [])
    assert find_form(author.client.get(MY).text, field="code")["action"] == MY


def test_objections_are_named_and_go_on(app: Flask, client: FlaskClient, moment: datetime) -> None:
    author = await_answer(app, client, moment)
    form, page = send_late(author, f"{MY}/check", "objections", objections="Не так.")
    assert (page.count(">What else should change?</label>"), go_on(author, form, author.code)) == (1, 303)
    assert author.check().objections == "Не так."


def test_answers_to_changes_go_on_and_their_words_are_named(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = Contributor(app, client, moment)
    author.await_approval("Перший.\n\nДругий.")
    form = answer_changes(client.get(f"{MY}/check").text, "comment")
    words = {name: f"Слова {name}" for name in form["names"] if name.endswith("-words")}
    form, page = send_late(author, f"{MY}/check", "objections", **form["values"] | words)
    assert list(find_unnamed_controls(read_tree(page))) == []
    assert (page.count(">Your words</label>"), page.count(">comment<")) == (len(words), 0)
    assert go_on(author, form, author.code) == 303
    kept = author.check().answers["changes"]
    assert {one["words"] for one in kept} == set(words.values())


def test_a_yes_goes_on_for_the_same_text(app: Flask, client: FlaskClient, moment: datetime) -> None:
    author = await_answer(app, client, moment)
    answers = answer_changes(author.client.get(f"{MY}/check").text)["values"]
    form, _page = send_late(author, f"{MY}/check", "objections", **answers)
    assert (go_on(author, form, author.code), author.check().verdict) == (303, "approved")


def test_captions_are_named_and_go_on(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        photo = keep_picture(session, submission, at=author.at, colour="olive").public_id
    form, page = send_late(author, f"{MY}/photos", "photo", **{f"{photo}-caption": "Зима"})
    assert (page.count(">Caption</label>"), go_on(author, form, author.code)) == (1, 303)
    with author.app.app_context():
        assert db.session.scalars(select(Attachment)).one().caption == "Зима"


def test_a_change_of_the_story_goes_only_into_its_own_page(author: Contributor) -> None:
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    form, page = send_late(author, f"{MY}/change", "story", story="Інша історія.")
    assert (page.count(">Your story</label>"), go_on(author, form, other.code)) == (1, 422)
    with author.app.app_context():
        assert [len(one.revisions) for one in db.session.scalars(select(Submission))] == [1, 1]


@pytest.mark.parametrize("act", ["erase", "withdraw", "data", "language", "code"])
def test_an_older_tab_does_nothing_to_the_text_that_is_open_now(author: Contributor, act: str) -> None:
    form = find_form(author.client.get(f"{MY}/{act}").text, action=f"/{act}")
    close_pages(author.app)
    newer = Contributor(author.app, author.client, author.at)
    newer.send(Stage.STORY)
    newer.enter()
    answer = author.client.post(form["action"], data=form["values"])
    said = answer.text.count("Another text is open in this browser")
    assert (answer.status_code, said > 0, newer.state()) == (401, True, State.SUBMITTED)


PLACES = ("", "/erase", "/withdraw", "/language", "/documents", "/photos", "/data", "/code", "/change")


@pytest.mark.parametrize("place", PLACES)
def test_every_form_of_a_private_page_says_on_which_text_it_stood(author: Contributor, place: str) -> None:
    with author.app.app_context(), transaction() as session:
        keep_document(session, session.get_one(Submission, author.submission_id), at=author.at)
    page = author.client.get(f"{MY}{place}").text
    forms = [one for one in read_forms(page) if "csrf_token" in one["names"]]
    assert [one["action"] for one in forms if "owner" not in one["names"]] == ["/en/my/leave"] * (not place)


@pytest.mark.parametrize(
    ("address", "values", "labels"),
    [
        ("/desk/submission/{id}/ask", {"body": ANSWER, "seen": "1"}, ["Your question"]),
        ("/desk/submission/{id}/decline", {"body": ANSWER, "reason": "other"}, ["Your message"]),
        (
            "/desk/coverages/draft/{id}",
            {"title": "Полиця", "dek": "Одна", "body": ANSWER, "seen": "1"},
            ["Headline", "Tagline (dek)", "Text"],
        ),
    ],
)
def test_the_desk_names_its_fields_to_who_was_signed_out(
    app: Flask, client: FlaskClient, address: str, values: dict[str, str], labels: list[str]
) -> None:
    page = client.post(address.format(id="0" * 32), data=values)
    named = [part.partition("<")[0] for part in page.text.split('<label class="label"')[1:]]
    shown = [one.partition(">")[2] for one in named]
    assert (page.status_code, shown, page.text.count("Please sign in again")) == (401, labels, 2)


def test_a_script_hears_how_to_go_on_in_the_answer_to_its_sending(author: Contributor) -> None:
    form = find_form(author.client.get(MY).text, field="body")
    close_pages(author.app)
    answer = author.client.post(form["action"], data={**form["values"], "body": ANSWER}, headers=SCRIPT)
    told = read_json(answer)
    assert (answer.status_code, told["state"], told["heading"], len(told["faults"])) == (
        401,
        "code",
        "Enter your code again",
        1,
    )
    again = {**form["values"], "body": ANSWER, "code": author.code, "to": told["code"]["to"]}
    led = author.client.post(told["code"]["action"], data=again)
    assert (led.status_code, author.client.post(led.location, data=again).status_code) == (307, 303)
    assert author.messages() == [ANSWER]


def test_a_script_hears_what_is_not_possible_in_the_answer_to_its_sending(author: Contributor) -> None:
    values = {**find_form(author.client.get(MY).text, field="body")["values"], "revision": "1"}
    answer = author.client.post("/en/my/check/send", data={**values, "objections": ANSWER}, headers=SCRIPT)
    told = read_json(answer)
    assert (answer.status_code, told["heading"], len(told["faults"])) == (
        409,
        "This is not possible any more",
        1,
    )
