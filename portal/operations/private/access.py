"""Access to the private page: the code opens it, a random token keeps it open for two hours.

A code is replaced by another one, which an author takes or the desk gives out (operations.desk.desk_codes):
then only that one opens the page.
"""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, String, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.deadlines import round_up_to_hour
from portal.domain.desk_codes import CodeState
from portal.domain.errors import IllegalTransition
from portal.domain.receipt_code import hash_code, is_well_formed, make_code
from portal.domain.states import State
from portal.domain.ways_in import WayIn
from portal.models import AccessLink, Base, ContributorSession, DeskCode, Submission
from portal.models.base import Moment, hash_token, new_token
from portal.operations.file_removal import MOST, delete_some
from portal.operations.locking import lock_submission
from portal.operations.transitions import record_event
from portal.sealing.keys import KeyRing, form_key_place

WITHOUT_CODE = frozenset({State.WRITING, State.ERASED})
"""Nobody but its writer knows of a text that was not sent, and nothing is left of an erased one."""

OPEN_FOR = timedelta(hours=2)
"""At least, and to the full hour after: the moment itself would tell when somebody was here."""
_REPLACEABLE = (CodeState.ASKED, CodeState.ISSUED, CodeState.IN_USE)
_OPEN = insert(Base.metadata.tables[ContributorSession.__tablename__])


def find_by_code(session: Session, code: str, *, receipt_secret: bytes) -> Submission | None:
    """Return the submission of a receipt code (20 digits, cleaned), or None whatever was wrong with it.

    A code that was replaced is a wrong one. Whoever is replacing it or erasing the text is waited for, and
    waits until the page is open: so it is closed with the others.
    """
    # One look-up, for malformed and replaced codes too, so that the time taken tells nothing.
    hashed = hash_code(receipt_secret, code)
    first_one = and_(Submission.receipt_hash == hashed, Submission.replacement_hash.is_(None))
    its = select(Submission).where(or_(Submission.replacement_hash == hashed, first_one))
    held = its.with_for_update(of=Submission).execution_options(populate_existing=True)
    found = session.scalar(held)
    if found is None or not is_well_formed(code) or found.state is State.ERASED:
        return None
    return found


def open_private_page(
    session: Session,
    submission: Submission,
    *,
    at: datetime,
    keys: KeyRing,
    way_in: WayIn,
    form_key: str | None = None,
    unread_from: int | None = None,
) -> str:
    """Return the token of a newly opened private page.

    With `form_key` its receipt page can show the code again; messages after `unread_from` are new to it.
    When that form's code was replaced, the token opens nothing: the form is as good as its code.
    """
    token = new_token()
    if form_key and submission.replacement_hash is not None:
        return token
    hashed = hash_token(token)
    page = {
        "token_hash": hashed,
        "submission_id": submission.id,
        "sealed_form_key": keys.seal(form_key.encode(), form_key_place(hashed)) if form_key else None,
        "unread_from": unread_from,
        "way_in": way_in,
        "expires_at": round_up_to_hour(at + OPEN_FOR),
    }
    session.connection().execute(_OPEN, page)
    return token


def find_open_page(session: Session, token: str, *, at: datetime) -> ContributorSession | None:
    """Return the open private page of a token, or None when it is unknown or over."""
    return session.scalar(_open_page(), {"token": hash_token(token), "at": at})


@cache
def _open_page() -> Select[ContributorSession]:
    """Return the statement every request of a private page begins with."""
    return select(ContributorSession).where(
        ContributorSession.token_hash == bindparam("token", type_=String),
        ContributorSession.expires_at > bindparam("at", type_=Moment),
    )


def close_private_page(session: Session, token: str) -> None:
    """Close the private page of a token."""
    session.execute(delete(ContributorSession).where(ContributorSession.token_hash == hash_token(token)))


def delete_expired_pages(session: Session, *, at: datetime, most: int = MOST) -> int:
    """Delete private page sessions and one-time links that are over, at most so many; return how many."""
    pages = delete_some(session, ContributorSession, ContributorSession.expires_at <= at, most=most)
    return pages + delete_some(session, AccessLink, AccessLink.expires_at <= at, most=most - pages)


def revoke_links(session: Session, submission: Submission, *, page: ContributorSession | None = None) -> None:
    """Close what one-time links opened, and have none open the page: their mailbox is the author's no more.

    `page`, on which that was said, stays open.
    """
    session.execute(delete(AccessLink).where(AccessLink.submission_id == submission.id))
    opened = ContributorSession.submission_id == submission.id, ContributorSession.way_in == WayIn.LINK
    here = () if page is None else (ContributorSession.id != page.id,)
    session.execute(delete(ContributorSession).where(*opened, *here))


def recall_form_key(page: ContributorSession, *, keys: KeyRing) -> str | None:
    """Return the form key of the sending that opened this page, or None when a code opened it."""
    if page.sealed_form_key is None:
        return None
    return keys.open(page.sealed_form_key, form_key_place(page.token_hash)).decode()


def replace_code(session: Session, submission: Submission, *, at: datetime, receipt_secret: bytes) -> str:
    """Return the receipt code that its author takes in place of another one (20 digits, not stored).

    From now on it is the only one: the code before it opens nothing, nor does one of the desk that is under
    way; open private pages and one-time links are closed. `receipt_hash` stays, so that a form that arrives
    again still finds its submission. Raises IllegalTransition for what was never sent or is erased.
    """
    lock_submission(session, submission)
    if submission.state in WITHOUT_CODE:
        raise IllegalTransition(submission.state, HistoryAct.REPLACE_CODE)
    code = make_code()
    submission.replacement_hash = hash_code(receipt_secret, code)
    session.execute(delete(ContributorSession).where(ContributorSession.submission_id == submission.id))
    revoke_links(session, submission)
    session.execute(
        update(DeskCode)
        .where(DeskCode.submission_id == submission.id, DeskCode.state.in_(_REPLACEABLE))
        .values(state=CodeState.REPLACED)
    )
    record_event(session, submission, HistoryAct.REPLACE_CODE, by=None, at=at)
    session.flush()
    return code
