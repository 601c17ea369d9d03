"""How people work a page: with a pointer, or with the keys alone."""

from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_STOPS = 200
"""Presses of Tab after which a control counts as out of reach."""
PARTS_OF_DATE = 3
_START = """() => {
  const placed = [...document.querySelectorAll("[tabindex]")].filter(one => one.tabIndex > 0);
  return placed.map(one => `${one.localName} is reached out of order`);
}"""
_STOP = """target => {
  const one = document.activeElement;
  if (!one || one === document.body) return { reached: false, fault: "", ended: true };
  const name = [one.localName, ...one.classList].join(".") + (one.id && "#" + one.id);
  const marked = [null, "::after"].some(part => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one, part);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  });
  const [box] = one.getClientRects();
  const spots = box ? [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]] : [];
  const seen = spots.some(([across, down]) => {
    const hit = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down);
    return hit && (one.contains(hit) || [...(one.labels ?? [])].some(label => label.contains(hit)));
  });
  const follows = !window.lastStop?.isConnected || window.lastStop === one
    || window.lastStop.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  window.lastStop = one;
  const sameGroup = one.type === "radio" && target.type === "radio" && one.name === target.name;
  return {
    reached: one === target || sameGroup,
    fault: !marked ? `no sign of focus on ${name}` : !seen ? `${name} has focus and is covered`
      : !follows ? `${name} is reached out of order` : "",
    ended: false,
  };
}"""
_IS_FOCUSED = "target => document.activeElement === target"
_FORGET = "() => { window.lastStop = null; }"


class Hand(Protocol):
    """What somebody works a page with."""

    def fill(self, field: Locator, text: str) -> None:
        """Replace what stands in a field."""

    def choose(self, box: Locator) -> None:
        """Tick a box, or choose one of several answers."""

    def press(self, control: Locator) -> None:
        """Press a button, follow a link, open a fold."""


class Pointer:
    """A mouse or a finger."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.faults: set[str] = set()

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, box: Locator) -> None:
        box.check()

    def press(self, control: Locator) -> None:
        control.click()


class Counted(Pointer):
    """A pointer that counts: each field filled, box ticked and control pressed is an action."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.actions = 0

    def fill(self, field: Locator, text: str) -> None:
        self.actions += 1
        super().fill(field, text)

    def choose(self, box: Locator) -> None:
        self.actions += 1
        super().choose(box)

    def press(self, control: Locator) -> None:
        self.actions += 1
        super().press(control)


class Keys:
    """The keyboard alone. `faults` says where focus was not seen, was covered or went astray."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.faults: set[str] = set()

    def fill(self, field: Locator, text: str) -> None:
        self._reach(field)
        if field.get_attribute("type") == "date":
            self._type_date(field, *text.split("-"))
            return
        self._page.keyboard.press("ControlOrMeta+a")
        self._page.keyboard.insert_text(text)

    def _type_date(self, field: Locator, year: str, month: str, day: str) -> None:
        """Type a day in the order of the browser's own language, which pages do not learn."""
        for digits in (month + day + year, day + month + year, year + month + day):
            self._page.keyboard.type(digits)
            if field.input_value() == f"{year}-{month}-{day}":
                return
            for _ in range(PARTS_OF_DATE):
                self._page.keyboard.press("ArrowLeft")
        raise AssertionError(f"no order of digits gives {year}-{month}-{day}")

    def choose(self, box: Locator) -> None:
        self._reach(box)
        for _ in range(MOST_STOPS):
            if box.evaluate(_IS_FOCUSED):
                break
            self._page.keyboard.press("ArrowDown")
        if not box.is_checked():
            self._page.keyboard.press("Space")

    def press(self, control: Locator) -> None:
        self._reach(control)
        is_button = control.evaluate("one => one.localName === 'button'")
        self._page.keyboard.press("Space" if is_button else "Enter")

    def _reach(self, target: Locator) -> None:
        """Press Tab until the control has focus."""
        wanted = target.element_handle()
        self.faults |= set(self._page.evaluate(_START))
        if target.evaluate(_IS_FOCUSED):
            return
        for _ in range(MOST_STOPS):
            self._page.keyboard.press("Tab")
            stop = self._page.evaluate(_STOP, wanted)
            if stop["ended"]:
                self._page.evaluate(_FORGET)
            if stop["fault"]:
                self.faults.add(stop["fault"])
            if stop["reached"]:
                return
        raise AssertionError(f"Tab does not reach {target}")
