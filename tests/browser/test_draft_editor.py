"""The editor of a draft in a browser: saved by key, kept in the background, sent with its acts."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.domain.permissions import Role
from portal.story.count import count_source
from tests.browser.conftest import Doors
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

WORDS = "Світло зникло. Це дописано."
PRESS = """code => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
    {key: "і", code, ctrlKey: true, bubbles: true, cancelable: true}))"""


def open_draft(doors: Doors, world: World, *, scripts: bool = True) -> Page:
    """Return a page with a draft open that is being edited."""
    page = doors.open_for(world, Role.EDITOR, java_script_enabled=scripts)
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    return page


def test_a_draft_is_saved_by_key_on_a_ukrainian_keyboard(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.locator('[name="title"]').fill("Нова назва")
    with page.expect_navigation():
        page.evaluate(PRESS, "KeyS")
    expect(page.locator("h1")).to_have_text("Нова назва")


def test_what_is_typed_is_kept_and_stands_there_again(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.locator('[name="body"]').fill(WORDS)
    expect(page.locator("#keep-state")).not_to_be_empty()
    page.goto("about:blank")
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    expect(page.locator('[name="body"]')).to_have_value(WORDS)
    page.locator('form[action$="/drop-unsaved"] button').click()
    expect(page.locator('[name="body"]')).not_to_have_value(WORDS)


def test_a_page_whose_token_does_not_hold_any_more_goes_on_keeping(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.evaluate("document.querySelector('#edited-text [name=csrf_token]').value = 'old'")
    page.locator('[name="body"]').fill(WORDS)
    expect(page.locator("#keep-state")).not_to_be_empty()
    page.goto("about:blank")
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    expect(page.locator('[name="body"]')).to_have_value(WORDS)
    page.locator('form[action$="/drop-unsaved"] button').click()


@pytest.mark.one_case("scripts", number=1)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_approval_takes_the_typed_text_along(world: World, doors: Doors, *, scripts: bool) -> None:
    page = open_draft(doors, world, scripts=scripts)
    page.locator('[name="body"]').fill(WORDS)
    page.locator('[name="title"]').fill("Назва разом")
    panel = page.locator("details.act").filter(has=page.locator('form[action$="/approval"]'))
    panel.locator("summary").click()
    panel.locator('[name="message"]').fill("Ось текст.")
    panel.get_by_role("button").click()
    expect(page.locator("h1")).to_have_text("Назва разом")
    expect(page.locator("article.story")).to_have_text(re.compile(WORDS))
    expect(page.locator('[name="body"]')).to_have_count(0)


def test_words_of_an_act_are_sent_by_key_with_the_text(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    page.locator('[name="title"]').fill("Назва за клавішею")
    page.locator("h1").click()
    page.keyboard.press("s")  # which skips a submission elsewhere
    expect(page.locator("details.act[open]")).to_have_count(0)
    page.keyboard.press("y")
    message = page.locator('details[open] [name="message"]')
    message.fill("Ось текст.")
    with page.expect_navigation():
        message.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Назва за клавішею")
    expect(page.locator('[name="body"]')).to_have_count(0)


def select_words(page: Page, words: str) -> None:
    """Select words in the text, as a double click or the keyboard does."""
    page.locator('[name="body"]').evaluate(
        """(area, words) => {
            const at = area.value.indexOf(words);
            area.focus();
            area.setSelectionRange(at, at + words.length);
        }""",
        words,
    )


def test_tools_write_marks_that_the_browser_takes_back(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    body, tool = page.locator('[name="body"]'), page.get_by_role("toolbar").locator
    body.fill("Коли гасне світло\n\nПерше слово.\n\nДруге.")
    select_words(page, "Коли")
    tool('[data-tool="heading"]').click()
    select_words(page, "слово")
    page.keyboard.press("Control+B")
    select_words(page, "Друге")
    tool('[data-tool="quote"]').click()
    marked = "## Коли гасне світло\n\nПерше **слово**.\n\n> Друге."
    expect(body).to_have_value(marked)
    tool('[data-tool="note"]').click()
    page.keyboard.type("Джерело.")
    noted = f"{marked.removesuffix('Друге.')}Друге.[^1]\n\n[^1]: Джерело."
    expect(body).to_have_value(noted)
    for _letter in "Джерело.!":  # the words, at once or one by one, and the footnote
        if body.input_value() != marked:
            tool('[data-tool="undo"]').click()
    tool('[data-tool="undo"]').click()
    expect(body).to_have_value(marked.replace("> ", ""))


@pytest.mark.parametrize(
    ("name", "chosen", "before", "after"),
    [
        ("strong", "слово", "Перше **слово**.", "Перше слово."),
        ("emphasis", "слово", "Перше слово.", "Перше *слово*."),
        ("emphasis", "слово", "Перше **слово**.", "Перше ***слово***."),
        ("link", "слово", "Перше слово.", "Перше [слово](https://)."),
        ("list", "Одне.\nДруге.", "Одне.\nДруге.", "- Одне.\n- Друге."),
        ("numbers", "Одне.\nДруге.", "Одне.\nДруге.", "1. Одне.\n2. Друге."),
        ("list", "- Одне.", "- Одне.", "Одне."),
        ("scene", "Одне.", "Одне.\n\nДруге.", "Одне.\n\n---\n\nДруге."),
        ("heading", "## 標題", "## 標題", "### 標題"),
        ("heading", "### 標題", "### 標題", "標題"),
    ],
)
def test_each_tool(  # a row of the table
    world: World, doors: Doors, name: str, chosen: str, before: str, after: str
) -> None:
    page = open_draft(doors, world)
    page.locator('[name="body"]').fill(before)
    select_words(page, chosen)
    page.locator(f'[data-tool="{name}"]').click()
    expect(page.locator('[name="body"]')).to_have_value(after)


_COUNTED = (
    "Перше слово.\n\n![](photo:0a1b2c3d)",
    "停電的那個晚上。",
    "我 beh 去 Tâi-pak 揣阿媽。",
    "Стре\u0301с і п’ять [листів](https://example.org/one), soft\u00adhyphen.",
    "コーヒー、서울, วันที่ 5, 〇々",
    "",
    "слово " * 191,
    "word " * 238,
)


def test_the_length_follows_the_text_in_words_and_in_characters(world: World, doors: Doors) -> None:
    page = open_draft(doors, world)
    said = []
    for text in _COUNTED:
        page.locator('[name="body"]').fill(text)
        line = page.locator("#draft-count")
        said.append([int(part) for part in re.findall(r"\d+", line.inner_text())])
    counts = [count_source(text) for text in _COUNTED]
    expected = [
        [count.words] * (count.words > 0 or not count.characters)
        + [count.characters] * (count.characters > 0)
        + [count.minutes]
        for count in counts
    ]
    assert (said[:2], said) == ([[2, 1], [7, 1]], expected)


@pytest.mark.one_case("scripts", number=0)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_version_is_brought_back_and_a_comment_written(
    world: World, doors: Doors, *, scripts: bool
) -> None:
    page = open_draft(doors, world, scripts=scripts)
    body = page.locator('[name="body"]')
    before = body.input_value()
    body.fill(WORDS)
    if scripts:
        with page.expect_navigation():
            page.keyboard.press("Control+S")
    else:
        page.locator(".draft-acts .save").click()
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}/revisions")
    page.locator('form[action$="/bring-back"] button').first.click()
    expect(body).to_have_value(before)
    page.locator('[name="title"]').fill("Недописана назва")
    page.locator(".talk-new > summary").click()
    page.locator('[name="comment"]').fill(f"Чи це {scripts}?")
    page.locator('.talk-new button[type="submit"]').click()
    expect(page.locator(".talk").filter(has_text=f"Чи це {scripts}?")).to_have_count(1)
    expect(page.locator('[name="title"]')).to_have_value("Недописана назва")
