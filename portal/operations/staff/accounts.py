"""Accounts of the desk: invited, made, changed, ended; and the count of failed sign-ins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from portal.domain.audit import AuditAct
from portal.domain.desk_notices import QUIET_FROM, QUIET_UNTIL, MailChoice
from portal.domain.errors import DomainError
from portal.domain.permissions import FOUNDER, Permission, ReadingLevel, Role, has_permission
from portal.domain.sign_in import ATTEMPT_WINDOW, ATTEMPTS, FIRST_ADMIN_VALID, INVITATION_VALID
from portal.models import Coverage, Invitation, Staff, StaffLanguage
from portal.models.base import hash_token, new_token
from portal.operations.audit_log import record_act
from portal.operations.desk.notices import drop_notices
from portal.operations.locking import lock_names
from portal.operations.staff.passkeys import remove_all_passkeys
from portal.operations.staff.sign_in import end_sessions, queue_account_notice, queue_sign_in_notice
from portal.queries.staff import find_staff_by_email, has_active_admin, list_names
from portal.story.lookalike_letters import are_alike


class EmailTaken(DomainError):
    """Another account has this address."""


class NameTaken(DomainError):
    """Another account, closed ones included, has this name or one that looks like it."""


class LinkSpent(DomainError):
    """The one-time link was used a moment before."""


class LastAdmin(DomainError):
    """The act would leave the portal without an admin."""


@dataclass(frozen=True)
class NewAccount:
    """A new account, as an invited person chose it. `languages` maps tags to how well they are read."""

    name: str
    email: str
    password_hash: str
    locale: str
    languages: Mapping[str, ReadingLevel]


@dataclass(frozen=True)
class Profile:
    """The profile: what people say about themselves and can change at any time."""

    name: str
    locale: str
    shortcuts: bool
    languages: Mapping[str, ReadingLevel]
    time_zone: str = ""
    """Empty for the clock of the desk's language."""
    mail_choice: MailChoice = MailChoice.AT_ONCE
    quiet_from: int = QUIET_FROM
    quiet_until: int = QUIET_UNTIL
    shows_presence: bool = True


def invitation_address(base_url: str, token: str) -> str:
    """Return the one-time link of a token under the public address."""
    return f"{base_url}/account/invitation/{token}"


def invite_staff(
    session: Session,
    *,
    role: Role,
    by: Staff | None,
    at: datetime,
    email: str = "",
    locale: str = "",
    coverages: Sequence[Coverage] = (),
) -> str:
    """Return the token of a new invitation; `by` None is the command line. Raises EmailTaken.

    Without a `locale` the language is that of the browser in which the link is opened.
    """
    if email and find_staff_by_email(session, email):
        raise EmailTaken(email)
    is_first = has_permission(role, Permission.STAFF_INVITE) and not has_active_admin(session)
    invitation = Invitation(role=role, email=email.strip().lower(), locale=locale, coverages=list(coverages))
    return _issue(
        session, invitation, by=by, at=at, valid=FIRST_ADMIN_VALID if is_first else INVITATION_VALID
    )


def invite_first_admin(session: Session, *, at: datetime) -> str | None:
    """Return the token of an invitation for the first admin; None when an active admin exists."""
    return None if has_active_admin(session) else invite_staff(session, role=FOUNDER, by=None, at=at)


def issue_renewal_link(session: Session, staff: Staff, *, by: Staff | None, at: datetime) -> str:
    """Return the token of a link that sets an account's password and second factor anew.

    Nothing changes before it is used; links made earlier for the account stop working.
    """
    session.execute(delete(Invitation).where(Invitation.staff_id == staff.id, Invitation.used_at.is_(None)))
    invitation = Invitation(role=staff.role, email=staff.email, locale=staff.locale, staff_id=staff.id)
    return _issue(session, invitation, by=by, at=at, valid=FIRST_ADMIN_VALID)


