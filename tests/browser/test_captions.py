"""Words about photos in a real browser: with and without scripts, in three languages, none is lost."""

import pytest
from playwright.sync_api import Page, expect

from portal.domain.languages import LOCALES, Locale
from tests.browser.conftest import Doors
from tests.browser.people import Person, Portal, Words
from tests.browser.test_uploads import choose, enter, list_files
from tests.support.photos import make_picture

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

FIRST, SECOND = "Полиця з книжками", "外婆的書架"


def open_photos(doors: Doors, portal: Portal, locale: Locale, *, scripts: bool) -> Person:
    """Return somebody at the page of two photos."""
    page = enter(doors, portal, scripts=scripts)
    page.goto(f"/{locale.url}/my/photos")
    person = Person(page, Words(portal.app, locale))
    for colour in ("olive", "navy"):
        add(person, colour)
    return person


def add(person: Person, colour: str) -> None:
    sent = choose(f"{colour}.jpg", make_picture(colour=colour))
    person.page.locator('input[type="file"]').set_input_files(sent)
    person.press("Add the photo")


def describe(page: Page, *texts: str) -> None:
    for field, text in zip(page.locator('[name$="-description"]').all(), texts, strict=True):
        field.fill(text)


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_no_button_of_the_page_costs_a_word(
    doors: Doors, portal: Portal, locale: Locale, *, scripts: bool
) -> None:
    person = open_photos(doors, portal, locale, scripts=scripts)
    describe(person.page, FIRST, SECOND)
    person.go_by(person.find_button("Save").nth(-1))
    assert [one.description for one in list_files(portal)] == [FIRST, SECOND]
    describe(person.page, f"{FIRST}!", f"{SECOND}！")
    add(person, "red")
    assert [one.description for one in list_files(portal)] == [f"{FIRST}!", f"{SECOND}！", ""]
    describe(person.page, FIRST, SECOND, "3")
    person.go_by(person.page.locator('button[name="remove"]').nth(1))
    assert [one.description for one in list_files(portal)] == [FIRST, "3"]
    describe(person.page, "1", FIRST)
    person.go_by(person.page.locator('button[name="down"]'))
    shown = [field.input_value() for field in person.page.locator('[name$="-description"]').all()]
    assert (shown, doors.faults) == ([FIRST, "1"], [])


def test_enter_in_a_field_keeps_the_words(doors: Doors, portal: Portal) -> None:
    person = open_photos(doors, portal, LOCALES[0], scripts=False)
    describe(person.page, FIRST, SECOND)
    with person.page.expect_navigation():
        person.page.locator('[name$="-credit"]').first.press("Enter")
    assert [one.description for one in list_files(portal)] == [FIRST, SECOND]


def test_several_photos_added_at_once_keep_the_words(doors: Doors, portal: Portal) -> None:
    person = open_photos(doors, portal, LOCALES[0], scripts=True)
    describe(person.page, FIRST, SECOND)
    files = [choose(f"{colour}.jpg", make_picture(colour=colour)) for colour in ("red", "green")]
    person.page.locator('input[type="file"]').set_input_files(files)
    person.press("Add the photo")
    expect(person.page.locator('[name$="-description"]')).to_have_count(4)
    assert [one.description for one in list_files(portal)] == [FIRST, SECOND, "", ""]


def test_a_chosen_photo_is_added_by_whichever_button_keeps_the_words(doors: Doors, portal: Portal) -> None:
    person = open_photos(doors, portal, LOCALES[0], scripts=True)
    describe(person.page, FIRST, SECOND)
    person.page.locator('input[type="file"]').set_input_files(choose("red.jpg", make_picture(colour="red")))
    person.go_by(person.find_button("Save").nth(-1))
    assert [one.description for one in list_files(portal)] == [FIRST, SECOND, ""]
