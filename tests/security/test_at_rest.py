"""A copy of database and folder without the key ring: what it tells, and what nobody finds in it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import LargeBinary, select

from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Base, Submission
from tests.at_rest import SEARCHED, list_hidden, make_canary, read_copy, send_everything
from tests.canaries import find_in_rows
from tests.factories import make_sending, make_submission


def test_a_copy_holds_the_words_the_desk_searches_and_no_others(app: Flask, at: datetime) -> None:
    answers = send_everything(app, at)
    found = {key for key in answers if find_in_rows(app, make_canary(key))}
    assert found == SEARCHED & answers.keys()
    assert read_copy(app, list_hidden(answers)) == set()


def test_the_words_the_desk_searches_are_found_in_a_copy(app: Flask, at: datetime) -> None:
    send_everything(app, at)
    assert read_copy(app, [make_canary("title")]) == {make_canary("title")}


def test_nothing_in_a_copy_tells_who_is_at_risk(app: Flask, at: datetime) -> None:
    said = {"risk": "yes", "others": "not_asked", "help": "safety"}
    with app.app_context(), transaction() as session:
        calm, hunted = make_sending(Stage.STORY), make_sending(Stage.STORY, **said)
        words = {**hunted.sealed, "risk_text": "Мій брат служить, мене шукають. " * 12}
        pieces = [make_submission(session, at, sending=one) for one in (calm, replace(hunted, sealed=words))]
        assert [piece.at_risk for piece in pieces] == [False, True]
        one, other = (describe_rows(piece) for piece in pieces)
    assert one == other


def describe_rows(piece: Submission) -> Mapping[str, Any]:
    """Return what a copy shows of a text: of envelopes the length, and nothing that is random by nature."""
    shown = {}
    for name in ("submission", "revision", "consent", "event", "outbox_mail"):
        table = Base.metadata.tables[name]
        of_piece = table.c.get("submission_id", table.c.id)
        for row in db.session.execute(select(table).where(of_piece == piece.id)).mappings():
            for column in table.columns:
                is_random = re.search("hash|^id$|_id$|dedupe_key", column.name)
                value = row[column.name]
                envelope = isinstance(column.type, LargeBinary)
                shown[f"{name}.{column.name}"] = len(value) if envelope else None if is_random else value
    return shown
