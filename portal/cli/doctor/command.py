"""The doctor's command: what must not stay as it is in an installation, and what could be better."""

import os
from datetime import UTC, datetime

import click

from portal.app import create_app
from portal.cli.belonging import examine_belonging
from portal.cli.doctor.backups import examine_backups
from portal.cli.doctor.database import examine_database, examine_mail_server
from portal.cli.doctor.files import examine_files_kept
from portal.cli.doctor.findings import Finding, Kind, Weight
from portal.cli.doctor.fonts import examine_fonts
from portal.cli.doctor.settings import examine_before_start
from portal.cli.run_costs import describe_costs
from portal.config import Settings
from portal.export.formats import Formats, installed_formats


@click.command("doctor")
def doctor() -> None:
    """Look for what is unsafe or broken. Ends with an error when the portal must not run like this.

    Says, too, what the last export, erasing, rotation of keys, backup, move and rewriting have cost.
    """
    settings = Settings.from_env(os.environ)
    found = examine_before_start(settings, os.environ)
    if not list_start_refusals(found):
        found += examine_inside(settings)
    for one in found:
        click.echo(f"{one.weight}: {one.sentence}")
    for line in describe_costs(settings.instance):
        click.echo(line)
    if any(one.weight is not Weight.WARN for one in found):
        raise click.exceptions.Exit(1)
    if not found:
        click.echo("Everything is in order.")


def examine_inside(settings: Settings) -> list[Finding]:
    """Return what is wrong with database and mail, as far as they may be opened at all."""
    belonging = examine_belonging(settings, os.environ, may_begin=False)
    if belonging:
        return belonging
    app = create_app(settings)
    return [
        *examine_database(app),
        *examine_files_kept(app),
        *examine_mail_server(settings),
        *examine_backups(settings, at=datetime.now(UTC)),
        *examine_formats(installed_formats()),
        *examine_fonts(),
    ]


def examine_formats(formats: Formats) -> list[Finding]:
    """Return what packages declare as a format of export and that cannot be used."""
    return [
        Finding(
            Kind.BROKEN_FORMAT,
            f"The export format {one.name} of the package {one.package} cannot be used: {one.fault}. "
            "Update the package or remove it.",
        )
        for one in formats.broken
    ]


def list_start_refusals(found: list[Finding]) -> list[Finding]:
    """Return what must keep the portal from running."""
    return [one for one in found if one.weight is Weight.REFUSE]
