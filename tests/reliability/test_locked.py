"""Another program holds the database: for a while people wait, for long they get their words back."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db
from portal.models import Submission
from tests.support.bad_input import HEADINGS, LANGUAGES, PITCH_ANSWERS, TYPED, heading_of, say, shown_texts
from tests.support.plain_browser import find_form

ROOT = Path(__file__).parents[2]
UNAVAILABLE, BROKEN, SEE_OTHER = 503, 500, 303
SHORT = 500
"""Milliseconds of patience in the short form, where it is ten seconds in use."""


@contextmanager
def held_database(app: Flask, *, seconds: float) -> Iterator[threading.Event]:
    """Hold the database from another process: until that many seconds are over, or the block ends.

    Yields what is set when the other lets go.
    """
    with app.app_context():
        address = db.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.holding", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        free = threading.Event()

        def let_go() -> None:
            free.set()
            holder.communicate()

        timer = threading.Timer(seconds, let_go)
        timer.start()
        try:
            yield free
        finally:
            timer.cancel()
            timer.join()
            if not free.is_set():
                let_go()


@contextmanager
def patience(app: Flask, milliseconds: int) -> Iterator[None]:
    """Let the portal wait for that long instead of ten seconds; 0 is as long as it is set."""
    if not milliseconds:
        yield
        return
    with app.app_context():
        engine = db.engine
    is_sqlite = engine.dialect.name == "sqlite"
    wait = f"PRAGMA busy_timeout={milliseconds}" if is_sqlite else f"SET lock_timeout='{milliseconds}ms'"

    def shorten(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(wait)

    event.listen(engine, "checkout", shorten)
    try:
        yield
    finally:
        event.remove(engine, "checkout", shorten)
        engine.dispose()


@contextmanager
def silent_about_databases(app: Flask) -> Iterator[None]:
    """Break the portal: nothing is said to whoever meets a database that does not answer."""
    answers = app.error_handler_spec[None][None]
    busy = answers.pop(SQLAlchemyError)
    try:
        yield
    finally:
        answers[SQLAlchemyError] = busy


class Writer:
    """Somebody with a pitch in one of the languages, filled in and not sent."""

    def __init__(self, app: Flask, lang: str) -> None:
        self.client, self.address = app.test_client(), f"/{lang}/ukraine-taiwan/pitch"
        form = find_form(self.client.get(self.address).text, field="form_key")
        self.values = {**form["values"], **PITCH_ANSWERS}

    def send(self) -> tuple[int, str, bool]:
        """Send it; return status and heading of the answer, and whether the text is in it."""
        answer = self.client.post(self.address, data=self.values)
        return answer.status_code, heading_of(answer.text), TYPED in shown_texts(answer.text)


def count_sent(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Submission)) or 0


@pytest.fixture
def writers(opened: Flask) -> list[Writer]:
    """One person for each language."""
    return [Writer(opened, lang) for lang in LANGUAGES]


@dataclass(frozen=True)
class Told:
    """What somebody was answered, and whether the database was free by then."""

    status: int
    was_free: bool


def send_meanwhile(app: Flask, writers: list[Writer], *, seconds: float) -> list[Told]:
    """Have everybody send while another program holds the database; return what each is told, and when."""
    with held_database(app, seconds=seconds) as free, ThreadPoolExecutor(len(writers)) as pool:

        def send(writer: Writer) -> Told:
            status, *_ = writer.send()
            return Told(status, free.is_set())

        return list(pool.map(send, writers))


def test_who_sends_while_the_database_is_held_for_a_while_is_served(
    app: Flask, writers: list[Writer], pytestconfig: pytest.Config
) -> None:
    told = send_meanwhile(app, writers, seconds=5.0 if pytestconfig.getoption("full") else 1.0)
    assert (told, count_sent(app)) == ([Told(SEE_OTHER, was_free=True)] * len(writers), len(writers))


def test_a_portal_that_does_not_wait_for_a_held_database_is_found_out(
    app: Flask, writers: list[Writer]
) -> None:
    with patience(app, milliseconds=1):
        told = send_meanwhile(app, writers, seconds=30.0)
    assert (told, count_sent(app)) == ([Told(UNAVAILABLE, was_free=False)] * len(writers), 0)


@contextmanager
def lying_to(app: Flask, langs: Sequence[str]) -> Iterator[None]:
    """Break the portal: who writes in these languages has a receipt before anything is kept."""

    def lie() -> Response | None:
        said = request.path.split("/")[1]
        return Response(status=SEE_OTHER) if request.method == "POST" and said in langs else None

    asked = app.before_request_funcs.setdefault(None, [])
    asked.insert(0, lie)
    try:
        yield
    finally:
        asked.remove(lie)


def test_receipts_before_a_text_is_kept_are_found_out(app: Flask, writers: list[Writer]) -> None:
    """Though somebody else waits as they should, so that the database is free when all is over."""
    with lying_to(app, LANGUAGES[1:]):
        told = send_meanwhile(app, writers, seconds=2.0)
    served, lied_to = Told(SEE_OTHER, was_free=True), Told(SEE_OTHER, was_free=False)
    assert (told, count_sent(app)) == ([served, *[lied_to] * len(LANGUAGES[1:])], 1)


def send_in_vain(app: Flask, writers: list[Writer], *, full: bool) -> list[tuple[int, str, bool]]:
    """Have everybody send to a portal that loses its patience; return the answers."""
    with (
        patience(app, milliseconds=0 if full else SHORT),
        held_database(app, seconds=30.0) as free,
        ThreadPoolExecutor(len(writers)) as pool,
    ):
        answers = list(pool.map(Writer.send, writers))
        assert not free.is_set()
    return answers


def test_who_sends_while_it_is_held_for_long_gets_the_text_back_and_can_send_it_later(
    app: Flask, writers: list[Writer], pytestconfig: pytest.Config
) -> None:
    answers = send_in_vain(app, writers, full=pytestconfig.getoption("full"))
    assert answers == [(UNAVAILABLE, say(app, lang, HEADINGS[503]), True) for lang in LANGUAGES]
    assert count_sent(app) == 0
    assert [writer.send()[0] for writer in writers] == [SEE_OTHER] * len(writers)


def test_a_portal_that_breaks_at_a_held_database_is_found_out(app: Flask, writers: list[Writer]) -> None:
    with silent_about_databases(app):
        answers = send_in_vain(app, writers, full=False)
    assert [status for status, *_ in answers] == [BROKEN] * len(writers)
