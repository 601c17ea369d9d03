"""Mail when there is news: the contributor switches it on or off."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, now
from portal.forms.private import MailForm
from portal.operations.private.consents import switch_mail
from portal.web.private.page import load_page, show_page
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page

room = Blueprint("private_mail", __name__, url_prefix="/<lang:lang>/my")


@room.post("/mail")
@access(PageRight.MAIL)
def switch() -> ResponseReturnValue:
    """Switch mail on or off."""
    page = load_page()
    form = MailForm()
    if not form.validate():
        return show_page(page, form=form), 422
    wanted = form.wanted.data == "1"
    with transaction() as session:
        switch_mail(
            session,
            page.submission,
            wanted=wanted,
            keys=current_portal().instance.keys,
            at=now(),
            page=open_page(),
        )
    flash(
        _("You will get an e-mail when there is news.")
        if wanted
        else _("You will get no more e-mails from us."),
        "success",
    )
    return redirect(url_for("private.enter"), 303)
