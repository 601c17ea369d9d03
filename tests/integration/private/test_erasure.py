"""Erasing at the contributor's word: what goes, what stays, and what the page says about it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import current_portal, db
from portal.models import Draft, Event, OutboxMail, Revision, Staff, Submission, TakeDown
from portal.operations.desk import decisions, gists, triage
from portal.operations.desk.sealed_answers import open_identity
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.access import find_by_code
from portal.operations.take_downs import record_outcome
from tests.support.canaries import find_in_rows, owned_tables
from tests.support.contributor import MY, Contributor
from tests.support.factories import SHUT, make_sending, make_staff, make_submission
from tests.support.html_pages import read_tree
from tests.support.plain_browser import send_form

CANARY = "Канарка-7193"
LETTER = f"{CANARY}@example.org"
COPIES = "copies that have already been published"
WINDOW = timedelta(minutes=10)


def load_submission(app: Flask, submission_id: int) -> Submission:
    with app.app_context():
        return db.session.get_one(Submission, submission_id)


def count_rows(app: Flask) -> dict[str, int]:
    """Return how many rows each table holds that hangs on a submission."""
    with app.app_context():
        counted = {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in owned_tables()
        }
    return {name: number for name, number in counted.items() if number}


def write_everywhere(person: Contributor) -> None:
    """Bring a story to publication with the canary in every field a person can fill."""
    write_until_approval(person, CANARY)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        author_acts.approve(session, submission, revision=3, at=person.at)
        for mail in session.scalars(select(OutboxMail)):
            mail.subject = mail.body = CANARY
    person.publish(f"https://example.org/{CANARY}")


def write_until_approval(person: Contributor, word: str) -> None:
    """Bring a story to its author's second check with the word in every field a person can fill."""
    words = dict.fromkeys(("title", "story", "byline_text", "bio"), word)
    person.send(Stage.STORY, make_sending(Stage.STORY, address=LETTER, **words))
    person.decide(Act.ASK, body=word)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        by = session.scalars(select(Staff)).one()
        author_acts.reply(session, submission, body=word, at=person.at)
        keys = current_portal().instance.keys
        triage.add_note(session, submission, by=by, at=person.at, body=word, keys=keys)
        session.flush()
        gists.set_gist(
            session, submission, by=by, body=word, lang="en", seen=submission.version, at=person.at
        )
        by.reads_identity = True
        open_identity(session, submission, by=by, reason=word, keys=keys, at=person.at)
    person.decide(Act.ACCEPT, body=word)
    person.edit(f"{word} 1", answer_by=date(2026, 3, 21))
    person.enter()
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        author_acts.object_to(session, submission, revision=2, body=word, at=person.at)
    person.edit(f"{word} 2")


def press_erase(person: Contributor) -> str:
    return send_form(person.client, f"{MY}/erase", {}, action="/erase").text


def list_ways(person: Contributor) -> list[str | None]:
    """Return where the links in the lists of the private page lead to."""
    return [link.get("href") for link in read_tree(person.client.get(MY).text).iterfind(".//main//ul//a")]


def test_before_erasing_the_words_are_in_many_tables(person: Contributor) -> None:
    write_everywhere(person)
    assert {name.partition(".")[0] for name in find_in_rows(person.app, CANARY)} >= {
        "author_check",
        "draft",
        "draft_revision",
        "event",
        "message",
        "outbox_mail",
        "publication",
        "revision",
        "submission",
    }


