"""Sessions of staff: opened at sign-in, named anew at a confirmation, ended one by one or all at once."""

from datetime import datetime

from sqlalchemy import CursorResult, delete, exists, select, update
from sqlalchemy.orm import Session

from portal.domain.deadlines import round_to_hour
from portal.domain.mail_notices import Notice
from portal.domain.sign_in import LONGEST_SESSION
from portal.models import OutboxMail, Staff, StaffSession
from portal.models.base import hash_token, new_public_id, new_token
from portal.operations.file_removal import MOST, delete_some


def open_session(session: Session, staff: Staff, *, at: datetime, browser: str = "") -> str:
    """Return the token of a new session: 256 bits, kept in the cookie of one browser."""
    token = new_token()
    session.add(
        StaffSession(token_hash=hash_token(token), staff_id=staff.id, signed_in_at=at, browser=browser)
    )
    return token


def rename_session(session: Session, token: str) -> str | None:
    """Return the token that takes the place of another; None when that one is over.

    Of two requests with the same token one gets a new one.
    """
    fresh = new_token()
    renamed = session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == hash_token(token))
        .values(token_hash=hash_token(fresh))
    )
    return fresh if isinstance(renamed, CursorResult) and renamed.rowcount == 1 else None


def close_session(session: Session, token: str) -> None:
    """End the session of a token."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


def end_session(session: Session, staff: Staff, public_id: str) -> None:
    """End one session of an account, if it has one of this id."""
    session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.public_id == public_id)
    )


def end_sessions(session: Session, staff: Staff) -> None:
    """Sign the account out everywhere; what was begun with its password is over, too."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    staff.fs_uniquifier = new_public_id()


def queue_account_notice(session: Session, staff: Staff, *, at: datetime) -> None:
    """Tell the person by mail of a change of password, second factor, passkeys or recovery codes."""
    _queue(session, staff, Notice.ACCOUNT, new_public_id(), at=at)


def queue_sign_in_notice(session: Session, staff: Staff, *, at: datetime) -> None:
    """Tell the person by mail that sign-ins fail one after another: once a day, however many there are.

    The account is locked, so that two failures at once do not both count as the first.
    """
    told = exists().where(OutboxMail.dedupe_key == _key(staff, f"{at:%Y-%m-%d}", Notice.SIGN_IN))
    if not session.scalar(select(told)):
        _queue(session, staff, Notice.SIGN_IN, f"{at:%Y-%m-%d}", at=at)


def _queue(session: Session, staff: Staff, kind: Notice, once: str, *, at: datetime) -> None:
    session.add(
        OutboxMail(
            kind=kind,
            locale=staff.locale,
            staff_id=staff.id,
            dedupe_key=_key(staff, once, kind),
            queued_at=round_to_hour(at),
            run_at=round_to_hour(at),
        )
    )


def _key(staff: Staff, once: str, kind: Notice) -> str:
    return f"{staff.public_id}:{once}:{kind}"


def delete_old_sessions(session: Session, *, at: datetime, most: int = MOST) -> int:
    """Delete sessions that are over, at most so many; return how many."""
    return delete_some(session, StaffSession, StaffSession.signed_in_at <= at - LONGEST_SESSION, most=most)
