"""How templates are read: tags leave no empty lines, and all are read before the first visitor."""

from flask import Flask

from portal.resources import templates_folder

_ENDINGS = (".html", ".txt")


def init_templates(app: Flask) -> None:
    """Have a tag leave neither its indentation nor its line; `+%}` keeps a line's end between words."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def read_templates(app: Flask) -> None:
    """Read every template now, 1.2 s of work, so that no worker that is forked later makes a visitor wait."""
    folder = templates_folder()
    for ending in _ENDINGS:
        for path in folder.rglob(f"*{ending}"):
            app.jinja_env.get_template(path.relative_to(folder).as_posix())
