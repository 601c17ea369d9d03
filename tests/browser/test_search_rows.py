"""Rows of the queue on a narrow line: what was found is seen, and no number is cut, on a phone, too."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from portal.database import transaction
from portal.domain.languages import LOCALES, UKRAINIAN, Locale
from portal.domain.permissions import Role
from portal.domain.states import Stage
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.support.factories import make_call, make_sending, make_staff, make_submission
from tests.support.search import read_in_session
from tests.support.staff import enter

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

BEFORE = "Світло зникло о шостій, і ми пішли по воду, а потім ще довго чекали на брата. "
TEXTS = (
    ("uk", f"Харків тієї ночі мовчав. {BEFORE * 3}"),
    ("uk", f"{BEFORE * 6}Тоді ми виїхали з Харкова до Львова. {BEFORE * 2}"),
    ("uk", f"{BEFORE * 4}І знову Харків."),
    ("en", f"{'We queued for water, and nobody knew for how long. ' * 5}Then the train left Kharkiv."),
    ("pl", f"{'Najprawdopodobniejszymi-okolicznościami ' * 5}Charków Харків."),
    (
        "zh-Hant-TW",
        f"{'停電的那個晚上，我們在樓下排隊等水。' * 4}我想起哈爾科夫的朋友。{'後來我們去了臺南。' * 5}",
    ),
)
"""Languages and words of texts: the place stands early, late, behind long words, spelt otherwise."""
WIDTHS = (390, 1280)
_HIDDEN = """() => [...document.querySelectorAll(".queue-row")].filter(row => {
  const isSeen = [[".queue-title > bdi", "mark"], [".queue-meta", ".row-gist mark"]].some(([where, what]) => {
    const line = row.querySelector(where).getBoundingClientRect();
    const found = row.querySelector(`${where} ${what}`)?.getBoundingClientRect();
    const middle = found && (found.top + found.bottom) / 2;
    const isBeside = !found || found.left < line.left || found.right > line.right;
    return !isBeside && middle > line.top && middle < line.bottom;
  });
  return !isSeen;
}).map(row => row.querySelector(".queue-meta").textContent)"""
"""Rows in whose title and line nothing that was found is seen."""
_CUT = """() => [...document.querySelectorAll(".queue-meta > span:not(.row-kind)")].filter(
  one => one.scrollWidth > one.clientWidth
).map(one => one.textContent)"""
"""Lengths and what follows them that are cut by their own box, not hidden whole by the line's."""


@pytest.fixture
def texts(portal: Portal) -> None:
    begun = datetime.now(UTC) - timedelta(days=5)
    with portal.app.app_context(), transaction() as session:
        make_call(session, begun).opens_at = begun
        for number, (lang, words) in enumerate(TEXTS):
            sending = make_sending(Stage.STORY, lang=lang, story=words)
            at = begun + timedelta(hours=number)
            make_submission(session, at, Stage.STORY, locale="en" if lang == "pl" else lang, sending=sending)
        read_in_session(session)


def open_desk(portal: Portal, doors: Doors, locale: Locale) -> Page:
    with portal.app.app_context(), transaction() as session:
        # Nobody reads the others: that their rows say so takes room.
        staff = make_staff(session, Role.EDITOR, languages=("uk",))
        staff.locale = locale.tag
        known = staff.fs_uniquifier
    cookie = enter(portal.app.test_client(), known).get_cookie("portal")
    assert cookie is not None
    page = doors.open()
    page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": portal.address}])
    return page


@pytest.mark.one_case("locale", number=2)
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.tag)
def test_what_was_found_is_seen_in_its_row(portal: Portal, texts: None, doors: Doors, locale: Locale) -> None:
    page = open_desk(portal, doors, locale)
    hidden = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/desk/?q=Харків")
        hidden[width] = (page.locator(".queue-row").count(), page.evaluate(_HIDDEN))
    assert hidden == dict.fromkeys(WIDTHS, (len(TEXTS), []))


def test_a_number_is_in_its_row_whole_or_not_at_all(portal: Portal, texts: None, doors: Doors) -> None:
    page = open_desk(portal, doors, UKRAINIAN)
    cut = {}
    for width in (*WIDTHS, 1000):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/desk/")
        cut[width] = (page.locator(".queue-row").count(), page.evaluate(_CUT))
    assert cut == dict.fromkeys((*WIDTHS, 1000), (len(TEXTS), []))
