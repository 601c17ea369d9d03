"""Who gets what of every route: the reviewed table is the rule, and a route without a row is a fault."""

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.domain.permissions import Role
from portal.web.access import access
from tests.security.routes import OWN, PEOPLE, Row, Visitors, gather, list_rows, read_table, word_outcome

STAFF = ("moderator", "editor", "admin")
FOREIGN = ("moderator outside", "editor outside", "other contributor")


@pytest.fixture
def visitors(app: Flask) -> Visitors:
    return gather(app)


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert set(read_table()) == set(list_rows(app))


def test_everybody_gets_what_the_table_says(visitors: Visitors) -> None:
    table = read_table()
    found = {
        row: {who: word_outcome(visitors.ask(who, row)) for who in PEOPLE}
        for row in list_rows(visitors.world.app)
    }
    wrong = {
        (row.rule, row.method, who): (found[row][who], expected)
        for row, outcomes in table.items()
        for who, expected in outcomes.items()
        if found[row][who] != expected
    }
    assert wrong == {}


def test_what_is_foreign_and_what_is_missing_are_answered_alike(visitors: Visitors) -> None:
    unlike = []
    for row in list_rows(visitors.world.app):
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
    assert unlike == []


def _strip(page: str) -> str:
    """Leave out what belongs to the address and the moment: ids, and the token of the form."""
    lines = [line for line in page.splitlines() if "csrf_token" not in line]
    return "\n".join("".join(char for char in line if char not in "0123456789abcdef") for line in lines)


@pytest.mark.parametrize("who", STAFF)
def test_a_submission_in_any_state_is_answered_as_the_table_says(visitors: Visitors, who: str) -> None:
    table = read_table()
    rows = [row for row in table if row.rule.startswith("/desk/submission/<public_id:public_id>")]
    plain = [row for row in rows if row.rule.count("<") == 1 and row.method == "GET"]
    pieces = {name: one for name, one in visitors.world.pieces.items() if name != OWN}
    wrong = {
        (name, row.rule): outcome
        for name, piece in pieces.items()
        for row in plain
        if (outcome := word_outcome(visitors.ask(who, row, piece=piece))) != table[row][who]
    }
    assert wrong == {}


def test_a_route_that_nobody_guarded_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = create_app(Settings(instance=tmp_path_factory.mktemp("seeded")))
    made.add_url_rule("/desk/forgotten", "forgotten", access("open")(lambda: "everything"))
    assert set(list_rows(made)) - set(read_table()) == {Row("forgotten", "GET", "/desk/forgotten")}


def test_the_table_gives_the_desk_to_staff_alone() -> None:
    passers_by = ("anonymous", "contributor", "other contributor", "closed account", "ended session")
    let_in = [
        (row.rule, row.method, who)
        for row, outcomes in read_table().items()
        for who in passers_by
        if row.rule.startswith("/desk") and outcomes[who] == "yes"
    ]
    assert (let_in, len(Role)) == ([], 3)
