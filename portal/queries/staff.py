"""Members of staff and their invitations, found."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, String, bindparam, func, select
from sqlalchemy.orm import Session, joinedload, selectinload, with_expression

from portal.domain.permissions import Permission, roles_with
from portal.models import Coverage, Invitation, Passkey, Staff, StaffSession
from portal.models.base import Moment, hash_token
from portal.queries.desk.notices import count_unread_of


def list_staff(session: Session) -> Sequence[Staff]:
    """Return all accounts by name, the active ones first, with coverages and languages loaded."""
    return session.scalars(
        select(Staff)
        .options(selectinload(Staff.coverages), selectinload(Staff.languages))
        .order_by(Staff.active.desc(), func.lower(Staff.name), Staff.id)
    ).all()


def list_names(session: Session, *, besides: Staff | None = None) -> Sequence[str]:
    """Return the names of all accounts, closed ones included, but that of `besides`."""
    wanted = select(Staff.name)
    return session.scalars(wanted.where(Staff.id != besides.id) if besides else wanted).all()


def find_staff(session: Session, public_id: str) -> Staff | None:
    """Return the account with this public id."""
    return session.scalar(select(Staff).where(Staff.public_id == public_id))


def find_open_account(session: Session, public_id: str) -> Staff | None:
    """Return the account with this public id if it is open; nobody closes it before the transaction ends."""
    its = Staff.public_id == public_id, Staff.active
    return session.scalar(select(Staff).where(*its).with_for_update(read=True, of=Staff))


def find_staff_by_email(session: Session, email: str) -> Staff | None:
    """Return the account with this address; addresses are kept in lower case."""
    return session.scalar(select(Staff).where(Staff.email == email.strip().lower()))


def find_signed_in(session: Session, known: str, token: str, *, since: datetime) -> Staff | None:
    """Return the open account of a session that began after `since`; `known` is the account's mark."""
    given = {"known": known, "token": hash_token(token), "since": since}
    return session.scalars(_signed_in(), given).unique().one_or_none()


@cache
def _signed_in() -> Select[Staff]:
    """Return the statement every request of the desk begins with: an account, and what its rights rest on."""
    return (
        select(Staff)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(
            Staff.fs_uniquifier == bindparam("known", type_=String),
            Staff.active.is_(True),
            StaffSession.token_hash == bindparam("token", type_=String),
            StaffSession.signed_in_at > bindparam("since", type_=Moment),
        )
        .options(
            joinedload(Staff.languages),
            joinedload(Staff.coverages).load_only(Coverage.slug),
            with_expression(Staff.unread_notices, count_unread_of(Staff)),
        )
    )


def list_sessions(session: Session, staff: Staff, *, since: datetime) -> Sequence[StaffSession]:
    """Return the open sessions of an account, the newest first."""
    return session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff.id, StaffSession.signed_in_at > since)
        .order_by(StaffSession.signed_in_at.desc(), StaffSession.id.desc())
    ).all()


def list_passkeys(session: Session, known: str) -> Sequence[Passkey]:
    """Return the passkeys of an account, the oldest first; `known` is the account's mark."""
    return session.scalars(
        select(Passkey)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(Staff.fs_uniquifier == known)
        .order_by(Passkey.id)
    ).all()


def find_passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey its device calls by this id."""
    return session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def has_active_admin(session: Session, *, besides: Staff | None = None) -> bool:
    """Say whether somebody who invites staff can sign in, not counting `besides`."""
    wanted = select(Staff.id).where(
        Staff.role.in_(roles_with(Permission.STAFF_INVITE)),
        Staff.active.is_(True),
        Staff.password.is_not(None),
    )
    if besides is not None:
        wanted = wanted.where(Staff.id != besides.id)
    return session.scalar(wanted.limit(1)) is not None


def find_open_invitation(session: Session, token: str, *, at: datetime) -> Invitation | None:
    """Return the invitation of a token, or None when it is unknown, used or over."""
    return session.scalar(
        select(Invitation).where(
            Invitation.token_hash == hash_token(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > at,
        )
    )


def find_invitation(session: Session, number: int) -> Invitation | None:
    """Return an invitation that has not been used."""
    return session.scalar(select(Invitation).where(Invitation.id == number, Invitation.used_at.is_(None)))


def list_open_invitations(session: Session, *, at: datetime) -> Sequence[Invitation]:
    """Return the invitations that can still be used, the first to end first."""
    return session.scalars(
        select(Invitation)
        .options(selectinload(Invitation.coverages))
        .where(Invitation.used_at.is_(None), Invitation.expires_at > at)
        .order_by(Invitation.expires_at, Invitation.id)
    ).all()


def list_all_coverages(session: Session) -> Sequence[Coverage]:
    """Return every coverage, oldest first."""
    return session.scalars(select(Coverage).order_by(Coverage.id)).all()


def find_coverages(session: Session, slugs: Sequence[str]) -> Sequence[Coverage]:
    """Return the coverages with these slugs."""
    return session.scalars(select(Coverage).where(Coverage.slug.in_(slugs)).order_by(Coverage.id)).all()
