"""Accounts of staff: invitations, and a person's own account."""

from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_security import (
    current_user,
    hash_password,
    logout_user,
)

from portal.database import transaction
from portal.domain.desk_notices import MailChoice
from portal.domain.languages import locale_by_tag
from portal.domain.permissions import Permission
from portal.domain.sign_in import LONGEST_SESSION
from portal.extensions import current_portal, db, now
from portal.forms.account import (
    AcceptInvitationForm,
    ProfileForm,
    RenewalForm,
)
from portal.forms.base import PortalForm
from portal.models import Invitation, Staff
from portal.models.base import hash_token
from portal.operations.staff import sign_in
from portal.operations.staff.accounts import (
    EmailTaken,
    LinkSpent,
    NameTaken,
    NewAccount,
    Profile,
    accept_invitation,
    change_profile,
    renew_access,
)
from portal.queries.staff import find_open_invitation, list_sessions
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import list_clocks, write_moment
from portal.web.site.error_pages import error_page
from portal.web.site.labels import role_label
from portal.web.site.locale import find_locale, prefer_locale, remember_account_locale
from portal.web.staff.session import current_session

room = Blueprint("staff_account", __name__, url_prefix="/account")


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
            "shows_presence": staff.shows_presence,
            "time_zone": staff.time_zone,
            "mail_choice": staff.mail_choice.value,
            "quiet_from": staff.quiet_from,
            "quiet_until": staff.quiet_until,
            "languages": [{"language": one.tag, "reading": one.reading.value} for one in staff.languages],
        }
    )
    form.offer_languages(find_locale().tag)
    form.offer_zones(list_clocks(at=now()))
    if request.method == "POST":
        if form.validate():
            try:
                with transaction() as database:
                    change_profile(database, staff, _profile(form))
            except NameTaken:
                form.name.errors = [_say_taken()]
                return _own_page(form, staff), 422
            remember_account_locale(staff.locale)
            chosen = locale_by_tag(staff.locale) or find_locale()
            with force_locale(chosen.babel):  # the page that says it is in this one already
                flash(_("Your account is saved."), "ok")
            return redirect(url_for("staff_account.own"), 303)
        return _own_page(form, staff), 422
    return _own_page(form, staff)


def _say_taken() -> str:
    return str(
        _(
            "Somebody on the desk has this name, or one that looks just like it. Add a surname or "
            "an initial, so that nobody confuses the two of you."
        )
    )


def _profile(form: ProfileForm) -> Profile:
    return Profile(
        form.name.data,
        form.locale.data,
        form.shortcuts.data,
        form.chosen_languages(),
        time_zone=form.time_zone.data,
        mail_choice=MailChoice(form.mail_choice.data),
        quiet_from=form.quiet_from.data,
        quiet_until=form.quiet_until.data,
        shows_presence=form.shows_presence.data,
    )


def _own_page(form: ProfileForm, staff: Staff) -> str:
    return render_template(
        "staff/own_account.html",
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
        for one in list_sessions(db.session(), staff, since=now() - LONGEST_SESSION)
    ]


@room.post("/sessions/<public_id:public_id>/end")
@access(Permission.ACCOUNT_OWN)
def end_session(public_id: str) -> ResponseReturnValue:
    """Sign out on one device."""
    if PortalForm().validate():
        with transaction() as database:
            sign_in.end_session(database, acting_staff(), public_id)
        flash(_("That session is ended."), "ok")
    return redirect(url_for("staff_account.own"), 303)


@room.post("/end-sessions")
@access(Permission.ACCOUNT_OWN)
def end_sessions() -> ResponseReturnValue:
    """Sign out on every device."""
    if not PortalForm().validate():
        return redirect(url_for("staff_account.own"), 303)
    staff = acting_staff()
    with transaction() as database:
        sign_in.end_sessions(database, staff)
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
    prefer_locale(found.locale)
    return _renew(found, token) if found.staff is not None else _make_account(found, token)


def _spent_link() -> ResponseReturnValue:
    return error_page(
        404,
        _("This link does not work any more"),
        _("It has been used or has expired, or part of the address is missing. Ask for a new link."),
    )


def _make_account(found: Invitation, token: str) -> ResponseReturnValue:
    form = AcceptInvitationForm(data={"locale": find_locale().tag})
    if found.email:
        del form.email
    form.offer_languages(find_locale().tag)
    form.add_known_words([*current_portal().settings.known_words, found.email])
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
            except NameTaken:
                form.name.errors = [_say_taken()]
            else:
                return _begin_second_factor(staff)
        return _invitation_page("staff/invitation.html", form, found, token), 422
    return _invitation_page("staff/invitation.html", form, found, token)


def _renew(found: Invitation, token: str) -> ResponseReturnValue:
    form = RenewalForm()
    own = [found.staff.name, found.staff.email] if found.staff else []
    form.add_known_words([*current_portal().settings.known_words, *own])
    if request.method == "POST":
        if form.validate() and found.staff is not None:
            password_hash = hash_password(form.password)
            try:
                with transaction() as database:
                    staff = renew_access(database, found, found.staff, password_hash=password_hash, at=now())
            except LinkSpent:
                return _spent_link()
            return _begin_second_factor(staff)
        return _invitation_page("staff/renewal.html", form, found, token), 422
    return _invitation_page("staff/renewal.html", form, found, token)


def _invitation_page(template: str, form: PortalForm, found: Invitation, token: str) -> str:
    return render_template(
        template,
        form=form,
        invitation=found,
        token=token,
        role=role_label(found.role),
        site=current_portal().settings.site_names[find_locale().tag],
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
