"""The command line: `portal` and its commands."""

import os
from typing import Any

import click
from sqlalchemy.exc import DatabaseError

from portal.cli.audit import audit as audit_group
from portal.cli.backup import backup as backup_command
from portal.cli.belonging import word_damaged
from portal.cli.database import upgrade
from portal.cli.doctor.command import doctor as doctor_command
from portal.cli.export import export as export_command
from portal.cli.i18n import i18n as i18n_group
from portal.cli.keys import keys as keys_group
from portal.cli.move import move as move_command
from portal.cli.proxy import proxy as proxy_command
from portal.cli.restore import restore as restore_command
from portal.cli.retention import erase_due_command
from portal.cli.sample import sample as sample_command
from portal.cli.serve import serve as serve_command
from portal.cli.staff import staff as staff_group
from portal.cli.worker import worker as worker_command
from portal.config import BadSetting, Settings
from portal.database import is_damaged, sqlite_module


class WrongSetting(click.ClickException):
    """A setting that cannot be used: one line, exit code 2."""

    exit_code = 2


class PortalGroup(click.Group):
    """Answers a wrong setting or a damaged database with one line instead of a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; BadSetting becomes WrongSetting, and damage a sentence, whoever meets it."""
        try:
            return super().invoke(ctx)
        except BadSetting as error:
            raise WrongSetting(str(error)) from error
        except (DatabaseError, sqlite_module().Error) as error:
            if not is_damaged(error):
                raise
            raise click.ClickException(word_damaged(Settings.from_env(os.environ)).sentence) from error


@click.group(cls=PortalGroup)
@click.version_option(package_name="story-portal")
def portal() -> None:
    """Run and look after the story portal."""


for _command in (
    serve_command,
    proxy_command,
    worker_command,
    upgrade,
    sample_command,
    staff_group,
    doctor_command,
    erase_due_command,
    audit_group,
    export_command,
    i18n_group,
    keys_group,
    move_command,
    backup_command,
    restore_command,
):
    portal.add_command(_command)


def main() -> None:
    """Run the command line."""
    portal()
