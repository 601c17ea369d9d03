"""A database that is busy: what was sent is given back, and kept when it is sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.database import sqlite_module
from portal.extensions import db
from tests.support.bad_input import (
    HEADINGS,
    LANGUAGES,
    PITCH_ANSWERS,
    TYPED,
    Desk,
    heading_of,
    say,
    shown_texts,
)
from tests.support.contributor import MY, Contributor
from tests.support.plain_browser import find_form


@contextmanager
def busy_database(app: Flask) -> Iterator[list[int]]:
    """Hold the database from another connection; yields one entry for each time the portal asked for it."""
    asked: list[int] = []
    with app.app_context():
        engine = db.engine
    is_sqlite = engine.dialect.name == "sqlite"
    wait_less = "PRAGMA busy_timeout=20" if is_sqlite else "SET lock_timeout='20ms'"

    def note_use(connection: Any, _record: Any, _proxy: Any) -> None:
        asked.append(1)
        connection.execute(wait_less)

    other: Any
    if is_sqlite:
        other = sqlite_module().connect(engine.url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        other.execute("LOCK TABLE coverage, staff, contributor_session IN ACCESS EXCLUSIVE MODE")
    event.listen(engine, "checkout", note_use)
    try:
        yield asked
    finally:
        event.remove(engine, "checkout", note_use)
        other.rollback()
        other.close()
        engine.dispose()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pitch_to_a_busy_database_is_given_back(opened: Flask, client: FlaskClient, lang: str) -> None:
    address = f"/{lang}/ukraine-taiwan/pitch"
    form = find_form(client.get(address).text, field="form_key")
    with busy_database(opened):
        answer = client.post(address, data={**form["values"], **PITCH_ANSWERS})
    assert (answer.status_code, heading_of(answer.text), shown_texts(answer.text)) == (
        503,
        say(opened, lang, HEADINGS[503]),
        [TYPED, "Полиця.", "Це моя бабуся.", "Олена К.", "olena@example.org"],
    )


def test_the_same_pitch_sent_again_later_is_kept(opened: Flask, client: FlaskClient) -> None:
    form = find_form(client.get("/uk/ukraine-taiwan/pitch").text, field="form_key")
    values = {**form["values"], **PITCH_ANSWERS}
    with busy_database(opened):
        client.post("/uk/ukraine-taiwan/pitch", data=values)
    assert client.post("/uk/ukraine-taiwan/pitch", data=values).status_code == 303


def test_an_answer_to_a_busy_database_is_given_back(person: Contributor) -> None:
    form = find_form(person.client.get(MY).text, action="/reply")
    with busy_database(person.app):
        answer = person.client.post(form["action"], data={**form["values"], "body": TYPED})
    assert (answer.status_code, shown_texts(answer.text)) == (503, [TYPED])


def test_a_note_to_a_busy_database_is_given_back_after_one_wait(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/note")
    with busy_database(editor.app) as asked:
        answer = editor.client.post(form["action"], data={**form["values"], "body": TYPED})
    assert (answer.status_code, shown_texts(answer.text), len(asked)) == (503, [TYPED], 1)
