"""The account room: invitations, a person's own account, and the sign-in that Flask-Security brings."""

import base64
import hashlib
from typing import Any

import qrcode  # type: ignore[import-untyped]  # ships no types
from flask import (
    Blueprint,
    Flask,
    Response,
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
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
    current_user,
    hash_password,
    logout_user,
    user_failed_authn,
)
from markupsafe import Markup

from portal.database import transaction
from portal.domain.permissions import Permission
from portal.extensions import Portal, current_portal, db
from portal.forms.account import (
    ChangeForm,
    InvitationForm,
    ProfileForm,
    RenewalForm,
    RescueForm,
    SetupForm,
    SignInForm,
    clean_address,
)
from portal.forms.base import PortalForm
from portal.forms.passwords import PASSWORD_MINIMUM, find_weakness
from portal.models import Invitation, Staff
from portal.operations.signing_in import LONGEST, end_session, end_sessions, queue_account_notice
from portal.operations.staffing import (
    EmailTaken,
    LinkSpent,
    NewAccount,
    Profile,
    accept_invitation,
    change_profile,
    count_failure,
    is_held,
    renew_access,
    take_totp_step,
)
from portal.queries.staff import find_open_invitation, find_staff_by_email, hash_token, list_sessions
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.dates import write_moment
from portal.web.freshness import FRESH, PortalVerifyForm, find_wait
from portal.web.hashing import CappedHashing, count_slots
from portal.web.locale import find_locale
from portal.web.pages import error_page
from portal.web.staff_session import current_session, init_staff_sessions
from portal.web.words import role_label

room = Blueprint("account", __name__, url_prefix="/account")

_STEP_SECONDS = 30
_RECOVERY_CODES = 8


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
            return False
        if isinstance(self.user, Staff) and is_held(self.user, at=now()):
            self.password.errors.append("")  # replaced by the generic answer
            return False
        return True


class PortalChangeForm(ChangeForm):
    """Another password; whoever guesses at the present one waits."""

    def validate(self, **kwargs: Any) -> bool:
        """Check the passwords. After too many tries say when the next one is looked at."""
        wait = find_wait(acting_staff())
        if wait:
            self.form_errors.append(wait)
            return False
        return bool(super().validate(**kwargs))


class StrongPasswords(PasswordUtil):
    """What Flask-Security asks about a new password."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: FBT001  # Flask-Security's signature
        **kwargs: Any,
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with it, None when nothing is, and the password as it is hashed."""
        normal = self.normalize(password)
        user = kwargs.get("user")
        weakness = find_weakness(normal, about=[user.name, user.email] if user else [])
        return ([weakness] if weakness else None), normal


