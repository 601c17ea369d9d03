"""One draft: the edited text, comments beside it, and the acts up to publication."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.editing import EDITABLE, EditAct
from portal.domain.errors import ClaimedMeanwhile, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.photo_edits import FEATURED_WIDTH
from portal.domain.states import State
from portal.domain.transitions import TRANSITIONS
from portal.extensions import db, now
from portal.forms.coverages import (
    DraftActForm,
    DraftForm,
    DropForm,
)
from portal.models import Draft, UnsavedEdit
from portal.operations.desk.notices import end_own
from portal.operations.desk.triage import renew_claim, require_unclaimed
from portal.operations.transitions import may_undo, standing_decision
from portal.queries.coverages.comments import list_comments
from portal.queries.coverages.unsaved_edits import list_colleagues, pick_edits, pick_unsaved
from portal.web.coverages.draft_acts import DRAFT_ACTS, DraftAct, list_offered, undo_window
from portal.web.coverages.draft_answers import count_accepted, describe_check_answers, put_words_back
from portal.web.coverages.draft_comments import NOTHING_SAID, SentComments, describe_comments, read_sent
from portal.web.coverages.draft_loading import (
    draft_address,
    load_draft,
    original_address,
    require_open,
)
from portal.web.coverages.draft_page import EDITORIAL, describe_draft, is_in_editing
from portal.web.coverages.draft_photos import describe_draft_photos, move_photo
from portal.web.coverages.unsaved_edits import (
    claimant_id_of,
    drop_unsaved,
    fill_in_unsaved,
    keep_in_background,
    make_draft_form,
    read_act_data,
    read_sent_edits,
    read_values,
    save_edits,
    take_over_untouched,
    word_colleagues,
)
from portal.web.site.access import access
from portal.web.site.claims import describe_claim, keep_claim
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.joined_words import join_sentences
from portal.web.site.mention_texts import word_mentions

_ASKING = frozenset({Act.SEND_FOR_APPROVAL, Act.WAIVE_APPROVAL, HistoryAct.CONFIRM_AVOIDED})
"""Acts that ask for words where the text is edited."""
_UNDONE_HERE = frozenset(HistoryAct(act) for act in EDITORIAL if TRANSITIONS[act].has_window)


def add_routes(room: Blueprint) -> None:
    """Add a draft's pages and acts to the room of the coverages."""
    address = "/draft/<public_id:public_id>"
    room.add_url_rule(address, view_func=draft)
    room.add_url_rule(address, view_func=save_draft, methods=["POST"])
    room.add_url_rule(f"{address}/keep", view_func=keep_unsaved, methods=["POST"])
    room.add_url_rule(f"{address}/drop-unsaved", view_func=discard_unsaved, methods=["POST"])
    room.add_url_rule(f"{address}/preview", view_func=preview, methods=["GET", "POST"])
    room.add_url_rule(f"{address}/comment", view_func=comment, methods=["GET", "POST"])
    for row in DRAFT_ACTS:
        room.add_url_rule(f"{address}/{row.path}", row.act, _make_view(row), methods=["POST"])


@access(Permission.DRAFT_EDIT)
def draft(public_id: str) -> ResponseReturnValue:
    """Show the draft beside the original."""
    found = load_draft(public_id)
    page = _render_draft(found)
    keep_claim(found.submission)
    return page


