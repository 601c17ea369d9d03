"""The challenge for the proof of work. Its format and its solution are told in portal.web.lanes."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.extensions import current_portal
from portal.operations.proving import issue_challenge
from portal.web.access import access
from portal.web.clock import now

room = Blueprint("proof", __name__, url_prefix="/<lang:lang>/my")


@room.get("/proof")
@access("open")
def challenge() -> ResponseReturnValue:
    """Give out a fresh challenge; nothing is kept of it."""
    return jsonify(issue_challenge(current_portal().instance.receipt_secret, at=now()))
