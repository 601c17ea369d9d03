"""Targets: made, changed, tried and closed by editors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.audit import AuditAct
from portal.domain.errors import DomainError, IllegalTransition, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.pushes import UNDER_WAY, PushProblem, PushState
from portal.domain.targets import PostEditor, WantedStatus
from portal.models import Coverage, Push, Staff, Target
from portal.models.base import new_public_id
from portal.operations.audit_log import record_act
from portal.queries.coverages.targets import read_account


class TargetNameTaken(DomainError):
    """Another target of the coverage, closed ones included, has this name."""


@dataclass(frozen=True)
class TargetValues:
    """What an editor says of a target. An empty password leaves the one that is kept."""

    lang: str
    name: str
    address: str
    markup: PostEditor
    wanted_status: WantedStatus
    account: str
    password: str = field(repr=False)
    dek_key: str = ""
    author_id: int | None = None
    author_name: str = ""


def make_target(
    session: Session, coverage: Coverage, values: TargetValues, *, by: Staff, at: datetime
) -> Target:
    """Add a target to a coverage. Raises NotPermitted, TargetNameTaken."""
    _require(by)
    _require_name(session, coverage.id, values.name)
    target = Target(public_id=new_public_id(), coverage_id=coverage.id)
    session.add(target)
    _fill(session, target, values)
    record_act(session, AuditAct.MAKE_TARGET, by=by, about=target.public_id, at=at)
    session.flush()
    return target


def change_target(
    session: Session, target: Target, values: TargetValues, *, by: Staff, at: datetime, seen: int
) -> None:
    """Change what is known of a target; `seen` is its version.

    A password is kept for the address it was typed for: who names another site types it anew. Raises
    NotPermitted, StaleEdit, IllegalTransition of a closed one, TargetNameTaken.
    """
    _require(by)
    _lock(session, target)
    _require_open(target)
    if seen != target.version:
        raise StaleEdit("target")
    if values.name != target.name:
        _require_name(session, target.coverage_id, values.name)
    if read_account(target) == ("", ""):
        target.sealed_account = None  # no key opens it: what is typed now takes its place
    if (target.address, target.account) != (values.address, values.account):
        target.tried_at, target.trial = None, {}
    if target.address != values.address:
        target.categories, target.password = {}, ""
    _fill(session, target, values)
    record_act(session, AuditAct.CHANGE_TARGET, by=by, about=target.public_id, at=at)
    session.flush()


def choose_categories(
    session: Session, target: Target, chosen: Mapping[str, Mapping[str, Any]], *, by: Staff, at: datetime
) -> None:
    """Say which categories of the site ours are there: our slugs to `id` and `name`."""
    _require(by)
    _lock(session, target)
    _require_open(target)
    target.categories = {slug: dict(one) for slug, one in chosen.items()}
    record_act(session, AuditAct.CHANGE_TARGET, by=by, about=target.public_id, at=at)
    session.flush()


def record_trial(
    session: Session, target_id: int, trial: Mapping[str, Any], *, seen: int, at: datetime
) -> None:
    """Remember what came out when a target was tried as it stood in version `seen`.

    Past the version: nobody's page is stale by that.
    """
    tried = update(Target).where(Target.id == target_id, Target.version == seen)
    session.execute(tried.values(tried_at=at, trial=dict(trial)))


def close_target(session: Session, target: Target, *, by: Staff, at: datetime, seen: int) -> None:
    """Send nothing there any more, and forget the password. What waits to be sent stays here.

    Raises NotPermitted, StaleEdit, IllegalTransition of one that is closed.
    """
    _require(by)
    _lock(session, target)
    _require_open(target)
    if seen != target.version:
        raise StaleEdit("target")
    target.closed_at, target.sealed_account, target.trial = at, None, {}
    session.execute(
        update(Push)
        .where(Push.target_id == target.id, Push.state.in_(UNDER_WAY))
        .values(state=PushState.FAILED, problem=PushProblem.CLOSED, lease_until=None, ended_at=at)
    )
    record_act(session, AuditAct.CLOSE_TARGET, by=by, about=target.public_id, at=at)
    session.flush()


def _require(by: Staff) -> None:
    if not by.may(Permission.COVERAGE_TARGETS):
        raise NotPermitted("target")


def _require_open(target: Target) -> None:
    if target.closed_at is not None:
        raise IllegalTransition("closed", "target")


def _require_name(session: Session, coverage_id: int, name: str) -> None:
    same = select(Target.id).where(Target.coverage_id == coverage_id, Target.name == name)
    if session.scalar(same.limit(1)) is not None:
        raise TargetNameTaken(name)


def _lock(session: Session, target: Target) -> None:
    session.refresh(target, with_for_update=True)


def _fill(session: Session, target: Target, values: TargetValues) -> None:
    target.lang, target.name, target.address = values.lang, values.name, values.address
    target.markup, target.wanted_status = values.markup, values.wanted_status
    target.dek_key, target.author_id, target.author_name = (
        values.dek_key,
        values.author_id,
        values.author_name,
    )
    target.account = values.account
    if values.password:
        target.password = values.password
