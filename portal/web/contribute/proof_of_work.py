"""The challenge for the proof of work. Its format and its solution are told in portal.web.site.admission."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.extensions import current_portal, db, now
from portal.operations.contribute.admission import issue
from portal.web.site.access import access

room = Blueprint("contribute_proof_of_work", __name__, url_prefix="/<lang:lang>/my")


@room.get("/proof")
@access("open")
def challenge() -> ResponseReturnValue:
    """Give out a fresh challenge; nothing is kept of it."""
    secret = current_portal().instance.receipt_secret
    return jsonify(issue(db.session(), at=now(), receipt_secret=secret))
