"""Settings of the desk: admins see who works here, invite people, change their roles, close accounts."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.database import transaction
from portal.domain.backup import PROOF_LASTS
from portal.domain.languages import best_text, language_name
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission, Role, has_permission
from portal.extensions import current_portal, db, now
from portal.forms.invitations import AssignmentForm, MakeInvitationForm, StaffActForm
from portal.instance import read_proof
from portal.models import Coverage, Staff
from portal.operations.outbox import ABANDONED, retry_failed_mail
from portal.operations.staff import accounts
from portal.operations.staff.accounts import (
    EmailTaken,
    LastAdmin,
    activate,
    assign_role,
    deactivate,
    invitation_address,
    invite_staff,
    issue_renewal_link,
    sign_out_everywhere,
)
from portal.queries.outbox import FailedMail, count_failed, list_failed
from portal.queries.staff import (
    find_coverages,
    find_invitation,
    find_staff,
    list_all_coverages,
    list_open_invitations,
    list_staff,
)
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.labels import reading_label, role_label, role_sentence
from portal.web.site.locale import find_locale

room = Blueprint("staff_settings", __name__, url_prefix="/desk/settings")


@room.get("/")
@access(Permission.STAFF_INVITE)
def index() -> ResponseReturnValue:
    """List staff and open invitations."""
    session = db.session()
    return render_template(
        "staff/settings.html",
        people=[_describe(one) for one in list_staff(session)],
        invitations=[
            {
                "number": one.id,
                "role": role_label(one.role),
                "email": one.email,
                "until": one.expires_at,
                "renews": one.staff_id is not None,
                "coverages": [_title(coverage) for coverage in one.coverages],
            }
            for one in list_open_invitations(session, at=now())
        ],
        failed_mail=count_failed(session),
        proof=_describe_proof(),
    )


def _describe_proof() -> dict[str, object] | None:
    """Return what came of the last backup that was restored to prove it; None without any."""
    proof = read_proof(current_portal().instance.folder)
    if proof is None:
        return None
    return {
        "when": write_moment(proof.at),
        "iso": proof.at.isoformat(),
        "texts": proof.texts,
        "files": proof.files,
        "is_whole": not proof.faults,
        "is_old": proof.at < now() - PROOF_LASTS,
    }


def _title(coverage: Coverage) -> tuple[str, str]:
    """Return the tag and the title a coverage has in the reader's language, or the nearest one."""
    return best_text(coverage.title, [find_locale().tag, coverage.primary_locale])


def _describe(staff: Staff) -> dict[str, object]:
    tag = find_locale().tag
    return {
        "public_id": staff.public_id,
        "name": staff.name,
        "email": staff.email,
        "role": role_label(staff.role),
        "active": staff.active,
        "has_second_factor": staff.tf_primary_method is not None,
        "sees_all": has_permission(staff.role, Permission.COVERAGE_ALL),
        "coverages": [_title(one) for one in staff.coverages],
        "languages": [(language_name(one.tag, tag), reading_label(one.reading)) for one in staff.languages],
    }


def _coverage_choices() -> list[tuple[str, str]]:
    return [(one.slug, _title(one)[1]) for one in list_all_coverages(db.session())]


def _role_choices() -> list[tuple[str, str]]:
    return [(role.value, role_sentence(role)) for role in Role]


@room.route("/invite", methods=["GET", "POST"])
@access(Permission.STAFF_INVITE, fresh=True)
def make_invitation() -> ResponseReturnValue:
    """Make an invitation; its link is shown on the answer of this POST and never again."""
    choices = _coverage_choices()
    form = MakeInvitationForm(
        data={"locale": acting_staff().locale, "coverages": [slug for slug, _text in choices]}
    )
    form.offer(_role_choices(), choices)
    if request.method != "POST":
        return render_template("staff/invite.html", form=form)
    if form.validate():
        try:
            with transaction() as session:
                token = invite_staff(
                    session,
                    role=Role(form.role.data),
                    by=acting_staff(),
                    at=now(),
                    email=form.email.data,
                    locale=form.locale.data,
                    coverages=find_coverages(session, form.coverages.data),
                )
        except EmailTaken:
            form.email.errors = [_("There is already an account with this address.")]
        else:
            return _show_link(token, email=form.email.data)
    return render_template("staff/invite.html", form=form), 422


def _show_link(token: str, *, email: str, name: str = "") -> ResponseReturnValue:
    link = invitation_address(current_portal().settings.base_url, token)
    return render_template("staff/invite_link.html", link=link, email=email, name=name), 201


@room.post("/invitation/<int:number>/revoke")
@access(Permission.STAFF_INVITE, fresh=True)
def revoke_invitation(number: int) -> ResponseReturnValue:
    """Take an invitation back."""
    found = find_invitation(db.session(), number) or abort(404)
    if StaffActForm().validate():
        with transaction() as session:
            accounts.revoke_invitation(session, found)
        flash(_("The invitation has been withdrawn. Its link no longer works."), "ok")
    return redirect(url_for("staff_settings.index"), 303)


