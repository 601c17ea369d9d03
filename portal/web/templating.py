"""How templates are read: without the spaces that set them out for us, that only weigh on the way."""

import re

from flask import Flask
from jinja2.ext import Extension

from portal.resources import templates_folder

_INDENT = re.compile(r"\n[ \t]+")


class Unindented(Extension):
    """Reads pages without their indentation. What people wrote is no part of a template, and stays."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with each line beginning at its first letter; lines keep their numbers."""
        return _INDENT.sub("\n", source) if (name or "").endswith(".html") else source


def init_templates(app: Flask) -> None:
    """Have every page of the application read that way."""
    app.jinja_env.add_extension(Unindented)


def read_templates(app: Flask) -> None:
    """Read every template now, 1.2 s of work, so that no worker that is forked later makes a visitor wait."""
    folder = templates_folder()
    for path in folder.rglob("*.*"):
        app.jinja_env.get_template(path.relative_to(folder).as_posix())
