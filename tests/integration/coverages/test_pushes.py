"""Stories on their way to a target: taken once, written down before they leave, called back from there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.errors import IllegalTransition
from portal.domain.permissions import Role
from portal.domain.pushes import LEASE, PushState
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import State
from portal.domain.take_downs import Recall, TakeDownOutcome
from portal.extensions import db
from portal.models import Draft, Publication, Push, RemoteCopy, Staff, Submission, TakeDown, Target
from portal.operations.coverages.departures import record_export
from portal.operations.coverages.drafts import publish, revise
from portal.operations.coverages.look_back import record_look
from portal.operations.coverages.pushes import (
    ArrivedStory,
    PushClaim,
    ask_pushes,
    begin_departure,
    claim_next,
    record_arrival,
    record_problem,
    record_question,
    send_over,
)
from portal.operations.coverages.targets import change_target, close_target, make_target
from portal.operations.erasure import erase
from portal.operations.locking import lock_texts_of
from portal.operations.private import author_acts
from portal.operations.recalls import open_take_downs
from portal.operations.take_downs import record_outcome
from portal.operations.transitions import undo_decision
from portal.queries.coverages.pushes import count_new, list_new, list_sendable
from portal.queries.take_downs import is_outside
from tests.support.contributor import Contributor
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form
from tests.support.staff import enter
from tests.support.targets import describe_target

VALUES = describe_target("https://site.example")
ARRIVED = ArrivedStory(
    remote_id=7,
    url="https://site.example/?p=7",
    edit_url="https://site.example/wp-admin/post.php?post=7&action=edit",
    slug="svitlo",
    status=RemoteStatus.DRAFT,
    modified="2026-03-14T09:00:00",
    fingerprint="1" * 64,
    sent_hash="0" * 64,
    media={"a": {"id": 8, "slug": "p-a", "url": "https://site.example/a.jpg"}},
    dropped=["dek"],
)
EXPORT = "/desk/coverages/ukraine-taiwan/export"
THEIRS = {"remote_id": 7, "modified": "2026-03-15T10:00:00", "fingerprint": "2" * 64, "content": "."}


@dataclass(frozen=True)
class World:
    """An approved story, a target in its language, and an editor who has pressed the button."""

    app: Flask
    author: Contributor
    at: datetime

    def draft(self, session: Session) -> Draft:
        return session.scalars(select(Draft)).one()

    def staff(self, session: Session) -> Staff:
        return session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()

    def press(self) -> int:
        """Send everything to the target; return how many begin."""
        with self.app.app_context(), transaction() as session:
            target = session.scalars(select(Target)).one()
            coverage = session.get_one(Submission, self.author.submission_id).call.coverage
            sendable = list_sendable(session, coverage, target.lang)
            return len(ask_pushes(session, target, sendable, by=self.staff(session), at=self.at))

    def claim(self, later: timedelta = timedelta(0)) -> PushClaim | None:
        with self.app.app_context(), transaction() as session:
            return claim_next(session, at=self.at + later)

    def leave(self) -> tuple[PushClaim, int]:
        """Take the story and write down that it leaves."""
        claim = self.claim()
        assert claim is not None
        with self.app.app_context(), transaction() as session:
            draft = self.draft(session)
            lock_texts_of(session, [draft.public_id])
            copy = begin_departure(session, claim, draft, key="story-1-uk", at=self.at)
            assert copy is not None
            return claim, copy.id

    def arrive(self) -> None:
        claim, copy_id = self.leave()
        with self.app.app_context(), transaction() as session:
            record_arrival(session, claim, copy_id, ARRIVED, at=self.at)

    def push(self) -> tuple[PushState, str]:
        with self.app.app_context():
            one = db.session.scalars(select(Push)).one()
            return one.state, one.problem

    def tasks(self) -> list[tuple[str, bool, bool]]:
        """Return of each task its reason, whether it is of the ledger's row, and whether it is open."""
        with self.app.app_context():
            rows = db.session.scalars(select(TakeDown).order_by(TakeDown.id)).all()
            return [(one.reason.value, one.copy is not None, one.closed_at is None) for one in rows]


@pytest.fixture
def world(app: Flask, client: FlaskClient, at: datetime) -> Iterator[World]:
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.await_approval("Світло зникло.")
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, author.submission_id)
            author_acts.approve(session, submission, revision=2, at=at)
            make_target(
                session,
                submission.call.coverage,
                VALUES,
                by=make_staff(session, Role.EDITOR),
                at=at,
            )
        made = World(app, author, at)
        made.press()
        yield made


