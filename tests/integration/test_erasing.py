"""Erasing: at the contributor's word, or when a closed text's time is over. What the safety page promises."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from portal.app import create_app
from portal.cli import portal
from portal.cli.retention import clear_traces, erase_what_is_due
from portal.config import Settings
from portal.database import transaction
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Role
from portal.domain.retention import TooManyDue
from portal.domain.states import Act, Stage, State
from portal.extensions import current_portal, db
from portal.models import Base, Call, Draft, Event, OutboxMail, Staff, Submission
from portal.operations import answering, deciding, editing, triaging
from portal.operations.erasing import erase, erase_due
from portal.operations.identity import open_identity
from portal.operations.visiting import find_by_code
from tests.contributor import MY, Contributor
from tests.factories import make_call, make_sending, make_staff, make_submission
from tests.walk import send_form

CANARY = "Канарка-7193"
LETTER = f"{CANARY}@example.org"
KEPT_DAYS = 90


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        yield Contributor(app, client, at)


def load_piece(app: Flask, piece_id: int) -> Submission:
    with app.app_context():
        return db.session.get_one(Submission, piece_id)


def count_rows(app: Flask) -> dict[str, int]:
    """Return how many rows each table holds that hangs on a submission."""
    kept = {"staff", "staff_language", "staff_coverage", "coverage", "call", "submission"}
    with app.app_context():
        counted = {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in kept
        }
    return {name: number for name, number in counted.items() if number}


def find_in_rows(app: Flask, words: str) -> list[str]:
    """Return the names of the tables in which some row holds the words."""
    found = []
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            rows = db.session.execute(select(table)).all()
            if any(words.casefold() in repr(tuple(row)).casefold() for row in rows):
                found.append(table.name)
    return found


def find_in_file(app: Flask, words: str) -> bool:
    """Say whether the database's files hold the words after its log was written back."""
    with app.app_context():
        clear_traces()
        name = db.engine.url.database
        if db.engine.dialect.name != "sqlite" or name is None:
            return False
    base = Path(name)
    return any(
        spelt.encode() in one.read_bytes()
        for one in base.parent.glob(f"{base.name}*")
        for spelt in (words, words.casefold())
    )


def write_everywhere(person: Contributor) -> None:
    """Bring a story to publication with the canary in every field a person can fill."""
    words = dict.fromkeys(("title", "story", "byline_text", "bio"), CANARY)
    person.send(Stage.STORY, make_sending(Stage.STORY, address=LETTER, **words))
    person.decide(Act.ASK, body=CANARY)
    with person.app.app_context(), transaction() as session:
        piece = session.get_one(Submission, person.piece_id)
        by = session.scalars(select(Staff)).one()
        answering.reply(session, piece, body=CANARY, at=person.at)
        triaging.add_note(session, piece, by=by, at=person.at, body=CANARY)
        session.flush()
        triaging.set_gist(session, piece, by=by, body=CANARY, lang="en", seen=piece.version)
        by.reads_identity = True
        keys = current_portal().instance.keys
        open_identity(session, piece, by=by, reason=CANARY, keys=keys, at=person.at)
    person.decide(Act.ACCEPT, body=CANARY)
    person.edit(f"{CANARY} 1", answer_by=date(2026, 3, 21))
    person.enter()
    with person.app.app_context(), transaction() as session:
        piece = session.get_one(Submission, person.piece_id)
        answering.object_to(session, piece, revision=2, body=CANARY, at=person.at)
    person.edit(f"{CANARY} 2")
    with person.app.app_context(), transaction() as session:
        piece = session.get_one(Submission, person.piece_id)
        answering.approve(session, piece, revision=3, at=person.at)
        for mail in session.scalars(select(OutboxMail)):
            mail.subject = mail.body = CANARY
    person.publish(f"https://example.org/{CANARY}")


def press_erase(person: Contributor) -> str:
    return send_form(person.client, f"{MY}/erase", {}, action="/erase").text


def test_before_erasing_the_words_are_in_many_tables(person: Contributor) -> None:
    write_everywhere(person)
    assert set(find_in_rows(person.app, CANARY)) >= {
        "author_check",
        "draft",
        "draft_revision",
        "event",
        "message",
        "note",
        "outbox_mail",
        "publication",
        "revision",
        "submission",
    }


