"""What is pressed at the desk takes the write lock once: whoever waits for it waits for nothing else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.permissions import Role
from portal.extensions import db
from tests.support.bad_input import Desk, open_desk
from tests.support.plain_browser import find_form
from tests.support.statements import counting_transactions

DECISIONS = {
    "ask": {"body": "Де це було?"},
    "invite": {"body": "Пишіть."},
    "decline": {"reason": "other", "body": "Вибачте."},
    "spam": {},
    "withdraw": {"note": "Телефоном."},
}
WORKS = {
    "claim": {},
    "note": {"body": "Нотатка."},
    "gist": {"body": "Про полицю."},
    "language": {"lang": "pl"},
    "assign": {},
}


def send(desk: Desk, address: str, action: str, values: dict[str, str]) -> tuple[int, int]:
    """Send the form of a page; return the status, and how many transactions began."""
    form = find_form(desk.client.get(address).text, action=action)
    with counting_transactions(desk.app) as begun:
        answer = desk.client.post(form["action"], data={**form["values"], **values})
    return answer.status_code, len(begun)


@pytest.mark.either_database
@pytest.mark.parametrize(("action", "values"), [*DECISIONS.items(), *WORKS.items()])
def test_an_act_on_a_pitch_begins_one_transaction(editor: Desk, action: str, values: dict[str, str]) -> None:
    assert send(editor, editor.page(editor.pitch), f"/{action}", values) == (303, 1)


@pytest.mark.either_database
@pytest.mark.parametrize("action", ["accept", "undo"])
def test_accepting_and_undoing_begin_one_transaction_each(editor: Desk, action: str) -> None:
    counted = send(editor, editor.page(editor.story), "/accept", {"body": "Дякуємо!"})
    if action == "undo":
        counted = send(editor, editor.page(editor.story), "/undo", {})
    assert counted == (303, 1)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("action", "values"),
    [("", {"title": "Інша назва"}), ("/approval", {"message": "Ось."}), ("/waive", {"reason": "Згода є."})],
)
def test_an_act_on_a_draft_begins_one_transaction(editor: Desk, action: str, values: dict[str, str]) -> None:
    assert send(editor, editor.draft_page, f"{editor.draft}{action}", values) == (303, 1)


def test_an_admin_erases_in_one_transaction_and_sweeps_in_others(app: Flask, client: FlaskClient) -> None:
    """Noted files and, on SQLite, the log: each is looked up, and written down as done."""
    desk = open_desk(app, client, Role.ADMIN)
    with app.app_context():
        begun = {"sqlite": 6, "postgresql": 3}[db.engine.dialect.name]
    assert send(desk, desk.page(desk.pitch), "/erase", {"sure": "y"}) == (303, begun)
