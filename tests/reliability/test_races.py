"""People act at the same moment: one act counts, nobody's words are lost, and who was later is told."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, Connection, event, func, select
from werkzeug.test import TestResponse

from portal import database
from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import AuditEntry, Draft, Event, Message, OutboxMail, Revision, Submission
from portal.operations.staff import accounts
from portal.web.desk import act as acting
from tests.integration.desk.test_changes import changes_of
from tests.reliability.serving import read_code
from tests.support.bad_input import Desk, open_desk, shown_texts, typed_in
from tests.support.concurrency import MOMENT, PATIENCE, act_at_once, meeting_before
from tests.support.factories import make_form_key, make_submission
from tests.support.form_writer import ANSWERS, PITCH, code_of, open_form
from tests.support.plain_browser import find_form
from tests.support.sender import send_text

SEE_OTHER, CONFLICT, REFUSED = 303, 409, 422
AT_ONCE = 50
VERSIONS = 12
WORDS = {Act.ACCEPT: "Дякуємо, беремо!", Act.DECLINE: "Дякуємо, цього разу ні."}
DONE = {Act.ACCEPT: "Accepted", Act.DECLINE: "Declined"}
REASON = "other"
MY = "/uk/my"


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> int:
    """How often each pair of people tries."""
    return 200 if pytestconfig.getoption("full") else 8


@dataclass
class Pair:
    """Two editors with the same page open, each in a browser of their own."""

    app: Flask
    desks: Sequence[Desk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desks = [open_desk(self.app, self.app.test_client(), Role.EDITOR) for _ in range(2)]

    def add_story(self) -> str:
        with self.app.app_context(), transaction() as session:
            return make_submission(session, datetime.now(UTC), Stage.STORY).public_id

    def fill_in(self, desk: Desk, public_id: str, act: Act) -> Callable[[], TestResponse]:
        """Open the page and write the words of a decision; return the press of its button."""
        form = find_form(desk.client.get(desk.page(public_id)).text, action=f"/{act}")
        words = {"reason": REASON} if act is Act.DECLINE else {}
        values = {**form["values"], **words, "body": WORDS[act]}
        return partial(desk.client.post, form["action"], data=values)


@pytest.fixture
def pair(app: Flask) -> Pair:
    """Two editors at the desk."""
    return Pair(app)


def count(which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(which)) or 0


@dataclass(frozen=True)
class Left:
    """What a race has left behind: the acts after sending, and how often each is told."""

    acts: list[str]
    letters: int
    entries: int
    words: list[str]
    drafts: int


def read_left(app: Flask, public_id: str) -> Left:
    """Return what there is of a submission beyond its sending."""
    with app.app_context():
        submission = db.session.scalars(select(Submission).where(Submission.public_id == public_id)).one()
        events = db.session.scalars(
            select(Event)
            .where(Event.submission_id == submission.id, Event.act != Act.SUBMIT)
            .order_by(Event.id)
        ).all()
        return Left(
            [one.act for one in events],
            count(OutboxMail.event_id.in_([one.id for one in events])),
            count((AuditEntry.about == public_id) & (AuditEntry.act != Act.SUBMIT)),
            list(db.session.scalars(select(Message.body).where(Message.submission_id == submission.id))),
            count(Draft.submission_id == submission.id),
        )


def left_by(act: Act) -> Left:
    """Return what one decision leaves: its event, its letter, its entry, its words, its draft."""
    return Left([act], 1, 1, [WORDS[act]], int(act is Act.ACCEPT))


def tell_later(answer: TestResponse) -> tuple[int, list[str], list[str]]:
    """Return what the page says to who was later: status, what was done meanwhile, one's own words."""
    return word_later(answer.status_code, answer.text)


def word_later(status: int, page: str) -> tuple[int, list[str], list[str]]:
    """Return the same of a status and a page."""
    done = [sentence.rpartition(": ")[2] for sentence in changes_of(page)]
    return status, done, shown_texts(page)


@dataclass(frozen=True)
class Race:
    """How a race ended: whose act counted, what the other was told, what is left."""

    won: list[Act]
    told: list[tuple[int, list[str], list[str]]]
    left: Left


