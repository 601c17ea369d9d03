"""The extensions, unbound, and the two values every room of the site needs: settings and instance."""

from dataclasses import dataclass

from flask import current_app
from flask_compress import Compress
from flask_sqlalchemy import SQLAlchemy

from portal.config import Settings
from portal.instance import Instance
from portal.models import Base

db = SQLAlchemy(metadata=Base.metadata)
compress = Compress()


@dataclass(frozen=True)
class Portal:
    """What the application was made with."""

    settings: Settings
    instance: Instance


def current_portal() -> Portal:
    """Return the settings and instance of the running application."""
    portal: Portal = current_app.extensions["portal"]
    return portal
