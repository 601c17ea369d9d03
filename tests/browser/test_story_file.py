"""A story from a file: one that was read and one that was refused look different at once."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from portal.domain.languages import LOCALES, Locale, locale_by_url
from portal.domain.states import Stage
from tests.browser.conftest import Doors
from tests.browser.people import Portal, Words
from tests.browser.writers import Writer
from tests.support.documents import make_open_document, make_word
from tests.support.docx_files import AFTER, BEFORE
from tests.support.docx_text_cases import WRAPPERS
from tests.support.encoded_texts import TEXTS
from tests.support.odt_files import make_container

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

READ = "The text of your file is in the field below. Look through it: nothing is sent yet."
TITLED = "Its heading is the title now. Change it if it is not the right one."
_IN_SIGHT = """one => {
  const { top, bottom } = one.getBoundingClientRect();
  return top >= 0 && Math.min(bottom, top + 24) <= innerHeight;
}"""
FILES = {"docx": make_word, "odt": make_open_document}
REFUSED = {
    "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "scan.pdf": b"%PDF-1.4 nothing",
    "voice.m4a": bytes(64),
}

_OLD_TEXT = " ".join(TEXTS["uk"][:3])
JOURNEYS = {
    "readings above words": (
        "zh-tw",
        WRAPPERS[0].sent,
        f"{BEFORE}\n\n我住在臺北。\n\n{AFTER}",
        ["1\u00a0個詞上方標示的讀音：臺北 (ㄊㄞˊㄅㄟˇ)。詞本身已保留。"],
    ),
    "old encoding": ("uk", _OLD_TEXT.encode("koi8-u"), _OLD_TEXT, []),
    "locked": (
        "en",
        make_container("EncryptedPackage", "EncryptionInfo"),
        "",
        ["Error:\nThis file is locked with a password. Save it without one and choose it again."],
    ),
}


def choose(page: Page, name: str, content: bytes) -> None:
    sent: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    if not page.locator("details.file[open]").count():
        page.locator("details.file > summary").click()
    page.locator("#document").set_input_files(sent)
    with page.expect_navigation():
        page.locator("button[formaction*=file]").click()


def open_form(doors: Doors, portal: Portal, locale: Locale, *, scripts: bool) -> Page:
    page = doors.open(width=390, height=844, locale=locale.tag, java_script_enabled=scripts)
    Writer(page, portal, locale).open(Stage.STORY)
    return page


BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
EVERY = pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)


@pytest.mark.one_case("locale")
@BOTH
@EVERY
def test_a_refused_file_is_an_error_of_the_form(
    doors: Doors, portal: Portal, locale: Locale, *, scripts: bool
) -> None:
    page, words = open_form(doors, portal, locale, scripts=scripts), Words(portal.app, locale)
    for name, content in REFUSED.items():
        choose(page, name, content)
        summary = page.locator(".error-summary")
        expect(summary).to_be_focused()
        fault = page.locator("#document-error p").inner_text().removeprefix(words("Error:")).strip()
        assert (
            page.title().startswith(words("Error:")),
            summary.locator("a").all_inner_texts(),
            summary.evaluate(_IN_SIGHT),
            page.locator("#document-read").count(),
        ) == (True, [fault], True, 0)
        summary.locator("a").click()
        assert page.locator("#document-error").evaluate(_IN_SIGHT)


@pytest.mark.one_case("kind", "locale")
@BOTH
@EVERY
@pytest.mark.parametrize("kind", FILES)
def test_a_read_file_is_told_where_the_person_is(
    doors: Doors, portal: Portal, kind: str, locale: Locale, *, scripts: bool
) -> None:
    page, words = open_form(doors, portal, locale, scripts=scripts), Words(portal.app, locale)
    choose(page, f"story.{kind}", FILES[kind]())
    notice = page.locator("#document-read")
    expect(notice).to_be_focused()
    said = notice.locator("p").all_inner_texts()[:2]
    assert (notice.evaluate(_IN_SIGHT), said, page.locator(".error-summary").count()) == (
        True,
        [words(READ), words(TITLED)],
        0,
    )
    title, story = (page.locator(f'[name="{name}"]').input_value() for name in ("title", "story"))
    assert (title == "", title in story, story.startswith("#")) == (False, False, False)


@pytest.mark.one_case("scripts", number=0)
@BOTH
def test_a_title_that_was_written_stays(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    page = open_form(doors, portal, LOCALES[0], scripts=scripts)
    page.locator('[name="title"]').fill("The cellar")
    choose(page, "story.docx", make_word())
    story = page.locator('[name="story"]').input_value()
    assert (page.locator('[name="title"]').input_value(), story.startswith("## ")) == ("The cellar", True)


@pytest.mark.one_case("journey")
@pytest.mark.parametrize("journey", JOURNEYS)
def test_files_that_people_have_are_read_or_named_rightly(doors: Doors, portal: Portal, journey: str) -> None:
    url, content, story, told = JOURNEYS[journey]
    locale = locale_by_url(url)
    assert locale is not None
    page = open_form(doors, portal, locale, scripts=True)
    choose(page, "story", content)
    said = page.locator("#document-read li, #document-error p").all_inner_texts()
    assert (page.locator('[name="story"]').input_value(), said) == (story, told)


def test_a_file_that_waits_for_a_choice_goes_with_the_choice_alone(doors: Doors, portal: Portal) -> None:
    unsure = "Мы жили в подвале двадцать дней."
    page = open_form(doors, portal, LOCALES[0], scripts=True)
    choose(page, "story.txt", unsure.encode("cp1251"))
    with page.expect_request("**/save") as saved:
        page.locator('[name="title"]').fill("The cellar")
    with page.expect_navigation():
        page.locator("button[name=document_reading]").first.click()
    story, sent = page.locator('[name="story"]').input_value(), saved.value.post_data_buffer or b""
    assert (story, b'name="title"' in sent, b'name="document_held"' in sent) == (unsure, True, False)
