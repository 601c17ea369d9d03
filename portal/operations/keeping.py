"""Buckets that all processes share, and proofs that count once. None of it knows a visitor's address."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import TooBusy
from portal.domain.lanes import Rule, fill
from portal.domain.schedule import round_to_hour
from portal.models import RateBucket, UsedProof

_HOUR = timedelta(hours=1)
_KEPT = 2 * _HOUR
"""Every bucket has leaked empty by then, counted in whole hours, too (domain.lanes.Rule)."""
_NAME_LENGTH = 32
_ATTEMPTS = 3


def fill_bucket(session: Session, name: str, *, at: datetime, rule: Rule) -> timedelta | None:
    """Put one more into a bucket; return how long to wait when it has no room, else None.

    The row stays locked until the transaction ends, so two processes never count on the same level. Who fills
    several must always do so in the same order.
    """
    bucket = _hold_bucket(session, name, at=at)
    filled = fill(bucket.level, since=bucket.updated_at, at=at, rule=rule)
    bucket.level, bucket.updated_at = filled.level, filled.at
    session.flush()
    return filled.wait


def require_room(session: Session, name: str, *, at: datetime, rule: Rule) -> None:
    """Put one more into a bucket. Raises TooBusy when it has no room."""
    wait = fill_bucket(session, name, at=at, rule=rule)
    if wait is not None:
        raise TooBusy(wait)


def name_bucket(secret: bytes, kind: str, owner: str) -> str:
    """Return the name of a bucket that belongs to one form, page or address.

    Keyed: a reader of the database cannot tell which submission it goes with.
    """
    keyed = hmac.new(secret, f"bucket of {kind}:{owner}".encode(), hashlib.sha256).hexdigest()
    return f"{kind}:{keyed[:_NAME_LENGTH]}"


def use_proof(session: Session, proof_hash: str, *, until: datetime) -> bool:
    """Say whether a proof is new, and note that it is used; `until` is when it is too old anyway."""
    # The full hour after: the moment itself would tell when somebody was writing.
    kept = UsedProof(proof_hash=proof_hash, expires_at=round_to_hour(until) + _HOUR)
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError:
        return False
    return True


def forget_leaked(session: Session, *, at: datetime) -> None:
    """Delete buckets that have long leaked empty and proofs that are too old.

    The last thing in a transaction that fills buckets: rows somebody else holds are passed over, so that
    nobody waits here.
    """
    for table, key, aged in (
        (RateBucket, RateBucket.name, RateBucket.updated_at <= at - _KEPT),
        (UsedProof, UsedProof.proof_hash, UsedProof.expires_at <= at),
    ):
        stale = select(key).where(aged).with_for_update(skip_locked=True)
        session.execute(delete(table).where(key.in_(stale)), execution_options={"synchronize_session": False})


def _hold_bucket(session: Session, name: str, *, at: datetime) -> RateBucket:
    """Load the row and lock it, making it when there is none."""
    query = (
        select(RateBucket)
        .where(RateBucket.name == name)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for _attempt in range(_ATTEMPTS):
        held = session.scalar(query)
        if held is not None:
            return held
        fresh = RateBucket(name=name, level=0.0, updated_at=at)
        try:
            with session.begin_nested():
                session.add(fresh)
        except IntegrityError:  # another process made it first: its row counts
            continue
        return fresh
    return session.scalars(query).one()
