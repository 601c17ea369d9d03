"""Moderators recommend, editors decide: given, changed, taken back, and about which version."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import IllegalTransition, MissingText, StaleEdit
from portal.domain.permissions import Role
from portal.domain.recommendations import Advice
from portal.domain.states import HistoryAct
from portal.extensions import current_portal
from portal.models import Event, Recommendation, Staff, Submission
from portal.operations.desk.decisions import decline
from portal.operations.desk.recommendations import NoRecommendation, read_reason, recommend, take_back
from portal.operations.erasure import erase
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.queue_rows import AdviceOnRow
from portal.queries.desk.recommendations import list_recommendations
from portal.queries.desk.submission import list_events
from tests.support.author_acts import add_version
from tests.support.canaries import find_in_rows
from tests.support.factories import make_sending, make_staff

REASON = "Брат авторки служить під Куп’янськом"


def give(
    session: Session, pitch: Submission, by: Staff, at: datetime, advice: Advice = Advice.ACCEPT
) -> Event:
    keys = current_portal().instance.keys
    given = recommend(
        session, pitch, by=by, at=at, seen=pitch.version, advice=advice, reason=REASON, keys=keys
    )
    session.flush()
    return given


def read_row(session: Session, by: Staff, at: datetime) -> list[AdviceOnRow]:
    [row] = queue_page(session, by, QueueFilter(), at=at, keys=current_portal().instance.keys).rows
    return list(row.advice)


def test_colleagues_read_what_is_recommended_and_why(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    [given] = list_recommendations(session, pitch)
    told = (given.staff, given.advice, read_reason(given, current_portal().instance.keys))
    assert told == (moderator, Advice.ACCEPT, REASON)


def test_a_row_of_the_queue_sums_up_what_several_recommend(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at, Advice.DECLINE)
    give(session, pitch, make_staff(session, Role.MODERATOR), at, Advice.ACCEPT)
    expected = [AdviceOnRow(Advice.ACCEPT, is_outdated=False), AdviceOnRow(Advice.DECLINE, is_outdated=False)]
    assert read_row(session, moderator, at) == expected


def test_another_one_takes_the_place_of_one_s_own(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at, Advice.ASK)
    give(session, pitch, moderator, at, Advice.DECLINE)
    ended = [(one.advice, one.ended_at) for one in list_recommendations(session, pitch)]
    assert ended == [(Advice.ASK, at), (Advice.DECLINE, None)]


def test_one_s_own_is_taken_back_and_the_history_keeps_it(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    take_back(session, pitch, by=moderator, at=at)
    session.flush()
    acts = [one.act for one in list_events(session, pitch)]
    expected = [HistoryAct.TAKE_BACK_ADVICE, HistoryAct.RECOMMEND, HistoryAct.SUBMIT]
    assert (acts, read_row(session, moderator, at)) == (expected, [])


def test_nobody_takes_back_a_colleague_s(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    with pytest.raises(NoRecommendation):
        take_back(session, pitch, by=make_staff(session, Role.EDITOR), at=at)


def test_a_newer_version_of_the_author_makes_it_one_for_an_earlier_version(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    add_version(session, pitch, make_sending(idea="Полиця з книжками, друга розповідь."), at=at)
    session.flush()
    assert read_row(session, moderator, at) == [AdviceOnRow(Advice.ACCEPT, is_outdated=True)]


def test_nobody_recommends_about_a_version_they_have_not_read(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    with pytest.raises(StaleEdit):
        recommend(
            session,
            pitch,
            by=moderator,
            at=at,
            seen=pitch.version - 1,
            advice=Advice.ASK,
            reason=REASON,
            keys=current_portal().instance.keys,
        )


def test_without_a_reason_it_is_none(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    with pytest.raises(MissingText):
        recommend(
            session,
            pitch,
            by=moderator,
            at=at,
            seen=pitch.version,
            advice=Advice.ASK,
            reason=" \n",
            keys=current_portal().instance.keys,
        )


def test_what_is_decided_needs_no_advice(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    editor = make_staff(session, Role.EDITOR)
    decline(session, pitch, by=editor, at=at, seen=pitch.version, reason="topic", body="Дякуємо.")
    session.flush()
    with pytest.raises(IllegalTransition):
        give(session, pitch, moderator, at)


@pytest.mark.parametrize(("languages", "reads"), [(("uk",), True), (("en",), False)])
def test_it_says_whether_its_giver_reads_the_language(
    session: Session, pitch: Submission, at: datetime, languages: tuple[str, ...], *, reads: bool
) -> None:
    give(session, pitch, make_staff(session, Role.MODERATOR, languages=languages), at)
    assert [one.reads for one in list_recommendations(session, pitch)] == [reads]


def test_no_column_holds_a_word_of_the_reason(
    app: Flask, session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    session.commit()
    assert find_in_rows(app, "Куп’янськом") == []


def test_an_erased_text_leaves_none(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    erase(session, pitch, by=None, at=at)
    assert session.scalars(select(Recommendation)).all() == []
