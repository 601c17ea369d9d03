"""What all rules of the walk have in common: the world, choosing somebody, and saying what was done."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine

from portal.domain.states import State
from tests.model.browser import MY, Browser, Tab
from tests.model.texts import Text
from tests.model.world import World
from tests.support.plain_browser import find_form

MANY = 4
"""Texts in one walk: more of them meet each other no more often."""
One = TypeVar("One")


class BrokenPromise(AssertionError):
    """What a page shows is not what somebody was promised."""


def expect(promise: str, what: str, found: object, believed: object) -> None:
    """Hold that something is as we believe it."""
    if found != believed:
        raise BrokenPromise(f"{promise}: {what}\n  is       {_show(found)}\n  should be {_show(believed)}")


def expect_that(promise: str, what: str, is_so: bool) -> None:  # noqa: FBT001  # the one thing it is about
    """Hold that a sentence is true."""
    if not is_so:
        raise BrokenPromise(f"{promise}: it should be that {what}")


def _show(value: object) -> str:
    return str(sorted(value)) if isinstance(value, set | frozenset) else repr(value)


class Room(RuleBasedStateMachine):
    """The base of every file of rules."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.sendings: dict[Text, list[Any]] = {}
        """What came with which form, so that a form which comes twice counts once."""

    def note(self, sentence: str) -> None:
        """Say what is done next; a failing walk prints it."""
        self.world.say(sentence)
        note(self.world.log[-1])

    @abstractmethod
    def make_round(self) -> None:
        """Have the worker do what is due."""

    @abstractmethod
    def work_for_newsrooms(self) -> None:
        """Have the worker send what is due to newsrooms' sites, and look at one post."""

    @staticmethod
    def choose(of: Sequence[One], which: int) -> One:
        """Return one of these; 0 is the first."""
        return of[which % len(of)]

    def all_tabs(self) -> list[tuple[Browser, Tab]]:
        """Return every open form, the newest first."""
        return [(one, tab) for one in self.world.browsers for tab in reversed(one.tabs)]

    def sent_texts(self) -> list[Text]:
        """Return the texts that were sent and are not erased, newest first."""
        return [one for one in self.world.living() if one.sent]

    def texts_in(self, *states: State) -> list[Text]:
        return self.world.in_state(*states)

    def at_private_page(self, text: Text, browser: Browser | None = None) -> Browser | None:
        """Return a browser with the private page of a text open; None where nobody knows its code."""
        return self.open_private_page(text, browser)[0]

    def open_private_page(self, text: Text, browser: Browser | None = None) -> tuple[Browser | None, str]:
        """Return it with the page."""
        chosen = browser or text.home
        page = chosen.client.get(MY).text
        is_asked = 'name="code"' in page
        if not is_asked and chosen.page_of == text.name:
            return chosen, page
        if not text.code:
            return None, ""
        if not is_asked:  # the page of another text is open: who enters another code leaves it first
            chosen.press(MY, "/leave")
            page = chosen.client.get(MY).text
        door = find_form(page, field="code")
        answer = chosen.client.post(MY, data={**door["values"], "code": text.code})
        expect("Code", f"the answer to the code of {text.name}", answer.status_code, 303)
        chosen.page_of = text.name
        return chosen, chosen.client.get(MY).text
