"""Texts of one coverage that tell the same story find each other; only who may read them is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.cli.worker import compare_stories
from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import ComparisonDue, SameStory, StoryMark, Submission
from portal.operations.desk.same_story import (
    compare_due,
    find_same_stories,
    read_ahead,
    take_back_apart,
    tell_apart,
)
from portal.operations.erasure import erase
from portal.operations.locking import lock_submission
from portal.queries.desk.same_story import list_same_stories
from tests.support.author_acts import add_version
from tests.support.bad_input import Desk, open_desk
from tests.support.canaries import find_in_rows
from tests.support.concurrency import await_waiting
from tests.support.factories import make_sending, make_staff, make_submission, make_unsent
from tests.support.plain_browser import find_form
from tests.support.recall import RecallText, read_stories
from tests.support.statements import list_held, listening

STORIES = read_stories("stories.tsv")


def send(session: Session, at: datetime, text: RecallText, *, title: str = "", story: str = "") -> Submission:
    with transaction():
        sending = make_sending(Stage.STORY, title=title or text.title, story=story or text.body)
        return make_submission(session, at, Stage.STORY, sending=sending)


def compare_all(session: Session) -> None:
    waiting = True
    while waiting:
        with transaction():
            waiting = compare_due(session) > 0


def list_pairs(session: Session) -> set[tuple[int, int]]:
    return {(pair.one_id, pair.other_id) for pair in session.scalars(select(SameStory))}


@pytest.mark.either_database
def test_the_same_story_is_found_within_a_language_and_across(session: Session, at: datetime) -> None:
    texts = [one for one in STORIES if int(one.id) <= 8]
    sent = [(one.id, send(session, at, one).id) for one in texts]
    compare_all(session)
    found = list_pairs(session)
    same = {(one, other) for story, one in sent for its, other in sent if story == its and one < other}
    assert found - same == set()
    assert len(found) >= 0.8 * len(same)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("title", "changed"),
    [
        ("", str),
        ("Зовсім інша назва", str),
        ("", lambda text: text.replace("’", "'").replace(" ", "  ")),
        ("", str.upper),
    ],
    ids=["as it is", "other title", "other signs", "capitals"],
)
def test_a_pitch_that_came_again_is_always_found(session: Session, at: datetime, title: str, changed) -> None:  # type: ignore[no-untyped-def]  # one of several functions on text
    text = next(one for one in STORIES if one.lang == "uk")
    first = send(session, at, text)
    second = send(session, at, text, title=title, story=changed(text.body))
    compare_all(session)
    pair = session.scalars(select(SameStory)).one()
    assert (pair.one_id, pair.other_id, pair.is_copy) == (first.id, second.id, True)


@pytest.mark.either_database
def test_short_texts_without_names_find_their_copy_too(session: Session, at: datetime) -> None:
    text = RecallText("", "uk", "Кіт", "Мій кіт спав у коробці, поки падав сніг.")
    first, second = send(session, at, text), send(session, at, text)
    compare_all(session)
    assert list_pairs(session) == {(first.id, second.id)}


@pytest.mark.either_database
def test_what_people_say_of_themselves_makes_no_copy(session: Session, at: datetime) -> None:
    you = "Я пекарка з Вишгорода, двадцять років стою біля печі й пишу вірші, коли тісто підходить."
    for idea in ("Як ми пекли хліб під час повені.", "Лист до подруги, яка вивчає зорі над морем."):
        with transaction():
            make_submission(session, at, sending=make_sending(idea=idea, you=you, link=you))
    compare_all(session)
    assert list_pairs(session) == set()


def test_what_is_not_sent_is_not_compared(session: Session, at: datetime) -> None:
    with transaction():
        submission = make_submission(session, at)
        make_unsent(session, submission, at, Stage.STORY, story="Ненаписане.")
    compare_all(session)
    assert session.scalar(select(func.count()).select_from(SameStory)) == 0


def test_a_changed_text_is_compared_anew(session: Session, at: datetime) -> None:
    one, other, *_rest = (text for text in STORIES if text.lang == "uk")
    first, second = send(session, at, one), send(session, at, other)
    compare_all(session)
    assert list_pairs(session) == {(first.id, second.id)}
    second.latest.open_answers = {"story": "Про рибу."}
    with transaction() as writing:
        writing.merge(second.latest)
        find_same_stories(writing, second.id)
    assert list_pairs(session) == set()


def test_nothing_is_left_of_what_is_erased(session: Session, at: datetime) -> None:
    text = STORIES[0]
    first, second = send(session, at, text), send(session, at, text)
    compare_all(session)
    send_again = send(session, at, text)
    with transaction():
        for one in (first, send_again):
            erase(session, one, by=None, at=at)
    marked = set(session.scalars(select(StoryMark.submission_id)))
    waiting = session.scalars(select(ComparisonDue.submission_id)).all()
    assert (list_pairs(session), marked, waiting) == (set(), {second.id}, [])


@pytest.mark.either_database
def test_nothing_that_is_sealed_is_compared_or_kept_beside_the_marks(
    app: Flask, session: Session, at: datetime
) -> None:
    text, canary = STORIES[0], "Канарка Семенівна 7193, Бахмут, 5 травня 2021"
    sealed = dict.fromkeys(("risk_text", "avoid", "place_time", "check", "more", "byline_text"), canary)
    for more in ({}, {"risk": "yes", **sealed}, {"risk": "yes", **sealed}):
        with transaction():
            told = {"title": text.title, "story": text.body, **more}
            make_submission(
                session, at, Stage.STORY, sending=make_sending(Stage.STORY, address=canary, **told)
            )
    compare_all(session)
    marks: dict[int, set[int]] = {}
    for mark in session.scalars(select(StoryMark)):
        marks.setdefault(mark.submission_id, set()).add(mark.mark)
    assert len(marks) == 3
    assert len({frozenset(one) for one in marks.values()}) == 1
    session.rollback()
    found = [find_in_rows(app, word) for word in ("Канарка", "Семенівна", "Бахмут", "7193")]
    assert [place for one in found for place in one if place.startswith(("same_story.", "story_mark."))] == []


def test_only_those_who_may_read_a_text_are_told_of_it(session: Session, at: datetime) -> None:
    text = STORIES[0]
    first, second = send(session, at, text), send(session, at, text)
    compare_all(session)
    with transaction():
        editor = make_staff(session, Role.EDITOR)
        stranger = make_staff(session, Role.EDITOR, member=False)
    told = [list_same_stories(session, actor, second) for actor in (editor, stranger)]
    assert [[one.submission.id for one in found] for found in told] == [[first.id], []]


@pytest.mark.either_database
def test_looking_for_it_takes_as_many_statements_among_many(session: Session, at: datetime) -> None:
    texts = [one for one in STORIES if one.id in {"1", "2"}]
    sent = [send(session, at, one) for one in texts]
    compare_all(session)
    counted = []
    for submission in (sent[0], sent[-1]):
        with transaction(), listening() as sent_to_database:
            find_same_stories(session, submission.id)
        counted.append(len(sent_to_database))
    assert counted[0] == counted[1]


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.EDITOR)


@pytest.mark.either_database
def test_a_copy_is_flagged_shown_and_marked_as_duplicate_in_one_press(desk: Desk) -> None:
    at = datetime.now(UTC)
    text = next(one for one in STORIES if one.lang == "uk")
    with desk.app.app_context():
        session = db.session()
        first, second = (send(session, at, text).public_id for _time in range(2))
    page = desk.page(second)
    compared = desk.send(page, f"{page}/same")
    shown = desk.client.get(page).text
    assert compared.status_code == 303
    assert "1 other text seems to tell this story." in shown
    assert "word for word the same" in shown
    assert "Kharkiv · Tainan" in shown
    # The desk begins with a story whose copy is accepted.
    assert desk.client.get("/desk/").text.count("same story?") == 3
    marked = desk.send(page, f"{page}/duplicate", chosen=first)
    assert marked.status_code == 303
    with desk.app.app_context():
        states = {one.public_id: one.state for one in db.session().scalars(select(Submission))}
    assert (states[first], states[second]) == (State.SUBMITTED, State.DUPLICATE)


def test_the_worker_compares_what_was_sent(app: Flask, session: Session, at: datetime) -> None:
    first, second = send(session, at, STORIES[0]), send(session, at, STORIES[0])
    session.rollback()
    compare_stories(app, at=at)
    assert list_pairs(session) == {(first.id, second.id)}


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # where one who writes holds up all others
def test_the_worker_reads_texts_before_it_keeps_others_from_writing(
    app: Flask, session: Session, at: datetime
) -> None:
    for _time in range(3):
        send(session, at, STORIES[0])
    session.rollback()
    with listening(app) as sent:
        compare_stories(app, at=at)
    reading = ["open_answers" in text for text, _given in sent]
    held = ["open_answers" in text for block in list_held(sent) for text, _given in block]
    assert (any(reading), any(held), len(list_pairs(session))) == (True, False, 3)


@pytest.mark.parametrize("has_gone", [False, True])
def test_what_changes_after_it_was_read_is_compared_as_it_is(
    session: Session, at: datetime, *, has_gone: bool
) -> None:
    first, second = send(session, at, STORIES[0]), send(session, at, STORIES[0])
    known = read_ahead(session)
    with transaction() as writing:
        if has_gone:
            erase(writing, first, by=None, at=at)
        else:
            sending = make_sending(Stage.STORY, title="Риба", story="Про рибу.")
            add_version(writing, first, sending, at=at)
    with transaction() as writing:
        compare_due(writing, known)
    assert (len(known), list_pairs(session)) == (2, set())
    assert second.id in set(session.scalars(select(StoryMark.submission_id)))


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite one person writes at a time
@pytest.mark.parametrize("waits", [False, True], ids=["compared before", "to be compared"])
def test_nothing_is_left_of_what_is_erased_while_it_is_compared(
    app: Flask, session: Session, at: datetime, *, waits: bool
) -> None:
    first = send(session, at, STORIES[0])
    compare_all(session)
    second = send(session, at, STORIES[0])
    gone, left = (second, first) if waits else (first, second)
    numbers = gone.id, left.id
    session.rollback()
    with Session(db.engine) as author, ThreadPoolExecutor(1) as worker:
        erased = lock_submission(author, author.get_one(Submission, numbers[0]))
        compared = worker.submit(compare_stories, app, at=at)
        await_waiting(app)
        erase(author, erased, by=None, at=at)
        author.commit()
        compared.result()
    marked = set(session.scalars(select(StoryMark.submission_id)))
    assert (list_pairs(session), marked) == (set(), {numbers[1]})


def make_pair(session: Session, at: datetime) -> tuple[Submission, Submission]:
    text = STORIES[0]
    first, second = send(session, at, text), send(session, at, text, title="Інша назва")
    compare_all(session)
    return first, second


def list_apart(session: Session) -> set[tuple[int, int]]:
    return {(one.one_id, one.other_id) for one in session.scalars(select(SameStory)) if one.told_apart_at}


@pytest.mark.either_database
def test_a_pair_that_was_told_apart_stays_so_when_it_is_compared_again(
    session: Session, at: datetime
) -> None:
    first, second = make_pair(session, at)
    with transaction():
        editor = make_staff(session, Role.EDITOR)
        tell_apart(session, second, first, by=editor, at=at, seen=second.version)
    for one in (first, second):
        with transaction():
            assert find_same_stories(session, one.id) == 0
    assert list_apart(session) == list_pairs(session) == {(first.id, second.id)}


@pytest.mark.either_database
def test_a_pair_that_was_told_apart_comes_back_once_it_is_a_copy(session: Session, at: datetime) -> None:
    one, other, *_rest = (text for text in STORIES if text.lang == "uk")
    first, second = send(session, at, one), send(session, at, other)
    compare_all(session)
    with transaction():
        editor = make_staff(session, Role.EDITOR)
        tell_apart(session, first, second, by=editor, at=at, seen=first.version)
    second.latest.open_answers = {"story": first.latest.open_answers["story"]}
    with transaction() as writing:
        writing.merge(second.latest)
        find_same_stories(writing, second.id)
    assert (list_apart(session), list_pairs(session)) == (set(), {(first.id, second.id)})


def test_telling_apart_can_be_taken_back(session: Session, at: datetime) -> None:
    first, second = make_pair(session, at)
    with transaction():
        editor = make_staff(session, Role.EDITOR)
        tell_apart(session, first, second, by=editor, at=at, seen=first.version)
        take_back_apart(session, second, first, by=editor, at=at, seen=second.version)
    assert (list_apart(session), list_pairs(session)) == (set(), {(first.id, second.id)})


@pytest.mark.either_database
def test_a_press_tells_two_texts_apart_for_everybody_with_name_and_time(desk: Desk) -> None:
    at = datetime.now(UTC)
    with desk.app.app_context():
        session = db.session()
        first, second = (one.public_id for one in make_pair(session, at))
    page, other = desk.page(second), desk.page(first)
    before = desk.client.get("/desk/").text.count("same story?")
    desk.send(page, f"{page}/different", other=first)
    shown = [desk.client.get(one).text for one in (page, other)]
    assert [text.count("said on") for text in shown] == [1, 1]
    assert [text.count("Marked as a different story from another text") for text in shown] == [1, 1]
    assert ["seems to tell this story" in text for text in shown] == [False, False]
    assert desk.client.get("/desk/").text.count("same story?") == before - 2
    desk.send(other, f"{other}/not-different", other=second)
    assert "1 other text seems to tell this story." in desk.client.get(page).text


@pytest.mark.either_database
def test_a_pair_that_is_gone_is_not_told_apart(desk: Desk) -> None:
    with desk.app.app_context():
        first, second = (one.public_id for one in make_pair(db.session(), datetime.now(UTC)))
    page = desk.page(second)
    form = find_form(desk.client.get(page).text, action=f"{page}/different")
    with desk.app.app_context(), transaction() as session:
        session.execute(delete(SameStory))
    answer = desk.client.post(form["action"], data={**form["values"], "other": first}, follow_redirects=True)
    assert "Nothing was changed: the texts have been compared since" in answer.text


@pytest.mark.either_database
@pytest.mark.parametrize("nonsense", ["", "\x00", "字" * 1000], ids=["nothing", "zero byte", "long"])
def test_a_press_about_no_text_changes_nothing(desk: Desk, nonsense: str) -> None:
    with desk.app.app_context():
        first, _second = (one.public_id for one in make_pair(db.session(), datetime.now(UTC)))
    page = desk.page(first)
    form = find_form(desk.client.get(page).text, action=f"{page}/different")
    answer = desk.client.post(
        form["action"], data={**form["values"], "other": nonsense}, follow_redirects=True
    )
    assert "Nothing was changed: the texts have been compared since" in answer.text
