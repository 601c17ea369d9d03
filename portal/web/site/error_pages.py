"""Error pages, which keep what was typed, and the values every page gets."""

import hashlib
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security.core import AnonymousUser
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.database import is_full, is_out_of_reach, write_during_read
from portal.domain.acts import Act
from portal.domain.documents import NoRoom
from portal.domain.errors import DomainError, Overloaded, SearchDamaged, TooBusy
from portal.domain.form_origin import FormRefusal
from portal.domain.states import State
from portal.domain.transitions import fits
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.refusals import word_refused_act
from portal.models import ContributorSession
from portal.operations.search_fts5 import is_index_damaged, make_anew
from portal.sealing.keys import CannotOpen
from portal.web.site.admission import answer_busy_script
from portal.web.site.contributor_session import may_here
from portal.web.site.current_staff import list_links, staff_on_page
from portal.web.site.desk_addresses import find_queue
from portal.web.site.error_texts import (
    answer_later,
    describe_domain,
    describe_http,
    describe_large_file,
    describe_missing_text,
)
from portal.web.site.form_faults import describe_refusal, wants_script
from portal.web.site.form_guard import RefusedForm
from portal.web.site.locale import find_locale, language_menu, neutral_address
from portal.web.site.moved_pages import find_moved
from portal.web.site.page_owner import mark_open_page
from portal.web.site.typed_back import typed_texts
from portal.web.site.uploads import is_file_too_large

_MINUTE = timedelta(minutes=1)
_PAGES_OF_TEXTS = ("/desk/submission/", "/desk/coverages/draft/")
_log = logging.getLogger(__name__)


@cache
def fingerprint(folder: str, name: str) -> str:
    """Return a short hash of a static file, so that browsers may keep it for ever."""
    return hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:8]


def asset(name: str) -> str:
    """Return the fingerprinted address of a static file."""
    mark = fingerprint(current_app.static_folder or "", name)
    return f"{request.script_root}{current_app.static_url_path}/{name}?v={mark}"


def context() -> dict[str, Any]:
    """Return the few values base.html needs."""
    staff, locale, settings = staff_on_page(), find_locale(), current_portal().settings
    return {
        "locale": locale,
        "languages": language_menu(),
        "neutral_url": neutral_address(),
        "asset": asset,
        "staff": staff,
        "desk_links": list_links(staff),
        "queue_href": find_queue(staff) if staff is not None else "",
        "site_name": settings.site_names[locale.tag],
        "site_tagline": settings.site_taglines[locale.tag],
        "home_url": url_for("public.coverages"),
        "safety_url": url_for("public.safety"),
        "help_url": url_for("public.help_page"),
        "my_url": url_for("private.enter"),
        "owner_mark": mark_open_page,
    }


def error_page(
    status: int,
    heading: str,
    sentence: str,
    *,
    ways: Sequence[tuple[str, str]] = (),
    is_erased: bool = False,
) -> ResponseReturnValue:
    """Render the error page in the reader's language with everything typed.

    `ways` are address and name of what can be done all the same; where the text may be erased (`is_erased`),
    nobody is told to keep its words. A script that sent a form gets heading and
    sentence: what was typed stands in its page.
    """
    if request.method == "POST" and wants_script():
        return jsonify(describe_refusal(heading, [sentence])), status
    page = render_template(
        "site/error.html",
        heading=heading,
        sentence=sentence,
        typed=typed_texts(),
        is_erased=is_erased,
        ways=ways,
        back=_way_back(status),
    )
    return page, status


def _way_back(status: int) -> Mapping[str, str]:
    """Return where to go on, and what the place is called."""
    if not request.path.startswith("/desk"):
        return {"href": url_for("public.coverages"), "name": _("Go to the start page")}
    if status == 401:
        return {"href": url_for("security.login"), "name": _("Sign in")}
    return {"href": url_for("desk.queue"), "name": _("Back to the queue")}


def init_pages(app: Flask) -> None:
    """Register the context of all templates and the page of every error."""
    app.context_processor(context)
    _answer_refusals(app)
    _answer_failures(app)


