"""A lost code: a one-time link by mail, the page it opens, and another code from the private page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.database import transaction
from portal.domain.receipt_code import group_code
from portal.domain.states import State
from portal.domain.ways_in import PageRight, WayIn
from portal.extensions import current_portal, now
from portal.forms.codes import LinkForm, LostCodeForm, RenewCodeForm
from portal.operations.private.access import open_private_page, replace_code
from portal.operations.private.lost_code import open_by_link, send_links
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page, remember_page
from portal.web.site.locale import find_locale

room = Blueprint("private_lost_code", __name__, url_prefix="/<lang:lang>/my")

_OVER = 410


@room.route("/lost", methods=["GET", "POST"])
@access("open")
def ask_for_link() -> ResponseReturnValue:
    """Take an e-mail address; the answer is the same whether anything was sent with it or not."""
    form = LostCodeForm()
    if request.method != "POST" or not form.validate():
        page = render_template("private/lost.html", form=form)
        return (page, 422) if request.method == "POST" else page
    secret = current_portal().instance.receipt_secret
    with transaction() as session:
        send_links(session, form.email.data, at=now(), receipt_secret=secret)
    return render_template("private/asked.html")


@room.route("/link/<token>", methods=["GET", "POST"])
@access("open")
def link(token: str) -> ResponseReturnValue:
    """Open the private page by a one-time link: looking at it uses nothing up, since mail filters do that."""
    form = LinkForm()
    if request.method != "POST" or not form.validate():
        page = render_template("private/link.html", form=form, is_over=False)
        return (page, 422) if request.method == "POST" else page
    with transaction() as session:
        opened = open_by_link(session, token, at=now(), keys=current_portal().instance.keys)
    if opened is None:
        return render_template("private/link.html", is_over=True), _OVER
    remember_page(opened)
    return redirect(url_for("private_lost_code.renew_code"), 303)


@room.route("/code", methods=["GET", "POST"])
@access(PageRight.NEW_CODE)
def renew_code() -> ResponseReturnValue:
    """Offer another code, and show it once, in the answer to the request for it."""
    page_before = open_page()
    submission, unread_from = page_before.submission, page_before.unread_from
    if request.method != "POST" and submission.state is State.WRITING:
        return redirect(url_for("private.enter"), 303)
    form = RenewCodeForm()
    if request.method != "POST" or not form.validate():
        page = render_template("private/renew.html", form=form)
        return (page, 422) if request.method == "POST" else page
    at, instance = now(), current_portal().instance
    with transaction() as session:
        code = replace_code(session, submission, at=at, receipt_secret=instance.receipt_secret)
        # All pages were closed, this one too: it goes on with the new code.
        token = open_private_page(
            session, submission, at=at, keys=instance.keys, way_in=WayIn.OWN_CODE, unread_from=unread_from
        )
    remember_page(token)
    address = f"{current_portal().settings.base_url}/{find_locale().url}/my"
    return render_template("private/renewed.html", code=group_code(code), address=address)
