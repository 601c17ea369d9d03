"""An author answers the changes of an edited text with a thumb."""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response, expect
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.languages import ENGLISH, LOCALES, UKRAINIAN, Locale
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage, State
from portal.models import Draft, Staff
from portal.operations.coverages.drafts import save_draft, send_for_approval
from portal.operations.private.photos import describe_picture
from portal.story.picture_marks import make_photo_key
from tests.browser.conftest import Doors
from tests.browser.looks import LOOK_RULES, TAGS, find_cuts, run_axe
from tests.browser.people import Portal
from tests.support.contributor import Contributor
from tests.support.factories import make_sending
from tests.support.photos import keep_picture, make_picture

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

SCREEN = 844
MOST = {"document": 8 * 1024, "stylesheet": 8 * 1024, "script": 6 * 1024}
"""Bytes after gzip by what the browser asks for beside its photos."""
_STORIES = {
    "uk": (
        (
            "Світло зникло о шостій вечора, коли я різала хліб на кухні, і першу хвилину ми просто мовчали "
            "та слухали, як гуде тиша. Бабуся дістала свічку з тієї самої полиці, де ховала книжки. Потім ми "
            "пішли до вікна й рахували, скільки ще вікон світиться. Це був вечір номер {}."
        ),
        ("просто мовчали", "мовчали"),
    ),
    "zh-Hant-TW": (
        (
            "地震是凌晨五點多，天還沒亮。冰箱停了，整條街安靜得像有人按了暫停。我點了一支蠟燭，然後我把它拍了下來，"
            "然後傳給奧克薩娜看。她很快就回我了。這是第{}個晚上。"
        ),
        ("然後我把它拍了下來，然後", "拍下來"),
    ),
    "en": (
        (
            "The lights went out at six, and for a minute nobody in the stairwell said anything at all. My "
            "grandmother took the candle from the shelf where she hid her books. Then we counted the windows "
            "that were still lit. This was evening number {}."
        ),
        ("that were still lit", "still lit"),
    ),
}
"""A paragraph that is told again and again, and what an editor makes of some words in it."""
_SMALL = """() => [...document.querySelectorAll("main :is(a, button, summary, textarea, .choices label)")]
  .filter(one => one.checkVisibility() && !one.closest(".unseen, .sheet"))
  .filter(one => one.getBoundingClientRect().height < 44)
  .map(one => one.outerHTML.slice(0, 80))"""


@dataclass
class Asked:
    """An author who is asked about an edited text, and the page of it."""

    person: Contributor
    page: Page
    address: str

    def card(self, number: int) -> str:
        return f"{self.address}#c{number}"

    def count_screens(self) -> float:
        height: int = self.page.evaluate("document.documentElement.scrollHeight")
        return height / SCREEN

    def tap(self, number: int, answer: str) -> None:
        self.page.locator(f"#c{number} .choices .{answer}").click()


def write_story(lang: str, count: int) -> list[str]:
    return [_STORIES[lang][0].format(number) for number in range(1, count + 1)]


