"""Mail about notices: when it leaves, how it is gathered, and that it says nothing of a text or a name."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.desk_notices import MAIL_LINES, MailChoice, NoticeKind, about_comment
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import OutboxMail, Staff, Submission
from portal.operations.desk import gists, notices, triage
from tests.support.concurrency import act_at_once
from tests.support.desk_notices import (
    DAY,
    HOUR,
    TITLE,
    WINDOW,
    find_desk_mail,
    leave_note,
    make_responsible,
    queue_all_mail,
    run_round,
    send_mail,
)
from tests.support.factories import make_call, make_draft, make_sending, make_staff, make_submission


def test_mail_leaves_when_nothing_can_be_undone_any_more_once_and_says_how_much_waits(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    lin.locale = "zh-Hant-TW"
    make_responsible(session, pitch, lin, olena, at)
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


@pytest.mark.either_database
def test_an_assignment_taken_back_in_time_is_told_by_no_mail(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    make_responsible(session, pitch, None, olena, at + HOUR / 10)
    assert run_round(session, at + HOUR) == []


@pytest.mark.either_database
def test_what_was_read_in_time_is_told_by_no_mail(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    with transaction() as writing:
        queue_all_mail(writing, at + WINDOW)
    notices.mark_all_read(session, lin, at=at)
    assert (run_round(session, at + WINDOW), find_desk_mail(session)) == ([], [])


@pytest.mark.either_database
def test_a_daily_mail_gathers_a_day_and_waits_for_the_end_of_the_quiet_hours(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    lin.mail_choice, lin.time_zone = MailChoice.DAILY, "Asia/Taipei"  # 17:26 there
    make_responsible(session, pitch, lin, olena, at)
    leave_note(session, pitch, "@林雨蓁", olena, at + HOUR)
    eight = at.replace(hour=0, minute=0, second=0) + DAY
    sent = [
        len(run_round(session, moment)) for moment in (at + 2 * HOUR, eight - HOUR / 60, eight, eight + HOUR)
    ]
    assert sent == [0, 0, 1, 0]


@pytest.mark.either_database
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


@pytest.mark.either_database
def test_mail_at_once_waits_for_the_end_of_the_quiet_hours(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    lin.time_zone, lin.quiet_from, lin.quiet_until = "Europe/Kyiv", 9, 13  # 11:26 there
    make_responsible(session, pitch, lin, olena, at)
    sent = [len(run_round(session, at.replace(minute=30) + hours * HOUR)) for hours in range(3)]
    assert sent == [0, 0, 1]


def test_a_mail_that_is_deleted_after_two_weeks_is_not_written_again(
    session: Session, pitch: Submission, olena: Staff, lin: Staff, at: datetime
) -> None:
    make_responsible(session, pitch, lin, olena, at)
    first = len(run_round(session, at + WINDOW))
    session.execute(delete(OutboxMail))
    assert (first, run_round(session, at + 30 * DAY)) == (1, [])


def test_two_workers_at_once_write_one_mail(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, at)
        pitch, olena = make_submission(session, at), make_staff(session, Role.EDITOR)
        lin = make_staff(session, Role.MODERATOR)
        make_responsible(session, pitch, lin, olena, at)

    def queue_mail() -> int:
        with app.app_context(), transaction() as session:
            return queue_all_mail(session, at + WINDOW)

    queued = act_at_once([queue_mail] * 4)
    with app.app_context():
        assert (sorted(queued), len(find_desk_mail(db.session()))) == ([0, 0, 0, 1], 1)


@pytest.mark.either_database
def test_one_mail_tells_of_more_than_a_statement_takes(
    session: Session,
    pitch: Submission,
    olena: Staff,
    lin: Staff,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notices, "_MARKED_AT_ONCE", 2)
    for number in range(5):
        notices.notify(session, [lin], pitch, NoticeKind.GIST_ASKED, at=at, about=str(number), by=olena)
    assert (len(run_round(session, at + WINDOW)), run_round(session, at + 2 * WINDOW)) == (1, [])


@pytest.mark.either_database
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
