"""The acts on a draft's page, a row each: address, form, what is done with it, what is said then.

From where an act leads where, who may do it and in which window stands in its row of domain.transitions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.editing import EditAct
from portal.domain.languages import LOCALES, written_name
from portal.domain.states import IN_COVERAGE, State
from portal.domain.transitions import TRANSITIONS
from portal.extensions import current_portal
from portal.forms.coverages import (
    DraftActForm,
    DraftPressForm,
    PublishForm,
    ReasonForm,
    SendForApprovalForm,
    make_publish_form,
)
from portal.models import Draft
from portal.operations import transitions
from portal.operations.coverages import draft_copies, drafts
from portal.operations.desk.decisions import copy_fields
from portal.web.site.locale import find_locale

_IN_EDITING = frozenset({State.ACCEPTED})
Given = Mapping[str, Any]
"""`by`, `at` and `seen`, as the operations name them."""


@dataclass(frozen=True)
class DraftAct:
    """One act of a draft's page."""

    path: str
    act: Act | HistoryAct | EditAct
    form: type[DraftActForm]
    run: Callable[[Session, Draft, Any, Given], object]
    """Gets the valid form, and what the operations want to be given."""
    said: LazyString
    states: frozenset[State] = frozenset()
    """Where it is offered, unless the table of transitions says so."""

    @property
    def form_name(self) -> str:
        """Return the name that tells its form from the others of the page."""
        return self.path.replace("-", "_")

    def is_offered(self, state: State) -> bool:
        """Say whether the page of a text in this state offers it."""
        return state in (TRANSITIONS[self.act].sources if isinstance(self.act, Act) else self.states)

    def make_form(self, found: Draft, **given: Any) -> DraftActForm:
        """Return its form: with `formdata` as it was sent, with `data` as the page shows it first."""
        kind = make_publish_form(_list_languages(found)) if self.form is PublishForm else self.form
        return kind(name=self.form_name, **given)


def undo_window() -> timedelta:
    """Return how long an act can be taken back."""
    return current_portal().settings.undo_window


def list_offered(
    found: Draft, data: Mapping[str, Any], *, has_mentions: bool, awaits_own_answer: bool
) -> list[DraftActForm]:
    """Return the forms of the acts the state allows, filled with what the page shows.

    `has_mentions`: words stand in the text that are not to be printed, or may be. `awaits_own_answer`: nobody
    but the author can approve the text.
    """
    offered = [row for row in DRAFT_ACTS if row.is_offered(found.submission.state)]
    if not has_mentions:
        offered = [row for row in offered if row.act is not HistoryAct.CONFIRM_AVOIDED]
    if awaits_own_answer:
        offered = [row for row in offered if row.act is not Act.WAIVE_APPROVAL]
    forms = [row.make_form(found, formdata=None, data=data) for row in offered]
    for form in forms:
        if isinstance(form, PublishForm):
            form.fill_addresses({one.lang: one.url for one in found.addresses})
    return forms


def _list_languages(found: Draft) -> list[tuple[str, str]]:
    tags = dict.fromkeys([found.lang, *(locale.tag for locale in LOCALES)])
    return [(tag, written_name(tag, find_locale().tag)) for tag in tags]


def _send_for_approval(session: Session, found: Draft, form: SendForApprovalForm, given: Given) -> None:
    drafts.send_for_approval(
        session,
        found,
        revision=form.revision.data,
        answer_by=form.answer_by.data,
        message=form.message.data,
        window=undo_window(),
        **given,
    )


def _waive_approval(session: Session, found: Draft, form: ReasonForm, given: Given) -> None:
    revision, reason = form.revision.data, form.reason.data
    drafts.waive_approval(session, found, revision=revision, reason=reason, window=undo_window(), **given)


def _revise(session: Session, found: Draft, _form: DraftPressForm, given: Given) -> None:
    drafts.revise(session, found, **given)


def _publish(session: Session, found: Draft, form: PublishForm, given: Given) -> None:
    drafts.publish(session, found, form.addresses, window=undo_window(), **given)


def _correct(session: Session, found: Draft, form: ReasonForm, given: Given) -> None:
    drafts.correct(session, found, reason=form.reason.data, window=undo_window(), **given)


def _confirm_avoided(session: Session, found: Draft, form: ReasonForm, given: Given) -> None:
    drafts.confirm_avoided(session, found, reason=form.reason.data, revision=form.revision.data, **given)


def _take_newest(_session: Session, found: Draft, form: DraftPressForm, given: Given) -> None:
    draft_copies.take_newest(found, copy_fields(found.submission), revision=form.revision.data, **given)


def _keep_edited(_session: Session, found: Draft, form: DraftPressForm, given: Given) -> None:
    draft_copies.keep_edited(found, by=given["by"], seen=given["seen"], revision=form.revision.data)


def _undo(session: Session, found: Draft, _form: DraftPressForm, given: Given) -> None:
    transitions.undo_decision(session, found.submission, **given)


DRAFT_ACTS = (
    DraftAct(
        "approval",
        Act.SEND_FOR_APPROVAL,
        SendForApprovalForm,
        _send_for_approval,
        _l("The text goes to its author for approval."),
    ),
    DraftAct(
        "waive",
        Act.WAIVE_APPROVAL,
        ReasonForm,
        _waive_approval,
        _l("The text counts as approved. The reason is in the history."),
    ),
    DraftAct(
        "revise",
        Act.REVISE,
        DraftPressForm,
        _revise,
        _l("You can edit the text again. It needs a new approval."),
    ),
    DraftAct("publish", Act.PUBLISH, PublishForm, _publish, _l("Marked as published.")),
    DraftAct(
        "correct",
        Act.CORRECT,
        ReasonForm,
        _correct,
        _l("You can correct the text now. It needs a new approval."),
    ),
    DraftAct(
        "confirm-avoided",
        HistoryAct.CONFIRM_AVOIDED,
        ReasonForm,
        _confirm_avoided,
        _l("Noted. The reason is in the history; it applies to this text only."),
        IN_COVERAGE,
    ),
    DraftAct(
        "take-newest",
        EditAct.TAKE_NEWEST,
        DraftPressForm,
        _take_newest,
        _l("The draft now starts from the author’s newest version. Earlier edits are kept in its saves."),
        _IN_EDITING,
    ),
    DraftAct(
        "keep-edited",
        EditAct.KEEP_EDITED,
        DraftPressForm,
        _keep_edited,
        _l("The edited text stays as it is."),
        _IN_EDITING,
    ),
    DraftAct(
        "undo",
        HistoryAct.UNDO,
        DraftPressForm,
        _undo,
        _l("Undone. The author was not told anything."),
        frozenset(State),
    ),
)
