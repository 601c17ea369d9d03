"""Buckets that all processes share, and proofs that count once. None of it knows a visitor's address."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import Float, bindparam, text, update
from sqlalchemy.orm import Session

from portal.domain.admission import BucketRule, add_to_bucket
from portal.domain.deadlines import round_to_hour
from portal.domain.errors import TooBusy
from portal.models import Base, RateBucket, UsedProof
from portal.operations.file_removal import MOST, delete_some
from portal.operations.locking import add_unless_known

_HOUR = timedelta(hours=1)
_KEPT = 2 * _HOUR
"""Every bucket has leaked empty by then, counted in whole hours, too (domain.admission.Rule)."""
_NAME_LENGTH = 32

# Statements of tables, made once: a sending asks most of them twice.
_BUCKET, _PROOF = (Base.metadata.tables[one.__tablename__] for one in (RateBucket, UsedProof))
_NAME = "wanted"
_MOMENT = _BUCKET.c.updated_at.type
# Adds a row that is missing, and of one that is there locks and reads what it holds.
_HOLD = (
    text(
        "INSERT INTO rate_bucket (name, level, updated_at) VALUES (:wanted, 0, :at) "
        "ON CONFLICT (name) DO UPDATE SET level = rate_bucket.level RETURNING level, updated_at"
    )
    .bindparams(bindparam("at", type_=_MOMENT))
    .columns(level=Float, updated_at=_MOMENT)
)
_FILL = update(_BUCKET).where(_BUCKET.c.name == bindparam(_NAME))


def fill_bucket(session: Session, name: str, *, at: datetime, rule: BucketRule) -> timedelta | None:
    """Put one more into a bucket; return how long to wait when it has no room, else None.

    The row stays locked until the transaction ends, so two processes never count on the same level. So that
    nobody waits in a circle, what belongs to one form or page comes first, then what all share.
    """
    connection = session.connection()
    held = connection.execute(_HOLD, {_NAME: name, "at": at}).one()
    filled = add_to_bucket(held.level, since=held.updated_at, at=at, rule=rule)
    connection.execute(_FILL, {_NAME: name, "level": filled.level, "updated_at": filled.at})
    return filled.wait


def require_room(session: Session, name: str, *, at: datetime, rule: BucketRule) -> None:
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
    kept = {"proof_hash": proof_hash, "expires_at": round_to_hour(until) + _HOUR}
    return add_unless_known(session.connection(), _PROOF, kept, known_by="proof_hash") is not None


def delete_leaked_buckets(session: Session, *, at: datetime, most: int = MOST) -> int:
    """Delete buckets that have long leaked empty and proofs that are too old, at most so many.

    Return how many.
    """
    buckets = delete_some(session, RateBucket, RateBucket.updated_at <= at - _KEPT, most=most)
    return buckets + delete_some(session, UsedProof, UsedProof.expires_at <= at, most=most - buckets)