class SingleUseCodes(MfRecoveryCodesUtil):
    """Recovery codes: each opens once, also when two browsers send it at the same moment."""

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Say whether the code is unused, holding the account until the answer; while it is held none is."""
        staff = db.session().get_one(Staff, user.id, with_for_update=True, populate_existing=True)
        if is_held(staff, at=now()):
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
        if is_held(user, at=now()):
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


def init_account(app: Flask) -> None:
    """Bind Flask-Security: password and authenticator app, no registration, no mail."""
    portal: Portal = app.extensions["portal"]
    instance = portal.instance
    app.config.update(
        SECURITY_URL_PREFIX="/account",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_CHANGE_URL="/password",
        SECURITY_VERIFY_URL="/confirm",
        SECURITY_TWO_FACTOR_SETUP_URL="/second-factor",
        SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL="/code",  # noqa: S106  # an address
        SECURITY_TWO_FACTOR_RESCUE_URL="/code/lost",
        SECURITY_TWO_FACTOR_SELECT_URL="/second-factor/choose",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL="/recovery-codes",
        SECURITY_MULTI_FACTOR_RECOVERY_URL="/recovery-code",
        SECURITY_STATIC_FOLDER=None,
        SECURITY_POST_LOGIN_VIEW="desk.queue",
        SECURITY_POST_LOGOUT_VIEW="security.login",
        SECURITY_POST_CHANGE_VIEW="account.own",
        SECURITY_POST_VERIFY_VIEW="account.own",
        SECURITY_TWO_FACTOR_POST_SETUP_VIEW="account.own",
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  # the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SALT=instance.password_salt,
        # ASVS 5 appendix C: 46 MiB, one pass, one lane.
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__memory_cost": 47104,
            "argon2__time_cost": 1,
            "argon2__parallelism": 1,
        },
        SECURITY_PASSWORD_LENGTH_MIN=PASSWORD_MINIMUM,
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",  # noqa: S106  # a form of Unicode
        SECURITY_INPUT_NORMALIZE_FORM="NFKC",
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_REQUIRED=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_IMPLEMENTATIONS={"code": "flask_security.twofactor.CodeTfPlugin"},
        SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY=_STEP_SECONDS,
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TOTP_SECRETS={1: instance.totp_secret},
        # A colon would end the issuer in the address that the QR code carries.
        SECURITY_TOTP_ISSUER=portal.settings.site_name.replace(":", " "),
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=_RECOVERY_CODES,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[_recovery_key(instance.totp_secret)],
        SECURITY_FRESHNESS=FRESH,
        SECURITY_FRESHNESS_GRACE_PERIOD=FRESH,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_I18N_DIRNAME=["builtin", app.config["BABEL_TRANSLATION_DIRECTORIES"]],
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
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
        two_factor_rescue_form=RescueForm,
        two_factor_setup_form=SetupForm,
    )
    security.want_json(lambda _request: False)
    # The mark of "basic" is made from the visitor's address, which Tor changes and which we do not keep.
    security.login_manager.session_protection = None
    # Signed in by the session alone: no token in an address or a header is looked for.
    security.login_manager.request_loader(None)
    user_failed_authn.connect(_note_failure, app)
    security.pwd_context = CappedHashing(
        security.pwd_context, slots=count_slots(workers=portal.settings.workers)
    )
    init_staff_sessions(app, security)


def _recovery_key(secret: str) -> bytes:
    """Return the Fernet key that seals recovery codes, made from the secret of the second factor."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"recovery codes\x00" + secret.encode()).digest())


def _note_failure(_app: Flask, *, user: Staff, **_details: Any) -> None:
    """Count a failed sign-in, after the view: views of failed sign-ins keep nothing themselves."""
    staff_id = user.id

    @after_this_request
    def _keep(response: Response) -> Response:
        with transaction() as database:
            staff = database.get(Staff, staff_id)
            if staff is not None:
                count_failure(database, staff, at=now())
        return response


@room.route("/", methods=["GET", "POST"])
@access(Permission.ACCOUNT_OWN)
def own() -> ResponseReturnValue:
    """Show and change one's own account."""
    staff = acting_staff()
    form = ProfileForm(
        data={
            "name": staff.name,
            "locale": staff.locale,
            "shortcuts": staff.shortcuts,
            "languages": [{"language": one.tag, "reading": one.reading.value} for one in staff.languages],
        }
    )
    form.offer_languages(find_locale().tag)
    if request.method == "POST":
        if form.validate():
            with transaction():
                change_profile(staff, _profile(form))
            flash(_("Your account is saved."), "ok")
            return redirect(url_for("account.own"), 303)
        return _own_page(form, staff), 422
    return _own_page(form, staff)


def _profile(form: ProfileForm) -> Profile:
    return Profile(form.name.data, form.locale.data, form.shortcuts.data, form.chosen_languages())


def _own_page(form: ProfileForm, staff: Staff) -> str:
    return render_template(
        "account/own.html",
        form=form,
        person=staff,
        codes_left=len(staff.mf_recovery_codes or []),
        sessions=_describe_sessions(staff),
    )


