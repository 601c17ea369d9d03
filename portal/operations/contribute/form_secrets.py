"""How a form that arrives again, and what stood in it, are known without being stored."""

import hashlib
import hmac
import json
from dataclasses import dataclass

from portal.domain.answers import SubmittedAnswers
from portal.domain.receipt_code import hash_receipt
from portal.sealing.keys import KeyRing


@dataclass(frozen=True, slots=True)
class FormSecrets:
    """What seals that which a form brings, and makes the form known when it comes again."""

    keys: KeyRing
    receipt: bytes
    """What receipt codes follow from, besides the form key."""
    form_key: str

    @property
    def receipt_hash(self) -> str:
        """Return what is stored of the receipt code."""
        return hash_receipt(self.receipt, self.form_key)


def hash_content(sending: SubmittedAnswers, form_key: str) -> str:
    """Return the fingerprint of everything sent, 64 hexadecimal characters.

    Keyed with the form key, which is not stored: a plain hash would let a reader of the database test guesses
    at the sealed answers.
    """
    content = {
        "stage": sending.stage,
        "lang": sending.lang,
        "answers": dict(sending.answers),
        "sealed": dict(sending.sealed),
        "consents": sorted((one.key, one.version) for one in sending.consents),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(form_key.encode(), canonical.encode(), hashlib.sha256).hexdigest()
