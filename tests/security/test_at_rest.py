"""A copy of database and folder without the key ring: what it tells, and what nobody finds in it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, select, text

from portal.database import transaction
from portal.domain.deadlines import round_to_hour
from portal.domain.photos import PictureWords
from portal.domain.states import Stage
from portal.domain.unsent_words import UnsentPlace, UnsentWords
from portal.extensions import current_portal, db
from portal.mail.deliver import choose_carrier, deliver_due
from portal.models import Base, Submission
from portal.models.base import Moment
from portal.operations.private import author_acts
from portal.operations.private.messages import write_to_desk
from portal.operations.private.photos import describe_picture
from portal.operations.private.unsent import keep_words
from tests.conftest import AUDIT_LOG, LAST
from tests.support.canaries import find_in_rows
from tests.support.contributor import MY, Contributor
from tests.support.factories import ADDRESS, make_call, make_sending, make_submission
from tests.support.form_writer import open_form, save_by_script
from tests.support.photos import keep_document, keep_picture, make_picture
from tests.support.plain_browser import send_form
from tests.support.stored_words import (
    SEARCHED,
    holds_moment,
    list_hidden,
    make_canary,
    read_copy,
    send_everything,
)


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
        submissions = [
            make_submission(session, at, sending=one) for one in (calm, replace(hunted, sealed=words))
        ]
        assert [submission.at_risk for submission in submissions] == [False, True]
        one, other = (describe_rows(submission) for submission in submissions)
    assert one == other


OF_TEXT = ("submission", "revision", "consent", "event", "outbox_mail")


def describe_rows(submission: Submission, *tables: str) -> Mapping[str, Any]:
    """Return what a copy shows of a text: of envelopes the length, and nothing that is random by nature."""
    shown = {}
    for name in tables or OF_TEXT:
        table = Base.metadata.tables[name]
        of_submission = table.c.get("submission_id", table.c.id)
        rows = db.session.execute(select(table).where(of_submission == submission.id).order_by(table.c.id))
        for number, row in enumerate(rows.mappings()):
            for column in table.columns:
                is_random = re.search("hash|sha256|^id$|_id$|dedupe_key", column.name)
                value = row[column.name]
                envelope = isinstance(column.type, LargeBinary) and value is not None
                told = len(value) if envelope else None if is_random else value
                shown[f"{name} {number} {column.name}"] = told
    return shown


HERE = datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)
"""When a contributor does everything: to the microsecond, which nothing stored may say."""


def test_a_copy_says_in_which_hour_a_contributor_was_here_and_no_more(
    app: Flask, client: FlaskClient
) -> None:
    with time_machine.travel(HERE, tick=False):
        do_everything(Contributor(app, client, HERE))
    assert list_finer_times(app) == {"submission.undo_until"}
    empty_lanes(app)
    assert not holds_moment(app, HERE)
    with app.app_context():
        folders = (current_portal().instance.files_folder, current_portal().instance.mail_folder)
        written = [path.stat().st_mtime for one in folders for path in (one, *one.iterdir())]
    assert (len(written) > 4, [at for at in written if at % 3600]) == (True, [])


def test_a_moment_that_is_kept_is_found_in_a_copy(app: Flask, at: datetime) -> None:
    kept = at.replace(microsecond=141592)
    with app.app_context(), transaction() as session:
        make_submission(session, at).undo_until = kept
    assert holds_moment(app, kept)


def test_a_copy_tells_nothing_of_what_is_in_a_file(app: Flask, at: datetime) -> None:
    """Neither a known file is recognised, nor that two people sent the same, nor how much it is."""
    words = "Канарка в листі."
    with app.app_context(), transaction() as session:
        submissions = [make_submission(session, at, Stage.STORY) for _ in range(3)]
        same = [keep_document(session, submission, at=at, words=words) for submission in submissions[:2]]
        longer = keep_document(session, submissions[2], at=at, words=words * 99)
        for submission, size in zip(submissions, ((64, 48), (64, 48), (300, 40)), strict=True):
            keep_picture(session, submission, at=at, content=make_picture(size=size))
        sums = {one.content_sha256 for one in (*same, longer)}
        folder = current_portal().instance.files_folder
        blocks = [cut_blocks((folder / one.public_id).read_bytes()) for one in same]
        rows = [describe_rows(submission, "attachment") for submission in submissions]
    assert (len(sums), read_copy(app, [words, *sums])) == (2, set())
    assert blocks[0] & blocks[1] == set()
    assert rows[0] == rows[1] == rows[2]


def cut_blocks(content: bytes) -> set[bytes]:
    """Return the content in the blocks of the cipher, after the byte that says which one it is."""
    return {content[start : start + 16] for start in range(1, len(content), 16)}


def empty_lanes(app: Flask) -> None:
    """Empty what says when somebody last came, and not who or with what; see FINER_TIMES."""
    with app.app_context(), transaction() as session:
        is_sqlite = db.engine.dialect.name == "sqlite"
        session.execute(text("DELETE FROM rate_bucket" if is_sqlite else "TRUNCATE rate_bucket"))


def do_everything(author: Contributor) -> None:
    """Send, come back with the code and for a lost one, write, add a photo, begin anew, take it all back."""
    with author.app.app_context(), transaction() as session:
        make_call(session, HERE.replace(minute=0, second=0, microsecond=0))
    author.send(Stage.STORY)
    author.enter()
    send_form(author.client, f"{MY}/lost", {"email": ADDRESS}, field="email")
    other = author.app.test_client()
    save_by_script(other, {**open_form(other), "idea": "Інша думка."})
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        picture = keep_picture(session, submission, at=HERE)
        describe_picture(session, submission, picture, PictureWords("Хто", "Я", None, None), at=HERE)
        write_to_desk(session, submission, body="Дякую.", at=HERE)
        keys = current_portal().instance.keys
        keep_words(session, submission, UnsentWords(UnsentPlace.THREAD, {"body": "Ще."}), keys=keys, at=HERE)
        author_acts.withdraw(session, submission, at=HERE, window=timedelta(minutes=10))
    with author.app.app_context():
        carrier = choose_carrier("", current_portal().instance.mail_folder)
        deliver_due(current_portal(), carrier, clock=lambda: HERE)


def list_finer_times(app: Flask) -> set[str]:
    """Return the columns in which some time says more than the hour; the audit log has tests of its own."""
    found = set()
    with app.app_context():
        for table in (one for one in Base.metadata.sorted_tables if one.name not in AUDIT_LOG | LAST):
            for column in (one for one in table.columns if isinstance(one.type, Moment)):
                times = db.session.scalars(select(column).where(column.is_not(None)))
                if any(one != round_to_hour(one) for one in times):
                    found.add(f"{table.name}.{column.name}")
    return found
