"""Unsent texts: save and come back later, go on, delete a version, get everything typed back."""

from typing import Any

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from portal.database import transaction
from portal.domain.receipt_code import derive_code, group_code
from portal.domain.states import Stage, State
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.contribute import ContributorForm
from portal.forms.private import DeleteForm
from portal.models import Submission, UnsentVersion
from portal.operations.contribute.save import SaveState
from portal.operations.contribute.unsent import delete_unsent_version, read_typed
from portal.operations.private.access import recall_form_key
from portal.queries.contribute.same_browser import list_unsent_beside
from portal.queries.contribute.unsent import find_unsent_version, list_unsent_versions
from portal.traces import clear_at_once
from portal.web.contribute.form_page import show_closed, show_form, show_other_languages
from portal.web.contribute.form_target import (
    FormPurpose,
    FormTarget,
    find_form_target,
    has_our_key,
    is_spoken,
    is_token_refused,
    make_after_target,
    make_change_target,
    make_contributor_form,
    make_story_target,
    make_unsent_target,
    takes_form,
)
from portal.web.contribute.sent_texts import ask_for_new_code
from portal.web.contribute.unsent import KeptUnsent, choose_version, keep_unsent
from portal.web.site.access import access
from portal.web.site.contributor_session import (
    forget_browser,
    note_text,
    open_page,
    open_to_sender,
    remember_page,
)
from portal.web.site.erasure_texts import describe_traces
from portal.web.site.form_faults import wants_script
from portal.web.site.form_guard import answer_refused_script
from portal.web.site.unsent_list import describe_unsent, write_end

room = Blueprint("contribute_save", __name__, url_prefix="/<lang:lang>")

_UNCHANGED = "unchanged"
"""Field of a save that names the texts we have instead of carrying them: on a bad line every letter costs."""
_FILE_NAME = "notes.txt"
"""Says nothing to who looks through a phone."""


@room.post("/<coverage>/<any(pitch, story):kind>/save")
@access("open")
def save(coverage: str, kind: str) -> ResponseReturnValue:
    """Save a pitch or story that is not finished."""
    return _save(find_form_target(coverage, Stage(kind)))


@room.post("/my/story/save")
@access(PageRight.SEND_STORY)
def save_full_story() -> ResponseReturnValue:
    """Save the full story of an invited pitch."""
    return _save(make_story_target(_load_submission()))


@room.post("/my/change/save")
@access(PageRight.CHANGE)
def save_change() -> ResponseReturnValue:
    """Save a change of what was sent."""
    submission = _load_submission()
    return (
        _save(make_change_target(submission))
        if submission.revisions
        else redirect(url_for("private.enter"), 303)
    )


@room.post("/my/questions/save")
@access(PageRight.CHANGE)
def save_after() -> ResponseReturnValue:
    """Save answers to the questions after the receipt."""
    submission = _load_submission()
    return (
        _save(make_after_target(submission))
        if submission.revisions
        else redirect(url_for("private.enter"), 303)
    )


@room.get("/my/saved")
@access(PageRight.UNSENT)
def saved() -> ResponseReturnValue:
    """Say that it is saved, until when, and how to come back."""
    page = open_page()
    submission, instance = page.submission, current_portal().instance
    unsent = describe_unsent(
        submission, list_unsent_versions(db.session(), submission), shown=submission.state_shown(now())
    )
    if unsent is None:
        return redirect(url_for("private.enter"), 303)
    form_key = recall_form_key(page, keys=instance.keys) if submission.replacement_hash is None else None
    return render_template(
        "contribute/saved.html",
        code=group_code(derive_code(instance.receipt_secret, form_key)) if form_key else "",
        until=unsent.until,
        go_url=unsent.versions[0].go_url or url_for("private.enter"),
        is_new=submission.state is State.WRITING,
    )


@room.get("/my/write")
@access(PageRight.UNSENT)
def resume() -> ResponseReturnValue:
    """Show the form of a text that was never sent, filled in as it was saved."""
    submission = _find_named_text(_load_submission())
    rows = list_unsent_versions(db.session(), submission)
    row, others = choose_version(submission, rows, shown=submission.state_shown(now()))
    if submission.state is not State.WRITING or row is None:
        return redirect(url_for("private.enter"), 303)
    target = make_unsent_target(submission, row)
    if not is_spoken(target):
        return show_other_languages(target)
    form = make_contributor_form(target, row=row)
    if takes_form(target, form):
        return show_form(target, form, others=others)
    return show_closed(target, form, kept=write_end(submission, rows, shown=State.WRITING))


@room.post("/my/unsent/<public_id:public_id>/delete")
@access(PageRight.UNSENT)
def delete_version(public_id: str) -> ResponseReturnValue:
    """Delete an unsent version; with the only one of a text never sent everything about it goes."""
    submission, row = _load_version(public_id)
    if not DeleteForm().validate():
        return redirect(url_for("private.enter"), 303)
    with transaction() as session:
        delete_unsent_version(session, row, at=now())
        is_gone = submission.state is State.ERASED and submission.id == open_page().submission_id
    traces = describe_traces(is_clear=clear_at_once(at=now()))
    if is_gone:
        return forget_browser(render_template("contribute/deleted.html", traces=traces))
    flash(_("That version is deleted."), "success")
    return redirect(url_for("private.enter"), 303)


@room.get("/my/unsent/<public_id:public_id>/text")
@access(PageRight.UNSENT)
def download_version(public_id: str) -> ResponseReturnValue:
    """Give an unsent version as a text file."""
    submission, row = _load_version(public_id)
    return _attach(make_contributor_form(make_unsent_target(submission, row), row=row))


