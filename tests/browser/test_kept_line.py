"""Saved or not, and the code: on the screen wherever one writes, and never over what one writes in."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from portal.domain.languages import LOCALES, Locale
from portal.domain.states import Stage
from tests.browser.conftest import Doors
from tests.browser.looks import run_axe
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.test_error_links import find_hidden_parts
from tests.browser.writers import ON_PHONE, SAVED, Writer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.breaks_network,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

SCREENS = {"a phone": (390, 844), "a narrow phone": (320, 568), "400 %": (320, 256)}
EVERY = pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
_SHOWN = """line => {
  const { top, bottom, left, right } = line.getBoundingClientRect();
  const parts = [...line.querySelectorAll("p")].map(one => {
    const { top, bottom, left } = one.getBoundingClientRect();
    return one.contains(document.elementFromPoint(left + 3, (top + bottom) / 2));
  });
  const inside = top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
  return [inside, ...parts, (bottom - top) / innerHeight < 0.3];
}"""
_TO_THE_END = "scrollTo(0, document.scrollingElement.scrollHeight)"
"""There the line lies over nothing, and axe can judge its colours."""
_COVERED = """() => {
  const found = [];
  for (const one of document.getElementById("writing").elements) {
    if (one.type === "hidden" || one.tabIndex < 0 || !one.checkVisibility()) continue;
    document.activeElement.blur();
    one.focus();
    const { left, top, bottom, width } = one.getBoundingClientRect();
    const spots = [top + 2, Math.min(bottom, innerHeight) - 2].map(down =>
      document.elementFromPoint(left + Math.min(width, 20) / 2, down));
    if (!spots.some(hit => hit && one.contains(hit))) found.push(one.name || one.id || one.localName);
  }
  return found;
}"""


def write_far_above(writer: Writer) -> None:
    """Write into the first text, ten screens above the buttons."""
    writer.write({"idea": TELLINGS[writer.locale.url].pitch["idea"]})
    writer.find_field("idea").evaluate("one => one.scrollIntoView({ block: 'center' })")


@pytest.mark.one_case("locale")
@EVERY
def test_state_and_code_are_on_the_screen_where_one_writes(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    for width, height in SCREENS.values():
        writer = Writer(doors.open(width=width, height=height, locale=locale.tag), portal, locale)
        writer.open()
        write_far_above(writer)
        writer.hears(SAVED)
        writer.reads_code()
        assert writer.page.locator("#keep-line").evaluate(_SHOWN) == [True, True, True, True]
        writer.page.context.set_offline(True)
        writer.write({"link": "…"})
        writer.hears(ON_PHONE)
        writer.find_field("idea").evaluate("one => one.scrollIntoView({ block: 'center' })")
        assert writer.page.locator("#keep-line").evaluate(_SHOWN) == [True, True, True, True]
    assert doors.find_unexpected(breaks_network=True) == []


def read_look(page: Page) -> tuple[str, str]:
    """Return ground and colour of the line."""
    look: list[str] = page.evaluate(
        """() => [getComputedStyle(document.getElementById("keep-line")).backgroundColor,
        getComputedStyle(document.getElementById("keep-state")).color]"""
    )
    return look[0], look[1]


@pytest.mark.one_case("scheme")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_being_offline_shows_in_words_and_colour(doors: Doors, portal: Portal, scheme: str) -> None:
    writer = Writer(doors.open(width=320, height=568, locale="en", color_scheme=scheme), portal)
    writer.open()
    write_far_above(writer)
    writer.hears(SAVED)
    calm = read_look(writer.page)
    writer.page.evaluate(AXE_SCRIPT)
    writer.page.evaluate(_TO_THE_END)
    assert list(run_axe(writer.page)) == []
    writer.page.context.set_offline(True)
    writer.write({"link": "…"})
    writer.hears(ON_PHONE)
    assert [one != other for one, other in zip(calm, read_look(writer.page), strict=True)] == [True, True]
    writer.page.evaluate(_TO_THE_END)
    assert list(run_axe(writer.page)) == []


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_no_field_with_focus_is_covered(doors: Doors, portal: Portal, screen: tuple[int, int]) -> None:
    width, height = screen
    writer = Writer(doors.open(width=width, height=height, locale="uk"), portal, LOCALES[1])
    writer.open(Stage.STORY)
    writer.write({"story": "Світло зникло."})
    writer.hears(SAVED)
    assert writer.page.evaluate(_COVERED) == []


@pytest.mark.one_case("locale")
@EVERY
def test_error_links_show_their_field_beside_the_line(doors: Doors, portal: Portal, locale: Locale) -> None:
    writer = Writer(doors.open(width=320, height=256, locale=locale.tag), portal, locale)
    writer.open()
    write_far_above(writer)
    writer.hears(SAVED)
    writer.send()
    writer.sees_faults()
    writer.hears(SAVED)
    assert find_hidden_parts(writer.page) == (8, [])


def test_the_line_speaks_once_for_each_state(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(locale="en"), portal)
    writer.open()
    writer.page.evaluate(
        """() => {
          window.spoken = [];
          const line = document.getElementById("keep-state");
          new MutationObserver(() => window.spoken.push(line.textContent)).observe(line, { childList: true });
        }"""
    )
    for text in ("One.", "One. Two.", "One. Two. Three."):
        writer.write({"idea": text})
        with writer.page.expect_response("**/save"):
            writer.page.evaluate("dispatchEvent(new Event('input'))")
    writer.hears(SAVED)
    assert writer.page.evaluate("window.spoken") == [SAVED]
    assert writer.page.locator("[role=status]:not(.unseen):not(.notice):not(.copy-status)").count() == 1


def test_without_scripts_nothing_stays_on_the_screen(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(width=390, height=844, java_script_enabled=False), portal)
    writer.open()
    expect(writer.page.locator("#keep-line")).to_be_hidden()
    expect(writer.page.locator("#keep-unscripted")).to_be_visible()


def test_paper_does_not_say_whether_it_is_saved(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(locale="en"), portal)
    writer.open()
    writer.write({"idea": "A shelf."})
    writer.hears(SAVED)
    writer.page.emulate_media(media="print")
    expect(writer.page.locator("#keep-line")).to_be_hidden()
