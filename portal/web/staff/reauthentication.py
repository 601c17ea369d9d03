"""Entering the password anew before what must not happen at an unattended desk.

A view that says `@access(..., fresh=True)` is reached only by whoever entered the password in the last 15
minutes. Others get a page that asks for it and holds all that was sent: with the password the same form goes
on, and nobody fills anything in again. A passkey that asks who holds it is as good as the password.
"""

from datetime import timedelta
from typing import Any

from flask import render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import VerifyForm, current_user
from flask_security.utils import check_and_update_authn_fresh

from portal.database import transaction
from portal.domain.admission import CONFIRMATIONS
from portal.domain.errors import TooBusy
from portal.domain.passkeys import Purpose
from portal.domain.sign_in import FRESH
from portal.extensions import current_portal, now
from portal.forms.account import CHALLENGE, CREDENTIAL
from portal.models import Staff
from portal.operations.rate_limits import name_bucket, require_room
from portal.web.site.current_staff import CONFIRM_PREFIX, acting_staff
from portal.web.site.error_texts import write_wait
from portal.web.staff.passkey_questions import ask_known, check_answer, is_answered
from portal.web.staff.session import confirm_session

PREFIX = CONFIRM_PREFIX
_NO_GRACE = timedelta(0)
_EXTENDED = "fs_gexp"
_FORBIDDEN = 403


class PortalVerifyForm(VerifyForm):
    """The password once more, or a passkey: whoever guesses waits, the right one names the session anew."""

    def validate(self, **kwargs: Any) -> bool:
        """Check passkey or password. After too many tries say when the next one is looked at."""
        refusal = word_wait(acting_staff())
        if not refusal and is_answered():
            refusal = check_answer(acting_staff(), Purpose.CONFIRM)
        elif not refusal and not super().validate(**kwargs):
            return False
        if refusal:
            self.form_errors.append(refusal)
            return False
        confirm_session()  # together with what the passkey has counted
        return True


def word_wait(staff: Staff) -> str:
    """Return what is said to somebody who has tried too often inside this account; empty when there is room.

    Only whoever is signed in comes here, so nobody outside can keep the owner from it.
    """
    secret = current_portal().instance.receipt_secret
    try:
        with transaction() as database:
            name = name_bucket(secret, "confirm", staff.public_id)
            require_room(database, name, at=now(), rule=CONFIRMATIONS)
    except TooBusy as busy:
        return str(_("There were too many tries. Try again %(when)s.", when=write_wait(busy.wait)))
    return ""


def is_fresh() -> bool:
    """Say whether the person was proved in the last 15 minutes; whatever was done since does not count."""
    # Other pages may have prolonged it for their own purposes.
    session.pop(_EXTENDED, None)
    return bool(check_and_update_authn_fresh(FRESH, _NO_GRACE, "session"))


def ask_password() -> ResponseReturnValue | None:
    """Ask for the password before a view that needs it; None when it was entered a short while ago."""
    if is_fresh():
        return None
    form = PortalVerifyForm(user=current_user, prefix=PREFIX)
    if form.password.name in request.form and form.validate():
        return None
    return _ask(form), _FORBIDDEN


def _ask(form: PortalVerifyForm) -> str:
    """Return the page that asks, with everything that was sent in hidden fields."""
    own = {"csrf_token", CHALLENGE, CREDENTIAL, *(field.name for field in form)}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in own]
    return render_template(
        "staff/confirm.html",
        form=form,
        kept=kept,
        action=request.full_path.removesuffix("?"),
        passkey=ask_known(Purpose.CONFIRM, acting_staff().fs_uniquifier),
    )
