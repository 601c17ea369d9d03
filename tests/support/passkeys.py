"""A device that holds passkeys as the standard has it (WebAuthn, level 2), and what browsers do with it."""

import base64
import hashlib
import html
import json
import re
import secrets
import struct
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import encode_cbor
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Passkey, Staff
from tests.support.plain_browser import find_form
from tests.support.staff import account_of, enter

PASSKEYS = "/account/passkeys/"
NAME = "Синій ключ"
CODE = "/account/code"
CONFIRM = "/account/confirm"
NOT_ACCEPTED = "This passkey was not accepted, and nothing was changed. Try again, or choose another way."
LATE = "That took too long, or it was sent twice. Please use the passkey again."
KeptPasskeys = list[tuple[str, int, date | None]]
HERE = "http://localhost"
_PRESENT, _VERIFIED, _HOLDS_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """A security key, or what a phone has in its place. What it answers by is changed by tests."""

    origin: str = HERE
    """Where the browser is, in truth."""
    frame_of: str = ""
    """The site in whose frame the page stands, if in any."""
    site: str = "localhost"
    handle: bytes | None = None
    """The account it says the passkey is of; a security key says nothing."""
    verifies: bool = True
    """Whether it asks for a fingerprint or PIN."""
    statement: dict[str, Any] = field(default_factory=lambda: {"fmt": "none", "attStmt": {}})
    """What it says of its maker."""
    count: int = 1
    step: int = 1
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: dict[str, Any]) -> str:
        """Answer a question for a new passkey."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        held = bytes(16) + struct.pack(">H", len(self.id)) + self.id + encode_cbor(cose)
        told = self._describe(_HOLDS_KEY) + held
        statement = encode_cbor({**self.statement, "authData": told})
        data = self._collect("webauthn.create", options)
        return self._write(clientDataJSON=data, attestationObject=statement, transports=["usb", "telepathy"])

    def answer(self, options: dict[str, Any]) -> str:
        """Answer a question for a passkey it holds."""
        self.count += self.step
        data, told = self._collect("webauthn.get", options), self._describe()
        signature = self.key.sign(told + hashlib.sha256(data).digest(), ec.ECDSA(SHA256()))
        return self._write(
            clientDataJSON=data, authenticatorData=told, signature=signature, userHandle=self.handle
        )

    def _describe(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.site.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _collect(self, kind: str, options: dict[str, Any]) -> bytes:
        """Return what the browser adds of itself: a page cannot change it."""
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        framed = {"crossOrigin": True, "topOrigin": self.frame_of} if self.frame_of else {}
        return json.dumps({**said, **framed}).encode()

    def _write(self, **response: Any) -> str:
        shown = {name: to_text(one) if isinstance(one, bytes) else one for name, one in response.items()}
        name = to_text(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": shown})


def keep_passkey(session: Session, staff: Staff, *, at: datetime) -> str:
    """Keep a passkey of a device that nobody has any more; return its public id."""
    passkey = Passkey(
        staff_id=staff.id,
        name="YubiKey 5",
        credential_id=secrets.token_bytes(32),
        public_key=b"",
        sign_count=0,
        transports=["usb"],
        added_on=at.date(),
    )
    session.add(passkey)
    session.flush()
    return passkey.public_id


def to_text(value: bytes) -> str:
    """Return bytes as the standard writes them."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def read_options(page: str) -> dict[str, Any]:
    """Return what a page has the browser ask."""
    found = re.search(r'data-options="([^"]*)"', page)
    assert found is not None
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def add_passkey(client: FlaskClient, device: Device, name: str = NAME, **changes: str) -> TestResponse:
    """Add a passkey of a device on the page for it; return the answer."""
    page = client.get(PASSKEYS).text
    form = find_form(page, field="credential")
    sent = {**form["values"], "passkey_name": name, "credential": device.make(read_options(page)), **changes}
    return client.post(form["action"], data=sent)


def fill_in(client: FlaskClient, address: str, device: Device) -> tuple[str, dict[str, Any]]:
    """Have a device answer the question of a page; return where its form goes and what it holds."""
    page = client.get(address).text
    form = find_form(page, field="passkey-credential")
    return form["action"], {**form["values"], "passkey-credential": device.answer(read_options(page))}


def use_passkey(client: FlaskClient, device: Device, address: str = "/account/code") -> TestResponse:
    """Use a passkey on a page that asks for the second factor, or for the password once more."""
    action, values = fill_in(client, address, device)
    return client.post(action, data=values)


def list_passkeys(app: Flask) -> KeptPasskeys:
    """Return the passkeys that are kept: name, count, and the day they were last used."""
    with app.app_context():
        kept = db.session.scalars(select(Passkey).order_by(Passkey.id)).all()
        return [(one.name, one.sign_count, one.used_on) for one in kept]


def open_account(app: Flask, email: str, *, ago: float = 0) -> FlaskClient:
    """Return a browser in which somebody is signed in."""
    return enter(app.test_client(), account_of(app, email).fs_uniquifier, ago=ago)


def read_refusal(answer: TestResponse) -> list[str]:
    """Return the sentences of a refusal."""
    summary = answer.text.partition('class="error-summary"')[2].partition("</div>")[0]
    return [part.partition("</li>")[0] for part in summary.split("<li>")[1:]]
