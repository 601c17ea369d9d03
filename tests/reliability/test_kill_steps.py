"""A process dies at each step of keeping a text or a photo: it is there whole, or not at all."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, delete, func, select

from portal.database import transaction
from portal.domain.receipt_code import derive_code, hash_code
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import (
    Attachment,
    AuditEntry,
    Consent,
    Event,
    OutboxMail,
    RateBucket,
    Revision,
    Submission,
)
from tests.reliability.mortals import (
    ANSWER,
    ANSWERED,
    COMMIT,
    RENAME,
    SYNC_FILE,
    SYNC_FOLDER,
    Mortals,
    Order,
    Outcome,
    Post,
)
from tests.reliability.serving import read_code
from tests.support.bad_input import ONE_DATABASE
from tests.support.form_writer import ANSWERS, PITCH, open_form
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form
from tests.support.sender import send_text

NOTHING = (0, 0, 0, 0, 0, 0)
WHOLE = (1, 1, 2, 1, 1, 1)
"""Submission, revision, two consents, event, letter and entry of the audit log."""
PHOTOS = "/uk/my/photos"
KEEPING = (SYNC_FILE, RENAME, SYNC_FOLDER, "INSERT INTO attachment", COMMIT, ANSWER)
"""The order in which a photo is kept."""


@dataclass(frozen=True)
class Mill:
    """The application, and processes that answer for it and die."""

    app: Flask
    mortals: Mortals

    def work(self, *posts: Post, answers_early: bool = False) -> list[Outcome]:
        """Have the posts answered, each in a process of its own."""
        with self.app.app_context():
            settings = current_portal().settings
        order = Order(str(settings.instance), settings.database, posts, answers_early=answers_early)
        return self.mortals.run(order)


@pytest.fixture
def mill(opened: Flask, mortals: Mortals) -> Mill:
    """Processes that answer for the application."""
    return Mill(opened, mortals)


class Browser:
    """Somebody with the form of a pitch filled in."""

    def __init__(self, app: Flask) -> None:
        self.app, self.client = app, app.test_client()
        self.fields = {**open_form(self.client), **ANSWERS}

    def post(self, die_at: int | None = None) -> Post:
        return Post(PITCH, read_cookie(self.client), self.fields, die_at=die_at)

    def read_kept(self) -> tuple[int, ...]:
        """Return how many rows there are of everything that belongs to the pitch."""
        with self.app.app_context():
            secret = current_portal().instance.receipt_secret
            receipt = hash_code(secret, derive_code(secret, self.fields["form_key"]))
            found = db.session.execute(
                select(Submission.id, Submission.public_id).where(Submission.receipt_hash == receipt)
            ).all()
            ids, names = [row.id for row in found], [row.public_id for row in found]
            owned = (Revision, Consent, Event, OutboxMail)
            return (
                len(found),
                *(count(table.submission_id.in_(ids)) for table in owned),
                count(AuditEntry.about.in_(names)),
            )

    def send_again(self) -> str:
        """Send the form once more; return the code of the receipt, which the form already knew."""
        answer = self.client.post(PITCH, data=self.fields, follow_redirects=True)
        return read_code(answer.text)

    def read_code(self) -> str:
        with self.app.app_context():
            return derive_code(current_portal().instance.receipt_secret, self.fields["form_key"])


def count(which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(which)) or 0


def read_cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("portal")
    assert cookie is not None
    return cookie.value


def let_hours_pass(app: Flask) -> None:
    """Empty the buckets: what is tried here is not how many may send at once."""
    with app.app_context(), transaction() as session:
        session.execute(delete(RateBucket))


def is_change(step: str) -> bool:
    """Say whether a step leaves something different: dying before a look is dying after the change before."""
    return step in {COMMIT, ANSWER, ANSWERED} or step.startswith(("INSERT", "UPDATE", "DELETE"))


def die_at_every_step(
    mill: Mill, *, answers_early: bool = False, last: int = 0
) -> list[tuple[Browser, Outcome]]:
    """Send a pitch once for every step, or the `last` ones, and die before that step."""
    app = mill.app
    let_hours_pass(app)
    (whole,) = mill.work(Browser(app).post())
    points = [at for at, step in enumerate(whole.steps) if is_change(step)][-last:]
    browsers = [Browser(app) for _ in points]
    let_hours_pass(app)
    posts = [browser.post(at) for at, browser in zip(points, browsers, strict=True)]
    return list(zip(browsers, mill.work(*posts, answers_early=answers_early), strict=True))


def list_losses(died: Sequence[tuple[Browser, Outcome]]) -> list[tuple[str, tuple[int, ...]]]:
    """Return the last step of processes that left half of a pitch, or none of one they had answered for."""
    losses = []
    for browser, outcome in died:
        kept = browser.read_kept()
        if kept != WHOLE and (kept != NOTHING or outcome.status):
            losses.append((outcome.steps[-1] if outcome.steps else "", kept))
    return losses


def test_a_pitch_is_there_whole_or_not_at_all_wherever_its_process_dies(mill: Mill) -> None:
    died = die_at_every_step(mill)
    assert list_losses(died) == []
    # What was committed is there, also where nobody could be told any more.
    assert [browser.read_kept() for browser, _outcome in died[-2:]] == [WHOLE, WHOLE]
    let_hours_pass(mill.app)
    codes = [(browser.send_again(), browser.read_code()) for browser, _outcome in died]
    assert [shown for shown, _known in codes] == [known for _shown, known in codes]
    assert {browser.read_kept() for browser, _outcome in died} == {WHOLE}


@ONE_DATABASE
def test_a_portal_that_answers_before_it_commits_is_found_out(mill: Mill) -> None:
    assert list_losses(die_at_every_step(mill, answers_early=True, last=3)) == [(ANSWER, NOTHING)]


def test_a_pitch_is_committed_once_and_answered_after_that(mill: Mill) -> None:
    (whole,) = mill.work(Browser(mill.app).post())
    assert [step for step in whole.steps if step in {COMMIT, ANSWER}] == [COMMIT, ANSWER]


class Photographer:
    """Somebody whose private page is open, with a photo of a colour that nobody else has."""

    def __init__(self, app: Flask, number: int) -> None:
        self.app, self.client = app, app.test_client()
        self.submission_id = send_text(app, self.client, datetime.now(UTC), stage=Stage.STORY).submission_id
        self.fields = find_form(self.client.get(PHOTOS).text, field="photo")["values"]
        self.photo = make_picture(colour=f"#{number + 1:06x}")

    def post(self, die_at: int | None = None) -> Post:
        photo = base64.b64encode(self.photo).decode()
        return Post(PHOTOS, read_cookie(self.client), self.fields, photo, die_at=die_at)

    def count_kept(self) -> int:
        """Return how many photos are there."""
        with self.app.app_context():
            return count(Attachment.submission_id == self.submission_id)


def list_missing_files(app: Flask) -> list[str]:
    """Return the photos that have a row and no file."""
    with app.app_context():
        folder = current_portal().instance.files_folder
        names = db.session.scalars(select(Attachment.public_id))
        return [name for name in names if not (folder / name).is_file()]


def test_no_photo_is_there_without_its_file_wherever_its_process_dies(mill: Mill) -> None:
    (whole,) = mill.work(Photographer(mill.app, 0).post())
    # What is said about the other photos is committed first, by itself.
    first = whole.steps.index(SYNC_FILE)
    assert [step for step in whole.steps[first:] if step in KEEPING] == list(KEEPING)
    points = [step for step, name in enumerate(whole.steps) if step >= first and name in {*KEEPING, ANSWERED}]
    people = [Photographer(mill.app, number + 1) for number in range(len(points))]
    died = mill.work(*(person.post(step) for person, step in zip(people, points, strict=True)))
    assert list_missing_files(mill.app) == []
    told = [bool(outcome.status) for outcome in died]
    kept = [person.count_kept() for person in people]
    unkept = len(points) - 2
    assert (told, kept) == ([*[False] * (unkept + 1), True], [*[0] * unkept, 1, 1])
    again = mill.work(people[unkept - 1].post(), people[unkept].post())
    assert ([one.status for one in again], people[unkept - 1].count_kept(), people[unkept].count_kept()) == (
        [303, 303],
        1,
        1,
    )
    assert list_missing_files(mill.app) == []
