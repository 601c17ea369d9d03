"""Who goes back finds what was typed: after a sending that failed, and without scripts."""

import pytest
from playwright.sync_api import Error, expect

from portal.domain.languages import LOCALES, Locale
from portal.domain.states import Stage, State
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.writers import Writer, read_submissions
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.breaks_network,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

NOTE_NOW = "() => history.replaceState(history.state, '')"
"""Chromium notes in its history what stands in a form a second after the last change: here, at once."""
SEND = {Stage.PITCH: "Send the pitch", Stage.STORY: "Send the story"}


def fail_to_send(writer: Writer, button: str) -> None:
    """Press the button while there is no network, and go back when it is there again."""
    writer.page.evaluate(NOTE_NOW)
    writer.page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"), writer.page.expect_navigation():
        writer.find_button(button).click()
    writer.page.context.set_offline(False)
    writer.page.go_back()


def tell_longest(writer: Writer, kind: Stage) -> tuple[str, str]:
    """Return the name of the longest field, and what was typed into it."""
    telling = TELLINGS[writer.locale.url]
    name, told = ("idea", telling.pitch) if kind is Stage.PITCH else ("story", telling.story)
    return name, told[name]


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
@pytest.mark.parametrize("kind", Stage)
def test_after_a_sending_that_failed_back_leads_to_the_words(
    doors: Doors, portal: Portal, kind: Stage, locale: Locale
) -> None:
    writer = Writer(doors.open(width=390, height=844, java_script_enabled=False), portal, locale)
    writer.open(kind)
    writer.fill_in(kind)
    fail_to_send(writer, SEND[kind])
    name, told = tell_longest(writer, kind)
    expect(writer.find_field(name)).to_have_value(told)
    writer.press(SEND[kind])
    assert (writer.reads_receipt() != "", read_submissions(portal)) == (True, [(State.SUBMITTED, 1)])


@pytest.mark.parametrize(
    ("who", "page", "field", "button"),
    [
        ("received", "change", "idea", "Send the change"),
        ("invited", "story", "story", "Send the story"),
        ("with its author", "check", "objections", "Send my answers"),
    ],
)
def test_behind_the_code_back_leads_to_the_words_too(
    world: World, doors: Doors, portal: Portal, who: str, page: str, field: str, button: str
) -> None:
    opened = doors.open_for(world, who, width=390, height=844, java_script_enabled=False)
    writer = Writer(opened, portal, world.locale)
    writer.page.goto(f"/uk/my/{page}")
    writer.write({field: "Слова, яких ще ніде немає."})
    fail_to_send(writer, button)
    expect(writer.find_field(field)).to_have_value("Слова, яких ще ніде немає.")


def test_after_a_refusal_too_back_does_not_lose_the_page(doors: Doors, portal: Portal) -> None:
    """The form that came back stands at the address it was sent to: it goes to the other one."""
    writer = Writer(doors.open(java_script_enabled=False), portal)
    writer.open()
    writer.write({"idea": "Only this."})
    writer.press("Send the pitch")
    sent_to = writer.page.locator("form#writing").get_attribute("action")
    assert (writer.page.url.rpartition("/ukraine-taiwan")[2], sent_to) == (
        "/pitch/send",
        "/en/ukraine-taiwan/pitch",
    )
    writer.fill_in()
    writer.press("Send the pitch")
    assert (writer.reads_receipt() != "", read_submissions(portal)) == (True, [(State.SUBMITTED, 1)])


def go_back_from_receipt(writer: Writer, kind: Stage) -> None:
    """Send a text, and go back to the form, which the browser fills in again."""
    writer.open(kind)
    writer.fill_in(kind)
    writer.send(kind)
    writer.reads_receipt()
    writer.page.go_back()
    name, told = tell_longest(writer, kind)
    expect(writer.find_field(name)).to_have_value(told)


def erase_everything(writer: Writer) -> None:
    writer.page.goto(f"/{writer.locale.url}/my/erase")
    writer.press("Erase everything")


@pytest.mark.one_case("kind", "locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
@pytest.mark.parametrize("kind", Stage)
@pytest.mark.parametrize("scripts", [True, False])
def test_looking_at_the_form_after_the_receipt_makes_no_second_text(
    doors: Doors, portal: Portal, kind: Stage, locale: Locale, *, scripts: bool
) -> None:
    writer = Writer(doors.open(width=390, height=844, java_script_enabled=scripts), portal, locale)
    go_back_from_receipt(writer, kind)
    writer.page.goto(f"/{locale.url}/")
    if scripts:
        assert writer.read_copies() == []
    assert read_submissions(portal) == [(State.SUBMITTED, 1)]
    writer.page.goto(f"/{locale.url}/my")
    assert writer.page.locator("#beside").count() == 0
    erase_everything(writer)
    assert [state for state, _ in read_submissions(portal)] == [State.ERASED]


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_saving_the_form_gone_back_to_says_that_all_of_it_is_with_us(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    writer = Writer(doors.open(java_script_enabled=False), portal, locale)
    go_back_from_receipt(writer, Stage.PITCH)
    writer.press("Save and come back later")
    said = writer.words(
        "We already have everything in that form, so nothing was saved a second time. You can "
        "change or continue it here."
    )
    expect(writer.page.locator(".notice p").first).to_have_text(said)
    assert read_submissions(portal) == [(State.SUBMITTED, 1)]


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_what_is_written_after_going_back_stands_on_the_private_page_and_goes_with_the_rest(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    writer = Writer(doors.open(width=390, height=844), portal, locale)
    go_back_from_receipt(writer, Stage.PITCH)
    writer.write({"you": "I forgot to say: I was there."})
    code = writer.reads_code()
    writer.page.goto(f"/{locale.url}/my")
    assert code in writer.page.locator("section[aria-labelledby=beside]").inner_text()
    erase_everything(writer)
    assert [state for state, _ in read_submissions(portal)] == [State.ERASED, State.ERASED]
