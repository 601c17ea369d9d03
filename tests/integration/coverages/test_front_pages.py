"""Editors set how a coverage begins, and which story another one answers."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import AuditEntry, Coverage, LeadPicture, StoryCard
from tests.integration.public.test_front_page import COVERAGE, OPENED
from tests.support.factories import make_call
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form, send_form
from tests.support.published import EXAMPLES, publish_examples
from tests.support.staff import enter_as, make_account

pytestmark = pytest.mark.either_database

PAGE = "/desk/coverages/ukraine-taiwan/front-page"
TOLD = {"alt_en": "A table.", "credit": "Olena K., CC BY 4.0"}


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    """The browser of an editor of the first coverage."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    browser = app.test_client()
    return enter_as(browser, make_account(app, Role.EDITOR))


def send(editor: FlaskClient, **values: Any) -> Any:
    return send_form(editor, PAGE, values, action="/front-page")


def remove(editor: FlaskClient, **values: Any) -> Any:
    """Press “Remove the picture”, which sends the form with all that stands in it."""
    form = find_form(editor.get(PAGE).text, action="/front-page")
    return editor.post(f"{PAGE}/remove-picture", data={**form["values"], **values}, follow_redirects=True)


def photo() -> tuple[io.BytesIO, str]:
    return io.BytesIO(make_picture(colour="olive")), "table.jpg"


def test_a_picture_of_ones_own_takes_the_place_of_the_releases(app: Flask, editor: FlaskClient) -> None:
    answer = send(editor, picture=photo(), **TOLD)
    page = app.test_client().get(COVERAGE).text
    with app.app_context():
        kept = db.session.scalars(select(LeadPicture)).one()
        address = f"/picture/ukraine-taiwan/{kept.sha256[:16]}.jpg"
    shown = app.test_client().get(address)
    with Image.open(io.BytesIO(shown.data)) as opened:
        seen = opened.format, dict(opened.getexif())
    parts = (f'src="{address}"', 'alt="A table." lang="en"', ">Olena K., CC BY 4.0</figcaption>", "lead.svg")
    assert (answer.status_code, seen) == (200, ("JPEG", {}))
    assert [page.count(part) for part in parts] == [1, 1, 1, 0]


def test_a_picture_that_was_removed_is_gone(app: Flask, editor: FlaskClient) -> None:
    send(editor, picture=photo(), **TOLD)
    with app.app_context():
        mark = db.session.scalars(select(LeadPicture.sha256)).one()[:16]
    answer = remove(editor)
    gone = app.test_client().get(f"/picture/ukraine-taiwan/{mark}.jpg").status_code
    assert (answer.status_code, gone, app.test_client().get(COVERAGE).text.count("lead.svg")) == (200, 404, 1)


@pytest.mark.parametrize("missing", TOLD)
def test_a_picture_without_description_or_credit_is_asked_for_both(
    app: Flask, editor: FlaskClient, missing: str
) -> None:
    answer = send(editor, picture=photo(), **{**TOLD, missing: ""})
    with app.app_context():
        assert (answer.status_code, db.session.scalars(select(LeadPicture)).all()) == (422, [])


def test_what_is_no_picture_is_refused_and_what_was_typed_stays(app: Flask, editor: FlaskClient) -> None:
    answer = send(editor, picture=(io.BytesIO(b"<svg/>"), "x.svg"), summary_en="Two sentences.", **TOLD)
    assert (answer.status_code, answer.text.count("Two sentences.")) == (422, 1)


@pytest.mark.parametrize("field", TOLD)
def test_words_about_a_picture_that_is_not_there_are_given_back(
    app: Flask, editor: FlaskClient, field: str
) -> None:
    answer = send(editor, summary_en="Two sentences.", **{field: TOLD[field]})
    given_back = [answer.text.count(words) for words in ("Two sentences.", TOLD[field])]
    with app.app_context():
        summary = db.session.scalars(select(Coverage)).one().summary["en"]
    assert (answer.status_code, given_back, summary == "Two sentences.") == (422, [1, 1], False)


