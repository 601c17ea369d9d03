"""A code of the desk: asked for, confirmed, called off, refused, come with, and proved or not.

Nobody knows who comes. What an unproved page gives away, and what is done on it, is held here; who has proved
to be the author goes on as the author (`Text.reader`).
"""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from werkzeug.test import TestResponse

from portal.domain.desk_codes import LAPSES_AFTER, WAIT, CodeState
from portal.extensions import current_portal
from portal.operations.private.access import OPEN_FOR
from tests.model.browser import MY, Browser
from tests.model.looking import list_acts_of_author
from tests.model.room import Room, expect, expect_that
from tests.model.texts import Letter, Text
from tests.model.words import find_words, words_of
from tests.model.world import Colleague
from tests.support.desk_codes import asks_proof, list_closed_doors, press_door, read_code
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import enter

SEALED = ("risk_text", "reply_text")
WARNING = "If this was not you"
OPEN = ("story", "title", "idea", "link", "you", "more")
"""Answers in words that every reader of the desk may read: all that an unproved page shows of a text."""
OPENED = "Your page was opened with a code from the desk on"
_LATE = 16 * 60
"""Seconds after which a colleague has to enter the password anew."""
LATE = st.sampled_from([False, False, False, True])
"""Whether somebody of the desk does it too long after signing in."""
_AN_HOUR = timedelta(hours=1)
"""A page is open to the full hour."""


@dataclass(eq=False)
class GivenCode:
    """A code of the desk, from the moment somebody asks for it."""

    text: Text
    asked_by: str
    asked_at: datetime
    state: CodeState = CodeState.ASKED
    digits: str = ""
    opens_at: datetime | None = None

    def is_under_way(self, at: datetime) -> bool:
        """Say whether it waits for a second person or for its first use."""
        is_asked = self.state is CodeState.ASKED and at < self.asked_at + LAPSES_AFTER
        return is_asked or self.state is CodeState.ISSUED

    def opens(self, at: datetime) -> bool:
        """Say whether it opens the page."""
        is_open = self.state is CodeState.ISSUED and self.opens_at is not None and self.opens_at <= at
        return not self.text.is_erased and (is_open or self.state is CodeState.IN_USE)


@dataclass(eq=False)
class Holder:
    """Somebody who came with a code of the desk and has proved nothing."""

    browser: Browser
    since: datetime


