"""Light and network come and go while somebody writes: nothing typed is lost, and nothing is sent twice."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Route, expect

from portal.domain.languages import LOCALES, Locale
from portal.domain.states import State
from tests.browser.conftest import ARGS, Doors, find_chromium
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.writers import (
    ON_PHONE,
    ONLY_HERE,
    OTHER_VERSION,
    SAVED,
    UNSENT,
    WAITING,
    WAITING_HERE,
    Writer,
    lose_answer,
    read_sent,
    read_submissions,
    read_unsent,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.breaks_network,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PAGE = "**/ukraine-taiwan/pitch"
FORM = f"{PAGE}/send"
SAVE = "**/pitch/save"


@pytest.fixture
def writer(doors: Doors, portal: Portal) -> Writer:
    """Somebody with the form of a pitch open on a phone."""
    opened = Writer(doors.open(width=390, height=844, locale="en"), portal)
    opened.open()
    return opened


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_what_is_typed_is_saved_without_a_click(doors: Doors, portal: Portal, locale: Locale) -> None:
    writer = Writer(doors.open(locale=locale.tag), portal, locale)
    writer.open()
    writer.write({"idea": "Перша. 第一句。"})
    writer.hears(SAVED)
    assert (read_submissions(portal), read_unsent(portal, "idea")) == (
        [(State.WRITING, 0)],
        ["Перша. 第一句。"],
    )


def test_a_form_with_nothing_written_is_not_saved(writer: Writer, portal: Portal) -> None:
    saves: list[str] = []
    writer.page.on("request", lambda asked: saves.append(asked.url) if asked.url.endswith("/save") else None)
    writer.choose(("before", "no"))
    writer.page.goto("/en/")
    assert (saves, read_submissions(portal)) == ([], [])


def test_leaving_the_page_saves_what_was_just_typed(writer: Writer, portal: Portal) -> None:
    writer.write({"idea": "Saved at the door."})
    writer.page.goto("/en/")
    writer.waits_for(lambda: read_unsent(portal, "idea"), ["Saved at the door."])


def test_the_code_is_there_to_write_down_before_anything_is_sent(writer: Writer) -> None:
    writer.fill_in()
    noted = writer.reads_code()
    writer.send()
    assert writer.reads_receipt() == noted


def test_words_typed_without_network_are_saved_when_it_is_back(writer: Writer, portal: Portal) -> None:
    writer.write({"idea": "Before the dark."})
    writer.hears(SAVED)
    writer.page.context.set_offline(True)
    writer.write({"idea": "Before the dark. And in it."})
    writer.hears(ON_PHONE)
    writer.page.context.set_offline(False)
    writer.hears(SAVED)
    assert read_unsent(portal, "idea") == ["Before the dark. And in it."]


def test_without_a_copy_the_page_says_that_only_it_has_the_words(writer: Writer) -> None:
    writer.page.locator("#keep-copy").uncheck()
    writer.page.context.set_offline(True)
    writer.write({"idea": "Nowhere else."})
    writer.hears(ONLY_HERE)


def test_a_sending_without_network_waits_and_arrives_once(writer: Writer, portal: Portal) -> None:
    writer.fill_in()
    writer.page.context.set_offline(True)
    writer.send()
    writer.hears(WAITING)
    writer.page.context.set_offline(False)
    writer.reads_receipt()
    assert read_submissions(portal) == [(State.SUBMITTED, 1)]


def test_a_sending_without_a_copy_waits_on_the_page(writer: Writer, portal: Portal) -> None:
    writer.fill_in()
    writer.page.locator("#keep-copy").uncheck()
    writer.page.context.set_offline(True)
    writer.send()
    writer.hears(WAITING_HERE)
    writer.page.context.set_offline(False)
    writer.reads_receipt()
    assert read_submissions(portal) == [(State.SUBMITTED, 1)]


def test_a_sending_whose_answer_was_lost_arrives_once(writer: Writer, portal: Portal) -> None:
    writer.fill_in()
    noted = writer.reads_code()
    writer.page.route(FORM, lose_answer, times=1)
    writer.send()
    writer.hears(WAITING)
    assert (writer.reads_receipt(), read_submissions(portal)) == (noted, [(State.SUBMITTED, 1)])


def test_a_save_whose_answer_was_lost_makes_no_second_version(writer: Writer, portal: Portal) -> None:
    writer.page.route(SAVE, lose_answer, times=1)
    writer.write({"idea": "Heard, but not answered."})
    writer.hears(ON_PHONE)
    writer.hears(SAVED)
    assert read_unsent(portal, "idea") == ["Heard, but not answered."]


def test_a_reload_before_the_network_is_back_keeps_words_and_code(writer: Writer, portal: Portal) -> None:
    writer.fill_in()
    noted = writer.reads_code()
    writer.page.route(FORM, lose_answer)
    writer.send()
    writer.hears(WAITING)
    writer.page.unroute(FORM)
    writer.open()
    writer.hears(UNSENT)
    assert writer.find_field("idea").input_value() == TELLINGS["en"].pitch["idea"]
    writer.fill_in()
    writer.send()
    assert writer.reads_receipt() == noted
    assert [state for state, _ in read_submissions(portal)] == [State.SUBMITTED]


def test_a_form_open_for_longer_than_its_session_is_sent_all_the_same(writer: Writer, portal: Portal) -> None:
    writer.fill_in()
    writer.hears(SAVED)
    writer.page.context.clear_cookies()
    writer.write({"link": "After the night."})
    writer.waits_for(lambda: read_unsent(portal, "link"), ["After the night."])
    writer.page.context.clear_cookies()
    writer.send()
    writer.reads_receipt()
    assert read_sent(portal, "link") == ["After the night."]


def test_a_form_without_an_answer_shows_what_is_missing(writer: Writer, portal: Portal) -> None:
    writer.write({"idea": "Only this."})
    writer.send()
    writer.sees_faults()
    assert writer.page.title().partition(":")[0] == "Error"
    assert writer.find_field("idea").input_value() == "Only this."


def test_a_second_click_within_a_second_is_the_same_click(writer: Writer, portal: Portal) -> None:
    sent: list[str] = []
    writer.page.on(
        "request", lambda asked: sent.append(asked.url) if asked.url.endswith("/pitch/send") else None
    )
    writer.fill_in()
    writer.find_button("Send the pitch").dblclick()
    writer.reads_receipt()
    assert (len(sent), read_submissions(portal)) == (1, [(State.SUBMITTED, 1)])


def test_saving_for_later_by_button_makes_no_second_version(writer: Writer, portal: Portal) -> None:
    writer.write({"idea": "Typed a moment ago."})
    writer.press("Save and come back later")
    assert (writer.heading, read_unsent(portal, "idea")) == ("Saved", ["Typed a moment ago."])


def test_saving_for_later_by_button_takes_one_press_when_all_is_saved(writer: Writer) -> None:
    writer.write({"idea": "A shelf of books."})
    writer.hears(SAVED)
    writer.press("Save and come back later")
    assert writer.heading == "Saved"


def test_saving_for_later_without_network_keeps_the_page(writer: Writer) -> None:
    writer.page.context.set_offline(True)
    writer.write({"idea": "In the cellar."})
    writer.find_button("Save and come back later").click()
    writer.hears(ON_PHONE)
    assert writer.find_field("idea").input_value() == "In the cellar."


def test_two_tabs_keep_both_versions(writer: Writer, portal: Portal) -> None:
    writer.write({"idea": "Written at home."})
    writer.press("Save and come back later")
    writer.follow("Continue writing")
    other = Writer(writer.page.context.new_page(), portal)
    other.page.goto(writer.page.url)
    writer.write({"idea": "Changed at home."})
    writer.hears(SAVED)
    other.write({"idea": "Changed on the train."})
    other.hears(OTHER_VERSION)
    writer.page.goto("/en/my")
    shown = writer.page.locator(".versions bdi").all_inner_texts()
    assert sorted(shown) == ["Changed at home.", "Changed on the train."]
    assert sorted(read_unsent(portal, "idea")) == ["Changed at home.", "Changed on the train."]


@pytest.fixture
def keeping_doors(chromium: Browser, portal: Portal) -> Iterator[Doors]:
    """A browser that keeps pages for going back, as people's browsers do and test drivers do not."""
    browser = chromium.browser_type.launch(
        executable_path=find_chromium(keeps_pages=True),
        args=ARGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    with ExitStack() as stack:
        yield Doors(browser, portal, stack)
    browser.close()


def allow_keeping(route: Route) -> None:
    """Let the browser keep the page, which some browsers do although we ask them not to."""
    if route.request.method != "GET":
        route.continue_()
        return
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "cache-control": "no-cache"})


