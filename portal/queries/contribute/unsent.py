"""Unsent versions of a text, for its contributor's eyes only."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.receipt_code import hash_receipt
from portal.models import Submission, UnsentVersion

_SUBMISSION, _HASH = Submission.__table__, "wanted"
_BY_RECEIPT = select(_SUBMISSION.c.id).where(_SUBMISSION.c.receipt_hash == bindparam(_HASH))


def list_unsent_versions(session: Session, submission: Submission) -> Sequence[UnsentVersion]:
    """Return the unsent versions of a submission, the one saved last first."""
    return session.scalars(
        select(UnsentVersion)
        .where(UnsentVersion.submission_id == submission.id)
        .order_by(UnsentVersion.sequence.desc(), UnsentVersion.id.desc())
    ).all()


def find_unsent_version(session: Session, submission: Submission, public_id: str) -> UnsentVersion | None:
    """Return one unsent version of a submission."""
    return session.scalar(
        select(UnsentVersion).where(
            UnsentVersion.submission_id == submission.id, UnsentVersion.public_id == public_id
        )
    )


def find_begun(session: Session, form_key: str, *, receipt_secret: bytes) -> Submission | None:
    """Return what was saved or sent from the form with this key, which is one of ours."""
    found = session.connection().scalar(_BY_RECEIPT, {_HASH: hash_receipt(receipt_secret, form_key)})
    return session.get_one(Submission, found) if found is not None else None