@room.post("/<coverage>/<any(pitch, story):kind>/file-back")
@access("open")
def download_typed(coverage: str, kind: str) -> ResponseReturnValue:
    """Give everything typed back as a text file; nothing is stored."""
    return _attach(make_contributor_form(find_form_target(coverage, Stage(kind))))


@room.get("/my/token")
@access("open")
def token() -> ResponseReturnValue:
    """Give a page that has been open for long a token that holds."""
    return jsonify(token=generate_csrf())


def _load_submission() -> Submission:
    return open_page().submission


def _load_version(public_id: str) -> tuple[Submission, UnsentVersion]:
    submission = _find_text_of(_load_submission(), public_id)
    return submission, find_unsent_version(db.session(), submission, public_id) or abort(404)


def _find_named_text(submission: Submission) -> Submission:
    return _find_text_of(submission, request.args.get("version", ""))


def _find_text_of(submission: Submission, version: str) -> Submission:
    """Return the text an unsent version belongs to: the one whose page is open, or one begun beside it."""
    session = db.session()
    beside = list_unsent_beside(session, submission) if version else ()
    return next((one for one in beside if find_unsent_version(session, one, version)), submission)


def _save(target: FormTarget) -> ResponseReturnValue:
    if is_token_refused() and wants_script():
        return answer_refused_script(g.csrf_failed)
    if not is_spoken(target):
        return show_other_languages(target)
    posted = _complete_posted(target)
    if posted is None:
        return jsonify(state="whole")
    form = make_contributor_form(target, posted=posted)
    typed = form.to_typed(lang=target.lang)
    if is_token_refused():
        form.validate()
        return show_form(target, form)
    if not has_our_key(form):
        return show_form(target, form)
    if not typed.has_words:
        return _answer_empty(target, form, writing=typed.writing, sequence=typed.sequence)
    kept = keep_unsent(target, form, typed)
    return _answer_script(kept) if wants_script() else _answer_page(target, form, kept)


def _complete_posted(target: FormTarget) -> MultiDict[str, str] | None:
    """Return the form as it came, with the texts it only names put in from the version it knows.

    None when that version is not as the page knows it any more: then the whole form has to come. Only for
    scripts: no page shows anybody what did not come with the request.
    """
    posted = MultiDict(request.form)
    names = posted.get(_UNCHANGED, "").split() if wants_script() else []
    if not names:
        return posted
    known = _find_known(target, posted.get("writing", ""), posted.get("sequence", ""))
    if not known.keys() >= set(names):
        return None
    for name in names:
        posted.setlist(name, [known[name]])
    return posted


def _find_known(target: FormTarget, writing: str, sequence: str) -> dict[str, str]:
    """Return the texts of the version a page names, where it stands as that page saw it last."""
    rows = target.submission.writings if target.submission is not None else ()
    named = [row for row in rows if (row.public_id, str(row.sequence)) == (writing, sequence)]
    typed = [read_typed(row, current_portal().instance.keys) for row in named]
    texts = [(name, one) for row in typed for name, one in {**row.answers, **row.sealed}.items()]
    return {name: one for name, one in texts if isinstance(one, str)}


def _answer_empty(
    target: FormTarget, form: ContributorForm, *, writing: str, sequence: int
) -> ResponseReturnValue:
    if wants_script():
        return jsonify(state=SaveState.EMPTY, writing=writing, sequence=sequence, code="")
    form.form_errors.append(_("Nothing is written yet, so there is nothing to save."))
    return show_form(target, form)


def _answer_script(kept: KeptUnsent) -> Response:
    if kept.saved.submission is not None:
        note_text(kept.saved.submission)
    answer: dict[str, Any] = {
        "state": kept.saved.state,
        "writing": kept.saved.writing,
        "sequence": kept.saved.sequence,
        "code": kept.code,
    }
    return jsonify(answer)


def _answer_page(target: FormTarget, form: ContributorForm, kept: KeptUnsent) -> ResponseReturnValue:
    """Lead to the page that shows the code, which this browser may open from now on."""
    submission = kept.saved.submission
    if kept.saved.state is SaveState.KNOWN:
        flash(
            _(
                "We already have everything in that form, so nothing was saved a second time. You can "
                "change or continue it here."
            )
        )
        return redirect(url_for("private.enter"), 303)
    if submission is not None and target.purpose is FormPurpose.NEW and not _shows_code(submission):
        with transaction() as session:
            token = open_to_sender(session, submission, form.form_key.data)
        if token is None:
            return ask_for_new_code()
        remember_page(token)
    if kept.saved.state is SaveState.OTHER_VERSION:
        flash(_("Another version was saved before, in another tab or on another device. Both are kept."))
    return redirect(url_for("contribute_save.saved"), 303)


def _shows_code(submission: Submission) -> bool:
    page = g.get("private_page")
    return page is not None and page.submission_id == submission.id and page.sealed_form_key is not None


def _attach(form: ContributorForm) -> Response:
    """Return what stands in a form as a file: question, line break, answer."""
    parts = [f"{one.label}\n{one.shown}" for one in form.typed_answers()]
    # Older Windows reads neither UTF-8 without the mark nor bare line feeds.
    body = "\ufeff" + "\r\n".join("\n\n\n".join(parts).split("\n")) + "\r\n"
    answer = Response(body.encode(), mimetype="text/plain")
    answer.headers.set("Content-Disposition", "attachment", filename=_FILE_NAME)
    return answer