def test_a_second_press_makes_nothing_twice(world: World) -> None:
    assert (world.press(), world.push()) == (0, (PushState.WAITING, ""))


@pytest.mark.either_database
def test_a_story_in_another_language_is_not_sent_there(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        session.scalars(select(Target)).one().lang = "en"
        session.delete(session.scalars(select(Push)).one())
    assert world.press() == 0


def read_new(world: World) -> tuple[int, list[int]]:
    """Return how many stories the page of the export calls new, and those that one press sends."""
    with world.app.app_context():
        session = db.session()
        target = session.scalars(select(Target)).one()
        listed = list_new(session, target.coverage, target)
        return count_new(session, target.coverage).get(target.id, 0), list(listed)


def test_what_is_on_its_way_is_not_new(world: World) -> None:
    assert read_new(world) == (0, [])


@pytest.mark.either_database
def test_what_stands_there_is_new_again_with_another_approved_text(world: World) -> None:
    world.arrive()
    before = read_new(world)
    with world.app.app_context(), transaction() as session:
        world.draft(session).revision += 1
    assert (before, read_new(world)) == ((0, []), (1, [world.author.submission_id]))


@pytest.mark.either_database
def test_what_did_not_arrive_is_new(world: World) -> None:
    claim, _copy = world.leave()
    with world.app.app_context(), transaction() as session:
        record_problem(session, claim, "photo_lost", at=world.at)
    assert read_new(world) == (1, [world.author.submission_id])


@pytest.mark.either_database
@pytest.mark.parametrize("choice", ["all_new", "drafts"])
def test_a_press_on_the_export_page_sends_stories_to_the_site_of_their_language(
    world: World, choice: str
) -> None:
    browser = world.app.test_client()
    with world.app.app_context(), transaction() as session:
        session.delete(session.scalars(select(Push)).one())
        chosen = {"all_new": "y", "drafts": world.draft(session).public_id}
        known = world.staff(session).fs_uniquifier
    enter(browser, known)
    form = find_form(browser.get(EXPORT).text, action="/pushes")
    sent = {**form["values"], choice: chosen[choice]}
    answers = [browser.post(form["action"], data=sent).status_code for _press in range(2)]
    # The second press finds nothing new; a story that is ticked and on its way just stays so.
    assert (world.push(), answers) == ((PushState.WAITING, ""), [303, 422 if choice == "all_new" else 303])


def test_another_worker_takes_it_when_the_first_one_has_died(world: World) -> None:
    world.claim()
    taken = world.claim(LEASE)
    assert taken is not None
    assert taken.attempts == 2


def test_what_a_worker_says_whose_time_is_over_is_not_written(world: World) -> None:
    first = world.claim()
    world.claim(LEASE)
    assert first is not None
    with world.app.app_context(), transaction() as session:
        record_problem(session, first, "closed", at=world.at)
    assert world.push() == (PushState.RUNNING, "")


@pytest.mark.either_database
def test_what_has_begun_to_leave_counts_as_outside(world: World) -> None:
    world.leave()
    with world.app.app_context():
        assert is_outside(db.session(), world.draft(db.session()))


def test_what_arrives_stands_in_the_ledger(world: World) -> None:
    world.arrive()
    with world.app.app_context():
        copy = db.session.scalars(select(RemoteCopy)).one()
        detail = db.session.scalars(select(Push.detail)).one()
        assert (copy.remote_id, copy.status, copy.revision, detail) == (
            7,
            RemoteStatus.DRAFT,
            2,
            {"dropped": ["dek"]},
        )


@pytest.mark.either_database
def test_a_problem_that_does_not_pass_ends_it(world: World) -> None:
    claim, _copy = world.leave()
    with world.app.app_context(), transaction() as session:
        record_problem(session, claim, "photo_lost", at=world.at)
    assert world.push() == (PushState.FAILED, "photo_lost")


@pytest.mark.either_database
def test_sending_over_a_change_there_takes_the_one_that_was_shown_as_known(world: World) -> None:
    world.arrive()
    world.press()
    claim, _copy = world.leave()
    with world.app.app_context(), transaction() as session:
        record_question(session, claim, THEIRS, at=world.at)
    with world.app.app_context(), transaction() as session:
        send_over(session, session.scalars(select(Push)).one(), by=world.staff(session), at=world.at)
    with world.app.app_context():
        modified = db.session.scalars(select(RemoteCopy.modified)).one()
    assert (world.push(), modified) == ((PushState.WAITING, ""), "2026-03-15T10:00:00")


@pytest.mark.either_database
def test_sending_over_a_change_that_was_not_kept_whole_leaves_the_ledger_and_has_it_asked_again(
    world: World,
) -> None:
    world.arrive()
    world.press()
    claim, _copy = world.leave()
    with world.app.app_context(), transaction() as session:
        record_question(session, claim, {"modified": "2026-03-15T10:00:00", "content": "."}, at=world.at)
    with world.app.app_context(), transaction() as session:
        send_over(session, session.scalars(select(Push)).one(), by=world.staff(session), at=world.at)
    with world.app.app_context():
        copy = db.session.scalars(select(RemoteCopy)).one()
        known = (copy.remote_id, copy.modified, copy.fingerprint)
    assert (world.push(), known) == (
        (PushState.WAITING, ""),
        (ARRIVED.remote_id, ARRIVED.modified, ARRIVED.fingerprint),
    )


@pytest.mark.either_database
def test_a_withdrawal_asks_for_the_copy_on_the_target(world: World) -> None:
    world.arrive()
    with world.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, world.author.submission_id)
        author_acts.withdraw(session, submission, at=world.at)
    assert world.tasks() == [("withdrawn", True, True)]