def _issue(
    session: Session, invitation: Invitation, *, by: Staff | None, at: datetime, valid: timedelta
) -> str:
    token = new_token()
    invitation.token_hash = hash_token(token)
    invitation.invited_by_id = by.id if by else None
    invitation.created_at = at
    invitation.expires_at = at + valid
    session.add(invitation)
    about = invitation.staff_id and session.get_one(Staff, invitation.staff_id).public_id
    record_act(session, AuditAct.INVITE_STAFF, by=by, about=about or "", at=at, role=invitation.role.value)
    return token


def revoke_invitation(session: Session, invitation: Invitation) -> None:
    """Take an invitation back: its link stops working."""
    session.delete(invitation)


def accept_invitation(
    session: Session, invitation: Invitation, account: NewAccount, *, at: datetime
) -> Staff:
    """Make the account of an invitation. Raises LinkSpent, EmailTaken, NameTaken."""
    _spend(session, invitation, at=at)
    email = (invitation.email or account.email).strip().lower()
    if find_staff_by_email(session, email):
        raise EmailTaken(email)
    _claim_name(session, account.name)
    staff = Staff(
        name=account.name,
        email=email,
        role=invitation.role,
        locale=account.locale,
        password=account.password_hash,
        coverages=list(invitation.coverages),
    )
    session.add(staff)
    _set_languages(staff, account.languages)
    session.flush()
    record_act(session, AuditAct.JOIN_STAFF, by=staff, about=staff.public_id, at=at, role=staff.role.value)
    return staff


def renew_access(
    session: Session, invitation: Invitation, staff: Staff, *, password_hash: str, at: datetime
) -> Staff:
    """Set the password of the account a link was made for, and forget its second factor. Raises LinkSpent."""
    _spend(session, invitation, at=at)
    staff.password = password_hash
    staff.tf_primary_method = None
    staff.tf_totp_secret = None
    staff.mf_recovery_codes = None
    remove_all_passkeys(session, staff)
    end_sessions(session, staff)
    session.flush()
    record_act(session, AuditAct.RENEW_ACCESS, by=staff, about=staff.public_id, at=at)
    queue_account_notice(session, staff, at=at)
    return staff


def _spend(session: Session, invitation: Invitation, *, at: datetime) -> None:
    """Mark a link as used, once: of two requests at the same moment the second finds nothing to mark."""
    marked = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
        .values(used_at=at)
    )
    if not isinstance(marked, CursorResult) or marked.rowcount != 1:
        raise LinkSpent(invitation.id)


def _claim_name(session: Session, name: str, *, own: Staff | None = None) -> None:
    """Make sure that nobody takes an account for another one. Raises NameTaken."""
    lock_names(session)
    if any(are_alike(name, taken) for taken in list_names(session, besides=own)):
        raise NameTaken(name)


def change_profile(session: Session, staff: Staff, profile: Profile) -> None:
    """Change what people say about themselves. Raises NameTaken."""
    if profile.name != staff.name:
        _claim_name(session, profile.name, own=staff)
    staff.name = profile.name
    staff.locale = profile.locale
    staff.shortcuts = profile.shortcuts
    staff.time_zone = profile.time_zone
    staff.mail_choice = profile.mail_choice
    staff.quiet_from, staff.quiet_until = profile.quiet_from, profile.quiet_until
    staff.shows_presence = profile.shows_presence
    _set_languages(staff, profile.languages)


def _set_languages(staff: Staff, wanted: Mapping[str, ReadingLevel]) -> None:
    """Bring the languages to the wanted ones, changing rows in place: a tag stands once in the table."""
    kept = {one.tag: one for one in staff.languages if one.tag in wanted}
    for tag, reading in wanted.items():
        if tag in kept:
            kept[tag].reading = reading
        else:
            kept[tag] = StaffLanguage(tag=tag, reading=reading)
    staff.languages = list(kept.values())


