"""A new key for everything sealed: while the site runs, and after being killed anywhere on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import LargeBinary, insert, select, update

from portal.cli import portal
from portal.cli.instance_lock import lock_serving
from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.recommendations import Advice
from portal.domain.unsent_words import UnsentPlace
from portal.domain.ways_in import WayIn
from portal.extensions import current_portal, db
from portal.models import (
    Attachment,
    Autosave,
    Base,
    ContributorSession,
    Draft,
    DraftComment,
    ExportFile,
    Note,
    OriginalFile,
    PageWords,
    Recommendation,
    Revision,
    SavedView,
    Target,
    UnsavedEdit,
)
from portal.operations.coverages.draft_fields import add_save, fields_of
from portal.operations.key_rotation import (
    BATCH,
    SEALED,
    count_uses,
    seal_batch,
    select_envelopes,
    write_batch,
)
from portal.sealing.keys import (
    KeyRing,
    answers_place,
    export_key_place,
    file_facts_place,
    file_key_place,
    file_name_place,
    form_key_place,
    key_of,
    note_place,
    page_words_place,
    picture_words_place,
    recommendation_place,
    saved_view_place,
    unsent_form_key_place,
)
from portal.sealing.ring_file import RingFile
from tests.support.factories import make_call, make_staff, make_submission, make_unsent
from tests.support.hostile_portal import OPEN_BYTES
from tests.support.statements import count_rows, listening

pytestmark = pytest.mark.either_database

ROOT = Path(__file__).resolve().parents[3]
MANY = 200
"""Four parts of fifty."""

DIES = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
from portal.cli import portal

moment, left = sys.argv[1], int(sys.argv[2])

def die(session):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Session, moment, die)
portal(["keys", "rotate"])
"""
"""The command in a process that SIGKILL ends at a commit: no handler runs, nothing is tidied up."""

SECRET = b"olena@example.org"


