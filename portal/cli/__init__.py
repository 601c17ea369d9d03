"""The command line: `portal` and its commands, each of which is read when it is asked for."""

import gc
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import click


class LazyCommand(NamedTuple):
    """A command that is not read yet: where it stands, and the sentence the list of commands says of it."""

    place: str
    sentence: str


COMMANDS = {
    "audit": LazyCommand("portal.cli.audit:audit", "Check the log of everything that was done."),
    "backup": LazyCommand(
        "portal.cli.backup:backup",
        "Make a backup into a folder while the site runs; only new files are copied.",
    ),
    "doctor": LazyCommand(
        "portal.cli.doctor.command:doctor",
        "Look for what is unsafe or broken. Ends with an error when the portal must not run like this.",
    ),
    "erase-due": LazyCommand(
        "portal.cli.retention:erase_due_command",
        "Erase texts whose time is over. The worker does this once an hour.",
    ),
    "export": LazyCommand(
        "portal.cli.export:export", "Write approved stories to a file, or list what must come back."
    ),
    "i18n": LazyCommand("portal.cli.i18n:i18n", "Collect, check and compile the texts of the interface."),
    "keys": LazyCommand(
        "portal.cli.keys:keys",
        "Look after the keys that close answers, names, notes, unsent words, captions and files.",
    ),
    "move": LazyCommand(
        "portal.cli.move:move",
        "Bring the portal from SQLite to PostgreSQL, every row compared afterwards.",
    ),
    "proxy": LazyCommand(
        "portal.cli.proxy:proxy",
        "Print a ready-made file for nginx, Caddy or HAProxy in front of the portal.",
    ),
    "push": LazyCommand(
        "portal.cli.push:push", "Send approved stories to a newsroom's site as drafts, a line for each."
    ),
    "restore": LazyCommand(
        "portal.cli.restore:restore",
        "Make a portal from a backup, in a new folder, everything compared.",
    ),
    "sample": LazyCommand(
        "portal.cli.sample:sample",
        "Fill an empty desk with invented people and texts, to look around in.",
    ),
    "search": LazyCommand("portal.cli.search:search", "Look after the index of the desk's search."),
    "serve": LazyCommand(
        "portal.cli.serve:serve", "Make everything ready and run the site with its mail worker."
    ),
    "staff": LazyCommand(
        "portal.cli.staff:staff", "Invite members of staff, list them, renew or close their accounts."
    ),
    "upgrade": LazyCommand(
        "portal.cli.database:upgrade", "Bring the database to the state this release needs."
    ),
    "worker": LazyCommand(
        "portal.cli.worker:worker",
        "Send e-mails and stories that are due and clear away what is over, until stopped.",
    ),
}


class LazyGroup(click.Group):
    """A group that reads a command when it is run, as click's documentation has it: all take seconds.

    Its own help is written from the table. A wrong setting or a damaged database is answered with one line.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return sorted(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None without one of this name."""
        if cmd_name not in self.lazy:
            return None
        return _read_command(self.lazy[cmd_name].place)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.lazy[name].sentence) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what `portal.cli.error_sentences` has a sentence for ends with that."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from portal.cli.error_sentences import find_sentence  # noqa: PLC0415  # reads half of the portal

            sentence = find_sentence(error)
            if sentence is None:
                raise
            raise sentence from error


@cache
def _read_command(place: str) -> click.Command:
    """Read a command. Nearly all of it stays: to look through it for waste would be a sixth of the work."""
    module, _colon, name = place.partition(":")
    gc.disable()
    try:
        command: click.Command = getattr(import_module(module), name)
    finally:
        gc.freeze()
        gc.enable()
    return command


@click.group(cls=LazyGroup, lazy=COMMANDS)
@click.version_option(package_name="story-portal")
def portal() -> None:
    """Run and look after the story portal."""


def main() -> None:
    """Run the command line."""
    portal()
