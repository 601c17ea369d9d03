"""People use a portal in any order, and the promises hold after every step."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.states import Act
from portal.models import Draft, Event, Submission
from portal.operations import deciding, moving, saving
from portal.web import submission_words
from tests.model.opening import walk
from tests.model.room import BrokenPromise

WALKS, STEPS = 6, 25
FULL_WALKS, FULL_STEPS = 500, 40
"""20,000 steps on each database."""


def test_the_promises_hold_in_any_order(app: Flask, pytestconfig: pytest.Config) -> None:
    begin = pytestconfig.getoption("walk")
    if pytestconfig.getoption("full"):
        walk(app, walks=FULL_WALKS, steps=FULL_STEPS, begin=begin)
    else:
        walk(app, walks=WALKS, steps=STEPS, begin=begin)


def delete_the_draft(session: Session, undone: Event, *, at: datetime) -> int:
    """Undo an acceptance as it once was: the draft goes, with every saved edit."""
    if undone.act == Act.ACCEPT:
        for draft in session.scalars(select(Draft).where(Draft.submission_id == undone.submission_id)):
            session.delete(draft)
    return 0


def gather_all(piece: Submission) -> Mapping[str, Any]:
    """Put the answers of all versions together, as it once was: what was emptied comes back."""
    return {key: one for revision in piece.revisions for key, one in revision.answers.items()}


def plant_deleting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "restore_draft", delete_the_draft)


def plant_gathering(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (submission_words, deciding):
        monkeypatch.setattr(reader, "current_answers", gather_all)


def plant_hidden_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "is_known", lambda *_given: False)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("plant", "rules", "promise"),
    [
        (plant_deleting, {"decide": 2, "edit": 2, "undo": 3}, "Words: "),
        (plant_gathering, {"change": 3, "decide": 1}, "Now: "),
        (plant_hidden_text, {"go_back_after_the_receipt": 3, "change": 1, "erase": 1}, "Code: "),
    ],
    ids=["an undone acceptance deletes the draft", "what was emptied comes back", "Back makes a hidden text"],
)
def test_a_fault_that_was_there_is_found(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    rules: Mapping[str, int],
    promise: str,
) -> None:
    """The same rules and promises, tried where the fault was."""
    plant(monkeypatch)
    with pytest.raises(BrokenPromise, match=promise):
        walk(app, walks=40, steps=STEPS, begin=1, shrinks=False, only=rules)
