"""Targets of a coverage, for the desk and the command line."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session

from portal.models import Coverage, Target
from portal.sealing.keys import CannotOpen


def list_targets(session: Session, coverage: Coverage, *, only_open: bool = False) -> Sequence[Target]:
    """Return the targets of a coverage by name, those that are closed last."""
    found = session.scalars(_targets(), {"coverage_id": coverage.id}).all()
    return [one for one in found if one.closed_at is None] if only_open else found


@cache
def _targets() -> Select[Target]:
    of_coverage = Target.coverage_id == bindparam("coverage_id", type_=Integer)
    return select(Target).where(of_coverage).order_by(Target.closed_at.is_not(None), Target.name, Target.id)


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
