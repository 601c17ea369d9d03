"""Migrations of the schema, run by Alembic: read by those alone whose database is behind.

Whoever writes a new one has the commands of Flask-Migrate: `flask --app portal.cli.schema db`.
"""

import flask_migrate
from flask import Flask, current_app

import portal.app
from portal.database import migrations_folder
from portal.extensions import db


def make_app() -> Flask:
    """Make the application with the commands of Flask-Migrate."""
    app = portal.app.create_app()
    flask_migrate.Migrate(app, db, directory=str(migrations_folder()))
    return app


def upgrade(revision: str = "head") -> None:
    """Bring the database of the current application up to a revision."""
    flask_migrate.upgrade(directory=_bind(), revision=revision)


def downgrade(revision: str) -> None:
    """Take the database of the current application back to a revision."""
    flask_migrate.downgrade(directory=_bind(), revision=revision)


def _bind() -> str:
    folder = str(migrations_folder())
    flask_migrate.Migrate(current_app, db, directory=folder)
    return folder
