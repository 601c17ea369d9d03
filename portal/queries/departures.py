"""Departures of stories in files, as the audit log knows them."""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from portal.domain.audit import AuditAct
from portal.models import AuditEntry
from portal.queries.constants import constant


def has_left() -> ColumnElement[bool]:
    """Return the condition on AuditEntry that a story has left in a file, which did not come to nothing."""
    later = aliased(AuditEntry)
    is_called_off = exists().where(
        later.act == constant(AuditAct.CALL_OFF_EXPORT),
        later.about == AuditEntry.about,
        later.detail["entry"].as_integer() == AuditEntry.seq,
    )
    return (AuditEntry.act == constant(AuditAct.EXPORT)) & ~is_called_off
