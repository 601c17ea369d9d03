"""Several web workers, each a process of its own: what holds within one holds between them too."""

import http.client
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import AuditEntry, Draft
from portal.operations.private.photos import describe_picture
from tests.reliability.dying import place_of
from tests.reliability.faulty import know_own_forms_alone, tell_no_length
from tests.reliability.serving import Line, Served, open_apart, read_code, serve_web
from tests.reliability.test_export_killed import PAGE, is_whole
from tests.reliability.test_races import (
    MY,
    REASON,
    SEE_OTHER,
    WORDS,
    Race,
    count_rows,
    is_fair,
    read_left,
    word_later,
)
from tests.support.concurrency import act_at_once
from tests.support.factories import make_call, make_staff, make_submission
from tests.support.form_writer import ANSWERS, PITCH
from tests.support.leaving_stories import make_approved, make_story
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form
from tests.support.staff import enter

ACTS = (Act.ACCEPT, Act.DECLINE)
ONE_DATABASE = pytest.mark.parametrize("own_app", ["sqlite"], indirect=True)
"""For faults of the web server, whatever keeps its data."""
BROKEN = 500
BIG = 24 * 1024 * 1024
"""Bytes; more than ever is on the way between two processes."""


@dataclass(frozen=True)
class ServedPortal:
    """A portal that is served, and the same portal here, to look into it."""

    app: Flask
    served: Served

    def sign_in(self) -> Mapping[str, str]:
        """Return the cookies of an editor."""
        with self.app.app_context(), transaction() as session:
            known = make_staff(session, Role.EDITOR).fs_uniquifier
        return read_cookies(enter(self.app.test_client(), known))


def read_cookies(client: FlaskClient) -> Mapping[str, str]:
    cookie = client.get_cookie("portal")
    assert cookie is not None
    return {"portal": cookie.value}


@contextmanager
def serve_portal(app: Flask, break_it: Callable[[], None] | None = None) -> Iterator[ServedPortal]:
    """Serve a portal with two web workers and an open call; `break_it` is a fault to be turned on in them."""
    with app.app_context(), transaction() as session:
        make_call(session, datetime(2020, 1, 1, tzinfo=UTC))
    with serve_web(place_of(app), workers=2, break_it=break_it) as served:
        yield ServedPortal(app, served)


@pytest.fixture
def portal(own_app: Flask) -> Iterator[ServedPortal]:
    """A portal with two web workers and an open call."""
    with serve_portal(own_app) as opened:
        yield opened


def decide_at_once(portal: ServedPortal, lines: Sequence[Line]) -> Race:
    """Let two editors, each at another worker, decide about a fresh story at the same moment."""
    with portal.app.app_context(), transaction() as session:
        public_id = make_submission(session, datetime.now(UTC), Stage.STORY).public_id
    posts = []
    for line, act in zip(lines, ACTS, strict=True):
        form = find_form(line.ask(f"/desk/submission/{public_id}").text, action=f"/{act}")
        words = {"reason": REASON} if act is Act.DECLINE else {}
        posts.append(partial(line.ask, form["action"], {**form["values"], **words, "body": WORDS[act]}))
    answers = act_at_once(posts)
    won = [act for act, answer in zip(ACTS, answers, strict=True) if answer.status == SEE_OTHER]
    later = [word_later(one.status, one.text) for one in answers if one.status != SEE_OTHER]
    return Race(won, later, read_left(portal.app, public_id))


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> int:
    """How often two people try."""
    return 100 if pytestconfig.getoption("full") else 3


def test_of_what_happens_at_once_in_two_processes_one_thing_counts(portal: ServedPortal, rounds: int) -> None:
    """Races that nothing keeps fair are found out in `test_races`, by the same `is_fair`."""
    with ExitStack() as stack:
        lines = open_apart(portal.served, [portal.sign_in() for _ in ACTS], stack)
        unfair = [
            race for race in (decide_at_once(portal, lines) for _ in range(rounds)) if not is_fair(race)
        ]
        assert (unfair, len({line.find_worker() for line in lines})) == ([], 2)
    assert post_twins(portal) == ({SEE_OTHER}, 1, [1, 1, 1, 1])


