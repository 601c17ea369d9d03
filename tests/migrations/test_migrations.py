"""The migrations make the tables of the models, and lead back from them with stories inside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import alembic.util
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, inspect, select, text, update

from portal.cli.database import migrate, upgrade_database
from portal.cli.schema import downgrade, upgrade
from portal.database import migrations_folder, transaction
from portal.domain.acts import HistoryAct
from portal.domain.desk_codes import CodeState
from portal.domain.export_files import LEASE, ExportState
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.domain.ways_in import WayIn
from portal.export.file_making import make_export
from portal.extensions import current_portal, db
from portal.models import (
    Attachment,
    Base,
    ContributorSession,
    DeskCode,
    Draft,
    Event,
    ExportFile,
    GistVersion,
    OutboxMail,
    SearchDue,
    Submission,
    UnsavedEdit,
    UnsentVersion,
    is_search_structure,
)
from portal.operations.contribute.unsent import read_typed
from portal.operations.coverages.drafts import save_draft, send_for_approval
from portal.operations.coverages.export_files import ask_export, take_export
from portal.operations.desk.gists import set_gist
from portal.operations.desk.triage import add_note
from portal.operations.private.access import open_private_page
from portal.operations.private.author_acts import approve
from portal.queries.story_search import is_found_by
from portal.storage import read_file
from portal.story.search.query import read_query
from tests.support.factories import (
    make_draft,
    make_sending,
    make_staff,
    make_submission,
    make_unsent,
    read_notes,
)
from tests.support.leaving_stories import make_approved
from tests.support.photos import keep_document, keep_picture
from tests.support.search import read_for_search
from tests.support.stored_words import MORE, list_hidden, make_canary, read_copy, send_everything

FOLDER = str(migrations_folder())
VERSIONS = {"alembic_version"}


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """Each migration is read once: Alembic reads all of them for each command, a third of its work."""
    read = alembic.util.load_python_file
    keep = cache(read)

    def load(folder: Path, name: str) -> ModuleType:
        return (read if name == "env.py" else keep)(folder, name)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alembic.util, "load_python_file", load)
        yield


@pytest.fixture
def migrated(own_app: Flask) -> Iterator[Flask]:
    """An application of its own with its tables made by the migrations, once on each database."""
    with own_app.app_context():
        yield own_app
        db.session.remove()
        db.engine.dispose()


def is_models(_found: Any, name: str | None, _kind: str, *_more: Any) -> bool:
    """Say whether something is for models to name: not what belongs to the search's own indexes."""
    return not is_search_structure(name)


def find_tables() -> set[str]:
    return {name for name in inspect(db.engine).get_table_names() if not is_search_structure(name)}


def count_rows() -> dict[str, int]:
    """Return how many rows each table of today holds that there is."""
    there = find_tables()
    with db.engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name in there
        }


def fill_tables(at: datetime) -> None:
    """Keep a story that went all the way to its author's yes."""
    with transaction() as session:
        make_submission(session, at)
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor)
        send_for_approval(session, draft, by=editor, at=at, seen=draft.submission.version)
        approve(session, draft.submission, revision=draft.revision, at=at)


def test_there_is_one_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", FOLDER)
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_migrations_make_the_tables_of_the_models(migrated: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_models}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_way_back_leaves_nothing(migrated: Flask) -> None:
    downgrade("base")
    assert find_tables() == VERSIONS


def test_there_and_back_and_there_again_gives_the_same_tables(migrated: Flask) -> None:
    downgrade("base")
    upgrade()
    assert find_tables() == VERSIONS | set(Base.metadata.tables)


def test_the_way_back_is_open_with_stories_in_the_tables(migrated: Flask) -> None:
    fill_tables(datetime.now(UTC))
    db.session.remove()
    downgrade("base")
    assert find_tables() == VERSIONS