@dataclass(frozen=True)
class Site:
    """A running site with envelopes in every sealed column."""

    app: Flask
    environ: Mapping[str, str]
    ring_file: RingFile
    ring: KeyRing

    def run_and_die(self, moment: str, commit: int) -> int:
        """Rotate in a process of its own that is killed at a commit; return how it ended."""
        started = subprocess.run(
            [sys.executable, "-c", DIES, moment, str(commit)],
            cwd=ROOT,
            env={**os.environ, **self.environ},
            capture_output=True,
            check=False,
            timeout=120,
        )
        return started.returncode

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the command to its end."""
        done = CliRunner().invoke(portal, ("keys", *arguments), env=self.environ)
        return done.exit_code, done.output

    def read_envelopes(self) -> list[tuple[bytes, str]]:
        """Return every envelope with its place, read as the code that opens it would."""
        with self.app.app_context():
            found = [
                (envelope, sealed.place(*parts))
                for sealed in SEALED
                for _row_id, envelope, *parts in db.session.execute(select_envelopes(sealed))
            ]
        return [(envelope, place) for envelope, place in found if envelope is not None]

    def count_opened(self) -> int:
        """Return how many envelopes the running site opens."""
        return sum(bool(self.ring.open(envelope, place)) for envelope, place in self.read_envelopes())

    def count_current(self) -> int:
        """Return how many envelopes the current key closes."""
        with self.app.app_context():
            uses = count_uses(db.session())
            db.session.rollback()
        return uses.get(self.ring_file.read()[1], 0)

    def let_it_settle(self) -> None:
        """Let ten minutes pass for the ring."""
        past = time.time() - 601
        os.utime(self.ring_file.path, (past, past))


def seal_everywhere(app: Flask, at: datetime, many: int) -> int:
    """Put an envelope into every sealed column, and many into one; return how many there are."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        submission = make_submission(session, at)
        session.flush()
        ring = current_portal().instance.keys
        draft_id, file_id, note_id, words_id, sent_id = ("a" * 32, "b" * 32, "d" * 32, "e" * 32, "f" * 32)
        session.add(
            Note(
                public_id=note_id,
                submission_id=submission.id,
                sealed=ring.seal(SECRET, note_place(note_id)),
                written_at=at,
            )
        )
        session.add(
            Recommendation(
                public_id=note_id,
                submission_id=submission.id,
                advice=Advice.ASK,
                sealed=ring.seal(SECRET, recommendation_place(note_id)),
                sent_number=1,
                reads=True,
                given_at=at,
            )
        )
        session.add(
            PageWords(
                public_id=words_id,
                submission_id=submission.id,
                place=UnsentPlace.THREAD,
                sealed=ring.seal(SECRET, page_words_place(words_id)),
                saved_at=at,
            )
        )
        writing = make_unsent(session, submission, at)
        writing.sealed_form_key = ring.seal(SECRET, unsent_form_key_place(writing.public_id))
        draft = Draft(
            public_id=draft_id, submission_id=submission.id, lang="uk", title="", body="", revision=1
        )
        draft.accepted_at = draft.edited_at = at
        session.add(draft)
        draft.byline = "Олена"
        add_save(draft, fields_of(draft), by=None, at=at)
        session.flush()
        unsaved = UnsavedEdit(draft_id=draft.id, began_with=1, saved_at=at, open_at=at)
        session.add(unsaved)
        session.flush()
        unsaved.fields = fields_of(draft)
        autosave = Autosave(public_id="6" * 32, draft_id=draft.id, saved_at=at)
        session.add(autosave)
        autosave.fields = fields_of(draft)
        comment = DraftComment(public_id="5" * 32, draft_id=draft.id, written_at=at)
        session.add(comment)
        comment.words = "Олена"
        session.add(
            Attachment(
                public_id=file_id,
                submission_id=submission.id,
                sealed_name=ring.seal(SECRET, file_name_place(file_id)),
                sealed_words=ring.seal_map({"credit": "Олена"}, picture_words_place(file_id)),
                sealed_key=ring.seal(SECRET, file_key_place(file_id)),
                sealed_facts=ring.seal_map({"width": 1}, file_facts_place(file_id)),
                sha256="c" * 64,
                size=1,
                position=1,
                received_at=at,
            )
        )
        session.add(
            OriginalFile(
                public_id=sent_id,
                submission_id=submission.id,
                sealed_key=ring.seal(SECRET, file_key_place(sent_id)),
                sealed_facts=ring.seal_map({"name": "Олена"}, file_facts_place(sent_id)),
                sha256="d" * 64,
                size=1,
                received_at=at,
            )
        )
        target = Target(
            public_id="9" * 32,
            coverage_id=submission.call.coverage_id,
            lang="uk",
            name="Site",
            address="https://site.example",
        )
        session.add(target)
        target.account = "Олена"
        session.add(
            SavedView(
                public_id="8" * 32,
                owner_id=make_staff(session, Role.EDITOR).id,
                sealed=ring.seal(SECRET, saved_view_place("8" * 32)),
            )
        )
        session.add(
            ExportFile(
                public_id="7" * 32,
                coverage_id=submission.call.coverage_id,
                format="bundle",
                sealed_key=ring.seal(SECRET, export_key_place("7" * 32)),
                asked_at=at,
            )
        )
        session.execute(
            insert(ContributorSession),
            [
                {
                    "token_hash": f"{number:064}",
                    "submission_id": submission.id,
                    "sealed_form_key": ring.seal(SECRET, form_key_place(f"{number:064}")),
                    "way_in": WayIn.FORM,
                    "expires_at": at + timedelta(hours=2),
                }
                for number in range(many)
            ],
        )
        return len(SEALED) - 1 + many


def make_site(app: Flask) -> Site:
    made = app.extensions["portal"]
    environ = {
        "PORTAL_INSTANCE": str(made.instance.folder),
        "PORTAL_DATABASE_URL": made.settings.database_url,
    }
    return Site(app, environ, made.instance.ring_file, made.instance.keys)


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """The site of this run; what a test does to its ring is put back to one key."""
    made = make_site(app)
    yield made
    keys, current = made.ring_file.read()
    made.ring_file.drop_keys(set(keys) - {current})


def test_keys_are_changed_while_the_site_is_served(site: Site, at: datetime) -> None:
    number = seal_everywhere(site.app, at, 1)
    with lock_serving(site.ring_file.path.parent):
        code, _said = site.run("rotate")
    assert (code, site.count_current()) == (0, number)


def test_every_column_of_bytes_is_sealed_again() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert {f"{one.column.class_.__tablename__}.{one.column.key}" for one in SEALED} == columns - OPEN_BYTES


def test_everything_is_sealed_with_the_new_key(site: Site, at: datetime) -> None:
    number = seal_everywhere(site.app, at, 3)
    code, said = site.run("rotate")
    assert (code, said.splitlines()[1], site.count_current()) == (0, f"Sealed again: {number}", number)


def test_the_running_site_opens_what_was_sealed_again(site: Site, at: datetime) -> None:
    number = seal_everywhere(site.app, at, 3)
    site.run("rotate")
    assert site.count_opened() == number


def test_the_running_site_seals_with_the_new_key(site: Site, at: datetime) -> None:
    site.run("rotate")
    assert key_of(site.ring.seal(SECRET, "here")) == site.ring_file.read()[1]