def test_going_back_and_sending_something_else_is_kept_as_a_version(
    keeping_doors: Doors, portal: Portal
) -> None:
    writer = Writer(keeping_doors.open(locale="en"), portal)
    writer.page.route(PAGE, allow_keeping)
    writer.open()
    writer.fill_in()
    writer.send()
    code = writer.reads_receipt()
    with writer.page.expect_request("**/my/token"):
        writer.page.evaluate("history.back()")
    expect(writer.find_field("you")).to_have_value(TELLINGS["en"].pitch["you"])
    writer.write({"you": "I forgot to say: I was there."})
    writer.send()
    assert (writer.reads_receipt(), read_submissions(portal)) == (code, [(State.SUBMITTED, 2)])


OFFERED = "Another text on this device did not reach us."


@pytest.fixture
def changer(writer: Writer) -> Writer:
    """Somebody who changes a pitch, loses the network and then the page."""
    writer.fill_in()
    writer.choose(("risk", "no"))  # who is at risk has no copy on the phone
    writer.send()
    writer.reads_receipt()
    writer.page.goto("/en/my/change")
    writer.page.context.set_offline(True)
    writer.write({"idea": "Typed in the dark."})
    writer.hears(ON_PHONE)
    context = writer.page.context
    writer.page.close()
    context.set_offline(False)
    writer.page = context.new_page()
    writer.page.goto("/en/my/change")
    return writer


