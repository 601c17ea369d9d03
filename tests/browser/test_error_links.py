"""A link of the error summary leads to a field as a whole: label, error and control are on the screen."""

import pytest
from playwright.sync_api import Page

from portal.domain.languages import LOCALES, Locale
from portal.domain.states import Stage
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.writers import Writer

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

SCREENS = {"a phone": (390, 844), "a narrow phone": (320, 640), "400 %": (320, 256)}
LINKS = {Stage.PITCH: 9, Stage.STORY: 13}
"""How many answers an empty form lacks."""
_HIDDEN_PARTS = """place => {
  const [width, height] = [innerWidth, innerHeight];
  const seen = (name, one, whole) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const end = whole ? bottom : Math.min(bottom, top + 24);
    const inside = top >= 0 && end <= height + 1 && left >= 0 && right <= width;
    const spots = [top + 2, end - 2].map(down => document.elementFromPoint((left + right) / 2, down));
    const covered = spots.some(hit => hit && !place.contains(hit) && !hit.contains(one));
    return inside && !covered ? [] : [`${name} of ${place.id} from ${Math.round(top)} to ${Math.round(end)}`];
  };
  const label = place.querySelector("label, legend");
  const error = place.querySelector(".field-error");
  const control = place.querySelector("input:not([type=hidden]), textarea, select");
  const isConsent = place.querySelector(":scope > .option"); // a sentence of ten lines, beside its box
  const hidden = [...seen("label", label, !isConsent), ...seen("error", error, true)];
  return [...hidden, ...seen("control", control, false)];
}"""


def find_hidden_parts(page: Page) -> tuple[int, list[str]]:
    """Press every link of the summary; return how many there are, and what of their fields is not seen."""
    links = page.locator(".error-summary a")
    hidden: list[str] = []
    for number in range(links.count()):
        page.evaluate("scrollTo(0, 0)")
        link = links.nth(number)
        place = (link.get_attribute("href") or "").removeprefix("#")
        link.click()
        hidden += page.locator(f"[id='{place}']").evaluate(_HIDDEN_PARTS)
    return links.count(), hidden


def fail(doors: Doors, portal: Portal, kind: Stage, locale: Locale, *, scripts: bool) -> Writer:
    """Send a form with nothing in it and wait for what is missing."""
    page = doors.open(width=390, height=844, locale=locale.tag, java_script_enabled=scripts)
    writer = Writer(page, portal, locale)
    writer.open(kind)
    writer.send(kind)
    writer.sees_faults()
    return writer


@pytest.mark.one_case("kind", "locale", "scripts")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("kind", Stage)
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_every_link_shows_label_error_and_control(
    doors: Doors, portal: Portal, kind: Stage, locale: Locale, *, scripts: bool
) -> None:
    writer = fail(doors, portal, kind, locale, scripts=scripts)
    found = {}
    for name, (width, height) in SCREENS.items():
        writer.page.set_viewport_size({"width": width, "height": height})
        found[name] = find_hidden_parts(writer.page)
    assert found == dict.fromkeys(SCREENS, (LINKS[kind], []))


@pytest.mark.one_case("kind", number=1)
@pytest.mark.parametrize("kind", Stage)
def test_a_link_puts_the_cursor_into_its_field(doors: Doors, portal: Portal, kind: Stage) -> None:
    writer = fail(doors, portal, kind, LOCALES[0], scripts=True)
    links = writer.page.locator(".error-summary a")
    reached = []
    for number in range(links.count()):
        place = (links.nth(number).get_attribute("href") or "").removeprefix("#")
        links.nth(number).click()
        focused = "id => document.getElementById(id).contains(document.activeElement)"
        reached.append(writer.page.evaluate(focused, place))
    assert reached == [True] * LINKS[kind]
