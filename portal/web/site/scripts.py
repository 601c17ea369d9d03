"""Requests of our scripts, which read JSON, told from those of a browser that shows a page."""

from flask import request

_SCRIPT = "application/json"


def wants_script() -> bool:
    """Say whether a script asks."""
    return bool(request.accept_mimetypes.best == _SCRIPT)
