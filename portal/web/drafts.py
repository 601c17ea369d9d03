"""One draft: the edited text beside the original, its revisions, and the acts up to publication."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.avoiding import CONFIRM_AVOIDED
from portal.domain.consent import BylineMode
from portal.domain.editing import EDITABLE
from portal.domain.languages import LOCALES, best_text, language_name
from portal.domain.permissions import Permission
from portal.domain.states import IN_COVERAGE, Act, State
from portal.extensions import current_portal, db
from portal.forms.editing import (
    ActForm,
    ApprovalForm,
    DraftForm,
    PressForm,
    PublishForm,
    ReasonForm,
    make_publish_form,
)
from portal.models import Draft
from portal.operations import editing, moving
from portal.operations.moving import UNDO, last_decision, may_undo
from portal.queries.coverages import find_draft
from portal.story.diff import diff_texts
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.draft_page import describe_draft
from portal.web.locale import find_locale
from portal.web.words import byline_label

_UNDONE_HERE = (Act.SEND_FOR_APPROVAL, Act.WAIVE_APPROVAL, Act.PUBLISH, Act.CORRECT)


def add_routes(room: Blueprint) -> None:
    """Add a draft's pages and acts to the room of the coverages."""
    address = "/draft/<public_id:public_id>"
    room.add_url_rule(address, view_func=draft)
    room.add_url_rule(address, view_func=save, methods=["POST"])
    room.add_url_rule(f"{address}/revisions", view_func=revisions)
    for name, view in (
        ("approval", send_for_approval),
        ("waive", waive_approval),
        ("revise", revise),
        ("publish", publish),
        ("correct", correct),
        ("confirm-avoided", confirm_avoided),
        ("undo", undo),
    ):
        room.add_url_rule(f"{address}/{name}", view_func=view, methods=["POST"])


def _load_draft(public_id: str) -> Draft:
    return find_draft(db.session(), acting_staff(), public_id) or abort(404)


def _window() -> timedelta:
    return current_portal().settings.undo_window


@access(Permission.DRAFT_EDIT)
def draft(public_id: str) -> ResponseReturnValue:
    """Show the draft beside the original."""
    return _render_draft(_load_draft(public_id))


@access(Permission.DRAFT_EDIT)
def save(public_id: str) -> ResponseReturnValue:
    """Keep what the editor changed."""
    found = _load_draft(public_id)
    form = _draft_form(found)
    if not form.validate():
        return _render_draft(found, form), 422
    values = {name: form[name].data for name in (*EDITABLE, "byline_mode") if name in form}
    with transaction() as session:
        saved = editing.save_draft(session, found, values, by=acting_staff(), at=now(), seen=form.seen.data)
    flash(_("Saved.") if saved else _("Nothing was changed."), "success" if saved else "message")
    return _back(found)


@access(Permission.DRAFT_EDIT)
def send_for_approval(public_id: str) -> ResponseReturnValue:
    """Send the edited text to its author."""
    found = _load_draft(public_id)
    form = ApprovalForm()

    def do(session: Session) -> None:
        editing.send_for_approval(
            session,
            found,
            by=acting_staff(),
            at=now(),
            seen=form.seen.data,
            revision=form.revision.data,
            answer_by=form.answer_by.data,
            message=form.message.data,
            window=_window(),
        )

    return _act(found, form, do, _("The text goes to its author for approval."))


@access(Permission.DRAFT_EDIT)
def waive_approval(public_id: str) -> ResponseReturnValue:
    """Go on without the author's answer."""
    found = _load_draft(public_id)
    form = ReasonForm(name="waive")

    def do(session: Session) -> None:
        editing.waive_approval(
            session,
            found,
            by=acting_staff(),
            at=now(),
            seen=form.seen.data,
            revision=form.revision.data,
            reason=form.reason.data,
            window=_window(),
        )

    return _act(found, form, do, _("The text counts as approved. The reason is in the history."))


@access(Permission.DRAFT_EDIT)
def revise(public_id: str) -> ResponseReturnValue:
    """Take the text back to editing."""
    found = _load_draft(public_id)
    form = PressForm(name="revise")

    def do(session: Session) -> None:
        editing.revise(session, found, by=acting_staff(), at=now(), seen=form.seen.data)

    return _act(found, form, do, _("You can edit the text again. It needs a new approval."))


@access(Permission.DRAFT_EDIT)
def publish(public_id: str) -> ResponseReturnValue:
    """Record where the piece was published."""
    found = _load_draft(public_id)
    form = make_publish_form(_publish_languages(found))()

    def do(session: Session) -> None:
        editing.publish(
            session,
            found,
            form.addresses,
            by=acting_staff(),
            at=now(),
            seen=form.seen.data,
            window=_window(),
        )

    return _act(found, form, do, _("Marked as published."))


@access(Permission.DRAFT_EDIT)
def correct(public_id: str) -> ResponseReturnValue:
    """Open a published piece again."""
    found = _load_draft(public_id)
    form = ReasonForm(name="correct")

    def do(session: Session) -> None:
        editing.correct(
            session,
            found,
            by=acting_staff(),
            at=now(),
            seen=form.seen.data,
            reason=form.reason.data,
            window=_window(),
        )

    return _act(found, form, do, _("You can correct the text now. It needs a new approval."))


