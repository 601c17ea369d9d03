"""Who gets what of every route: the reviewed table is the rule, and a route without a row is a fault."""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, abort
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.app import create_app
from portal.config import Settings
from portal.domain.permissions import Permission
from portal.extensions import db
from portal.models import Submission
from portal.web.site.access import access, rule_of
from tests.security.routes import (
    INSIDE,
    OUTSIDE,
    OWN,
    PASSERS_BY,
    PEOPLE,
    Row,
    Visitors,
    gather,
    list_rows,
    read_rules,
    read_table,
    word_outcome,
)
from tests.support.bad_input import SHARED_ON_ONE

pytestmark = pytest.mark.either_database

FOREIGN = (*OUTSIDE, "other contributor")


@pytest.fixture(scope="module")
def visitors(shared_app: Flask) -> Visitors:
    """A filled portal for all of them: what they send has no token, so that nothing is done."""
    return gather(shared_app)


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert set(read_table()) == set(list_rows(app))


def test_the_table_names_what_every_route_asks_for(app: Flask) -> None:
    assert read_rules() == {row: rule_of(app, row.endpoint) for row in list_rows(app)}


def find_wrong(visitors: Visitors, rows: Iterable[Row]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return by route, method and person what was got and what the table says, where they differ."""
    table = read_table()
    return {
        (row.rule, row.method, who): (got, table[row][who])
        for row in rows
        for who in PEOPLE
        if (got := word_outcome(visitors.ask(who, row))) != table[row][who]
    }


def test_everybody_gets_what_the_table_says(visitors: Visitors) -> None:
    assert find_wrong(visitors, list_rows(visitors.world.app)) == {}


def find_unlike(visitors: Visitors, rows: Iterable[Row]) -> list[tuple[str, str, str]]:
    """Return who can tell what is foreign from what is missing, and where."""
    unlike = []
    for row in rows:
        if "public_id" not in row.rule:
            continue
        for who in FOREIGN:
            there, missing = (
                visitors.ask(who, row),
                visitors.ask(who, row, missing=True),
            )
            if there.status_code in (200, 422):
                continue
            if (there.status_code, _strip(there.text)) != (missing.status_code, _strip(missing.text)):
                unlike.append((row.rule, row.method, who))
    return unlike


def test_what_is_foreign_and_what_is_missing_are_answered_alike(visitors: Visitors) -> None:
    assert find_unlike(visitors, list_rows(visitors.world.app)) == []


SUBMISSION_PAGE = Row("desk.submission", "GET", "/desk/submission/<public_id:public_id>")


@contextmanager
def standing_in(app: Flask, view: Callable[..., ResponseReturnValue]) -> Iterator[None]:
    """Have another view answer for a submission on the desk."""
    whole = app.view_functions[SUBMISSION_PAGE.endpoint]
    app.view_functions[SUBMISSION_PAGE.endpoint] = view
    try:
        yield
    finally:
        app.view_functions[SUBMISSION_PAGE.endpoint] = whole


@access("open")
def show_everybody(public_id: str) -> str:
    """Stand in for a page that nobody guards any more."""
    return public_id


@access(Permission.QUEUE_READ)
def refuse_foreign(public_id: str) -> ResponseReturnValue:
    """Stand in for a page that tells a stranger what there is."""
    found = db.session.scalar(select(Submission.id).where(Submission.public_id == public_id))
    return abort(403 if found else 404)


@SHARED_ON_ONE
def test_a_page_that_lost_its_guard_is_found(visitors: Visitors) -> None:
    with standing_in(visitors.world.app, show_everybody):
        wrong = find_wrong(visitors, [SUBMISSION_PAGE])
    assert wrong[SUBMISSION_PAGE.rule, "GET", "anonymous"] == ("yes", "sign in")


@SHARED_ON_ONE
def test_a_page_that_tells_foreign_from_missing_is_found(visitors: Visitors) -> None:
    with standing_in(visitors.world.app, refuse_foreign):
        unlike = find_unlike(visitors, [SUBMISSION_PAGE])
    assert unlike == [(SUBMISSION_PAGE.rule, "GET", who) for who in OUTSIDE]


def _strip(page: str) -> str:
    """Leave out what belongs to the address and the moment: ids, and the token of the form."""
    lines = [line for line in page.splitlines() if "csrf_token" not in line]
    return "\n".join("".join(char for char in line if char not in "0123456789abcdef") for line in lines)


@pytest.mark.parametrize("who", INSIDE)
def test_a_submission_in_any_state_is_answered_as_the_table_says(visitors: Visitors, who: str) -> None:
    table = read_table()
    rows = [row for row in table if row.rule.startswith("/desk/submission/<public_id:public_id>")]
    plain = [row for row in rows if row.rule.count("<") == 1 and row.method == "GET"]
    submissions = {name: one for name, one in visitors.world.submissions.items() if name != OWN}
    wrong = {
        (name, row.rule): outcome
        for name, submission in submissions.items()
        for row in plain
        if (outcome := word_outcome(visitors.ask(who, row, submission=submission))) != table[row][who]
    }
    assert wrong == {}


def test_a_route_that_nobody_guarded_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = create_app(Settings(instance=tmp_path_factory.mktemp("seeded")))
    made.add_url_rule("/desk/forgotten", "forgotten", access("open")(lambda: "everything"))
    assert set(list_rows(made)) - set(read_table()) == {Row("forgotten", "GET", "/desk/forgotten")}


def test_the_table_gives_the_desk_to_staff_alone() -> None:
    let_in = [
        (row.rule, row.method, who)
        for row, outcomes in read_table().items()
        for who in PASSERS_BY
        if row.rule.startswith("/desk") and outcomes[who] == "yes"
    ]
    assert let_in == []


MOST_OF_A_TEXT = 4 * 1024 * 1024
LARGE = MOST_OF_A_TEXT + 1024
OPEN_FORMS = {
    "contribute.read_story_file",
    "contribute.story",
    "contribute.send",
    "contribute.switch_language",
    "contribute_save.save",
}
MAY_BE_LARGE = {
    "anonymous": OPEN_FORMS,
    "contributor": {
        *OPEN_FORMS,
        "contribute.read_full_story_file",
        "contribute.full_story",
        "contribute.send_full_story",
        "contribute.switch_full_story_language",
        "contribute_change.edit",
        "contribute_change.send",
        "contribute_change.switch_language",
        "contribute_change.read_story_file",
        "contribute_save.save_change",
        "contribute_save.save_full_story",
        "private_messages.write",
        "private_photos.save",
        "private_documents.add",
    },
    "desk code": OPEN_FORMS,
    "editor": OPEN_FORMS | {"coverages.front_page"},
}
"""Where a file may come, and from whom."""


FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
"""How a file begins in a form."""


def find_read(visitors: Visitors, who: str, kind: str, start: bytes = b"") -> dict[str, int]:
    """Send a large body to every view; return how those answered that read more of it than a text can be."""
    read = {}
    content = start.ljust(LARGE, b"x")
    for row in list_rows(visitors.world.app):
        if row.method != "POST":
            continue
        body, sizes = io.BytesIO(content), {"Content-Length": str(LARGE)}
        answer = visitors.client_of(who).post(
            visitors.address(row), input_stream=body, content_type=kind, headers=sizes, buffered=True
        )
        assert answer.status_code < 500, row
        if body.tell() > MOST_OF_A_TEXT:
            read[row.endpoint] = answer.status_code
    return read


@SHARED_ON_ONE
@pytest.mark.parametrize("who", MAY_BE_LARGE)
def test_large_bodies_are_read_only_where_files_come_in(visitors: Visitors, who: str) -> None:
    assert set(find_read(visitors, who, "multipart/form-data; boundary=b", FILE)) == MAY_BE_LARGE[who]


@SHARED_ON_ONE
def test_no_text_is_as_large_as_a_file(visitors: Visitors) -> None:
    assert find_read(visitors, "contributor", "application/x-www-form-urlencoded") == {}