def _answer_refusals(app: Flask) -> None:
    """Register the answers to requests we do not serve: the page says why."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        # A foreign host name: no address can be made for its error page.
        if isinstance(error, SecurityError):
            sentence = _(
                "This server does not answer to that name. If you run it: the proxy must pass on the name "
                "in the address, and PORTAL_BASE_URL or PORTAL_TRUSTED_HOSTS must contain it."
            )
            return Response(sentence, 400, mimetype="text/plain")
        moved = find_moved() if error.code == 404 else None
        if moved:
            return redirect(*moved)
        if error.code == 404 and request.path.startswith(_PAGES_OF_TEXTS) and staff_on_page():
            return error_page(404, *describe_missing_text(), is_erased=True)
        told = describe_large_file() if error.code == 413 and is_file_too_large() else describe_http(error)
        return error_page(error.code or 500, *told)

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> ResponseReturnValue:
        db.session.rollback()
        if not isinstance(error, TooBusy):
            return error_page(*describe_domain(error))
        status, heading, sentence = describe_domain(error)
        told = describe_refusal(heading, [sentence])
        page = answer_busy_script(error, told) or error_page(status, heading, sentence)
        return answer_later(page, error.wait)

    @app.errorhandler(RefusedForm)
    def _refused(error: RefusedForm) -> ResponseReturnValue:
        # The views of sign-in check the token themselves, and hold nothing but passwords.
        if request.blueprint == "security" or request.endpoint is None:
            return _refused_act(error.cause)
        if g.get("csrf_failed"):
            return error_page(400, *describe_http(error))
        g.csrf_failed = error.cause
        return _show_same_form(app, app.view_functions[request.endpoint], error.cause)


def _show_same_form(app: Flask, view: Callable[..., Any], cause: FormRefusal) -> ResponseReturnValue:
    """Run the view of a refused form: the form never validates and keeps what was typed."""
    try:
        response = app.make_response(app.ensure_sync(view)(**(request.view_args or {})))
    except Exception as stopped:  # whatever stops the view, a missing thing say, has a page of its own
        return app.handle_user_exception(stopped)
    # A button of its own goes back to its page: nobody would read there that nothing was done.
    if response.location:
        return _refused_act(cause)
    response.status_code = 400
    return response


def _refused_act(cause: FormRefusal) -> ResponseReturnValue:
    return error_page(400, _("Please try again"), word_refused_act(cause))


def _answer_failures(app: Flask) -> None:
    """Register the answers to what broke on our side."""

    @app.errorhandler(SQLAlchemyError)
    def _busy(error: SQLAlchemyError) -> ResponseReturnValue:
        if is_index_damaged(error) and not g.get("has_written"):
            return _answer_without_index(app)
        if not is_out_of_reach(error):
            return _unexpected(error)
        db.session.rollback()
        # Extensions look up who is signed in for every page: this one must not wait for the database again.
        g._login_user = AnonymousUser()  # type: ignore[no-untyped-call]  # noqa: SLF001  # Flask-Login reads it
        _log.error("the database did not answer: %s", type(getattr(error, "orig", error)).__name__)
        return _say_full() if is_full(error) else _say_overloaded()

    @app.errorhandler(SearchDamaged)
    def _lacking(error: SearchDamaged) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(*describe_domain(error)) if g.get("has_written") else _answer_without_index(app)

    @app.errorhandler(Overloaded)
    def _overloaded(_error: Overloaded) -> ResponseReturnValue:
        db.session.rollback()
        return _say_overloaded()

    @app.errorhandler(NoRoom)
    def _full(_error: NoRoom) -> ResponseReturnValue:
        db.session.rollback()
        return _say_full()

    @app.errorhandler(CannotOpen)
    def _shut(error: CannotOpen) -> ResponseReturnValue:
        db.session.rollback()
        column = "/".join(str(error).split("/")[:2])
        _log.error("no key opens an envelope of %s in %s: run portal doctor", column, request.endpoint)
        return error_page(
            500,
            _("This cannot be opened now"),
            _("We cannot open what is stored here: our key is missing, or what is stored is damaged."),
            ways=_list_ways_out(),
        )

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        # Where it happened, never what it says: messages of errors quote what people typed.
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("unexpected %s in %s\n%s", type(error).__name__, request.endpoint, where)
        return error_page(
            500,
            _("Something broke on our side"),
            _("It is not your fault. Try again in a few minutes."),
        )


def _answer_without_index(app: Flask) -> ResponseReturnValue:
    """Answer a request that met a damaged index of the search: with an empty one, which the worker fills.

    It was only read so far, so nothing is done twice; a second damage has the page of what is unexpected.
    """
    g.has_written = True
    with write_during_read() as session:
        make_anew(session)
    _log.error("the index of the search was damaged and is made anew")
    view = app.view_functions[request.endpoint or ""]
    try:
        return app.make_response(app.ensure_sync(view)(**(request.view_args or {})))
    except Exception as stopped:  # as in _show_same_form
        return app.handle_user_exception(stopped)


def _list_ways_out() -> list[tuple[str, str]]:
    """Return what the author of the open private page can do without reading it: address and name."""
    page: ContributorSession | None = g.get("private_page")
    if page is None or not may_here(PageRight.ERASE):
        return []
    submission = page.submission
    ends = {
        Act.WITHDRAW: (url_for("private_leaving.withdraw"), _("Withdraw your text")),
        Act.ASK_TAKE_DOWN: (url_for("private_leaving.ask_take_down"), _("Ask us to take it down")),
    }
    shown = submission.state_shown(now())
    return [
        *(
            way
            for act, way in ends.items()
            if shown is not State.WRITING and fits(shown, submission.stage, act)
        ),
        (url_for("private_leaving.erase"), _("Erase everything now")),
    ]


def _say_full() -> ResponseReturnValue:
    """Say that nothing can be kept now, with everything typed."""
    _log.error("the disk is full: nothing is kept until there is room")
    return error_page(
        507,
        _("We have run out of space"),
        _("Our disk is full: nothing was saved or changed. Try again in a few hours."),
    )


def _say_overloaded() -> ResponseReturnValue:
    """Say that there is no room for it in this moment, with everything typed."""
    page = error_page(
        503,
        _("We are overloaded"),
        _("Nothing was saved yet. Wait a minute, then go back and try again."),
    )
    return answer_later(page, _MINUTE)
