"""Files without a row: those of erased texts go at once, those nobody knows are set aside for a while."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, insert, select, update

from portal.cli.clearing import clear_files
from portal.cli.doctor.files import examine_files_kept
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.retention import clear_traces, erase_what_is_due
from portal.database import transaction
from portal.domain.belonging import DatabaseStanding
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Attachment, Installation, JobRun, OutboxMail, RemovedFile, Submission
from portal.operations.erasure import erase
from portal.operations.outbox import delete_old_mail
from portal.operations.private.documents import remove_file
from portal.queries.retention import CLEARING_STOPPED_JOB
from portal.storage import SCRATCH, UNCLAIMED, store_file
from tests.support.commands import run_command
from tests.support.factories import make_call, make_submission
from tests.support.photos import keep_document, keep_picture

DAY = "2026-03-14"
LATER = timedelta(hours=25)


@pytest.fixture
def now(at: datetime) -> Iterator[datetime]:
    """A clock that stands still, a day after what the tests write."""
    with time_machine.travel(at, tick=False):
        yield at


def files_of(app: Flask) -> Path:
    with app.app_context():
        return current_portal().instance.files_folder


def letters_of(app: Flask) -> Path:
    with app.app_context():
        return current_portal().instance.mail_folder


def list_all(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def store_old(app: Flask, number: int, at: datetime) -> list[str]:
    """Store files that are a day old and named by no row."""
    folder = files_of(app)
    names = [store_file(folder, f"words {one}".encode()).name for one in range(number)]
    for name in names:
        age(folder / name, at)
    return names


def age(path: Path, at: datetime) -> None:
    moment = (at - LATER).timestamp()
    os.utime(path, (moment, moment))


def keep_photos(app: Flask, at: datetime, number: int = 1) -> list[str]:
    """Keep a story with a photo, and a document for each further file; return the names of their files."""
    with app.app_context(), transaction() as session:
        submission = make_submission(session, at, Stage.STORY)
        kept = [keep_picture(session, submission, at=at)]
        kept += [keep_document(session, submission, at=at, words=f"Лист {one}") for one in range(1, number)]
        names = [one.public_id for one in kept]
    for name in names:
        age(files_of(app) / name, at)
    return names


def clear(app: Flask, at: datetime, *, anyway: bool = False) -> None:
    with app.app_context():
        clear_files(at=at, anyway=anyway)


@pytest.mark.either_database
def test_a_file_nobody_knows_is_set_aside_whole(app: Flask, now: datetime) -> None:
    (name,) = store_old(app, 1, now)
    whole = (files_of(app) / name).read_bytes()
    clear(app, now)
    assert list_all(files_of(app)) == {f"{UNCLAIMED}/{DAY}/{name}"}
    assert (files_of(app) / UNCLAIMED / DAY / name).read_bytes() == whole


@pytest.mark.either_database
def test_what_a_dying_process_left_of_a_file_it_cleaned_goes_within_hours(app: Flask, now: datetime) -> None:
    """It is what a contributor sent, with all that is hidden in it."""
    for name, left in (("old", timedelta(hours=2)), ("young", timedelta(minutes=30))):
        folder = files_of(app) / f"{SCRATCH}{name}"
        folder.mkdir()
        (folder / "sent").write_bytes(b"words")
        moment = (now - left).timestamp()
        os.utime(folder, (moment, moment))
    clear(app, now)
    assert list_all(files_of(app)) == {f"{SCRATCH}young/sent"}
    shutil.rmtree(files_of(app) / f"{SCRATCH}young")


@pytest.mark.either_database
def test_no_command_deletes_a_file_nobody_knows(app: Flask, now: datetime) -> None:
    (name,) = store_old(app, 1, now)
    run_command(app, "erase-due")
    assert [Path(one).name for one in list_all(files_of(app))] == [name]


@pytest.mark.either_database
def test_only_its_owner_reads_what_is_set_aside(app: Flask, now: datetime) -> None:
    store_old(app, 1, now)
    clear(app, now)
    aside = files_of(app) / UNCLAIMED
    assert [path.stat().st_mode & 0o077 for path in (aside, *aside.rglob("*"))] == [0, 0, 0]


@pytest.mark.either_database
def test_a_young_file_may_still_get_its_row(app: Flask, at: datetime) -> None:
    name = store_file(files_of(app), b"words").name
    clear(app, datetime.now(UTC))
    assert list_all(files_of(app)) == {name}


@pytest.mark.either_database
@pytest.mark.parametrize(("days", "left"), [(29, 1), (30, 0)])
def test_what_is_set_aside_is_kept_for_thirty_days(app: Flask, now: datetime, days: int, left: int) -> None:
    store_old(app, 1, now)
    clear(app, now)
    clear(app, now + timedelta(days=days))
    assert len(list_all(files_of(app))) == left


@pytest.mark.either_database
def test_a_file_whose_row_comes_back_is_put_back(app: Flask, now: datetime) -> None:
    (name,) = keep_photos(app, now)
    with app.app_context(), transaction() as session:
        row = dict(session.execute(select(Attachment.__table__)).mappings().one())
        session.execute(delete(Attachment))
        session.execute(delete(RemovedFile))
    clear(app, now)
    aside = list_all(files_of(app))
    with app.app_context(), transaction() as session:
        session.execute(insert(Attachment).values(row))
    clear(app, now)
    assert (aside, list_all(files_of(app))) == ({f"{UNCLAIMED}/{DAY}/{name}"}, {name})


@pytest.mark.either_database
@pytest.mark.parametrize(("strange", "young", "moved"), [(5, 0, 5), (6, 0, 0), (6, 53, 0), (6, 54, 6)])
def test_more_than_a_small_share_waits_for_a_person(
    app: Flask, now: datetime, strange: int, young: int, moved: int
) -> None:
    for one in range(young):
        store_file(files_of(app), f"new {one}".encode())
    store_old(app, strange, now)
    clear(app, now)
    with app.app_context():
        stopped = db.session.get(JobRun, CLEARING_STOPPED_JOB) is not None
    assert (len(list_all(files_of(app) / UNCLAIMED)), stopped) == (moved, moved == 0)


@pytest.mark.either_database
def test_a_person_lets_it_go_on(app: Flask, now: datetime) -> None:
    store_old(app, 6, now)
    clear(app, now)
    run_command(app, "erase-due", "--anyway")
    with app.app_context():
        stopped = db.session.get(JobRun, CLEARING_STOPPED_JOB)
    assert (len(list_all(files_of(app) / UNCLAIMED)), stopped) == (6, None)


@pytest.mark.either_database
def test_every_command_says_that_files_wait(app: Flask, now: datetime) -> None:
    store_old(app, 6, now)
    clear(app, now)
    said = run_command(app, "staff", "list").stderr
    assert said == (
        "ATTENTION: Since 2026-03-14 09:26 UTC more files than usual belong to no text, so none is moved. If "
        "an older copy of the database was put back, put the newest one there; else run: "
        "portal erase-due --anyway\n"
    )


@pytest.mark.either_database
def test_it_is_logged_once(app: Flask, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    store_old(app, 6, now)
    clear(app, now)
    clear(app, now)
    assert [record.getMessage() for record in caplog.records] == [
        "6 of 6 files belong to no text, so none was moved; run: portal doctor"
    ]


def erase_all(app: Flask, at: datetime) -> list[str]:
    """Erase every text, and die before the files are deleted; return their names."""
    with app.app_context(), transaction() as session:
        names = list(session.scalars(select(Attachment.public_id)))
        for submission in session.scalars(select(Submission)):
            erase(session, submission, by=None, at=at)
    return names


@pytest.mark.either_database
def test_a_file_of_an_erased_text_goes_though_deleting_it_failed_at_first(app: Flask, now: datetime) -> None:
    names = keep_photos(app, now, 8)
    assert sorted(erase_all(app, now)) == sorted(names)
    clear(app, now)
    with app.app_context():
        noted = db.session.scalars(select(RemovedFile.name)).all()
    assert (list_all(files_of(app)), noted) == (set(), [])


@pytest.mark.either_database
def test_what_is_to_go_is_young_or_old(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        keep_picture(session, make_submission(session, at, Stage.STORY), at=at)
    erase_all(app, at)
    clear(app, datetime.now(UTC))
    assert list_all(files_of(app)) == set()


def test_a_file_of_an_erased_text_goes_from_where_it_was_set_aside(app: Flask, now: datetime) -> None:
    (name,) = keep_photos(app, now)
    aside = files_of(app) / UNCLAIMED / DAY
    aside.mkdir(parents=True)
    (files_of(app) / name).rename(aside / name)
    erase_all(app, now)
    clear(app, now)
    assert list_all(files_of(app)) == set()


@pytest.mark.either_database
def test_a_file_that_cannot_be_deleted_is_tried_again(app: Flask, now: datetime) -> None:
    (name,) = keep_photos(app, now)
    erase_all(app, now)
    path = files_of(app) / name
    path.unlink()
    path.mkdir()  # what no right of this user can delete as a file
    clear(app, now)
    with app.app_context():
        noted = list(db.session.scalars(select(RemovedFile.name)))
    path.rmdir()
    clear(app, now)
    with app.app_context():
        left = list(db.session.scalars(select(RemovedFile.name)))
    assert (noted, left) == ([name], [])


@pytest.mark.either_database
def test_a_photo_its_author_removed_goes(app: Flask, now: datetime) -> None:
    (name,) = keep_photos(app, now)
    with app.app_context(), transaction() as session:
        photo = session.scalars(select(Attachment)).one()
        remove_file(session, session.get_one(Submission, photo.submission_id), photo, at=now)
    clear(app, now)
    assert (list_all(files_of(app)), name in list_all(files_of(app))) == (set(), False)


def write_letter(app: Flask) -> str:
    """Write the letter of the only mail there is; return its name."""
    with app.app_context():
        name = f"{db.session.scalars(select(OutboxMail.public_id)).one()}.eml"
    (letters_of(app) / name).write_text("To: olena@example.org")
    return name


def test_the_letter_of_an_erased_text_goes(app: Flask, now: datetime) -> None:
    keep_photos(app, now)
    write_letter(app)
    erase_all(app, now)
    clear(app, now)
    assert list_all(letters_of(app)) == set()


def test_the_letter_of_mail_that_left_long_ago_goes(app: Flask, now: datetime) -> None:
    keep_photos(app, now)
    write_letter(app)
    with app.app_context(), transaction() as session:
        session.execute(update(OutboxMail).values(sent_at=now - timedelta(days=15)))
        delete_old_mail(session, at=now)
    clear(app, now)
    assert list_all(letters_of(app)) == set()


@pytest.mark.either_database
def test_the_letter_of_mail_that_is_kept_stays(app: Flask, now: datetime) -> None:
    keep_photos(app, now)
    name = write_letter(app)
    clear(app, now)
    assert list_all(letters_of(app)) == {name}


@pytest.mark.either_database
def test_a_letter_nobody_knows_is_set_aside(app: Flask, now: datetime) -> None:
    (letters_of(app) / "0123.eml").write_text("To: olena@example.org")
    clear(app, now)
    assert list_all(letters_of(app)) == {f"{UNCLAIMED}/{DAY}/0123.eml"}


def spoil_belonging(app: Flask, how: str) -> None:
    """Put another database in the place of this one, as far as anybody can tell."""
    with app.app_context(), transaction() as session:
        own = session.get_one(Installation, 1)
        if how == "another":
            own.instance_id = "f" * 32
        elif how == "arriving":
            own.standing = DatabaseStanding.ARRIVING
        else:
            session.delete(own)


def mend_belonging(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        session.execute(delete(Installation))
        own = current_portal().instance.instance_id
        session.add(Installation(id=1, instance_id=own, standing=DatabaseStanding.HERE, since=at))


@pytest.mark.parametrize("how", ["another", "arriving", "none"])
def test_on_a_database_that_is_not_ours_nothing_is_erased_or_cleared(
    app: Flask, now: datetime, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    with app.app_context(), transaction() as session:
        call = make_call(session, now - timedelta(days=900))
        call.closes_at = now - timedelta(days=800)
        make_submission(session, now - timedelta(days=850))
    store_old(app, 1, now)
    before = list_all(files_of(app))
    spoil_belonging(app, how)
    try:
        erased = erase_what_is_due(app, at=now)
        refused = how == "none" or run_command(app, "erase-due", "--anyway").exit_code == 1
    finally:
        mend_belonging(app, now)
    with app.app_context():
        left = db.session.scalars(select(Submission.state)).one()
    assert (erased, refused, list_all(files_of(app)), left) == (0, True, before, State.SUBMITTED)
    assert caplog.records[0].getMessage() == (
        "nothing was erased: folder and database do not belong together; run: portal doctor"
    )


@pytest.mark.either_database
def test_the_doctor_names_files_that_are_missing(app: Flask, now: datetime) -> None:
    names = keep_photos(app, now, 2)
    (files_of(app) / names[1]).unlink()
    with app.app_context():
        submission = db.session.scalars(select(Submission.public_id)).one()
    words = f"Files of contributors are not in {files_of(app)}: {names[1]} of text {submission}. "
    assert examine_files_kept(app) == [
        Finding(Kind.FILES_MISSING, f"{words}Put them back from your copy."),
    ]


@pytest.mark.either_database
def test_the_doctor_names_five_of_many_missing_files(app: Flask, now: datetime) -> None:
    names = keep_photos(app, now, 8)
    for name in names[1:]:
        (files_of(app) / name).unlink()
    (found,) = examine_files_kept(app)
    assert ([name in found.sentence for name in names], ", and 2 more. " in found.sentence) == (
        [False, *[True] * 5, False, False],
        True,
    )


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 file of unknown owner is"), (2, "2 files of unknown owner are")]
)
def test_the_doctor_says_what_is_set_aside_and_until_when(
    app: Flask, now: datetime, number: int, words: str
) -> None:
    store_old(app, number, now)
    clear(app, now)
    assert examine_files_kept(app) == [
        Finding(
            Kind.FILES_UNCLAIMED,
            f"{words} set aside in {files_of(app) / UNCLAIMED}. Deleting begins on 2026-04-13; move what you "
            "need elsewhere.",
        )
    ]


@pytest.mark.either_database
def test_the_doctor_says_that_clearing_waits(app: Flask, now: datetime) -> None:
    store_old(app, 6, now)
    clear(app, now)
    assert [one.kind for one in examine_files_kept(app)] == [Kind.CLEARING_STOPPED]


def test_traces_go_with_what_is_cleared(app: Flask, now: datetime) -> None:
    keep_photos(app, now)
    erase_all(app, now)
    with app.app_context():
        clear_traces(at=now)
    assert list_all(files_of(app)) == set()
