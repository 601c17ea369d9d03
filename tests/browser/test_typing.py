"""Typing itself: input methods are not disturbed, and on the phone stays only what the person wants there."""

import re

import pytest
from playwright.sync_api import Request, Route, expect

from portal.domain.languages import LOCALES, Locale
from portal.domain.states import Stage, State
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.writers import (
    DELETED,
    ON_PHONE,
    RESTORED,
    SAVED,
    WAITING,
    Writer,
    read_submissions,
    read_unsent,
)

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

NARROWEST = 320
LONG_SILENCE = 10_000
"""Milliseconds."""
KEPT_DAYS = 14
SHOW = "Show other texts kept on this device, perhaps not yours"
CONSENTS = {Stage.PITCH: ("c_use", "c_age"), Stage.STORY: ("c_use", "c_age", "c_own", "c_lic")}
IDEA = "A shelf of books."
_WIDTHS = """() => {
  for (const hidden of document.querySelectorAll("#keep-code, #keep-restored")) hidden.hidden = false;
  const line = document.getElementById("keep-state");
  return Object.values(line.dataset).map(sentence => {
    line.textContent = sentence;
    return document.scrollingElement.scrollWidth;
  });
}"""
_AGE = """days => {
  for (const [name, stored] of Object.entries(localStorage)) {
    localStorage[name] = JSON.stringify({ ...JSON.parse(stored), at: Date.now() - days * 86400000 });
  }
}"""
_NO_STORAGE = """for (const kind of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, kind, { get() { throw new DOMException("refused", "SecurityError"); } });
}"""


@pytest.fixture
def writer(doors: Doors, portal: Portal) -> Writer:
    """Somebody with the form of a pitch open on a phone."""
    opened = Writer(doors.open(width=390, height=844, locale="en"), portal)
    opened.open()
    return opened


class InputMethod:
    """An input method such as zhuyin: letters stand in the field before they are settled."""

    def __init__(self, writer: Writer) -> None:
        self._line = writer.page.context.new_cdp_session(writer.page)

    def compose(self, letters: str) -> None:
        place = len(letters)
        self._line.send(
            "Input.imeSetComposition", {"text": letters, "selectionStart": place, "selectionEnd": place}
        )

    def settle(self, text: str) -> None:
        self._line.send("Input.insertText", {"text": text})


def note_posts(writer: Writer) -> list[str]:
    """Return a list that fills with what the page posts."""
    posts: list[str] = []

    def note(asked: Request) -> None:
        if asked.method == "POST":
            posts.append((asked.post_data_buffer or b"").decode())

    writer.page.on("request", note)
    return posts


def test_letters_that_are_not_settled_are_never_saved(doors: Doors, portal: Portal) -> None:
    page = doors.open(locale="en")
    page.clock.install()
    writer = Writer(page, portal)
    posts = note_posts(writer)
    writer.open()
    zhuyin = InputMethod(writer)
    writer.find_field("link").focus()
    zhuyin.compose("ㄋㄧˇ")
    page.clock.fast_forward(LONG_SILENCE)
    assert (writer.find_field("link").input_value(), writer.read_copies()) == ("ㄋㄧˇ", [])
    zhuyin.settle("你好")
    page.clock.fast_forward(LONG_SILENCE)
    writer.hears(SAVED)
    assert ([post for post in posts if "ㄋ" in post], read_unsent(portal, "link")) == ([], ["你好"])


def test_what_was_settled_is_saved_while_the_next_word_is_composed(writer: Writer, portal: Portal) -> None:
    zhuyin = InputMethod(writer)
    writer.find_field("link").focus()
    zhuyin.settle("台北")
    zhuyin.compose("ㄉㄜ˙")
    writer.hears(SAVED)
    assert read_unsent(portal, "link") == ["台北"]


def test_enter_in_an_input_method_sends_nothing(writer: Writer) -> None:
    writer.choose(("byline", "pen"))
    writer.find_field("byline_text").focus()
    InputMethod(writer).compose("ㄨㄤˊ")
    writer.page.keyboard.press("Enter")
    assert (writer.reads_line(), writer.find_field("byline_text").input_value()) == ("", "ㄨㄤˊ")


def test_enter_in_a_line_sends_nothing(writer: Writer) -> None:
    writer.find_field("byline_text").press("Enter")
    assert writer.reads_line() == ""