def ask(
    doors: Doors,
    portal: Portal,
    locale: Locale = UKRAINIAN,
    *,
    changed: int = 2,
    paragraphs: int = 18,
    scripts: bool = True,
    is_titled: bool = True,
    **more: object,
) -> Asked:
    """Have an editor change some paragraphs, title, dek and a caption, with reasons, and ask the author."""
    person = Contributor(portal.app, portal.app.test_client(), datetime.now(UTC))
    old, (was, made) = write_story(locale.tag, paragraphs), _STORIES[locale.tag][1]
    new = [
        one.replace(was, made) if number % 3 == 2 or changed > paragraphs // 3 else one
        for number, one in enumerate(old)
    ]
    new = [*new[: changed * 3], *old[changed * 3 :]] if changed <= paragraphs // 3 else new
    person.send(
        Stage.STORY, make_sending(Stage.STORY, lang=locale.tag, story="\n\n".join(old), title=old[0][:20])
    )
    person.decide(Act.ACCEPT)
    with portal.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).one()
        photo = keep_picture(session, draft.submission, at=person.at, content=make_picture(size=(640, 480)))
        said = PictureWords(old[0][:30], "О. К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)
        describe_picture(session, draft.submission, photo, said, at=person.at)
        key = make_photo_key(photo.public_id)
        titled = {
            "title": old[0][:40],
            "dek": old[1][:60],
            "photos": {"words": {key: {"caption": old[2][:50]}}},
        }
        for values in ({"body": "\n\n".join(new)}, titled if is_titled else {}):
            save_draft(
                session, draft, {**values, "change_reason": made}, by=by, at=person.at, seen=draft.version
            )
            session.flush()
        send_for_approval(session, draft, by=by, at=person.at, seen=draft.submission.version)
    page = doors.open(width=390, height=SCREEN, java_script_enabled=scripts, **more)
    page.goto(f"/{locale.url}/my")
    page.locator('[name="code"]').fill(person.code)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    page.goto(f"/{locale.url}/my/check")
    return Asked(person, page, f"/{locale.url}/my/check")


def test_five_changes_of_eight_hundred_words_fit_a_phone(doors: Doors, portal: Portal) -> None:
    """The page that showed text, comparison and list of paragraphs took 17.3 screens for such a story."""
    asked = ask(doors, portal)
    assert len(" ".join(write_story("uk", 18)).split()) > 800
    whole, cards = asked.count_screens(), []
    for number in range(1, 6):
        asked.page.goto(asked.card(number))
        cards.append(asked.count_screens())
    assert (whole < 7, max(cards) < 1.8) == (True, True), (whole, cards)
    expect(asked.page.locator("h1")).to_have_text("5 змін")


def test_it_is_light(doors: Doors, portal: Portal) -> None:
    asked = ask(doors, portal)
    page, answers = asked.page.context.new_page(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # methods take no attributes
    page.goto(asked.address)
    page.wait_for_load_state("networkidle")
    bytes_of: Counter[str] = Counter()
    files = [one for one in answers if one.request.resource_type in MOST]
    for one in files:
        bytes_of[one.request.resource_type] += len(gzip.compress(one.body(), 9))
    too_much = {kind: bytes_of[kind] for kind, most in MOST.items() if bytes_of[kind] > most}
    assert (too_much, len(files)) == ({}, 5)


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)
@pytest.mark.one_case("locale")
def test_one_tap_answers_each_change_and_one_button_agrees(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    asked = ask(doors, portal, locale)
    page = asked.page
    page.locator(".ways a").first.click()
    small = set(page.evaluate(_SMALL))
    for number in range(1, 6):
        asked.tap(number, "accept")
        small |= set(page.evaluate(_SMALL))
        page.locator(f"#c{number} .turn a").last.click()
    page.go_back()
    expect(page.locator("#c5 .accept input")).to_be_checked()
    expect(page.locator(".dots .yes")).to_have_count(5)
    page.go_forward()
    expect(page.locator("#tally span").first).to_have_text(page.locator("#c1 .accept").inner_text())
    button = page.locator("#answer")
    expect(button).to_have_text(button.get_attribute("data-agree") or "")
    with page.expect_navigation():
        button.click()
    assert (asked.person.state(), small) == (State.APPROVED, set())


def test_what_is_not_accepted_goes_to_the_editor(doors: Doors, portal: Portal) -> None:
    asked = ask(doors, portal, ENGLISH)
    page = asked.page
    page.goto(asked.card(3))
    remark = page.locator("#c3 textarea")
    expect(remark).to_be_hidden()
    asked.tap(3, "comment")
    remark.fill("Still lit, yes.")
    page.goto(asked.card(4))
    asked.tap(4, "restore")
    page.goto(f"{asked.address}#send")
    button = page.locator("#answer")
    expect(button).to_have_text("Send my answers")
    with page.expect_navigation():
        button.click()
    said = [(one["answer"], one.get("words", "")) for one in asked.person.check().answers["changes"]]
    assert (asked.person.state(), said) == (State.ACCEPTED, [("comment", "Still lit, yes."), ("restore", "")])


def test_an_answer_that_is_missing_is_named_where_it_is(doors: Doors, portal: Portal) -> None:
    asked = ask(doors, portal, ENGLISH)
    page = asked.page
    asked.tap(1, "accept")
    page.locator("#answer").click()
    expect(page.locator(".error-summary li")).to_have_count(4)
    page.locator(".error-summary a").first.click()
    expect(page.locator("#c2 input").first).to_be_focused()
    assert asked.person.state() is State.AUTHOR_CHECK


def test_without_scripts_it_is_one_form(doors: Doors, portal: Portal) -> None:
    asked = ask(doors, portal, scripts=False)
    page = asked.page
    for number, answer in ((1, "accept"), (2, "object")):
        page.goto(asked.card(number))
        expect(page.locator(".change:visible")).to_have_count(1)
        asked.tap(number, answer)
    page.locator("#c2 textarea").fill("Не той підзаголовок.")
    page.goto(asked.address + "#send")
    expect(page.locator(".change:visible")).to_have_count(5)
    expect(page.locator("#c1 .accept input")).to_be_checked()
    with page.expect_navigation():
        page.locator("#answer").click()
    assert "Не той підзаголовок." in asked.person.messages()[0]


def list_states(asked: Asked) -> Iterator[str]:
    """Show the page in each of its states, by name."""
    page = asked.page
    yield "list"
    page.locator("details summary").last.click()
    page.locator(".fold summary").first.click()
    asked.tap(1, "object")
    asked.tap(2, "accept")
    yield "answered, opened"
    page.locator("#answer").click()
    page.locator(".error-summary").wait_for()
    yield "refused"
    page.reload()
    page.goto(asked.card(3))
    yield "one change"


@pytest.mark.one_case("scheme", "rules", number=0)
@pytest.mark.parametrize(("scheme", "rules"), [("light", TAGS), ("dark", LOOK_RULES)])
def test_everybody_can_use_it_in_each_state(
    doors: Doors, portal: Portal, scheme: str, rules: list[str]
) -> None:
    asked = ask(doors, portal, bypass_csp=True, color_scheme=scheme)
    page = asked.page
    faults = []
    for state in list_states(asked):
        page.evaluate(AXE_SCRIPT)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": SCREEN})
            faults += [f"{state} {width}: {one}" for one in (*run_axe(page, rules), *find_cuts(page))]
    assert faults == []


@pytest.mark.parametrize(("changed", "cards", "shown"), [(0, 0, 0), (60, 60, 0)])
def test_nothing_and_very_much_to_answer(
    doors: Doors, portal: Portal, changed: int, cards: int, shown: int
) -> None:
    """Where there are many changes they stand behind their list; one at a time they are all there."""
    asked = ask(doors, portal, ENGLISH, changed=changed, paragraphs=60, is_titled=False)
    found = asked.page.locator(".change")
    assert (found.count(), asked.page.locator(".change:visible").count()) == (cards, shown)
    if cards:
        asked.page.goto(asked.card(cards))
        expect(asked.page.locator(".change:visible h2")).to_have_text("Paragraph 60")
    else:
        expect(asked.page.locator("#answer")).to_have_text("I agree to this text")
