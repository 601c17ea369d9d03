"""A lost code: who left an e-mail address gets a link there that opens the private page once."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.domain.deadlines import round_to_hour, round_up_to_hour
from portal.domain.mail_notices import Notice
from portal.domain.receipt_code import (
    LINK_OPENS_FOR,
    MOST_LINKS,
    derive_link_token,
    hash_address,
)
from portal.domain.states import State
from portal.domain.ways_in import WayIn
from portal.models import AccessLink, OutboxMail, Submission
from portal.models.base import hash_token, new_public_id
from portal.operations.private.access import delete_expired_pages, open_private_page
from portal.operations.private.messages import begin_visit
from portal.queries.private.lost_code import lock_by_address
from portal.sealing.keys import KeyRing


def send_links(session: Session, address: str, *, at: datetime, receipt_secret: bytes) -> None:
    """Queue a mail with a one-time link for the newest submissions of an address.

    The caller never learns whether there are any. Of one submission only so many links are good at a time:
    whoever asks ever so often sends nobody more mail.
    """
    delete_expired_pages(session, at=at)
    for submission in lock_by_address(session, hash_address(receipt_secret, address)):
        _add_link(session, submission, at=at, receipt_secret=receipt_secret)
    session.flush()


def open_by_link(session: Session, token: str, *, at: datetime, keys: KeyRing) -> str | None:
    """Use up a one-time link and return the token of the private page it opens; None when it opens none."""
    is_good = AccessLink.token_hash == hash_token(token), AccessLink.expires_at > at
    # Held first, as by whoever takes a new code or erases: that ends this link, or closes its page.
    its = select(Submission.id).where(Submission.id.in_(select(AccessLink.submission_id).where(*is_good)))
    session.execute(its.with_for_update(read=True, key_share=True))
    used = delete(AccessLink).where(*is_good).returning(AccessLink.submission_id)
    found = session.execute(used).scalar()
    delete_expired_pages(session, at=at)
    submission = session.get(Submission, found) if found is not None else None
    if submission is None or submission.state is State.ERASED:
        return None
    unread_from = begin_visit(session, submission, at=at)
    return open_private_page(
        session, submission, at=at, keys=keys, way_in=WayIn.LINK, unread_from=unread_from
    )


def _add_link(session: Session, submission: Submission, *, at: datetime, receipt_secret: bytes) -> None:
    """Add a link with its mail, unless as many as there may be are good.

    Both share one public id: so the worker finds the link of a mail, and makes its token anew.
    """
    live = select(func.count()).select_from(AccessLink).where(AccessLink.submission_id == submission.id)
    if session.scalars(live).one() >= MOST_LINKS:
        return
    public_id = new_public_id()
    token = derive_link_token(receipt_secret, public_id)
    session.add(
        AccessLink(
            public_id=public_id,
            submission_id=submission.id,
            token_hash=hash_token(token),
            expires_at=round_up_to_hour(at + LINK_OPENS_FOR),
        )
    )
    session.add(
        OutboxMail(
            public_id=public_id,
            kind=Notice.ACCESS_LINK,
            locale=submission.locale,
            submission_id=submission.id,
            dedupe_key=f"{Notice.ACCESS_LINK}:{public_id}",
            queued_at=round_to_hour(at),
            run_at=round_to_hour(at),
        )
    )
    session.flush()
