"""Authors withdraw, erase and change texts in the middle of an act on many, and of its undo."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain.acts import Act, HistoryAct
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Event, Submission
from tests.reliability.test_races import SEE_OTHER, Pair, read_chain, take_all_back, tick_all
from tests.support.concurrency import MOMENT, before_statements
from tests.support.factories import IDEA
from tests.support.form_writer import MY
from tests.support.plain_browser import find_form
from tests.support.sender import send_text

Press = Callable[[], TestResponse]
OK = 200
NEWER = "Ліхтар над дверима, інакше."
WRITES = "UPDATE submission SET"


@pytest.fixture
def pair(app: Flask) -> Pair:
    """Two editors at the desk; only one of them acts here."""
    return Pair(app)


@pytest.fixture
def firsts(pytestconfig: pytest.Config) -> Sequence[int]:
    """Who begins, before the others come in between: the desk, or the author of the first text, and so on."""
    return range(4 if pytestconfig.getoption("full") else 2)


@dataclass(frozen=True)
class Texts:
    """Four texts on the desk: of three of them the authors act, the fourth is left alone."""

    app: Flask
    names: Sequence[str]
    presses: Sequence[Press]

    def states(self) -> list[State | None]:
        """Return the state of each, where each act began in the state in which the one before ended."""
        return [read_chain(self.app, name) for name in self.names]

    def acts(self) -> list[list[str]]:
        """Return what was done with each after it was sent."""
        with self.app.app_context():
            query = select(Event.act).join(Submission, Submission.id == Event.submission_id)
            return [
                [
                    str(act)
                    for act in db.session.scalars(
                        query.where(Submission.public_id == name, Event.act != Act.SUBMIT).order_by(Event.id)
                    )
                ]
                for name in self.names
            ]

    def words(self) -> list[str]:
        """Return the newest words of each; nothing of an erased one."""
        with self.app.app_context():
            found = [
                db.session.scalars(select(Submission).where(Submission.public_id == name)).one()
                for name in self.names
            ]
            return [one.latest.answers["idea"] if one.revisions else "" for one in found]


def open_texts(app: Flask) -> Texts:
    """Send four pitches; open the pages on which three authors press."""
    names, presses = [], []
    for act in ("withdraw", "erase", "change", ""):
        author = app.test_client()
        sender = send_text(app, author, datetime.now(UTC), stage=Stage.PITCH)
        with app.app_context():
            names.append(db.session.get_one(Submission, sender.submission_id).public_id)
        if act:
            wanted = {"field": "idea"} if act == "change" else {"action": ""}
            form = find_form(author.get(f"{MY}/{act}").text, **wanted)
            values = {**form["values"], **({"idea": NEWER} if act == "change" else {})}
            presses.append(partial(author.post, f"{MY}/{act}", data=values))
    return Texts(app, names, presses)


@contextmanager
def in_the_middle(app: Flask, others: Sequence[Press]) -> Iterator[list[Future[TestResponse]]]:
    """Let others press when somebody is about to write a text, and give them a moment to come as far."""
    begun: list[Future[TestResponse]] = []
    with ThreadPoolExecutor(max_workers=len(others)) as pool:

        def begin(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith(WRITES) and not begun:
                begun.extend(pool.submit(one) for one in others)
                wait(begun, MOMENT)

        with before_statements(begin, app):
            yield begun
            wait(begun)


def press_in_the_middle(texts: Texts, desk: Press, first: int) -> list[int]:
    """Have one begin, the desk or an author, and the others come in between; return what all are answered."""
    presses = [desk, *texts.presses]
    others = [one for place, one in enumerate(presses) if place != first]
    with in_the_middle(texts.app, others) as begun:
        own = presses[first]()
    return sorted([own.status_code, *(one.result().status_code for one in begun)])


def test_authors_act_while_many_texts_are_put_aside(pair: Pair, firsts: Sequence[int]) -> None:
    for first in firsts:
        texts = open_texts(pair.app)
        answers = press_in_the_middle(texts, tick_all(pair.desks[0], texts.names), first)
        withdrawn, erased, changed, quiet = texts.acts()
        assert withdrawn in ([Act.MARK_SPAM, Act.WITHDRAW], [Act.WITHDRAW])
        assert changed in ([Act.MARK_SPAM, HistoryAct.NEW_VERSION], [HistoryAct.NEW_VERSION])
        assert (erased, quiet) == ([HistoryAct.ERASE], [Act.MARK_SPAM])
        now = State.SPAM if Act.MARK_SPAM in changed else State.SUBMITTED
        assert texts.states() == [State.WITHDRAWN, State.ERASED, now, State.SPAM]
        assert (texts.words(), answers[:3]) == ([IDEA, "", NEWER, IDEA], [OK, SEE_OTHER, SEE_OTHER])


def test_authors_act_while_an_act_on_many_is_taken_back(pair: Pair, firsts: Sequence[int]) -> None:
    for first in firsts:
        texts = open_texts(pair.app)
        assert tick_all(pair.desks[0], texts.names)().status_code == SEE_OTHER
        answers = press_in_the_middle(texts, take_all_back(pair.desks[0], texts.names[3]), first)
        withdrawn, erased, changed, quiet = texts.acts()
        back = [Act.MARK_SPAM, HistoryAct.UNDO]
        assert withdrawn in ([*back, Act.WITHDRAW], [Act.MARK_SPAM, Act.WITHDRAW])
        assert sorted(changed) == sorted([*back, HistoryAct.NEW_VERSION])
        assert (erased, quiet) == ([HistoryAct.ERASE], back)
        assert texts.states() == [State.WITHDRAWN, State.ERASED, State.SUBMITTED, State.SUBMITTED]
        assert (texts.words(), answers[:3]) == ([IDEA, "", NEWER, IDEA], [OK, SEE_OTHER, SEE_OTHER])
