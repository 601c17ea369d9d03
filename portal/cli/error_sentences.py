"""Errors that any command may meet, each told in one line instead of a trace."""

import os

import click
from sqlalchemy.exc import DatabaseError

from portal.cli.belonging import NO_DRIVER, word_damaged
from portal.config import DRIVER, BadSetting, Settings
from portal.database import is_damaged, sqlite_module
from portal.operations.search_fts5 import is_index_damaged


class WrongSetting(click.ClickException):
    """A setting that cannot be used: one line, exit code 2."""

    exit_code = 2


def find_sentence(error: Exception) -> click.ClickException | None:
    """Return what is said of a wrong setting, a missing driver or a damaged database; None of all else."""
    if isinstance(error, BadSetting):
        return WrongSetting(str(error))
    if isinstance(error, ModuleNotFoundError) and error.name == DRIVER:
        return click.ClickException(NO_DRIVER)
    if is_index_damaged(error):
        return click.ClickException("The index of the search is damaged. Run: portal search reindex")
    if isinstance(error, DatabaseError | sqlite_module().Error) and is_damaged(error):
        return click.ClickException(word_damaged(Settings.from_env(os.environ)).sentence)
    return None
