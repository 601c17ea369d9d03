"""What is erased is out of the raw files of both databases, or the page says how long it is not."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from portal.cli.doctor.database import examine_database
from portal.cli.doctor.findings import Kind
from portal.cli.retention import erase_what_is_due, sweep_traces
from portal.database import transaction
from portal.domain.states import Stage
from portal.domain.sweeps import SMALL_BYTES, may_rewrite
from portal.domain.unsent_words import UnsentPlace, UnsentWords
from portal.extensions import current_portal, db
from portal.mail.deliver import FolderCarrier, deliver_due
from portal.models import OutboxMail, Submission, SweepRequest
from portal.operations.erasure import erase
from portal.operations.file_removal import name_partial
from portal.operations.private.unsent import keep_words
from tests.integration.private.test_erasure import press_erase, write_until_approval
from tests.support.concurrency import before_statements
from tests.support.contributor import Contributor
from tests.support.factories import make_sending, make_submission, make_unsent
from tests.support.html_pages import read_tree
from tests.support.photos import keep_picture, keep_sent
from tests.support.search import read_for_search
from tests.support.stored_words import read_copy

GONE = "None of it is left in our database or our files."
NOT_YET = "Remnants that no page shows can stay in our files for up to 24 hours."
SERVER = (
    "The database server keeps a log of its own. It still contains what was erased until "
    "newer entries replace it; where little is written, that can take weeks."
)
BACKUPS = "Backups may contain your text until newer ones replace them. This site does not know when that is."
SAID = {"sqlite": [GONE, BACKUPS], "postgresql": [NOT_YET, SERVER, BACKUPS]}


class Person(Contributor):
    """A contributor with a word nobody else has written, in any test of this run, and the search knows."""

    def __init__(self, app: Flask, client: FlaskClient, at: datetime) -> None:
        super().__init__(app, client, at)
        self.word, self.neighbour = (f"слово{secrets.token_hex(8)}" for _ in range(2))

    @property
    def database(self) -> str:
        with self.app.app_context():
            return db.engine.dialect.name

    def write(self) -> None:
        """Write the word into everything, before, between and after the texts of others."""
        self.stand_beside()
        write_until_approval(self, self.word)
        with self.app.app_context(), transaction() as session:
            submission, at = session.get_one(Submission, self.submission_id), self.at
            words = UnsentWords(UnsentPlace.THREAD, {"body": self.word})
            keep_words(session, submission, words, keys=current_portal().instance.keys, at=at)
            make_unsent(session, submission, at, Stage.STORY, story=self.word)
            keep_picture(session, submission, at=at)
            keep_sent(session, submission, at=at, content=self.word.encode(), name=self.word)
            for mail in session.scalars(select(OutboxMail).where(OutboxMail.submission_id == submission.id)):
                mail.subject = mail.body = self.word
                letters = current_portal().instance.mail_folder
                for name in (f"{mail.public_id}.eml", name_partial(mail.public_id)):
                    (letters / name).write_text(self.word)
        self.stand_beside()
        read_for_search(self.app)
        with self.app.app_context():
            db.session.execute(text("ANALYZE"))  # which samples what stands in columns
            db.session.commit()

    def stand_beside(self) -> None:
        """Have somebody else send a story, which stays."""
        with self.app.app_context(), transaction() as session:
            words = dict.fromkeys(("title", "story", "bio"), self.neighbour)
            make_submission(session, self.at, Stage.STORY, sending=make_sending(Stage.STORY, **words))

    def find(self) -> set[str]:
        """Return whose words stand in the raw files."""
        return read_copy(self.app, [self.word, self.neighbour])

    def erase_and_die(self) -> None:
        """Erase, and do nothing of what comes after the commit."""
        with self.app.app_context(), transaction() as session:
            erase(session, session.get_one(Submission, self.submission_id), by=None, at=self.at)

    def sweep(self) -> None:
        """Let the worker come by."""
        sweep_traces(self.app, at=self.at)


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Person]:
    with time_machine.travel(at, tick=False):
        made = Person(app, client, at)
        made.write()
        yield made


def read_list(page: str) -> list[str]:
    return ["".join(one.itertext()) for one in read_tree(page).iterfind(".//main//ul/li")]


def test_what_the_page_says_of_the_files_is_so(person: Person) -> None:
    before = person.find()
    said = read_list(press_erase(person))
    left = {person.neighbour} if GONE in said else before
    assert (len(before), said, person.find()) == (2, SAID[person.database], left)


@pytest.mark.either_database
def test_what_the_clock_erases_leaves_the_files_too(person: Person) -> None:
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        submission.call.closes_at, submission.call.unpublished_kept_months = person.at - timedelta(days=40), 1
    erase_what_is_due(person.app, at=person.at)
    person.sweep()
    assert person.find() == set()


def hold_old_state(person: Person) -> Any:
    """Begin to read, as a long export or a copy does, and go on reading."""
    with person.app.app_context():
        reader = db.engine.connect().execution_options(portal_snapshot=True)
    reader.execute(select(Submission.id)).all()
    return closing(reader)


def test_while_somebody_reads_what_was_there_it_stays_and_the_page_says_so(person: Person) -> None:
    with hold_old_state(person):
        said = read_list(press_erase(person))
        person.sweep()
        held = person.find()
    person.sweep()
    assert (said[0], held, person.find()) == (NOT_YET, {person.word, person.neighbour}, {person.neighbour})


def test_a_sweep_that_was_killed_at_its_end_is_done_again(person: Person) -> None:
    person.erase_and_die()
    with before_statements(die_at("DELETE FROM sweep_request"), person.app), pytest.raises(KeyboardInterrupt):
        person.sweep()
    person.sweep()
    assert (person.find(), count_requests(person.app)) == ({person.neighbour}, 0)


def die_at(words: str) -> Callable[..., None]:
    """Return what dies when a statement begins so."""

    def die(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(words):
            raise KeyboardInterrupt

    return die


def count_requests(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(SweepRequest)) or 0


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_table_that_is_in_use_is_left_until_it_is_not(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    person = Person(app, client, at)
    person.send()
    person.erase_and_die()
    with person.app.app_context(), db.engine.connect() as user:
        user.execute(text("LOCK TABLE note IN ROW EXCLUSIVE MODE"))
        person.sweep()
        waiting = count_requests(person.app)
    person.sweep()
    assert (waiting, count_requests(person.app)) == (1, 0)


@pytest.mark.parametrize(
    ("size", "hour", "may"),
    [
        (SMALL_BYTES, 12, True),
        (SMALL_BYTES + 1, 1, False),
        (SMALL_BYTES + 1, 2, True),
        (SMALL_BYTES + 1, 6, False),
    ],
)
def test_large_tables_wait_for_the_night(at: datetime, size: int, hour: int, *, may: bool) -> None:
    assert may_rewrite(size, at=at.replace(hour=hour)) is may


class SlowCarrier(FolderCarrier):
    """Writes a letter while its author erases the text."""

    person: Person

    def carry(self, message: EmailMessage, mail_id: str) -> None:
        """Erase, clear away, and only then write."""
        self.person.erase_and_die()
        self.person.sweep()
        super().carry(message, mail_id)


def test_a_letter_written_while_its_text_goes_goes_too(app: Flask, client: FlaskClient, at: datetime) -> None:
    person = Person(app, client, at)
    person.send()
    with app.app_context():
        portal = current_portal()
        carrier = SlowCarrier(portal.instance.mail_folder)
        object.__setattr__(carrier, "person", person)
        deliver_due(portal, carrier, clock=lambda: at)
        letters = portal.instance.mail_folder
    written = len(list(letters.iterdir()))
    person.sweep()
    assert (written, list(letters.iterdir())) == (1, [])


def test_the_doctor_says_when_remnants_stay_longer_than_authors_are_told(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    person = Person(app, client, at)
    person.send()
    person.erase_and_die()
    found = [
        [one.kind for one in examine_database(app, at=at + late) if one.kind is Kind.REMNANTS_LEFT]
        for late in (timedelta(hours=24), timedelta(hours=25))
    ]
    assert found == [[], [Kind.REMNANTS_LEFT]]
