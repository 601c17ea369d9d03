"""The forms are short: how many screens, how much before the first field, and what the first screen says."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.domain.languages import LOCALES, Locale
from portal.domain.states import Stage
from portal.story.count import count_units
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.writers import Writer, read_sent

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PHONE = (390, 844)
MOST_SCREENS = {Stage.PITCH: 4, Stage.STORY: 5}
MOST_WORDS = 60
"""Before the first field, in words; of Chinese, three characters count as two words."""
EVERY = pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
_BEFORE_FIRST_FIELD = """() => {
  const field = document.querySelector("#writing .control");
  const range = new Range();
  range.setStartBefore(document.getElementById("main").firstChild);
  range.setEndBefore(field);
  const said = document.createElement("div");
  said.append(range.cloneContents());
  said.querySelectorAll("[hidden], .unseen").forEach(one => one.remove());
  return said.innerText || said.textContent;
}"""
_ON_FIRST_SCREEN = """() => [...document.querySelectorAll("main :is(button, a.button)")]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().bottom <= innerHeight)
  .map(one => one.className.split(" ")[1])"""
_SCREENS = "() => document.scrollingElement.scrollHeight / innerHeight"


def open_form(doors: Doors, portal: Portal, kind: Stage, locale: Locale, **more: Any) -> Writer:
    width, height = PHONE
    writer = Writer(doors.open(width=width, height=height, locale=locale.tag, **more), portal, locale)
    writer.open(kind)
    return writer


def count_words(text: str) -> float:
    counted = count_units(text)
    return counted.words + counted.characters * 2 / 3


@pytest.mark.one_case("locale", number=1)
@EVERY
@pytest.mark.parametrize("kind", Stage)
def test_a_form_is_a_few_screens_long_and_begins_at_once(
    doors: Doors, portal: Portal, kind: Stage, locale: Locale
) -> None:
    page = open_form(doors, portal, kind, locale).page
    screens, words = page.evaluate(_SCREENS), count_words(page.evaluate(_BEFORE_FIRST_FIELD))
    assert (screens <= MOST_SCREENS[kind], words <= MOST_WORDS) == (True, True), (screens, words)


def open_companions(page: Page) -> list[str]:
    return [
        str(one.get_attribute("name"))
        for one in page.locator(".companion .control").all()
        if one.is_visible()
    ]


@pytest.mark.one_case("scripts", number=0)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_words_are_asked_for_under_the_answer_that_needs_them(
    doors: Doors, portal: Portal, *, scripts: bool
) -> None:
    page = open_form(doors, portal, Stage.STORY, LOCALES[0], java_script_enabled=scripts).page
    before = open_companions(page)
    page.locator("[name=byline][value=real]").check()
    opened = open_companions(page)
    top = "one => one.getBoundingClientRect().top"
    option, field = (
        page.locator(one).evaluate(top) for one in ("[name=byline][value=pen]", "[name=byline_text]")
    )
    assert (before, opened, field < option) == ([], ["byline_text"], True)


def test_words_that_were_written_stay_in_sight(doors: Doors, portal: Portal) -> None:
    page = open_form(doors, portal, Stage.STORY, LOCALES[0]).page
    page.locator("[name=risk][value=yes]").check()
    page.locator("[name=risk_text]").fill("My brother serves.")
    page.locator("[name=risk][value=no]").check()
    assert open_companions(page) == ["risk_text"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Світло зникло о шостій.", "Words: 4, usually 600 to 1,200"),
        ("六點，燈熄了。她說：「別怕」。", "Characters: 9, usually 900 to 2,000"),
        ("我 beh 去 Tâi-pak 揣阿媽。", "Characters: 8, usually 900 to 2,000"),
        ("Grandmother said 莫驚莫驚 in the shelter", "Words: 8, usually 600 to 1,200"),
    ],
    ids=["words", "characters", "characters with words", "words with characters"],
)
def test_the_length_is_counted_in_the_unit_of_the_text(
    doors: Doors, portal: Portal, text: str, told: str
) -> None:
    page = open_form(doors, portal, Stage.STORY, LOCALES[0]).page
    page.locator("[name=story]").fill(text)
    expect(page.locator(".meter span")).to_have_text(told)


def test_a_limit_shows_when_it_comes_near(doors: Doors, portal: Portal) -> None:
    page = open_form(doors, portal, Stage.PITCH, LOCALES[0]).page
    line = page.locator("#link-count")
    page.locator("[name=link]").fill("a" * 749)
    expect(line).to_be_hidden()
    page.locator("[name=link]").fill("a" * 750)
    expect(line).to_be_visible()


@pytest.mark.one_case("locale")
@EVERY
def test_the_page_after_sending_says_what_counts_and_asks_further(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    writer = open_form(doors, portal, Stage.PITCH, locale)
    writer.fill_in()
    writer.send()
    code = writer.reads_receipt()
    assert (len(code.split()), writer.page.evaluate(_ON_FIRST_SCREEN)) == (5, ["secondary", "primary"])
    writer.go_by(writer.page.locator("main a.button.primary"))
    writer.page.locator("[name=when][value=later]").check()
    writer.go_by(writer.page.locator("#writing button.primary"))
    assert (read_sent(portal, "when"), writer.page.locator("main a.button.primary").count()) == (
        ["", "later"],
        0,
    )


SMALL_PHONE = (360, 640)
_ONE_LINE = """() => ["site-name", "languages"]
  .map(name => document.querySelector(`.site-header .${name}`).getBoundingClientRect())
  .every((box, _, [first]) => box.top < first.bottom && first.top < box.bottom)"""


@pytest.mark.one_case("locale", number=1)
@EVERY
def test_the_other_languages_stand_beside_the_sites_name(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    page = open_form(doors, portal, Stage.PITCH, locale).page
    width, height = SMALL_PHONE
    page.set_viewport_size({"width": width, "height": height})
    offered = page.locator(".languages :is(a, button):visible").all_inner_texts()
    others = [one.menu_name for one in LOCALES if one != locale]
    assert (page.evaluate(_ONE_LINE), offered) == (True, others)
