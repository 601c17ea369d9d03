"""A form that is refused: it goes over the line once, and each fault is said at its field."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Request, expect

from portal.domain.languages import ENGLISH, LOCALES, Locale
from portal.domain.states import Stage, State
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.test_page_words import read_messages
from tests.browser.test_page_words import send as send_message
from tests.browser.test_uploads import enter_with_code
from tests.browser.writers import SAVED, WAITING, Writer, read_sent, read_submissions, read_unsent
from tests.integration.private.test_expired_pages import close_pages
from tests.support.form_writer import close_call

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

LONG = "Ґанок їхній. " * 300
_MARKS = """() => {
  const all = (selector, read, within = document) => [...within.querySelectorAll(selector)].map(read);
  const own = ":scope > .field-error, :scope > fieldset > .field-error";
  const marked = all(".has-error", one => [
    one.id,
    all(own, error => error.id + error.textContent, one),
    all("[aria-invalid]", control => control.id, one),
    all("[aria-describedby*=error]", control => control.localName, one),
  ].flat().join(" ").replace(/\\s+/g, " "));
  return [document.title, ...all(".error-summary li", one => one.textContent.trim()), ...marked];
}"""
"""Everything a page says about what is wrong."""


def note_posts(page: Page) -> list[Request]:
    """Return a list that fills with what the page posts."""
    posts: list[Request] = []
    page.on("request", lambda asked: posts.append(asked) if asked.method == "POST" else None)
    return posts


def weigh(posts: Sequence[Request]) -> list[int]:
    return [len(asked.post_data_buffer or b"") for asked in posts]


def is_send(asked: Request) -> bool:
    return not asked.url.endswith("/save")


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
@pytest.mark.parametrize("kind", Stage)
def test_a_refused_form_is_posted_once(doors: Doors, portal: Portal, kind: Stage, locale: Locale) -> None:
    page = doors.open(width=390, height=844, locale=locale.tag)
    writer = Writer(page, portal, locale)
    writer.open(kind)
    writer.fill_in(kind)
    writer.hears(SAVED)
    page.locator('[name="c_use"]').uncheck()
    posts = note_posts(page)
    writer.send(kind)
    writer.sees_faults()
    expect(page.locator("#c_use-field .field-error")).to_be_visible()
    assert (len([one for one in posts if is_send(one)]), read_sent(portal, "idea")) == (1, [])
    writer.choose(("c_use", "y"))
    writer.send(kind)
    writer.reads_receipt()
    assert (read_submissions(portal), doors.faults) == ([(State.SUBMITTED, 1)], [])


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("kind", Stage)
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_scripts_mark_what_the_server_would_mark(
    doors: Doors, portal: Portal, kind: Stage, locale: Locale
) -> None:
    found = []
    for scripts in (True, False):
        writer = Writer(doors.open(locale=locale.tag, java_script_enabled=scripts), portal, locale)
        writer.open(kind)
        writer.choose(("byline", "pen"), ("reply", "email"))
        writer.write({"reply_text": "nowhere"})
        writer.send(kind)
        writer.sees_faults()
        found.append(writer.page.evaluate(_MARKS))
    assert found[0] == found[1]


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_a_call_that_closed_says_so_where_the_words_stand(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    writer = Writer(doors.open(width=390, height=844, locale=locale.tag), portal, locale)
    writer.open()
    writer.fill_in()
    writer.hears(SAVED)
    code = writer.reads_code()
    close_call(portal.app, datetime(2021, 1, 5, 12, tzinfo=UTC))
    posts = note_posts(writer.page)
    writer.send()
    writer.sees_faults()
    summary = writer.page.locator(".error-summary")
    assert summary.locator("h2").inner_text() == writer.words("This call is not open")
    assert code in summary.inner_text()
    assert writer.find_field("idea").input_value() == TELLINGS[locale.url].pitch["idea"]
    assert (len([one for one in posts if is_send(one)]), doors.faults) == (1, [])
    assert read_submissions(portal) == [(State.WRITING, 0)]


@pytest.mark.one_case("locale")
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
def test_a_closed_private_page_asks_for_the_code_where_the_words_stand(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    page, code = enter_with_code(doors, portal)
    writer = Writer(page, portal, locale)
    page.goto(f"/{locale.url}/my")
    writer.write({"body": "Так. 是。"})
    writer.hears(SAVED)
    close_pages(portal.app)
    posts = note_posts(page)
    send_message(writer)
    writer.sees_faults()
    assert (len([one for one in posts if "/words/" not in one.url]), doors.faults) == (1, [])
    assert writer.find_field("body").input_value() == "Так. 是。"
    writer.write({"code": code})
    writer.press("Continue")
    assert (read_messages(portal), page.url.rpartition("/")[2]) == (["Так. 是。"], "my")


def test_a_wrong_code_leads_to_the_page_that_keeps_the_words(doors: Doors, portal: Portal) -> None:
    page, _code = enter_with_code(doors, portal)
    writer = Writer(page, portal)
    writer.write({"body": "In the cellar."})
    writer.hears(SAVED)
    close_pages(portal.app)
    send_message(writer)
    writer.sees_faults()
    writer.write({"code": "1234"})
    writer.press("Continue")
    assert (writer.heading, writer.find_field("body").input_value()) == (
        "Enter your code again",
        "In the cellar.",
    )


def test_a_page_of_an_earlier_session_is_posted_once(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.fill_in()
    writer.hears(SAVED)
    writer.page.context.clear_cookies()
    posts = note_posts(writer.page)
    writer.send()
    writer.reads_receipt()
    assert (len([one for one in posts if is_send(one)]), read_submissions(portal)) == (
        1,
        [(State.SUBMITTED, 1)],
    )


def test_what_breaks_on_the_way_waits_and_is_not_posted_at_once(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.fill_in()
    writer.page.route(
        "**/pitch/send", lambda route: route.fulfill(status=502, body="<p>Bad gateway"), times=1
    )
    writer.send()
    writer.hears(WAITING)
    writer.reads_receipt()
    assert read_submissions(portal) == [(State.SUBMITTED, 1)]
    doors.faults.clear()  # what stood in the way is told in the console


def test_what_was_mended_is_marked_no_more(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.send()
    expect(writer.page.locator(".error-summary a")).to_have_count(9)
    writer.write({"idea": "A shelf of books."})
    writer.send()
    expect(writer.page.locator(".error-summary a")).to_have_count(8)
    field = writer.find_field("idea")
    assert (
        writer.page.locator(".error-summary").count(),
        writer.page.locator("#idea-error").count(),
        field.get_attribute("aria-invalid"),
        "idea-error" in (field.get_attribute("aria-describedby") or ""),
        writer.page.title().count("Error:"),
    ) == (1, 0, None, False, 1)


def test_without_scripts_letters_travel_as_they_are(doors: Doors, portal: Portal) -> None:
    page = doors.open(java_script_enabled=False)
    writer = Writer(page, portal)
    writer.open()
    writer.write({"idea": LONG})
    posts = note_posts(page)
    with page.expect_navigation():
        writer.send()
    (weight,) = weigh(posts)
    assert weight < len(LONG.encode()) + 10_000


def test_a_text_that_did_not_change_is_not_saved_again(doors: Doors, portal: Portal) -> None:
    page = doors.open()
    writer = Writer(page, portal)
    writer.open()
    writer.write({"idea": LONG})
    writer.hears(SAVED)
    posts = note_posts(page)
    writer.write({"link": "A shelf in Taipei."})
    writer.waits_for(lambda: read_unsent(portal, "link"), ["A shelf in Taipei."])
    writer.waits_for(lambda: len(posts), 1)
    (weight,) = weigh(posts)
    assert (weight < 8_000, read_unsent(portal, "idea")) == (True, [LONG.strip()])


def test_a_text_left_out_is_sent_whole_when_another_tab_saved_meanwhile(doors: Doors, portal: Portal) -> None:
    writer = Writer(doors.open(), portal)
    writer.open()
    writer.write({"idea": "Written at home."})
    writer.press("Save and come back later")
    writer.follow("Continue writing")
    other = Writer(writer.page.context.new_page(), portal)
    other.page.goto(writer.page.url)
    writer.write({"link": "From home."})
    writer.hears(SAVED)
    other.write({"idea": "Changed on the train."})
    other.waits_for(lambda: len(read_unsent(portal, "idea")), 2)
    writer.write({"you": "She is my aunt."})
    writer.waits_for(lambda: "She is my aunt." in read_unsent(portal, "you"), True)  # noqa: FBT003  # compared
    texts = zip(*(read_unsent(portal, name) for name in ("idea", "link", "you")), strict=True)
    assert sorted(texts) == [
        ("Changed on the train.", "", ""),
        ("Written at home.", "From home.", "She is my aunt."),
    ]


@pytest.mark.parametrize("scripts", [True, False])
def test_every_long_form_travels_in_parts(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    writer = Writer(doors.open(java_script_enabled=scripts), portal, ENGLISH)
    writer.open(Stage.STORY)
    assert writer.page.locator("#writing").get_attribute("enctype") == "multipart/form-data"
    assert TELLINGS["en"].story["title"] != ""
