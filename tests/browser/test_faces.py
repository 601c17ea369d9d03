"""Each language is set in its own faces, by its own rules: the same Han looks other in Taipei and Tokyo."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.domain.languages import STORY_LANGUAGES, UNDETERMINED
from tests.browser.conftest import Doors
from tests.browser.people import Portal

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

HAN = "骨直令關"
FACES = {
    "zh-Hant-TW": "Noto Sans CJK TC",
    "nan-TW": "Noto Sans CJK TC",
    "hak-TW": "Noto Sans CJK TC",
    "zh-Hans": "Noto Sans CJK SC",
    "yue": "Noto Sans CJK HK",
    "ja": "Noto Sans CJK JP",
    "ko": "Noto Sans CJK KR",
    # Names and texts of which nobody knows the language: those of Taiwan are the most.
    UNDETERMINED: "Noto Sans CJK TC",
    "uk": "Noto Sans CJK TC",
    "en": "Noto Sans CJK TC",
}
STRICT = {"leading": 1.75, "lineBreak": "strict", "letterSpacing": "normal", "fontStyle": "normal"}
OTHERS = {"leading": 1.55, "lineBreak": "auto", "letterSpacing": "normal", "fontStyle": "italic"}
_SHOW = """([tags, text]) => {
  const list = document.createElement("main");
  for (const tag of tags) {
    const line = document.createElement("p");
    const strong = document.createElement("em");
    line.lang = line.id = tag;
    line.textContent = text;
    strong.textContent = text;
    line.append(strong);
    list.append(line);
  }
  document.querySelector("main").replaceWith(list);
  list.getBoundingClientRect();  // lays the lines out: the browser names no font of a line it has not drawn
}"""
_RULES = """tag => {
  const line = document.getElementById(tag), style = getComputedStyle(line);
  const round = value => Math.round(value * 100) / 100;
  return {
    leading: round(parseFloat(style.lineHeight) / parseFloat(style.fontSize)),
    lineBreak: style.lineBreak,
    letterSpacing: style.letterSpacing === "0px" ? "normal" : style.letterSpacing,
    fontStyle: getComputedStyle(line.querySelector("em")).fontStyle,
  };
}"""


_ORPHANS = """() => {
  const alone = [];
  let many = 0;
  for (const block of document.querySelectorAll("main :is(p, li, dd, label, legend, .hint, h1, h2, h3)")) {
    if ([...block.children].some(one => getComputedStyle(one).display !== "inline")) continue;
    const lines = new Map(), walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      [...text.data].forEach((letter, at) => {
        const range = new Range();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        const { bottom, width } = range.getBoundingClientRect(), line = Math.round(bottom / 8);
        if (width && letter.trim()) lines.set(line, (lines.get(line) ?? "") + letter);
      });
    }
    if (lines.size < 2) continue;
    many += 1;
    const last = [...lines.values()].at(-1).replace(/[。，、！？：；）」]/g, "");
    if (last.length < 2) alone.push(block.textContent.trim());
  }
  return [many, alone];
}"""


@pytest.fixture
def page(doors: Doors, portal: Portal) -> Page:
    opened = doors.open(width=1280, height=900, locale="en")
    opened.goto(f"{portal.address}/en/help")
    opened.evaluate(_SHOW, [sorted({*FACES, *(one.tag for one in STORY_LANGUAGES)}), HAN])
    return opened


def find_faces(page: Page) -> Mapping[str, str]:
    """Return by language with which font the browser draws Han, as it reports itself."""
    tools: Any = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    found = {}
    for tag in FACES:
        node = tools.send("DOM.querySelector", {"nodeId": root, "selector": f"[id='{tag}']"})["nodeId"]
        fonts = tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        found[tag] = max(fonts, key=lambda font: float(font["glyphCount"]))["familyName"]
    return found


def test_han_is_drawn_as_readers_of_each_language_know_it(page: Page) -> None:
    assert find_faces(page) == FACES


def test_lines_of_each_language_are_set_by_its_rules(page: Page) -> None:
    apart = {"zh-Hant-TW", "nan-TW", "hak-TW", "zh-Hans", "yue", "ja", "ko"}
    rightwards = {"ar", "fa", "he", "ur"}
    found = {one.tag: page.evaluate(_RULES, one.tag) for one in STORY_LANGUAGES}
    expected = {
        tag: STRICT if tag in apart else OTHERS | ({"leading": 1.75} if tag in rightwards else {})
        for tag in found
    }
    assert found == expected


def test_korean_keeps_its_words_whole(page: Page) -> None:
    broken = {
        tag: page.evaluate("tag => getComputedStyle(document.getElementById(tag)).wordBreak", tag)
        for tag in FACES
    }
    assert {tag for tag, rule in broken.items() if rule == "keep-all"} == {"ko"}


def test_no_character_stands_alone_on_the_last_line(doors: Doors, portal: Portal) -> None:
    page = doors.open(width=390, height=844, locale="zh-TW")
    found = []
    for path in ("ukraine-taiwan/", "safety", "help", "ukraine-taiwan/pitch", "ukraine-taiwan/story"):
        page.goto(f"{portal.address}/zh-tw/{path}")
        found.append(page.evaluate(_ORPHANS))
    assert (sum(many for many, _ in found) > 100, [alone for _, alone in found]) == (True, [[]] * len(found))