def run_race(pair: Pair, *, acts: Sequence[Act] = (Act.ACCEPT, Act.DECLINE)) -> Race:
    """Let both editors decide about a fresh story at the same moment."""
    public_id = pair.add_story()
    pressed = [pair.fill_in(desk, public_id, act) for desk, act in zip(pair.desks, acts, strict=True)]
    answers = act_at_once(pressed)
    won = [act for act, answer in zip(acts, answers, strict=True) if answer.status_code == SEE_OTHER]
    later = [tell_later(answer) for answer in answers if answer.status_code != SEE_OTHER]
    return Race(won, later, read_left(pair.app, public_id))


def is_fair(race: Race, acts: Sequence[Act] = (Act.ACCEPT, Act.DECLINE)) -> bool:
    """Say whether one act counted, and the other editor was told which, with the own words given back."""
    if len(race.won) != 1:
        return False
    (winner,) = race.won
    loser = acts[1 - acts.index(winner)]
    return race == Race([winner], [(CONFLICT, [DONE[winner]], [WORDS[loser]])], left_by(winner))


def test_of_two_decisions_at_once_one_counts_and_the_other_is_told(pair: Pair, rounds: int) -> None:
    assert [race for race in (run_race(pair) for _ in range(rounds)) if not is_fair(race)] == []


