"""Consents given anew: the contributor reads the sentences that have changed since, and agrees."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.answers import GivenConsent
from portal.domain.languages import LOCALES
from portal.domain.questions import ConsentText, fill_placeholders
from portal.domain.ways_in import PageRight
from portal.extensions import now
from portal.forms.private import ConsentsForm, consents_form
from portal.operations.private import consents
from portal.queries.calls import call_values
from portal.queries.private.page import PrivatePage
from portal.web.private.page import load_page
from portal.web.site.access import access
from portal.web.site.locale import find_locale

room = Blueprint("private_consents", __name__, url_prefix="/<lang:lang>/my")


@room.route("/consents", methods=["GET", "POST"])
@access(PageRight.CONSENTS)
def renew_consents() -> ResponseReturnValue:
    """Show the sentences in the reader's language, never in another one, and keep the boxes ticked."""
    page = load_page()
    asked = page.outdated
    if not asked:  # agreed to in another tab, or by the first of two clicks
        return redirect(url_for("private.enter"), 303)
    tag = find_locale().tag
    if not all(one.text.get(tag) for one in asked):
        return _show_other_languages(asked), 404
    form = consents_form(_offer(page, asked, tag))()
    if request.method != "POST":
        return _show(page, form)
    if not form.validate():
        return _show(page, form), 422
    with transaction() as session:
        consents.renew_consents(session, page.submission, form.given(), at=now())
    flash(_("Thank you. What you agreed to is kept with your text."), "success")
    return redirect(url_for("private.enter"), 303)


def _offer(page: PrivatePage, asked: tuple[ConsentText, ...], tag: str) -> tuple[GivenConsent, ...]:
    """Return the sentences as they would be agreed to."""
    values = call_values(page.submission.call)
    return tuple(
        GivenConsent(one.key, one.version, fill_placeholders(one.text[tag], values, tag), tag)
        for one in asked
    )


def _show(page: PrivatePage, form: ConsentsForm) -> str:
    renewed = {one.key for one in form.offered}
    given = {one.key: one for one in page.submission.consents if one.key in renewed}
    return render_template("private/consents.html", form=form, earlier=list(given.values()))


def _show_other_languages(asked: tuple[ConsentText, ...]) -> str:
    """Say in which languages the sentences exist: nobody agrees to words in another one than theirs."""
    found = [locale for locale in LOCALES if all(one.text.get(locale.tag) for one in asked)]
    return render_template(
        "private/other_languages.html",
        entries=[
            {"locale": one, "href": url_for("private_consents.renew_consents", lang=one)} for one in found
        ],
    )
