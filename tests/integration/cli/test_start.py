"""What a command reads before it answers: counted by modules, for seconds differ from machine to machine."""

import os
import subprocess
import sys

import pytest
from flask import Flask

from portal.extensions import current_portal

HEAVY = {"PIL", "alembic", "cryptography", "flask", "gunicorn", "portal.app", "portal.config", "sqlalchemy"}
RARE = {"alembic", "flask_migrate", "mammoth", "pi_heif", "psycopg", "pypdfium2", "simplemma", "zxcvbn"}
"""Needed for files, words, passwords, a schema that is behind and the other database: not by a page."""

_RUN = """
import sys
from portal.cli import portal
portal(sys.argv[1:], standalone_mode=False)
print(*sys.modules)
"""
_FIRST_PAGE = """
import os, sys, click
from portal.cli import portal
portal.get_command(click.Context(portal), "serve")
from portal.app import create_app
from portal.config import Settings
page = create_app(Settings.from_env(os.environ)).test_client().get("/en/")
print(page.status_code, *sys.modules)
"""


def run(script: str, *words: str, **environ: str) -> list[str]:
    """Run a script in an interpreter of its own; return the words of the last line it prints."""
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "PYTHONPATH": path, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_a_question_to_the_command_line_reads_nothing_of_the_portal(option: str) -> None:
    assert HEAVY & set(run(_RUN, option)) == set()


def test_a_site_reads_nothing_rare_before_its_first_page(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        settings = current_portal().settings
    environ = {"PORTAL_INSTANCE": str(settings.instance), "PORTAL_BASE_URL": settings.base_url}
    status, *modules = run(_FIRST_PAGE, **environ)
    assert (status, RARE & set(modules)) == ("200", set())