def test_after_erasing_no_row_holds_a_word_but_the_address_to_take_down(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    assert find_in_rows(person.app, CANARY) == ["take_down.url"]


def test_when_it_is_taken_down_no_row_holds_a_word(person: Contributor) -> None:
    write_everywhere(person)
    press_erase(person)
    with person.app.app_context(), transaction() as session:
        task = session.scalars(select(TakeDown)).one()
        by = session.scalars(select(Staff)).one()
        record_outcome(session, task, outcome=TakeDownOutcome.REMOVED, note=CANARY, by=by, at=person.at)
    assert (find_in_rows(person.app, CANARY), count_rows(person.app)) == ([], {"event": 3})


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
    assert count_rows(person.app) == {"event": 2, "take_down": 1}


def test_the_tombstone_says_last_state_month_and_language(person: Contributor) -> None:
    person.send()
    person.enter()
    before = load_submission(person.app, person.submission_id)
    press_erase(person)
    stone = load_submission(person.app, person.submission_id)
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
    stone = load_submission(person.app, person.submission_id)
    said = (stone.heading, stone.decline_reason, stone.words)
    people = (stone.assignee_id, stone.claimed_by_id, stone.due_at, stone.duplicate_of_id)
    assert (said, people, stone.wants_mail, stone.at_risk) == (
        ("", "", 0),
        (None, None, None, None),
        False,
        False,
    )


@pytest.mark.either_database
def test_what_erasing_means_is_said_before_it_is_done(person: Contributor) -> None:
    person.send()
    person.enter()
    person.client.get(f"{MY}/erase")
    assert person.state() is State.SUBMITTED


@pytest.mark.either_database
def test_a_page_that_was_open_too_long_erases_nothing(person: Contributor) -> None:
    person.send()
    person.enter()
    answer = person.client.post(f"{MY}/erase")
    assert (answer.status_code, person.state()) == (400, State.SUBMITTED)


@pytest.mark.either_database
def test_the_contributor_reads_that_it_is_done(person: Contributor) -> None:
    person.send()
    person.enter()
    assert press_erase(person).count("<h1>Everything is erased</h1>") == 1


@pytest.mark.either_database
def test_the_page_has_the_device_forget_its_copies_by_itself(person: Contributor) -> None:
    """Not every browser clears what a site is told to clear, and none does over http."""
    person.send()
    person.enter()
    tree = read_tree(press_erase(person))
    wiped = [one.get("data-forget") for one in tree.iter() if one.get("data-forget") is not None]
    assert (wiped, ["keep.mjs" in (one.get("src") or "") for one in tree.iter("script")]) == ([""], [True])


@pytest.mark.either_database
def test_the_browser_is_asked_to_forget_the_site(person: Contributor) -> None:
    person.send()
    person.enter()
    answer = send_form(person.client, f"{MY}/erase", {}, action="/erase")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


@pytest.mark.either_database
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


@pytest.mark.either_database
def test_a_published_story_can_be_erased_and_copies_are_spoken_of(person: Contributor) -> None:
    write_everywhere(person)
    told = person.client.get(f"{MY}/erase").text.count(COPIES)
    press_erase(person)
    assert (told, person.state()) == (1, State.ERASED)


@pytest.mark.either_database
def test_copies_handed_on_before_a_withdrawal_are_spoken_of(person: Contributor) -> None:
    person.send(Stage.STORY)
    person.decide(Act.ACCEPT)
    with person.app.app_context(), transaction() as session:
        session.scalars(select(Draft)).one().exported_at = person.at
        author_acts.withdraw(session, session.get_one(Submission, person.submission_id), at=person.at)
    person.enter()
    assert person.client.get(f"{MY}/erase").text.count(COPIES) == 1


@pytest.mark.either_database
def test_a_publication_is_not_spoken_of_before_its_author_is_told(person: Contributor) -> None:
    write_until_approval(person, CANARY)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        author_acts.approve(session, submission, revision=3, at=person.at)
    person.publish("https://example.org/1", window=WINDOW)
    said = []
    for later in (WINDOW - timedelta(seconds=1), WINDOW):
        with time_machine.travel(person.at + later, tick=False):
            said.append(person.client.get(f"{MY}/erase").text.count(COPIES))
    assert said == [0, 1]


@pytest.mark.either_database
def test_copies_of_a_text_are_not_spoken_of_before_its_author_is_told_it_is_taken(
    person: Contributor,
) -> None:
    person.send(Stage.STORY)
    person.decide(Act.ACCEPT, window=WINDOW)
    with person.app.app_context(), transaction() as session:
        session.scalars(select(Draft)).one().exported_at = person.at
    person.enter()
    assert person.client.get(f"{MY}/erase").text.count(COPIES) == 0


@pytest.mark.either_database
def test_before_publication_copies_are_not_spoken_of(person: Contributor) -> None:
    person.send()
    person.enter()
    assert person.client.get(f"{MY}/erase").text.count(COPIES) == 0


def test_a_text_that_no_key_opens_can_be_withdrawn_and_erased(person: Contributor) -> None:
    person.send()
    person.enter()
    with person.app.app_context(), transaction() as session:
        session.execute(update(Revision).values(desk_answers=SHUT))
    before = list_ways(person)
    send_form(person.client, f"{MY}/withdraw", {}, action="/withdraw")
    after, state = list_ways(person), person.state()
    press_erase(person)
    assert (before, state, after, person.state()) == (
        [f"{MY}/withdraw", f"{MY}/erase"],
        State.WITHDRAWN,
        [f"{MY}/erase"],
        State.ERASED,
    )


def test_erasing_twice_changes_nothing(person: Contributor) -> None:
    person.send()
    for _ in range(2):
        with person.app.app_context(), transaction() as session:
            erase(session, session.get_one(Submission, person.submission_id), by=None, at=person.at)
    assert count_rows(person.app) == {"event": 1}


@pytest.mark.either_database
def test_an_editor_erases_nothing(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        by = session.scalars(select(Staff)).one()
        submission = session.get_one(Submission, person.submission_id)
        with pytest.raises(NotPermitted):
            erase(session, submission, by=by, at=person.at)


def test_an_admin_erases_on_request(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        admin = make_staff(session, Role.ADMIN)
        erase(session, session.get_one(Submission, person.submission_id), by=admin, at=person.at)
    assert person.state() is State.ERASED


def test_other_submissions_stay_as_they_are(person: Contributor) -> None:
    person.send()
    person.enter()
    with person.app.app_context(), transaction() as session:
        other = make_submission(session, person.at).id
    press_erase(person)
    kept = load_submission(person.app, other)
    assert (kept.state, bool(kept.heading)) == (State.SUBMITTED, True)


def test_a_duplicate_outlives_its_erased_original(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        original = session.get_one(Submission, person.submission_id)
        by, other = session.scalars(select(Staff)).one(), make_submission(session, person.at)
        decisions.mark_duplicate(session, other, original=original, by=by, at=person.at, seen=other.version)
        other_id = other.id
    person.enter()
    press_erase(person)
    assert load_submission(person.app, other_id).state is State.DUPLICATE
