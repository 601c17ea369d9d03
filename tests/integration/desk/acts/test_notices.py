"""Nobody waits unseen: who is told of what, and until when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import bulk_run
from portal.cli.worker import look_at_promises
from portal.database import transaction
from portal.domain.desk_notices import KEPT_READ, NoticeKind
from portal.domain.note_mentions import Mentions
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.domain.take_downs import Recall
from portal.extensions import db
from portal.models import DeskNotice, Staff, StaffLanguage, Submission, TakeDown
from portal.operations.coverages.comments import add_comment
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.desk import gists, notices
from portal.operations.desk.bulk import BulkActor, assign_all, take_back_all
from portal.operations.desk.decisions import ask, decline, mark_spam
from portal.operations.erasure import erase
from portal.operations.locking import lock_submission
from portal.operations.private.author_acts import approve, object_to, reply
from portal.operations.private.messages import write_to_desk
from portal.operations.staff.accounts import deactivate
from portal.operations.transitions import undo_decision
from portal.queries.desk.notices import list_notices
from tests.support.concurrency import await_waiting
from tests.support.desk_notices import (
    DAY,
    HOUR,
    WINDOW,
    count_unread,
    leave_note,
    list_told,
    make_responsible,
    queue_all_mail,
    run_round,
    tell_by_clock,
)
from tests.support.factories import make_draft, make_sending, make_staff, make_submission
from tests.support.statements import list_held, listening


def test_who_is_made_responsible_is_told_and_who_was_before_is_not_any_more(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    first = list_told(session, lin)
    make_responsible(session, pitch, olena, olena, at)
    assert (first, list_told(session, lin), list_told(session, olena)) == ([NoticeKind.ASSIGNED], [], [])


def test_a_note_tells_whom_it_names_if_they_may_read_the_text(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    stranger = make_staff(session, Role.MODERATOR, name="Іван Чужий", member=False)
    mentions = leave_note(session, pitch, "@林雨蓁, @Олена і @Іван Чужий", olena, at)
    kinds = [list_told(session, one) for one in (lin, olena, stranger)]
    assert (kinds, str(mentions)) == (
        [[NoticeKind.MENTIONED], [], []],
        "Mentions(found=('林雨蓁', 'Олена Гриневич'), unknown=('іван',))",
    )


def test_where_nobody_is_responsible_and_nobody_asked_those_who_read_the_text_hear_of_a_letter(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    for body in ("Ще одне.", "І ще."):
        write_to_desk(session, pitch, body=body, at=at)
    first = (list_told(session, olena), list_told(session, lin))
    notices.mark_all_read(session, olena, at=at)
    write_to_desk(session, pitch, body="Чи ви отримали?", at=at)
    assert (first, count_unread(session, olena)) == (([NoticeKind.ANSWERED], []), 1)


def test_who_asked_hears_of_the_answer_unless_somebody_is_responsible(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    ask(session, pitch, by=olena, at=at, seen=pitch.version, body="Коли?")
    reply(session, pitch, body="Навесні.", at=at)
    first = (list_told(session, olena), list_told(session, lin))
    make_responsible(session, pitch, lin, lin, at)
    write_to_desk(session, pitch, body="І ще.", at=at)
    assert (first, list_told(session, olena), list_told(session, lin)) == (
        ([NoticeKind.ANSWERED], []),
        [NoticeKind.ANSWERED],
        [NoticeKind.ANSWERED],
    )


@pytest.mark.parametrize("agrees", [True, False])
def test_who_sent_the_text_for_approval_hears_what_the_author_says(
    session: Session, olena: Staff, at: datetime, *, agrees: bool
) -> None:
    draft = make_draft(session, at, by=olena)
    text = draft.submission
    send_for_approval(session, draft, by=olena, at=at, seen=text.version)
    if agrees:
        approve(session, text, revision=draft.revision, at=at)
    else:
        object_to(session, text, revision=draft.revision, body="Не так.", at=at)
    found = list_notices(session, olena)
    expected = NoticeKind.APPROVED if agrees else NoticeKind.OBJECTED
    # Of an author's act the hour is kept, and nothing finer.
    assert [(one.kind, one.made_at.minute, one.made_at.second) for one in found] == [(expected, 0, 0)]


def test_those_who_read_the_text_are_asked_for_a_gist_until_it_is_there(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    asked = gists.ask_for_gist(session, pitch, by=lin, lang="zh-Hant-TW", at=at)
    before = list_told(session, olena)
    for lang in ("en", "zh-Hant-TW"):
        gists.set_gist(session, pitch, by=olena, body="一個書架", lang=lang, seen=pitch.version, at=at)
        session.flush()
        before = [*before, *list_told(session, olena)]
    assert (list(asked), before) == ([olena], [NoticeKind.GIST_ASKED] * 2)


def test_a_gist_that_was_taken_away_can_be_asked_for_again(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    gists.ask_for_gist(session, pitch, by=lin, lang="en", at=at)
    for body in ("A shelf.", ""):
        gists.set_gist(session, pitch, by=olena, body=body, lang="en", seen=pitch.version, at=at)
        session.flush()
    gists.ask_for_gist(session, pitch, by=lin, lang="en", at=at)
    assert list_told(session, olena) == [NoticeKind.GIST_ASKED]


def test_nobody_is_asked_where_nobody_else_reads_it(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    assert list(gists.ask_for_gist(session, pitch, by=olena, lang="en", at=at)) == []


def test_a_decision_ends_what_waited_for_it_and_its_undoing_brings_it_back(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    write_to_desk(session, pitch, body="І ще.", at=at)
    seen = [list_told(session, lin)]
    decline(
        session, pitch, by=olena, at=at, seen=pitch.version, reason="scope", body="Дякуємо.", window=WINDOW
    )
    session.flush()
    seen.append(list_told(session, lin))
    undo_decision(session, pitch, by=olena, at=at, seen=pitch.version)
    session.flush()
    seen.append(list_told(session, lin))
    both = [NoticeKind.ANSWERED, NoticeKind.ASSIGNED]
    assert seen == [both, [NoticeKind.ASSIGNED], both]


def test_who_has_done_something_with_the_text_is_told_no_more(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    leave_note(session, pitch, "@林雨蓁", olena, at)
    notices.end_own(session, pitch, by=lin, at=at)
    assert list_told(session, lin) == []


def test_a_promise_that_is_about_to_break_is_told_to_whose_it_is_and_then_that_it_is_late(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    due = pitch.due_at
    assert due is not None
    seen = []
    for moment in (due - 2 * DAY, due - 20 * HOUR, due - HOUR, due + HOUR):
        tell_by_clock(session, moment)
        seen.append((list_told(session, olena), list_told(session, lin)))
    assert seen == [
        ([], []),
        ([NoticeKind.DUE], []),
        ([NoticeKind.DUE], []),
        ([NoticeKind.LATE], []),
    ]


def test_of_what_came_unverified_no_promise_is_told(
    session: Session, pitch: Submission, olena: Staff, at: datetime
) -> None:
    session.connection().exec_driver_sql("UPDATE submission SET lane = 'unverified'")
    session.expire_all()
    tell_by_clock(session, at + 100 * DAY)
    assert list_told(session, olena) == []


def test_a_language_nobody_reads_is_told_to_those_who_decide_until_somebody_does(
    session: Session, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_submission(session, at, sending=make_sending(lang="ami"))
    make_submission(session, at, sending=make_sending(lang="ami"))
    tell_by_clock(session, at)
    seen = [(list_told(session, olena), list_told(session, lin))]
    lin.languages.append(StaffLanguage(tag="ami", reading="reads"))
    session.flush()
    tell_by_clock(session, at)
    seen.append((list_told(session, olena), list_told(session, lin)))
    assert seen == [([NoticeKind.UNREAD_LANGUAGE], []), ([], [])]


def test_a_copy_to_take_down_is_told_until_it_is_recorded(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    session.add(TakeDown(submission_id=pitch.id, reason=Recall.WITHDRAWN, lang="uk", opened_at=at))
    session.flush()
    tell_by_clock(session, at)
    seen = [(list_told(session, olena), list_told(session, lin))]
    session.execute(delete(TakeDown))
    tell_by_clock(session, at)
    seen.append((list_told(session, olena), list_told(session, lin)))
    assert seen == [([NoticeKind.TAKE_DOWN], []), ([], [])]


def test_the_clock_tells_everything_once(
    session: Session, pitch: Submission, olena: Staff, at: datetime
) -> None:
    for _round in range(3):
        tell_by_clock(session, at + 100 * DAY)
    assert list_told(session, olena) == [NoticeKind.LATE]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # where one who writes holds up all others
def test_the_worker_tells_of_promises_in_blocks(
    app: Flask,
    session: Session,
    pitch: Submission,
    olena: Staff,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _time in range(2):
        make_submission(session, at)
    session.commit()
    monkeypatch.setattr(bulk_run, "LONGEST_BLOCK", 0.0)
    with listening(app) as sent:
        look_at_promises(app, at=at + 100 * DAY)
    told = [
        sum(text.startswith("INSERT INTO desk_notice") for text, _given in one) for one in list_held(sent)
    ]
    assert (sorted(told)[-4:], list_told(session, olena)) == ([0, 1, 1, 1], [NoticeKind.LATE] * 3)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite one person writes at a time
@pytest.mark.parametrize(
    ("lang", "after"), [("uk", 100 * DAY), ("ami", HOUR)], ids=["late", "unread language"]
)
def test_nobody_is_told_of_a_text_that_is_erased_while_the_worker_tells(
    app: Flask, session: Session, olena: Staff, at: datetime, lang: str, after: timedelta
) -> None:
    pitch = make_submission(session, at, sending=make_sending(lang=lang))
    session.commit()
    with Session(db.engine) as author, ThreadPoolExecutor(1) as worker:
        erased = lock_submission(author, author.get_one(Submission, pitch.id))
        told = worker.submit(look_at_promises, app, at=at + after)
        await_waiting(app)
        erase(author, erased, by=None, at=at)
        author.commit()
        told.result()
    assert session.scalars(select(DeskNotice.kind)).all() == []


def test_what_is_read_is_not_counted_and_can_be_unread_again(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    [notice] = list_notices(session, lin)
    counts = [count_unread(session, lin)]
    for is_read in (True, False):
        notices.mark_notice(session, notice, is_read=is_read, at=at)
        counts.append(count_unread(session, lin))
    notices.mark_all_read(session, lin, at=at)
    assert [*counts, count_unread(session, lin)] == [1, 0, 1, 0]


def test_who_may_not_read_the_text_any_more_is_told_nothing_of_it(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    lin.coverages = []
    session.flush()
    letters = run_round(session, at + WINDOW)
    assert (list_told(session, lin), count_unread(session, lin), letters) == ([], 0, [])


def test_a_closed_account_is_told_nothing(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    with transaction() as writing:
        queue_all_mail(writing, at + WINDOW)
    deactivate(session, lin, by=None, at=at)
    assert (run_round(session, at + WINDOW), session.scalars(select(DeskNotice.id)).all()) == ([], [])


def test_notices_go_with_the_text(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    erase(session, pitch, by=None, at=at)
    assert session.scalars(select(DeskNotice.id)).all() == []


def test_old_notices_are_deleted_and_those_that_wait_are_kept(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    leave_note(session, pitch, "@林雨蓁", olena, at)
    mentioned, _assigned = list_notices(session, lin)
    notices.mark_notice(session, mentioned, is_read=True, at=at)
    gone = [notices.delete_old_notices(session, at=at + span) for span in (KEPT_READ - DAY, KEPT_READ)]
    assert (gone, list_told(session, lin)) == ([0, 1], [NoticeKind.ASSIGNED])


def test_spam_tells_nobody_that_it_is_late(
    session: Session, pitch: Submission, olena: Staff, at: datetime
) -> None:
    tell_by_clock(session, at + 100 * DAY)
    mark_spam(session, pitch, by=olena, at=at, seen=pitch.version)
    session.flush()
    assert (pitch.state, list_told(session, olena)) == (State.SPAM, [])


@pytest.mark.either_database
def test_an_assignment_that_is_undone_ends_its_notice_and_brings_the_one_before_back(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    other = make_staff(session, Role.MODERATOR, name="Марко")
    make_responsible(session, pitch, lin, olena, at)
    done = assign_all(session, BulkActor(olena, at, {pitch.public_id: pitch.version}), to=other)
    session.flush()
    between = [list_told(session, one) for one in (lin, other)]
    take_back_all(session, done.batch, by=olena, at=at, window=WINDOW)
    session.flush()
    assert between == [[], [NoticeKind.ASSIGNED]]
    assert [list_told(session, one) for one in (lin, other)] == [[NoticeKind.ASSIGNED], []]
    [notice] = list_notices(session, lin)
    assert (notice.by, pitch.assignee) == (olena, lin)


def test_a_comment_tells_the_editors_it_names_once_until_they_have_read_it(
    session: Session, olena: Staff, lin: Staff, at: datetime
) -> None:
    editor = make_staff(session, Role.EDITOR, name="Марко Вовк")
    draft = make_draft(session, at, by=olena)

    def say(words: str) -> Mentions:
        comment = add_comment(session, draft, by=olena, at=at, words=words)
        found = notices.tell_mentioned_in_comment(session, draft, comment, words, thread="a" * 32, by=olena)
        session.flush()
        return found

    first = say("@Марко, @Олена і @林雨蓁")
    say("@Марко ще раз")
    once = list_told(session, editor)
    [notice] = list_notices(session, editor)
    notices.mark_notice(session, notice, is_read=True, at=at)
    say("@Марко Вовк утретє")
    assert first == Mentions(("Марко Вовк", "Олена Гриневич"), ("林雨蓁",))
    assert (once, list_told(session, editor), list_told(session, olena), list_told(session, lin)) == (
        [NoticeKind.MENTIONED],
        [NoticeKind.MENTIONED],
        [],
        [],
    )
    assert [one.is_read for one in list_notices(session, editor)] == [False]
