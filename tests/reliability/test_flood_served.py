"""A flood over real connections: strangers fill only the room of strangers, and everybody else gets in."""

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from json import loads
from urllib.parse import urlsplit

import pytest
from flask import Flask

from portal.data.content import human_questions
from portal.database import transaction
from portal.domain.admission import choose_question
from portal.domain.permissions import Role
from tests.reliability.dying import place_of
from tests.reliability.serving import Answer, Served, Visitor, read_code, serve
from tests.support.bad_input import OPENED
from tests.support.factories import PITCH_ANSWERS, make_call
from tests.support.plain_browser import find_form
from tests.support.proof_of_work import solve
from tests.support.staff import PASSWORD, make_account
from tests.support.staff import read_code as read_app_code

PITCH = "/en/ukraine-taiwan/pitch"
RATE = 50
"""Requests of junk a second."""
SHOWN = ("proof", "question")
"""What people show that they are people by: the proof of their script, or the answer to a question."""
JUNK = (
    (PITCH, f"{PITCH}/send", {**PITCH_ANSWERS, "idea": "Buy now."}),
    (PITCH, f"{PITCH}/save", {**PITCH_ANSWERS, "idea": "Buy now."}),
    (
        "/account/sign-in",
        "/account/sign-in",
        {"email": "somebody@example.org", "password": "123456789012345"},
    ),
    ("/en/my", "/en/my", {"code": "1234 5678 9012 3456 7890"}),
    ("/en/my/lost", "/en/my/lost", {"email": "somebody@example.org"}),
)
"""What a program sends: the page, where its form goes, and what is filled in."""


@dataclass(frozen=True)
class Size:
    """How many people come while the flood lasts, and how many proofs the flood has solved."""

    authors: int
    colleagues: int
    proofs: int


@pytest.fixture
def size(pytestconfig: pytest.Config) -> Size:
    return Size(100, 20, 200) if pytestconfig.getoption("full") else Size(4, 2, 2)


class Browser(Visitor):
    """A browser of somebody who presses each button once."""

    codes_used = 0

    def press(self, path: str, fields: Mapping[str, str], *, button: str = "", page: str = "") -> Answer:
        """Fill in the form of a page that has these fields, send it, and go where the answer leads."""
        form = find_form(page or self.open(path).text, field=next(iter(fields)))
        answer = self.post(button or form["action"] or path, {**form["values"], **fields})
        assert answer.status in (302, 303), (path, answer.status)
        return self.open(answer.location)

    def open(self, address: str) -> Answer:
        """Open a page and go where it leads."""
        parts = urlsplit(address)
        answer = self.get(parts._replace(scheme="", netloc="", fragment="").geturl())
        if answer.status in (302, 303):
            return self.open(answer.location)
        assert answer.status == 200, (address, answer.status)
        return answer

    def prove(self) -> str:
        """Return a proof as the script of a page works it out."""
        return solve(loads(self.open("/en/my/proof").text))

    def sign_in(self, email: str) -> int:
        """Sign in with password and app; return how often something had to be sent again.

        The second time by the code of the next step: those behind us end while they are on their way.
        """
        shown = {} if self.cookies else {"proof": self.prove()}
        self.press("/account/sign-in", {"email": email, "password": PASSWORD, **shown})
        desk = self.press("/account/code", {"code": read_app_code(step=self.codes_used)})
        self.codes_used += 1
        assert "<title>To triage – " in desk.text
        return self.repeats


def write_a_pitch(port: int, *, by: str) -> int:
    """Save a pitch, send it, and open its page elsewhere; return how often something had to be sent again."""
    author = Browser(port)
    opened = author.open(PITCH).text
    values = find_form(opened, field="idea")["values"]
    question = choose_question(human_questions(), values["form_key"])
    shown = {"proof": author.prove()} if by == "proof" else {"human_answer": min(question.answers)}
    saved = author.press(PITCH, {**PITCH_ANSWERS, **shown}, button=f"{PITCH}/save", page=opened)
    author.press("/en/my/write", PITCH_ANSWERS)
    reader = Browser(port)
    page = reader.press("/en/my", {"code": read_code(saved.text)})
    assert PITCH_ANSWERS["idea"] in page.text
    return author.repeats + reader.repeats


class Flood:
    """A program that fills in one form after the other, over several lines: `RATE` requests a second."""

    lines = 10

    def __init__(self, port: int, proofs: Sequence[str]) -> None:
        self.port = port
        self.answered: Counter[int] = Counter()
        self._shown = cycle(["", *proofs])
        self._forms = cycle(JUNK)
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send until the block ends."""
        threads = [threading.Thread(target=self._send_on) for _ in range(self.lines)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._over.set()
            for one in threads:
                one.join()

    def _send_on(self) -> None:
        # Opening a form is a request, and sending it another one.
        while not self._over.wait(2 * self.lines / RATE):
            page, path, fields = next(self._forms)
            visitor = Visitor(self.port)
            form = find_form(visitor.get(page).text, field=next(iter(fields)))
            given = {**form["values"], **fields, "proof": next(self._shown)}
            self.answered[visitor.post(path, given).status] += 1


@contextmanager
def open_portal(app: Flask, colleagues: int) -> Iterator[tuple[Served, list[str]]]:
    """Serve the portal of this application, with an open call and accounts of colleagues; give both."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    emails = [make_account(app, Role.MODERATOR) for _ in range(colleagues)]
    place = place_of(app)
    with serve(place.instance, database_url=place.database_url, workers=2) as served:
        yield served, emails


@pytest.mark.either_database
def test_everybody_gets_in_beside_a_flood(own_app: Flask, size: Size) -> None:
    with open_portal(own_app, size.colleagues) as (served, emails):
        known = {email: Browser(served.port) for email in emails[::2]}
        for email, browser in known.items():
            browser.sign_in(email)
            browser.cookies.pop("portal")
        flood = Flood(served.port, [Browser(served.port).prove() for _ in range(size.proofs)])
        acts = [
            *(partial(write_a_pitch, served.port, by=by) for by in islice(cycle(SHOWN), size.authors)),
            *(partial(known.get(one, Browser(served.port)).sign_in, one) for one in emails),
        ]
        random.Random(20220224).shuffle(acts)
        with flood.running(), ThreadPoolExecutor(max_workers=4) as pool:
            repeats = [done.result() for done in [pool.submit(act) for act in acts]]
    assert repeats == [0] * len(acts)
    assert flood.answered.total() > len(acts)