def open_on_slow_line(writer: Writer) -> Route:
    """Open the form of a pitch, and return the script that is still on its way."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    writer.page.route("**/js/keep.mjs*", hold)
    writer.page.goto("/en/ukraine-taiwan/pitch", wait_until="commit")
    writer.waits_for(lambda: len(held), 1)
    return held[0]


def test_what_is_typed_before_the_scripts_run_is_saved(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(width=390, height=844), portal)
    script = open_on_slow_line(writer)
    writer.find_field("idea").fill(IDEA)
    script.continue_()
    writer.hears(SAVED)
    assert (read_unsent(portal, "idea"), writer.read_copies()) == ([IDEA], [{"idea": IDEA}])


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_a_narrow_phone_needs_no_sideways_scroll(doors: Doors, portal: Portal, locale: Locale) -> None:
    writer = Writer(doors.open(width=NARROWEST, height=568, locale=locale.tag), portal, locale)
    writer.open()
    assert set(writer.page.evaluate(_WIDTHS)) == {NARROWEST}


def test_a_copy_is_put_back_and_says_so(writer: Writer) -> None:
    writer.write({"idea": IDEA})
    writer.hears(SAVED)
    writer.open()
    writer.hears(RESTORED)
    expect(writer.find_button("Delete this and start again")).to_be_visible()
    assert writer.find_field("idea").input_value() == IDEA


def test_a_copy_can_be_thrown_away(writer: Writer) -> None:
    writer.write({"idea": IDEA})
    writer.hears(SAVED)
    writer.open()
    writer.find_button("Delete this and start again").click()
    writer.hears(DELETED)
    assert (writer.find_field("idea").input_value(), writer.read_storage()) == ("", "[][]")


@pytest.mark.breaks_network
def test_a_copy_fills_only_what_is_empty(writer: Writer) -> None:
    writer.write({"idea": "Saved.", "link": "Saved as well."})
    writer.press("Save and come back later")
    writer.follow("Continue writing")
    writer.page.context.set_offline(True)
    writer.write({"idea": "Typed later.", "you": "Only on the phone."})
    writer.hears(ON_PHONE)
    take_another_page(writer, "/en/my/write")
    assert [writer.find_field(name).input_value() for name in ("idea", "link", "you")] == [
        "Saved.",
        "Saved as well.",
        "Only on the phone.",
    ]
    writer.page.locator("#keep-swap").click()
    assert writer.find_field("idea").input_value() == "Typed later."


def take_another_page(writer: Writer, address: str) -> None:
    """Close the tab as it is, and open the address in another one when the network is back."""
    context = writer.page.context
    writer.page.close()
    context.set_offline(False)
    writer.page = context.new_page()
    writer.page.goto(address)


@pytest.mark.breaks_network
def test_words_of_another_tab_are_shown_to_who_asks_for_them(writer: Writer) -> None:
    writer.page.context.set_offline(True)
    writer.write({"idea": IDEA})
    writer.hears(ON_PHONE)
    take_another_page(writer, "/en/ukraine-taiwan/pitch")
    assert (writer.find_field("idea").input_value(), IDEA in writer.page.content()) == ("", False)
    writer.find_button(SHOW).click()
    writer.hears(RESTORED)
    assert (writer.find_field("idea").input_value(), writer.read_copies()) == (IDEA, [{"idea": IDEA}])


def test_words_of_somebody_else_fill_no_text_and_go_with_none(writer: Writer) -> None:
    """Two people share a phone, and no browser session: the first has saved, the second sends."""
    writer.write({"you": "Only for me."})
    writer.hears(SAVED)
    take_another_page(writer, "/en/ukraine-taiwan/pitch")
    writer.write({"idea": "Saved.", "link": "Saved as well."})
    expect(writer.page.locator("#keep-left")).to_be_hidden()
    writer.press("Save and come back later")
    writer.follow("Continue writing")
    assert writer.find_field("you").input_value() == ""
    writer.fill_in()
    writer.send()
    writer.reads_receipt()
    assert writer.read_copies() == [{"you": "Only for me."}]


def test_the_receipt_wipes_the_copy(writer: Writer) -> None:
    writer.fill_in()
    writer.hears(SAVED)
    writer.send()
    writer.reads_receipt()
    assert writer.read_storage() == "[][]"


def test_leaving_the_private_page_wipes_every_copy(writer: Writer) -> None:
    writer.fill_in()
    writer.send()
    writer.reads_receipt()
    writer.open(Stage.STORY)
    writer.write({"title": "Another one"})
    writer.hears(SAVED)
    writer.page.goto("/en/my")
    writer.press("Leave")
    assert writer.read_storage() == "[][]"


def forget_to_clear(route: Route) -> None:
    """Answer as a browser hears it that knows no Clear-Site-Data, as Safari did until 2023."""
    answer = route.fetch(max_redirects=0)
    headers = {name: value for name, value in answer.headers.items() if name != "clear-site-data"}
    assert len(headers) < len(answer.headers)
    route.fulfill(response=answer, headers=headers)


def test_leaving_wipes_every_copy_in_a_browser_that_clears_nothing_when_told(writer: Writer) -> None:
    writer.fill_in()
    writer.send()
    writer.reads_receipt()
    writer.open(Stage.STORY)
    writer.write({"title": "Another one"})
    writer.hears(SAVED)
    writer.page.goto("/en/my")
    writer.page.route("**/my/leave", forget_to_clear)
    writer.press("Leave")
    assert writer.read_storage() == "[][]"


@pytest.mark.breaks_network
def test_sealed_answers_never_stay_on_the_phone(writer: Writer) -> None:
    sealed = {"risk_text": "My brother serves.", "reply_text": "olena@example.org"}
    writer.fill_in()
    writer.choose(("risk", "unsure"), ("reply", "email"))
    writer.write(sealed)
    writer.hears(SAVED)
    writer.page.context.set_offline(True)
    writer.send()
    writer.hears(WAITING)
    (copied,) = writer.read_copies()
    assert copied == {name: text for name, text in TELLINGS["en"].pitch.items() if name not in sealed}
    assert [text for text in sealed.values() if text in writer.read_storage()] == []


def test_nobody_at_risk_has_a_copy_on_the_phone(writer: Writer) -> None:
    writer.write({"idea": IDEA})
    writer.hears(SAVED)
    writer.choose(("risk", "yes"))
    writer.write({"idea": f"{IDEA} And more."})
    writer.page.reload()
    expect(writer.page.locator("#keep-copy")).not_to_be_checked()
    assert writer.read_copies() == []


def test_unticking_the_box_deletes_the_copy(writer: Writer, portal: Portal) -> None:
    writer.write({"idea": IDEA})
    writer.hears(SAVED)
    writer.page.locator("#keep-copy").uncheck()
    writer.write({"idea": f"{IDEA} And more."})
    writer.waits_for(lambda: read_unsent(portal, "idea"), [f"{IDEA} And more."])
    assert writer.read_copies() == []


@pytest.mark.one_case("way")
@pytest.mark.parametrize("way", ["button", "box", "risk"])
def test_what_somebody_else_has_typed_stays_until_it_is_deleted_too(writer: Writer, way: str) -> None:
    """Two people share a phone: the second wants no copy on it."""
    writer.write({"you": "Only for me."})
    writer.hears(SAVED)
    take_another_page(writer, "/en/ukraine-taiwan/pitch")
    writer.write({"idea": IDEA})
    writer.hears(SAVED)
    refuse_copy(writer, way)
    others = writer.page.locator("#keep-others")
    expect(others).to_be_visible()
    left = writer.read_copies()
    others.click()
    writer.hears(DELETED)
    expect(others).to_be_hidden()
    assert (left, writer.read_copies()) == ([{"you": "Only for me."}], [])


def refuse_copy(writer: Writer, way: str) -> None:
    if way == "button":
        writer.find_button("Delete from this device").click()
    elif way == "box":
        writer.page.locator("#keep-copy").uncheck()
    else:
        writer.choose(("risk", "yes"))


@pytest.mark.parametrize(("days", "left"), [(KEPT_DAYS - 1, 1), (KEPT_DAYS + 1, 0)])
def test_a_copy_goes_after_two_weeks(writer: Writer, days: int, left: int) -> None:
    writer.write({"idea": IDEA})
    writer.hears(SAVED)
    writer.page.goto("/en/")
    writer.page.evaluate(_AGE, days)
    writer.open(Stage.STORY)
    assert len(writer.read_copies()) == left


def test_a_browser_that_stores_nothing_saves_with_us(doors: Doors, portal: Portal) -> None:
    page = doors.open(locale="en")
    page.add_init_script(_NO_STORAGE)
    writer = Writer(page, portal)
    writer.open()
    writer.fill_in()
    writer.hears(SAVED)
    writer.send()
    writer.reads_receipt()
    assert (read_submissions(portal), doors.faults) == ([(State.SUBMITTED, 1)], [])


def test_a_proof_is_found_while_people_type(writer: Writer) -> None:
    writer.write({"idea": IDEA})
    expect(writer.find_field("proof")).not_to_have_value("")
    expect(writer.page.locator("#keep-human")).to_be_hidden()


@pytest.mark.parametrize("kind", Stage)
def test_without_scripts_people_save_come_back_and_send(doors: Doors, portal: Portal, kind: Stage) -> None:
    writer = Writer(doors.open(java_script_enabled=False), portal)
    writer.open(kind)
    expect(writer.page.locator("#keep-unscripted")).to_be_visible()
    expect(writer.page.locator("#keep-scripted")).to_be_hidden()
    writer.fill_in(kind)
    writer.press("Save and come back later")
    code = writer.page.locator("#receipt-code").inner_text()
    writer.page.context.clear_cookies()
    writer.page.goto("/en/my")
    writer.write({"code": code})
    writer.press("Open your page")
    writer.go_on()
    writer.choose(*((key, "y") for key in CONSENTS[kind]))
    writer.send(kind)
    assert (writer.reads_receipt(), read_submissions(portal)) == (code, [(State.SUBMITTED, 1)])


@pytest.mark.parametrize(("text", "left"), [("a" * 140, "10"), ("字" * 50, "10"), ("a" * 153, "3")])
def test_a_line_near_its_limit_counts_what_is_left_in_its_own_script(
    doors: Doors, portal: Portal, text: str, left: str
) -> None:
    writer = Writer(doors.open(), portal)
    writer.open(Stage.STORY)
    writer.page.locator("#title").fill(text)
    words = writer.page.locator("#title-count").inner_text()
    assert re.findall(r"\d+", words) == [left]
