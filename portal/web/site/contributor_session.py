"""The contributor's session: which private page this browser has open; a token in its cookie names it."""

from flask import g, make_response, session
from flask.typing import ResponseReturnValue
from flask_security import logout_user
from sqlalchemy.orm import Session

from portal.domain.ways_in import PageRight, WayIn, is_author, may_on_page
from portal.extensions import current_portal, db, now
from portal.models import ContributorSession, Submission
from portal.operations.private.access import find_open_page, open_private_page

OPEN_PAGE, _TEXTS_KEY = "page", "texts"
_MOST_TEXTS = 8
_FORGET_BROWSER = '"cache", "cookies", "storage"'


def load_session_page() -> None:
    """Load the open private page, for views that may need it: g.submission_id and g.private_page."""
    page = find_open_page(db.session(), session[OPEN_PAGE], at=now())
    if page is not None:
        g.private_page = page
        g.submission_id = page.submission_id


def remember_page(token: str) -> None:
    """Keep the token in the cookie, until the browser closes."""
    session[OPEN_PAGE] = token


def current_token() -> str:
    """Return the token of the open page, or an empty string."""
    token: str = session.get(OPEN_PAGE, "")
    return token


def note_text(submission: Submission) -> None:
    """Have the cookie remember that a text came from this browser: its public id, which opens nothing."""
    noted = noted_texts()
    if submission.public_id not in noted:
        session[_TEXTS_KEY] = [*noted, submission.public_id][-_MOST_TEXTS:]


def noted_texts() -> list[str]:
    """Return the public ids of the texts that came from this browser, as far as it remembers."""
    return list(session.get(_TEXTS_KEY, []))


def open_to_sender(session: Session, submission: Submission, form_key: str) -> str | None:
    """Return the token of the page that opens to this browser; None where only a newer code opens it.

    A form is as good as its code: once that was replaced, it opens nothing. Who has entered the new code in
    this browser keeps the page that opened.
    """
    note_text(submission)
    if submission.replacement_hash is not None:
        return current_token() if g.get("submission_id") == submission.id else None
    keys = current_portal().instance.keys
    return open_private_page(session, submission, at=now(), keys=keys, way_in=WayIn.FORM, form_key=form_key)


def open_page() -> ContributorSession:
    """Return the open private page; only for views that ask for a right of it."""
    page: ContributorSession = g.private_page
    return page


def may_here(right: PageRight) -> bool:
    """Say whether the private page that is open in this browser, if there is one, has the right."""
    page: ContributorSession | None = g.get("private_page")
    return page is not None and may_on_page(page.way_in, right)


def is_author_here() -> bool:
    """Say whether what is done on the open private page is done by the author."""
    return is_author(open_page().way_in)


def forget() -> None:
    """Empty the cookie."""
    session.clear()


def forget_browser(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Empty the cookie, and have the browser forget what this site kept in it."""
    logout_user()  # a colleague's session must not outlive the cookie that is emptied
    forget()
    response = make_response(answer)
    response.headers["Clear-Site-Data"] = _FORGET_BROWSER
    return response
