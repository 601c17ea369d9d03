"""Taking a decision back inside its window, and reopening what was closed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.answers import GivenConsent
from portal.domain.errors import IllegalTransition, StaleEdit
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Draft, DraftRevision, Event, Message, OutboxMail, Staff, Submission
from portal.operations import transitions
from portal.operations.contribute.change import change, fix_language
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.desk import decisions, triage
from portal.operations.private.author_acts import approve, object_to, reply, undo_withdrawal, withdraw
from portal.operations.private.consents import renew_consents
from portal.operations.private.messages import write_to_desk
from tests.support.factories import make_form_key, make_sending, make_staff, make_submission
from tests.support.statements import listening

WINDOW: Final = timedelta(minutes=10)
SECOND: Final = timedelta(seconds=1)


class Desk:
    """A submission, an editor and a moment; every act is written before the next one."""

    def __init__(self, session: Session, at: datetime, stage: Stage = Stage.PITCH) -> None:
        self.session, self.at = session, at
        self.form_key = make_form_key()
        self.submission = make_submission(session, at, stage, form_key=self.form_key)
        self.editor = make_staff(session, Role.EDITOR)
        self.session.flush()

    def decide(self, act: Callable[..., Any], **more: Any) -> None:
        given = {"by": self.editor, "window": WINDOW, **more}
        act(self.session, self.submission, at=self.at, seen=self.submission.version, **given)
        self.session.flush()

    def ask(self, window: timedelta = WINDOW) -> None:
        self.decide(decisions.ask, body="Де це було?", window=window)

    def decline(self, window: timedelta = timedelta(0)) -> None:
        self.decide(decisions.decline, reason="other", body="Вибачте.", window=window)

    def withdraw(self) -> None:
        withdraw(self.session, self.submission, at=self.at, window=WINDOW)
        self.session.flush()

    def come_back(self) -> None:
        undo_withdrawal(self.session, self.submission, at=self.at)
        self.session.flush()

    def undo(self, *, by: Staff | None = None, after: timedelta = timedelta(0)) -> None:
        transitions.undo_decision(
            self.session,
            self.submission,
            by=by or self.editor,
            at=self.at + after,
            seen=self.submission.version,
        )
        self.session.flush()

    def reopen(self) -> None:
        decisions.reopen(
            self.session, self.submission, by=self.editor, at=self.at, seen=self.submission.version
        )
        self.session.flush()

    def read_again(self) -> Submission:
        """Return the submission as the database has it."""
        self.session.refresh(self.submission)
        return self.submission

    def rows(self, table: type[Any]) -> list[Any]:
        return list(self.session.scalars(select(table)))


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    """An editor in front of a pitch."""
    return Desk(session, at)


@pytest.fixture
def story_desk(session: Session, at: datetime) -> Desk:
    """An editor in front of a finished story."""
    return Desk(session, at, Stage.STORY)


def make_duplicate(desk: Desk, window: timedelta = timedelta(0)) -> Submission:
    original = make_submission(desk.session, desk.at, sending=make_sending(idea="Перша."))
    desk.session.flush()
    desk.decide(decisions.mark_duplicate, original=original, window=window)
    return original


def test_undo_puts_the_state_back(desk: Desk) -> None:
    desk.ask()
    desk.undo()
    assert desk.read_again().state is State.SUBMITTED


@pytest.mark.either_database
def test_undo_puts_the_state_before_back(desk: Desk) -> None:
    desk.ask()
    desk.undo()
    assert desk.read_again().state_before is State.WRITING


@pytest.mark.either_database
def test_undo_leaves_the_stage_as_it_was(desk: Desk) -> None:
    desk.decide(decisions.invite)
    desk.undo()
    assert desk.read_again().stage is Stage.PITCH


@pytest.mark.either_database
def test_undo_puts_the_promised_date_back(desk: Desk) -> None:
    due = desk.submission.due_at
    desk.decide(decisions.invite, due=desk.at + timedelta(days=40))
    desk.undo()
    assert desk.read_again().due_at == due


@pytest.mark.either_database
def test_undo_puts_the_decline_reason_back(desk: Desk) -> None:
    desk.decline(WINDOW)
    desk.undo()
    assert desk.read_again().decline_reason == ""


@pytest.mark.either_database
def test_undo_frees_a_duplicate_of_its_original(desk: Desk) -> None:
    make_duplicate(desk, WINDOW)
    desk.undo()
    assert desk.read_again().duplicate_of_id is None


@pytest.mark.either_database
def test_undo_leaves_nothing_to_announce(desk: Desk) -> None:
    desk.ask()
    desk.undo()
    submission = desk.read_again()
    assert (submission.announced_state, submission.announce_at) == (None, None)


@pytest.mark.either_database
def test_undo_takes_the_message_out_of_the_thread(desk: Desk) -> None:
    desk.ask()
    desk.undo()
    assert desk.rows(Message) == []


@pytest.mark.either_database
def test_undo_leaves_earlier_messages(desk: Desk) -> None:
    desk.ask(timedelta(0))
    reply(desk.session, desk.submission, body="У Харкові.", at=desk.at)
    desk.session.flush()
    desk.decline(WINDOW)
    desk.undo()
    assert [one.body for one in desk.rows(Message)] == ["Де це було?", "У Харкові."]


@pytest.mark.either_database
def test_undo_takes_back_the_mail_of_the_decision_alone(desk: Desk) -> None:
    before = {mail.public_id for mail in desk.rows(OutboxMail)}
    desk.ask()
    desk.undo()
    assert {mail.public_id for mail in desk.rows(OutboxMail)} == before


@pytest.mark.either_database
def test_undo_of_an_acceptance_sets_the_draft_aside(story_desk: Desk) -> None:
    story_desk.decide(decisions.accept)
    story_desk.undo()
    aside = [draft.set_aside_at for draft in story_desk.rows(Draft)]
    assert (aside, len(story_desk.rows(DraftRevision))) == ([story_desk.at], 1)


@pytest.mark.either_database
def test_undo_is_told_in_the_history(desk: Desk) -> None:
    desk.ask()
    desk.undo()
    newest = desk.rows(Event)[-1]
    assert (newest.act, newest.from_state, newest.to_state, newest.staff_id, newest.detail) == (
        HistoryAct.UNDO,
        State.NEEDS_REPLY,
        State.SUBMITTED,
        desk.editor.id,
        {"undone": Act.ASK},
    )


def test_the_last_second_of_the_window_still_undoes(desk: Desk) -> None:
    desk.ask()
    desk.undo(after=WINDOW - SECOND)
    assert desk.read_again().state is State.SUBMITTED


@pytest.mark.either_database
def test_nothing_is_undone_when_the_window_has_passed(desk: Desk) -> None:
    desk.ask()
    with pytest.raises(IllegalTransition):
        desk.undo(after=WINDOW)


@pytest.mark.either_database
def test_a_decision_without_a_window_is_not_undone(desk: Desk) -> None:
    desk.ask(timedelta(0))
    with pytest.raises(IllegalTransition):
        desk.undo()


def test_nothing_is_undone_twice(desk: Desk) -> None:
    desk.ask()
    desk.undo()
    with pytest.raises(IllegalTransition):
        desk.undo()


@pytest.mark.either_database
def test_what_the_contributor_did_meanwhile_is_not_undone(desk: Desk) -> None:
    desk.ask()
    desk.withdraw()
    with pytest.raises(IllegalTransition):
        desk.undo()


@pytest.mark.either_database
def test_a_decision_is_undone_after_its_author_withdrew_and_came_back(desk: Desk) -> None:
    desk.decline(window=WINDOW)
    desk.withdraw()
    desk.come_back()
    desk.undo()
    assert (desk.read_again().state, desk.rows(Message)) == (State.SUBMITTED, [])


@pytest.mark.either_database
def test_reopening_what_its_author_came_back_to_tells_nobody(desk: Desk) -> None:
    desk.decline(window=WINDOW)
    desk.withdraw()
    desk.come_back()
    desk.reopen()
    assert (desk.read_again().state, desk.rows(Message)) == (State.SUBMITTED, [])
    assert [mail.kind for mail in desk.rows(OutboxMail)] == [Notice.RECEIVED]


@pytest.mark.either_database
def test_an_old_page_undoes_nothing(desk: Desk) -> None:
    desk.ask()
    with pytest.raises(StaleEdit):
        transitions.undo_decision(
            desk.session, desk.submission, by=desk.editor, at=desk.at, seen=desk.submission.version - 1
        )


@pytest.mark.either_database
def test_a_moderator_does_not_undo_an_editors_decision(desk: Desk) -> None:
    desk.ask()
    with pytest.raises(IllegalTransition):
        desk.undo(by=make_staff(desk.session, Role.MODERATOR))


def spam(desk: Desk, by: Staff) -> None:
    desk.decide(decisions.mark_spam, by=by)


def ask_it(desk: Desk, by: Staff) -> None:
    desk.decide(decisions.ask, by=by, body="Де це було?")


@pytest.mark.either_database
@pytest.mark.parametrize("decide", [ask_it, spam])
def test_a_moderator_undoes_what_is_their_own_and_no_colleagues(
    desk: Desk, decide: Callable[[Desk, Staff], None]
) -> None:
    one, other = (make_staff(desk.session, Role.MODERATOR) for _ in range(2))
    decide(desk, one)
    with pytest.raises(IllegalTransition):
        desk.undo(by=other)
    desk.undo(by=one)
    assert desk.read_again().state is State.SUBMITTED


@pytest.mark.either_database
def test_an_editor_undoes_a_moderators_question(desk: Desk) -> None:
    desk.decide(decisions.ask, by=make_staff(desk.session, Role.MODERATOR), body="Де це було?")
    desk.undo()
    assert desk.read_again().state is State.SUBMITTED


def close_twice(desk: Desk) -> None:
    """Ask, decline and withdraw: two closed states one upon the other."""
    desk.ask(timedelta(0))
    desk.decline()
    desk.withdraw()


@pytest.mark.either_database
def test_reopening_goes_back_step_by_step(desk: Desk) -> None:
    close_twice(desk)
    desk.reopen()
    first = desk.submission.state
    desk.reopen()
    assert (first, desk.read_again().state) == (State.DECLINED, State.NEEDS_REPLY)


@pytest.mark.either_database
def test_a_withdrawn_decline_is_reopened_with_its_reason(desk: Desk) -> None:
    close_twice(desk)
    desk.reopen()
    assert desk.read_again().decline_reason == "other"


@pytest.mark.either_database
def test_a_reopened_decline_has_no_reason_any_more(desk: Desk) -> None:
    desk.decline()
    desk.reopen()
    assert desk.read_again().decline_reason == ""


@pytest.mark.either_database
def test_a_withdrawn_duplicate_is_reopened_with_its_original(desk: Desk) -> None:
    original = make_duplicate(desk)
    desk.withdraw()
    desk.reopen()
    assert (desk.read_again().state, desk.submission.duplicate_of_id) == (State.DUPLICATE, original.id)


@pytest.mark.either_database
def test_a_colleague_who_looked_at_a_closed_text_does_not_block_reopening(desk: Desk) -> None:
    desk.decline()
    for name in ("Anna", "Bohdan"):
        reader = make_staff(desk.session, Role.MODERATOR, name=name)
        triage.claim(desk.session, desk.submission, by=reader, at=desk.at)
    desk.withdraw()
    desk.reopen()
    desk.reopen()
    assert desk.read_again().state is State.SUBMITTED


@pytest.mark.either_database
def test_a_version_sent_after_the_decline_does_not_block_reopening(desk: Desk) -> None:
    desk.decline()
    portal = current_portal().instance
    submit(
        desk.session,
        desk.submission.call,
        make_sending(idea="Краще написана."),
        FormSecrets(portal.keys, portal.receipt_secret, desk.form_key),
        at=desk.at,
        locale="uk",
    )
    desk.withdraw()
    desk.reopen()
    desk.reopen()
    assert desk.read_again().state is State.SUBMITTED


@pytest.mark.either_database
def test_a_reopened_text_is_promised_a_new_answer(desk: Desk) -> None:
    desk.decline()
    desk.at += timedelta(days=30)
    desk.reopen()
    assert desk.read_again().due_at == desk.at.replace(minute=0, second=0) + timedelta(days=14)


def give_yes(session: Session, submission: Submission, at: datetime) -> None:
    approve(session, submission, revision=1, at=at)


def object_to_it(session: Session, submission: Submission, at: datetime) -> None:
    object_to(session, submission, revision=1, body="Ні.", at=at)


def answer_it(session: Session, submission: Submission, at: datetime) -> None:
    reply(session, submission, body="Так.", at=at)


def take_it_back(session: Session, submission: Submission, at: datetime) -> None:
    withdraw(session, submission, at=at)


def write_about_it(session: Session, submission: Submission, at: datetime) -> None:
    write_to_desk(session, submission, body="Ще одне.", at=at)


def name_its_language(session: Session, submission: Submission, at: datetime) -> None:
    fix_language(session, submission, "en", by=None, at=at)


def agree_anew(session: Session, submission: Submission, at: datetime) -> None:
    renew_consents(session, submission, [GivenConsent("c_age", 9, "Нові слова.", "uk")], at=at)


def change_it(session: Session, submission: Submission, at: datetime) -> None:
    instance = current_portal().instance
    secrets = FormSecrets(instance.keys, instance.receipt_secret, make_form_key())
    change(session, submission, make_sending(Stage.STORY, title="Інша"), secrets, at=at)


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (give_yes, State.AUTHOR_CHECK),
        (object_to_it, State.AUTHOR_CHECK),
        (answer_it, State.NEEDS_REPLY),
        (take_it_back, State.SUBMITTED),
        (write_about_it, State.SUBMITTED),
        (name_its_language, State.SUBMITTED),
        (agree_anew, State.SUBMITTED),
        (change_it, State.SUBMITTED),
    ],
)
def test_what_an_author_does_holds_the_row_before_it_looks_at_anything(
    app: Flask, at: datetime, act: Callable[[Session, Submission, datetime], None], state: State
) -> None:
    """SQLite lets one person write at a time: whoever writes there holds everything."""
    with app.app_context():
        session = db.session()
        desk = Desk(session, at, Stage.STORY)
        if state is State.NEEDS_REPLY:
            desk.ask(window=timedelta(0))
        if state is State.AUTHOR_CHECK:
            draft = decisions.accept(
                session, desk.submission, by=desk.editor, at=at, seen=desk.submission.version
            )
            session.flush()
            send_for_approval(session, draft, by=desk.editor, at=at, seen=desk.submission.version)
        session.flush()
        with listening(app) as sent:
            act(session, desk.submission, at)
        first, is_postgresql = sent[0][0], db.engine.dialect.name == "postgresql"
        session.rollback()
    assert ("FROM submission" in first, first.endswith("FOR UPDATE OF submission")) == (True, is_postgresql)
