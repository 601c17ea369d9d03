"""What translators are told of short messages: where they appear."""

from pathlib import Path

import pytest

from portal.i18n.template_uses import SHORT, TemplateUses


def describe(tmp_path: Path, line: str, message: str = "Closed") -> list[str]:
    (tmp_path / "page.html").write_text(f"<p>Before</p>\n{line}\n", encoding="utf-8")
    return list(TemplateUses(tmp_path).describe("page.html", message))


@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("<h1>{{ _('Closed') }}</h1>", "Heading of a page"),
        ("<h2 id=\"a\">{{ _('Closed') }}</h2>", "Heading of a part"),
        ("<th scope=\"col\">{{ _('Closed') }}</th>", "Head of a column"),
        ("<button type=\"submit\">{{ _('Closed') }}</button>", "Button"),
        ("{{ button(_('Closed')) }}", "Button"),
        ("{% if one %}{{ badge(_('Closed')) }}{% endif %}", "Mark beside a name or title"),
        ("<a href=\"/x\">{{ _('Closed') }}</a>", "Link"),
        ("{% block title %}{{ _('Closed') }}{% endblock %}", "Title of a page"),
        ("<nav aria-label=\"{{ _('Closed') }}\">", "Name read out for a part of the page"),
    ],
)
def test_a_short_message_is_told_with_its_place(tmp_path: Path, line: str, use: str) -> None:
    assert describe(tmp_path, line) == [use]


def test_each_place_is_told(tmp_path: Path) -> None:
    line = "<h1>{{ _('Closed') }}</h1> <a href=\"/\">{{ _('Closed') }}</a>"
    assert describe(tmp_path, line) == ["Heading of a page", "Link"]


def test_of_an_unclear_place_nothing_is_told(tmp_path: Path) -> None:
    assert describe(tmp_path, "<p>{{ _('Closed') }}</p>") == []


def test_a_long_message_says_enough_of_itself(tmp_path: Path) -> None:
    long = "x" * (SHORT + 1)
    assert describe(tmp_path, f"<h1>{{{{ _('{long}') }}}}</h1>", long) == []
