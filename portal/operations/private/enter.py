"""Entering by a receipt code: the author's own, or one the desk gave out for a lost one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.receipt_code import hash_code
from portal.domain.ways_in import WayIn
from portal.operations.contribute.admission import count_wrong_code
from portal.operations.desk.desk_codes import open_by_desk_code
from portal.operations.private.access import delete_expired_pages, find_by_code, open_private_page
from portal.operations.private.messages import begin_visit
from portal.queries.desk.desk_codes import find_by_hash
from portal.sealing.keys import KeyRing


def open_by_code(
    session: Session, code: str, *, at: datetime, keys: KeyRing, receipt_secret: bytes
) -> str | None:
    """Return the token of the private page a code opens (20 digits); None whatever was wrong with it.

    Raises TooBusy for a wrong code when there were too many of them, CodeNotYetValid for one that waits.
    """
    delete_expired_pages(session, at=at)
    of_desk = find_by_hash(session, hash_code(receipt_secret, code))
    submission = find_by_code(session, code, receipt_secret=receipt_secret)
    token = None
    if of_desk is not None:
        token = open_by_desk_code(session, of_desk, at=at, keys=keys)
    elif submission is not None:
        unread_from = begin_visit(session, submission, at=at)
        token = open_private_page(
            session, submission, at=at, keys=keys, way_in=WayIn.OWN_CODE, unread_from=unread_from
        )
    if token is None:
        # After looking: however many wrong codes came, the right one opens its page.
        count_wrong_code(session, at=at)
    return token
