"""Walking pages as a browser without scripts does: read a form, fill it in, send it, hidden fields too."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from flask import Flask, template_rendered
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class _Forms(HTMLParser):
    """Collects every form of a page with the values a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._textarea = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            kinds: dict[str, Any] = {"names": set(), "hidden": set(), "areas": set()}
            self.forms.append({"action": given.get("action") or "", "values": {}, **kinds})
        if not self.forms:
            return
        form = self.forms[-1]
        if tag in ("input", "textarea", "select", "button") and name:
            form["names"].add(name)
        if tag == "textarea":
            self._textarea = name
            form["areas"].add(name)
            form["values"].setdefault(name, "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in given or self._select not in form["values"]):
            form["values"][self._select] = given.get("value") or ""
        if tag == "input" and name:
            self._input(form, name, given)

    @staticmethod
    def _input(form: dict[str, Any], name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type") or "text"
        if kind == "hidden":
            form["hidden"].add(name)
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        if kind == "checkbox" and name in form["values"]:
            earlier = form["values"][name]
            form["values"][name] = [
                *(earlier if isinstance(earlier, list) else [earlier]),
                given.get("value") or "on",
            ]
            return
        if kind != "submit":
            form["values"][name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self.forms:
            values = self.forms[-1]["values"]
            # A browser drops one line break right after the opening tag.
            values[self._textarea] += (
                data if values[self._textarea] else data.removeprefix("\r").removeprefix("\n")
            )

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""
        if tag == "select":
            self._select = ""


def read_forms(page: str) -> list[dict[str, Any]]:
    """Return the forms of a page: action, values, names, and which of these are hidden or long texts."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


def find_form(page: str, *, action: str = "", field: str = "") -> dict[str, Any]:
    """Return the first form whose action ends so, or that has the field."""
    for form in read_forms(page):
        ends = not action or form["action"].split("?")[0].endswith(action)
        if ends and (not field or field in form["names"]):
            return form
    raise AssertionError(f"no form with action {action!r} or field {field!r}")


def send_form(
    client: FlaskClient,
    address: str,
    values: Mapping[str, Any],
    *,
    action: str = "",
    field: str = "",
    follow: bool = True,
) -> TestResponse:
    """Open a page, fill in its form and send it; the form's own hidden values go along."""
    opened = client.get(address)
    assert opened.status_code == 200, (address, opened.status_code)
    form = find_form(opened.text, action=action, field=field or next(iter(values), "csrf_token"))
    return client.post(form["action"] or address, data={**form["values"], **values}, follow_redirects=follow)


@contextmanager
def watch_rendering(app: Flask) -> Iterator[list[str]]:
    """Note the name of every template that is rendered meanwhile."""
    rendered: list[str] = []

    def note(_app: Flask, template: Any, **_more: Any) -> None:
        rendered.append(template.name)

    template_rendered.connect(note, app)
    try:
        yield rendered
    finally:
        template_rendered.disconnect(note, app)
