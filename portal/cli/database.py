"""The schema of the database, brought to this release's state."""

import click
from flask import Flask
from flask_migrate import upgrade as run_migrations

from portal.app import create_app
from portal.database import migrations_folder, snapshot, transaction
from portal.operations.guarding import list_missing_guards, put_guards


def upgrade_database(app: Flask) -> None:
    """Run every migration the database has not seen; the audit log gets back a guard that it lost.

    A database that is up to date stays as it is.
    """
    with app.app_context():
        run_migrations(directory=str(migrations_folder()))
        with snapshot() as session:
            missing = list_missing_guards(session)
        if missing:
            with transaction() as session:
                put_guards(session)


@click.command("upgrade")
def upgrade() -> None:
    """Bring the database to the state this release needs."""
    upgrade_database(create_app())
    click.echo("The database is up to date.")
