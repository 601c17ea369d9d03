"""Admission of a sending: whether its form has arrived before, and how full buckets are."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.admission import BucketRule, Lane, leak_bucket
from portal.domain.receipt_code import hash_receipt
from portal.domain.states import State
from portal.models import RateBucket, Submission

_SUBMISSION, _HASH = Submission.__table__, "wanted"
_SENT = select(_SUBMISSION.c.lane).where(
    _SUBMISSION.c.receipt_hash == bindparam(_HASH), _SUBMISSION.c.state != State.WRITING
)


def find_lane_sent(session: Session, form_key: str, *, receipt_secret: bytes) -> Lane | None:
    """Return the lane this form was sent by before; None when it was never sent, or only saved."""
    return session.scalar(_SENT, {_HASH: hash_receipt(receipt_secret, form_key)})


def find_fullness(session: Session, rules: Mapping[str, BucketRule], *, at: datetime) -> float:
    """Return how full the fullest of these buckets is: 0 for empty, 1 for no room."""
    rows = session.scalars(select(RateBucket).where(RateBucket.name.in_(rules)))
    return max((_find_level(row, rules[row.name], at=at) for row in rows), default=0.0)


def _find_level(row: RateBucket, rule: BucketRule, *, at: datetime) -> float:
    return leak_bucket(row.level, since=row.updated_at, at=at, rule=rule) / rule.burst