def test_notes_of_before_are_sealed_and_the_way_back_opens_them(migrated: Flask) -> None:
    with transaction() as session:
        submission, by = make_submission(session, datetime.now(UTC)), make_staff(session, Role.MODERATOR)
        keys = current_portal().instance.keys
        for body in ("Її брат служить.", "他在躲。"):
            add_note(session, submission, by=by, at=datetime.now(UTC), body=body, keys=keys)
    db.session.remove()
    downgrade("0005")
    with db.engine.connect() as connection:
        before = [row.body for row in connection.execute(text("SELECT body FROM note ORDER BY id"))]
    upgrade()
    after = read_notes(db.session())
    assert (before, after) == (["Її брат служить.", "他在躲。"],) * 2


def test_of_gists_of_before_the_one_in_view_stays_and_the_way_back_keeps_the_newest(migrated: Flask) -> None:
    at = datetime.now(UTC)
    with transaction() as session:
        submission, by = make_submission(session, at), make_staff(session, Role.MODERATOR)
        for body, lang in (("Перший.", "uk"), ("A shelf.", "en")):
            set_gist(session, submission, by=by, body=body, lang=lang, seen=submission.version, at=at)
            session.flush()
    db.session.remove()
    downgrade("0034")
    with db.engine.connect() as connection:
        before = connection.execute(text("SELECT gist, gist_lang, gist_by_id FROM submission")).one()
    upgrade()
    versions = select(GistVersion.body, GistVersion.lang, GistVersion.is_current).order_by(GistVersion.id)
    after = db.session.execute(versions).all()
    assert ([*before], [tuple(one) for one in after]) == (
        ["A shelf.", "en", 1],
        [("Перший.", "uk", False), ("A shelf.", "en", True)],
    )


def test_what_stood_in_clear_and_to_the_second_is_sealed_and_blunted(migrated: Flask) -> None:
    at = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
    hidden = list_hidden(send_everything(migrated, at))
    with transaction() as session:
        keys = current_portal().instance.keys
        open_private_page(session, session.get_one(Submission, 1), at=at, keys=keys, way_in=WayIn.OWN_CODE)
        session.execute(update(ContributorSession).values(expires_at=at))
        times = dict.fromkeys(("queued_at", "run_at", "sent_at"), at)
        session.add(OutboxMail(kind="update", locale="uk", submission_id=1, dedupe_key="1", **times))
    sent = read_everything()
    downgrade("0020")
    in_clear = read_copy(migrated, hidden)
    migrate(migrated)
    assert in_clear >= {MORE["saved"], MORE["credit"], make_canary("risk")}
    assert (read_everything(), read_copy(migrated, hidden)) == (sent, set())
    mail = db.session.execute(select(OutboxMail.queued_at, OutboxMail.run_at, OutboxMail.sent_at)).one()
    ends = db.session.scalars(select(ContributorSession.expires_at)).one()
    assert (set(mail), ends) == ({at.replace(minute=0)}, at.replace(hour=10, minute=0))


