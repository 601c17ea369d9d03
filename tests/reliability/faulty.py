"""Faults that are turned on in a web server before it begins: each a function that its process calls."""

import os
from functools import partial
from typing import Any, cast

from flask import Response

from portal.domain.receipt_code import hash_receipt
from portal.operations.contribute.submit import FormSecrets
from portal.storage import LentFile
from portal.web.coverages import export

_PIECE = 65_536


def know_own_forms_alone() -> None:
    """Have each worker know the forms again that it took itself, and none that another one took."""

    def hash_here(secrets: FormSecrets) -> str:
        return hash_receipt(secrets.receipt, f"{secrets.form_key} {os.getpid()}")

    cast(Any, FormSecrets).receipt_hash = property(hash_here)


def tell_no_length() -> None:
    """Have the desk send exports without saying how long they are."""

    def send(out: LentFile, _name: str, media_type: str) -> Response:
        out.seek(0)
        return Response(iter(partial(out.read, _PIECE), b""), mimetype=media_type)

    cast(Any, export).send_made = send
