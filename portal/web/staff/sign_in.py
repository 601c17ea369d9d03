"""The sign-in of the desk: what Flask-Security brings, bound to our accounts, rules and pages."""

import base64
import hashlib
import logging
from collections.abc import Mapping
from typing import Any

import qrcode  # type: ignore[import-untyped]  # ships no types
from flask import (
    Flask,
    Response,
    after_this_request,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import (
    MfRecoveryCodesUtil,
    PasswordUtil,
    RoleMixin,
    Security,
    SQLAlchemySessionUserDatastore,
    Totp,
    TwoFactorVerifyCodeForm,
    current_user,
    user_failed_authn,
)
from markupsafe import Markup

from portal.database import is_safe_request, transaction
from portal.domain.languages import DEFAULT
from portal.domain.passkeys import Purpose
from portal.domain.sign_in import FRESH
from portal.extensions import Portal, current_portal, db, now
from portal.forms.account import (
    ChangeForm,
    RescueForm,
    SetupForm,
    SignInForm,
    clean_address,
)
from portal.forms.passwords import PASSWORD_MINIMUM, find_weakness
from portal.models import Staff
from portal.operations.staff.accounts import count_failure, is_locked_out, take_totp_step
from portal.operations.staff.sign_in import queue_account_notice
from portal.queries.staff import find_staff_by_email
from portal.web.site.current_staff import acting_staff
from portal.web.staff.known_browsers import read_browser_mark
from portal.web.staff.passkey_questions import PasskeyQuestion, ask_known, check_answer, is_answered
from portal.web.staff.password_hashing import CappedHashing, count_slots
from portal.web.staff.reauthentication import PortalVerifyForm, word_wait
from portal.web.staff.session import init_staff_sessions
from portal.web.staff.sign_in_limit import admit_guess

_log = logging.getLogger(__name__)

LIBRARY_ROOM = "security"
"""The blueprint of the library's own pages."""

_CODE = "security.two_factor_token_validation"
_BEGUN = "tf_"
"""What names in the cookie start with that hold a sign-in, or another second factor, until it is finished."""

_HALFWAY = "tf_user_id"
"""Where the cookie says who has passed the password."""
_STATE, _READY = "tf_state", "ready"
"""What the cookie says of a sign-in that waits for the second factor, once there is one."""

_STEP_SECONDS = 30
_RECOVERY_CODES = 8


def _must_wait(staff: Staff) -> bool:
    """Say whether too many sign-ins of the account have failed; its own browsers need not wait."""
    mark = read_browser_mark()
    return is_locked_out(staff, at=now()) and not (mark is not None and mark.is_of(staff))


class PortalSignInForm(SignInForm):
    """The sign-in form; a held account gets the answer to a wrong password."""

    def validate(self, **kwargs: Any) -> bool:
        """Check address and password; on a held account too, so that time tells nothing."""
        self.ifield = self.email
        self.user = find_staff_by_email(db.session(), clean_address(self.email.data))
        # Hashing takes long: neither the account's row nor the database may be held meanwhile.
        if self.user is not None:
            db.session.expunge(self.user)
        db.session.rollback()
        if not super().validate(**kwargs):
            if self.user is None:
                _log.info("failed to sign in: no such account")
            return False
        if isinstance(self.user, Staff) and _must_wait(self.user):
            self.password.errors.append("")  # replaced by the generic answer
            return False
        return True


class PortalCodeForm(TwoFactorVerifyCodeForm):
    """The second factor: the code of the app, or a passkey in its place.

    A passkey cannot be guessed, so it is looked at while the codes of a held account have to wait.
    """

    def validate(self, **kwargs: Any) -> bool:
        """Check passkey or code. Of an app that is being set up nothing but its code will do."""
        is_waiting = session.get(_STATE) == _READY
        if not (is_answered() and is_waiting and isinstance(self.user, Staff)):
            return bool(super().validate(**kwargs))
        refusal = check_answer(self.user, Purpose.SIGN_IN)
        if refusal:
            self.form_errors.append(refusal)
        return not refusal


class PortalChangeForm(ChangeForm):
    """Another password; whoever guesses at the present one waits."""

    def validate(self, **kwargs: Any) -> bool:
        """Check the passwords. After too many tries say when the next one is looked at."""
        wait = word_wait(acting_staff())
        if wait:
            self.form_errors.append(wait)
            return False
        return bool(super().validate(**kwargs))


class StrongPasswords(PasswordUtil):
    """Checks of Flask-Security on a new password."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: FBT001  # Flask-Security's signature
        **kwargs: Any,
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with it, None when nothing is, and the password as it is hashed."""
        normal = self.normalize(password)
        user = kwargs.get("user")
        own = [user.name, user.email] if user else []
        weakness = find_weakness(normal, about=[*own, *current_portal().settings.known_words])
        return ([weakness] if weakness else None), normal


class SingleUseCodes(MfRecoveryCodesUtil):
    """Recovery codes: each opens once, also when two browsers send it at the same moment."""

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Say whether the code is unused, holding the account until the answer; while it is held none is."""
        staff = db.session().get_one(Staff, user.id, with_for_update=True, populate_existing=True)
        if _must_wait(staff):
            return False
        if super().check_recovery_code(staff, code):
            return True
        staff.track_failed_authn("recovery code", tfa=True)
        return False

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Return new codes; the person hears by mail that there are new ones."""
        queue_account_notice(db.session(), user, at=now())
        codes: list[str] = super().create_recovery_codes(user)
        return codes


class StepTaken(Exception):
    """Another request used the same code a moment before."""


class StepTotp(Totp):
    """Codes of the second factor: each time step opens an account once, in order."""

    def get_last_counter(self, user: Any) -> int | None:
        """Return the newest step the account has used."""
        step: int = user.last_totp_step
        return step

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Use up the step of a code. Raises StepTaken."""
        if not take_totp_step(db.session(), user, tmatch.counter):
            raise StepTaken

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Say whether the code is right and unused; while the account is held no code is."""
        if _must_wait(user):
            return False
        try:
            return super().verify_totp(token, totp_secret, user, window=window)
        except StepTaken:
            return False

    def generate_qrcode(self, username: str, totp: str) -> Markup:
        """Return the QR code as inline SVG: the content security policy allows no data: images."""
        return draw_qr(self.get_totp_uri(username, totp))


def draw_qr(text: str) -> Markup:
    """Return a QR code as SVG, dark on light in any colour scheme, with the quiet zone of ISO/IEC 18004."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" width="264" height="264" '
        'viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(label=_("QR code for your authenticator app"), size=len(rows), path=path)


_ADDRESSES: Mapping[str, Any] = {
    "SECURITY_URL_PREFIX": "/account",
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_CHANGE_URL": "/password",
    "SECURITY_VERIFY_URL": "/confirm",
    "SECURITY_TWO_FACTOR_SETUP_URL": "/second-factor",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/code",
    "SECURITY_TWO_FACTOR_RESCUE_URL": "/code/lost",
    "SECURITY_TWO_FACTOR_SELECT_URL": "/second-factor/choose",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/recovery-codes",
    "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/recovery-code",
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_POST_LOGIN_VIEW": "desk.queue",
    "SECURITY_POST_LOGOUT_VIEW": "security.login",
    "SECURITY_POST_CHANGE_VIEW": "staff_account.own",
    "SECURITY_POST_VERIFY_VIEW": "staff_account.own",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "staff_account.own",
}
_PASSWORDS: Mapping[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # ASVS 5 appendix C: 46 MiB, one pass, one lane.
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 47104,
        "argon2__time_cost": 1,
        "argon2__parallelism": 1,
    },
    "SECURITY_PASSWORD_LENGTH_MIN": PASSWORD_MINIMUM,
    "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
    "SECURITY_INPUT_NORMALIZE_FORM": "NFKC",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
}
_SECOND_FACTOR: Mapping[str, Any] = {
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_REQUIRED": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {"code": "flask_security.twofactor.CodeTfPlugin"},
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": _STEP_SECONDS,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": _RECOVERY_CODES,
}
_SESSIONS: Mapping[str, Any] = {
    "SECURITY_FRESHNESS": FRESH,
    "SECURITY_FRESHNESS_GRACE_PERIOD": FRESH,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
}


def init_sign_in(app: Flask) -> None:
    """Bind Flask-Security: password and authenticator app, no registration, no mail."""
    portal: Portal = app.extensions["portal"]
    app.config.update(
        {**_ADDRESSES, **_PASSWORDS, **_SECOND_FACTOR, **_SESSIONS, **_list_own_settings(app, portal)}
    )
    # One for each application: it keeps keys, and two applications in one process have different ones.
    security = Security(
        totp_cls=StepTotp, password_util_cls=StrongPasswords, mf_recovery_codes_util_cls=SingleUseCodes
    )
    security.init_app(
        app,
        SQLAlchemySessionUserDatastore(db.session, Staff, RoleMixin),
        login_form=PortalSignInForm,
        change_password_form=PortalChangeForm,
        verify_form=PortalVerifyForm,
        two_factor_verify_code_form=PortalCodeForm,
        two_factor_rescue_form=RescueForm,
        two_factor_setup_form=SetupForm,
    )
    _set_up_pages(security)
    user_failed_authn.connect(_note_failure, app)
    security.pwd_context = CappedHashing(
        security.pwd_context, slots=count_slots(workers=portal.settings.workers)
    )
    init_staff_sessions(app, security)


def _list_own_settings(app: Flask, portal: Portal) -> Mapping[str, Any]:
    """Return the settings that differ from one installation to the next: secrets, name and languages."""
    instance = portal.instance
    return {
        "SECURITY_PASSWORD_SALT": instance.password_salt,
        "SECURITY_TOTP_SECRETS": {1: instance.totp_secret},
        # A colon would end the issuer in the address that the QR code carries.
        "SECURITY_TOTP_ISSUER": portal.settings.site_names[DEFAULT.tag].replace(":", " "),
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [_recovery_key(instance.totp_secret)],
        "SECURITY_I18N_DIRNAME": ["builtin", app.config["BABEL_TRANSLATION_DIRECTORIES"]],
    }


def _set_up_pages(security: Security) -> None:
    """Have the pages of the second factor offer a passkey, and a session alone say who somebody is."""
    security.tf_token_validation_context_processor(_offer_at_sign_in)
    security.verify_context_processor(_offer_at_confirmation)
    security.want_json(lambda _request: False)
    # Who may do what is said by access.py; nobody asks Flask-Principal, nor needs it to look who it is.
    security.principal.identity_loaders.clear()
    # The mark of "basic" is made from the visitor's address, which Tor changes and which we do not keep.
    security.login_manager.session_protection = None
    # Signed in by the session alone: no token in an address or a header is looked for.
    security.login_manager.request_loader(None)


def _offer_at_sign_in() -> dict[str, PasskeyQuestion | None]:
    """Return what the page for the code needs to take a passkey as well."""
    is_waiting = session.get(_STATE) == _READY
    return {"passkey": ask_known(Purpose.SIGN_IN, session.get(_HALFWAY, "")) if is_waiting else None}


def _offer_at_confirmation() -> dict[str, PasskeyQuestion | None]:
    return {"passkey": ask_known(Purpose.CONFIRM, acting_staff().fs_uniquifier)}


def guard_library_pages() -> ResponseReturnValue | None:
    """Guard the library's own pages: how often one guesses, what a link interrupts, where they lead."""
    after_this_request(_keep_to_paths)
    admit_guess()
    return _keep_sign_in()


def _keep_sign_in() -> ResponseReturnValue | None:
    """Let no page that is only opened end or interrupt a sign-in: any link elsewhere can lead there."""
    if not is_safe_request():
        return None
    begun = {name: value for name, value in session.items() if name.startswith(_BEGUN)}
    if request.endpoint == _CODE and current_user.is_authenticated and "tf_totp_secret" not in begun:
        return redirect(url_for("desk.queue"))  # the library would sign out whoever has no code to enter

    @after_this_request
    def _put_back(response: Response) -> Response:
        for name in begun.keys() - session.keys():
            session[name] = begun[name]
        return response

    return None


def _keep_to_paths(response: Response) -> Response:
    """Lead to the desk where the library would go on to a `next` that is no path of ours."""
    to = response.location
    if to is not None and (not to.startswith("/") or to.startswith("//")):
        response.location = url_for("desk.queue")
    return response


def _recovery_key(secret: str) -> bytes:
    """Return the Fernet key that seals recovery codes, made from the secret of the second factor."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"recovery codes\x00" + secret.encode()).digest())


def _note_failure(_app: Flask, *, user: Staff, **_details: Any) -> None:
    """Count a failed sign-in, after the view: views of failed sign-ins keep nothing themselves."""
    staff_id = user.id
    _log.info("failed to sign in: account %s", user.public_id)

    @after_this_request
    def _keep(response: Response) -> Response:
        with transaction() as database:
            staff = database.get(Staff, staff_id, with_for_update=True)
            if staff is not None:
                count_failure(database, staff, at=now())
        return response