def read_idea(writer: Writer) -> str:
    return writer.page.locator('[name="idea"]').input_value()


def test_words_that_never_reached_us_are_offered_and_taken(changer: Writer, portal: Portal) -> None:
    sent = read_idea(changer)
    expect(changer.page.locator("#keep-left")).to_contain_text(OFFERED)
    changer.page.locator("#keep-swap").click()
    changer.hears(SAVED)
    assert (sent != "Typed in the dark.", read_unsent(portal, "idea")) == (True, ["Typed in the dark."])
    changer.page.locator("#keep-swap").click()
    assert read_idea(changer) == sent


def test_words_that_never_reached_us_wait_while_others_are_typed(changer: Writer) -> None:
    changer.write({"idea": "Something else."})
    changer.hears(SAVED)
    changer.page.reload()
    changer.page.locator("#keep-swap").click()
    assert read_idea(changer) == "Typed in the dark."


def test_words_that_are_deleted_from_the_phone_are_offered_no_more(changer: Writer) -> None:
    changer.page.locator("#keep-delete").click()
    changer.page.reload()
    expect(changer.page.locator("#keep-left")).to_be_hidden()


def test_words_that_reached_us_are_not_offered(writer: Writer) -> None:
    writer.fill_in()
    writer.choose(("risk", "no"))  # who is at risk has no copy on the phone
    writer.send()
    writer.reads_receipt()
    writer.page.goto("/en/my/change")
    writer.write({"idea": "In the light."})
    writer.hears(SAVED)
    writer.page.goto("/en/my")
    writer.page.goto("/en/my/change")
    expect(writer.page.locator("#keep-left")).to_be_hidden()