def assign_role(
    session: Session,
    staff: Staff,
    *,
    role: Role,
    coverages: Sequence[Coverage],
    by: Staff | None,
    at: datetime,
) -> None:
    """Give an account its role and its coverages. Another role ends its open sessions. Raises LastAdmin."""
    if not has_permission(role, Permission.STAFF_INVITE) and _is_last_admin(session, staff):
        raise LastAdmin(staff.public_id)
    if staff.role is not role:
        record_act(session, AuditAct.CHANGE_ROLE, by=by, about=staff.public_id, at=at, role=role.value)
        end_sessions(session, staff)
    staff.role = role
    staff.coverages = list(coverages)


def _is_last_admin(session: Session, staff: Staff) -> bool:
    """Say whether nobody else could invite anybody."""
    return has_permission(staff.role, Permission.STAFF_INVITE) and not has_active_admin(
        session, besides=staff
    )


def deactivate(session: Session, staff: Staff, *, by: Staff | None, at: datetime) -> None:
    """Close an account, its open sessions and one-time links, and forget its passkeys; its history stays.

    Raises LastAdmin.
    """
    if _is_last_admin(session, staff):
        raise LastAdmin(staff.public_id)
    staff.active = False
    drop_notices(session, staff)
    end_sessions(session, staff)
    remove_all_passkeys(session, staff)
    record_act(session, AuditAct.CLOSE_ACCOUNT, by=by, about=staff.public_id, at=at)
    session.execute(delete(Invitation).where(Invitation.staff_id == staff.id, Invitation.used_at.is_(None)))


def sign_out_everywhere(session: Session, staff: Staff, *, by: Staff | None, at: datetime) -> None:
    """End all sessions of an account, which stays open, and what was begun with its password."""
    end_sessions(session, staff)
    record_act(session, AuditAct.END_SESSIONS, by=by, about=staff.public_id, at=at)


def activate(session: Session, staff: Staff, *, by: Staff | None, at: datetime) -> None:
    """Open a closed account again, with the password and the app for codes it had, and without a passkey."""
    staff.active = True
    record_act(session, AuditAct.OPEN_ACCOUNT, by=by, about=staff.public_id, at=at)


def grant_identity_reading(session: Session, staff: Staff, *, reads: bool, at: datetime) -> None:
    """Let an account open sealed answers, or end that. Only the command line does."""
    staff.reads_identity = reads
    record_act(session, AuditAct.NAME_IDENTITY_READER, by=None, about=staff.public_id, at=at, reads=reads)


def take_totp_step(session: Session, staff: Staff, step: int) -> bool:
    """Use up a time step of the second factor; False when it or a later one was used (RFC 6238, 5.2)."""
    taken = session.execute(
        update(Staff)
        .where(Staff.id == staff.id, Staff.last_totp_step < step)
        .values(last_totp_step=step)
        .execution_options(synchronize_session="fetch")
    )
    return isinstance(taken, CursorResult) and taken.rowcount == 1


def count_failure(session: Session, staff: Staff, *, at: datetime) -> None:
    """Count a failed sign-in; its person hears by mail when that makes the account wait.

    While it is held none is counted: nobody can hold it for ever.
    """
    if is_locked_out(staff, at=at):
        return
    record_act(session, AuditAct.FAIL_SIGN_IN, by=None, about=staff.public_id, at=at)
    if staff.failed_since is None or at - staff.failed_since >= ATTEMPT_WINDOW:
        staff.failed_since = at
        staff.failed_sign_ins = 0
    staff.failed_sign_ins += 1
    if staff.failed_sign_ins == ATTEMPTS:
        queue_sign_in_notice(session, staff, at=at)


def is_locked_out(staff: Staff, *, at: datetime) -> bool:
    """Say whether sign-ins wait because too many failed in the last minute."""
    return (
        staff.failed_sign_ins >= ATTEMPTS
        and staff.failed_since is not None
        and at - staff.failed_since < ATTEMPT_WINDOW
    )
