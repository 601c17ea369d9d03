"""Unsaved edits as they come from the page of a draft: with an act, in the background, or kept unsaved."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from flask import abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import format_time
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.consent import BylineMode
from portal.domain.editing import ADDED_FIELDS, CHANGE_REASON, EDITABLE, find_untouched
from portal.domain.languages import best_text
from portal.domain.photo_edits import PhotoEdits
from portal.domain.photos import PictureWords
from portal.domain.sides import Side
from portal.export.photos import may_leave_now, sort_photos
from portal.extensions import db, now
from portal.forms.coverages import DraftForm, make_draft_form_class
from portal.models import Draft, UnsavedEdit
from portal.operations.coverages.draft_fields import fields_of, readable_fields_of
from portal.operations.coverages.drafts import save_draft
from portal.operations.coverages.slugs import is_slug_taken
from portal.operations.coverages.unsaved_edits import delete_unsaved, keep_unsaved
from portal.operations.desk.notices import end_own
from portal.operations.desk.triage import renew_claim
from portal.operations.private.photos import read_picture_words
from portal.queries.coverages.unsaved_edits import (
    find_unsaved,
    has_unsaved_words,
    is_page_open,
    list_editors,
    pick_others,
)
from portal.sealing.keys import CannotOpen
from portal.story.picture_marks import make_mark
from portal.web.site.claims import find_other_claimant
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.form_guard import answer_refused_script
from portal.web.site.labels import byline_label, side_label
from portal.web.site.locale import find_locale

_OF_TEXT = "kept"
"""What the form of the text holds, and that of an act alone does not."""


def make_draft_form(found: Draft, *, sent: bool = True) -> DraftForm:
    """Return the form of the text: as it was sent, else with what is saved."""
    coverage = found.submission.call.coverage
    wanted = [find_locale().tag, coverage.primary_locale]
    values = {name: getattr(found, name) for name in EDITABLE}
    form_class = make_draft_form_class(*read_photos(found))
    return form_class(
        **({} if sent else {"formdata": None}),
        data={
            **values,
            "seen": found.version,
            "byline_mode": found.byline_mode,
            "submission_version": found.submission.version,
            "revision": found.revision,
            "kept": 0,
            "editor": acting_staff().public_id,
            "holder": claimant_id_of(found),
        },
        topic_choices=[(topic["slug"], best_text(topic["label"], wanted)[1]) for topic in coverage.topics],
        mode=found.byline_mode,
        mode_choices=[(mode, byline_label(mode)) for mode in BylineMode],
        side_choices=[(side, side_label(side)) for side in ("", *Side)],
        is_slug_taken=partial(is_slug_taken, db.session(), found),
    )


def read_photos(found: Draft) -> tuple[Mapping[str, PictureWords], PhotoEdits, frozenset[str]]:
    """Return what the part of the form about photos is made from: see `PhotoEditsField`."""
    photos = sort_photos(found.submission.attachments, PhotoEdits())
    said: dict[str, PictureWords] = {}
    for key, one in photos.items():
        with suppress(CannotOpen):
            if may_leave_now(one):
                said[key] = read_picture_words(one)
    return said, PhotoEdits.read(found.photos), frozenset(photos) - said.keys()


def claimant_id_of(found: Draft) -> str:
    """Return the public id of the colleague who is on the submission; empty when nobody else is."""
    holder = find_other_claimant(found.submission, actor=acting_staff(), at=now())
    return holder.public_id if holder is not None else ""


def label_fields() -> dict[str, str]:
    """Return the label of each field of a draft, also of the name where its author wants none by now."""
    form = DraftForm(formdata=None, topic_choices=(), mode=BylineMode.LATER, mode_choices=())
    return {name: form[name].label.text for name in (*EDITABLE, CHANGE_REASON)}


def write_fields(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of a draft that can be read as texts: what is said about the photos a line each."""
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    edits = PhotoEdits.read(fields.get("photos", {}))
    lines = [f"{make_mark(key)} {' · '.join(given.values())}" for key, given in edits.words.items()]
    featured = [f"★ {make_mark(edits.featured)}"] if edits.featured else []
    order = [" ".join(make_mark(key) for key in edits.order)] if edits.order else []
    return {**texts, "photos": "\n".join([*featured, *order, *lines])}


def read_values(form: DraftForm) -> dict[str, Any]:
    """Return what stands in the form by the names of a draft's fields."""
    return {name: form[name].data for name in (*EDITABLE, "byline_mode", CHANGE_REASON) if name in form}


def read_sent_edits(found: Draft) -> DraftForm | None:
    """Return the text that was sent along with an act; None when the act came alone."""
    return make_draft_form(found) if _OF_TEXT in request.form else None


