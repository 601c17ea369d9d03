"""Templates, and how they are read: tags leave no empty lines, and all are read before the first visitor."""

from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from portal.forms.base import list_hidden
from portal.resources import templates_folder
from portal.web.site.english_gaps import EnglishText, between_marks, drop_json_marks
from portal.web.site.locale import Catalogues, NamingTemplate

_ENDINGS = (".html", ".txt")
_FOLDER_MODE = 0o700


class PageEnvironment(Environment):
    """Flask's environment, whose templates share one set of globals: none of ours has globals of its own.

    Jinja would lay an empty one over them for each template, and compare name by name at every import.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template."""
        return super().make_globals(d) if d else self.globals


def init_templates(app: Flask, texts: Catalogues) -> None:
    """Have a tag leave neither its indentation nor its line; `+%}` keeps a line's end between words."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["hidden"] = list_hidden
    # Letters as they are: an escaped one takes six times the bytes. What could end a script stays escaped.
    app.jinja_env.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    write_json = app.jinja_env.policies["json.dumps_function"]
    app.jinja_env.policies["json.dumps_function"] = lambda value, **more: drop_json_marks(
        write_json(value, **more)
    )
    # Those of Flask-Babel look for the catalogues themselves at every text.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension for texts
        lambda text: _mark(texts.get_translations().ugettext(text)),
        lambda one, many, number: _mark(texts.get_translations().ungettext(one, many, number)),
        newstyle=True,
    )
    # Jinja's own `_` looks `gettext` up and calls it at every text of a page.
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]
    app.jinja_env.template_class = NamingTemplate


def _mark(text: str) -> str:
    """Return a text of a template, HTML as it stands, between marks where it is a gap."""
    return between_marks(text) if isinstance(text, EnglishText) else text


def read_templates(app: Flask, kept: Path) -> None:
    """Read every template now, so that no worker that is forked later makes a visitor wait.

    That is a second of work. What they became stays in the folder `kept`: the next start takes it from there
    where the template is still the same.
    """
    kept.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    app.jinja_env.bytecode_cache = KeptTemplates(str(kept))
    folder = templates_folder()
    for ending in _ENDINGS:
        for path in folder.rglob(f"*{ending}"):
            app.jinja_env.get_template(path.relative_to(folder).as_posix())


class KeptTemplates(FileSystemBytecodeCache):
    """Jinja's own cache in files; without room for it a start takes longer, and that is all."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template became."""
        with suppress(OSError):
            super().dump_bytecode(bucket)
