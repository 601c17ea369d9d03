"""Random tokens that browsers and links carry; what is stored of one is its hash."""

import hashlib
import secrets

_BYTES = 32


def make_token() -> str:
    """Return a new token of 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