@pytest.mark.either_database
def test_an_exported_copy_besides_is_asked_for_too(world: World) -> None:
    world.arrive()
    with world.app.app_context(), transaction() as session:
        record_export(session, [world.draft(session)], by=None, at=world.at)
    with world.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, world.author.submission_id)
        author_acts.withdraw(session, submission, at=world.at)
    assert world.tasks() == [("withdrawn", True, True), ("withdrawn", False, True)]


def test_of_an_erased_text_the_ledger_keeps_its_row_until_it_is_taken_down(world: World) -> None:
    world.arrive()
    with world.app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, world.author.submission_id), by=None, at=world.at)
    with world.app.app_context():
        kept = [(one.remote_id, one.slug, one.media) for one in db.session.scalars(select(RemoteCopy))]
    with world.app.app_context(), transaction() as session:
        task = session.scalars(select(TakeDown)).one()
        record_outcome(session, task, outcome=TakeDownOutcome.REMOVED, note="", by=None, at=world.at)
    with world.app.app_context():
        left = [db.session.scalars(select(table)).first() for table in (RemoteCopy, Push, TakeDown)]
    assert (kept, left) == ([(7, "", ARRIVED.media)], [None, None, None])


@pytest.mark.either_database
def test_a_closed_target_has_no_password_and_nothing_waits_for_it(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        target = session.scalars(select(Target)).one()
        close_target(session, target, by=world.staff(session), at=world.at, seen=target.version)
    with world.app.app_context():
        sealed = db.session.scalars(select(Target.sealed_account)).one()
    assert (sealed, world.push()) == (None, (PushState.FAILED, "closed"))


@pytest.mark.either_database
def test_nothing_is_sent_to_a_closed_target(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        target = session.scalars(select(Target)).one()
        close_target(session, target, by=world.staff(session), at=world.at, seen=target.version)
    with pytest.raises(IllegalTransition):
        world.press()


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("address", "kept"), [("https://site.example", "of nobody"), ("https://other.example", "")]
)
def test_a_password_goes_to_the_address_it_was_typed_for_alone(world: World, address: str, kept: str) -> None:
    with world.app.app_context(), transaction() as session:
        target = session.scalars(select(Target)).one()
        values = replace(VALUES, address=address, password="")
        change_target(session, target, values, by=world.staff(session), at=world.at, seen=target.version)
    with world.app.app_context():
        assert db.session.scalars(select(Target)).one().password == kept


PLACE = "https://site.example/2026/03/svitlo"


def look(world: World, status: RemoteStatus, *, by_hand: bool = False) -> None:
    """Write down what the site says of the post."""
    with world.app.app_context(), transaction() as session:
        copy = session.scalars(select(RemoteCopy)).one()
        by = world.staff(session) if by_hand else None
        record_look(session, copy.id, status, PLACE, at=world.at, window=timedelta(minutes=10), by=by)


def read_story(world: World) -> tuple[State, list[str]]:
    with world.app.app_context():
        state = db.session.get_one(Submission, world.author.submission_id).state
        return state, [one.url for one in db.session.scalars(select(Publication))]


@pytest.mark.either_database
def test_what_was_published_there_counts_as_published(world: World) -> None:
    world.arrive()
    look(world, RemoteStatus.PUBLISHED)
    assert read_story(world) == (State.PUBLISHED, [PLACE])


@pytest.mark.either_database
def test_a_decision_that_was_undone_is_not_made_again_by_the_next_look(world: World) -> None:
    world.arrive()
    look(world, RemoteStatus.PUBLISHED)
    with world.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, world.author.submission_id)
        undo_decision(session, submission, by=world.staff(session), at=world.at, seen=submission.version)
    look(world, RemoteStatus.PUBLISHED)
    automatic = read_story(world)
    look(world, RemoteStatus.PUBLISHED, by_hand=True)
    assert (automatic, read_story(world)) == ((State.APPROVED, []), (State.PUBLISHED, [PLACE]))


