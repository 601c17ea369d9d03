"""What a member of staff may read, as SQL; `may_read` is the same rule for one thing already loaded."""

from sqlalchemy import ColumnElement, false, select, true

from portal.domain.permissions import Permission, Role
from portal.models import Call, Coverage, Staff, Submission
from portal.models.staff import staff_coverage


def coverages_of(actor: Staff) -> ColumnElement[bool]:
    """Return the condition on Coverage: admins see all, others those they work on, closed accounts none."""
    if not actor.may(Permission.QUEUE_READ):
        return false()
    if actor.role is Role.ADMIN:
        return true()
    return Coverage.id.in_(select(staff_coverage.c.coverage_id).where(staff_coverage.c.staff_id == actor.id))


def readable_by(actor: Staff) -> ColumnElement[bool]:
    """Return the condition on Submission for what the actor may read."""
    return Submission.call_id.in_(select(Call.id).join(Coverage).where(coverages_of(actor)))


def may_read(actor: Staff, piece: Submission) -> bool:
    """Say whether the actor may read this submission."""
    if not actor.may(Permission.QUEUE_READ):
        return False
    return actor.role is Role.ADMIN or piece.call.coverage in actor.coverages
