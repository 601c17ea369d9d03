"""Anybody reads what a coverage is about, before sending anything."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.data import content
from portal.database import transaction
from portal.domain.permissions import ReadingLevel, Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Call, Coverage, Publication, StaffLanguage, Submission
from portal.operations.coverages import drafts
from portal.operations.first_coverage import open_first_coverage
from portal.queries.calls import (
    call_in_language,
    open_calls,
)
from portal.queries.private.page import load_private_page
from portal.queries.published import list_published
from tests.support.factories import make_call, make_draft, make_staff

pytestmark = pytest.mark.either_database

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, 12, tzinfo=UTC)
CLOSED = datetime(2021, 1, 5, 12, tzinfo=UTC)
COVERAGE = "/en/ukraine-taiwan/"


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with the first coverage."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


@pytest.mark.parametrize(("opens_at", "says_when"), [(None, False), (OPENED, False), (LATER, True)])
def test_a_call_says_when_it_opens_while_that_is_to_come(
    app: Flask,
    opened: Flask,
    client: FlaskClient,
    opens_at: datetime | None,
    *,
    says_when: bool,
) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, OPENED).opens_at = opens_at
    page = client.get("/en/ukraine-taiwan/")
    assert (page.status_code, "1\u00a0January 2100" in page.text) == (200, says_when)


@pytest.mark.parametrize(
    ("wish", "address"),
    [("zh-TW,zh;q=0.9", "/zh-tw/"), ("uk", "/uk/"), ("pl", "/en/"), ("", "/en/")],
)
def test_the_start_page_leads_to_the_readers_language(client: FlaskClient, wish: str, address: str) -> None:
    answered = client.get("/", headers={"Accept-Language": wish})
    assert (answered.status_code, answered.location, "Accept-Language" in answered.vary) == (
        302,
        address,
        True,
    )


def test_a_portal_without_coverages_says_so(client: FlaskClient) -> None:
    page = client.get("/en/")
    assert (page.status_code, page.text.count("There is no special coverage yet.")) == (200, 1)


def test_an_open_coverage_has_two_doors(opened: Flask, client: FlaskClient) -> None:
    page = client.get(COVERAGE).text
    kinds = (("door first", "pitch"), ("door", "story"))
    doors = [f'class="{kind}" href="{COVERAGE}{form}"' for kind, form in kinds]
    assert [page.count(door) for door in doors] == [1, 1]


def test_a_coverage_shows_its_promises_with_numbers(opened: Flask, client: FlaskClient) -> None:
    page = client.get(COVERAGE).text
    assert (page.count("within 14\N{NO-BREAK SPACE}days"), page.count("{days}")) == (1, 0)


@pytest.mark.parametrize(
    ("name", "title"), [("looking_for", "What we look for"), ("promises", "What we promise")]
)
def test_a_coverage_has_no_title_over_nothing(
    opened: Flask, client: FlaskClient, name: str, title: str
) -> None:
    before = client.get(COVERAGE).text.count(f"<h3>{title}</h3>")
    with opened.app_context(), transaction() as session:
        setattr(session.scalars(select(Call)).one(), name, {})
    assert (before, client.get(COVERAGE).text.count(f"<h3>{title}</h3>")) == (1, 0)


def test_a_closed_coverage_says_since_when(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = CLOSED
    page = client.get(COVERAGE).text
    assert (page.count("This call closed on 5\u00a0January 2021"), page.count(f"{COVERAGE}pitch")) == (1, 0)


def test_a_coverage_without_a_call_can_be_read(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        session.delete(session.scalars(select(Call)).one())
    assert client.get(COVERAGE).text.count("There is no open call at the moment.") == 1


def test_published_stories_are_linked(opened: Flask, client: FlaskClient) -> None:
    with opened.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, OPENED, by=editor)
        draft.publications.append(
            Publication(lang="en", url="https://news.example.org/one", recorded_at=OPENED, visible_at=OPENED)
        )
    assert client.get(COVERAGE).text.count('href="https://news.example.org/one"') == 1


def test_a_story_that_is_corrected_keeps_the_title_its_author_agreed_to(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        by = make_staff(session, Role.EDITOR)
        draft = make_draft(session, OPENED, by=by)
        agreed, submission = draft.title, draft.submission
        given: dict[str, Any] = {"by": by, "at": OPENED}
        drafts.waive_approval(session, draft, seen=submission.version, reason="By phone.", **given)
        drafts.publish(
            session, draft, {"uk": "https://news.example.org/one"}, seen=submission.version, **given
        )
        drafts.correct(session, draft, seen=submission.version, reason="A wrong date.", **given)
        drafts.save_draft(session, draft, {"title": "Ще не бачила"}, seen=draft.version, **given)
        shown = list_published(session, submission.call.coverage_id, at=OPENED)
    assert [story.title for story in shown] == [agreed]


WINDOW = timedelta(minutes=10)


def test_an_address_is_told_when_the_desk_can_take_it_back_no_more(opened: Flask) -> None:
    places = ["https://news.example.org/one", "https://news.example.org/two"]
    with opened.app_context(), transaction() as session:
        draft = make_draft(session, OPENED, by=make_staff(session, Role.EDITOR))
        submission, by = draft.submission, draft.revisions[0].staff
        assert by is not None

        def tell(at: datetime) -> list[list[str]]:
            """Return what everybody reads, then what the author reads."""
            session.expire_all()
            page = load_private_page(session, submission.id, at=at)
            assert page is not None
            stories = list_published(session, submission.call.coverage_id, at=at)
            return [[one.addresses[0].url for one in stories], [one.url for one in page.publications]]

        told = []
        for number, place in enumerate(places):
            given: dict[str, Any] = {"by": by, "at": OPENED + number * timedelta(hours=1), "window": WINDOW}
            if number:
                drafts.correct(session, draft, seen=submission.version, reason="A wrong date.", **given)
            drafts.waive_approval(session, draft, seen=submission.version, reason="By phone.", **given)
            drafts.publish(session, draft, {"uk": place}, seen=submission.version, **given)
            told += [tell(given["at"]), tell(given["at"] + WINDOW)]
    assert told == [[[], []], [places[:1]] * 2, [places[:1]] * 2, [places[1:]] * 2]


def test_a_withdrawn_story_is_linked_no_more(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        draft = make_draft(session, OPENED, by=make_staff(session, Role.EDITOR))
        draft.publications.append(
            Publication(lang="en", url="https://news.example.org/one", recorded_at=OPENED, visible_at=OPENED)
        )
        session.scalars(select(Submission)).one().state = State.WITHDRAWN
        session.flush()
        assert list_published(session, draft.submission.call.coverage_id, at=OPENED) == []


@pytest.mark.parametrize("lang", ["en", "uk", "zh-tw"])
@pytest.mark.parametrize("page", ["safety", "help"])
def test_safety_and_help_are_there_in_every_language(client: FlaskClient, lang: str, page: str) -> None:
    assert client.get(f"/{lang}/{page}").status_code == 200


def test_each_page_names_itself_in_the_other_languages(client: FlaskClient) -> None:
    page = client.get("/uk/safety").text
    paths = {"en": "/en", "uk": "/uk", "zh-Hant-TW": "/zh-tw", "x-default": ""}
    links = [
        f'<link rel="alternate" hreflang="{tag}" href="http://localhost{path}/safety">'
        for tag, path in paths.items()
    ]
    assert [page.count(link) for link in links] == [1, 1, 1, 1]


def test_a_coverage_that_does_not_exist_is_no_page(client: FlaskClient) -> None:
    assert client.get("/en/nowhere/").status_code == 404


def test_the_first_coverage_opens_once(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        assert open_first_coverage(session, content.first_coverage(), at=OPENED) is None
        assert session.scalar(select(func.count()).select_from(Coverage)) == 1


def test_a_call_is_open_from_opening_to_closing(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = CLOSED
        session.flush()
        moments = (OPENED - timedelta(hours=1), OPENED, CLOSED - timedelta(hours=1), CLOSED)
        assert [len(open_calls(session, at=moment)) for moment in moments] == [0, 1, 1, 0]


def test_the_desk_reads_the_interface_languages_until_it_states_its_own(opened: Flask) -> None:
    with opened.app_context():
        call = db.session.scalars(select(Call)).one()
        assert call_in_language(db.session(), call, "en").reading == ["en", "uk", "zh-Hant-TW"]


def test_the_desk_reads_what_its_active_members_read_well(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        member = make_staff(session, Role.EDITOR, languages=("pl", "uk"))
        member.languages.append(StaffLanguage(tag="ja", reading=ReadingLevel.GIST))
        make_staff(session, Role.EDITOR, languages=("de",)).active = False
        make_staff(session, Role.EDITOR, languages=("ar",), member=False)
        session.flush()
        call = session.scalars(select(Call)).one()
        assert call_in_language(session, call, "en").reading == ["uk", "pl"]


def test_a_call_carries_the_values_of_its_sentences(opened: Flask) -> None:
    with opened.app_context():
        call = db.session.scalars(select(Call)).one()
        seen = call_in_language(db.session(), call, "uk")
        uri = "https://creativecommons.org/licenses/by/3.0/"
        assert seen.values == {"months": "3", "days": "14", "licence": "CC BY 3.0", "licence_uri": uri}
        assert {stage for question in seen.questions for stage in question.forms} == set(Stage)