def test_after_erasing_no_row_holds_a_word(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    assert find_in_rows(person.app, CANARY) == []


def test_before_erasing_a_file_of_the_database_holds_the_words(person: Contributor) -> None:
    write_everywhere(person)
    with person.app.app_context():
        is_file = db.engine.dialect.name == "sqlite"
    assert find_in_file(person.app, CANARY) is is_file


def test_after_erasing_no_file_of_the_database_holds_a_word(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    assert not find_in_file(person.app, CANARY)


def test_the_history_keeps_the_erasing_and_who_opened_the_contact(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    with person.app.app_context():
        rows = db.session.execute(select(Event.act, Event.detail, Event.at).order_by(Event.id)).all()
    month = datetime(2026, 3, 1, tzinfo=UTC)
    assert [tuple(row) for row in rows] == [("open_identity", {}, month), ("erase", {}, month)]


def test_nothing_else_hangs_on_the_tombstone(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    assert count_rows(person.app) == {"event": 2}


def test_the_tombstone_says_last_state_month_and_language(person: Contributor) -> None:
    person.send()
    person.enter()
    before = load_piece(person.app, person.piece_id)
    press_erase(person)
    stone = load_piece(person.app, person.piece_id)
    assert (stone.public_id, stone.state, stone.state_before, stone.lang, stone.received_at) == (
        before.public_id,
        State.ERASED,
        State.SUBMITTED,
        "uk",
        datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_the_tombstone_says_nothing_more(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    stone = load_piece(person.app, person.piece_id)
    said = (stone.heading, stone.haystack, stone.gist, stone.gist_lang, stone.decline_reason, stone.words)
    people = (stone.gist_by_id, stone.assignee_id, stone.claimed_by_id, stone.due_at, stone.duplicate_of_id)
    assert (said, people, stone.wants_mail, stone.at_risk) == (
        ("", "", "", "", "", 0),
        (None, None, None, None, None),
        False,
        False,
    )


def test_what_erasing_means_is_said_before_it_is_done(person: Contributor) -> None:
    person.send()
    person.enter()
    person.client.get(f"{MY}/erase")
    assert person.state() is State.SUBMITTED


def test_a_page_that_was_open_too_long_erases_nothing(person: Contributor) -> None:
    person.send()
    person.enter()
    answer = person.client.post(f"{MY}/erase")
    assert (answer.status_code, person.state()) == (400, State.SUBMITTED)


def test_the_contributor_reads_that_it_is_done(person: Contributor) -> None:
    person.send()
    person.enter()
    assert press_erase(person).count("<h1>Everything is erased</h1>") == 1


def test_the_browser_is_asked_to_forget_the_site(person: Contributor) -> None:
    person.send()
    person.enter()
    answer = send_form(person.client, f"{MY}/erase", {}, action="/erase")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_the_private_page_is_closed(person: Contributor) -> None:
    person.send()
    person.enter()
    press_erase(person)
    answer = person.client.get(f"{MY}/withdraw")
    assert (answer.status_code, answer.location) == (303, MY)


def test_the_code_opens_nothing_any_more(person: Contributor) -> None:
    person.send()
    person.enter()
    press_erase(person)
    with person.app.app_context():
        secret = current_portal().instance.receipt_secret
        assert find_by_code(db.session(), person.code, receipt_secret=secret) is None


def test_a_published_story_can_be_erased_and_copies_are_spoken_of(person: Contributor) -> None:
    write_everywhere(person)
    told = person.client.get(f"{MY}/erase").text.count("Copies that were already published")
    press_erase(person)
    assert (told, person.state()) == (1, State.ERASED)


def test_copies_handed_on_before_a_withdrawal_are_spoken_of(person: Contributor) -> None:
    person.send(Stage.STORY)
    person.decide(Act.ACCEPT)
    with person.app.app_context(), transaction() as session:
        session.scalars(select(Draft)).one().exported_at = person.at
        answering.withdraw(session, session.get_one(Submission, person.piece_id), at=person.at)
    person.enter()
    assert person.client.get(f"{MY}/erase").text.count("Copies that were already published") == 1


def test_before_publication_copies_are_not_spoken_of(person: Contributor) -> None:
    person.send()
    person.enter()
    assert person.client.get(f"{MY}/erase").text.count("Copies that were already published") == 0


def test_a_letter_written_to_a_file_goes_too(person: Contributor) -> None:
    person.send()
    person.enter()
    with person.app.app_context():
        mail_id = db.session.scalars(select(OutboxMail.public_id)).one()
        letter = current_portal().instance.mail_folder / f"{mail_id}.eml"
    letter.write_text(LETTER)
    with person.app.app_context():
        clear_traces()
    before = letter.exists()
    press_erase(person)
    with person.app.app_context():
        clear_traces()
    assert (before, letter.exists()) == (True, False)


def test_erasing_twice_changes_nothing(person: Contributor) -> None:
    person.send()
    for _ in range(2):
        with person.app.app_context(), transaction() as session:
            erase(session, session.get_one(Submission, person.piece_id), by=None, at=person.at)
    assert count_rows(person.app) == {"event": 1}


def test_an_editor_erases_nothing(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        by = session.scalars(select(Staff)).one()
        piece = session.get_one(Submission, person.piece_id)
        with pytest.raises(NotPermitted):
            erase(session, piece, by=by, at=person.at)


def test_an_admin_erases_on_request(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        admin = make_staff(session, Role.ADMIN)
        erase(session, session.get_one(Submission, person.piece_id), by=admin, at=person.at)
    assert person.state() is State.ERASED


def test_other_submissions_stay_as_they_are(person: Contributor) -> None:
    person.send()
    person.enter()
    with person.app.app_context(), transaction() as session:
        other = make_submission(session, person.at).id
    press_erase(person)
    kept = load_piece(person.app, other)
    assert (kept.state, bool(kept.heading)) == (State.SUBMITTED, True)


def test_a_duplicate_outlives_its_erased_original(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        original = session.get_one(Submission, person.piece_id)
        by, other = session.scalars(select(Staff)).one(), make_submission(session, person.at)
        deciding.mark_duplicate(session, other, original=original, by=by, at=person.at, seen=other.version)
        other_id = other.id
    person.enter()
    press_erase(person)
    assert load_piece(person.app, other_id).state is State.DUPLICATE


def close(app: Flask, at: datetime, count: int = 1, *, act: Act = Act.DECLINE) -> list[int]:
    """Return the ids of submissions that the desk closed, or their authors withdrew, at `at`."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
        by = make_staff(session, Role.EDITOR)
        made = []
        for _ in range(count):
            piece = make_submission(session, at)
            if act is Act.DECLINE:
                deciding.decline(
                    session, piece, by=by, at=at, seen=piece.version, reason="off_topic", body="Ні."
                )
            elif act is Act.MARK_SPAM:
                deciding.mark_spam(session, piece, by=by, at=at, seen=piece.version)
            else:
                answering.withdraw(session, piece, at=at)
            made.append(piece.id)
        session.flush()
        return made


def add_open(app: Flask, at: datetime, count: int) -> None:
    with app.app_context(), transaction() as session:
        for _ in range(count):
            make_submission(session, at)


def run_retention(app: Flask, at: datetime, *, anyway: bool = False) -> int:
    with app.app_context(), transaction() as session:
        return erase_due(session, at=at, anyway=anyway)


def count_erased(app: Flask) -> int:
    with app.app_context():
        erased = select(func.count()).where(Submission.state == State.ERASED)
        return db.session.scalar(erased) or 0


@pytest.mark.parametrize("act", [Act.DECLINE, Act.MARK_SPAM, Act.WITHDRAW])
def test_a_closed_text_is_erased_when_its_time_is_over(app: Flask, at: datetime, act: Act) -> None:
    close(app, at, act=act)
    assert (run_retention(app, at + timedelta(days=KEPT_DAYS)), count_erased(app)) == (1, 1)


def test_a_closed_text_is_kept_until_then(app: Flask, at: datetime) -> None:
    close(app, at)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS) - timedelta(seconds=1)) == 0


def test_each_call_has_its_own_time(app: Flask, at: datetime) -> None:
    close(app, at)
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().declined_kept_days = 10
    assert run_retention(app, at + timedelta(days=10)) == 1


def test_what_is_open_is_never_erased_by_time(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_submission(session, at)
    assert run_retention(app, at + timedelta(days=3650)) == 0


def test_closing_again_starts_the_time_anew(app: Flask, at: datetime) -> None:
    (piece_id,) = close(app, at)
    later = at + timedelta(days=30)
    with app.app_context(), transaction() as session:
        piece, by = session.get_one(Submission, piece_id), session.scalars(select(Staff)).one()
        deciding.reopen(session, piece, by=by, at=later, seen=piece.version)
        session.flush()
        answering.withdraw(session, piece, at=later)
    before = run_retention(app, at + timedelta(days=KEPT_DAYS))
    assert (before, run_retention(app, later + timedelta(days=KEPT_DAYS))) == (0, 1)


def test_what_the_clock_erased_is_not_said_to_be_the_authors_act(app: Flask, at: datetime) -> None:
    close(app, at)
    run_retention(app, at + timedelta(days=KEPT_DAYS))
    with app.app_context():
        row = db.session.execute(select(Event.act, Event.by_author, Event.staff_id)).one()
    assert tuple(row) == (Act.ERASE, False, None)


def test_a_run_that_would_erase_too_much_erases_nothing(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    with pytest.raises(TooManyDue, match="6 of 6 submissions"):
        run_retention(app, at + timedelta(days=3650))
    assert count_erased(app) == 0


def test_a_few_are_erased_whatever_their_share(app: Flask, at: datetime) -> None:
    close(app, at, 5)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS)) == 5


def test_a_tenth_is_erased(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    add_open(app, at, 54)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS)) == 6


def test_after_a_look_at_the_clock_it_is_erased_anyway(app: Flask, at: datetime) -> None:
    close(app, at, 6)
    assert run_retention(app, at + timedelta(days=KEPT_DAYS), anyway=True) == 6


def test_the_worker_says_when_it_was_stopped(
    app: Flask, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    close(app, at, 6)
    erased = erase_what_is_due(app, at=at + timedelta(days=3650))
    lines = [record.getMessage() for record in caplog.records if record.name == "portal.cli.retention"]
    expected = (
        "nothing was erased: 6 of 6 submissions are due for erasing at once; "
        "check the clock, then run: portal erase-due --anyway"
    )
    assert (erased, lines) == (0, [expected])


def test_a_draft_of_a_withdrawn_story_goes_with_it(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        by = make_staff(session, Role.EDITOR)
        piece = make_submission(session, at, Stage.STORY)
        draft = deciding.accept(session, piece, by=by, at=at, seen=piece.version)
        session.flush()
        editing.save_draft(session, draft, {"body": "Нове."}, by=by, at=at, seen=draft.version)
        answering.withdraw(session, piece, at=at)
    run_retention(app, at + timedelta(days=KEPT_DAYS))
    assert count_rows(app) == {"event": 1}


def test_the_command_asks_before_it_erases_much(tmp_path: Path) -> None:
    app = create_app(Settings(instance=tmp_path))
    environ = {"PORTAL_INSTANCE": str(tmp_path)}
    CliRunner().invoke(portal, ("upgrade",), env=environ)
    close(app, datetime.now(UTC) - timedelta(days=KEPT_DAYS + 1), 6)
    asked = CliRunner().invoke(portal, ("erase-due",), env=environ)
    done = CliRunner().invoke(portal, ("erase-due", "--anyway"), env=environ)
    with app.app_context():
        left = db.session.scalar(text("SELECT count(*) FROM revision"))
        db.engine.dispose()
    refusal = (
        "Error: 6 of 6 submissions are due at once. Nothing was erased. "
        "Check the clock of this machine, then repeat with --anyway.\n"
    )
    assert (asked.exit_code, asked.output, done.output, left) == (1, refusal, "Erased: 6\n", 0)
