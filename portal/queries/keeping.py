"""Whether a form has arrived before."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.lanes import Lane
from portal.domain.receipt import hash_receipt
from portal.domain.states import State
from portal.models import Submission

_SUBMISSION, _HASH = Submission.__table__, "wanted"
_SENT = select(_SUBMISSION.c.lane).where(
    _SUBMISSION.c.receipt_hash == bindparam(_HASH), _SUBMISSION.c.state != State.WRITING
)


def find_lane_sent(session: Session, form_key: str, *, receipt_secret: bytes) -> Lane | None:
    """Return the lane this form was sent by before; None when it was never sent, or only saved."""
    return session.scalar(_SENT, {_HASH: hash_receipt(receipt_secret, form_key)})
