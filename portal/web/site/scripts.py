"""Whether a script of ours asks, which reads JSON, or a browser that shows a page."""

from flask import request

_SCRIPT = "application/json"


def wants_script() -> bool:
    """Say whether a script asks."""
    return bool(request.accept_mimetypes.best == _SCRIPT)
