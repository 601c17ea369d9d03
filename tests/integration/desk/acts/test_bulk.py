"""One act on many texts: what it fits, what is left out and why, and all of it taken back at once."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.bulk_acts import MOST_AT_ONCE, BulkAct, BulkRefusal
from portal.domain.errors import AccountClosed, MissingText
from portal.domain.permissions import Role
from portal.domain.recommendations import Advice
from portal.domain.states import State
from portal.extensions import current_portal
from portal.models import Coverage, Event, Message, OutboxMail, Recommendation, Staff, Submission, Tag
from portal.operations.coverages.tags import make_tag
from portal.operations.desk.bulk import (
    BulkActor,
    BulkOutcome,
    assign_all,
    decline_all,
    mark_spam_all,
    name_mail,
    recommend_all,
    sort_by_fit,
    tag_all,
    take_back_all,
)
from portal.operations.desk.decisions import ask, mark_spam, reopen, withdraw_on_request
from portal.operations.desk.recommendations import recommend
from portal.operations.desk.triage import assign, claim
from portal.operations.erasure import erase
from portal.operations.private.author_acts import undo_withdrawal, withdraw
from portal.operations.transitions import undo_decision
from portal.queries.desk.names import list_names_of
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.statements import Statement, listening

WINDOW = timedelta(minutes=10)
NO = "Дякуємо. Цього разу не візьмемо."


@pytest.fixture
def texts(session: Session, at: datetime) -> list[Submission]:
    """Three pitches: two in Ukrainian, one in English whose author left no address."""
    made = [make_submission(session, at) for _ in range(2)]
    made.append(make_submission(session, at, sending=make_sending(lang="en", address=""), locale="en"))
    session.flush()
    return made


def bulk_actor(by: Staff, at: datetime, texts: Sequence[Submission]) -> BulkActor:
    return BulkActor(by, at, {one.public_id: one.version for one in texts})


def words_for(texts: Sequence[Submission]) -> dict[str, str]:
    return {name_mail(one): NO for one in texts}


def decline_those(
    session: Session, by: Staff, at: datetime, texts: Sequence[Submission], *, chosen: BulkActor | None = None
) -> BulkOutcome:
    who = chosen or bulk_actor(by, at, texts)
    done = decline_all(session, who, reason="not_this_coverage", bodies=words_for(texts), window=WINDOW)
    session.flush()
    return done


def take_back(session: Session, done: BulkOutcome, by: Staff, at: datetime) -> BulkOutcome:
    return take_back_all(session, done.batch, by=by, at=at, window=WINDOW)


def states(texts: Sequence[Submission]) -> set[State]:
    return {one.state for one in texts}


def why(outcome: BulkOutcome) -> list[BulkRefusal]:
    return [reason for _one, reason in outcome.left]


def count(session: Session, kind: type[Message] | type[OutboxMail]) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.either_database
def test_each_author_is_declined_in_the_words_of_their_own_language(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    words = {name_mail(texts[0]): "Дякуємо.", name_mail(texts[2]): "Thank you."}
    decline_all(
        session, bulk_actor(editor, at, texts), reason="not_this_coverage", bodies=words, window=WINDOW
    )
    session.flush()
    sent = session.execute(select(Message.submission_id, Message.body, Message.visible_at)).all()
    bodies = ("Дякуємо.", "Дякуємо.", "Thank you.")
    expected = [(one.id, body, at + WINDOW) for one, body in zip(texts, bodies, strict=True)]
    assert (states(texts), [tuple(row) for row in sent]) == ({State.DECLINED}, expected)


def test_one_press_takes_all_of_it_back_and_nothing_is_left_of_it(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    mails = count(session, OutboxMail)
    done = decline_those(session, editor, at, texts)
    back = take_back(session, done, editor, at)
    left = (count(session, Message), count(session, OutboxMail) - mails)
    assert (len(back.done), back.left, states(texts), left) == (3, [], {State.SUBMITTED}, (0, 0))


@pytest.mark.either_database
def test_pressed_twice_it_takes_nothing_back_twice(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    take_back(session, done, editor, at)
    again = take_back(session, done, editor, at)
    assert (again.done, why(again), states(texts)) == ([], [BulkRefusal.UNDONE] * 3, {State.SUBMITTED})


@pytest.mark.either_database
def test_what_somebody_went_on_with_is_named_and_stays(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    reopen(session, texts[1], by=make_staff(session, Role.EDITOR), at=at, seen=texts[1].version)
    session.flush()
    ask(session, texts[1], by=editor, at=at, seen=texts[1].version, body="Де це було?")
    session.flush()
    back = take_back(session, done, editor, at)
    assert back.left == [(texts[1], BulkRefusal.STATE)]
    assert [one.state for one in texts] == [State.SUBMITTED, State.NEEDS_REPLY, State.SUBMITTED]


@pytest.mark.either_database
def test_what_its_author_withdrew_and_came_back_to_is_taken_back_too(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    withdraw(session, texts[1], at=at, window=WINDOW)
    session.flush()
    undo_withdrawal(session, texts[1], at=at)
    session.flush()
    back = take_back(session, done, editor, at)
    assert (back.left, states(texts)) == ([], {State.SUBMITTED})


def go_away(session: Session, text: Submission, _editor: Staff, at: datetime) -> None:
    withdraw(session, text, at=at, window=WINDOW)


def undo_one(session: Session, text: Submission, editor: Staff, at: datetime) -> None:
    undo_decision(session, text, by=editor, at=at, seen=text.version)


def undo_and_come_back(session: Session, text: Submission, editor: Staff, at: datetime) -> None:
    undo_one(session, text, editor, at)
    session.flush()
    withdraw(session, text, at=at, window=WINDOW)
    session.flush()
    undo_withdrawal(session, text, at=at)


def undo_and_mark_spam(session: Session, text: Submission, editor: Staff, at: datetime) -> None:
    undo_one(session, text, editor, at)
    session.flush()
    mark_spam(session, text, by=editor, at=at, seen=text.version, window=WINDOW)


def withdraw_on_its_authors_request(session: Session, text: Submission, editor: Staff, at: datetime) -> None:
    withdraw_on_request(session, text, by=editor, at=at, seen=text.version, note="Листом.")


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("goes_on", "reason"),
    [
        (go_away, BulkRefusal.WITHDRAWN),
        (undo_one, BulkRefusal.UNDONE),
        (undo_and_come_back, BulkRefusal.UNDONE),
        (undo_and_mark_spam, BulkRefusal.STATE),
        (withdraw_on_its_authors_request, BulkRefusal.STATE),
    ],
)
def test_what_has_happened_since_is_said(
    session: Session,
    editor: Staff,
    texts: list[Submission],
    at: datetime,
    goes_on: Callable[[Session, Submission, Staff, datetime], None],
    reason: BulkRefusal,
) -> None:
    done = decline_those(session, editor, at, texts)
    goes_on(session, texts[1], editor, at)
    session.flush()
    assert take_back(session, done, editor, at).left == [(texts[1], reason)]


@pytest.mark.either_database
def test_what_was_erased_since_is_not_there_to_be_named(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    erase(session, texts[1], by=None, at=at)
    session.flush()
    back = take_back(session, done, editor, at)
    assert (back.done, back.left) == ([texts[0], texts[2]], [])


@pytest.mark.either_database
def test_tags_that_changed_since_are_said_to(
    session: Session, editor: Staff, texts: list[Submission], tags: list[Tag], at: datetime
) -> None:
    done = tag_all(session, bulk_actor(editor, at, texts), on=tags[:1])
    session.flush()
    tag_all(session, bulk_actor(editor, at, texts[:1]), on=tags[1:])
    session.flush()
    assert take_back(session, done, editor, at).left == [(texts[0], BulkRefusal.RETAGGED)]


@pytest.mark.either_database
def test_who_was_made_responsible_since_stays_so(
    session: Session, editor: Staff, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    done = assign_all(session, bulk_actor(editor, at, texts), to=moderator)
    session.flush()
    assign(session, texts[0], by=editor, to=editor, seen=texts[0].version, at=at)
    session.flush()
    assert take_back(session, done, editor, at).left == [(texts[0], BulkRefusal.REASSIGNED)]


@pytest.mark.either_database
def test_nobody_whose_account_is_closed_is_responsible_again(
    session: Session, editor: Staff, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    assign(session, texts[0], by=editor, to=moderator, seen=texts[0].version, at=at)
    session.flush()
    done = assign_all(session, bulk_actor(editor, at, texts), to=editor)
    moderator.active = False
    session.flush()
    back = take_back(session, done, editor, at)
    found = [one.assignee for one in texts]
    assert (back.left, found) == ([(texts[0], BulkRefusal.ACCOUNT)], [editor, None, None])


@pytest.mark.either_database
def test_who_is_closed_is_made_responsible_for_nothing(
    session: Session, editor: Staff, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    moderator.active = False
    with pytest.raises(AccountClosed):
        assign_all(session, bulk_actor(editor, at, texts), to=moderator)


@pytest.mark.either_database
def test_after_the_window_nothing_comes_back(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    late = take_back(session, done, editor, at + WINDOW + timedelta(seconds=1))
    assert (late.done, states(texts)) == ([], {State.DECLINED})


@pytest.mark.either_database
def test_a_moderator_does_not_take_back_what_a_colleague_did(
    session: Session, editor: Staff, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    assert (take_back(session, done, moderator, at).done, states(texts)) == ([], {State.DECLINED})


@pytest.mark.either_database
def test_an_erased_text_does_not_keep_the_others(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_those(session, editor, at, texts)
    erase(session, texts[0], by=None, at=at)
    back = take_back(session, done, editor, at)
    assert [one.state for one in texts] == [State.ERASED, State.SUBMITTED, State.SUBMITTED]
    assert (len(back.done), back.left) == (2, [])


def let_claim(session: Session, text: Submission, at: datetime) -> None:
    claim(session, text, by=make_staff(session, Role.EDITOR), at=at)


def let_ask(session: Session, text: Submission, at: datetime) -> None:
    by = make_staff(session, Role.EDITOR)
    ask(session, text, by=by, at=at, seen=text.version, body="Де це було?")


def let_assign(session: Session, text: Submission, at: datetime) -> None:
    by = make_staff(session, Role.EDITOR)
    assign(session, text, by=by, to=by, seen=text.version, at=at)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [(let_claim, BulkRefusal.CLAIMED), (let_ask, BulkRefusal.CHANGED), (let_assign, BulkRefusal.CHANGED)],
)
def test_what_a_colleague_did_meanwhile_keeps_one_text_out(
    session: Session,
    editor: Staff,
    texts: list[Submission],
    at: datetime,
    meanwhile: Callable[[Session, Submission, datetime], None],
    reason: BulkRefusal,
) -> None:
    seen = bulk_actor(editor, at, texts)
    meanwhile(session, texts[0], at)
    session.flush()
    done = decline_those(session, editor, at, texts, chosen=seen)
    assert (done.left, states(texts[1:])) == ([(texts[0], reason)], {State.DECLINED})


def test_of_two_people_who_do_the_same_each_text_is_done_once(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    other = make_staff(session, Role.EDITOR)
    first, second = (bulk_actor(by, at, texts) for by in (editor, other))
    decline_those(session, editor, at, texts, chosen=first)
    late = decline_those(session, other, at, texts, chosen=second)
    declined = session.scalar(select(func.count()).where(Event.act == Act.DECLINE))
    assert (late.done, why(late), declined) == ([], [BulkRefusal.CHANGED] * 3, 3)


@pytest.mark.either_database
def test_who_does_not_read_a_language_declines_none_of_it(
    session: Session, texts: list[Submission], at: datetime
) -> None:
    reader = make_staff(session, Role.EDITOR, languages=("uk",))
    done = decline_those(session, reader, at, texts)
    assert done.left == [(texts[2], BulkRefusal.LANGUAGE)]


@pytest.mark.either_database
def test_a_moderator_declines_none_unless_the_call_lets_moderators_decide(
    session: Session, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    refused = decline_those(session, moderator, at, texts)
    texts[0].call.moderators_decide = True
    done = decline_those(session, moderator, at, texts)
    assert (why(refused), why(done), states(texts)) == ([BulkRefusal.RIGHTS] * 3, [], {State.DECLINED})


@pytest.mark.either_database
def test_missing_words_keep_every_text(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    words = {name_mail(texts[0]): NO}
    with pytest.raises(MissingText):
        decline_all(
            session, bulk_actor(editor, at, texts), reason="not_this_coverage", bodies=words, window=WINDOW
        )


@pytest.mark.either_database
def test_a_reason_the_coverage_does_not_have_declines_nothing(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    done = decline_all(
        session, bulk_actor(editor, at, texts), reason="none", bodies=words_for(texts), window=WINDOW
    )
    assert (done.done, why(done)) == ([], [BulkRefusal.REASON] * 3)


@pytest.mark.either_database
def test_the_preview_says_beforehand_what_is_left_out(
    session: Session, texts: list[Submission], at: datetime
) -> None:
    reader = make_staff(session, Role.EDITOR, languages=("uk",))
    found = sort_by_fit(session, bulk_actor(reader, at, texts), BulkAct.DECLINE)
    assert (found.fit, found.left) == (texts[:2], [(texts[2], BulkRefusal.LANGUAGE)])


@pytest.mark.either_database
def test_spam_is_put_aside_and_comes_back(
    session: Session, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    done = mark_spam_all(session, bulk_actor(moderator, at, texts), window=WINDOW)
    session.flush()
    aside = states(texts)
    take_back(session, done, moderator, at)
    assert (aside, states(texts)) == ({State.SPAM}, {State.SUBMITTED})


@pytest.fixture
def tags(session: Session, texts: list[Submission], at: datetime) -> list[Tag]:
    admin, coverage = make_staff(session, Role.ADMIN), session.scalars(select(Coverage)).one()
    return [make_tag(session, coverage, name=name, by=admin, at=at) for name in ("Зима", "Школа")]


def list_on(session: Session, texts: Sequence[Submission]) -> list[list[str]]:
    session.flush()
    return [[tag.name for tag in list_names_of(session, one).tags if tag.is_on] for one in texts]


@pytest.mark.either_database
def test_tags_are_put_on_many_and_taken_back_where_they_were_new(
    session: Session, moderator: Staff, texts: list[Submission], tags: list[Tag], at: datetime
) -> None:
    tag_all(session, bulk_actor(moderator, at, texts[:1]), on=tags[:1])
    done = tag_all(session, bulk_actor(moderator, at, texts), on=tags, off=[])
    everywhere = list_on(session, texts)
    take_back(session, done, moderator, at)
    assert (everywhere, list_on(session, texts)) == ([["Зима", "Школа"]] * 3, [["Зима"], [], []])


@pytest.mark.either_database
def test_a_tag_removed_meanwhile_does_not_keep_the_rest_from_coming_back(
    session: Session, moderator: Staff, texts: list[Submission], tags: list[Tag], at: datetime
) -> None:
    done = tag_all(session, bulk_actor(moderator, at, texts), on=tags)
    session.flush()
    session.delete(tags[0])
    session.flush()
    take_back(session, done, moderator, at)
    assert list_on(session, texts) == [[], [], []]


@pytest.mark.either_database
def test_a_colleague_is_made_responsible_for_many_and_who_was_before_comes_back(
    session: Session, editor: Staff, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    assign(session, texts[0], by=editor, to=editor, seen=texts[0].version, at=at)
    session.flush()
    done = assign_all(session, bulk_actor(editor, at, texts), to=moderator)
    session.flush()
    all_theirs = {one.assignee for one in texts}
    take_back(session, done, editor, at)
    assert (all_theirs, [one.assignee for one in texts]) == ({moderator}, [editor, None, None])


@pytest.mark.either_database
def test_who_does_not_work_on_the_coverage_is_not_made_responsible(
    session: Session, editor: Staff, texts: list[Submission], at: datetime
) -> None:
    stranger = make_staff(session, Role.MODERATOR, member=False)
    done = assign_all(session, bulk_actor(editor, at, texts), to=stranger)
    assert (why(done), {one.assignee for one in texts}) == ([BulkRefusal.STRANGER] * 3, {None})


def list_standing(session: Session) -> list[Advice]:
    session.flush()
    standing = select(Recommendation.advice).where(Recommendation.ended_at.is_(None))
    return list(session.scalars(standing.order_by(Recommendation.submission_id)))


@pytest.mark.either_database
def test_many_are_recommended_and_the_advice_before_stands_again(
    session: Session, moderator: Staff, texts: list[Submission], at: datetime
) -> None:
    keys = current_portal().instance.keys
    recommend(
        session,
        texts[0],
        by=moderator,
        at=at,
        seen=texts[0].version,
        advice=Advice.ACCEPT,
        reason="Добре.",
        keys=keys,
    )
    session.flush()
    done = recommend_all(
        session, bulk_actor(moderator, at, texts), advice=Advice.ASK, reason="Де?", keys=keys
    )
    given = list_standing(session)
    take_back(session, done, moderator, at)
    assert (given, list_standing(session)) == ([Advice.ASK] * 3, [Advice.ACCEPT])


@pytest.mark.either_database
def test_no_more_than_a_page_is_done_at_once(session: Session, editor: Staff, at: datetime) -> None:
    many = [make_submission(session, at) for _ in range(MOST_AT_ONCE + 1)]
    session.flush()
    done = assign_all(session, bulk_actor(editor, at, many), to=editor)
    assert (len(done.done), many[-1].assignee) == (MOST_AT_ONCE, None)


def test_what_the_person_may_not_read_is_not_touched(
    session: Session, texts: list[Submission], at: datetime
) -> None:
    outside = make_staff(session, Role.EDITOR, member=False)
    done = decline_those(session, outside, at, texts)
    assert (done.done, done.left, states(texts)) == ([], [], {State.SUBMITTED})


def tag_them(session: Session, chosen: BulkActor, texts: Sequence[Submission]) -> BulkOutcome:
    coverage = texts[0].call.coverage
    made = make_tag(session, coverage, name=f"{len(texts)}", by=make_staff(session, Role.ADMIN), at=chosen.at)
    return tag_all(session, chosen, on=[made])


def assign_them(session: Session, chosen: BulkActor, _texts: Sequence[Submission]) -> BulkOutcome:
    return assign_all(session, chosen, to=session.scalars(select(Staff)).first())


def recommend_them(session: Session, chosen: BulkActor, _texts: Sequence[Submission]) -> BulkOutcome:
    keys = current_portal().instance.keys
    return recommend_all(session, chosen, advice=Advice.ASK, reason="Де це було?", keys=keys)


def mark_them(session: Session, chosen: BulkActor, _texts: Sequence[Submission]) -> BulkOutcome:
    return mark_spam_all(session, chosen, window=WINDOW)


def decline_them(session: Session, chosen: BulkActor, texts: Sequence[Submission]) -> BulkOutcome:
    return decline_all(session, chosen, reason="not_this_coverage", bodies=words_for(texts), window=WINDOW)


def count_statements(sent: list[Statement]) -> int:
    """Return how many there were but for rows that are written: each text has a version of its own to guard.

    SQLite adds rows one by one as well.
    """
    rows = ("INSERT INTO", "UPDATE submission SET")
    return len([text for text, _values in sent if not text.startswith(rows)])


@pytest.mark.either_database
@pytest.mark.parametrize("act", [tag_them, assign_them, recommend_them, mark_them, decline_them])
def test_many_cost_no_more_statements_than_two(
    session: Session,
    editor: Staff,
    at: datetime,
    act: Callable[[Session, BulkActor, Sequence[Submission]], BulkOutcome],
) -> None:
    make_staff(session, Role.MODERATOR)
    counts = []
    for number in (2, 12):
        texts = [make_submission(session, at) for _ in range(number)]
        session.commit()
        chosen = bulk_actor(editor, at, texts)
        with listening() as doing:
            done = act(session, chosen, texts)
            session.commit()
        session.refresh(editor)
        with listening() as undoing:
            take_back(session, done, editor, at)
        assert len(done.done) == number
        counts.append((count_statements(doing), count_statements(undoing)))
    assert counts[1] == counts[0]


@pytest.mark.either_database
@pytest.mark.parametrize("act", [assign_them, mark_them, decline_them])
def test_each_text_is_written_once(
    session: Session,
    editor: Staff,
    texts: list[Submission],
    at: datetime,
    act: Callable[[Session, BulkActor, Sequence[Submission]], BulkOutcome],
) -> None:
    make_staff(session, Role.MODERATOR)
    with listening() as sent:
        act(session, bulk_actor(editor, at, texts), texts)
        session.flush()
    written = [values for text, values in sent if text.startswith("UPDATE submission SET")]
    assert sum(len(one) if isinstance(one, list) else 1 for one in written) == len(texts)
