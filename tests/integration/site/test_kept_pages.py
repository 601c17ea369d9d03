"""Pages everybody finds alike are rendered once; what is one person's own never stands in another's."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.models import Call
from portal.web.contribute import form_page
from portal.web.contribute.form_page import show_form
from portal.web.contribute.form_target import find_form_target, make_contributor_form
from portal.web.site.admission import find_human_part
from portal.web.site.kept_pages import init_kept_pages, show_kept
from tests.support.bad_input import ONE_DATABASE
from tests.support.factories import make_staff
from tests.support.form_writer import ANSWERS, PITCH, STORY, open_form
from tests.support.plain_browser import find_form, watch_rendering
from tests.support.statements import list_verbs, listening

COVERAGE = "/uk/ukraine-taiwan/"
PAGES = (COVERAGE, PITCH, STORY)
VISITORS = 16
"""There are few questions: fewer visitors might all get the same one."""
Render = Callable[[Mapping[str, str]], str | None]
OWN = re.compile(
    r'(?<=name="csrf_token" type="hidden" value=")[^"]+|(?<=name="form_key" type="hidden" value=")[^"]+'
    r'|(?<=for="human_answer"><span lang=")[^<]+'
)
"""The token, the form key and the question for people: another one for everybody."""
pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]


@pytest.fixture(autouse=True)
def nothing_kept(app: Flask) -> None:
    init_kept_pages(app)


def read_page(app: Flask, path: str) -> str:
    """Return a page as somebody finds it who was never here before."""
    return app.test_client().get(path).text


@pytest.mark.parametrize("stage", [Stage.PITCH, Stage.STORY])
@pytest.mark.parametrize("url", ["en", "uk", "zh-tw"])
def test_a_kept_form_is_the_form_rendered_anew(app: Flask, url: str, stage: Stage) -> None:
    path = f"/{url}/ukraine-taiwan/{stage}"
    with app.test_request_context(path):
        app.preprocess_request()
        target = find_form_target("ukraine-taiwan", stage)
        fresh = app.make_response(show_form(target, make_contributor_form(target))).get_data(as_text=True)
    found = [OWN.sub("", page) for page in (fresh, read_page(app, path), read_page(app, path))]
    assert found == [found[0]] * 3
    assert len(OWN.findall(fresh)) == 3


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_rendered_for_the_first_visitor_only(app: Flask, path: str) -> None:
    read_page(app, path)
    with watch_rendering(app) as rendered:
        read_page(app, path)
    assert rendered == []


@pytest.mark.parametrize(("path", "number"), [(COVERAGE, 2), (PITCH, 1), (STORY, 1)])
def test_a_kept_page_asks_the_database_for_what_it_was_made_from(app: Flask, path: str, number: int) -> None:
    read_page(app, path)
    with listening(app) as sent:
        read_page(app, path)
    assert list_verbs(sent) == ["SELECT"] * number


def test_a_sending_asks_and_changes_what_it_must_and_no_more(app: Flask, client: FlaskClient) -> None:
    without_mail = {**ANSWERS, "reply": "private_page", "reply_text": ""}
    earlier = app.test_client()  # fills the lanes' buckets
    earlier.post(PITCH, data=open_form(earlier) | without_mail)
    values = open_form(client) | without_mail
    with listening(app) as sent:
        answered = client.post(PITCH, data=values)
    verbs = Counter(list_verbs(sent))
    counted = {verb: verbs[verb] for verb in ("SELECT", "UPDATE", "DELETE")}
    assert (answered.status_code, counted) == (303, {"SELECT": 3, "UPDATE": 1, "DELETE": 0})


def find_shared(app: Flask, path: str) -> list[str]:
    """Return what visitors of a form do not each have for themselves: token, form key, question."""
    pages = [read_page(app, path) for _visitor in range(VISITORS)]
    hidden = [find_form(page, field="form_key")["values"] for page in pages]
    keys = [values["form_key"] for values in hidden]
    with app.test_request_context(path):
        app.preprocess_request()
        questions = [find_human_part(key).question for key in keys]
    everybody = range(VISITORS)
    own = {
        "token": len({values["csrf_token"] for values in hidden}) == VISITORS,
        "key": [[page.count(key) for key in keys] for page in pages]
        == [[int(mine == other) for other in everybody] for mine in everybody],
        "question": all(
            str(escape(asked.text)) in page for page, asked in zip(pages, questions, strict=True)
        ),
    }
    return [name for name, is_own in own.items() if not is_own]


@pytest.mark.parametrize("path", [PITCH, STORY])
def test_everybody_gets_a_token_a_form_key_and_a_question_of_their_own(app: Flask, path: str) -> None:
    assert find_shared(app, path) == []


@ONE_DATABASE
@pytest.mark.parametrize(
    ("name", "shared"), [("token", ["token"]), ("key", ["key", "question"]), ("question", ["question"])]
)
def test_a_value_of_a_person_left_in_a_kept_page_is_found(
    app: Flask, monkeypatch: pytest.MonkeyPatch, name: str, shared: list[str]
) -> None:
    def leave_in(made_from: Hashable, values: Mapping[str, str], render: Render) -> str | None:
        slots = {one: value for one, value in values.items() if one != name}
        return show_kept(made_from, slots, lambda marks: render({**marks, name: values[name]}))

    monkeypatch.setattr(form_page, "show_kept", leave_in)
    assert find_shared(app, PITCH) == shared


def test_the_token_of_a_kept_form_holds_for_its_visitor_alone(app: Flask) -> None:
    one, other = app.test_client(), app.test_client()
    values = find_form(one.get(PITCH).text, field="form_key")["values"]
    other.get(PITCH)
    assert [person.post(PITCH, data=values).status_code for person in (one, other)] == [422, 400]


def test_what_somebody_sends_along_with_a_visit_is_shown_to_nobody(app: Flask) -> None:
    poisoned = app.test_client().get(PITCH, data={"human_answer": "poison", "idea": "poison"})
    assert [page.count("poison") for page in (poisoned.text, read_page(app, PITCH))] == [0, 0]


@pytest.mark.parametrize("path", PAGES)
def test_a_message_for_one_visitor_is_shown_to_that_visitor_only(app: Flask, path: str) -> None:
    told = app.test_client()
    with told.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "for you alone")]
    pages = [told.get(path).text, read_page(app, path), told.get(path).text]
    assert [page.count("for you alone") for page in pages] == [1, 0, 0]


@pytest.mark.parametrize("path", [PITCH, STORY])
def test_another_question_of_the_call_is_asked_from_then_on(app: Flask, path: str) -> None:
    read_page(app, path)
    with app.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.statements = [{**row, "text": {"uk": "Слово, якого тут не було"}} for row in call.statements]
    assert read_page(app, path).count("Слово, якого тут не було") > 0


def test_a_language_somebody_reads_now_is_named_from_then_on(app: Flask) -> None:
    read_page(app, STORY)
    with app.app_context(), transaction() as session:
        make_staff(session, Role.MODERATOR, languages=("pl",))
    assert read_page(app, STORY).count("польською") == 1


@pytest.mark.parametrize("path", [PITCH, STORY])
def test_a_form_is_gone_when_its_call_closes(app: Flask, path: str) -> None:
    before = read_page(app, path)
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = datetime(2021, 1, 5, tzinfo=UTC)
    after = read_page(app, path)
    assert [page.count('name="form_key"') for page in (before, after)] == [1, 0]


def test_a_kept_page_goes_by_the_clock_too(app: Flask, client: FlaskClient) -> None:
    """The call closes although nothing is changed in the database."""
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = datetime(2031, 1, 5, 12, tzinfo=UTC)
    counts = []
    for moment in (datetime(2031, 1, 5, 11, 59, tzinfo=UTC), datetime(2031, 1, 5, 12, tzinfo=UTC)):
        with time_machine.travel(moment, tick=False):
            counts.append(
                (
                    client.get(COVERAGE).text.count(f'href="{STORY}"'),
                    client.get(STORY).text.count('"form_key"'),
                )
            )
    assert counts == [(1, 1), (0, 0)]


@pytest.mark.parametrize("path", [PITCH, STORY])
@pytest.mark.parametrize("between", [timedelta(hours=1), timedelta(days=3)], ids=["an hour", "days"])
def test_a_kept_form_promises_the_days_of_today(app: Flask, path: str, between: timedelta) -> None:
    first = datetime(2031, 1, 5, 22, 30, tzinfo=UTC)
    pages: list[str] = []
    for moment in (first, first + between, first + between):
        with time_machine.travel(moment + timedelta(hours=1), tick=False):
            if len(pages) == 2:
                init_kept_pages(app)
            pages.append(OWN.sub("", read_page(app, path)))
    earlier, kept, fresh = pages
    assert (kept == fresh, kept == earlier) == (True, False)
