"""Alarms an operator must read whatever command is run."""

import click

from portal.cli.doctor.files import word_clearing_stop
from portal.extensions import db
from portal.queries.retention import read_clearing_stop, read_stop


def print_alarms() -> None:
    """Say on the error stream what waits for a person: erasing, clearing. Needs an application context."""
    since, clearing = read_stop(db.session()), read_clearing_stop(db.session())
    db.session.remove()
    if since is not None:
        click.echo(
            f"ATTENTION: since {since:%Y-%m-%d %H:%M} UTC nothing is erased by the clock, because the clock "
            "of this machine may be wrong. Check it, then run: portal erase-due",
            err=True,
        )
    if clearing is not None:
        click.echo(f"ATTENTION: {word_clearing_stop(clearing)}", err=True)
