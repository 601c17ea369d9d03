"""How templates are read: without the spaces that set them out for us, that only weigh on the way."""

import re

from flask import Flask
from jinja2.ext import Extension

_INDENT = re.compile(r"\n[ \t]+")


class Unindented(Extension):
    """Reads pages without their indentation. What people wrote is no part of a template, and stays."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with each line beginning at its first letter; lines keep their numbers."""
        return _INDENT.sub("\n", source) if (name or "").endswith(".html") else source


def init_templates(app: Flask) -> None:
    """Have every page of the application read that way."""
    app.jinja_env.add_extension(Unindented)
