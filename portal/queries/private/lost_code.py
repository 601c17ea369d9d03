"""A lost code: the texts whose authors left an e-mail address."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.receipt_code import MOST_SUBMISSIONS
from portal.domain.states import State
from portal.models import Submission


def lock_by_address(session: Session, address_hash: str) -> Sequence[Submission]:
    """Return the newest submissions of an address, locked: two requests at once must not both count three.

    Who has switched mail off gets none: the mailbox may not be theirs alone any more.
    """
    return session.scalars(
        select(Submission)
        .where(
            Submission.address_hash == address_hash,
            Submission.wants_mail,
            Submission.state.not_in((State.WRITING, State.ERASED)),
        )
        .order_by(Submission.id.desc())
        .limit(MOST_SUBMISSIONS)
        .with_for_update()
    ).all()
