"""The member of staff behind the request."""

from flask import request
from flask_security import current_user
from sqlalchemy.exc import OperationalError

from portal.models import Staff


def acting_staff() -> Staff:
    """Return the signed-in member of staff; only for views that a Permission guards."""
    staff: Staff = current_user._get_current_object()  # noqa: SLF001  # werkzeug's way to the object behind its proxy
    return staff


def staff_on_page() -> Staff | None:
    """Return the signed-in member of staff on pages of the desk, else None.

    Error pages ask too: a database that does not answer must not break the page that says so.
    """
    if not request.path.startswith(("/desk", "/account")):
        return None
    try:
        return acting_staff() if current_user.is_authenticated else None
    except OperationalError:
        return None
