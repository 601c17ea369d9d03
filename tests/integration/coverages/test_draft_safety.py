"""What the desk sees of an author's safety choices: the day, the words not to print, an exact place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Submission
from tests.support.commands import run_command
from tests.support.factories import make_call, make_staff
from tests.support.leaving_stories import make_approved, make_story
from tests.support.plain_browser import send_form
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database

DAY = "2026-04-01"
PLACE = "https://example.org/2026/03/story"
EXPORT = "/desk/coverages/ukraine-taiwan/export"
TELLING = "Мою сестру звати Соломія. Ми живемо в Тайбеї."


@pytest.fixture(autouse=True)
def _at_the_time(at: datetime) -> Iterator[None]:
    with time_machine.travel(at, tick=False):
        yield


@dataclass(frozen=True)
class Desk:
    """An editor signed in."""

    app: Flask
    client: FlaskClient
    email: str
    at: datetime

    def open_draft(self, **answers: str) -> str:
        """Return the address of an approved draft."""
        with self.app.app_context(), transaction() as session:
            return f"/desk/coverages/draft/{make_approved(session, self.at, make_story(**answers)).public_id}"


@pytest.fixture
def desk(app: Flask, client: FlaskClient, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        email = make_staff(session, Role.EDITOR).email
    enter_as(client, email)
    return Desk(app, client, email, at)


WAITS = (
    "The author does not want it published before 1\u00a0April 2026. It can be exported from 1\u00a0April "
    "2026, 12:00 UTC: by then that day has begun everywhere."
)


def test_the_draft_page_names_the_day(desk: Desk) -> None:
    page = desk.client.get(desk.open_draft(embargo=DAY)).text.replace("\u202f", " ")
    assert page.count(f"Not ready for export. {WAITS}") == 1


def test_the_export_page_names_the_day(desk: Desk) -> None:
    desk.open_draft(embargo=DAY)
    assert desk.client.get(EXPORT).text.replace("\u202f", " ").count(WAITS) == 1


def test_the_sheet_of_a_story_that_waits_names_the_day(desk: Desk) -> None:
    public_id = desk.open_draft(embargo=DAY).rpartition("/")[2]
    page = desk.client.get(f"/desk/coverages/ukraine-taiwan/handoff?draft={public_id}").text
    assert (page.replace("\u202f", " ").count(WAITS), page.count('class="sheet"')) == (1, 0)


def test_the_sheet_remembers_the_day_that_has_come(desk: Desk) -> None:
    public_id = desk.open_draft(embargo="2026-03-01").rpartition("/")[2]
    page = desk.client.get(f"/desk/coverages/ukraine-taiwan/handoff?draft={public_id}").text
    sentence = "The author asked to wait until 1\u00a0March 2026. That day has come."
    assert (page.count(sentence), page.count('class="sheet"')) == (1, 1)


def test_publishing_too_early_says_why(desk: Desk) -> None:
    address = desk.open_draft(embargo=DAY)
    answer = send_form(desk.client, address, {"url_uk": PLACE}, action="/publish")
    assert (
        answer.status_code,
        answer.text.replace("\u202f", " ").count(f"{WAITS} Nothing was changed."),
    ) == (
        409,
        1,
    )


def test_the_command_names_the_day(app: Flask, desk: Desk, tmp_path: Path) -> None:
    public_id = desk.open_draft(embargo=DAY).rpartition("/")[2]
    out = str(tmp_path / "stories.zip")
    options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", out, "--all-approved"]
    said = run_command(app, "export", *options).stderr.splitlines()[0]
    assert said == f"Not exported: {public_id}: the author wants it published not before 2026-04-01"


def test_the_authors_words_stand_beside_the_text(desk: Desk) -> None:
    page = desk.client.get(desk.open_draft(avoid="Ніяких імен, Соломія", story=TELLING)).text
    assert page.count("Ніяких імен, Соломія") == 1


def test_the_words_still_in_the_text_are_listed(desk: Desk) -> None:
    page = desk.client.get(desk.open_draft(avoid="Ніяких імен, Соломія", story=TELLING)).text
    assert page.count('<li><bdi lang="uk">Соломія</bdi></li>') == 1


def test_other_forms_are_shown_with_the_words_around_them(desk: Desk) -> None:
    told = "Увечері на вулиці Сумській мама кличе Олену Петрівну."
    page = desk.client.get(desk.open_draft(avoid="вулиця Сумська, Олена Петрівна", story=told)).text
    marked = [part.partition("</mark>")[0] for part in page.split("<mark>")[1:]]
    assert (marked, page.count("Perhaps in the text, in another form")) == (["Сумській", "Олену Петрівну"], 1)
    assert page.count("кличе <mark>Олену Петрівну</mark>.</p>") == 1


def test_the_words_around_a_form_say_their_language_and_how_they_run(desk: Desk) -> None:
    page = desk.client.get(desk.open_draft(avoid="Олена Петрівна", story="Мама кличе Олену Петрівну.")).text
    assert page.count('<p lang="uk" dir="auto">Мама кличе <mark>Олену Петрівну</mark>.</p>') == 1


def test_without_any_the_page_says_what_it_cannot_find(desk: Desk) -> None:
    page = desk.client.get(desk.open_draft(avoid="Ганна", story=TELLING)).text
    assert page.count("It cannot find nicknames or descriptions") == 1


def test_the_command_says_that_an_editor_has_to_look(app: Flask, desk: Desk, tmp_path: Path) -> None:
    public_id = desk.open_draft(avoid="Соломія", story="Ми бачили Соломію.").rpartition("/")[2]
    out = str(tmp_path / "stories.zip")
    options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", out, "--all-approved"]
    said = run_command(app, "export", *options).stderr.splitlines()[0]
    reason = "the text may hold words the author asked us not to print, in another form"
    assert said == f"Not exported: {public_id}: {reason}"


def test_an_editor_confirms_through_the_page(desk: Desk) -> None:
    address = desk.open_draft(avoid="Соломія", story=TELLING)
    send_form(desk.client, address, {"reason": "A queen of that name."}, action="/confirm-avoided")
    assert desk.client.get(address).text.count("Not ready for export") == 0


def test_without_a_reason_the_page_asks_for_one(desk: Desk) -> None:
    address = desk.open_draft(avoid="Соломія", story=TELLING)
    answer = send_form(desk.client, address, {"reason": ""}, action="/confirm-avoided")
    assert (answer.status_code, answer.text.count("Not ready for export")) == (422, 1)


def test_colleagues_read_the_reason_in_the_history(app: Flask, desk: Desk) -> None:
    address = desk.open_draft(avoid="Соломія", story=TELLING)
    send_form(desk.client, address, {"reason": "A queen of that name."}, action="/confirm-avoided")
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
    page = desk.client.get(f"/desk/submission/{submission.public_id}").text
    assert page.count("A queen of that name.") == 1


def test_an_exact_place_in_the_text_is_pointed_at(desk: Desk) -> None:
    page = desk.client.get(desk.open_draft(story="Ми були тут: 50.4501, 30.5234.")).text
    assert page.count('<p><bdi lang="uk">50.4501, 30.5234</bdi></p>') == 1


def test_a_town_is_not(desk: Desk) -> None:
    assert desk.client.get(desk.open_draft(story=TELLING)).text.count("exact place") == 0
