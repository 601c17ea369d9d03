"""What people do while the worker has read something and not written it: it counts as if done before."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.cli.worker import compare_stories
from portal.database import snapshot, transaction
from portal.domain.desk_notices import TOLD_BY_CLOCK
from portal.domain.states import State
from portal.operations.desk import notices, same_story
from portal.operations.search_index import read_marked, write_marked
from portal.queries.desk.notices import list_untold
from tests.model.browser import MY
from tests.model.colleagues import Colleagues, list_alike
from tests.model.private import Visitors
from tests.model.room import expect
from tests.model.texts import Text
from tests.model.writing import PAGES, Writers

Finish = Callable[[], None]
"""Writes what was read."""
_CHANGEABLE = (State.SUBMITTED, State.NEEDS_REPLY)


def begin_comparing(app: Flask, _at: datetime) -> Finish:
    """Read texts that wait to be compared."""
    with app.app_context(), snapshot() as session:
        known = same_story.read_ahead(session)

    def finish() -> None:
        with app.app_context(), transaction() as session:
            same_story.compare_due(session, known)

    return finish


def begin_indexing(app: Flask, _at: datetime) -> Finish:
    """Read texts for the search."""
    with app.app_context(), snapshot() as session:
        texts = read_marked(session)

    def finish() -> None:
        if texts is not None:
            with app.app_context(), transaction() as session:
                write_marked(session, texts)

    return finish


def begin_telling(app: Flask, at: datetime) -> Finish:
    """Look of what the clock has to tell."""
    with app.app_context(), snapshot() as session:
        untold = {kind: list_untold(session, kind, at=at) for kind in TOLD_BY_CLOCK}

    def finish() -> None:
        with app.app_context(), transaction() as session:
            for kind, numbers in untold.items():
                notices.tell_untold(session, kind, numbers, at=at)

    return finish


JOBS = {"comparing": begin_comparing, "indexing": begin_indexing, "telling": begin_telling}
ACTS = ("tells another story", "withdraws", "erases", "accepts", "decides")


class Interrupters(Writers, Visitors, Colleagues):
    """Rules on what comes between."""

    @precondition(lambda self: self.sent_texts())
    @rule(
        job=st.sampled_from(sorted(JOBS)),
        act=st.sampled_from(ACTS),
        which=st.integers(0, 5),
        who=st.integers(0, 3),
    )
    def act_while_the_worker_is_at_it(self, job: str, act: str, which: int, who: int) -> None:
        """Do something with a text between the worker's reading and its writing."""
        finish = JOBS[job](self.world.app, self.world.at)
        self.note(f"the worker is {job}, meanwhile somebody {act}")
        self._act(act, which, who)
        finish()
        compare_stories(self.world.app, at=self.world.at)
        for text in self.sent_texts():
            self.world.touch(text)
            self._expect_compared_as_it_is(text, who)

    def _act(self, act: str, which: int, who: int) -> None:
        match act:
            case "tells another story" if self.texts_in(*_CHANGEABLE):
                self._tell_another_story(self.choose(self.texts_in(*_CHANGEABLE), which))
            case "withdraws":
                self.withdraw(which)
            case "erases":
                self.erase(which)
            case "accepts" if self.stories_to_accept():
                self.accept_a_story(which, who)
            case "decides":
                self.decide(which, who, which)

    def _tell_another_story(self, text: Text) -> None:
        """Send a change that has nothing of what it told before."""
        browser = self.at_private_page(text)
        tab = browser.open_tab(f"{MY}/{PAGES[State.SUBMITTED]}") if browser else None
        if browser is None or tab is None:
            return
        tab.about = text.name
        self.take_over(text, tab)
        told = {"story", "idea", "title"} & tab.names
        tab.type({name: f"{self.world.words.make()} про рибу." for name in told})
        self.complete(tab)
        self.deliver(browser, tab)

    def _expect_compared_as_it_is(self, text: Text, who: int) -> None:
        """Hold that a text is told to be like those it is like now: comparing it anew says the same."""
        told = list_alike(self, text)
        if self.press(self.world.colleague(who), text, "same", {}):
            expect("Told", f"the texts that tell the story of {text.name}", told, list_alike(self, text))
