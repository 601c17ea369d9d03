"""A contributor comes back with the code and goes on; nobody else sees what was not sent."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db, now
from portal.models import Revision, Staff, Submission
from portal.models.sealing import find_ring
from portal.operations.contribute.unsent import delete_unfinished, list_unfinished
from portal.queries.desk.filter_options import find_options
from portal.queries.desk.queue import QueueFilter, View
from portal.queries.desk.queue_pages import count_views, queue_page
from portal.queries.desk.submission import find_original_submission, find_submission, list_possible_originals
from tests.support.factories import make_staff, make_submission
from tests.support.form_writer import (
    ADDRESS,
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    code_of,
    count_rows,
    enter,
    find_only_submission,
    go_on,
    list_rows,
    open_form,
    read_values,
    save,
    save_by_script,
)
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.usefixtures("opened")


@pytest.mark.either_database
def test_the_code_opens_the_form_filled_in(app: Flask, saved: dict[str, Any]) -> None:
    browser = app.test_client()
    enter(browser, code_of(app, saved["form_key"]))
    form = find_form(browser.get(f"{MY}/write").text, field="form_key")
    typed = {name: value for name, value in ANSWERS.items() if not name.startswith("c_")}
    assert {name: form["values"][name].strip() for name in typed} == typed
    assert (form["action"], form["values"]["form_key"]) == (f"{PITCH}/send", saved["form_key"])


@pytest.mark.either_database
def test_sending_after_coming_back_keeps_the_code(app: Flask, saved: dict[str, Any]) -> None:
    browser, code = app.test_client(), code_of(app, saved["form_key"])
    enter(browser, code)
    values = read_values(browser.get(f"{MY}/write").text)
    receipt = browser.post(PITCH, data={**values, "c_use": "y", "c_age": "y"}, follow_redirects=True)
    assert (receipt.request.path, receipt.text.count(code)) == (f"{MY}/receipt", 1)


@pytest.mark.either_database
def test_sending_turns_the_saved_text_into_a_submission(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    known = save_by_script(client, values)
    client.post(PITCH, data=go_on(values, known))
    submission = find_only_submission(app)
    assert (submission.state, list_rows(app), count_rows(app, Revision)) == (State.SUBMITTED, [], 1)


@pytest.mark.either_database
def test_sending_leaves_what_another_tab_holds_beside_it(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    known = save_by_script(client, values)
    save_by_script(client, go_on(values, known, idea="Перша вкладка."))
    second = save_by_script(client, go_on(values, known, idea="Друга вкладка."))
    client.post(PITCH, data=go_on(values, second, idea="Друга вкладка."))
    assert [row.answers["idea"] for row in list_rows(app)] == ["Перша вкладка."]


@pytest.mark.either_database
def test_a_save_that_comes_after_the_sending_stores_nothing(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    assert (save_by_script(client, values)["state"], list_rows(app)) == ("saved", [])


@pytest.mark.either_database
def test_what_is_typed_after_the_sending_is_kept_unsent(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    save_by_script(client, {**values, "idea": "Ще одна думка."})
    assert (find_only_submission(app).state, list_rows(app)[0].answers["idea"]) == (
        State.SUBMITTED,
        "Ще одна думка.",
    )


@pytest.mark.either_database
def test_a_withdrawn_text_takes_no_save(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    with app.app_context(), transaction() as session:
        session.scalars(select(Submission)).one().state = State.WITHDRAWN
    assert save(client, {**values, "idea": "Далі."}).status_code == 409


@pytest.mark.either_database
def test_both_versions_are_there_to_go_on_with(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    known = save_by_script(client, values)
    save_by_script(client, go_on(values, known, idea="Перша вкладка."))
    save_by_script(client, go_on(values, known, idea="Друга вкладка."))
    enter(client, code_of(app, values["form_key"]))
    newest = client.get(f"{MY}/write").text
    older = find_link(newest, "version=")
    assert (read_values(newest)["idea"], read_values(client.get(older).text)["idea"]) == (
        "Друга вкладка.",
        "Перша вкладка.",
    )


def find_link(page: str, part: str) -> str:
    return next(one.partition('"')[0] for one in page.split('href="') if part in one.partition('"')[0])


def test_the_version_saved_last_comes_first(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    known = save_by_script(client, values)
    first = save_by_script(client, go_on(values, known, idea="Перша вкладка."))
    save_by_script(client, go_on(values, known, idea="Друга вкладка."))
    save_by_script(client, go_on(values, first, idea="Перша вкладка, далі."))
    enter(client, code_of(app, values["form_key"]))
    assert read_values(client.get(f"{MY}/write").text)["idea"] == "Перша вкладка, далі."


@pytest.mark.either_database
def test_the_private_page_shows_what_is_not_sent(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    save_by_script(client, values)
    page = enter(client, code_of(app, values["form_key"])).text
    row = list_rows(app)[0].public_id
    assert (page.count(f"{MY}/write?version={row}"), page.count(f"{MY}/unsent/{row}/delete")) == (1, 1)


@pytest.mark.either_database
def test_the_page_that_says_saved_leads_back_to_the_form(app: Flask, client: FlaskClient) -> None:
    save(client, {**open_form(client), **ANSWERS})
    page = client.get(f"{MY}/saved").text
    back = next(one for one in re.findall(r'class="button primary" href="([^"]+)"', page))
    form = find_form(client.get(back).text, field="form_key")
    assert form["values"]["idea"].strip() == IDEA


@pytest.mark.either_database
def test_an_unsent_version_is_there_as_a_file(app: Flask, saved: dict[str, Any]) -> None:
    browser = app.test_client()
    enter(browser, code_of(app, saved["form_key"]))
    given = browser.get(f"{MY}/unsent/{list_rows(app)[0].public_id}/text")
    assert given.headers["Content-Disposition"] == "attachment; filename=notes.txt"
    assert [given.text.count(text) for text in (IDEA, ADDRESS, "Олена К.")] == [1, 1, 1]


@pytest.mark.either_database
def test_nobody_reads_a_version_of_somebody_else(
    app: Flask, client: FlaskClient, saved: dict[str, Any]
) -> None:
    values = {**open_form(client), "idea": "Чужа."}
    save(client, values)
    assert client.get(f"{MY}/unsent/{list_rows(app)[0].public_id}/text").status_code == 404


def delete_version(client: FlaskClient, public_id: str) -> str:
    form = find_form(client.get(MY).text, action=f"{public_id}/delete")
    return client.post(form["action"], data=form["values"], follow_redirects=True).text


@pytest.mark.either_database
def test_deleting_a_version_leaves_the_other(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    known = save_by_script(client, values)
    save_by_script(client, go_on(values, known, idea="Перша вкладка."))
    save_by_script(client, go_on(values, known, idea="Друга вкладка."))
    enter(client, code_of(app, values["form_key"]))
    delete_version(client, list_rows(app)[1].public_id)
    assert [row.answers["idea"] for row in list_rows(app)] == ["Перша вкладка."]


def test_deleting_the_only_version_leaves_no_word(app: Flask, saved: dict[str, Any]) -> None:
    browser = app.test_client()
    enter(browser, code_of(app, saved["form_key"]))
    delete_version(browser, list_rows(app)[0].public_id)
    submission = find_only_submission(app)
    assert (submission.state, submission.heading, list_rows(app)) == (State.ERASED, "", [])


def test_unsent_changes_of_a_sent_text_go_after_fourteen_days(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    save_by_script(client, {**values, "idea": "Ще одна думка."})
    with app.app_context(), transaction() as session:
        days = [now() + timedelta(days=days) for days in (13, 15)]
        gone = [delete_unfinished(session, list_unfinished(session, at=day), at=day) for day in days]
    assert (gone, list_rows(app)) == ([0, 1], [])


@pytest.fixture
def desk(app: Flask, saved: dict[str, Any]) -> str:
    """An admin, whom nothing is hidden from by coverage; the public id."""
    with app.app_context(), transaction() as session:
        return make_staff(session, Role.ADMIN).public_id


def find_staff(public_id: str) -> Staff:
    return db.session.scalars(select(Staff).where(Staff.public_id == public_id)).one()


@pytest.mark.parametrize("view", View)
def test_no_view_of_the_desk_lists_an_unsent_text(app: Flask, desk: str, view: View) -> None:
    with app.app_context():
        actor = find_staff(desk)
        for text in ("", "бабуся"):
            assert (
                queue_page(
                    db.session(),
                    actor,
                    QueueFilter(view=view, text=text),
                    at=now(),
                    keys=find_ring(db.session()),
                ).rows
                == []
            )


def test_the_desk_counts_no_unsent_text(app: Flask, desk: str) -> None:
    with app.app_context():
        counts = count_views(db.session(), find_staff(desk), at=now())
        assert set(counts.values()) == {0}
        assert find_options(db.session(), find_staff(desk)).languages == []


@pytest.mark.either_database
def test_the_desk_opens_no_unsent_text(app: Flask, desk: str) -> None:
    unsent = find_only_submission(app).public_id
    with app.app_context():
        assert find_submission(db.session(), find_staff(desk), unsent) is None


@pytest.mark.either_database
def test_no_duplicate_points_at_an_unsent_text(app: Flask, desk: str) -> None:
    unsent = find_only_submission(app).public_id
    with app.app_context(), transaction() as session:
        other = make_submission(session, now())
        actor = find_staff(desk)
        assert find_original_submission(session, actor, other, unsent) is None
        assert list_possible_originals(session, actor, other, "бабуся") == []
