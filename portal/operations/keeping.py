"""Buckets that all processes share, and proofs that count once. None of it knows a visitor's address."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import TooBusy
from portal.domain.lanes import Rule, fill
from portal.domain.schedule import round_to_hour
from portal.models import Base, RateBucket, UsedProof

_HOUR = timedelta(hours=1)
_KEPT = 2 * _HOUR
"""Every bucket has leaked empty by then, counted in whole hours, too (domain.lanes.Rule)."""
_NAME_LENGTH = 32
_ATTEMPTS = 3

# Statements of tables, made once: a sending asks most of them three times.
_BUCKET, _PROOF = (Base.metadata.tables[one.__tablename__] for one in (RateBucket, UsedProof))
_NAME, _UNTIL = "wanted", "until"
_IS_WANTED = _BUCKET.c.name == bindparam(_NAME)
_HOLD = select(_BUCKET.c.level, _BUCKET.c.updated_at).where(_IS_WANTED).with_for_update()
_FILL = update(_BUCKET).where(_IS_WANTED)
_LEAKED = select(_BUCKET.c.name).where(_BUCKET.c.updated_at <= bindparam(_UNTIL))
_FORGET_BUCKETS = delete(_BUCKET).where(_BUCKET.c.name.in_(_LEAKED.with_for_update(skip_locked=True)))
_TOO_OLD = select(_PROOF.c.proof_hash).where(_PROOF.c.expires_at <= bindparam(_UNTIL))
_FORGET_PROOFS = delete(_PROOF).where(_PROOF.c.proof_hash.in_(_TOO_OLD.with_for_update(skip_locked=True)))


def fill_bucket(session: Session, name: str, *, at: datetime, rule: Rule) -> timedelta | None:
    """Put one more into a bucket; return how long to wait when it has no room, else None.

    The row stays locked until the transaction ends, so two processes never count on the same level. Who fills
    several must always do so in the same order.
    """
    level, since = _hold_bucket(session, name, at=at)
    filled = fill(level, since=since, at=at, rule=rule)
    session.execute(_FILL, {_NAME: name, "level": filled.level, "updated_at": filled.at})
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
    session.execute(_FORGET_BUCKETS, {_UNTIL: at - _KEPT})
    session.execute(_FORGET_PROOFS, {_UNTIL: at})


def _hold_bucket(session: Session, name: str, *, at: datetime) -> tuple[float, datetime]:
    """Lock the row, making it when there is none; return its level and since when that stands."""
    for _attempt in range(_ATTEMPTS):
        held = session.execute(_HOLD, {_NAME: name}).one_or_none()
        if held is not None:
            return held.level, held.updated_at
        try:
            with session.begin_nested():
                session.execute(insert(_BUCKET), {"name": name, "level": 0.0, "updated_at": at})
        except IntegrityError:  # another process made it first: its row counts
            continue
        return 0.0, at
    held = session.execute(_HOLD, {_NAME: name}).one()
    return held.level, held.updated_at
