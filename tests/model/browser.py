"""A browser of the walk: it keeps cookies and open tabs, and sends forms as they are printed."""

import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.plain_browser import find_form

SCRIPT = {"Accept": "application/json"}
_SAVE = re.compile(r'data-save="([^"]+)"')
_SWITCH = re.compile(r'formaction="(/(?:en|uk)/[^"]+)"')
MY = "/en/my"
_COOKIE = "portal"


@dataclass(eq=False)
class Tab:
    """A form of a contributor that stands open: where it goes, and what stands in it now."""

    address: str
    action: str
    save_url: str
    values: dict[str, Any]
    names: frozenset[str] = frozenset()
    """The fields the form has, ticked or not."""
    switches: tuple[str, ...] = ()
    """Where its buttons for other languages lead."""
    about: str = ""
    """The name of the text that was kept of it, if any was."""

    @property
    def form_key(self) -> str:
        """Return the key the form was printed with."""
        return str(self.values["form_key"])

    def stands_in(self, other: "Tab") -> bool:
        """Say whether the other one knows all that this one has saved: both go on with the same version."""
        writing = self.values.get("writing")
        is_same = bool(writing) and writing == other.values.get("writing")
        return is_same and self.sequence <= other.sequence

    @property
    def sequence(self) -> int:
        """Return how often its version had been saved when it was shown or saved last."""
        return int(self.values.get("sequence") or 0)

    @property
    def is_story(self) -> bool:
        """Say whether the form asks for a story."""
        return "story" in self.names

    @property
    def is_new(self) -> bool:
        """Say whether this is one of the two public forms."""
        return "/my/" not in self.action

    def type(self, words: dict[str, str]) -> None:
        """Write into fields the form has; an empty word empties one."""
        self.values.update({name: one for name, one in words.items() if name in self.names})


@dataclass(eq=False)
class Browser:
    """One browser. `page_of` names the text whose private page is open in it."""

    name: str
    client: FlaskClient
    tabs: list[Tab] = field(default_factory=list)
    sent: list[Tab] = field(default_factory=list)
    """Forms that were sent from here, as they were: Back leads to them."""
    page_of: str = ""

    def move_to(self, app: Flask) -> None:
        """Go on with another server of the same portal: the cookies stay."""
        cookie = self.client.get_cookie(_COOKIE)
        self.client = app.test_client()
        if cookie is not None:
            self.client.set_cookie(_COOKIE, cookie.value)

    def open_tab(self, address: str) -> Tab | None:
        """Open a page with the form of a text; None where it leads elsewhere."""
        answer = self.client.get(address)
        if answer.status_code != 200:
            return None
        return self.read_tab(address, answer)

    def read_tab(self, address: str, answer: TestResponse) -> Tab:
        """Return the form on a page as a new tab."""
        form = find_form(answer.text, field="form_key")
        save_url = _SAVE.search(answer.text)
        assert save_url is not None, address
        values = {
            name: value.strip() if isinstance(value, str) else value for name, value in form["values"].items()
        }
        switches = tuple(_SWITCH.findall(answer.text))
        tab = Tab(address, form["action"], save_url[1], values, frozenset(form["names"]), switches)
        self.tabs.append(tab)
        return tab

    def press(self, address: str, action: str, /, **typed: Any) -> TestResponse | None:
        """Open a page and send its form that leads to `action`; None when the page has no such form."""
        page = self.client.get(address, follow_redirects=True)
        try:
            form = find_form(page.text, action=action)
        except AssertionError:
            return None
        return self.client.post(form["action"] or address, data={**form["values"], **typed})