@access(Permission.DRAFT_EDIT)
def save_draft(public_id: str) -> ResponseReturnValue:
    """Keep what the editor changed. Words that stand in an act beside it stay there."""
    found = load_draft(public_id)
    require_open(found)
    form, at = make_draft_form(found), now()
    has_moved = move_photo(form)
    is_put_back = put_words_back(found, form)
    beside, said = _read_begun_acts(found), read_sent(found)
    if not (form.validate() and said.validate()):
        return _render_draft(found, form, beside=beside, said=said), 422
    try:
        with transaction() as session:
            saved = save_edits(session, found, form, at=at)
            mentions = said.keep(session, found, form.body.data, at=at)
    except StaleEdit:
        return _show_beside_theirs(load_draft(public_id), form, beside), 409
    if not saved and form.change_reason.data and mentions is None:
        form.change_reason.errors = [_("Nothing was changed that this could explain.")]
        return _render_draft(load_draft(public_id), form, beside=beside), 422
    if is_put_back is False:
        flash(_("These words have been edited since, so nothing was put back."), "warning")
    is_done = saved or mentions is not None
    said_done = join_sentences([_("Saved."), *word_mentions(mentions)])
    flash(said_done if is_done else _("Nothing was changed."), "success" if is_done else "message")
    if beside:
        return _render_draft(load_draft(public_id), beside=beside)
    anchor = "answers" if is_put_back is not None else "draft-photos-field" if has_moved else None
    return _back(found, anchor=anchor)


@access(Permission.DRAFT_EDIT)
def preview(public_id: str) -> ResponseReturnValue:
    """Show the text of the page as it would be printed, above all that stands in the page."""
    found = load_draft(public_id)
    if request.method == "GET":
        return _back(found)
    require_open(found)
    form = make_draft_form(found)
    beside, said = _read_begun_acts(found), read_sent(found)
    if g.get("csrf_failed"):
        form.validate()
        return _render_draft(found, form, beside=beside, said=said), 422
    return _render_draft(found, beside=[form, *beside], said=said, printed=read_values(form))


@access(Permission.DRAFT_EDIT)
def comment(public_id: str) -> ResponseReturnValue:
    """Keep what was said about paragraphs. What stands unsaved in the page stays there."""
    found, at = load_draft(public_id), now()
    if request.method == "GET":
        return _back(found)
    edits, said = read_sent_edits(found), read_sent(found)
    if edits is not None:
        require_open(found)
    beside = [*([edits] if edits is not None else []), *_read_begun_acts(found)]
    if not said.validate():
        return _render_draft(found, beside=beside, said=said), 422
    body = edits.body.data if edits is not None else found.body
    if said.form is not None:
        with transaction() as session:
            renew_claim(session, found.submission, by=acting_staff(), at=at)
            end_own(session, found.submission, by=acting_staff(), at=at)
            mentions = said.keep(session, found, body, at=at)
        if told := word_mentions(mentions):
            flash(join_sentences(told), "message")
    return _render_draft(load_draft(public_id), beside=beside) if beside else _back(found, anchor="comments")


@access(Permission.DRAFT_EDIT)
def keep_unsaved(public_id: str) -> ResponseReturnValue:
    """Keep what stands in the page, unsaved; for its script."""
    return keep_in_background(load_draft(public_id))


@access(Permission.DRAFT_EDIT)
def discard_unsaved(public_id: str) -> ResponseReturnValue:
    """Throw away what the editor has typed and not saved."""
    found = load_draft(public_id)
    if not DropForm(formdata=request.form).validate():
        return _render_draft(found), 400
    drop_unsaved(found)
    flash(_("Your unsaved changes have been thrown away."), "success")
    return _back(found)


