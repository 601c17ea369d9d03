"""The forms of a page with everything that can be typed or chosen in them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Control:
    """One control of a form as the page has it."""

    name: str
    kind: str
    value: str = ""
    chosen: bool = False


@dataclass
class Sheet:
    """One form as a page has it."""

    action: str
    controls: list[Control] = field(default_factory=list)


class _Sheets(HTMLParser):
    """Collects the forms that are posted, with everything that can be chosen in them."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[Sheet] = []
        self._open: Sheet | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Sheet(given.get("action", ""))
            self.sheets += [self._open] if given.get("method") == "post" else []
        if self._open is None:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._open.controls.append(Control(self._select, "option", value, "selected" in given))
        elif tag == "textarea":
            self._open.controls.append(Control(name, "textarea"))
        elif tag in ("input", "button") and name:
            kind = given.get("type", "text") if tag == "input" else "button"
            self._open.controls.append(Control(name, kind, value, "checked" in given))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""


def read_sheets(page: str) -> list[Sheet]:
    """Return the forms of a page that are posted."""
    reader = _Sheets()
    reader.feed(page)
    return reader.sheets
