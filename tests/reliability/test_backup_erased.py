"""What is erased while a backup is made, or after it, does not come back with it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from portal.cli.move import make_engine
from portal.cli.nightly import NightlyBackup
from portal.database import transaction
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Attachment, Submission
from portal.operations.erasure import erase
from portal.operations.private.documents import remove_file
from portal.operations.private.originals import confirm_words
from portal.queries.photos import select_names
from tests.conftest import close_connections, make_own
from tests.reliability.backups import Case
from tests.reliability.portals import (
    ask,
    read_files,
    read_typed,
    settings_of,
    sqlite_of,
)
from tests.support.factories import make_submission
from tests.support.photos import keep_document, keep_sent

Taking = Callable[..., tuple[str, set[str]]]
"""Takes a text, or a file of one, away; returns the text's public id and the names of its files."""

pytestmark = pytest.mark.either_database


def erase_one(folder: Path, name: str = "") -> tuple[str, set[str]]:
    """Erase a text, or one that has files; return its public id and their names."""
    app = make_own(settings_of(folder))
    with app.app_context(), transaction() as session:
        wanted = db.select(Submission).join(Attachment)
        submission = session.scalars(wanted.where(Submission.public_id == name) if name else wanted).first()
        assert submission is not None
        files = {one.public_id for one in (*submission.attachments, *submission.originals)}
        erase(session, submission, by=None, at=datetime.now(UTC))
        name = submission.public_id
    close_connections(app)
    return name, files


def remove_one(folder: Path, name: str = "") -> tuple[str, set[str]]:
    """Remove a file of a text that has some, as its author does; return the text's public id and its name."""
    app = make_own(settings_of(folder))
    with app.app_context(), transaction() as session:
        wanted = db.select(Attachment).join(Submission)
        file = session.scalars(wanted.where(Submission.public_id == name) if name else wanted).first()
        assert file is not None
        submission = session.get_one(Submission, file.submission_id)
        remove_file(session, submission, file, at=datetime.now(UTC))
        removed = submission.public_id, {file.public_id}
    close_connections(app)
    return removed


def confirm_one(folder: Path, name: str = "") -> tuple[str, set[str]]:
    """Say that what was taken from a file is the text; return the text's public id and the file's name."""
    app = make_own(settings_of(folder))
    with app.app_context(), transaction() as session:
        submission = session.scalars(db.select(Submission).where(Submission.public_id == name)).one()
        (sent,) = submission.originals
        confirm_words(session, submission, sent, at=datetime.now(UTC))
        confirmed = submission.public_id, {sent.public_id}
    close_connections(app)
    return confirmed


AGAIN: Mapping[Taking, str] = {
    erase_one: "Texts erased after the backup was made, and erased again: 1",
    confirm_one: "Files removed after the backup was made, and removed again: 1",
    remove_one: "Files removed after the backup was made, and removed again: 1",
}


@pytest.mark.parametrize("take", AGAIN)
def test_what_is_erased_meanwhile_is_told_and_stops_nothing(unsaved: Case, take: Taking) -> None:
    app = make_own(settings_of(unsaved.folder))
    with app.app_context(), transaction() as session:
        submission = make_submission(session, datetime.now(UTC), Stage.STORY)
        keep_document(session, submission, at=datetime.now(UTC), words="Не чіпайте")
        keep_sent(session, submission, at=datetime.now(UTC))
        name = submission.public_id
    close_connections(app)
    taken: set[str] = set()

    def take_it(_connection: object, _cursor: object, words: str, *_: object) -> None:
        """Take it away once the rows are in the backup, before its file is."""
        if not taken and words.startswith("SELECT stored.name, stored.sha256"):
            taken.add(name)
            for file in take(unsaved.folder, name)[1]:
                (unsaved.folder / "files" / file).unlink()

    event.listen(Engine, "before_cursor_execute", take_it)
    try:
        said = unsaved.back_up()
    finally:
        event.remove(Engine, "before_cursor_execute", take_it)
    files = "2 files were" if take is erase_one else "1 file was"
    assert f"{files} erased while the backup was made." in said.splitlines()
    restored = unsaved.restore()
    assert (AGAIN[take] in restored.splitlines(), "missing" in restored) == (True, False)
    assert read_files(unsaved.new) == read_files(unsaved.folder)
    assert list_named(unsaved.new) == set(read_files(unsaved.new))


def list_named(folder: Path) -> set[str]:
    """Return the files that rows name."""
    with make_engine(settings_of(folder)).connect() as connection:
        return set(connection.scalars(select_names()))


def test_a_file_its_author_removed_after_a_backup_does_not_come_back(case: Case) -> None:
    _text, files = remove_one(case.folder)
    NightlyBackup(replace(settings_of(case.folder), backup_to=str(case.to))).note_erased()
    assert AGAIN[remove_one] in case.restore().splitlines()
    assert list_named(case.new) == set(read_files(case.new)) == list_named(case.folder)
    assert files & list_named(case.new) == set()


def test_what_was_erased_after_a_backup_does_not_come_back(case: Case) -> None:
    older = case.backup
    name, files = erase_one(case.folder)
    NightlyBackup(replace(settings_of(case.folder), backup_to=str(case.to))).note_erased()
    said = ask(case.new, "restore", str(older), **case.sealing)
    texts = {row[0]: row[1] for row in read_states(case.new)}
    assert "Texts erased after the backup was made, and erased again: 1" in said.output.splitlines()
    assert (texts[name], files & set(read_files(case.new)), files == set()) == ("erased", set(), False)
    assert ask(case.new, "audit", "verify").exit_code == 0


def test_nobody_else_has_texts_erased(case: Case) -> None:
    (case.to / "erased.json").write_text(json.dumps({"erased": ["a" * 32], "mac": "ab" * 32}))
    words = "What was erased after the backup is not known: erased.json was changed."
    assert words in case.restore().splitlines()
    assert read_typed(sqlite_of(case.new)) == read_typed(sqlite_of(case.folder))


def read_states(folder: Path) -> list[tuple[str, str]]:
    with make_engine(settings_of(folder)).connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT public_id, state FROM submission"))]
