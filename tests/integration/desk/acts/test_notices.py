"""Nobody waits unseen: who is told of what, until when, and which mail about it leaves."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.desk_notices import KEPT_READ, MAIL_LINES, MailChoice, NoticeKind, about_comment
from portal.domain.mail_notices import Notice
from portal.domain.note_mentions import Mentions
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.domain.take_downs import Recall
from portal.extensions import current_portal, db
from portal.mail.deliver import choose_carrier, deliver_due
from portal.models import DeskNotice, OutboxMail, Staff, StaffLanguage, Submission, TakeDown
from portal.operations.coverages.comments import add_comment
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.desk import gists, notices, triage
from portal.operations.desk.bulk import BulkActor, assign_all, take_back_all
from portal.operations.desk.decisions import ask, decline, mark_spam
from portal.operations.erasure import erase
from portal.operations.private.author_acts import approve, object_to, reply
from portal.operations.private.messages import write_to_desk
from portal.operations.staff.accounts import deactivate
from portal.operations.transitions import undo_decision
from portal.queries.desk.notices import count_unread_of, list_notices
from tests.support.concurrency import act_at_once
from tests.support.factories import make_call, make_draft, make_sending, make_staff, make_submission

WINDOW = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TITLE = "Канарка заголовка"


@pytest.fixture
def olena(session: Session) -> Staff:
    return make_staff(session, Role.EDITOR, name="Олена Гриневич")


@pytest.fixture
def lin(session: Session) -> Staff:
    return make_staff(session, Role.MODERATOR, name="林雨蓁", languages=("zh-Hant-TW",))


def told(session: Session, staff: Staff) -> list[NoticeKind]:
    return [one.kind for one in list_notices(session, staff)]


def unread(session: Session, staff: Staff) -> int | None:
    return session.scalar(select(count_unread_of(Staff)).where(Staff.id == staff.id))


def find_desk_mail(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxMail.public_id).where(OutboxMail.kind == Notice.DESK)))


def give(session: Session, submission: Submission, to: Staff | None, by: Staff, at: datetime) -> None:
    triage.assign(session, submission, by=by, to=to, seen=submission.version, at=at)
    session.flush()


def leave_note(session: Session, submission: Submission, body: str, by: Staff, at: datetime) -> object:
    keys = current_portal().instance.keys
    note = triage.add_note(session, submission, by=by, at=at, body=body, keys=keys)
    return notices.tell_mentioned(session, submission, note, body, by=by)


def run_round(session: Session, at: datetime) -> list[EmailMessage]:
    """Do what the worker does, and return what has left by then, the oldest first."""
    session.commit()
    with transaction() as writing:
        notices.tell_by_clock(writing, at=at)
    return send_mail(at)


def send_mail(at: datetime) -> list[EmailMessage]:
    """Write to those who wait for it, and return what has left, the oldest first."""
    with transaction() as writing:
        notices.queue_desk_mail(writing, at=at, delay=WINDOW)
    folder = current_portal().instance.mail_folder
    for old in folder.glob("*.eml"):
        old.unlink()
    deliver_due(current_portal(), choose_carrier("", folder), clock=lambda: at)
    letters = [message_from_bytes(one.read_bytes(), policy=default) for one in sorted(folder.glob("*.eml"))]
    return [one for one in letters if isinstance(one, EmailMessage) and "/desk/notices" in one.get_content()]


def test_who_is_made_responsible_is_told_and_who_was_before_is_not_any_more(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    first = told(session, lin)
    give(session, pitch, olena, olena, at)
    assert (first, told(session, lin), told(session, olena)) == ([NoticeKind.ASSIGNED], [], [])


def test_a_note_tells_whom_it_names_if_they_may_read_the_text(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    stranger = make_staff(session, Role.MODERATOR, name="Іван Чужий", member=False)
    mentions = leave_note(session, pitch, "@林雨蓁, @Олена і @Іван Чужий", olena, at)
    kinds = [told(session, one) for one in (lin, olena, stranger)]
    assert (kinds, str(mentions)) == (
        [[NoticeKind.MENTIONED], [], []],
        "Mentions(found=('林雨蓁', 'Олена Гриневич'), unknown=('іван',))",
    )


def test_where_nobody_is_responsible_and_nobody_asked_those_who_read_the_text_hear_of_a_letter(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    for body in ("Ще одне.", "І ще."):
        write_to_desk(session, pitch, body=body, at=at)
    first = (told(session, olena), told(session, lin))
    notices.mark_all_read(session, olena, at=at)
    write_to_desk(session, pitch, body="Чи ви отримали?", at=at)
    assert (first, unread(session, olena)) == (([NoticeKind.ANSWERED], []), 1)


def test_who_asked_hears_of_the_answer_unless_somebody_is_responsible(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    ask(session, pitch, by=olena, at=at, seen=pitch.version, body="Коли?")
    reply(session, pitch, body="Навесні.", at=at)
    first = (told(session, olena), told(session, lin))
    give(session, pitch, lin, lin, at)
    write_to_desk(session, pitch, body="І ще.", at=at)
    assert (first, told(session, olena), told(session, lin)) == (
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
    before = told(session, olena)
    for lang in ("en", "zh-Hant-TW"):
        gists.set_gist(session, pitch, by=olena, body="一個書架", lang=lang, seen=pitch.version, at=at)
        session.flush()
        before = [*before, *told(session, olena)]
    assert (list(asked), before) == ([olena], [NoticeKind.GIST_ASKED] * 2)


def test_a_gist_that_was_taken_away_can_be_asked_for_again(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    gists.ask_for_gist(session, pitch, by=lin, lang="en", at=at)
    for body in ("A shelf.", ""):
        gists.set_gist(session, pitch, by=olena, body=body, lang="en", seen=pitch.version, at=at)
        session.flush()
    gists.ask_for_gist(session, pitch, by=lin, lang="en", at=at)
    assert told(session, olena) == [NoticeKind.GIST_ASKED]


def test_nobody_is_asked_where_nobody_else_reads_it(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    assert list(gists.ask_for_gist(session, pitch, by=olena, lang="en", at=at)) == []


def test_a_decision_ends_what_waited_for_it_and_its_undoing_brings_it_back(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    write_to_desk(session, pitch, body="І ще.", at=at)
    seen = [told(session, lin)]
    decline(
        session, pitch, by=olena, at=at, seen=pitch.version, reason="scope", body="Дякуємо.", window=WINDOW
    )
    session.flush()
    seen.append(told(session, lin))
    undo_decision(session, pitch, by=olena, at=at, seen=pitch.version)
    session.flush()
    seen.append(told(session, lin))
    both = [NoticeKind.ANSWERED, NoticeKind.ASSIGNED]
    assert seen == [both, [NoticeKind.ASSIGNED], both]


def test_who_has_done_something_with_the_text_is_told_no_more(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    leave_note(session, pitch, "@林雨蓁", olena, at)
    notices.end_own(session, pitch, by=lin, at=at)
    assert told(session, lin) == []


def test_a_promise_that_is_about_to_break_is_told_to_whose_it_is_and_then_that_it_is_late(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    due = pitch.due_at
    assert due is not None
    seen = []
    for moment in (due - 2 * DAY, due - 20 * HOUR, due - HOUR, due + HOUR):
        notices.tell_by_clock(session, at=moment)
        seen.append((told(session, olena), told(session, lin)))
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
    notices.tell_by_clock(session, at=at + 100 * DAY)
    assert told(session, olena) == []


def test_a_language_nobody_reads_is_told_to_those_who_decide_until_somebody_does(
    session: Session, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_submission(session, at, sending=make_sending(lang="ami"))
    make_submission(session, at, sending=make_sending(lang="ami"))
    notices.tell_by_clock(session, at=at)
    seen = [(told(session, olena), told(session, lin))]
    lin.languages.append(StaffLanguage(tag="ami", reading="reads"))
    session.flush()
    notices.tell_by_clock(session, at=at)
    seen.append((told(session, olena), told(session, lin)))
    assert seen == [([NoticeKind.UNREAD_LANGUAGE], []), ([], [])]


def test_a_copy_to_take_down_is_told_until_it_is_recorded(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    session.add(TakeDown(submission_id=pitch.id, reason=Recall.WITHDRAWN, lang="uk", opened_at=at))
    session.flush()
    notices.tell_by_clock(session, at=at)
    seen = [(told(session, olena), told(session, lin))]
    session.execute(delete(TakeDown))
    notices.tell_by_clock(session, at=at)
    seen.append((told(session, olena), told(session, lin)))
    assert seen == [([NoticeKind.TAKE_DOWN], []), ([], [])]


def test_the_clock_tells_everything_once(
    session: Session, pitch: Submission, olena: Staff, at: datetime
) -> None:
    for _round in range(3):
        notices.tell_by_clock(session, at=at + 100 * DAY)
    assert told(session, olena) == [NoticeKind.LATE]


def test_what_is_read_is_not_counted_and_can_be_unread_again(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    [notice] = list_notices(session, lin)
    counts = [unread(session, lin)]
    for is_read in (True, False):
        notices.mark_notice(session, notice, is_read=is_read, at=at)
        counts.append(unread(session, lin))
    notices.mark_all_read(session, lin, at=at)
    assert [*counts, unread(session, lin)] == [1, 0, 1, 0]


def test_who_may_not_read_the_text_any_more_is_told_nothing_of_it(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    lin.coverages = []
    session.flush()
    letters = run_round(session, at + WINDOW)
    assert (told(session, lin), unread(session, lin), letters) == ([], 0, [])


def test_a_closed_account_is_told_nothing(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    with transaction() as writing:
        notices.queue_desk_mail(writing, at=at + WINDOW, delay=WINDOW)
    deactivate(session, lin, by=None, at=at)
    assert (run_round(session, at + WINDOW), session.scalars(select(DeskNotice.id)).all()) == ([], [])


def test_notices_go_with_the_text(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    erase(session, pitch, by=None, at=at)
    assert session.scalars(select(DeskNotice.id)).all() == []


def test_old_notices_are_deleted_and_those_that_wait_are_kept(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    leave_note(session, pitch, "@林雨蓁", olena, at)
    mentioned, _assigned = list_notices(session, lin)
    notices.mark_notice(session, mentioned, is_read=True, at=at)
    gone = [notices.delete_old_notices(session, at=at + span) for span in (KEPT_READ - DAY, KEPT_READ)]
    assert (gone, told(session, lin)) == ([0, 1], [NoticeKind.ASSIGNED])


def test_mail_leaves_when_nothing_can_be_undone_any_more_once_and_says_how_much_waits(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    lin.locale = "zh-Hant-TW"
    give(session, pitch, lin, olena, at)
    leave_note(session, pitch, f"@林雨蓁 {TITLE}", olena, at)
    early = run_round(session, at + WINDOW - timedelta(seconds=1))
    [letter] = run_round(session, at + WINDOW)
    late = run_round(session, at + DAY)
    content = letter.get_content()
    assert (early, late) == ([], [])
    assert (letter["To"], letter["Content-Language"]) == (lin.email, "zh-Hant-TW")
    assert [line for line in content.splitlines() if line.startswith("-")] == [
        "- 有 1\u00a0份投稿交給您負責",
        "- 有 1\u00a0則備註提到您",
    ]
    given_away = [TITLE, lin.name, olena.name, "Олена", pitch.heading, pitch.public_id, "uk", "烏克蘭"]
    assert [one for one in given_away if one in f"{letter['Subject']}\n{content}"] == []


def test_an_assignment_taken_back_in_time_is_told_by_no_mail(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    give(session, pitch, None, olena, at + HOUR / 10)
    assert run_round(session, at + HOUR) == []


def test_what_was_read_in_time_is_told_by_no_mail(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    with transaction() as writing:
        notices.queue_desk_mail(writing, at=at + WINDOW, delay=WINDOW)
    notices.mark_all_read(session, lin, at=at)
    assert (run_round(session, at + WINDOW), find_desk_mail(session)) == ([], [])


def test_a_daily_mail_gathers_a_day_and_waits_for_the_end_of_the_quiet_hours(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    lin.mail_choice, lin.time_zone = MailChoice.DAILY, "Asia/Taipei"  # 17:26 there
    give(session, pitch, lin, olena, at)
    leave_note(session, pitch, "@林雨蓁", olena, at + HOUR)
    eight = at.replace(hour=0, minute=0, second=0) + DAY
    sent = [
        len(run_round(session, moment)) for moment in (at + 2 * HOUR, eight - HOUR / 60, eight, eight + HOUR)
    ]
    assert sent == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("locale", "lines"),
    [
        ("en", ["- 2 notes mention you", "- 1 comment on a draft mentions you"]),
        (
            "uk",
            [
                "- вас згадано в\u00a02\u00a0нотатках",
                "- вас згадано в\u00a01\u00a0коментарі до редакційного тексту",
            ],
        ),
        ("zh-Hant-TW", ["- 有 2\u00a0則備註提到您", "- 有 1\u00a0則編輯稿留言提到您"]),
    ],
)
def test_a_mail_tells_notes_from_comments(
    session: Session, olena: Staff, lin: Staff, at: datetime, locale: str, lines: list[str]
) -> None:
    lin.locale = locale
    draft = make_draft(session, at, by=olena)
    for about in ("a" * 32, "b" * 32, about_comment("c" * 32)):
        notices.notify(session, [lin], draft.submission, NoticeKind.MENTIONED, at=at, about=about, by=olena)
    [letter] = run_round(session, at + WINDOW)
    assert [line for line in letter.get_content().splitlines() if line.startswith("- ")] == lines


def test_mail_at_once_waits_for_the_end_of_the_quiet_hours(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    lin.time_zone, lin.quiet_from, lin.quiet_until = "Europe/Kyiv", 9, 13  # 11:26 there
    give(session, pitch, lin, olena, at)
    sent = [len(run_round(session, at.replace(minute=30) + hours * HOUR)) for hours in range(3)]
    assert sent == [0, 0, 1]


def test_a_mail_that_is_deleted_after_two_weeks_is_not_written_again(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    give(session, pitch, lin, olena, at)
    first = len(run_round(session, at + WINDOW))
    session.execute(delete(OutboxMail))
    assert (first, run_round(session, at + 30 * DAY)) == (1, [])


def test_spam_tells_nobody_that_it_is_late(
    session: Session, pitch: Submission, olena: Staff, at: datetime
) -> None:
    notices.tell_by_clock(session, at=at + 100 * DAY)
    mark_spam(session, pitch, by=olena, at=at, seen=pitch.version)
    session.flush()
    assert (pitch.state, told(session, olena)) == (State.SPAM, [])


def test_two_workers_at_once_write_one_mail(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        pitch, olena = make_submission(session, at), make_staff(session, Role.EDITOR)
        lin = make_staff(session, Role.MODERATOR)
        give(session, pitch, lin, olena, at)

    def queue_mail() -> int:
        with app.app_context(), transaction() as session:
            return notices.queue_desk_mail(session, at=at + WINDOW, delay=WINDOW)

    queued = act_at_once([queue_mail] * 4)
    with app.app_context():
        assert (sorted(queued), len(find_desk_mail(db.session()))) == ([0, 0, 0, 1], 1)


@pytest.mark.parametrize("locale", ["en", "uk", "zh-Hant-TW"])
def test_no_mail_of_any_kind_says_a_word_of_a_text_or_a_name(
    session: Session, olena: Staff, lin: Staff, at: datetime, locale: str
) -> None:
    canary, keys = "Канарка", current_portal().instance.keys
    olena.name, lin.locale = f"{canary} Колежанка", locale
    sending = make_sending(idea=f"{canary} ідеї", you=f"{canary} про себе", risk="yes", risk_text=canary)
    pitch = make_submission(session, at, sending=sending)
    triage.add_note(session, pitch, by=olena, at=at, body=f"@林雨蓁 {canary} нотатки", keys=keys)
    gists.set_gist(session, pitch, by=olena, body=f"{canary} змісту", lang="uk", seen=pitch.version, at=at)
    session.flush()
    for kind in NoticeKind:
        about = "uk" if kind in (NoticeKind.GIST_ASKED, NoticeKind.UNREAD_LANGUAGE) else canary
        notices.notify(session, [lin], pitch, kind, at=at, about=about, by=olena)
    spot = about_comment(canary)
    notices.notify(session, [lin], pitch, NoticeKind.MENTIONED, at=at, about=spot, by=olena)
    session.commit()
    sent = send_mail(at + DAY)
    whole = "\n".join(f"{one}\n{one['Subject']}\n{one.get_content()}" for one in sent)
    told = [line for line in whole.splitlines() if line.startswith("- ")]
    given_away = [canary, "Колежанка", lin.name, pitch.heading, pitch.public_id, "uk/", "Ukrainian", "烏克蘭"]
    assert {one["Content-Language"] for one in sent} == {locale}
    assert len(set(told)) == len(MAIL_LINES)
    assert [word for word in given_away if word in whole] == []


@pytest.mark.either_database
def test_an_assignment_that_is_undone_ends_its_notice_and_brings_the_one_before_back(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    other = make_staff(session, Role.MODERATOR, name="Марко")
    give(session, pitch, lin, olena, at)
    done = assign_all(session, BulkActor(olena, at, {pitch.public_id: pitch.version}), to=other)
    session.flush()
    between = [told(session, one) for one in (lin, other)]
    take_back_all(session, done.batch, by=olena, at=at, window=WINDOW)
    session.flush()
    assert between == [[], [NoticeKind.ASSIGNED]]
    assert [told(session, one) for one in (lin, other)] == [[NoticeKind.ASSIGNED], []]
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
    once = told(session, editor)
    [notice] = list_notices(session, editor)
    notices.mark_notice(session, notice, is_read=True, at=at)
    say("@Марко Вовк утретє")
    assert first == Mentions(("Марко Вовк", "Олена Гриневич"), ("林雨蓁",))
    assert (once, told(session, editor), told(session, olena), told(session, lin)) == (
        [NoticeKind.MENTIONED],
        [NoticeKind.MENTIONED],
        [],
        [],
    )
    assert [one.is_read for one in list_notices(session, editor)] == [False]