def test_a_button_pressed_twice_decides_once(pair: Pair, rounds: int) -> None:
    for _ in range(max(rounds // 4, 1)):
        public_id = pair.add_story()
        press = pair.fill_in(pair.desks[0], public_id, Act.ACCEPT)
        answers = sorted(act_at_once([press, press]), key=lambda answer: answer.status_code)
        assert [answer.status_code for answer in answers] == [SEE_OTHER, CONFLICT]
        assert tell_later(answers[1]) == (CONFLICT, [DONE[Act.ACCEPT]], [WORDS[Act.ACCEPT]])
        assert read_left(pair.app, public_id) == left_by(Act.ACCEPT)


def tick_all(desk: Desk, public_ids: Sequence[str]) -> Callable[[], TestResponse]:
    """Tick texts in the queue; return the press that marks them as spam."""
    page = desk.client.get("/desk/?view=open&sort=newest").text
    rows = [one[0] for one in re.findall(r'value="(([0-9a-f]{32})\.\d+)"', page) if one[1] in public_ids]
    values = {**find_form(page, action="/desk/bulk")["values"], "rows": rows, "act": "mark_spam"}
    form = find_form(desk.client.post("/desk/bulk", data=values).text, action="/bulk/mark_spam")
    return partial(desk.client.post, form["action"], data={**form["values"], "rows": rows})


def take_all_back(desk: Desk, public_id: str) -> Callable[[], TestResponse]:
    """Open a text that was marked with others; return the press that takes all of it back."""
    form = find_form(desk.client.get(desk.page(public_id)).text, action="/desk/bulk/undo")
    return partial(desk.client.post, form["action"], data=form["values"])


def test_of_two_people_who_do_the_same_with_many_at_once_each_text_is_done_once(
    pair: Pair, rounds: int
) -> None:
    for _ in range(max(rounds // 4, 1)):
        texts = [pair.add_story() for _ in range(4)]
        answers = act_at_once([tick_all(desk, texts) for desk in pair.desks])
        assert sorted(answer.status_code for answer in answers) == [SEE_OTHER, CONFLICT]
        assert [read_left(pair.app, one).acts for one in texts] == [[Act.MARK_SPAM]] * 4
        act_at_once([take_all_back(desk, texts[0]) for desk in pair.desks])
        assert [read_left(pair.app, one).acts for one in texts] == [[Act.MARK_SPAM, HistoryAct.UNDO]] * 4


@contextmanager
def unguarded(app: Flask) -> Iterator[None]:
    """Break the portal: nobody waits for a colleague's act, and the version is not looked at."""
    with app.app_context():
        engine = db.engine

    def begin_deferred(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only=OFF")
        connection.exec_driver_sql("BEGIN")

    def overwrite(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
        return statement.replace("submission.version = ", "submission.version >= "), values

    is_sqlite = engine.dialect.name == "sqlite"
    desk = cast(Any, acting)
    find, desk.find_submission = desk.find_submission, lambda *asked, **_held: find(*asked)
    event.listen(engine, "before_cursor_execute", overwrite, retval=True)
    if is_sqlite:
        event.remove(engine, "begin", database._begin_sqlite)  # noqa: SLF001  # the guard that is taken away
        event.listen(engine, "begin", begin_deferred)
    try:
        yield
    finally:
        desk.find_submission = find
        event.remove(engine, "before_cursor_execute", overwrite)
        if is_sqlite:
            event.remove(engine, "begin", begin_deferred)
            event.listen(engine, "begin", database._begin_sqlite)  # noqa: SLF001  # the guard that is tried
        engine.dispose()


def test_a_desk_without_its_guards_is_found_out(pair: Pair) -> None:
    for _ in range(30):
        public_id = pair.add_story()
        acts = (Act.ACCEPT, Act.DECLINE)
        pressed = [pair.fill_in(desk, public_id, act) for desk, act in zip(pair.desks, acts, strict=True)]
        with unguarded(pair.app):
            answers = act_at_once(pressed)
        assert SEE_OTHER in {answer.status_code for answer in answers}
        won = [act for act, answer in zip(acts, answers, strict=True) if answer.status_code == SEE_OTHER]
        later = [tell_later(answer) for answer in answers if answer.status_code != SEE_OTHER]
        if not is_fair(Race(won, later, read_left(pair.app, public_id))):
            return
    pytest.fail("thirty races without guards ended well")


def test_a_decision_and_a_withdrawal_at_once_leave_one_history(pair: Pair, rounds: int) -> None:
    for _ in range(max(rounds // 4, 1)):
        author = pair.app.test_client()
        sender = send_text(pair.app, author, datetime.now(UTC), stage=Stage.STORY)
        with pair.app.app_context():
            public_id = db.session.get_one(Submission, sender.submission_id).public_id
        form = find_form(author.get(f"{MY}/withdraw").text, action="")
        withdraw: Callable[[], TestResponse] = partial(author.post, f"{MY}/withdraw", data=form["values"])
        decide = pair.fill_in(pair.desks[0], public_id, Act.DECLINE)
        withdrawn, decided = act_at_once([withdraw, decide])
        assert withdrawn.status_code == SEE_OTHER
        acts = [Act.DECLINE, Act.WITHDRAW] if decided.status_code == SEE_OTHER else [Act.WITHDRAW]
        words = [WORDS[Act.DECLINE]]
        left = read_left(pair.app, public_id)
        assert (left.acts, left.entries) == (acts, len(acts))
        if len(acts) == 1:
            assert (tell_later(decided)[0], tell_later(decided)[2], left.words) == (CONFLICT, words, [])
        assert read_chain(pair.app, public_id) == State.WITHDRAWN


def read_chain(app: Flask, public_id: str) -> State | None:
    """Return the state a submission is in when each act began where the one before ended; else None."""
    with app.app_context():
        submission = db.session.scalars(select(Submission).where(Submission.public_id == public_id)).one()
        events = db.session.scalars(
            select(Event).where(Event.submission_id == submission.id).order_by(Event.id)
        ).all()
        ends = [one.to_state for one in events]
        return submission.state if [one.from_state for one in events][1:] == ends[:-1] else None


def test_of_two_edits_at_once_one_is_kept_and_the_other_given_back(pair: Pair, rounds: int) -> None:
    first, second = pair.desks
    for number in range(max(rounds // 4, 1)):
        texts = [f"Редакція {name}, {number}." for name in ("перша", "друга")]
        acts = []
        for desk, body in zip((first, second), texts, strict=True):
            form = find_form(desk.client.get(first.draft_page).text, field="body")
            acts.append(partial(desk.client.post, form["action"], data={**form["values"], "body": body}))
        answers = act_at_once(acts)
        kept, lost = texts if answers[0].status_code == SEE_OTHER else texts[::-1]
        later = max(answers, key=lambda answer: answer.status_code)
        assert sorted(answer.status_code for answer in answers) == [SEE_OTHER, CONFLICT]
        given_back = typed_in(later.text, first.draft_page, "body")
        assert (read_body(pair.app, first.draft), given_back) == (kept, lost)


def take_one_name(pair: Pair, *, seconds: float = MOMENT) -> list[int]:
    """Have two people take names that look alike; the first waits for the second before it writes."""
    acts = []
    for desk, name in zip(pair.desks, ("Олена Коваль", "Oлeнa Koвaль"), strict=True):
        form = find_form(desk.client.get("/account/").text, field="name")
        acts.append(partial(desk.client.post, "/account/", data={**form["values"], "name": name}))
    with meeting_before("UPDATE staff SET name", pair.app, seconds=seconds):
        return sorted(answer.status_code for answer in act_at_once(acts))


def test_of_two_people_who_take_one_name_at_once_one_gets_it(pair: Pair) -> None:
    assert take_one_name(pair) == [SEE_OTHER, REFUSED]


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_names_that_nobody_locks_are_found_out(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "lock_names", lambda _session: None)
    assert take_one_name(pair, seconds=PATIENCE) == [SEE_OTHER, SEE_OTHER]


def read_body(app: Flask, public_id: str) -> str:
    with app.app_context():
        return db.session.scalars(select(Draft.body).where(Draft.public_id == public_id)).one()


def open_twins(app: Flask, number: int) -> tuple[list[FlaskClient], Mapping[str, Any]]:
    """Return browsers with one cookie between them, and the one form they have open."""
    first = app.test_client()
    fields = {**open_form(first), **ANSWERS}
    cookie = first.get_cookie("portal")
    assert cookie is not None
    twins = [app.test_client() for _ in range(number)]
    for twin in twins:
        twin.set_cookie("portal", cookie.value)
    return twins, fields


def count_rows(app: Flask) -> tuple[int, ...]:
    """Return how many submissions, revisions, letters and entries of the log there are."""
    with app.app_context():
        names = db.session.scalars(select(Submission.public_id)).all()
        tables = (Submission, Revision, OutboxMail)
        rows = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return (*rows, count(AuditEntry.about.in_(names)))


@pytest.mark.usefixtures("opened")
def test_fifty_equal_posts_at_once_are_one_pitch_one_letter_and_one_code(app: Flask) -> None:
    twins, fields = open_twins(app, AT_ONCE)
    assert post_twins(twins, [fields] * AT_ONCE) == {code_of(app, fields["form_key"]).replace(" ", "")}
    assert count_rows(app) == (1, 1, 1, 1)


def post_twins(twins: Sequence[FlaskClient], sent: Sequence[Mapping[str, Any]]) -> set[str]:
    """Have each browser post its fields at the same moment; return the codes of their receipts."""
    posts = [partial(twin.post, PITCH, data=fields) for twin, fields in zip(twins, sent, strict=True)]
    assert {answer.status_code for answer in act_at_once(posts)} == {SEE_OTHER}
    return {read_code(twin.get("/uk/my/receipt").text) for twin in twins}


@pytest.mark.usefixtures("opened")
def test_posts_that_nothing_holds_together_are_found_out(app: Flask) -> None:
    """Each has a form key of its own, as if the portal overlooked that it is the same."""
    twins, fields = open_twins(app, 2)
    with app.app_context():
        sent = [{**fields, "form_key": make_form_key()} for _ in twins]
    assert (len(post_twins(twins, sent)), count_rows(app)) == (2, (2, 2, 2, 2))


@pytest.mark.usefixtures("opened")
def test_different_texts_of_one_form_at_once_are_all_kept_as_versions(app: Flask) -> None:
    twins, fields = open_twins(app, VERSIONS)
    ideas = [f"Думка {number}." for number in range(VERSIONS)]
    answers = act_at_once(
        [
            partial(twin.post, PITCH, data={**fields, "idea": idea})
            for twin, idea in zip(twins, ideas, strict=True)
        ]
    )
    assert {answer.status_code for answer in answers} == {SEE_OTHER}
    with app.app_context():
        kept = [revision.answers["idea"] for revision in db.session.scalars(select(Revision))]
    assert (sorted(kept), count_rows(app)) == (sorted(ideas), (1, VERSIONS, 1, VERSIONS))
