"""Editing an accepted story: saving, asking its author, publishing, correcting."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.editing import Verdict
from portal.domain.errors import DomainError, IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Draft, DraftRevision, OutboxMail, Staff
from portal.operations import transitions
from portal.operations.coverages import drafts
from portal.operations.private import author_acts
from tests.support.approved_story import PLACE
from tests.support.factories import make_draft, make_staff

WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Desk:
    """A draft and the editor at work on it."""

    session: Session
    draft: Draft
    editor: Staff
    at: datetime

    @property
    def state(self) -> State:
        return self.draft.submission.state

    def save(self, **values: object) -> DraftRevision | None:
        return drafts.save_draft(
            self.session, self.draft, values, by=self.editor, at=self.at, seen=self.draft.version
        )

    def send(self, **values: object) -> None:
        seen = self.draft.submission.version
        drafts.send_for_approval(
            self.session,
            self.draft,
            by=self.editor,
            at=self.at,
            seen=seen,
            **values,  # type: ignore[arg-type]  # cases name fields by text
        )

    def waive(self, reason: str = "Said yes by telephone.", window: timedelta = timedelta(0)) -> None:
        seen = self.draft.submission.version
        drafts.waive_approval(
            self.session, self.draft, by=self.editor, at=self.at, seen=seen, reason=reason, window=window
        )

    def revise(self) -> None:
        seen = self.draft.submission.version
        drafts.revise(self.session, self.draft, by=self.editor, at=self.at, seen=seen)

    def publish(self, window: timedelta = timedelta(0), **addresses: str) -> None:
        seen = self.draft.submission.version
        drafts.publish(
            self.session, self.draft, addresses, by=self.editor, at=self.at, seen=seen, window=window
        )

    def take_back(self) -> None:
        seen = self.draft.submission.version
        transitions.undo_decision(self.session, self.draft.submission, by=self.editor, at=self.at, seen=seen)


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    editor = make_staff(session, Role.EDITOR)
    return Desk(session, make_draft(session, at, by=editor), editor, at)


def test_a_change_is_kept_as_a_new_revision(desk: Desk) -> None:
    saved = desk.save(title="Коли гасне світло в Харкові", topics=["history"])
    assert saved is not None
    assert (saved.number, saved.fields["title"], saved.fields["topics"], saved.staff_id) == (
        2,
        "Коли гасне світло в Харкові",
        ["history"],
        desk.editor.id,
    )


@pytest.mark.either_database
def test_saving_without_a_change_makes_no_revision(desk: Desk) -> None:
    assert desk.save(title=desk.draft.title) is None


def test_a_text_that_a_colleague_changed_is_not_overwritten(desk: Desk) -> None:
    seen = desk.draft.version
    desk.save(title="Перша")
    with pytest.raises(StaleEdit):
        drafts.save_draft(desk.session, desk.draft, {"title": "Друга"}, by=desk.editor, at=desk.at, seen=seen)


@pytest.mark.either_database
def test_a_story_cannot_be_emptied(desk: Desk) -> None:
    with pytest.raises(MissingText):
        desk.save(body=" ")


@pytest.mark.either_database
def test_a_moderator_does_not_edit(desk: Desk) -> None:
    moderator = make_staff(desk.session, Role.MODERATOR)
    with pytest.raises(NotPermitted):
        drafts.save_draft(
            desk.session, desk.draft, {"title": "x"}, by=moderator, at=desk.at, seen=desk.draft.version
        )


@pytest.mark.either_database
def test_nobody_types_a_name_for_an_author_who_wants_none(desk: Desk) -> None:
    desk.draft.byline_mode = "none"
    desk.session.flush()
    desk.save(byline="Олена Коваль")
    assert desk.draft.byline == ""


@pytest.mark.either_database
def test_the_choice_of_a_name_stays_the_authors(desk: Desk) -> None:
    desk.save(byline_mode="real")
    assert desk.draft.byline_mode == "pen"


@pytest.mark.either_database
def test_an_open_choice_of_a_name_is_written_down_once_the_author_has_decided(desk: Desk) -> None:
    desk.draft.byline_mode = "later"
    desk.session.flush()
    desk.save(byline_mode="real", byline="Олена Коваль")
    assert (desk.draft.byline_mode, desk.draft.byline) == ("real", "Олена Коваль")


@pytest.mark.either_database
def test_a_text_with_its_author_is_not_changed(desk: Desk) -> None:
    desk.send()
    with pytest.raises(IllegalTransition):
        desk.save(title="Нова")


@pytest.mark.either_database
def test_the_author_is_asked_about_the_text_the_editor_saw(desk: Desk) -> None:
    desk.save(title="Нова")
    with pytest.raises(StaleEdit):
        desk.send(revision=1)


@pytest.mark.either_database
def test_the_author_is_asked_by_a_day(desk: Desk) -> None:
    desk.send(answer_by=date(2026, 4, 1))
    due = desk.draft.submission.due_at
    assert (desk.state, desk.draft.checks[-1].revision, due and due.date()) == (
        State.AUTHOR_CHECK,
        1,
        date(2026, 4, 1),
    )


@pytest.mark.either_database
def test_an_approved_text_is_the_one_the_author_read(desk: Desk) -> None:
    desk.save(title="Нова")
    desk.send()
    author_acts.approve(desk.session, desk.draft.submission, revision=2, at=desk.at)
    assert (desk.state, desk.draft.approved_revision) == (State.APPROVED, 2)


@pytest.mark.either_database
def test_going_on_without_an_answer_needs_a_reason(desk: Desk) -> None:
    with pytest.raises(MissingText):
        desk.waive(reason=" ")


@pytest.mark.either_database
def test_going_on_without_an_answer_is_kept_with_its_reason(desk: Desk) -> None:
    desk.send()
    desk.waive()
    check = desk.draft.checks[-1]
    assert (desk.state, desk.draft.approved_revision, check.verdict, check.reason) == (
        State.APPROVED,
        1,
        Verdict.WAIVED,
        "Said yes by telephone.",
    )


@pytest.mark.either_database
def test_an_editor_goes_on_without_an_answer_about_the_text_they_saw(desk: Desk) -> None:
    desk.save(title="Нова")
    with pytest.raises(StaleEdit):
        drafts.waive_approval(
            desk.session,
            desk.draft,
            by=desk.editor,
            at=desk.at,
            seen=desk.draft.submission.version,
            reason="Said yes by telephone.",
            revision=1,
        )


@dataclass(frozen=True)
class Late:
    """An editor with the page of a draft open since before a colleague acted."""

    session: Session
    draft: Draft
    editor: Staff
    at: datetime
    seen: int

    def do_elsewhere(self, act: Callable[[Session, Draft, Staff], object]) -> None:
        with Session(db.engine) as other:
            act(other, other.get_one(Draft, self.draft.id), other.get_one(Staff, self.editor.id))
            other.commit()


@pytest.fixture
def late(desk: Desk) -> Late:
    desk.session.expire_on_commit = False
    seen, checks = desk.draft.submission.version, desk.draft.checks
    assert checks == []
    desk.session.commit()
    return Late(desk.session, desk.draft, desk.editor, desk.at, seen)


@pytest.mark.parametrize("act", ["send_for_approval", "waive_approval"])
def test_a_text_that_a_colleague_saves_at_that_moment_is_neither_sent_nor_approved(
    late: Late, act: str
) -> None:
    late.do_elsewhere(
        lambda session, draft, by: drafts.save_draft(
            session, draft, {"title": "Інша"}, by=by, at=late.at, seen=draft.version
        )
    )
    given = {"by": late.editor, "at": late.at, "seen": late.seen, "revision": 1}
    reason = {"reason": "By phone."} if act == "waive_approval" else {}
    with pytest.raises(StaleEdit):
        getattr(drafts, act)(late.session, late.draft, **given, **reason)


def test_a_text_that_a_colleague_sends_to_its_author_at_that_moment_is_not_changed(late: Late) -> None:
    late.do_elsewhere(
        lambda session, draft, by: drafts.send_for_approval(
            session, draft, by=by, at=late.at, seen=draft.submission.version
        )
    )
    with pytest.raises(IllegalTransition):
        drafts.save_draft(late.session, late.draft, {"title": "Інша"}, by=late.editor, at=late.at, seen=1)


@pytest.mark.either_database
def test_editing_again_makes_a_new_approval_necessary(desk: Desk) -> None:
    desk.waive()
    desk.revise()
    assert (desk.state, desk.draft.approved_revision) == (State.ACCEPTED, None)


@pytest.mark.either_database
def test_a_request_taken_back_in_time_sends_no_mail(desk: Desk) -> None:
    before = desk.session.scalar(select(func.count(OutboxMail.id)))
    desk.send(window=WINDOW, message="Погляньте, будь ласка.")
    desk.revise()
    after = desk.session.scalar(select(func.count(OutboxMail.id)))
    assert (desk.state, len(desk.draft.checks), after) == (State.ACCEPTED, 0, before)


@pytest.mark.either_database
def test_undoing_a_waived_approval_lets_the_author_answer_again(desk: Desk) -> None:
    desk.send()
    desk.waive(window=WINDOW)
    desk.take_back()
    assert (desk.state, desk.draft.approved_revision, [check.verdict for check in desk.draft.checks]) == (
        State.AUTHOR_CHECK,
        None,
        [None],
    )


@pytest.mark.either_database
def test_undoing_a_waived_approval_nobody_was_asked_for_leaves_nothing(desk: Desk) -> None:
    desk.waive(window=WINDOW)
    desk.take_back()
    assert (desk.state, desk.draft.approved_revision, desk.draft.checks) == (State.ACCEPTED, None, [])


@pytest.mark.either_database
def test_a_published_story_has_an_address_for_each_language(desk: Desk) -> None:
    desk.waive()
    desk.publish(uk=PLACE, en=" ")
    assert (desk.state, [(one.lang, one.url) for one in desk.draft.publications]) == (
        State.PUBLISHED,
        [("uk", PLACE)],
    )


def test_undoing_a_publication_forgets_the_address(desk: Desk) -> None:
    desk.waive()
    desk.publish(uk=PLACE, window=WINDOW)
    desk.take_back()
    assert (desk.state, desk.draft.publications) == (State.APPROVED, [])


@pytest.mark.either_database
@pytest.mark.parametrize(
    "address", ["http://example.org/a", "example.org", "https://u:p@example.org/", "https://[x"]
)
def test_only_full_https_addresses_are_recorded(desk: Desk, address: str) -> None:
    desk.waive()
    with pytest.raises(DomainError):
        desk.publish(uk=address)


@pytest.mark.either_database
def test_publishing_needs_an_address(desk: Desk) -> None:
    desk.waive()
    with pytest.raises(MissingText):
        desk.publish(uk="")


@pytest.mark.either_database
def test_a_correction_needs_a_new_approval(desk: Desk) -> None:
    desk.waive()
    desk.publish(uk=PLACE)
    seen = desk.draft.submission.version
    drafts.correct(desk.session, desk.draft, by=desk.editor, at=desk.at, seen=seen, reason="A wrong date.")
    assert (desk.state, desk.draft.approved_revision) == (State.ACCEPTED, None)
