"""Decisions of the desk: what they need, what they leave behind, what they refuse."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.deadlines import CLAIM_TIME
from portal.domain.errors import MissingText, NotPermitted, StaleEdit
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.models import DraftRevision, Event, Message, OutboxMail, Staff, Submission
from portal.operations import transitions
from portal.operations.desk import decisions, triage
from portal.queries.desk.submission import find_claimant
from portal.queries.drafts import find_standing
from tests.support.factories import STORY, make_sending, make_staff, make_submission

WINDOW = timedelta(minutes=10)


def decline_one(
    session: Session, at: datetime, *, window: timedelta = timedelta(0)
) -> tuple[Submission, Staff]:
    """Have an editor decline a new text; return both."""
    submission, editor = make_submission(session, at), make_staff(session, Role.EDITOR)
    decisions.decline(
        session,
        submission,
        by=editor,
        at=at,
        seen=submission.version,
        reason="other",
        body="Вибачте.",
        window=window,
    )
    session.flush()
    return submission, editor


@pytest.mark.either_database
def test_a_question_reaches_the_author_after_the_undo_window(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    decisions.ask(
        session, submission, by=editor, at=at, seen=submission.version, body="Де це було?", window=WINDOW
    )
    session.flush()
    message = session.scalars(select(Message)).one()
    assert (message.body, message.lang, message.visible_at) == ("Де це було?", "uk", at + WINDOW)


@pytest.mark.either_database
def test_a_question_without_words_is_not_asked(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    with pytest.raises(MissingText):
        decisions.ask(session, submission, by=editor, at=at, seen=submission.version, body="  ")


@pytest.mark.either_database
def test_an_invitation_can_carry_a_date(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    due = at + timedelta(days=20)
    decisions.invite(session, submission, by=editor, at=at, seen=submission.version, due=due)
    assert (submission.state, submission.due_at) == (State.INVITED, due)


@pytest.mark.either_database
def test_an_accepted_story_becomes_a_draft_copy(session: Session, at: datetime) -> None:
    submission = make_submission(session, at, Stage.STORY)
    editor = make_staff(session, Role.EDITOR)
    draft = decisions.accept(session, submission, by=editor, at=at, seen=submission.version)
    assert (draft.title, draft.body, draft.byline_mode, draft.byline, draft.lang) == (
        "Коли гасне світло",
        STORY,
        "pen",
        "Олена К.",
        "uk",
    )


@pytest.mark.either_database
def test_the_first_revision_of_a_draft_is_what_was_sent(session: Session, at: datetime) -> None:
    submission = make_submission(session, at, Stage.STORY)
    editor = make_staff(session, Role.EDITOR)
    decisions.accept(session, submission, by=editor, at=at, seen=submission.version)
    session.flush()
    revision = session.scalars(select(DraftRevision)).one()
    assert (revision.number, revision.fields["body"]) == (1, STORY)


@pytest.mark.either_database
def test_an_undone_acceptance_leaves_no_draft_that_stands(session: Session, at: datetime) -> None:
    submission = make_submission(session, at, Stage.STORY)
    editor = make_staff(session, Role.EDITOR)
    decisions.accept(session, submission, by=editor, at=at, seen=submission.version, window=WINDOW)
    session.flush()
    transitions.undo_decision(session, submission, by=editor, at=at, seen=submission.version)
    session.flush()
    assert find_standing(session, submission.id) is None


@pytest.mark.either_database
def test_a_moderator_cannot_accept(session: Session, at: datetime) -> None:
    submission = make_submission(session, at, Stage.STORY)
    moderator = make_staff(session, Role.MODERATOR)
    with pytest.raises(NotPermitted):
        decisions.accept(session, submission, by=moderator, at=at, seen=submission.version)


@pytest.mark.either_database
def test_nobody_declines_a_language_they_do_not_read(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR, languages=("en",))
    with pytest.raises(decisions.LanguageNotRead):
        decisions.decline(
            session, submission, by=editor, at=at, seen=submission.version, reason="other", body="Вибачте."
        )


@pytest.mark.either_database
def test_declining_keeps_the_reason(session: Session, at: datetime) -> None:
    submission, _editor = decline_one(session, at)
    assert (submission.state, submission.decline_reason) == (State.DECLINED, "other")


@pytest.mark.either_database
def test_declining_needs_words(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    with pytest.raises(MissingText):
        decisions.decline(
            session, submission, by=editor, at=at, seen=submission.version, reason="other", body=""
        )


@pytest.mark.either_database
def test_an_undone_decline_sends_no_mail(session: Session, at: datetime) -> None:
    submission, editor = decline_one(session, at, window=WINDOW)
    transitions.undo_decision(session, submission, by=editor, at=at, seen=submission.version)
    session.flush()
    assert [mail.kind for mail in session.scalars(select(OutboxMail))] == [Notice.RECEIVED]


def test_a_stale_decision_changes_nothing(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    with pytest.raises(StaleEdit):
        decisions.mark_spam(session, submission, by=editor, at=at, seen=submission.version + 1)


@pytest.mark.either_database
def test_a_duplicate_names_its_original(session: Session, at: datetime) -> None:
    original = make_submission(session, at)
    copy = make_submission(session, at, sending=make_sending(idea="Та сама історія ще раз."))
    editor = make_staff(session, Role.EDITOR)
    decisions.mark_duplicate(session, copy, original=original, by=editor, at=at, seen=copy.version)
    session.flush()
    assert (copy.state, copy.duplicate_of_id) == (State.DUPLICATE, original.id)


@pytest.mark.either_database
def test_nothing_is_its_own_duplicate(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    with pytest.raises(decisions.NoOriginal):
        decisions.mark_duplicate(
            session, submission, original=submission, by=editor, at=at, seen=submission.version
        )


@pytest.mark.either_database
def test_a_reopened_duplicate_stands_alone_again(session: Session, at: datetime) -> None:
    original = make_submission(session, at)
    copy = make_submission(session, at, sending=make_sending(idea="Та сама історія ще раз."))
    editor = make_staff(session, Role.EDITOR)
    decisions.mark_duplicate(session, copy, original=original, by=editor, at=at, seen=copy.version)
    session.flush()
    decisions.reopen(session, copy, by=editor, at=at, seen=copy.version)
    session.flush()
    assert (copy.state, copy.duplicate_of_id) == (State.SUBMITTED, None)


@pytest.mark.either_database
def test_reopening_inside_the_window_takes_the_decision_back(session: Session, at: datetime) -> None:
    submission, editor = decline_one(session, at, window=WINDOW)
    decisions.reopen(session, submission, by=editor, at=at, seen=submission.version)
    session.flush()
    assert session.scalars(select(Message)).all() == []


@pytest.mark.either_database
def test_a_withdrawal_on_request_says_how_the_author_asked(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    event = decisions.withdraw_on_request(
        session, submission, by=editor, at=at, seen=submission.version, note="Signal"
    )
    assert (submission.state, event.detail["note"]) == (State.WITHDRAWN, "Signal")


def test_a_claim_makes_no_decision_stale(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    moderator = make_staff(session, Role.MODERATOR)
    seen = submission.version
    triage.claim(session, submission, by=moderator, at=at)
    session.flush()
    stored = session.scalar(select(Submission.version).where(Submission.id == submission.id))
    assert stored == seen


@pytest.mark.either_database
def test_a_claim_fades_after_five_minutes(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    triage.claim(session, submission, by=make_staff(session, Role.MODERATOR), at=at)
    assert find_claimant(submission, at=at + CLAIM_TIME) is None


@pytest.mark.either_database
def test_taking_over_is_logged(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    first = make_staff(session, Role.MODERATOR, name="Anna")
    session.expire(submission)  # a colleague has it from the database
    triage.claim(session, submission, by=first, at=at)
    triage.claim(session, submission, by=make_staff(session, Role.MODERATOR), at=at)
    session.flush()
    logged = session.scalars(select(Event).where(Event.act == "claim")).one()
    assert logged.detail == {"taken_from": "Anna"}


@pytest.mark.either_database
def test_nobody_lets_go_for_a_colleague(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    first = make_staff(session, Role.MODERATOR)
    session.expire(submission)  # a colleague has it from the database
    triage.claim(session, submission, by=first, at=at)
    triage.release(session, submission, by=make_staff(session, Role.MODERATOR))
    assert submission.claimed_by_id == first.id


@pytest.mark.either_database
def test_a_submission_is_not_assigned_to_somebody_who_cannot_read_it(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    editor = make_staff(session, Role.EDITOR)
    stranger = make_staff(session, Role.MODERATOR, member=False)
    with pytest.raises(NotPermitted):
        triage.assign(session, submission, by=editor, to=stranger, seen=submission.version, at=at)
