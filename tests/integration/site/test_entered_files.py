"""How many files somebody opens who follows a request through the code: listed, and with a ceiling each."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import now
from tests.support.bad_input import Desk, open_desk
from tests.support.entered_files import tracing
from tests.support.form_writer import ANSWERS, PITCH, open_form
from tests.support.leaving_stories import make_approved
from tests.support.plain_browser import find_form

PAGE = Path(__file__).parents[3] / "portal" / "README.md"
_HEAD = "<!-- ways: written by the test with --approve -->\n"
BETWEEN = re.compile(f"(?<={_HEAD}).*(?=<!-- /ways -->)", re.DOTALL)
EXPORT = "/desk/coverages/ukraine-taiwan/export"

pytestmark = pytest.mark.either_database


def trace(act: Callable[[], int], status: int) -> list[str]:
    """Return the files that are entered while something is asked for; it is answered with a status."""
    with tracing() as entered:
        answered = act()
    assert answered == status
    return entered


def trace_sending(client: FlaskClient) -> list[str]:
    """Trace a pitch that is sent from a fresh form."""
    values = {**open_form(client), **ANSWERS}
    return trace(lambda: client.post(f"{PITCH}/send", data=values).status_code, 303)


def trace_decision(desk: Desk, public_id: str) -> list[str]:
    """Trace a question to the author of a text."""
    form = find_form(desk.client.get(desk.page(public_id)).text, action="/ask")
    values = {**form["values"], "body": "Де це було?"}
    return trace(lambda: desk.client.post(form["action"], data=values).status_code, 303)


def trace_queue(desk: Desk) -> list[str]:
    """Trace a look at the queue."""
    return trace(lambda: desk.client.get("/desk/").status_code, 200)


def trace_export(desk: Desk) -> list[str]:
    """Trace the bundle of one approved story."""
    with desk.app.app_context(), transaction() as session:
        make_approved(session, now())
    form = find_form(desk.client.get(EXPORT).text, action="/export")
    values = {**form["values"], "all_approved": "y", "format": "bundle"}
    return trace(lambda: desk.client.post(form["action"], data=values).status_code, 200)


@pytest.fixture
def ways(opened: Flask, client: FlaskClient) -> Mapping[str, list[str]]:
    """What each request enters, of people who have been here before."""
    desk = open_desk(opened, client, Role.EDITOR)
    trace_queue(desk)  # what a process does once is no part of a request
    trace_sending(opened.test_client())
    trace_decision(desk, desk.story)
    return {
        "A pitch is sent": trace_sending(opened.test_client()),
        "An editor asks its author": trace_decision(desk, desk.pitch),
        "The queue is opened": trace_queue(desk),
        "An approved story leaves": trace_export(desk),
    }


def describe_ways(ways: Mapping[str, list[str]]) -> str:
    """Return the page's part: a paragraph each, with the number of files and those not entered by all."""
    shared = set.intersection(*map(set, ways.values()))
    lines = []
    for name, files in ways.items():
        own = ", ".join(f"`{one}`" for one in files if one not in shared)
        lines.append(f"\n**{name}**, {len(files)} files: {own}.\n")
    return "".join([*lines, "\n"])


def test_the_page_lists_what_a_request_enters(
    ways: Mapping[str, list[str]], pytestconfig: pytest.Config
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    if pytestconfig.getoption("approve"):
        page = BETWEEN.sub(lambda _found: describe_ways(ways), page)
        PAGE.write_text(page, encoding="utf-8")
    assert BETWEEN.findall(page) == [describe_ways(ways)]


def test_no_request_enters_more_files_than_it_may(ways: Mapping[str, list[str]]) -> None:
    counted = {name: len(files) for name, files in ways.items()}
    ceilings = {
        "A pitch is sent": 39,
        "An editor asks its author": 39,
        "The queue is opened": 35,
        "An approved story leaves": 67,
    }
    assert {name: number for name, number in counted.items() if number > ceilings[name]} == {}