@pytest.mark.either_database
def test_a_story_that_is_edited_again_is_not_recorded_as_published(world: World) -> None:
    world.arrive()
    with world.app.app_context(), transaction() as session:
        draft = world.draft(session)
        revise(session, draft, by=world.staff(session), at=world.at, seen=draft.submission.version)
    look(world, RemoteStatus.PUBLISHED)
    assert read_story(world) == (State.ACCEPTED, [])


@pytest.mark.either_database
def test_what_is_gone_from_there_is_no_task_any_more(world: World) -> None:
    world.arrive()
    with world.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, world.author.submission_id)
        author_acts.withdraw(session, submission, at=world.at)
    look(world, RemoteStatus.GONE)
    assert world.tasks() == [("withdrawn", True, False)]


def export(world: World, *, later: timedelta = timedelta(0)) -> None:
    """Hand the story over in a file."""
    with world.app.app_context(), transaction() as session:
        record_export(session, [world.draft(session)], by=world.staff(session), at=world.at + later)


def call_back(world: World, reason: Recall) -> None:
    with world.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, world.author.submission_id)
        open_take_downs(session, submission, reason, at=world.at)


def remove(world: World, *, on_site: bool) -> None:
    """Write down that nothing stands there any more, on the site or in the file."""
    with world.app.app_context(), transaction() as session:
        its_place = TakeDown.copy_id.is_not(None) if on_site else TakeDown.copy_id.is_(None)
        task = session.scalars(select(TakeDown).where(its_place, TakeDown.closed_at.is_(None))).one()
        by = world.staff(session)
        record_outcome(session, task, outcome=TakeDownOutcome.REMOVED, note="", by=by, at=world.at)


@pytest.mark.either_database
def test_a_file_is_called_back_though_the_post_is_gone_already(world: World) -> None:
    export(world)
    world.arrive()
    call_back(world, Recall.NAME)
    remove(world, on_site=True)
    call_back(world, Recall.PHOTO)
    asked = [("name", True, False), ("name", False, True), ("photo", False, True)]
    assert sorted(world.tasks()) == sorted(asked)


@pytest.mark.either_database
def test_a_file_that_was_removed_is_not_called_back_for_a_later_push(world: World) -> None:
    export(world, later=timedelta(hours=-2))
    call_back(world, Recall.NAME)
    remove(world, on_site=False)
    world.arrive()
    call_back(world, Recall.WITHDRAWN)
    assert world.tasks() == [("name", False, False), ("withdrawn", True, True)]


@pytest.mark.either_database
def test_an_address_that_never_was_one_leaves_no_task_where_a_post_is_all_that_left(world: World) -> None:
    world.arrive()
    with world.app.app_context(), transaction() as session:
        draft, by = world.draft(session), world.staff(session)
        seen, url = draft.submission.version, {"uk": "https://example.org/other"}
        publish(session, draft, url, by=by, at=world.at, seen=seen, window=timedelta(minutes=10))
        session.scalars(select(RemoteCopy)).one().status = RemoteStatus.PUBLISHED
    call_back(world, Recall.NAME)
    with world.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, world.author.submission_id)
        undo_decision(session, submission, by=world.staff(session), at=world.at, seen=submission.version)
    assert world.tasks() == [("name", True, True), ("name", False, False)]
