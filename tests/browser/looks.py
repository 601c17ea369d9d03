"""A screen that shows pages as they were sent, and says what is wrong with them in a width and a scheme."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from portal.domain.languages import UKRAINIAN

NARROW, WIDE = 320, 1280
HEIGHTS = {NARROW: 256, WIDE: 1024}
"""A window of 1280 by 1024 at 400 % is 320 by 256 (WCAG 2.2, 1.4.10)."""
UNROLLED = 8000
"""Height at which nothing of a wide page scrolls in a pane of its own: axe judges what it sees."""


class Look(NamedTuple):
    """How a page is looked at."""

    width: int
    scheme: Literal["light", "dark"]


LOOKS = (Look(NARROW, "light"), Look(WIDE, "dark"), Look(NARROW, "dark"), Look(WIDE, "light"))
"""In pairs of opposites."""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK_RULES = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""What may be well in one look and wrong in another: the other rules read structure and words."""
SCROLLED = "partially obscured by another element"
REVIEWED: Sequence[tuple[str, str, str, str]] = (
    (
        "color-contrast",
        ".notice-sign",
        "non-text",
        "a sign of one character; hidden words beside it say the same",
    ),
    *(
        (
            "color-contrast",
            named,
            "image node",
            "pale letters on three dark grounds, 4.8 or more where a tenth of white lies over them",
        )
        for named in (".tile", ".ground-", "b[lang=")
    ),
    (
        "color-contrast",
        "aria-keyshortcuts",
        "partially overlaps other elements",
        "an act in the bar that lies over a text on a narrow screen, with a ground of its own",
    ),
    ("color-contrast", ".number", "too short", "a count of one digit, in the colours of the longer ones"),
    ("color-contrast", "kbd", "too short", "a key of one letter, in the colours of the longer ones"),
    (
        "color-contrast",
        'summary[aria-keyshortcuts="?"]',
        "is overlapped by another element",
        "the list of keys, which is on top where it stands",
    ),
    (
        "color-contrast",
        ".queue-row",
        "partially overlaps other elements",
        "what lies over the list has a ground",
    ),
    ("color-contrast", "td", SCROLLED, "cells of a table that scrolls in its own box on a narrow screen"),
    ("color-contrast", "th", SCROLLED, "cells of a table that scrolls in its own box on a narrow screen"),
    ("color-contrast", "code", SCROLLED, "an error of a mail server, in such a cell"),
)
"""What axe cannot decide and we looked at: rule, part of selector, part of message, why it is sound."""

_AXE = """async ([rules, onlyNew]) => {
  const unrolled = new CSSStyleSheet();
  unrolled.replaceSync(`
    .panes > .views, .queue-choices { overflow: visible; }
    .panes .views ul, .queue-filters > .queue-choices { flex-wrap: wrap; }
    .queue-more[open] { grid-area: auto / 1 / auto / -1; }
    .queue-more-choices { position: static; }`);
  document.adoptedStyleSheets.push(unrolled);
  const where = onlyNew ? { include: window.newShapes } : document;
  const found = await axe.run(where, { runOnly: rules, resultTypes: ["violations", "incomplete"] });
  document.adoptedStyleSheets.pop();
  return [found.violations, found.incomplete].map(of => of.flatMap(
    ({ id, nodes }) => nodes.map(
      node => [id, node.target.join(" "), node.any.map(one => one.message).join(" ")])));
}"""
"""What scrolls in a bar or lies over the list is unrolled meanwhile: axe does not decide what is hidden."""
_SHOW = """async html => {
  const sent = new DOMParser().parseFromString(html, "text/html");
  document.replaceChild(document.adoptNode(sent.documentElement), document.documentElement);
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")];
  await Promise.all(sheets.map(link => link.sheet || new Promise(done => { link.onload = done; })));
}"""
_SPACE = """() => {
  const sheet = document.createElement("style");
  sheet.textContent = `* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`;
  document.head.append(sheet);
  document.querySelectorAll("details").forEach(one => { one.open = true; });
}"""
"""WCAG 2.2, 1.4.12, with every fold open."""
_SHAPES = """look => {
  window.judgedShapes ??= {};
  const judged = window.judgedShapes[look] ??= new Set();
  window.newShapes = [];
  const note = (one, above, isInside) => {
    const names = [...one.attributes].map(({ name }) => name);
    const marks = names.filter(name => /^(aria-|open|disabled|type)/.test(name));
    const shape = `${above} ${[one.localName, ...one.classList, ...marks].join(".")}`;
    const isNew = !judged.has(shape);
    judged.add(shape);
    if (isNew && !isInside) window.newShapes.push(one);
    for (const child of one.children) note(child, shape, isInside || isNew);
  };
  note(document.body, document.documentElement.dir, false);
  return window.newShapes.length > 0;
}"""
"""A shape is where an element stands and what a stylesheet knows of it; the first of a new one is noted."""
_CUT = """() => {
  const seen = one => one.checkVisibility() && !one.closest(".unseen, select, option");
  const cut = one => {
    const { overflowX, overflowY, textOverflow } = getComputedStyle(one);
    // A line of a list, or a link, that ends in … says so, and what it leads to has all of it.
    const link = one.closest("a") ?? one.closest("li")?.querySelector("a");
    if (textOverflow === "ellipsis" && link) return false;
    return /hidden|clip/.test(overflowX) && one.scrollWidth > one.clientWidth + 1
      || /hidden|clip/.test(overflowY) && one.scrollHeight > one.clientHeight + 1;
  };
  const name = one => [one.localName, ...one.classList].join(".") + (one.id && "#" + one.id);
  const isBoxed = one =>
    one && (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX) || isBoxed(one.parentElement));
  const touches = one => {
    const text = [...one.childNodes].find(({ nodeType, data }) => nodeType === 3 && data.trim());
    if (!text) return false;
    const range = document.createRange();
    range.selectNodeContents(text);
    const { left, right, width } = range.getBoundingClientRect();
    return width > 1 && (left < 4 || right > innerWidth - 4) && !isBoxed(one);
  };
  const { scrollWidth, scrollHeight } = document.scrollingElement;
  const wide = scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1
      || one.getBoundingClientRect().left < -1).slice(0, 3).map(one => "wider than the screen: " + name(one));
  return [...wide, ...(scrollWidth > innerWidth && !wide.length ? ["wider than the screen"] : []),
    ...[...document.querySelectorAll("main *")].filter(one => one.textContent && seen(one) && cut(one))
      .map(one => "cut off: " + name(one)),
    ...[...document.querySelectorAll("main *")].filter(one => one.textContent && seen(one) && touches(one))
      .slice(0, 3).map(one => "at the edge of the screen: " + name(one))];
}"""

