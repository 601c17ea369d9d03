"""Entering by the receipt code: the way in that every contributor has."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.keys import KeyRing
from portal.operations.arriving import count_wrong_code
from portal.operations.conversing import begin_visit
from portal.operations.visiting import find_by_code, forget_expired_pages, open_private_page


def open_by_code(
    session: Session, code: str, *, at: datetime, keys: KeyRing, receipt_secret: bytes
) -> str | None:
    """Return the token of the private page a code opens (20 digits); None whatever was wrong with it.

    Raises TooBusy for a wrong code when there were too many of them.
    """
    forget_expired_pages(session, at=at)
    piece = find_by_code(session, code, receipt_secret=receipt_secret)
    if piece is None:
        # After looking: however many wrong codes came, the right one opens its page.
        count_wrong_code(session, at=at)
        return None
    unread_from = begin_visit(session, piece, at=at)
    return open_private_page(session, piece, at=at, keys=keys, unread_from=unread_from)
