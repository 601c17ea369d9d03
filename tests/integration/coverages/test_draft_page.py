"""The page of a draft, and the lists of a coverage's drafts, as an editor uses them."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Draft
from portal.operations.coverages.author_changes import take_over_choices
from tests.support.approved_story import PLACE
from tests.support.factories import make_draft, make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter_as
from tests.support.statements import list_reads, listening


@dataclass(frozen=True)
class Browser:
    """An editor signed in, and where the draft is."""

    client: FlaskClient
    page: str
    public_id: str


@pytest.fixture
def browser(app: Flask, client: FlaskClient, at: datetime) -> Browser:
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor)
        editor.coverages = [draft.submission.call.coverage]
        public_id, email = draft.public_id, editor.email
    enter_as(client, email)
    return Browser(client, f"/desk/coverages/draft/{public_id}", public_id)


def read_draft(app: Flask, public_id: str) -> Draft:
    draft = db.session.scalar(select(Draft).where(Draft.public_id == public_id))
    assert draft is not None
    return draft


@pytest.mark.either_database
def test_an_editor_saves_a_text_through_the_page(app: Flask, browser: Browser) -> None:
    answer = send_form(
        browser.client, browser.page, {"title": "Нова", "body": "Текст\n\nщо лишився"}, field="body"
    )
    assert answer.status_code == 200
    with app.app_context():
        draft = read_draft(app, browser.public_id)
        assert (draft.title, draft.body, draft.revision) == ("Нова", "Текст\n\nщо лишився", 2)


@pytest.mark.either_database
def test_an_editor_sends_and_waives_and_publishes_through_the_page(app: Flask, browser: Browser) -> None:
    send_form(browser.client, browser.page, {"answer_by": "2030-01-01"}, action="/approval")
    send_form(browser.client, browser.page, {"reason": "Agreed in a letter."}, action="/waive")
    send_form(browser.client, browser.page, {"url_uk": PLACE}, action="/publish")
    with app.app_context():
        assert read_draft(app, browser.public_id).submission.state is State.PUBLISHED


@pytest.mark.parametrize(
    ("action", "values"), [("/waive", {"reason": "Agreed in a letter."}), ("/approval", {"message": "Ось."})]
)
def test_an_act_on_a_text_that_a_colleague_saved_meanwhile_is_not_done(
    app: Flask, browser: Browser, action: str, values: dict[str, str]
) -> None:
    form = find_form(browser.client.get(browser.page).text, action=action)
    send_form(browser.client, browser.page, {"title": "Інша, якої ніхто не читав"}, field="body")
    answer = browser.client.post(form["action"], data={**form["values"], **values})
    with app.app_context():
        draft = read_draft(app, browser.public_id)
        assert (answer.status_code, draft.submission.state, draft.approved_revision, draft.checks) == (
            409,
            State.ACCEPTED,
            None,
            [],
        )


@pytest.mark.either_database
def test_a_refused_form_keeps_what_was_typed(browser: Browser) -> None:
    answer = send_form(
        browser.client, browser.page, {"title": "", "body": "Довгий новий текст"}, field="body"
    )
    kept = find_form(answer.text, field="body")["values"]["body"]
    assert (answer.status_code, kept) == (422, "Довгий новий текст")


@pytest.mark.either_database
def test_a_chosen_name_is_not_left_out(browser: Browser) -> None:
    answer = send_form(browser.client, browser.page, {"byline": ""}, field="body")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_a_name_without_the_choice_it_belongs_to_is_not_dropped_in_silence(
    app: Flask, browser: Browser
) -> None:
    with app.app_context(), transaction():
        read_draft(app, browser.public_id).byline_mode = "later"
    typed = {"byline": "Ольга Неназвана", "title": "Інша назва"}
    answer = send_form(browser.client, browser.page, typed, field="body")
    with app.app_context():
        title = read_draft(app, browser.public_id).title
    assert (answer.status_code, answer.text.count("Ольга Неназвана"), title) == (422, 1, "Коли гасне світло")


@pytest.mark.either_database
def test_the_page_shows_what_changed_between_two_saves(browser: Browser) -> None:
    send_form(browser.client, browser.page, {"title": "Коли гасне вогонь", "slug": "svitlo"}, field="body")
    send_form(browser.client, browser.page, {"title": "Коли гасне лампа"}, field="body")
    page = browser.client.get(f"{browser.page}/revisions")
    assert (page.status_code, page.text.count("<ins>"), page.text.count("<del>")) == (200, 1, 1)


@pytest.mark.either_database
def test_the_page_says_where_two_saves_are_compared_roughly(browser: Browser) -> None:
    said = []
    for words in ("я ти " * 600, "ти я " * 600, "ти я " * 600 + "він"):
        send_form(browser.client, browser.page, {"body": words}, field="body")
        said.append("Compared roughly" in browser.client.get(f"{browser.page}/revisions").text)
    assert said == [False, True, False]


@pytest.mark.either_database
def test_of_all_saves_the_approved_one_is_marked(app: Flask, browser: Browser) -> None:
    for title in ("Коли гасне вогонь", "Коли гасне світло й вогонь"):
        send_form(browser.client, browser.page, {"title": title}, field="body")
    with app.app_context(), transaction():
        read_draft(app, browser.public_id).approved_revision = 2
    saves = browser.client.get(f"{browser.page}/revisions").text.partition("<ol")[2].split("<li>")[1:]
    assert [("Approved" in save, f"Saved version {3 - at}" in save) for at, save in enumerate(saves[:2])] == [
        (False, True),
        (True, True),
    ]


@pytest.mark.either_database
def test_the_page_shows_a_name_that_its_author_has_taken_back(
    app: Flask, browser: Browser, at: datetime
) -> None:
    before, after = {"byline": "pen", "byline_text": "Олена"}, {"byline": "none"}
    with app.app_context(), transaction() as session:
        draft = read_draft(app, browser.public_id)
        draft.byline_mode, draft.byline = "pen", "Олена"
        draft.revisions[0].fields = {**draft.revisions[0].fields, "byline_mode": "pen", "byline": "Олена"}
        take_over_choices(session, draft.submission, before, after, at=at)
    page = browser.client.get(f"{browser.page}/revisions")
    shown = page.text.count(">Name to print</h3>"), page.text.count("Олена")
    assert (page.status_code, *shown) == (200, 1, 1)


@pytest.mark.either_database
def test_a_coverage_lists_its_drafts(browser: Browser) -> None:
    page = browser.client.get("/desk/coverages/ukraine-taiwan")
    assert (page.status_code, page.text.count('class="queue-row')) == (200, 1)


@pytest.mark.either_database
def test_three_drafts_take_as_many_queries_as_one(app: Flask, browser: Browser, at: datetime) -> None:
    address = "/desk/coverages/ukraine-taiwan"
    with listening(app) as one:
        browser.client.get(address)
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        for _ in range(2):
            make_draft(session, at, by=editor)
    with listening(app) as three:
        page = browser.client.get(address)
    assert (page.text.count('class="queue-row'), len(list_reads(three))) == (3, len(list_reads(one)))


@pytest.mark.either_database
def test_a_coverage_can_be_asked_for_one_state(browser: Browser) -> None:
    page = browser.client.get("/desk/coverages/ukraine-taiwan?state=published")
    assert (page.status_code, page.text.count('class="queue-row')) == (200, 0)


@pytest.mark.either_database
def test_the_coverages_are_listed(browser: Browser) -> None:
    page = browser.client.get("/desk/coverages/")
    assert (page.status_code, page.text.count('href="/desk/coverages/ukraine-taiwan"')) == (200, 1)


@pytest.mark.either_database
def test_a_draft_of_somebody_elses_coverage_does_not_exist(
    app: Flask, client: FlaskClient, browser: Browser
) -> None:
    with app.app_context(), transaction() as session:
        email = make_staff(session, Role.EDITOR, member=False).email
    other = app.test_client()
    enter_as(other, email)
    assert [other.get(page).status_code for page in (browser.page, "/desk/coverages/ukraine-taiwan")] == [
        404,
        404,
    ]


@pytest.mark.either_database
def test_a_moderator_sees_the_list_and_not_the_draft(app: Flask, browser: Browser) -> None:
    with app.app_context(), transaction() as session:
        email = make_staff(session, Role.MODERATOR).email
    other = app.test_client()
    enter_as(other, email)
    pages = ("/desk/coverages/ukraine-taiwan", browser.page, "/desk/coverages/ukraine-taiwan/export")
    assert [other.get(page).status_code for page in pages] == [200, 403, 403]
