"""A contributor's way back in: the code opens the private page, a random token keeps it open two hours."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.receipt import hash_code, is_well_formed
from portal.domain.states import State
from portal.keys import KeyRing, form_key_place
from portal.models import ContributorSession, Submission

OPEN_FOR = timedelta(hours=2)
_TOKEN_BYTES = 32


def hash_token(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_by_code(session: Session, code: str, *, receipt_secret: bytes) -> Submission | None:
    """Return the submission of a receipt code (20 digits, cleaned), or None whatever was wrong with it."""
    # The look-up runs for malformed codes too, so that the time taken tells nothing.
    found = session.scalar(
        select(Submission).where(Submission.receipt_hash == hash_code(receipt_secret, code))
    )
    if found is None or not is_well_formed(code) or found.state is State.ERASED:
        return None
    return found


def open_private_page(
    session: Session, piece: Submission, *, at: datetime, keys: KeyRing, form_key: str | None = None
) -> str:
    """Return the token of a newly opened private page.

    With `form_key` its receipt page can show the code again.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    hashed = hash_token(token)
    session.add(
        ContributorSession(
            token_hash=hashed,
            submission_id=piece.id,
            sealed_form_key=keys.seal(form_key.encode(), form_key_place(hashed)) if form_key else None,
            expires_at=at + OPEN_FOR,
        )
    )
    return token


def find_open_page(session: Session, token: str, *, at: datetime) -> ContributorSession | None:
    """Return the open private page of a token, or None when it is unknown or over."""
    return session.scalar(
        select(ContributorSession).where(
            ContributorSession.token_hash == hash_token(token), ContributorSession.expires_at > at
        )
    )


def close_private_page(session: Session, token: str) -> None:
    """Forget a token."""
    session.execute(delete(ContributorSession).where(ContributorSession.token_hash == hash_token(token)))


def forget_expired_pages(session: Session, *, at: datetime) -> None:
    """Delete every private page session that is over."""
    session.execute(delete(ContributorSession).where(ContributorSession.expires_at <= at))


def recall_form_key(page: ContributorSession, *, keys: KeyRing) -> str | None:
    """Return the form key of the sending that opened this page, or None when a code opened it."""
    if page.sealed_form_key is None:
        return None
    return keys.open(page.sealed_form_key, form_key_place(page.token_hash)).decode()
