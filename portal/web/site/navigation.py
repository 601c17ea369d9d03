"""Navigation of the desk: links to the rooms a member of staff may work in."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.domain.permissions import Permission
from portal.models import Staff


@dataclass(frozen=True)
class DeskLink:
    """One room of the desk; `section` is what its pages call themselves."""

    section: str
    endpoint: str
    label: LazyString
    needs: Permission


_LINKS = (
    DeskLink("queue", "desk.queue", _l("Queue"), Permission.QUEUE_READ),
    DeskLink("coverages", "coverages.index", _l("Coverages"), Permission.DRAFT_EDIT),
    DeskLink("settings", "settings.index", _l("Settings"), Permission.STAFF_INVITE),
)


def list_links(staff: Staff | None) -> list[DeskLink]:
    """Return the links for this member of staff; none for anybody else."""
    return [link for link in _LINKS if staff is not None and staff.may(link.needs)]
