"""Every act of the table, whoever does it, queues the mail of the table within its transaction, no other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.domain.transitions import TRANSITIONS
from portal.extensions import current_portal, db
from portal.models import Draft, OutboxMail, Staff, Submission
from portal.operations.contribute.submit import FormSecrets, send_story
from portal.operations.coverages import drafts
from portal.operations.desk import decisions
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.messages import write_to_author
from tests.support.bad_input import ONE_DATABASE
from tests.support.desk_codes import give_code
from tests.support.factories import (
    ADDRESS,
    add_nothing,
    make_form_key,
    make_sending,
    make_staff,
    make_submission,
)
from tests.support.mail_server import drop_mail
from tests.support.sender import save_pitch

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)
ADDRESSES = pytest.mark.parametrize("address", [ADDRESS, ""], ids=["mail wanted", "no address"])


@dataclass
class Case:
    """A submission on its way, and those who act on it."""

    session: Session
    at: datetime
    address: str
    editor: Staff
    admin: Staff
    submission: Submission

    def given(self, *, window: bool = True, by: Staff | None = None) -> dict[str, Any]:
        """Return what every act of the desk is told."""
        told: dict[str, Any] = {"by": by or self.editor, "at": self.at, "seen": self.submission.version}
        return {**told, "window": WINDOW} if window else told

    def use(self, stage: Stage) -> None:
        """Go on with another text of the same author."""
        sending = make_sending(stage, address=self.address)
        self.submission = make_submission(self.session, self.at, stage, locale="uk", sending=sending)

    @property
    def draft(self) -> Draft:
        """Return the draft of the accepted story."""
        found = select(Draft).where(Draft.submission_id == self.submission.id)
        return self.session.scalars(found).one()

    def list_mail(self) -> list[tuple[str, str, timedelta]]:
        """Return of each mail that waits for this author: kind, language, and how long it waits."""
        mails = (
            select(OutboxMail).where(OutboxMail.submission_id == self.submission.id).order_by(OutboxMail.id)
        )
        return [
            (mail.kind, mail.locale, mail.run_at - max(mail.queued_at, min(self.at, mail.run_at)))
            for mail in self.session.scalars(mails)
        ]


Step = Callable[[Case], object]


def submit(case: Case) -> None:
    case.use(Stage.PITCH)


def save(case: Case) -> None:
    case.submission = save_pitch(case.session, case.at, form_key=make_form_key())


def send_the_story(case: Case) -> None:
    instance = current_portal().instance
    sending = make_sending(Stage.STORY, address=case.address)
    send_story(
        case.session,
        case.submission,
        sending,
        FormSecrets(instance.keys, instance.receipt_secret, make_form_key()),
        at=case.at,
    )


def mark_duplicate(case: Case) -> None:
    original = make_submission(case.session, case.at, locale="uk")
    decisions.mark_duplicate(case.session, case.submission, original=original, **case.given())


def send_for_approval(case: Case) -> None:
    drafts.send_for_approval(case.session, case.draft, **case.given())


def waive_approval(case: Case) -> None:
    add_nothing(case.session, case.submission, case.at)
    drafts.waive_approval(case.session, case.draft, reason="Лист.", **case.given())


def begin_check(case: Case) -> None:
    """Let the author have the text to check, and know it."""
    drafts.send_for_approval(case.session, case.draft, **case.given(window=False))


def approve(case: Case) -> None:
    author_acts.approve(case.session, case.submission, revision=case.draft.revision, at=case.at)


def object_to(case: Case) -> None:
    author_acts.object_to(case.session, case.submission, revision=case.draft.revision, body="Ні.", at=case.at)


def publish(case: Case) -> None:
    drafts.publish(case.session, case.draft, {"uk": "https://example.org/a"}, **case.given())


def use_story(case: Case) -> None:
    case.use(Stage.STORY)


def ask(case: Case) -> None:
    decisions.ask(case.session, case.submission, body="Де?", **case.given())


def accept(case: Case) -> None:
    decisions.accept(case.session, case.submission, **case.given())


def close_at_once(case: Case) -> None:
    decisions.mark_spam(case.session, case.submission, **case.given(window=False))


HOW: Mapping[Act, tuple[Step, ...]] = {
    Act.SAVE: (save,),
    Act.SUBMIT: (submit,),
    Act.ASK: (ask,),
    Act.REPLY: (
        lambda case: decisions.ask(case.session, case.submission, body="Де?", **case.given(window=False)),
        lambda case: author_acts.reply(case.session, case.submission, body="Тут.", at=case.at),
    ),
    Act.INVITE: (lambda case: decisions.invite(case.session, case.submission, **case.given()),),
    Act.SEND_STORY: (
        lambda case: decisions.invite(case.session, case.submission, **case.given(window=False)),
        send_the_story,
    ),
    Act.ACCEPT: (use_story, accept),
    Act.SEND_FOR_APPROVAL: (use_story, accept, send_for_approval),
    Act.APPROVE: (use_story, accept, begin_check, approve),
    Act.OBJECT: (use_story, accept, begin_check, object_to),
    Act.WAIVE_APPROVAL: (
        use_story,
        accept,
        waive_approval,
    ),
    Act.REVISE: (
        use_story,
        accept,
        begin_check,
        lambda case: drafts.revise(case.session, case.draft, **case.given(window=False)),
    ),
    Act.PUBLISH: (use_story, accept, begin_check, approve, publish),
    Act.ASK_TAKE_DOWN: (
        use_story,
        accept,
        begin_check,
        approve,
        publish,
        lambda case: author_acts.withdraw(case.session, case.submission, at=case.at),
    ),
    Act.CORRECT: (
        use_story,
        accept,
        begin_check,
        approve,
        publish,
        lambda case: drafts.correct(case.session, case.draft, reason="Помилка.", **case.given()),
    ),
    Act.DECLINE: (
        lambda case: decisions.decline(
            case.session, case.submission, reason="other", body="Ні.", **case.given()
        ),
    ),
    Act.MARK_SPAM: (lambda case: decisions.mark_spam(case.session, case.submission, **case.given()),),
    Act.MARK_DUPLICATE: (mark_duplicate,),
    Act.WITHDRAW: (
        lambda case: decisions.withdraw_on_request(
            case.session, case.submission, note="Дзвінок.", **case.given(window=False)
        ),
    ),
    Act.REOPEN: (
        close_at_once,
        lambda case: decisions.reopen(case.session, case.submission, **case.given(window=False)),
    ),
    Act.ERASE: (
        lambda case: erase(case.session, case.submission, **case.given(window=False, by=case.admin)),
    ),
}
"""How each act of the table comes about; the last step is the act itself."""

WITHOUT_WINDOW = frozenset({Act.SUBMIT, Act.SEND_STORY, Act.REOPEN})
"""Acts whose mail leaves at once."""


@pytest.fixture
def begin(app: Flask, at: datetime) -> Callable[[Session, str], Case]:
    def start(session: Session, address: str) -> Case:
        sending = make_sending(address=address)
        submission = make_submission(session, at, locale="uk", sending=sending)
        return Case(
            session,
            at,
            address,
            make_staff(session, Role.EDITOR),
            make_staff(session, Role.ADMIN),
            submission,
        )

    return start


def find_faults(app: Flask, begin: Callable[[Session, str], Case], act: Act, address: str) -> list[str]:
    """Do an act; return what is wrong with the mail it has put into the outbox of its own transaction."""
    *before, last = HOW[act]
    with app.app_context():
        session = db.session()
        case = begin(session, address)
        for step in before:
            step(case)
            session.flush()
        earlier = [] if act in (Act.SUBMIT, Act.SAVE) else case.list_mail()
        last(case)
        session.flush()
        added = case.list_mail()[len(earlier) :]
        session.rollback()
        kept = session.scalars(select(OutboxMail)).all()
    notice = TRANSITIONS[act].notice
    waits = timedelta(0) if act in WITHOUT_WINDOW else WINDOW
    wanted = [(notice.value, "uk", waits)] if notice and address else []
    return [
        *([f"{act} queued {added}, not {wanted}"] if added != wanted else []),
        *([f"{act} left {len(kept)} mails when it was taken back"] if kept else []),
    ]


def test_every_act_of_the_table_is_tried() -> None:
    assert set(HOW) == set(Act)


@ADDRESSES
def test_every_act_queues_the_mail_of_the_table_and_no_other(
    app: Flask, begin: Callable[[Session, str], Case], address: str
) -> None:
    assert [fault for act in HOW for fault in find_faults(app, begin, act, address)] == []


@ONE_DATABASE  # it is about this guard, not about the database
def test_a_dropped_mail_is_found_at_every_act_that_has_one(
    app: Flask, begin: Callable[[Session, str], Case]
) -> None:
    with drop_mail():
        found = {act for act in HOW if find_faults(app, begin, act, ADDRESS)}
    assert found == {act for act in Act if TRANSITIONS[act].notice}


@ADDRESSES
def test_a_message_and_a_new_code_queue_the_mail_that_is_announced(
    app: Flask, begin: Callable[[Session, str], Case], address: str
) -> None:
    with app.app_context():
        session = db.session()
        case = begin(session, address)
        arrived = case.list_mail()
        write_to_author(session, case.submission, body="Вітаємо!", lang="uk", **case.given())
        give_code(session, case.submission, at=case.at)
        added = case.list_mail()[len(arrived) :]
        session.rollback()
    announced = [("update", "uk", WINDOW), ("desk_code", "uk", timedelta(0))]
    assert added == (announced if address else [])
