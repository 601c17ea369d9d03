"""What an operator must hear about whatever command is run."""

import click

from portal.extensions import db
from portal.queries.retention import read_stop


def say_alarms() -> None:
    """Say on the error stream that erasing by the clock waits for a person. Needs an application context."""
    since = read_stop(db.session())
    db.session.remove()
    if since is not None:
        click.echo(
            f"ATTENTION: since {since:%Y-%m-%d %H:%M} UTC nothing is erased by the clock, because the clock "
            "of this machine may be wrong. Check it, then run: portal erase-due",
            err=True,
        )