class CodeGivers(Room):
    """Rules around codes of the desk."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[GivenCode] = []
        self.replaced: dict[str, Text] = {}
        """Receipt codes that another one has taken the place of."""
        self.holders: dict[Text, Holder] = {}
        self.openings: dict[Text, int] = {}
        """How often a code of the desk has opened the page of each text."""

    # The desk

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5), who=st.integers(0, 3), is_late=LATE)
    def ask_for_a_code(self, which: int, who: int, is_late: bool) -> None:  # noqa: FBT001  # drawn
        """Ask for a code, freshly signed in or not; nothing is opened by that."""
        text, person = self.choose(self.sent_texts(), which), self.world.colleague(who)
        code, reason = self.find_under_way(text), self.world.words.make()
        with self.not_by_author(text):
            answer = self.press_code(person, text, "/code", is_late=is_late, reason=reason)
        expect("Code", f"that {text.name} is offered a new code", answer is None, code is not None)
        if answer is None:
            return
        self.note(f"{person.name} asks for a new code for {text.name} ({reason}), late: {is_late}")
        expect("Code", "the answer to who asks for a code", answer.status_code, 403 if is_late else 303)
        if not is_late:
            text.spoken.add(reason)
            self.codes.append(GivenCode(text, person.name, self.world.at))

    @precondition(lambda self: any(one.state is CodeState.ASKED for one in self.codes_under_way()))
    @rule(which=st.integers(0, 3), who=st.integers(0, 3), is_late=LATE)
    def confirm_a_code(self, which: int, who: int, is_late: bool) -> None:  # noqa: FBT001  # drawn
        """Say yes as the second person; who has asked is not offered it, and cannot."""
        asked = [one for one in self.codes_under_way() if one.state is CodeState.ASKED]
        code, person = self.choose(asked, which), self.world.colleague(who)
        text, has_asked = code.text, person.name == code.asked_by
        warned = self.count_warnings(text)
        self.note(f"{person.name} confirms the code for {text.name}, late: {is_late}")
        with self.not_by_author(text):
            if has_asked:
                expect("Code", "what who asked is offered", self.press_code(person, text, "/confirm"), None)
            answer = self.press_code(person, text, "/call-off", to="/confirm", is_late=is_late)
        assert answer is not None
        is_refused = has_asked or is_late
        expect("Code", "the answer to who confirms a code", answer.status_code, 403 if is_refused else 200)
        expect("Code", "whether a code is shown", bool(read_code(answer.text)), not is_refused)
        if is_refused:
            return
        waits = self.find_proof(text) == "" or text.has_address
        code.state, code.digits = CodeState.ISSUED, read_code(answer.text)
        code.opens_at = self.world.at + (WAIT if waits else timedelta(0))
        self.make_round()
        expect(
            "Told",
            f"who is warned of it by mail for {text.name}",
            self.count_warnings(text) - warned,
            text.has_address,
        )

    @precondition(lambda self: self.codes_under_way())
    @rule(which=st.integers(0, 3), who=st.integers(0, 3))
    def call_off_a_code(self, which: int, who: int) -> None:
        code, person = self.choose(self.codes_under_way(), which), self.world.colleague(who)
        self.note(f"{person.name} calls the code for {code.text.name} off")
        with self.not_by_author(code.text):
            answer = self.press_code(person, code.text, "/call-off")
        expect("Code", "the answer to calling a code off", answer and answer.status_code, 303)
        code.state = CodeState.CALLED_OFF

    # The author meanwhile

    @precondition(lambda self: any(one.state is CodeState.ISSUED for one in self.codes_under_way()))
    @rule(which=st.integers(0, 3))
    def refuse_a_code(self, which: int) -> None:
        """The author, by the own code, reads of one that was given out and says that it was somebody else."""
        code = self.choose([one for one in self.codes_under_way() if one.state is CodeState.ISSUED], which)
        browser = self.at_private_page(code.text)
        if browser is None:
            return
        self.note(f"the author of {code.text.name} refuses the code of the desk")
        answer = browser.press(MY, "/refuse")
        expect("Code", "the answer to refusing a code", answer and answer.status_code, 303)
        code.state = CodeState.REFUSED

    @precondition(lambda self: self.sent_texts())
    @rule(which=st.integers(0, 5))
    def take_a_new_code(self, which: int) -> None:
        """The author takes another code: every other one is over, and the page closes everywhere else."""
        text = self.choose(self.sent_texts(), which)
        browser = self.at_private_page(text)
        if browser is not None:
            self.note(f"takes a new code for {text.name} in a {browser.name}")
            self.renew(text, browser)

    @precondition(lambda self: self.waiting_codes())
    @rule(which=st.integers(0, 3), is_over=st.booleans())
    def wait_for_a_code(self, which: int, is_over: bool) -> None:  # noqa: FBT001  # drawn
        """Two days pass, or two days but for a minute."""
        code = self.choose(self.waiting_codes(), which)
        assert code.opens_at is not None
        self.note(f"the code for {code.text.name} has waited long enough: {is_over}")
        self.world.pass_time(code.opens_at - self.world.at - timedelta(minutes=0 if is_over else 1))
        self.make_round()
        for text in self.world.living():
            self.world.touch(text)

    # Whoever comes with a code

    @precondition(lambda self: any(one.opens(self.world.at) for one in self.codes))
    @rule(which=st.integers(0, 3))
    def come_with_a_code(self, which: int) -> None:
        """Open the page on some device: the code of before is over with the first use."""
        code = self.choose([one for one in self.codes if one.opens(self.world.at)], which)
        text, proof = code.text, self.find_proof(code.text)
        self.note(f"somebody comes to {text.name} with a code of the desk, to prove: {proof}")
        with self.not_by_author(text):
            browser = self.enter_code(code.digits)
        expect_that("Code", f"a code of the desk opens {text.name}", browser is not None)
        assert browser is not None
        if code.state is CodeState.ISSUED:
            self.replace(text, "", but=code)
            code.state = CodeState.IN_USE
        self.openings[text] = self.openings.get(text, 0) + 1
        browser.page_of = text.name
        expect("Code", f"the code of {text.name} asks for proof", asks_proof(self.read(browser)), bool(proof))
        if proof:
            self.holders[text] = Holder(browser, self.world.at)
        else:
            text.reader = browser
        self.world.touch(text)

    @precondition(lambda self: self.codes_that_are_over())
    @rule(which=st.integers(0, 9))
    def try_a_code_that_is_over(self, which: int) -> None:
        """A code that was replaced, called off or refused, that still waits, or whose text is erased."""
        digits, text = self.choose(self.codes_that_are_over(), which)
        self.note(f"somebody tries a code of {text.name} that opens nothing")
        opened = self.enter_code(digits) is not None
        expect_that("Code", f"a code of {text.name} that is over, or waits, opens nothing", not opened)

    @precondition(lambda self: self.open_holders())
    @rule(which=st.integers(0, 3))
    def write_as_a_holder(self, which: int) -> None:
        text, holder = self.choose(self.open_holders(), which)
        state, word = self.world.state_of(text), self.world.words.make()
        with self.not_by_author(text):
            answer = holder.browser.press(MY, "/reply", body=word)
        if answer is None:
            return
        self.note(f"who came to {text.name} with a code of the desk writes {word}")
        expect("Words", "the answer to a message the page had a box for", answer.status_code, 303)
        expect("Code", f"the state of {text.name} after that", self.world.state_of(text), state)
        text.letters.append(Letter(word, from_desk=False, visible_at=self.world.at))
        text.spoken.add(word)
        self.world.touch(text)

    @precondition(lambda self: self.open_holders())
    @rule(which=st.integers(0, 3))
    def try_every_closed_door(self, which: int) -> None:
        """Own data, documents, the edited text, withdrawing, erasing: all of it is the author's alone."""
        text, holder = self.choose(self.open_holders(), which)
        self.note(f"who came to {text.name} with a code of the desk tries every door")
        token = find_form(self.read(holder.browser), action="/prove")["values"]["csrf_token"]
        state = self.world.state_of(text)
        with self.not_by_author(text):
            found = {
                door: press_door(holder.browser.client, *door, token)
                for door in list_closed_doors(self.world.app)
            }
        expected = {"GET": (303, MY), "POST": (403, "Only the author can do this")}
        opened = {door: told for door, told in found.items() if told != expected[door[0]]}
        expect("Code", f"doors of {text.name} that an unproved code opens", opened, {})
        expect("Code", f"the state of {text.name} after that", self.world.state_of(text), state)
        self.world.touch(text)

    @precondition(lambda self: self.open_holders())
    @rule(which=st.integers(0, 3), takes_code=st.booleans())
    def prove_to_be_the_author(self, which: int, takes_code: bool) -> None:  # noqa: FBT001  # drawn
        """Type a sealed answer, and take a code nobody at the desk has seen, or go on without."""
        text, holder = self.choose(self.open_holders(), which)
        proof = self.find_proof(text)
        answer = self.type_proof(text, holder, proof)
        if answer.status_code == 429:
            return
        self.note(f"proves to be the author of {text.name} by {proof}")
        expect("Code", f"the answer to {proof}", answer.status_code, 303 if proof else 422)
        del self.holders[text]
        text.reader = holder.browser
        self.world.touch(text)
        if takes_code:
            self.renew(text, holder.browser)

    @precondition(lambda self: self.open_holders())
    @rule(which=st.integers(0, 3))
    def guess_a_sealed_answer(self, which: int) -> None:
        """What others at the desk read as well, or what the page itself shows, proves nothing."""
        text, holder = self.choose(self.open_holders(), which)
        words = sorted(words_of({one: word for one, word in text.now.items() if one not in SEALED}))
        with self.not_by_author(text):
            answer = self.type_proof(text, holder, self.choose([*words, text.code or "nothing"], which))
        self.note(f"who came to {text.name} with a code of the desk guesses")
        expect_that("Code", f"a guess opens nothing of {text.name}", answer.status_code in {422, 429})

    # How that is done

    @contextmanager
    def not_by_author(self, text: Text) -> Iterator[None]:
        """Hold that no act of the author is in the history for what is done meanwhile."""
        before = list_acts_of_author(self.world, text.public_id)
        yield
        after = list_acts_of_author(self.world, text.public_id)
        expect("Code", f"acts of the author of {text.name} after what others did", after, before)

    def press_code(
        self, person: Colleague, text: Text, action: str, *, to: str = "", is_late: bool = False, **typed: Any
    ) -> TestResponse | None:
        """Send a form of the page for a new code, where it is offered; `to` sends it elsewhere."""
        address = f"/desk/submission/{text.public_id}/code"
        browser = person.browser.client
        if is_late:
            browser = enter(self.world.app.test_client(), person.known, ago=_LATE)
        form = next(
            (one for one in read_forms(browser.get(address).text) if one["action"].endswith(action)), None
        )
        if form is None:
            return None
        return browser.post(
            form["action"].removesuffix(action) + (to or action), data={**form["values"], **typed}
        )

    def enter_code(self, digits: str) -> Browser | None:
        """Return another device on which a code has opened a page; None when it opens none."""
        browser = Browser("borrowed device", self.world.app.test_client())
        answer = browser.press(MY, "/my", code=digits)
        assert answer is not None
        return browser if answer.status_code == 303 else None

    @staticmethod
    def read(browser: Browser) -> str:
        return browser.client.get(MY).text

    def type_proof(self, text: Text, holder: Holder, given: str) -> TestResponse:
        answer = holder.browser.press(MY, "/prove", answer=given)
        assert answer is not None
        return answer

    def renew(self, text: Text, browser: Browser) -> None:
        """Have the author take a new code on a page that is open."""
        answer = browser.press(f"{MY}/code", "/code")
        assert answer is not None
        expect("Code", f"the answer to who takes a new code for {text.name}", answer.status_code, 200)
        self.replace(text, read_code(answer.text))
        browser.page_of = text.name
        self.world.touch(text)

    def replace(self, text: Text, digits: str, *, but: GivenCode | None = None) -> None:
        """Believe that every code of a text but one is over, and that its page is closed everywhere."""
        if text.code:
            self.replaced[text.code.replace(" ", "")] = text
        text.code, text.forms_open_nothing = digits, True
        for one in self.codes:
            is_good = one.state in (CodeState.ASKED, CodeState.ISSUED, CodeState.IN_USE)
            if one.text is text and one is not but and is_good:
                one.state = CodeState.REPLACED
        for browser in (*self.world.browsers, *([text.reader] if text.reader else [])):
            browser.page_of = "" if browser.page_of == text.name else browser.page_of
        self.holders.pop(text, None)

    # What there is

    def codes_under_way(self) -> list[GivenCode]:
        """Return the codes that wait for a second person or for their first use, newest first."""
        living = [one for one in reversed(self.codes) if not one.text.is_erased]
        return [one for one in living if one.is_under_way(self.world.at)]

    def waiting_codes(self) -> list[GivenCode]:
        """Return the codes that were given out and open nothing for more than a minute."""
        soon = self.world.at + timedelta(minutes=1)
        return [one for one in self.codes_under_way() if one.opens_at is not None and one.opens_at > soon]

    def find_under_way(self, text: Text) -> GivenCode | None:
        return next((one for one in self.codes_under_way() if one.text is text), None)

    def codes_that_are_over(self) -> list[tuple[str, Text]]:
        """Return every code that was ever shown and opens nothing now."""
        of_desk = [
            (one.digits, one.text) for one in self.codes if one.digits and not one.opens(self.world.at)
        ]
        erased = [(one.code, one) for one in self.world.texts if one.code and one.is_erased]
        return [*of_desk, *self.replaced.items(), *erased]

    def open_holders(self) -> list[tuple[Text, Holder]]:
        """Return who stands before a page that is open and unproved."""
        held = [(text, one) for text, one in self.holders.items() if not text.is_erased]
        return [(text, one) for text, one in held if asks_proof(self.read(one.browser))]

    def count_warnings(self, text: Text) -> int:
        """Return how many letters have warned the address on file of a code of the desk."""
        with self.world.app.app_context():
            letters = [one.read_bytes() for one in current_portal().instance.mail_folder.glob("*.eml")]
        read = [email.message_from_bytes(one, policy=email.policy.default) for one in letters]
        bodies = [one.get_body() for one in read if one["To"] == text.now.get("reply_text")]
        return sum(WARNING in body.get_content() for body in bodies if body is not None)

    @staticmethod
    def find_proof(text: Text) -> str:
        """Return a sealed answer that proves the author: of the newest version that has one."""
        versions = ([one[name] for name in SEALED if one.get(name)] for one in reversed(text.sent))
        return next((one[0] for one in versions if one), "")