@access(Permission.DRAFT_EDIT)
def confirm_avoided(public_id: str) -> ResponseReturnValue:
    """Write down that words the author does not want printed are meant otherwise here."""
    found = _load_draft(public_id)
    form = ReasonForm(name=CONFIRM_AVOIDED)

    def do(session: Session) -> None:
        editing.confirm_avoided(
            session,
            found,
            by=acting_staff(),
            at=now(),
            seen=form.seen.data,
            reason=form.reason.data,
            revision=form.revision.data,
        )

    return _act(found, form, do, _("Noted. The reason is in the history; it holds for this text only."))


@access(Permission.DRAFT_EDIT)
def undo(public_id: str) -> ResponseReturnValue:
    """Take the last act back before it reaches the author."""
    found = _load_draft(public_id)
    form = PressForm(name=UNDO)

    def do(session: Session) -> None:
        moving.undo(session, found.submission, by=acting_staff(), at=now(), seen=form.seen.data)

    return _act(found, form, do, _("Taken back. The author was not told anything."))


@access(Permission.DRAFT_EDIT)
def revisions(public_id: str) -> ResponseReturnValue:
    """List every save; `?new=` shows what changed from the one before it."""
    found = _load_draft(public_id)
    numbered = {revision.number: revision for revision in found.revisions}
    new = request.args.get("new", found.revision, type=int)
    later, earlier = numbered.get(new), numbered.get(new - 1)
    changes = []
    if later and earlier:
        for name in ("title", "dek", "excerpt", "body", "byline", "bio", "content_warning"):
            before, after = earlier.fields.get(name, ""), later.fields.get(name, "")
            if before != after:
                changes.append((name, diff_texts(before, after)))
    return render_template(
        "coverages/revisions.html",
        draft=found,
        saves=list(reversed(found.revisions)),
        new=later,
        old=earlier,
        changes=changes,
        labels={name: _draft_form(found, sent=False)[name].label.text for name, _changes in changes},
    )


def _act(found: Draft, form: ActForm, do: Callable[[Session], None], done: str) -> ResponseReturnValue:
    """Validate, do one act in one transaction, and lead back to the draft."""
    if not form.validate():
        return _render_draft(found, form), 422
    with transaction() as session:
        do(session)
    flash(done, "success")
    return _back(found)


def _back(found: Draft) -> ResponseReturnValue:
    return redirect(url_for("coverages.draft", public_id=found.public_id), 303)


def _render_draft(found: Draft, refused: DraftForm | ActForm | None = None) -> str:
    """Render the page; a refused form stands where it stood, with all that was typed."""
    forms: dict[str, Any] = {form.name: form for form in (_draft_form(found, sent=False), *_act_forms(found))}
    if refused is not None:
        forms[refused.name] = refused
    last = last_decision(db.session(), found.submission)
    undoable = (
        last is not None
        and last.act in _UNDONE_HERE
        and may_undo(found.submission, last, by=acting_staff(), at=now())
    )
    return render_template(
        "coverages/draft.html",
        draft=found,
        forms=forms,
        form=refused or forms["draft"],
        refused=refused.name if refused is not None else "",
        undoable=undoable,
        **describe_draft(found, window=_window(), at=now()),
    )


def _draft_form(found: Draft, *, sent: bool = True) -> DraftForm:
    coverage = found.submission.call.coverage
    wanted = [find_locale().tag, coverage.primary_locale]
    values = {name: getattr(found, name) for name in EDITABLE}
    return DraftForm(
        **({} if sent else {"formdata": None}),
        data={**values, "seen": found.version, "byline_mode": found.byline_mode},
        topic_choices=[(topic["slug"], best_text(topic["label"], wanted)[1]) for topic in coverage.topics],
        mode=found.byline_mode,
        mode_choices=[(mode, byline_label(mode)) for mode in BylineMode],
    )


def _act_forms(found: Draft) -> list[ActForm]:
    """Make the forms of the acts the state allows, filled with what the page shows."""
    data = {"seen": found.submission.version, "revision": found.revision}
    match found.submission.state:
        case State.ACCEPTED:
            forms = [
                ApprovalForm(formdata=None, data=data),
                ReasonForm(name="waive", formdata=None, data=data),
            ]
        case State.AUTHOR_CHECK:
            forms = [
                PressForm(name="revise", formdata=None, data=data),
                ReasonForm(name="waive", formdata=None, data=data),
            ]
        case State.APPROVED:
            forms = [_publish_form(found, data), PressForm(name="revise", formdata=None, data=data)]
        case State.PUBLISHED:
            forms = [ReasonForm(name="correct", formdata=None, data=data)]
        case _:
            forms = []
    if found.submission.state in IN_COVERAGE:
        forms.append(ReasonForm(name=CONFIRM_AVOIDED, formdata=None, data=data))
    return [*forms, PressForm(name=UNDO, formdata=None, data=data)]


def _publish_form(found: Draft, data: dict[str, Any]) -> PublishForm:
    form = make_publish_form(_publish_languages(found))(formdata=None, data=data)
    known = {one.lang: one.url for one in found.publications}
    form.fill_addresses(known)
    return form


def _publish_languages(found: Draft) -> list[tuple[str, str]]:
    tags = dict.fromkeys([found.lang, *(locale.tag for locale in LOCALES)])
    return [(tag, language_name(tag, find_locale().tag)) for tag in tags]
