"""Signing of cookies and tokens: HMAC-SHA-256, where the libraries would take HMAC-SHA-1 (ASVS 5, 11.4.1)."""

import hashlib

from itsdangerous import Signer

DIGEST = staticmethod(hashlib.sha256)


def sign_by_sha256() -> None:
    """Have everything sign so that names no digest itself: tokens of forms, marks of browsers, questions."""
    Signer.default_digest_method = DIGEST
