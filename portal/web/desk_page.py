"""The page of one submission: its forms, and everything its template shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import Form

from portal.domain.languages import best_text, direction_of, language_name
from portal.domain.permissions import Permission, may_now
from portal.domain.states import IN_COVERAGE, Act, State, acts_in
from portal.extensions import current_portal, db
from portal.forms import desk as forms
from portal.models import Staff, Submission
from portal.operations.deciding import REASON_SPAM, may_judge
from portal.operations.identity import may_open_identity
from portal.operations.moving import last_decision, may_undo
from portal.operations.triaging import reader_of
from portal.queries.queue import QueueFilter, find_colleagues, find_next, find_position
from portal.queries.submissions import (
    find_draft,
    find_originals,
    find_submission,
    list_events,
    list_messages,
    list_notes,
)
from portal.queries.visibility import may_read
from portal.story.normalise import clean_line
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.dates import write_moment
from portal.web.locale import find_locale
from portal.web.next_mail import mail_line
from portal.web.queue_words import (
    due_words,
    filter_args,
    length_words,
    queue_address,
    submission_address,
    view_label,
    write_place,
)
from portal.web.submission_words import (
    describe_answers,
    describe_event,
    describe_gist,
    describe_message,
    describe_note,
    describe_photos,
    describe_reasons,
    describe_revisions,
    describe_sealed,
    has_sealed_answer,
    prepared_message,
)
from portal.web.words import act_label, done_label, stage_label, state_label

DESK_ACTS = (
    Act.ACCEPT,
    Act.INVITE,
    Act.ASK,
    Act.DECLINE,
    Act.MARK_DUPLICATE,
    Act.MARK_SPAM,
    Act.REOPEN,
    Act.WITHDRAW,
    Act.ERASE,
)
"""The acts of this page, in the order of its bar; the others are done where the draft is edited."""

KEYS = {Act.ACCEPT: "a", Act.INVITE: "i", Act.ASK: "q", Act.DECLINE: "d"}
_OK = 200
_FAULTY = 422


@dataclass(frozen=True)
class Shown:
    """One rendering: whose, of what, where one came from, and the form that was sent if one was."""

    piece: Submission
    actor: Staff
    wanted: QueueFilter
    at: datetime
    sent: forms.DeskForm | None = None


def load_submission(public_id: str) -> Submission:
    """Return the submission the acting staff asked for; 404 when it is missing or not theirs to read."""
    found = find_submission(db.session(), acting_staff(), public_id)
    if found is None:
        abort(404)
    return found


def list_people(session: Session, actor: Staff, piece: Submission) -> list[Staff]:
    """Return the colleagues who may be made responsible."""
    return [person for person in find_colleagues(session, actor) if may_read(person, piece)]


def make_form(
    kind: type[forms.DeskForm], piece: Submission, wanted: QueueFilter, **more: Any
) -> forms.DeskForm:
    """Return an untouched form for the page."""
    data = {"seen": piece.version, "place": write_place(wanted), **more.pop("data", {})}
    return kind(formdata=None, data=data, **more)


def allowed_acts(piece: Submission, actor: Staff) -> list[Act]:
    """Return what this person may do to the submission now."""
    fitting = acts_in(piece.state, piece.stage)
    return [
        act
        for act in DESK_ACTS
        if act in fitting
        and may_now(
            act,
            piece.state,
            piece.stage,
            role=actor.role,
            is_author=False,
            moderators_decide=piece.call.moderators_decide,
        )
    ]


def form_values(kind: type[forms.DeskForm], piece: Submission, actor: Staff) -> dict[str, Any]:
    """Return what a class of form must be handed besides its data: choices, today."""
    tag = find_locale().tag
    if kind is forms.DeclineForm:
        return {"reasons": describe_reasons(piece, tag), "wordless": REASON_SPAM}
    if kind is forms.DuplicateForm:
        found = find_originals(db.session(), actor, piece, _words_looked_for())
        return {"found": [(one.public_id, f"{one.heading} ({state_label(one.state)})") for one in found]}
    if kind is forms.AssignForm:
        people = list_people(db.session(), actor, piece)
        return {"people": [(person.public_id, person.name) for person in people]}
    if kind is forms.InviteForm:
        return {"today": now().date()}
    return {}


_FORMS: dict[Act, type[forms.DeskForm]] = {
    Act.ACCEPT: forms.AcceptForm,
    Act.INVITE: forms.InviteForm,
    Act.ASK: forms.AskForm,
    Act.DECLINE: forms.DeclineForm,
    Act.MARK_DUPLICATE: forms.DuplicateForm,
    Act.WITHDRAW: forms.WithdrawForm,
    Act.ERASE: forms.EraseForm,
}


def render_submission(shown: Shown, *, status: int = 0) -> tuple[str, int]:
    """Render the page; a form that was sent stands open with its faults and everything typed."""
    page = render_template("desk/submission.html", **_describe(shown))
    return page, status or (_FAULTY if shown.sent is not None else _OK)


def render_identity(piece: Submission, opened: Mapping[str, Any], wanted: QueueFilter) -> str:
    """Render sealed answers that were just opened, as the answer to the form that gave the reason."""
    tag = find_locale().tag
    return render_template(
        "desk/identity.html",
        piece=piece,
        kind=stage_label(piece.kind),
        language=language_name(piece.lang, tag),
        state=state_label(piece.state),
        answers=describe_sealed(piece, opened, tag),
        back_href=submission_address(piece.public_id, wanted),
        desk_section="queue",
    )


def describe_undo(
    piece: Submission | None, *, actor: Staff, wanted: QueueFilter, at: datetime
) -> dict[str, Any] | None:
    """Return what a page needs to offer undoing the newest decision, or None when it is too late."""
    if piece is None or piece.announce_at is None:
        return None
    last = last_decision(db.session(), piece)
    if last is None or not may_undo(piece, last, by=actor, at=at):
        return None
    form = make_form(forms.PressForm, piece, wanted, name=f"undo-{piece.id}")
    return {
        "form": form,
        "action": url_for("desk.undo", public_id=piece.public_id),
        "heading": piece.heading,
        "lang": piece.lang,
        "act": done_label(last.act),
        "until": write_moment(piece.announce_at),
        "href": submission_address(piece.public_id, wanted),
    }


def find_recent(actor: Staff, wanted: QueueFilter, at: datetime) -> dict[str, Any] | None:
    """Return the decision the person comes from, when the address names it and it can still be undone."""
    public_id = clean_line(request.args.get("done", ""))
    piece = find_submission(db.session(), actor, public_id) if public_id else None
    return describe_undo(piece, actor=actor, wanted=wanted, at=at)


def _describe(shown: Shown) -> dict[str, Any]:
    piece, actor, wanted, at = shown.piece, shown.actor, shown.wanted, shown.at
    session, tag = db.session(), find_locale().tag
    following = find_next(session, actor, wanted, piece, at=at)
    position = find_position(session, actor, wanted, piece, at=at)
    reader = reader_of(piece, at=at)
    due_text, due_kind = due_words(piece, at)
    draft = find_draft(session, piece) if piece.state in IN_COVERAGE and _edits(actor) else None
    return {
        "piece": piece,
        "direction": direction_of(piece.lang),
        "language": language_name(piece.lang, tag),
        "author_language": language_name(piece.locale, tag),
        "coverage": best_text(piece.call.coverage.title, (tag, piece.call.coverage.primary_locale)),
        "kind": stage_label(piece.kind),
        "state": state_label(piece.state),
        "length": length_words(piece),
        "received": write_moment(piece.received_at),
        "due_text": due_text,
        "due_kind": due_kind,
        "reads": may_judge(actor, piece),
        "reader": reader,
        "reads_it_oneself": reader is not None and reader.id == actor.id,
        "answers": describe_answers(piece, reader=actor, tag=tag),
        "sealed": has_sealed_answer(piece),
        "photos": describe_photos(piece),
        "revisions": describe_revisions(piece),
        "consents": [(one.text, one.locale, write_moment(one.given_at)) for one in piece.consents],
        "notes": [describe_note(note, actor) for note in list_notes(session, piece)],
        "thread": [describe_message(message, actor, at) for message in list_messages(session, piece)],
        "events": [describe_event(event, piece, tag) for event in list_events(session, piece)],
        "gist_by": describe_gist(piece, tag) if piece.gist else "",
        "place": _describe_place(wanted, position),
        "queue_href": queue_address(wanted),
        "next_href": submission_address(following, wanted) if following else "",
        "draft_href": url_for("coverages.draft", public_id=draft.public_id) if draft else "",
        "original_href": submission_address(piece.duplicate_of.public_id, wanted)
        if piece.duplicate_of and piece.duplicate_of.state is not State.ERASED
        else "",
        "undo": describe_undo(piece, actor=actor, wanted=wanted, at=at),
        "recent": None if request.args.get("done") == piece.public_id else find_recent(actor, wanted, at),
        "panels": _describe_panels(shown, tag),
        "side": _side_forms(shown),
        "find": _words_looked_for(),
        "filter_args": filter_args(wanted),
        "form": shown.sent,
        "desk_section": "queue",
    }


def _words_looked_for() -> str:
    return clean_line(request.args.get("find", ""))


def _edits(actor: Staff) -> bool:
    return actor.may(Permission.DRAFT_EDIT)


def _describe_place(wanted: QueueFilter, position: Any) -> str:
    if position is None:
        return view_label(wanted.view)
    return str(
        _(
            "%(number)s of %(total)s in “%(view)s”",
            number=position.number,
            total=position.total,
            view=view_label(wanted.view),
        )
    )


def _describe_panels(shown: Shown, tag: str) -> list[dict[str, Any]]:
    """Return each act this person may do now: its form, where it goes, and what it sends."""
    piece = shown.piece
    window = current_portal().settings.undo_window
    panels = []
    for act in allowed_acts(piece, shown.actor):
        form = _panel_form(act, shown)
        panels.append(
            {
                "act": act.value,
                "form": form,
                "action": url_for(f"desk.{act.value}", public_id=piece.public_id),
                "title": act_label(act),
                "key": KEYS.get(act, ""),
                "open": form is shown.sent or _is_asked_for(act),
                "mail": mail_line(piece, act, window=window, tag=tag),
                "blocked": act is Act.DECLINE and not may_judge(shown.actor, piece),
                "starts": _reason_links(shown, tag) if act is Act.DECLINE else [],
            }
        )
    return panels


def _is_asked_for(act: Act) -> bool:
    """Say whether the address asks for this panel: a reason was picked, or an original was looked for."""
    asked = {Act.DECLINE: "reason", Act.MARK_DUPLICATE: "find"}.get(act)
    return asked is not None and bool(request.args.get(asked)) and request.method == "GET"


def _panel_form(act: Act, shown: Shown) -> Form:
    kind = _FORMS.get(act)
    if shown.sent is not None and shown.sent.name == (kind.name if kind else act.value):
        return shown.sent
    if kind is None:
        return make_form(forms.PressForm, shown.piece, shown.wanted, name=act.value)
    data: dict[str, str] = {}
    reason = request.args.get("reason", "")
    if act is Act.DECLINE and reason:
        data = {"reason": reason, "body": prepared_message(shown.piece, reason)}
    return make_form(
        kind, shown.piece, shown.wanted, data=data, **form_values(kind, shown.piece, shown.actor)
    )


def _reason_links(shown: Shown, tag: str) -> list[tuple[str, str]]:
    return [
        (submission_address(shown.piece.public_id, shown.wanted, reason=code), label)
        for code, label in describe_reasons(shown.piece, tag)
    ]


def _side_forms(shown: Shown) -> dict[str, forms.DeskForm]:
    """Return the forms of what colleagues do without deciding; the one that was sent keeps what was typed."""
    piece, wanted = shown.piece, shown.wanted
    assigned = {"person": piece.assignee.public_id if piece.assignee else ""}
    people = form_values(forms.AssignForm, piece, shown.actor)
    made = [
        make_form(forms.AssignForm, piece, wanted, data=assigned, **people),
        make_form(forms.NoteForm, piece, wanted),
        make_form(forms.GistForm, piece, wanted, data={"body": piece.gist}),
        make_form(forms.PressForm, piece, wanted, name="claim"),
        make_form(forms.PressForm, piece, wanted, name="release"),
    ]
    if may_open_identity(shown.actor, piece):
        made.append(make_form(forms.IdentityForm, piece, wanted))
    side = {form.name: form for form in made}
    if shown.sent is not None and shown.sent.name in side:
        side[shown.sent.name] = shown.sent
    return side