@room.route("/staff/<public_id:public_id>", methods=["GET", "POST"])
@access(Permission.STAFF_INVITE, fresh=True)
def person(public_id: str) -> ResponseReturnValue:
    """Show one account, and change its role and coverages."""
    staff = _load(public_id)
    form = AssignmentForm(data={"role": staff.role.value, "coverages": [one.slug for one in staff.coverages]})
    form.offer(_role_choices(), _coverage_choices())
    if request.method != "POST":
        return _person_page(staff, form)
    if form.validate():
        try:
            with transaction() as session:
                assign_role(
                    session,
                    staff,
                    role=Role(form.role.data),
                    coverages=find_coverages(session, form.coverages.data),
                    by=acting_staff(),
                    at=now(),
                )
        except LastAdmin:
            form.role.errors = [_("This is the only admin. Make another admin first.")]
        else:
            flash(_("The account is saved."), "ok")
            return redirect(url_for("staff_settings.person", public_id=public_id), 303)
    return _person_page(staff, form), 422


def _person_page(staff: Staff, form: AssignmentForm) -> str:
    return render_template("staff/person.html", person=_describe(staff), form=form)


def _load(public_id: str) -> Staff:
    return find_staff(db.session(), public_id) or abort(404)


def _back_to(staff_id: str) -> ResponseReturnValue:
    return redirect(url_for("staff_settings.person", public_id=staff_id), 303)


@room.post("/staff/<public_id:public_id>/deactivate")
@access(Permission.STAFF_INVITE, fresh=True)
def close_account(public_id: str) -> ResponseReturnValue:
    """Close an account."""
    staff = _load(public_id)
    if StaffActForm().validate():
        try:
            with transaction() as session:
                deactivate(session, staff, by=acting_staff(), at=now())
            flash(_("The account is closed. All its sessions are ended."), "ok")
        except LastAdmin:
            flash(_("This is the only admin, so the account stays open. Make another admin first."), "warn")
    return _back_to(public_id)


@room.post("/staff/<public_id:public_id>/end-sessions")
@access(Permission.STAFF_INVITE, fresh=True)
def end_sessions(public_id: str) -> ResponseReturnValue:
    """End all sessions of an account."""
    staff = _load(public_id)
    if StaffActForm().validate():
        with transaction() as session:
            sign_out_everywhere(session, staff, by=acting_staff(), at=now())
        flash(_("All sessions of the account are ended."), "ok")
    return _back_to(public_id)


@room.post("/staff/<public_id:public_id>/activate")
@access(Permission.STAFF_INVITE, fresh=True)
def reopen_account(public_id: str) -> ResponseReturnValue:
    """Open a closed account again."""
    staff = _load(public_id)
    if StaffActForm().validate():
        with transaction() as session:
            activate(session, staff, by=acting_staff(), at=now())
        flash(_("The account is open again."), "ok")
    return _back_to(public_id)


@room.post("/staff/<public_id:public_id>/new-link")
@access(Permission.STAFF_INVITE, fresh=True)
def renew_link(public_id: str) -> ResponseReturnValue:
    """Make a link that sets password and second factor anew."""
    staff = _load(public_id)
    if not StaffActForm().validate() or not staff.active:
        return _back_to(public_id)
    with transaction() as session:
        token = issue_renewal_link(session, staff, by=acting_staff(), at=now())
    return _show_link(token, email=staff.email, name=staff.name)


@room.get("/mail")
@access(Permission.STAFF_INVITE)
def failed_mail() -> ResponseReturnValue:
    """List the mail that was given up: what kind and why, never to whom."""
    session = db.session()
    return render_template(
        "staff/mail.html",
        total=count_failed(session),
        failed=[_describe_mail(one) for one in list_failed(session)],
    )


def _describe_mail(mail: FailedMail) -> dict[str, object]:
    kinds = {
        Notice.RECEIVED: _("Confirmation of receipt"),
        Notice.UPDATE: _("There is an update"),
        Notice.ACCESS_LINK: _("One-time link"),
        Notice.DESK_CODE: _("A new code was given out"),
        Notice.ACCOUNT: _("Change of an account"),
        Notice.SIGN_IN: _("Failed sign-ins to an account"),
        Notice.DESK: _("What is waiting on the desk"),
    }
    return {
        "public_id": mail.public_id,
        "kind": kinds[Notice(mail.kind)],
        "language": language_name(mail.locale, find_locale().tag),
        "when": write_moment(mail.failed_at),
        "iso": mail.failed_at.isoformat(),
        "attempts": mail.attempts,
        "error": "" if mail.error == ABANDONED else mail.error,
    }


@room.post("/mail/again")
@access(Permission.STAFF_INVITE)
def retry_all_mail() -> ResponseReturnValue:
    """Try to send everything that was given up."""
    return _retry()


@room.post("/mail/<public_id:public_id>/again")
@access(Permission.STAFF_INVITE)
def retry_mail(public_id: str) -> ResponseReturnValue:
    """Try to send one mail that was given up."""
    return _retry(only=public_id)


def _retry(*, only: str = "") -> ResponseReturnValue:
    if StaffActForm().validate():
        with transaction() as session:
            count = retry_failed_mail(session, at=now(), only=only)
        if count:
            flash(
                ngettext(
                    "%(num)s e-mail is being sent again.", "%(num)s e-mails are being sent again.", count
                ),
                "ok",
            )
        else:
            flash(_("This e-mail is already being sent again."), "info")
    return redirect(url_for("staff_settings.failed_mail"), 303)
