"""Whether a form has arrived before."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.receipt import derive_code, hash_code
from portal.domain.states import State
from portal.models import Submission


def find_sent(session: Session, form_key: str, *, receipt_secret: bytes) -> Submission | None:
    """Return the submission this form was sent as; None when it was never sent, or only saved."""
    receipt_hash = hash_code(receipt_secret, derive_code(receipt_secret, form_key))
    return session.scalar(
        select(Submission).where(Submission.receipt_hash == receipt_hash, Submission.state != State.WRITING)
    )