def _make_view(row: DraftAct) -> Callable[[str], ResponseReturnValue]:
    """Return the view that validates, does the act in one transaction, and leads back to the draft."""

    @access(Permission.DRAFT_EDIT)
    def do(public_id: str) -> ResponseReturnValue:
        found = load_draft(public_id)
        edits, sent, said = read_sent_edits(found), read_act_data(row.act), read_sent(found)
        if edits is not None:
            require_open(found)
        form = row.make_form(found, **({} if sent is None else {"formdata": sent}))
        beside = [edits] if edits is not None else []
        if not (form.validate() and said.validate()):
            return _render_draft(found, form, beside=beside, said=said), 422
        if edits is not None and not edits.validate():
            return _render_draft(found, edits, beside=[form], said=said), 422
        if edits is not None and edits.seen.data != found.version:
            return _show_beside_theirs(found, edits, [form]), 409
        at = now()
        given = {"by": acting_staff(), "at": at, "seen": form.seen.data}
        try:
            with transaction() as session:
                if row.act is not HistoryAct.UNDO:
                    known = form.holder.data or ""
                    require_unclaimed(found.submission, by=acting_staff(), at=at, known=known)
                renew_claim(session, found.submission, by=acting_staff(), at=at)
                if edits is not None and save_edits(session, found, edits, at=at):
                    form.revision.data = found.revision
                said.keep(session, found, edits.body.data if edits is not None else found.body, at=at)
                row.run(session, found, form, given)
                end_own(session, found.submission, by=acting_staff(), at=at)
        except ClaimedMeanwhile:
            return _show_holder(load_draft(public_id), form, edits), 409
        flash(str(row.said), "success")
        return _back(found)

    return do


def _back(found: Draft, *, anchor: str | None = None) -> ResponseReturnValue:
    """Lead to the draft, or a part of its page; to the submission when the act has set it aside."""
    if found.set_aside_at is not None:
        return redirect(original_address(found), 303)
    return redirect(draft_address(found, anchor=anchor), 303)


def _show_beside_theirs(found: Draft, form: DraftForm, beside: Sequence[DraftActForm] = ()) -> str:
    """Show the draft a colleague saved meanwhile; what was changed here stands in the form, to be saved now.

    `beside` are acts that were begun, with their words. Raises StaleEdit when the text is edited no more:
    another page gives the words back.
    """
    if found.submission.state is not State.ACCEPTED:
        raise StaleEdit(EditAct.SAVE_DRAFT)
    mine = {name: form[name].data for name in EDITABLE if name in form}
    for name in take_over_untouched(found, mine):
        form[name].process(None, mine[name])
    return _render_draft(found, form, beside=beside, said=read_sent(found), is_stale=True)


def _show_holder(found: Draft, form: DraftActForm, edits: DraftForm | None) -> str:
    """Show who has taken the submission meanwhile, and everything that was sent, ready to be sent again."""
    for one in (form, edits):
        if one is not None:
            one.holder.data, one.holder.raw_data = claimant_id_of(found), None
    beside = [edits] if edits is not None else []
    return _render_draft(found, form, beside=beside, said=read_sent(found), is_claimed=True)


def _renew(found: Draft, form: DraftForm | DraftActForm) -> None:
    """Have a form that was sent say what the page shows now."""
    is_text = isinstance(form, DraftForm)
    fresh = {
        "seen": found.version if is_text else found.submission.version,
        "submission_version": found.submission.version,
        "revision": found.revision,
    }
    for name, value in fresh.items():
        if name in form:
            form[name].data, form[name].raw_data = value, None


def _read_begun_acts(found: Draft) -> list[DraftActForm]:
    """Return the acts in whose panels something was written when the text was sent without them."""
    begun = []
    for row in DRAFT_ACTS:
        sent = read_act_data(row.act)
        if sent is None or row.act not in _ASKING or found.submission.state is not State.ACCEPTED:
            continue
        form = row.make_form(found, formdata=sent)
        if any(form[name].data for name in ("message", "answer_by", "reason") if name in form):
            _renew(found, form)
            begun.append(form)
    return begun


