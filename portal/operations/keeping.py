"""Buckets that all processes share, and proofs that count once. None of it knows a visitor's address."""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Float, String, TextualSelect, bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from portal.domain.errors import TooBusy
from portal.domain.lanes import Filled, Rule, fill
from portal.domain.schedule import round_to_hour
from portal.models import Base, RateBucket, UsedProof
from portal.operations.adding import add_unless_known

_HOUR = timedelta(hours=1)
_KEPT = 2 * _HOUR
"""Every bucket has leaked empty by then, counted in whole hours, too (domain.lanes.Rule)."""
_NAME_LENGTH = 32

# Statements of tables, made once: a sending asks most of them three times.
_BUCKET, _PROOF = (Base.metadata.tables[one.__tablename__] for one in (RateBucket, UsedProof))
_NAME, _ROW, _UNTIL = "wanted", "name_{}", "until"
_FILL = update(_BUCKET).where(_BUCKET.c.name == bindparam(_NAME))
_LEAKED = select(_BUCKET.c.name).where(_BUCKET.c.updated_at <= bindparam(_UNTIL))
_FORGET_BUCKETS = delete(_BUCKET).where(_BUCKET.c.name.in_(_LEAKED.with_for_update(skip_locked=True)))
_TOO_OLD = select(_PROOF.c.proof_hash).where(_PROOF.c.expires_at <= bindparam(_UNTIL))
_FORGET_PROOFS = delete(_PROOF).where(_PROOF.c.proof_hash.in_(_TOO_OLD.with_for_update(skip_locked=True)))


class _Level(NamedTuple):
    """How full a bucket was, and when."""

    level: float
    since: datetime


@dataclass(frozen=True)
class Buckets:
    """Buckets whose rows are held; what is put into them stands in the database once it is written."""

    held: Mapping[str, _Level]
    at: datetime
    connection: Connection
    filled: dict[str, Filled] = field(default_factory=dict)

    def put(self, wanted: Mapping[str, Rule]) -> timedelta | None:
        """Put one more into each of these; return how long to wait when one has no room, else None."""
        put = {
            name: fill(self.held[name].level, since=self.held[name].since, at=self.at, rule=rule)
            for name, rule in wanted.items()
        }
        self.filled.update(put)
        return max((one.wait for one in put.values() if one.wait is not None), default=None)

    def write(self) -> None:
        """Write what was put in."""
        self.connection.execute(
            _FILL,
            [{_NAME: name, "level": one.level, "updated_at": one.at} for name, one in self.filled.items()],
        )


def hold_buckets(session: Session, names: Collection[str], *, at: datetime) -> Buckets:
    """Lock these rows until the transaction ends, one after the other, making those that are missing."""
    connection = session.connection()
    given = {_ROW.format(place): name for place, name in enumerate(sorted(names))}
    rows = connection.execute(_hold(len(names)), {**given, "at": at})
    return Buckets({name: _Level(level, since) for name, level, since in rows}, at, connection)


def fill_bucket(session: Session, name: str, *, at: datetime, rule: Rule) -> timedelta | None:
    """Put one more into a bucket; return how long to wait when it has no room, else None.

    The row stays locked until the transaction ends, so two processes never count on the same level. So that
    nobody waits in a circle, what belongs to one form or page comes first, then what all share: several of
    these in one go, which takes them in the order of their names.
    """
    return fill_buckets(session, {name: rule}, at=at)


def fill_buckets(session: Session, wanted: Mapping[str, Rule], *, at: datetime) -> timedelta | None:
    """Put one more into each of these; return how long to wait when one of them has no room, else None."""
    buckets = hold_buckets(session, wanted, at=at)
    wait = buckets.put(wanted)
    buckets.write()
    return wait


def require_room(session: Session, name: str, *, at: datetime, rule: Rule) -> None:
    """Put one more into a bucket. Raises TooBusy when it has no room."""
    require_rooms(session, {name: rule}, at=at)


def require_rooms(session: Session, wanted: Mapping[str, Rule], *, at: datetime) -> None:
    """Put one more into each of these buckets. Raises TooBusy when one of them has no room."""
    wait = fill_buckets(session, wanted, at=at)
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


def forget_leaked(session: Session, *, at: datetime) -> None:
    """Delete buckets that have long leaked empty and proofs that are too old.

    Rows somebody else holds are passed over, so that nobody waits here.
    """
    session.execute(_FORGET_BUCKETS, {_UNTIL: at - _KEPT})
    session.execute(_FORGET_PROOFS, {_UNTIL: at})


@cache
def _hold(number: int) -> TextualSelect:
    """Return what adds so many rows in order, empty; those that are there it only locks and reads.

    A SELECT ... FOR UPDATE would pass over a row that is made while it waits for another one. As text: of
    several rows in one INSERT SQLAlchemy keeps no compiled statement.
    """
    rows = ", ".join(f"(:{_ROW.format(place)}, 0, :at)" for place in range(number))
    added = text(
        f"INSERT INTO rate_bucket (name, level, updated_at) VALUES {rows} "  # noqa: S608  # marks and no values
        "ON CONFLICT (name) DO UPDATE SET level = rate_bucket.level RETURNING name, level, updated_at"
    )
    moment = _BUCKET.c.updated_at.type
    return added.bindparams(bindparam("at", type_=moment)).columns(
        name=String, level=Float, updated_at=moment
    )
