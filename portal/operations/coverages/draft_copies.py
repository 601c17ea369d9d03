"""The editorial copy after its author's text has moved on: brought back, made anew, or kept as it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.domain.editing import EditAct
from portal.domain.errors import IllegalTransition, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.states import State
from portal.models import Draft, Staff
from portal.operations.coverages.draft_fields import add_save, fields_of
from portal.operations.coverages.slugs import follow_title
from portal.queries.drafts import has_newer_text

_FROM_THE_TEXT = ("title", "body")
"""What is made anew when the author's text has changed: name and words about the author follow at once
(author_changes), and the desk's own words stay."""


def reinstate_draft(draft: Draft, sent: Mapping[str, Any], *, by: Staff, at: datetime) -> None:
    """Let a draft stand again that was set aside: with all its saves, and no approval.

    `sent` are the fields as the author's newest answers fill them. Where the author's text has changed
    meanwhile, the draft begins with it, and what was edited stays readable in its saves.
    """
    draft.set_aside_at, draft.approved_revision = None, None
    draft.checks[:] = [check for check in draft.checks if check.verdict is not None]
    draft.lang, draft.accepted_at = draft.submission.lang, at
    if has_newer_text(draft, draft.submission):
        _make_anew(draft, sent, by=by, at=at)


def take_newest(
    draft: Draft, sent: Mapping[str, Any], *, by: Staff, at: datetime, seen: int, revision: int
) -> None:
    """Have the draft begin with the author's newest text; what was edited stays readable in its saves.

    `seen` is Submission.version, `revision` the text the editor looked at. Raises NotPermitted, StaleEdit,
    and IllegalTransition when nothing newer came or the text is not in editing.
    """
    _require_newer(draft, EditAct.TAKE_NEWEST, by=by, seen=seen, revision=revision)
    _make_anew(draft, sent, by=by, at=at)


def keep_edited(draft: Draft, *, by: Staff, seen: int, revision: int) -> None:
    """Say that the author's newest text was looked at and the edited one stays; raises as `take_newest`."""
    _require_newer(draft, EditAct.KEEP_EDITED, by=by, seen=seen, revision=revision)
    draft.source_revision = draft.submission.latest.number


def _require_newer(draft: Draft, act: str, *, by: Staff, seen: int, revision: int) -> None:
    submission = draft.submission
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(act)
    if seen != submission.version or revision != draft.revision:
        raise StaleEdit(act)
    if submission.state is not State.ACCEPTED or not has_newer_text(draft, submission):
        raise IllegalTransition(submission.state, act)


def _make_anew(draft: Draft, sent: Mapping[str, Any], *, by: Staff, at: datetime) -> None:
    """Fill the draft with the author's newest text, as a revision of its own."""
    slug = follow_title(draft, sent["title"])
    for name, value in {**{name: sent[name] for name in _FROM_THE_TEXT}, "slug": slug}.items():
        setattr(draft, name, value)
    draft.source_revision, draft.edited_at = draft.submission.latest.number, at
    fields = fields_of(draft)
    if draft.revision == 1:  # nobody has edited it: a fresh copy
        copy = draft.revisions[0]
        copy.fields, copy.sent_number, copy.staff_id, copy.saved_at = fields, draft.source_revision, by.id, at
        return
    draft.revision += 1
    add_save(draft, fields, by=by, at=at, sent_number=draft.source_revision)
