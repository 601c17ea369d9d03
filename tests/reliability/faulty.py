"""Faults that are turned on in a web server before it begins: each a function that its process calls."""

import os
from typing import Any, cast

from flask import Response, send_file

from portal.domain.receipt import hash_receipt
from portal.operations.recognising import FormSecrets
from portal.web import export


def know_own_forms_alone() -> None:
    """Have each worker know the forms again that it took itself, and none that another one took."""

    def hash_here(secrets: FormSecrets) -> str:
        return hash_receipt(secrets.receipt, f"{secrets.form_key} {os.getpid()}")

    cast(Any, FormSecrets).receipt_hash = property(hash_here)


def tell_no_length() -> None:
    """Have the desk send exports without saying how long they are."""

    def send(*file: Any, **named: Any) -> Response:
        answer = send_file(*file, **named)
        del answer.headers["Content-Length"]
        return answer

    cast(Any, export).send_file = send
