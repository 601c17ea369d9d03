"""Limits of passwords and codes looked at: nobody's knocking closes the door for others.

A browser that has signed in before, whoever has passed the password, and whoever brings a proof of work have
room of their own. All others share what is left.
"""

from flask import request, session
from sqlalchemy.orm import Session

from portal.database import is_safe_request, transaction
from portal.domain.admission import OF_BROWSER, OF_HALFWAY, PROVED_SIGN_INS, SIGN_INS
from portal.extensions import current_portal, now
from portal.operations.contribute.admission import PROVED_SIGN_IN, check_proof
from portal.operations.rate_limits import name_bucket, require_room, use_proof
from portal.web.site.admission import PROOF_FIELD
from portal.web.staff.known_browsers import read_browser_mark

_STRANGERS = "sign_in"
_PASSWORD = "security.login"  # noqa: S105  # an endpoint
_HALFWAY = frozenset(
    {
        "security.two_factor_token_validation",
        "security.two_factor_setup_validate",
        "security.mf_recovery",
    }
)
GUESSED_AT = frozenset({_PASSWORD, *_HALFWAY})
"""Where somebody who is not signed in sends a secret."""
_HALFWAY_KEY = "tf_user_id"
"""Where Flask-Security notes who has passed the password."""


def admit_guess() -> None:
    """Make room for a secret that is sent before anything is computed for it. Raises TooBusy (429)."""
    if request.endpoint in GUESSED_AT and not is_safe_request():
        # A transaction of its own: nobody must wait while the password of somebody else is hashed.
        with transaction() as database:
            _require_room(database)


def _require_room(database: Session) -> None:
    secret, at = current_portal().instance.receipt_secret, now()
    halfway = session.get(_HALFWAY_KEY, "") if request.endpoint in _HALFWAY else ""
    mark = read_browser_mark()
    if halfway:
        require_room(database, name_bucket(secret, "halfway", halfway), at=at, rule=OF_HALFWAY)
    elif mark is not None:
        require_room(database, name_bucket(secret, "browser", mark.browser), at=at, rule=OF_BROWSER)
    elif _is_proved(database):
        require_room(database, PROVED_SIGN_IN, at=at, rule=PROVED_SIGN_INS)
    else:
        require_room(database, _STRANGERS, at=at, rule=SIGN_INS)


def _is_proved(database: Session) -> bool:
    proof = check_proof(current_portal().instance.receipt_secret, request.form.get(PROOF_FIELD, ""), at=now())
    return proof is not None and use_proof(database, proof.hash, until=proof.until)