def _describe_sessions(staff: Staff) -> list[dict[str, Any]]:
    """Return the open sessions as the page lists them; one browser knows which of them is its own."""
    own = hash_token(current_session())
    return [
        {
            "public_id": one.public_id,
            "browser": one.browser or _("Unknown browser"),
            "since": write_moment(one.signed_in_at),
            "is_own": one.token_hash == own,
        }
        for one in list_sessions(db.session(), staff, since=now() - LONGEST)
    ]


@room.post("/sessions/<public_id:public_id>/end")
@access(Permission.ACCOUNT_OWN)
def leave_one(public_id: str) -> ResponseReturnValue:
    """Sign out on one device."""
    if PortalForm().validate():
        with transaction() as database:
            end_session(database, acting_staff(), public_id)
        flash(_("That session is ended."), "ok")
    return redirect(url_for("account.own"), 303)


@room.post("/end-sessions")
@access(Permission.ACCOUNT_OWN)
def leave_everywhere() -> ResponseReturnValue:
    """Sign out on every device."""
    if not PortalForm().validate():
        return redirect(url_for("account.own"), 303)
    staff = acting_staff()
    with transaction() as database:
        end_sessions(database, staff)
    logout_user()
    flash(_("You are signed out on every device."), "ok")
    return redirect(url_for("security.login"), 303)


@room.route("/invitation/<token>", methods=["GET", "POST"])
@access("open")
def invitation(token: str) -> ResponseReturnValue:
    """Make an account from a one-time link, or renew one; setting up the second factor follows."""
    found = find_open_invitation(db.session(), token, at=now())
    if found is None:
        return _spent_link()
    return _renew(found, token) if found.staff is not None else _make_account(found, token)


def _spent_link() -> ResponseReturnValue:
    return error_page(
        404,
        _("This link does not work any more"),
        _("It was used, its time is over, or a part of it is missing. Ask for a new link."),
    )


def _make_account(found: Invitation, token: str) -> ResponseReturnValue:
    form = InvitationForm(data={"locale": find_locale().tag})
    if found.email:
        del form.email
    form.offer_languages(find_locale().tag)
    if request.method == "POST":
        if form.validate():
            account = NewAccount(
                name=form.name.data,
                email=found.email or form.email.data,
                password_hash=hash_password(form.password),
                locale=form.locale.data,
                languages=form.chosen_languages(),
            )
            try:
                with transaction() as database:
                    staff = accept_invitation(database, found, account, at=now())
            except LinkSpent:
                return _spent_link()
            except EmailTaken:
                form.form_errors.append(_("There is already an account with this address."))
            else:
                return _begin_second_factor(staff)
        return _invitation_page("account/invitation.html", form, found, token), 422
    return _invitation_page("account/invitation.html", form, found, token)


def _renew(found: Invitation, token: str) -> ResponseReturnValue:
    form = RenewalForm()
    if request.method == "POST":
        if form.validate() and found.staff is not None:
            password_hash = hash_password(form.password)
            try:
                with transaction() as database:
                    staff = renew_access(database, found, found.staff, password_hash=password_hash, at=now())
            except LinkSpent:
                return _spent_link()
            return _begin_second_factor(staff)
        return _invitation_page("account/renewal.html", form, found, token), 422
    return _invitation_page("account/renewal.html", form, found, token)


def _invitation_page(template: str, form: PortalForm, found: Invitation, token: str) -> str:
    return render_template(
        template,
        form=form,
        invitation=found,
        token=token,
        role=role_label(found.role),
        site=current_portal().settings.site_name,
    )


def _begin_second_factor(staff: Staff) -> ResponseReturnValue:
    """Go on as after a right password: the second factor comes before anybody is signed in."""
    if current_user.is_authenticated:
        logout_user()
    security = current_app.extensions["security"]
    begun: ResponseReturnValue = security.two_factor_plugins.tf_enter(
        staff, remember_me=False, primary_authn_via="password", next_loc=None
    )
    return begun
