"""The member of staff behind the request, and the rooms they may work in."""

from dataclasses import dataclass

from flask import request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from sqlalchemy.exc import OperationalError

from portal.domain.permissions import Permission
from portal.models import Staff

CONFIRM_PREFIX = "confirm"
"""Begins the names of the fields of the page that asks for the password."""


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


def was_confirmed_now() -> bool:
    """Say whether the password came with this form: a file as the answer would leave the question open."""
    return any(name.startswith(f"{CONFIRM_PREFIX}-") for name in request.form)


@dataclass(frozen=True)
class DeskLink:
    """One room of the desk; `section` is what its pages call themselves."""

    section: str
    endpoint: str
    label: LazyString
    needs: Permission


_LINKS = (
    DeskLink("queue", "desk.queue", _l("Queue"), Permission.QUEUE_READ),
    DeskLink("notices", "desk.notices", _l("Notices"), Permission.QUEUE_READ),
    DeskLink("coverages", "coverages.index", _l("Coverages"), Permission.DRAFT_EDIT),
    DeskLink("settings", "staff_settings.index", _l("Settings"), Permission.STAFF_INVITE),
)


def list_links(staff: Staff | None) -> list[DeskLink]:
    """Return the links for this member of staff; none for anybody else."""
    return [link for link in _LINKS if staff is not None and staff.may(link.needs)]
