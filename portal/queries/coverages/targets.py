"""Targets of a coverage, for the desk and the command line."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Coverage, Target
from portal.sealing.keys import CannotOpen


def list_targets(session: Session, coverage: Coverage, *, only_open: bool = False) -> Sequence[Target]:
    """Return the targets of a coverage by name, those that are closed last."""
    found = select(Target).where(Target.coverage_id == coverage.id)
    if only_open:
        found = found.where(Target.closed_at.is_(None))
    return session.scalars(found.order_by(Target.closed_at.is_not(None), Target.name, Target.id)).all()


def read_account(target: Target) -> tuple[str, str]:
    """Return account and application password of a target; both empty where no key opens them any more."""
    try:
        return target.account, target.password
    except CannotOpen:
        return "", ""


def find_target(session: Session, coverage: Coverage, public_id: str) -> Target | None:
    """Return a target of this coverage, or None: one of another coverage is none."""
    return session.scalar(
        select(Target).where(Target.coverage_id == coverage.id, Target.public_id == public_id)
    )
