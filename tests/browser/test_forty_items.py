"""Forty items in four languages before lunch: how many keys, clicks and loads the desk asks for."""

from collections import Counter

import pytest
from playwright.sync_api import Locator, Page, Request
from sqlalchemy import select

from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Submission
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.waiting_texts import open_editor, send_texts

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

MORNING = "sdsqsxsissdasqsdsxussdsissdxssqssdssasss"
"""What is done with each, in the order of the queue, by its key: `s` leaves it for later."""
BECOMES = {
    "s": State.SUBMITTED,
    "d": State.DECLINED,
    "q": State.NEEDS_REPLY,
    "x": State.SPAM,
    "u": State.DUPLICATE,
    "i": State.INVITED,
    "a": State.ACCEPTED,
}
PATHS = {"d": "decline", "q": "ask", "x": "spam", "u": "duplicate", "i": "invite", "a": "accept"}
STEPS = {"d": ["d", "2", "Control+Enter"], "s": ["s"], "x": ["x"]}
"""The keys of an act; all others take two."""
MOST_KEYS, MOST_LOADS = 60, 3


@pytest.fixture
def queue(portal: Portal) -> list[str]:
    """Return the public ids of the texts that wait, oldest first."""
    return send_texts(portal, [Stage.STORY if act == "a" else Stage.PITCH for act in MORNING])


class Hand:
    """Somebody who counts what the desk asks of them. Words typed are not counted: they are the work."""

    def __init__(self, page: Page, first: str) -> None:
        self.page, self.first = page, first
        self.counted: Counter[str] = Counter()
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.is_navigation_request() and request.method == "GET":
            self.counted["loads"] += 1

    @property
    def text(self) -> Locator:
        return self.page.locator("#text")

    def write_what_is_asked(self, act: str) -> None:
        """Type what an act cannot be done without."""
        if act == "q":
            self.text.locator('form[action$="/ask"] [name="body"]').fill("Де це було?")
        if act == "u":
            address = f"/desk/submission/{self.first}"
            self.text.locator('form[action$="/duplicate"] [name="address"]').fill(address)


class Keys(Hand):
    """Works with the keyboard alone."""

    def open_first(self) -> None:
        self.page.goto("/desk/")
        self._press_and_wait("j")

    def do(self, act: str, *, is_last: bool) -> None:
        *before, last = STEPS.get(act, [act, "Control+Enter"])
        if act == "s" and is_last:
            return
        for key in before:
            self._press(key)
        self.write_what_is_asked(act)
        self._press_and_wait(last)

    def _press(self, key: str) -> None:
        self.counted["keys"] += 1
        self.page.keyboard.press(key)

    def _press_and_wait(self, key: str) -> None:
        self.text.evaluate("one => { one.dataset.left = ''; }")
        self._press(key)
        self.page.locator("#text:not([data-left])").wait_for()


class Finger(Hand):
    """Works with links and forms, as they are where no script runs."""

    def open_first(self) -> None:
        self.page.goto("/desk/")
        self._go_by(self.page.locator(".queue-title").first)

    def do(self, act: str, *, is_last: bool) -> None:
        if act == "s":
            if not is_last:
                self._go_by(self.text.locator('.decision-bar a.button[aria-keyshortcuts="s"]'))
            return
        if act == "u":
            self._click(self.text.locator('summary[aria-keyshortcuts="m"]'))
        if act != "x":
            self._click(self.text.locator(f'summary[aria-keyshortcuts="{act}"]'))
        self.write_what_is_asked(act)
        form = self.text.locator(f'form[action$="/{PATHS[act]}"]')
        if act == "d":
            self._go_by(form.locator(".starts a").nth(1))
        self._go_by(form.locator('button[type="submit"]'))

    def _click(self, control: Locator) -> None:
        self.counted["clicks"] += 1
        control.click()

    def _go_by(self, control: Locator) -> None:
        with self.page.expect_navigation():
            self._click(control)


def work_through(hand: Keys | Finger) -> None:
    hand.open_first()
    for number, act in enumerate(MORNING, start=1):
        hand.do(act, is_last=number == len(MORNING))


def read_states(portal: Portal, queue: list[str]) -> list[State]:
    with portal.app.app_context():
        found = dict(db.session().execute(select(Submission.public_id, Submission.state)).all())
    return [found[public_id] for public_id in queue]


def test_forty_items_take_sixty_keys_and_three_loads(portal: Portal, queue: list[str], doors: Doors) -> None:
    hand = Keys(open_editor(doors, portal), queue[0])
    work_through(hand)
    assert read_states(portal, queue) == [BECOMES[act] for act in MORNING]
    assert (hand.counted["keys"] <= MOST_KEYS, hand.counted["loads"] <= MOST_LOADS) == (True, True)


@pytest.mark.long_run
def test_forty_items_are_done_by_links_and_forms(portal: Portal, queue: list[str], doors: Doors) -> None:
    hand = Finger(open_editor(doors, portal, java_script_enabled=False), queue[0])
    work_through(hand)
    assert read_states(portal, queue) == [BECOMES[act] for act in MORNING]
    acts = Counter(MORNING)
    clicks = {"s": 1, "x": 1, "d": 3, "u": 3}
    assert hand.counted["clicks"] == sum(clicks.get(act, 2) * times for act, times in acts.items())
