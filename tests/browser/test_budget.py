"""What the two forms weigh on the way to a phone: people write on lines that carry little, and pay for it."""

import gzip
from collections import Counter

import pytest
from playwright.sync_api import Response

from portal.domain.languages import LOCALES
from portal.domain.states import Stage
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.writers import SAVED, Writer

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

KILOBYTE = 1024
MOST = {
    "document": 8 * KILOBYTE,
    "stylesheet": 8 * KILOBYTE,
    "script": 6 * KILOBYTE,
    "all": 30 * KILOBYTE,
    "requests": 5,
}
"""Bytes after gzip by what the browser asks for, in all, and how often it asks."""
FORMS = [(kind, locale) for kind in Stage for locale in LOCALES]


class Scales:
    """Weighs what a page brings with it, as it travels."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.answers: list[Response] = []
        writer.page.on("response", self._note)

    def _note(self, answer: Response) -> None:
        self.answers.append(answer)

    def open(self, kind: Stage) -> None:
        self._writer.open(kind)
        self._writer.page.wait_for_load_state("networkidle")

    def weigh(self) -> Counter[str]:
        """Return the bytes of each kind of file, and how many files there are."""
        bytes_of: Counter[str] = Counter()
        for answer in self.answers:
            bytes_of[answer.request.resource_type] += len(gzip.compress(answer.body(), 9))
        bytes_of["all"] = bytes_of.total()
        bytes_of["requests"] = len(self.answers)
        return bytes_of


@pytest.fixture
def scales(doors: Doors, portal: Portal, request: pytest.FixtureRequest) -> Scales:
    kind, locale = request.param
    opened = Scales(Writer(doors.open(width=390, height=844, locale=locale.tag), portal, locale))
    opened.open(kind)
    return opened


@pytest.mark.parametrize("scales", FORMS, indirect=True, ids=lambda form: f"{form[0]} in {form[1].url}")
def test_a_form_is_light(scales: Scales, doors: Doors) -> None:
    weighed = scales.weigh()
    too_much = {kind: f"{weighed[kind]} of {most}" for kind, most in MOST.items() if weighed[kind] > most}
    assert (too_much, doors.faults) == ({}, [])


def test_writing_brings_no_more_scripts(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    scripts: list[str] = []
    writer.page.on(
        "request", lambda asked: scripts.append(asked.url) if asked.resource_type == "script" else None
    )
    writer.write({"idea": "Перша. 第一句。"})
    writer.hears(SAVED)
    assert scripts == []