def read_act_data(name: str) -> MultiDict[str, str] | None:
    """Return what was sent of one act among others that stand in the same form; None when it came alone."""
    if _OF_TEXT not in request.form:
        return None
    sent = MultiDict(request.form)
    sent.setlist("seen", sent.getlist("submission_version"))
    # Two acts ask for a reason; on the page, the one about words not to print stands first.
    reasons = sent.getlist("reason")
    if reasons:
        sent.setlist("reason", [reasons[0] if name == HistoryAct.CONFIRM_AVOIDED else reasons[-1]])
    return sent


def save_edits(session: Session, found: Draft, form: DraftForm, *, at: datetime) -> bool:
    """Save the text of a valid form; say whether it is a new revision. Raises what `save_draft` raises."""
    by, values = acting_staff(), read_values(form)
    renew_claim(session, found.submission, by=by, at=at)
    saved = save_draft(session, found, values, by=by, at=at, seen=form.seen.data)
    delete_unsaved(session, found, by=by, at=at, known=form.kept.data or 0, saved=values)
    end_own(session, found.submission, by=by, at=at)
    return saved is not None


def keep_in_background(found: Draft) -> ResponseReturnValue:
    """Keep what stands in the page, unsaved, and tell its script who else is at the draft.

    Not for somebody who has signed in since in the same browser: the words are not theirs.
    """
    form, at = make_draft_form(found), now()
    if form.editor.data != acting_staff().public_id:
        abort(409)
    if g.get("csrf_failed"):
        return answer_refused_script(g.csrf_failed)
    with transaction() as session:
        renew_claim(session, found.submission, by=acting_staff(), at=at)
        state, sequence = keep_unsaved(
            session,
            found,
            read_values(form),
            by=acting_staff(),
            at=at,
            revision=form.revision.data or 0,
            known=form.kept.data or 0,
        )
    return jsonify(
        state=state,
        kept=sequence,
        at=format_time(at, "short"),
        colleagues=[
            *_word_newer(found, form.revision.data or 0),
            *word_colleagues(list_editors(db.session(), found), at=at),
        ],
    )


def _word_newer(found: Draft, began_with: int) -> list[str]:
    """Return a sentence when somebody has saved since the page was opened."""
    if began_with >= found.revision:
        return []
    newest = found.revisions[-1]
    name = newest.staff.name if newest.staff else _("The author")
    return [str(_("%(name)s has saved a newer version. When you save, you see both.", name=name))]


def drop_unsaved(found: Draft) -> None:
    """Throw away what the editor has typed and not saved."""
    with transaction() as session:
        delete_unsaved(session, found, by=acting_staff(), at=now(), known=None)


def word_colleagues(rows: Iterable[UnsavedEdit], *, at: datetime) -> list[str]:
    """Return a sentence about each colleague who has the draft open or unsaved words in it."""
    return [_word_colleague(row, at=at) for row in pick_others(rows, acting_staff(), at=at)]


def _word_colleague(row: UnsavedEdit, *, at: datetime) -> str:
    name = row.staff.name if row.staff else ""
    if not has_unsaved_words(row):
        return str(_("%(name)s has this draft open now.", name=name))
    when = write_moment(row.saved_at)
    if is_page_open(row, at=at):
        return str(
            _(
                "%(name)s is editing this draft now. Not saved yet: changes from %(when)s.",
                name=name,
                when=when,
            )
        )
    return str(_("%(name)s has unsaved changes in this draft, from %(when)s.", name=name, when=when))


def fill_in_unsaved(found: Draft, row: UnsavedEdit | None, form: DraftForm) -> tuple[str, bool]:
    """Put what the editor has typed and not saved into a fresh form: `row`, or nothing.

    Return since when it is kept, empty when there is nothing, and whether a colleague has saved since: then
    what the editor left alone is the colleague's.
    """
    if row is None:
        return "", False
    fields = {name: value for name, value in row.readable_fields.items() if name in form}
    is_stale = row.began_with != found.revision
    if is_stale:
        take_over_untouched(found, fields)
    for name, value in fields.items():
        form[name].process(None, value)
    form.kept.data = row.sequence
    return write_moment(row.saved_at), is_stale


def read_unsaved(found: Draft) -> list[tuple[str, str]]:
    """Return what the editor has typed and not saved, as field and words: for pages that edit nothing."""
    row, saved = find_unsaved(db.session(), found, acting_staff()), write_fields(readable_fields_of(found))
    typed = write_fields(row.readable_fields if row is not None else {})
    names = [name for name in (*EDITABLE, CHANGE_REASON) if name in typed]
    return [(name, typed[name]) for name in names if typed[name] and typed[name] != saved.get(name)]


def take_over_untouched(found: Draft, mine: dict[str, Any]) -> Sequence[str]:
    """Give the fields an editor left as they were the value a colleague saved; return their names."""
    saves = [{**ADDED_FIELDS, **revision.readable_fields} for revision in found.revisions]
    untouched = sorted(find_untouched(mine, saves))
    current = fields_of(found)
    mine.update({name: current[name] for name in untouched})
    return untouched