def _render_draft(
    found: Draft,
    refused: DraftForm | DraftActForm | None = None,
    *,
    beside: Sequence[DraftForm | DraftActForm] = (),
    said: SentComments = NOTHING_SAID,
    printed: Mapping[str, Any] | None = None,
    is_stale: bool = False,
    is_claimed: bool = False,
) -> str:
    """Render the page; a refused form, and those beside it, stand there with all that was typed.

    `said` about comments was not kept either; `printed` are the fields to be shown as they would be printed.
    """
    described = describe_draft(found, window=undo_window(), at=now(), printed=printed)
    colleagues = list_colleagues(db.session(), found)
    editors = pick_edits(colleagues)
    sent = [*beside, *([refused] if refused is not None else [])]
    if is_stale:
        for one in sent:
            _renew(found, one)
    forms = _offer_forms(found, described)
    unsaved = _offer_text(found, forms, pick_unsaved(editors, acting_staff()), sent=sent)
    forms |= {one.name: one for one in sent}
    begun = (one for one in beside if isinstance(one, DraftActForm))
    opened = refused if refused is not None else next(begun, None)
    return render_template(
        "coverages/draft.html",
        draft=found,
        forms=forms,
        form=said.form if said.form is not None and said.form.errors else refused or forms[HistoryAct.UNDO],
        refused=opened.name if opened is not None else "",
        undoable=_may_undo_here(found),
        is_stale=is_stale or unsaved.is_behind,
        unsaved_since=unsaved.since,
        drop_form=DropForm(formdata=None),
        colleagues=word_colleagues(editors, at=now()),
        held=describe_claim(found.submission, actor=acting_staff(), at=now()),
        claimed_meanwhile=is_claimed,
        names_to_mention=[
            one.staff.name for one in colleagues if one.may_edit and one.staff.id != acting_staff().id
        ],
        is_preview=printed is not None,
        accepted=count_accepted(found) if described["last_check"] else 0,
        featured_width=FEATURED_WIDTH,
        **_describe_beside(found, forms.get(DraftForm.name), said),
        **described,
    )


def _offer_forms(found: Draft, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the untouched forms of the acts that the page offers, by name."""
    shown = {"seen": found.submission.version, "revision": found.revision, "holder": claimant_id_of(found)}
    has_mentions = bool(described["avoided"] or described["perhaps_avoided"])
    offered = list_offered(
        found, shown, has_mentions=has_mentions, awaits_own_answer=described["awaits_own_answer"]
    )
    return {form.name: form for form in offered}


class _Unsaved(NamedTuple):
    """What an editor has typed and not saved: since when it is kept, and whether a colleague saved since."""

    since: str = ""
    is_behind: bool = False


def _offer_text(
    found: Draft,
    forms: dict[str, Any],
    unsaved: UnsavedEdit | None,
    *,
    sent: Sequence[DraftForm | DraftActForm],
) -> _Unsaved:
    """Add the form of a text that is edited, with what the editor typed and did not save.

    What was sent just now is newer than that.
    """
    is_sent, is_open = any(isinstance(one, DraftForm) for one in sent), is_in_editing(found)
    if is_open:
        forms[DraftForm.name] = make_draft_form(found, sent=False)
    if is_sent or unsaved is None or found.is_shut:
        return _Unsaved()
    if is_open:
        return _Unsaved(*fill_in_unsaved(found, unsaved, forms[DraftForm.name]))
    return _Unsaved(write_moment(unsaved.saved_at))


def _may_undo_here(found: Draft) -> bool:
    """Say whether the newest decision can be taken back on this page."""
    if found.submission.announce_at is None:  # nothing waits inside its window
        return False
    last = standing_decision(db.session(), found.submission)
    return (
        last is not None
        and last.act in _UNDONE_HERE
        and may_undo(found.submission, last, by=acting_staff(), at=now())
    )


def _describe_beside(found: Draft, text: DraftForm | None, said: SentComments) -> dict[str, Any]:
    """Return what stands beside the text as it is typed: comments, photos, and what the author answered."""
    body = text.body.data if text is not None else found.body
    threads, comment_form = describe_comments(
        said.comments or list_comments(db.session(), found),
        body or "",
        lang=found.lang,
        sent=said.form is not None,
    )
    return {
        "threads": threads,
        "comment_form": comment_form,
        "photos": describe_draft_photos(found, text) if text is not None else [],
        "responses": describe_check_answers(found, text) if text is not None else {},
    }
