"""A flood of texts nobody wrote: people get through, and the desk is rid of it in three acts."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.data.content import human_questions
from portal.database import transaction
from portal.domain.admission import Lane, choose_question
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Submission
from portal.operations.desk.bulk_spam import mark_all_spam
from portal.queries.desk.queue import QueueFilter
from tests.support.factories import PITCH_ANSWERS, make_call, make_form_key, make_staff, make_submission
from tests.support.plain_browser import find_form
from tests.support.proof_of_work import solve

PITCH = "/en/ukraine-taiwan/pitch"
ONE_ADDRESS = {"REMOTE_ADDR": "203.0.113.7"}


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    junk: int
    people: int
    """They write while the junk arrives."""
    proving: int
    """As many of them have scripts, which prove with work that they are no flood; the others answer."""
    in_queue: int
    crowd: int


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Size:
    """The figures of a flood in the full run, few in every other."""
    is_full = request.config.getoption("--full")
    if is_full:
        return Size(junk=5000, people=50, proving=25, in_queue=5000, crowd=100)
    return Size(junk=100, people=8, proving=2, in_queue=60, crowd=25)


@pytest.fixture(autouse=True)
def _open_call(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, datetime(2020, 1, 1, tzinfo=UTC))


def send_as_person(app: Flask, idea: str, *, proof: str = "", answers: bool = False) -> int:
    """Open the form in a browser of one's own and send it; return the status."""
    client = app.test_client()
    values = find_form(client.get(PITCH).text, field="form_key")["values"]
    answer = min(choose_question(human_questions(), values["form_key"]).answers) if answers else ""
    data = {**values, **PITCH_ANSWERS, "idea": idea, "proof": proof, "human_answer": answer}
    return client.post(PITCH, data=data, environ_base=ONE_ADDRESS).status_code


class Flooder:
    """A program that fills in every line it finds, from an address of its own each time."""

    def __init__(self, app: Flask, proof: str) -> None:
        self.app, self.proof = app, proof
        self.client: FlaskClient = app.test_client()
        self.values = find_form(self.client.get(PITCH).text, field="form_key")["values"]

    def send(self, number: int) -> int:
        with self.app.app_context():
            form_key = make_form_key()
        data = {**self.values, **PITCH_ANSWERS, "idea": f"Buy now {number}.", "form_key": form_key}
        data |= {"extra_line": "https://example.org", "human_answer": "buy", "proof": self.proof}
        address = f"127.{number % 250}.{number // 250 % 250}.{number % 200 + 1}"
        return self.client.post(PITCH, data=data, environ_base={"REMOTE_ADDR": address}).status_code


def solve_many(app: Flask, count: int) -> list[str]:
    client = app.test_client()
    return [solve(client.get("/en/my/proof").get_json()) for _ in range(count)]


def run_mixed(acts: Sequence[Callable[[], int]]) -> list[int]:
    """Do everything in a random order, four at a time; return the statuses in the order given."""
    order = list(range(len(acts)))
    random.Random(20220224).shuffle(order)
    with ThreadPoolExecutor(max_workers=4) as pool:
        done = dict(zip(order, pool.map(lambda at: acts[at](), order), strict=True))
    return [done[at] for at in range(len(acts))]


def count_submissions(app: Flask) -> Counter[tuple[Lane, State]]:
    with app.app_context():
        rows = db.session.execute(
            select(Submission.lane, Submission.state, func.count()).group_by(
                Submission.lane, Submission.state
            )
        )
        return Counter({(lane, state): number for lane, state, number in rows})


@pytest.mark.either_database
def test_people_stand_above_a_flood_and_all_of_it_comes_in_below(app: Flask, size: Size) -> None:
    spent, *proofs = solve_many(app, size.proving + 1)
    send_as_person(app, "The first.", proof=spent)
    flooder, answering = Flooder(app, spent), size.people - size.proving
    people = [
        *(partial(send_as_person, app, "A shelf of books.", proof=proof) for proof in proofs),
        *(partial(send_as_person, app, "A shelf.", answers=True) for _ in range(answering)),
    ]
    junk = [partial(flooder.send, number) for number in range(size.junk)]
    assert Counter(run_mixed([*people, *junk])) == {303: size.people + size.junk}
    assert count_submissions(app) == {
        (Lane.VERIFIED, State.SUBMITTED): size.people + 1,
        (Lane.UNVERIFIED, State.SUBMITTED): size.junk,
    }


def test_a_crowd_behind_one_address_succeeds(app: Flask, size: Size) -> None:
    people = [partial(send_as_person, app, f"Story {number}.", answers=True) for number in range(size.crowd)]
    assert Counter(run_mixed(people)) == {303: size.crowd}


def test_a_proof_used_again_lifts_nothing_and_costs_no_text(app: Flask) -> None:
    proof = solve_many(app, 1)[0]
    again = [partial(send_as_person, app, f"Story {number}.", proof=proof) for number in range(10)]
    assert Counter(run_mixed(again)) == {303: 10}
    assert count_submissions(app) == {
        (Lane.VERIFIED, State.SUBMITTED): 1,
        (Lane.UNVERIFIED, State.SUBMITTED): 9,
    }


def test_three_acts_take_the_flood_out_of_the_queue(app: Flask, at: datetime, size: Size) -> None:
    with app.app_context(), transaction() as session:
        make_submission(session, at)
        for _ in range(size.in_queue):
            make_submission(session, at).lane = Lane.UNVERIFIED
    acts = 0
    has_more = True
    while has_more:
        has_more = sort_out(app, at)
        acts += 1
    assert acts <= 3
    assert count_submissions(app) == {
        (Lane.VERIFIED, State.SUBMITTED): 1,
        (Lane.UNVERIFIED, State.SPAM): size.in_queue,
    }


def sort_out(app: Flask, at: datetime) -> bool:
    """Press the button for everything unverified; return whether there is more."""
    with app.app_context(), transaction() as session:
        moderator = make_staff(session, Role.MODERATOR)
        newest = session.scalar(select(func.max(Submission.id))) or 0
        return mark_all_spam(session, QueueFilter(), by=moderator, at=at, newest=newest).has_more