def hold_unproved(room: CodeGivers, text: Text) -> None:
    """What an unproved code of the desk opens shows the open answers and the messages, and nothing else."""
    holder = room.holders.get(text)
    if holder is None:
        return
    page, age = room.read(holder.browser), room.world.at - holder.since
    if not asks_proof(page):
        expect_that("Code", f"{text.name} is open for two hours", text.is_erased or age >= OPEN_FOR)
        expect("Code", f"words of {text.name} on a page that is closed", find_words(page), frozenset())
        del room.holders[text]
        return
    expect_that("Code", f"{text.name} is closed by now", not text.is_erased and age < OPEN_FOR + _AN_HOUR)
    shown = (one for one in text.letters if not one.from_desk or one.is_shown(room.world.at))
    visible = frozenset().union(*(one.words for one in shown))
    expect(
        "Code",
        f"what an unproved code of the desk shows of {text.name}",
        find_words(page),
        words_of(text.now, OPEN) | visible,
    )


def hold_openings(room: CodeGivers, text: Text) -> None:
    """The author reads of every time that a code of the desk has opened the page."""
    if text.is_erased or not text.code:
        return
    browser, page = room.open_private_page(text, text.reader)
    if browser is not None:
        expect("Told", f"how often {text.name} was opened", page.count(OPENED), room.openings.get(text, 0))
