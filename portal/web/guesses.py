"""How many passwords and codes are looked at on the whole site, whoever sends them (R-21, R-38)."""

from flask import Flask, request

from portal.database import is_safe_request, transaction
from portal.domain.lanes import SIGN_INS
from portal.operations.keeping import require_room
from portal.web.clock import now

GUESSED_AT = frozenset(
    {
        "security.login",
        "security.two_factor_token_validation",
        "security.two_factor_setup_validate",
        "security.mf_recovery",
    }
)
"""Where somebody who is not signed in sends a secret."""
_BUCKET = "sign_in"


def limit_guesses(app: Flask) -> None:
    """Make room for every secret sent before anything is computed for it. Raises TooBusy (429)."""

    @app.before_request
    def _admit() -> None:
        if request.endpoint in GUESSED_AT and not is_safe_request():
            # A transaction of its own: nobody must wait while the password of somebody else is hashed.
            with transaction() as session:
                require_room(session, _BUCKET, at=now(), rule=SIGN_INS)
