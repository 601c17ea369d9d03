"""Moderators recommend, editors decide: given, changed, taken back, and about which version."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.errors import IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Role
from portal.domain.recommendations import Advice
from portal.extensions import current_portal
from portal.models import Event, Recommendation, Staff, Submission
from portal.operations.desk.decisions import decline
from portal.operations.desk.recommendations import (
    NoRecommendation,
    confirm_advice,
    read_reason,
    recommend,
    take_back,
)
from portal.operations.erasure import erase
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.queue_rows import AdviceOnRow
from portal.queries.desk.recommendations import list_recommendations
from portal.queries.desk.submission import list_events
from tests.support.author_acts import add_version
from tests.support.bad_input import open_desk
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


@pytest.mark.either_database
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
    expected = [
        AdviceOnRow(Advice.ACCEPT, is_outdated=False, is_read=True),
        AdviceOnRow(Advice.DECLINE, is_outdated=False, is_read=True),
    ]
    assert read_row(session, moderator, at) == expected


def test_another_one_takes_the_place_of_one_s_own(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at, Advice.ASK)
    give(session, pitch, moderator, at, Advice.DECLINE)
    ended = [(one.advice, one.ended_at) for one in list_recommendations(session, pitch)]
    assert ended == [(Advice.ASK, at), (Advice.DECLINE, None)]


@pytest.mark.either_database
def test_one_s_own_is_taken_back_and_the_history_keeps_it(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    take_back(session, pitch, by=moderator, at=at)
    session.flush()
    acts = [one.act for one in list_events(session, pitch)]
    expected = [HistoryAct.TAKE_BACK_ADVICE, HistoryAct.RECOMMEND, HistoryAct.SUBMIT]
    assert (acts, read_row(session, moderator, at)) == (expected, [])


@pytest.mark.either_database
def test_nobody_takes_back_a_colleague_s(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    with pytest.raises(NoRecommendation):
        take_back(session, pitch, by=make_staff(session, Role.EDITOR), at=at)


@pytest.mark.either_database
def test_a_newer_version_of_the_author_makes_it_one_for_an_earlier_version(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, moderator, at)
    add_version(session, pitch, make_sending(idea="Полиця з книжками, друга розповідь."), at=at)
    session.flush()
    assert read_row(session, moderator, at) == [AdviceOnRow(Advice.ACCEPT, is_outdated=True, is_read=True)]


@pytest.mark.either_database
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


@pytest.mark.either_database
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


@pytest.mark.either_database
def test_what_is_decided_needs_no_advice(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    editor = make_staff(session, Role.EDITOR)
    decline(session, pitch, by=editor, at=at, seen=pitch.version, reason="topic", body="Дякуємо.")
    session.flush()
    with pytest.raises(IllegalTransition):
        give(session, pitch, moderator, at)


@pytest.mark.either_database
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


def make_stranger(session: Session) -> Staff:
    """Return a moderator who does not read the text, and goes by its gist."""
    return make_staff(session, Role.MODERATOR, name="Ming", languages=("zh-Hant-TW",))


def confirm_newest(session: Session, pitch: Submission, by: Staff, at: datetime) -> None:
    given = list_recommendations(session, pitch)[-1]
    keys = current_portal().instance.keys
    confirm_advice(session, pitch, given, by=by, at=at, seen=pitch.version, keys=keys)
    session.flush()


@pytest.mark.either_database
def test_a_reader_s_confirmation_is_their_own_recommendation_for_the_same_reason(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    give(session, pitch, make_stranger(session), at, Advice.DECLINE)
    before = read_row(session, moderator, at)
    confirm_newest(session, pitch, moderator, at)
    keys = current_portal().instance.keys
    given = [(one.advice, one.reads, read_reason(one, keys)) for one in list_recommendations(session, pitch)]
    assert given == [(Advice.DECLINE, False, REASON), (Advice.DECLINE, True, REASON)]
    assert [one.is_read for one in (*before, *read_row(session, moderator, at))] == [False, True, False]


@pytest.mark.either_database
def test_who_does_not_read_the_text_either_confirms_nothing(
    session: Session, pitch: Submission, at: datetime
) -> None:
    give(session, pitch, make_stranger(session), at)
    with pytest.raises(NotPermitted):
        confirm_newest(session, pitch, make_staff(session, Role.EDITOR, languages=("en",)), at)


@pytest.mark.either_database
def test_what_was_taken_back_or_is_about_an_earlier_version_is_not_confirmed(
    session: Session, pitch: Submission, moderator: Staff, at: datetime
) -> None:
    stranger = make_stranger(session)
    give(session, pitch, stranger, at)
    take_back(session, pitch, by=stranger, at=at)
    with pytest.raises(StaleEdit):
        confirm_newest(session, pitch, moderator, at)
    give(session, pitch, stranger, at)
    add_version(session, pitch, make_sending(idea="Полиця з книжками, друга розповідь."), at=at)
    session.flush()
    with pytest.raises(StaleEdit):
        confirm_newest(session, pitch, moderator, at)


@pytest.mark.either_database
def test_who_reads_the_text_confirms_with_one_press(app: Flask, client: FlaskClient) -> None:
    desk = open_desk(app, client, Role.EDITOR)
    page = desk.page(desk.pitch)
    with app.app_context(), transaction() as session:
        pitch = session.scalars(select(Submission).where(Submission.public_id == desk.pitch)).one()
        give(session, pitch, make_stranger(session), datetime.now(UTC))
    listed, shown = (client.get(one).text for one in ("/desk/", page))
    assert ("recommended from the gist: " in listed, "Waits for somebody who reads" in shown) == (True, True)
    assert desk.send(page, "/confirm").status_code == 303
    listed, shown = (client.get(one).text for one in ("/desk/", page))
    assert ("recommended from the gist: " in listed, shown.count("/confirm")) == (False, 0)
    assert "Confirmed by somebody who reads the language: " in shown
