"""The commands of the portal, as an operator runs them."""

from click.testing import CliRunner, Result
from flask import Flask

from portal.cli import portal
from portal.extensions import current_portal


def run_command(app: Flask, *command: str) -> Result:
    """Run a command on the portal of this application, found by its settings."""
    with app.app_context():
        settings = current_portal().settings
    environ = {
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_BASE_URL": settings.base_url,
    }
    return CliRunner(env=environ).invoke(portal, list(command))
