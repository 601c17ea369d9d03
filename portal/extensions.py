"""The extensions, unbound, and what every room asks for: settings, instance, the present moment."""

from dataclasses import dataclass
from datetime import UTC, datetime

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
    """The portal's settings and instance, with which the application was made."""

    settings: Settings
    instance: Instance


def current_portal() -> Portal:
    """Return the settings and instance of the running application."""
    portal: Portal = current_app.extensions["portal"]
    return portal


def now() -> datetime:
    """Return the present moment in UTC, for views to hand on: rules and operations read no clock."""
    return datetime.now(UTC)
