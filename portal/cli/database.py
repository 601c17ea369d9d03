"""The schema of the database, brought to this release's state."""

import os
from contextlib import closing
from datetime import UTC, datetime

import click
from flask import Flask
from sqlalchemy import text

from portal.app import create_app
from portal.cli.belonging import (
    examine_belonging,
    keep_record,
    newest_schema,
    raise_findings,
    require_belonging,
)
from portal.cli.doctor.database import examine_before_upgrading
from portal.cli.doctor.findings import Kind
from portal.cli.doctor.settings import close_database
from portal.cli.open_files import seal_open_files
from portal.config import Settings
from portal.database import empty_log, snapshot, transaction
from portal.extensions import Portal, current_portal, db
from portal.operations.audit_guards import list_missing_guards, put_guards
from portal.operations.belonging import bind_installation, read_own_id, read_schema
from portal.operations.file_removal import list_missing_triggers, put_triggers
from portal.pg_repack import clear_remains


def open_portal(*, may_begin: bool = False) -> Flask:
    """Return the portal the settings name, its database brought up to date.

    ClickException, and nothing is made or changed, when folder and database do not belong together.
    """
    settings = Settings.from_env(os.environ)
    require_belonging(settings, may_begin=may_begin)
    app = create_app(settings)
    upgrade_database(app)
    return app


def migrate(app: Flask) -> None:
    """Run every migration the database has not seen; lost guards of log and files are put back.

    A database that lacks nothing is only read: commands come while others write. ClickException, and nothing
    is changed, when the key ring is not that of the database.
    """
    with app.app_context():
        with closing(db.engine.connect()) as connection:
            is_behind = read_schema(connection) != newest_schema()
        if is_behind:
            raise_findings(examine_before_upgrading(app))
            if db.engine.dialect.name == "postgresql":  # a table that pg_repack's refers to cannot be changed
                clear_remains(db.engine)
            from portal.cli import schema  # noqa: PLC0415  # Alembic, a tenth of what a start has to read

            schema.upgrade()
        with snapshot() as session:
            lacks = list_missing_guards(session) or list_missing_triggers(session)
        if lacks:
            with transaction() as session:
                put_guards(session)
                put_triggers(session)
        db.session.remove()
        if is_behind:
            empty_log(db.engine)


def upgrade_database(app: Flask) -> None:
    """Bring the database to this release's state, and have folder and database remember each other.

    One that is up to date stays as it is; one that others could read is closed to them. Files that lie in the
    open, as earlier releases left them, are sealed. The guard of portal.cli.belonging comes before this.
    """
    portal: Portal = app.extensions["portal"]
    for path in close_database(portal.instance.folder):
        click.echo(
            f"{path} could be read by other users of this machine. It is closed to them now.", err=True
        )
    migrate(app)
    with app.app_context():
        with snapshot() as session:
            is_bound = read_own_id(session)
        if not is_bound:
            with transaction() as session:
                bind_installation(session, current_portal().instance.instance_id, at=datetime.now(UTC))
        with snapshot() as session:
            keep_record(session)
    seal_open_files(app)


def read_through(app: Flask) -> None:
    """Read all tables of SQLite, so that damage shows now: an upgrade that changes nothing reads few."""
    with app.app_context(), snapshot() as session:
        if db.engine.dialect.name == "sqlite":
            session.execute(text("PRAGMA foreign_key_check")).all()


@click.command("upgrade")
@click.option("--anyway", is_flag=True, help="Go on with a database that is older than its folder.")
def upgrade(*, anyway: bool) -> None:
    """Bring the database to the state this release needs.

    A database that is older than its folder, such as an old copy put back, is refused: --anyway makes it the
    truth. Files that it does not know are then set aside for 30 days.
    """
    settings = Settings.from_env(os.environ)
    found = examine_belonging(settings, os.environ)
    raise_findings([one for one in found if not (anyway and one.kind is Kind.OLDER_DATABASE)])
    app = create_app(settings)
    try:
        upgrade_database(app)
        read_through(app)
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    click.echo("The database is up to date.")
