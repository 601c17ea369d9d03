"""Questions to passkeys: what a page has the browser ask, and what came back with a form.

Flask-Security's own pages for this take the site's name from the request, answers to one question as often as
they come, and after the password of one account the passkey of another. None of that may be here, so the
package it checks answers with is used directly; the sign-in before and after stays Flask-Security's.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, request, session
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.domain.languages import DEFAULT
from portal.domain.passkeys import PROVES_PERSON, QUESTION_STANDS, Purpose, RelyingParty, find_relying_party
from portal.extensions import current_portal, db, now
from portal.forms.account import CHALLENGE, CREDENTIAL
from portal.models import Passkey, Staff
from portal.operations.staff.passkeys import (
    LatePasskey,
    PasskeyChallenge,
    RefusedPasskey,
    use_passkey,
    user_handle,
)
from portal.queries.staff import list_passkeys

_BROWSER = "passkeys"
"""Where the cookie keeps the number that binds questions to this browser."""
_BYTES = 32
_PATIENCE = int(QUESTION_STANDS.total_seconds() * 1000)


@dataclass(frozen=True)
class PasskeyQuestion:
    """The question of a page to a passkey: what goes back with the answer, and the browser's options."""

    challenge: str
    options: str


def site_of_passkeys() -> RelyingParty | None:
    """Return what passkeys are bound to here; None where browsers make none. Never taken from the request."""
    return find_relying_party(current_portal().settings.base_url)


def ask_new(staff: Staff) -> PasskeyQuestion | None:
    """Return the question for another passkey of the account."""
    site = site_of_passkeys()
    if site is None:
        return None
    challenge = secrets.token_bytes(_BYTES)
    options = generate_registration_options(
        rp_id=site.name,
        rp_name=current_portal().settings.site_names[DEFAULT.tag],
        user_id=user_handle(staff),
        user_name=staff.name,
        challenge=challenge,
        timeout=_PATIENCE,
        exclude_credentials=_describe(list_passkeys(db.session(), staff.fs_uniquifier)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            # The password comes first, so the account is known: a key that is found tells nobody of us.
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return PasskeyQuestion(_sign_challenge(Purpose.ADD, challenge), options_to_json(options))


def ask_known(purpose: Purpose, known: str) -> PasskeyQuestion | None:
    """Return the question for the passkeys of an account, None without any; `known` is the account's mark."""
    site, passkeys = site_of_passkeys(), list_passkeys(db.session(), known)
    if site is None or not passkeys:
        return None
    wanted = UserVerificationRequirement
    challenge = secrets.token_bytes(_BYTES)
    options = generate_authentication_options(
        rp_id=site.name,
        challenge=challenge,
        timeout=_PATIENCE,
        allow_credentials=_describe(passkeys),
        user_verification=wanted.REQUIRED if purpose in PROVES_PERSON else wanted.PREFERRED,
    )
    return PasskeyQuestion(_sign_challenge(purpose, challenge), options_to_json(options))


def read_question(purpose: Purpose, challenge: str) -> PasskeyChallenge:
    """Return the question a page of this browser asked for this purpose. Raises LatePasskey."""
    site = site_of_passkeys()
    try:
        asked, moment = _serializer(purpose).loads(
            challenge, max_age=int(QUESTION_STANDS.total_seconds()), return_timestamp=True
        )
        browser, text = asked
    except (BadData, ValueError, TypeError) as error:
        raise LatePasskey from error
    if site is None or browser != session.get(_BROWSER):
        raise LatePasskey
    return PasskeyChallenge(purpose, site, base64.urlsafe_b64decode(text), moment + QUESTION_STANDS)


def is_answered() -> bool:
    """Say whether the form brought the answer of a passkey in place of what its fields ask for."""
    return bool(request.form.get(CREDENTIAL))


def check_answer(staff: Staff, purpose: Purpose) -> str:
    """Return why the answer in the form is refused; empty when it is good, to be kept by what it opens."""
    database = db.session()
    try:
        question = read_question(purpose, request.form.get(CHALLENGE, ""))
        use_passkey(database, staff, answer=request.form[CREDENTIAL], question=question, at=now())
    except RefusedPasskey as refused:
        database.rollback()
        if not isinstance(refused, LatePasskey):
            staff.track_failed_authn("passkey", tfa=purpose is Purpose.SIGN_IN)
        return word_refused_passkey(refused)
    return ""


def word_refused_passkey(refused: RefusedPasskey) -> str:
    """Return the sentence for an answer that is not taken."""
    if isinstance(refused, LatePasskey):
        return str(_("That took too long, or it was sent twice. Please use the passkey again."))
    return str(_("This passkey was not accepted, and nothing was changed. Try again, or choose another way."))


def _describe(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id, transports=[AuthenticatorTransport(way) for way in one.transports]
        )
        for one in passkeys
    ]


def _sign_challenge(purpose: Purpose, challenge: bytes) -> str:
    browser = session.setdefault(_BROWSER, secrets.token_hex(_BYTES // 2))
    signed = _serializer(purpose).dumps([browser, base64.urlsafe_b64encode(challenge).decode()])
    return signed if isinstance(signed, str) else signed.decode()


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"passkey: {purpose}")
