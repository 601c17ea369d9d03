"""Who changes the language of a half-filled form goes on writing in the other one."""

import unicodedata

import pytest
from playwright.sync_api import expect

from portal.domain.languages import LOCALES, UKRAINIAN, Locale
from portal.domain.states import Stage, State
from tests.browser.conftest import Doors
from tests.browser.hands import Keys
from tests.browser.people import Portal, Words
from tests.browser.writers import BOXES, SAVED, Writer, read_submissions, read_unsent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.breaks_network,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

WAYS = [(one, other) for one in LOCALES for other in LOCALES if one is not other]
FIRST = {Stage.PITCH: "idea", Stage.STORY: "story"}
TICK = "You agree in the language you read: please tick the boxes again."


def change_to(writer: Writer, locale: Locale) -> None:
    """Press a language in the header; from then on the page speaks it."""
    writer.go_by(writer.page.locator("nav.languages button", has_text=locale.menu_name))
    writer.locale, writer.words = locale, Words(writer.words._app, locale)  # noqa: SLF001  # of the same portal
    expect(writer.page.locator("html")).to_have_attribute("lang", locale.tag)


def read_form(writer: Writer) -> dict[str, list[str]]:
    """Return everything typed and chosen in the form, boxes of consents aside; accents are composed."""
    read: dict[str, list[str]] = writer.page.evaluate(
        """boxes => {
          const found = {};
          for (const [name, value] of new FormData(document.getElementById("writing"))) {
            const ours = ["csrf_token", "writing", "sequence", "seen_fingerprints", "proof", "document"];
            if (!ours.includes(name) && !boxes.includes(name)) (found[name] ??= []).push(value);
          }
          return found;
        }""",
        list(BOXES[Stage.STORY]),
    )
    return {name: [unicodedata.normalize("NFC", one) for one in values] for name, values in read.items()}


def count_ticked(writer: Writer) -> int:
    return sum(writer.find_field(name).is_checked() for name in BOXES[Stage.PITCH])


@pytest.mark.one_case("first", "second")
@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("first", "second"), WAYS, ids=lambda locale: locale.url)
def test_everything_comes_along_and_goes_out_under_one_code(
    doors: Doors, portal: Portal, first: Locale, second: Locale, *, scripts: bool
) -> None:
    kind = Stage.STORY if second.url == "en" else Stage.PITCH
    writer = Writer(doors.open(width=390, height=844, java_script_enabled=scripts), portal, first)
    writer.open(kind)
    writer.fill_in(kind)
    before = read_form(writer)
    change_to(writer, second)
    assert (read_form(writer), count_ticked(writer)) == (before, 0)
    assert writer.words(TICK) in writer.page.locator("main").inner_text()
    assert [state for state, _ in read_submissions(portal)] == [State.WRITING]
    writer.choose(*((name, "y") for name in BOXES[kind]))
    writer.send(kind)
    writer.reads_receipt()
    assert read_submissions(portal) == [(State.SUBMITTED, 1)]


@pytest.mark.parametrize("scripts", [True, False])
def test_an_empty_form_just_changes(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    writer = Writer(doors.open(java_script_enabled=scripts), portal)
    writer.open()
    change_to(writer, UKRAINIAN)
    assert writer.page.url.endswith(f"/{UKRAINIAN.url}/ukraine-taiwan/pitch")
    assert read_submissions(portal) == []


def test_there_and_back_is_one_text(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(width=390, height=844), portal)
    writer.open()
    writer.write({"idea": "First words."})
    writer.hears(SAVED)
    code = writer.reads_code()
    for locale in (*LOCALES, *reversed(LOCALES[:-1])):
        if locale is not writer.locale:
            change_to(writer, locale)
            assert writer.find_field("idea").input_value() == "First words."
    writer.write({"idea": "First words, and more."})
    writer.hears(SAVED)
    assert code.replace(" ", "") in writer.reads_code().replace(" ", "")
    assert read_unsent(portal, "idea") == ["First words, and more."]
    assert len(writer.read_copies()) == 1


def test_a_link_to_the_other_language_finds_the_words_on_the_device(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.write({"idea": "First words."})
    writer.hears(SAVED)
    writer.page.goto("/uk/ukraine-taiwan/pitch")
    expect(writer.find_field("idea")).to_have_value("First words.")
    assert read_unsent(portal, "idea") == ["First words."]


_AGE_COPY = """() => {
  for (const name of Object.keys(localStorage)) {
    const [start, call, stage] = name.split(":");
    localStorage[[start, call, stage, "uk"].join(":")] = localStorage[name];
    delete localStorage[name];
  }
  sessionStorage.clear();
}"""


def test_a_copy_with_the_name_of_an_earlier_version_is_found(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.write({"idea": "First words."})
    writer.hears(SAVED)
    writer.page.goto("/en/")
    writer.page.evaluate(_AGE_COPY)
    writer.open()
    writer.find_button("Show other texts kept on this device, perhaps not yours").click()
    expect(writer.find_field("idea")).to_have_value("First words.")


def test_without_network_the_page_stays_with_its_words(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.write({"idea": "In the cellar."})
    writer.page.context.set_offline(True)
    writer.page.locator("nav.languages button").first.click()
    expect(writer.page.locator("#keep-state")).not_to_have_text("")
    assert writer.find_field("idea").input_value() == "In the cellar."
    assert writer.page.url.endswith("/en/ukraine-taiwan/pitch")


def test_enter_in_a_field_sends_and_changes_no_language(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(java_script_enabled=False), portal)
    writer.open()
    writer.choose(("byline", "pen"))
    writer.write({"byline_text": "Olena"})
    with writer.page.expect_navigation():
        writer.find_field("byline_text").press("Enter")
    assert writer.page.url.endswith("/en/ukraine-taiwan/pitch/send")


def test_the_languages_are_reached_by_keys_in_their_place(doors: Doors, portal: Portal) -> None:
    page = doors.open(java_script_enabled=False)
    page.goto("/en/ukraine-taiwan/pitch")
    hand = Keys(page)
    with page.expect_navigation():
        hand.press(page.locator("nav.languages button").first)
    assert (hand.faults, page.locator("html").get_attribute("lang")) == (set(), UKRAINIAN.tag)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_form_comes_along(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    writer = Writer(doors.open(java_script_enabled=scripts), portal)
    writer.open()
    writer.write({"idea": "Only this."})
    writer.send()
    expect(writer.page.locator(".error-summary")).to_be_visible()
    change_to(writer, UKRAINIAN)
    assert writer.find_field("idea").input_value() == "Only this."
