"""Whether a form came through the page that asks for the password."""

from flask import request

CONFIRM_PREFIX = "confirm"
"""Begins the names of the fields of that page."""


def was_confirmed_now() -> bool:
    """Say whether the password came with this form: a file as the answer would leave the question open."""
    return any(name.startswith(f"{CONFIRM_PREFIX}-") for name in request.form)