def test_removing_the_picture_keeps_what_was_typed_beside_it(app: Flask, editor: FlaskClient) -> None:
    send(editor, picture=photo(), **TOLD)
    answer = remove(editor, summary_en="Two sentences.", title_uk="Два | речення")
    with app.app_context():
        coverage = db.session.scalars(select(Coverage)).one()
        kept = coverage.summary["en"], coverage.title["uk"], db.session.scalars(select(LeadPicture)).all()
    assert (answer.status_code, kept) == (200, ("Two sentences.", "Два речення", []))


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"csrf_token": "another"}, 400), ({"title_en": " "}, 422), ({"seen": "0" * 64}, 409)],
)
def test_a_page_that_could_not_remove_its_picture_still_shows_its_texts(
    app: Flask, editor: FlaskClient, fault: dict[str, str], status: int
) -> None:
    send(editor, picture=photo(), **TOLD)
    answer = remove(editor, alt_en="A round table.", summary_en="Two sentences.", **fault)
    given_back = [answer.text.count(words) for words in ("A round table.", "Two sentences.")]
    with app.app_context():
        kept = len(db.session.scalars(select(LeadPicture)).all())
    assert (answer.status_code, given_back, kept) == (status, [1, 1], 1)


def test_a_title_keeps_its_marks_apart(app: Flask, editor: FlaskClient) -> None:
    send(editor, title_zh_Hant_TW="烏克蘭|與台灣", summary_uk="Два речення.")
    with app.app_context():
        coverage = db.session.scalars(select(Coverage)).one()
        kept = coverage.title["zh-Hant-TW"], coverage.summary["uk"]
        acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq.desc()).limit(1)).one()
    page = app.test_client().get("/zh-tw/ukraine-taiwan/").text
    assert (kept, acts) == (("烏克蘭與台灣", "Два речення."), "change_front_page")
    assert page.count(">烏克蘭<wbr>與台灣</h1>") == 1


@pytest.mark.parametrize("empty", [" ", "|", " | |"])
def test_a_title_is_needed_in_the_first_language(editor: FlaskClient, empty: str) -> None:
    assert send(editor, title_en=empty).status_code == 422


def test_what_a_colleague_changed_meanwhile_is_not_written_over(app: Flask, editor: FlaskClient) -> None:
    seen = "0" * 64
    answer = send(editor, seen=seen, summary_en="Mine.")
    with app.app_context():
        coverage = db.session.scalars(select(Coverage)).one()
        assert (answer.status_code, answer.text.count("Mine."), coverage.summary["en"] == "Mine.") == (
            409,
            1,
            False,
        )


def test_an_editor_says_which_story_answers_which(app: Flask, editor: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        first, second = publish_examples(session, OPENED, EXAMPLES[:2])
        ids, titles = (first.public_id, second.public_id), (first.title, second.title)
    card = "/desk/coverages/draft/{}/card"
    answer = send_form(editor, card.format(ids[1]), {"answered": ids[0]}, action="/card")
    page = app.test_client().get(COVERAGE).text
    both = send_form(editor, card.format(ids[0]), {"answered": ids[1]}, action="/card")
    said = page.count(f'<bdi lang="uk">{titles[0]}</bdi>')
    assert (answer.status_code, said, both.status_code) == (200, 1, 422)


def test_a_storys_title_breaks_where_its_editor_says(app: Flask, editor: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        (story,) = publish_examples(session, OPENED, EXAMPLES[1:2])
        public_id = story.public_id
    address = f"/desk/coverages/draft/{public_id}/card"
    marked = "我檢查過的鏡頭，|編號還在"
    answers = [send_form(editor, address, {"marked": one}, action="/card") for one in (marked, "另一個|標題")]
    with app.app_context():
        kept = db.session.scalars(select(StoryCard.title_breaks)).one()
    page = app.test_client().get(COVERAGE).text
    assert ([one.status_code for one in answers], kept) == ([200, 422], marked)
    assert page.count(">我檢查過的鏡頭，<wbr>編號還在</a>") == 1