@pytest.mark.parametrize(
    ("moment", "commit"),
    [
        ("before_commit", 1),
        ("after_commit", 1),
        ("before_commit", 7),
        ("after_commit", 7),
    ],
    ids=["in the first part", "after the first part", "in the middle", "later"],
)
def test_killed_on_the_way_it_goes_on_where_it_was(
    site: Site, at: datetime, moment: str, commit: int
) -> None:
    number = seal_everywhere(site.app, at, MANY)
    died = site.run_and_die(moment, commit)
    after_the_kill = (died, site.count_opened(), len(site.ring_file.read()[0]))
    _code, said = site.run("rotate")
    goes_on = said.startswith("Going on with the rotation that was begun.")
    assert after_the_kill == (-signal.SIGKILL, number, 2)
    assert (goes_on, site.count_current(), site.count_opened()) == (True, number, number)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # where one who writes holds up all others
def test_a_transaction_writes_a_part_and_looks_for_none(site: Site, at: datetime) -> None:
    """Who looks for envelopes of other keys may read a whole column: nobody waits for that."""
    seal_everywhere(site.app, at, MANY)
    with listening() as sent:
        site.run("rotate")
    of_sessions = [one for one in sent if one[0].startswith("UPDATE contributor_session")]
    assert [count_rows(one) for one in of_sessions] == [BATCH] * (MANY // BATCH)
    assert {before[0] for before, one in pairwise(sent) if one in of_sessions} == {"BEGIN IMMEDIATE"}


def test_the_old_key_stays_while_a_request_may_use_it(site: Site, at: datetime) -> None:
    site.run("rotate")
    code, said = site.run("rotate", "--drop-old")
    assert (code, said.startswith("Error: The ring was changed less than ten minutes ago")) == (1, True)


def test_ten_minutes_later_the_old_key_goes(site: Site, at: datetime) -> None:
    number = seal_everywhere(site.app, at, 3)
    (old,) = site.ring_file.read()[0]
    site.run("rotate")
    site.let_it_settle()
    _code, said = site.run("rotate", "--drop-old")
    assert (said.splitlines()[-1], old in site.ring_file.read()[0], site.count_opened()) == (
        f"Taken out: {old.hex()}",
        False,
        number,
    )


def test_what_a_slow_request_still_sealed_with_the_old_key_is_sealed_again_first(
    site: Site, at: datetime
) -> None:
    slow = KeyRing(*site.ring_file.read())
    site.run("rotate")
    with site.app.app_context(), transaction() as session:
        make_call(session, at)
        submission = make_submission(session, at)
        session.flush()
        place = answers_place(submission.public_id, 1)
        session.scalars(select(Revision)).one().sealed = slow.seal(SECRET, place)
    site.let_it_settle()
    site.run("rotate", "--drop-old")
    assert site.count_opened() == len(site.read_envelopes())


def test_without_an_old_key_nothing_is_taken_out(site: Site) -> None:
    site.let_it_settle()
    _code, said = site.run("rotate", "--drop-old")
    assert said.splitlines()[-1] == "There is no old key that nothing uses."


def test_the_list_names_no_key_itself(site: Site, at: datetime) -> None:
    number = seal_everywhere(site.app, at, 3)
    keys, current = site.ring_file.read()
    _code, said = site.run("list")
    assert said == f"{current.hex()}\tcurrent\t{number}\n"
    assert [one for one in keys.values() if one.hex() in said] == []


def test_an_envelope_that_changed_meanwhile_is_left_as_it_is(app: Flask, at: datetime) -> None:
    seal_everywhere(app, at, 1)
    site = make_site(app)
    fresh = KeyRing({**site.ring.keys, b"new1": bytes(32)}, b"new1")
    (column,) = [one for one in SEALED if one.column is Revision.sealed]
    with app.app_context(), transaction() as session:
        batch = seal_batch(session, column, keys=fresh)
        session.execute(update(Revision).values(sealed=b"theirs"))
        write_batch(session, column, batch)
        left = session.scalars(select(Revision.sealed)).one()
        session.rollback()
    assert (len(batch.fresh), left) == (1, b"theirs")


def test_an_envelope_nobody_can_open_is_counted_and_kept(app: Flask, at: datetime) -> None:
    seal_everywhere(app, at, 1)
    site = make_site(app)
    stranger = KeyRing({b"new1": bytes(32)}, b"new1")
    (column,) = [one for one in SEALED if one.column is Revision.sealed]
    with app.app_context(), transaction() as session:
        batch = seal_batch(session, column, keys=stranger)
    assert (batch.fresh, batch.shut, site.count_opened()) == ([], 1, len(SEALED))