@pytest.mark.parametrize("own_app", ["sqlite"], indirect=True)
def test_unsent_words_of_before_whose_key_is_gone_do_not_stop_it(
    migrated: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """What stood in clear is read as before; what no key opens stays shut, and is there on the way back."""
    at = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
    with transaction() as session:
        make_unsent(session, make_submission(session, at), at, Stage.PITCH, idea="Полиця.")
    db.session.remove()
    downgrade("0020")
    lost = b"\x02 of a key that is gone"
    write_sealed(lost)
    migrate(migrated)
    row = db.session.scalars(select(UnsentVersion)).one()
    typed = read_typed(row, current_portal().instance.keys)
    db.session.remove()
    assert (typed.answers["idea"], typed.sealed) == ("Полиця.", {})
    told = [one.getMessage() for one in caplog.records if one.name == "portal.migrations"]
    assert told == [
        "unsent texts whose encrypted answers no key opens: 1. They stay shut; the other words are kept."
    ]
    downgrade("0020")
    assert read_sealed() == lost


def write_sealed(envelope: bytes) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE submission_draft SET sealed = :one"), {"one": envelope})


def read_sealed() -> bytes | None:
    with db.engine.connect() as connection:
        found: bytes | None = connection.scalar(text("SELECT sealed FROM submission_draft"))
        return found


IN_A_FILE = "словозістарогофайлу"
"""Stands in no other test: what others have written lies in the same folder of the same server."""


def test_files_of_before_are_sealed_and_the_way_back_opens_them(migrated: Flask) -> None:
    at, folder = datetime(2026, 3, 14, 9, 26, tzinfo=UTC), current_portal().instance.files_folder
    with transaction() as session:
        submission = make_submission(session, at, Stage.STORY)
        files = [
            keep_picture(session, submission, at=at),
            keep_document(session, submission, at=at, words=IN_A_FILE),
        ]
        gone = keep_document(session, submission, at=at, words="Його ще немає.").public_id
        sums = [one.content_sha256 for one in files]
    seen = read_files(folder)
    downgrade("0023")
    opened = {path.name: path.read_bytes() for path in folder.iterdir()}
    in_clear = read_copy(migrated, [IN_A_FILE, *sums])
    (folder / gone).unlink()
    upgrade_database(migrated)
    sealed = read_copy(migrated, [IN_A_FILE, *sums])
    (folder / gone).write_bytes(opened[gone])
    left_open = read_files(folder)
    upgrade_database(migrated)
    assert opened == {name: content for name, (content, _) in seen.items()}
    assert (in_clear, sealed) == ({IN_A_FILE, *sums}, set())
    assert left_open == {**seen, gone: (opened[gone], (0, 0, True))}
    assert read_files(folder) == seen


def read_files(folder: Path) -> dict[str, tuple[bytes, tuple[int, int, bool]]]:
    """Return what each file holds, width and height, and whether it lies in the open."""
    read = {}
    for one in db.session.scalars(select(Attachment)):
        about = (one.width, one.height, one.sealed_key is None)
        read[one.public_id] = (read_file(folder, one.file), about)
    db.session.remove()
    return read


def read_everything() -> list[Any]:
    """Return what is read from envelopes, and leave no transaction open."""
    submission, draft = db.session.scalars(select(Submission)).one(), db.session.scalars(select(Draft)).one()
    read = [
        (submission.at_risk, submission.latest.answers, [one.answers for one in submission.writings]),
        [(one.description, one.credit) for one in submission.attachments],
        (draft.byline_mode, draft.byline, draft.bio, [one.fields for one in draft.revisions]),
        [one.fields for one in db.session.scalars(select(UnsavedEdit))],
    ]
    db.session.remove()
    return read


def test_drafts_of_before_know_the_version_they_were_copied_from(migrated: Flask) -> None:
    at = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
    with transaction() as session:
        make_draft(session, at, by=make_staff(session, Role.EDITOR))
        draft = session.scalars(select(Draft)).one()
        draft.source_revision, draft.revisions[0].sent_number = None, None
    db.session.remove()
    downgrade("0008")
    upgrade()
    draft = db.session.scalars(select(Draft)).one()
    assert (draft.source_revision, draft.revisions[0].sent_number, draft.set_aside_at) == (1, 1, None)


def test_texts_of_before_know_where_they_are_rooted(migrated: Flask) -> None:
    at = datetime.now(UTC)
    with transaction() as session:
        for chosen in (["ukraine", "taiwan"], [], ["elsewhere"]):
            make_submission(session, at, sending=make_sending(community=chosen))
    downgrade("0035")
    upgrade()
    kept = db.session.scalars(select(Submission.sides).order_by(Submission.id)).all()
    assert kept == ["tw ua", "", "elsewhere"]


def test_migrating_once_more_keeps_every_row(migrated: Flask) -> None:
    fill_tables(datetime.now(UTC))
    db.session.remove()
    before = count_rows()
    upgrade()
    assert count_rows() == before


def list_revisions() -> list[str]:
    """Return every revision, the newest first."""
    config = Config()
    config.set_main_option("script_location", FOLDER)
    return [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]


def test_each_step_back_and_forth_keeps_every_row_of_tables_known_there(migrated: Flask) -> None:
    fill_tables(datetime.now(UTC))
    db.session.remove()
    lost = []
    for above, below in pairwise(list_revisions()):
        before = count_rows()
        downgrade(below)
        known = find_tables() & set(before)
        upgrade(above)
        after = count_rows()
        lost += [(above, name) for name in sorted(known) if after[name] != before[name]]
        downgrade(below)
    assert lost == []


def test_codes_that_one_colleague_gave_out_are_codes_of_the_desk(migrated: Flask) -> None:
    at = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
    with transaction() as session:
        by, keys = make_staff(session, Role.MODERATOR), current_portal().instance.keys
        submissions = [make_submission(session, at) for _ in range(2)]
        for submission, staff in zip(submissions, (by, None), strict=True):
            submission.replacement_hash = f"{submission.id:064}"
            open_private_page(session, submission, at=at, keys=keys, way_in=WayIn.OWN_CODE)
            event = Event(
                submission_id=submission.id, act=HistoryAct.REPLACE_CODE, to_state=submission.state, at=at
            )
            event.staff_id, event.by_author = staff.id if staff else None, staff is None
            session.add(event)
        numbers, staff_id = [submission.id for submission in submissions], by.id
    db.session.remove()
    downgrade("0017")
    upgrade()
    code = db.session.scalars(select(DeskCode)).one()
    open_still = db.session.scalars(select(ContributorSession.submission_id)).all()
    assert (code.submission_id, code.state, code.code_hash, code.asked_by_id) == (
        numbers[0],
        CodeState.IN_USE,
        f"{numbers[0]:064}",
        staff_id,
    )
    assert open_still == numbers[1:]


def test_a_text_that_waits_for_the_search_is_read_after_the_way_back_and_again(migrated: Flask) -> None:
    with transaction() as session:
        make_submission(session, datetime.now(UTC), Stage.STORY)
    db.session.remove()
    downgrade("0046")
    with db.engine.connect() as connection:
        before = connection.execute(text("SELECT tokenizer_version, body_terms FROM story_search")).all()
    upgrade()
    read_for_search(migrated)
    found = select(Submission.id).where(is_found_by(read_query("світло"), in_drafts=True))
    assert ([tuple(one) for one in before], len(db.session.scalars(found).all())) == ([(0, "")], 1)


def test_words_of_drafts_are_read_anew_on_either_way_of_their_migration(migrated: Flask) -> None:
    at = datetime.now(UTC)
    with transaction() as session:
        make_submission(session, at, Stage.STORY)
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor)
        save_draft(session, draft, {"dek": "Парасолька"}, by=editor, at=at, seen=draft.version)
        story = draft.submission_id
    read_for_search(migrated)
    db.session.remove()
    downgrade("0049")
    marked = [db.session.scalars(select(SearchDue.submission_id)).all()]
    db.session.remove()
    read_for_search(migrated)
    upgrade()
    marked.append(db.session.scalars(select(SearchDue.submission_id)).all())
    db.session.remove()
    read_for_search(migrated)
    found = [
        db.session.scalars(
            select(Submission.id).where(is_found_by(read_query("парасолька"), in_drafts=may))
        ).all()
        for may in (True, False)
    ]
    assert (marked, found) == ([[story]] * 2, [[story], []])


def test_exports_under_way_go_on_after_the_way_back_and_again(migrated: Flask) -> None:
    at = datetime.now(UTC)
    with transaction() as session:
        coverage = make_approved(session, at).submission.call.coverage
        by = make_staff(session, Role.EDITOR)
        filled: dict[str, Any] = {"format_name": "bundle", "choice": {}, "total": 1, "has_gaps": False}
        for _file in range(2):
            ask_export(session, coverage, by=by, at=at, **filled)
        taken = take_export(session, at=at)  # and its worker dies
        assert taken is not None
    db.session.remove()
    downgrade("0050")
    upgrade()
    instance = current_portal().instance
    made = [make_export(instance, clock=lambda: at + LEASE * 2) for _try in range(3)]
    rows = db.session.scalars(select(ExportFile).order_by(ExportFile.id)).all()
    assert made == [True, True, False]
    assert [(one.state, one.attempts, one.kept) for one in rows] == [
        (ExportState.READY, 2, {}),
        (ExportState.READY, 1, {}),
    ]