@ONE_DATABASE
def test_workers_that_know_only_forms_of_their_own_are_found_out(own_app: Flask) -> None:
    """The database lets nothing in twice even then, but half of the posts end on the page of a fault."""
    with serve_portal(own_app, know_own_forms_alone) as portal:
        assert post_twins(portal) == ({SEE_OTHER, BROKEN}, 2, [1, 1, 1, 1])


def post_twins(portal: ServedPortal) -> tuple[set[int], int, list[int]]:
    """Send eight equal posts at once, half of them to each worker.

    Returns the statuses, how many codes are shown, and how much more there is of what `count_rows` counts.
    """
    before = count_rows(portal.app)
    with ExitStack() as stack:
        fields, cookies = open_pitch(portal, stack)
        twins = open_apart(portal.served, [cookies] * 8, stack)
        answers = act_at_once([partial(twin.ask, PITCH, fields) for twin in twins])
        codes = {read_code(twin.ask(f"{MY}/receipt").text) for twin in twins}
    added = [now - then for now, then in zip(count_rows(portal.app), before, strict=True)]
    return {answer.status for answer in answers}, len(codes), added


def open_pitch(portal: ServedPortal, stack: ExitStack) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return a pitch that is filled in and the cookies of the browser that has it open."""
    first = stack.enter_context(Line(portal.served, {}))
    form = find_form(first.ask(PITCH).text, field="form_key")
    return {**form["values"], **ANSWERS}, first.cookies


def add_big_story(app: Flask) -> None:
    """Have a story ready to leave, with a photo that takes a while to send."""
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        submission = make_approved(session, at, make_story()).submission
        picture = keep_picture(session, submission, at=at, content=os.urandom(BIG))
        words = PictureWords("Полиця", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)
        describe_picture(session, submission, picture, words, at=at)


def count_exports(app: Flask) -> tuple[int, int]:
    """Return how many drafts count as exported, and how many exports the log knows."""
    with app.app_context():
        drafts = select(func.count()).where(Draft.exported_revision == Draft.revision)
        acts = select(func.count()).where(AuditEntry.act == "export")
        return db.session.scalar(drafts) or 0, db.session.scalar(acts) or 0


def load_from_dying(line: Line) -> tuple[bytes, bool]:
    """Load the export over a proxy, whose worker dies after some bytes.

    Returns the first bytes, and whether the reader can tell that this is not all.
    """
    fields, worker = fill_in_export(line), line.find_worker()
    answer = line.begin(PAGE, fields, as_proxy=True)
    begun = answer.read(100)
    os.kill(worker, signal.SIGKILL)
    try:
        answer.read()
    except (http.client.IncompleteRead, ConnectionResetError):
        return begun, True
    return begun, False


def fill_in_export(line: Line) -> Mapping[str, Any]:
    form = find_form(line.ask(PAGE).text, action="/export")
    return {**form["values"], "all_approved": "y", "format": "bundle"}


@pytest.mark.either_database
def test_who_loads_an_export_whose_worker_dies_sees_that_it_is_not_whole(
    portal: ServedPortal, tmp_path: Path
) -> None:
    """What `is_whole` finds out is shown in `test_export_killed`."""
    add_big_story(portal.app)
    with ExitStack() as stack:
        (line,) = open_apart(portal.served, [portal.sign_in()], stack)
        begun, is_told = load_from_dying(line)
        after_kill = count_exports(portal.app)
        again = stack.enter_context(Line(portal.served, line.cookies))
        whole = again.begin(PAGE, fill_in_export(again)).read()
    (tmp_path / "stories.zip").write_bytes(whole)
    assert (is_told, whole[:100], is_whole(tmp_path / "stories.zip")) == (True, begun, True)
    assert (after_kill, count_exports(portal.app)) == ((1, 1), (1, 2))


@ONE_DATABASE
def test_an_export_that_does_not_say_how_long_it_is_is_found_out(own_app: Flask) -> None:
    add_big_story(own_app)
    with serve_portal(own_app, tell_no_length) as portal, ExitStack() as stack:
        (line,) = open_apart(portal.served, [portal.sign_in()], stack)
        begun, is_told = load_from_dying(line)
    assert (begun[:2], is_told) == (b"PK", False)