_CYRILLIC = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэъё"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةىپچژکگ"[: len(_CYRILLIC)]
_MIRROR = str.maketrans(_CYRILLIC + _CYRILLIC.upper(), _ARABIC * 2)


def turn_around(html: str) -> str:
    """Return a Ukrainian page as one of a language from right to left: letters, direction, name."""
    ours = f'lang="{UKRAINIAN.tag}"'
    turned = html.translate(_MIRROR).replace(f'{ours} dir="ltr"', 'lang="ar" dir="rtl"')
    return turned.replace(ours, 'lang="ar"')


@dataclass
class Screen:
    """A browser page whose document is exchanged: the check is read in once, not for every page.

    Scripts of the pages do not run here; the page must have been opened without its content policy.
    """

    page: Page
    look: Look = LOOKS[0]

    @classmethod
    def set_up(cls, page: Page, address: str) -> "Screen":
        """Return the screen, with `address` open so that stylesheets are found."""
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        screen = cls(page)
        screen.choose(LOOKS[0])
        return screen

    def choose(self, look: Look) -> None:
        self.look = look
        self.page.emulate_media(color_scheme=look.scheme)
        self._resize(look.width)

    def _resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    def show(self, html: str) -> None:
        self.page.evaluate(_SHOW, html)

    def find_faults(self, html: str, rules: Sequence[str]) -> Iterator[str]:
        """Yield what these rules of axe say of a page in this look, and what does not fit.

        Those about looks judge only what has a shape that they have not judged in this look.
        """
        self.show(html)
        has_new = bool(rules) and self._meets_new_shapes()
        only_new = rules is LOOK_RULES
        if has_new or (rules and not only_new):
            if self.look.width == WIDE and self.page.locator("main.panes").count():
                self.page.set_viewport_size({"width": WIDE, "height": UNROLLED})
            yield from (f"{self._name()}: {fault}" for fault in run_axe(self.page, rules, only_new=only_new))
            self._resize(self.look.width)
        if self.look.width == WIDE:
            yield from (f"{self._name()}: {fault}" for fault in find_cuts(self.page))
            self._resize(NARROW)
        yield from find_narrow_faults(self.page)
        if self.look.width == WIDE:
            self._resize(WIDE)

    def _meets_new_shapes(self) -> bool:
        """Say whether anything on the page has a shape that was not judged in this look."""
        return bool(self.page.evaluate(_SHAPES, self._name()))

    def _name(self) -> str:
        return f"{self.look.width} {self.look.scheme}"


def find_narrow_faults(page: Page) -> Iterator[str]:
    """Yield what does not fit a narrow screen: as it is, and unfolded with more space between letters."""
    yield from (f"narrow: {fault}" for fault in find_cuts(page))
    page.evaluate(_SPACE)
    yield from (f"spaced: {fault}" for fault in find_cuts(page))


def find_cuts(page: Page) -> list[str]:
    """Return what is wider than the screen, cut off by its own box, or at the edge of the screen."""
    found: list[str] = page.evaluate(_CUT)
    return found


def run_axe(page: Page, rules: Sequence[str] = TAGS, *, only_new: bool = False) -> Iterator[str]:
    """Yield what axe finds on the page that is open, and what it cannot decide and we have not looked at."""
    violations, undecided = page.evaluate(_AXE, [list(rules), only_new])
    yield from (f"{rule} at {where}" for rule, where, _ in violations)
    for rule, where, said in undecided:
        if not any(rule == one[0] and one[1] in where and one[2] in said for one in REVIEWED):
            yield f"{rule} undecided at {where}: {said}"
