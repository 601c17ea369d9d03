"""How templates are read: without the spaces that only weigh on the way, and each text looked up at once."""

import re
from typing import Any

from babel import Locale
from flask import Flask
from flask_babel import get_locale, get_translations
from jinja2 import Environment
from jinja2.ext import Extension

from portal.resources import templates_folder

_INDENT = re.compile(r"\n[ \t]+")
_ENDINGS = (".html", ".txt")


class Unindented(Extension):
    """Reads pages without their indentation. What people wrote is no part of a template, and stays."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with each line beginning at its first letter; lines keep their numbers."""
        return _INDENT.sub("\n", source) if (name or "").endswith(".html") else source


def init_templates(app: Flask) -> None:
    """Have every page of the application read that way; register it after Flask-Babel."""
    app.jinja_env.add_extension(Unindented)
    _find_catalogues_once(app.jinja_env)


def _find_catalogues_once(pages: Environment) -> None:
    """Keep the catalogue of each language: Flask-Babel looks for it at every text."""
    known: dict[Locale, Any] = {}

    def catalogue() -> Any:
        locale = get_locale()
        if locale is None:
            return get_translations()
        if locale not in known:
            known[locale] = get_translations()
        return known[locale]

    pages.install_gettext_callables(  # type: ignore[attr-defined]  # a method jinja2.ext.i18n adds
        gettext=lambda text: catalogue().ugettext(text),
        ngettext=lambda one, many, number: catalogue().ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, text: catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, number: catalogue().unpgettext(context, one, many, number),
    )


def read_templates(app: Flask) -> None:
    """Read every template now, 1.2 s of work, so that no worker that is forked later makes a visitor wait."""
    folder = templates_folder()
    for ending in _ENDINGS:
        for path in folder.rglob(f"*{ending}"):
            app.jinja_env.get_template(path.relative_to(folder).as_posix())
