"""The forms on the page of one submission: what a person may do to it now, each with what it sends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.domain.acts import Act, HistoryAct
from portal.domain.languages import LOCALES, locale_by_tag, written_name
from portal.domain.permissions import Permission
from portal.domain.presence import PresenceSign
from portal.domain.recommendations import takes_recommendations
from portal.domain.states import IN_COVERAGE
from portal.domain.transitions import may_now
from portal.extensions import current_portal, db, now
from portal.forms import desk as forms
from portal.forms.recommendations import RecommendForm
from portal.forms.tags import TagForm
from portal.models import Draft, Event, GistVersion, Staff, Submission
from portal.operations.desk.decisions import REASON_SPAM, may_judge
from portal.operations.desk.sealed_answers import may_open_identity
from portal.operations.transitions import may_undo, pick_standing
from portal.queries.calls import list_story_languages
from portal.queries.desk.gists import list_gists
from portal.queries.desk.names import NamesOfText, list_names_of
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import PlaceInQueue, find_in_queue
from portal.queries.desk.submission import list_events, list_possible_originals
from portal.queries.drafts import find_set_aside
from portal.queries.readers import Reader, list_readers
from portal.story.normalise import clean_line
from portal.web.desk.acts import DESK_ACTS, DeskAct
from portal.web.desk.submission_texts import describe_reasons, prepared_message
from portal.web.site.claims import find_other_claimant
from portal.web.site.desk_addresses import RENEW, submission_address, write_place
from portal.web.site.labels import act_label, short_act_label, state_label
from portal.web.site.locale import find_locale
from portal.web.site.mail_preview import mail_line

_TAKES = frozenset({Act.ACCEPT, Act.INVITE})
"""The acts by which the desk says yes."""
_PRESSED = (
    "claim",
    "hold",
    "release",
    "read",
    "same",
    "take-back",
    "noted",
    "restore-gist",
    "untag",
    "take-advice-back",
    "confirm-advice",
    "ask-gist",
)
"""Names of the forms of one press beside the bar."""


@dataclass(frozen=True)
class PageState:
    """The state of a submission's page: whose, of what, where one came from, and the form sent if one was.

    `since` is the newest act in the history that the sent form knew, when somebody was faster than it.
    """

    submission: Submission
    actor: Staff
    wanted: QueueFilter
    at: datetime
    sent: forms.DeskForm | None = None
    is_stale: bool = False
    since: int | None = None
    is_claimed: bool = False
    """A colleague has taken it between the opening of the page and the sending of the form."""

    @cached_property
    def holder(self) -> str:
        """Return the public id of the colleague who is on it; empty when nobody else is."""
        holder = find_other_claimant(self.submission, actor=self.actor, at=self.at)
        return holder.public_id if holder is not None else ""

    @cached_property
    def events(self) -> Sequence[Event]:
        """Return the history, newest first."""
        return list_events(db.session(), self.submission)

    @cached_property
    def aside(self) -> Draft | None:
        """Return the draft that an undone acceptance has set aside."""
        if self.submission.state in IN_COVERAGE or not self.has_seen(HistoryAct.ACCEPT):
            return None
        return find_set_aside(db.session(), self.submission.id)

    @cached_property
    def gists(self) -> Sequence[GistVersion]:
        """Return the gists as they were saved, oldest first."""
        if not self.has_seen(HistoryAct.SET_GIST):
            return []
        return list_gists(db.session(), self.submission)

    @cached_property
    def names(self) -> NamesOfText:
        """Return who may read it, and the tags it can have."""
        return list_names_of(db.session(), self.submission)

    @cached_property
    def place(self) -> PlaceInQueue:
        """Return where it stands in the queue one came from."""
        return find_in_queue(db.session(), self.actor, self.wanted, self.submission, at=self.at)

    def has_seen(self, act: HistoryAct) -> bool:
        """Say whether an act stands in the history, undone or not."""
        return any(event.act == act for event in self.events)

    @property
    def newest_event(self) -> int:
        """Return the number of the newest act in the history."""
        return self.events[0].id if self.events else 0

    @cached_property
    def carried(self) -> forms.CarriedForm:
        """Return what each untouched form of this page carries."""
        return make_carried_form(self.submission, self.wanted, known=self.newest_event, holder=self.holder)

    def make_form(self, kind: type[forms.DeskForm], **more: Any) -> forms.DeskForm:
        """Return an untouched form of this page."""
        return kind(formdata=None, carried=self.carried, **more)

    @cached_property
    def press_form(self) -> forms.DeskForm:
        """Return the untouched form of every act of one press: nothing in it tells one from another."""
        return self.make_form(forms.PressForm)


def make_carried_form(
    submission: Submission, wanted: QueueFilter, *, known: int, holder: str = ""
) -> forms.CarriedForm:
    """Return what the untouched forms of a page carry; `known` is the newest act in the history it shows."""
    data = {
        "seen": submission.version,
        "known": str(known),
        "queue": write_place(wanted),
        "holder": holder,
    }
    return forms.CarriedForm(formdata=None, data=data)


def make_press_form(submission: Submission, wanted: QueueFilter, *, known: int, name: str) -> forms.PressForm:
    """Return an untouched form of one press that can stand on any page of the desk."""
    carried = make_carried_form(submission, wanted, known=known)
    return forms.PressForm(formdata=None, carried=carried, name=name)


def allowed_acts(submission: Submission, actor: Staff) -> list[DeskAct]:
    """Return what this person may do to the submission now."""
    return [
        row
        for row in DESK_ACTS
        if may_now(
            row.act,
            submission.state,
            submission.stage,
            role=actor.role,
            is_author=False,
            moderators_decide=submission.call.moderators_decide,
        )
    ]


def form_values(kind: type[forms.DeskForm], submission: Submission, actor: Staff) -> dict[str, Any]:
    """Return what a class of form must be handed besides its data: choices, today."""
    tag = find_locale().tag
    if kind is forms.DeclineForm:
        return {"reasons": describe_reasons(submission, tag), "wordless": REASON_SPAM}
    if kind is forms.DuplicateForm:
        found = list_possible_originals(db.session(), actor, submission, searched_words())
        return {"found": [(one.public_id, _label_find(one)) for one in found]}
    if kind is forms.AssignForm:
        return {"people": _label_readers(list_readers(db.session(), submission), submission, actor)}
    if kind is forms.InviteForm:
        return {"today": now().date()}
    if kind is forms.LanguageForm:
        return {"languages": list_story_languages(tag)}
    return {}


def _label_readers(
    readers: Sequence[Reader], submission: Submission, actor: Staff
) -> list[tuple[str, str, dict[str, str]]]:
    """Return colleagues as choices."""
    tag = find_locale().tag
    return [_label_reader(one, submission, tag, is_self=one.public_id == actor.public_id) for one in readers]


def _label_reader(
    reader: Reader, submission: Submission, tag: str, *, is_self: bool
) -> tuple[str, str, dict[str, str]]:
    """Return a colleague as a choice: who does not read the language is told with that.

    `data-name` is what stands behind an @ in a note, where that is not the label: nobody mentions themselves.
    """
    name, label = reader.name, reader.name
    if not reader.reads:
        language = written_name(submission.lang, tag)
        label = _("%(name)s – does not read %(language)s", name=name, language=language)
    mentioned = "" if is_self else name
    return reader.public_id, label, {"data-name": mentioned} if label != mentioned else {}


def _label_find(submission: Submission) -> Markup:
    """Return the heading, which is in a language of its own, with the state."""
    return Markup('<bdi lang="{}">{}</bdi> · <span>{}</span>').format(
        submission.lang, submission.heading, state_label(submission.state)
    )


def searched_words() -> str:
    """Return what the address asks to find among possible originals."""
    return clean_line(request.args.get("find", ""))


def describe_panels(page: PageState, tag: str) -> list[dict[str, Any]]:
    """Return each act this person may do now: its form, where it goes, and what it sends."""
    submission = page.submission
    window = current_portal().settings.undo_window
    panels = []
    allowed = allowed_acts(submission, page.actor)
    for row in allowed:
        act, form = row.act, _panel_form(row, page)
        panels.append(
            {
                "act": act.value,
                "form": form,
                "action": url_for(row.endpoint, public_id=submission.public_id),
                "title": act_label(act),
                "short": short_act_label(act),
                "rarer": row.is_rare,
                "at_once": row.at_once,
                "key": row.key,
                "hints": row.hints,
                "open": form is page.sent or _is_asked_for(row),
                "mail": mail_line(submission, act, window=window, tag=tag, takes_back=_takes_back(page, act)),
                "brings_back": act is Act.ACCEPT and page.aside is not None,
                "blocked": act is Act.DECLINE and not may_judge(page.actor, submission),
                "starts": _reason_starts(page, tag) if act is Act.DECLINE else [],
            }
        )
    advice = describe_recommend_panel(page, allowed)
    return [advice, *panels] if advice is not None else panels


def describe_recommend_panel(page: PageState, allowed: Sequence[DeskAct]) -> dict[str, Any] | None:
    """Return the panel of a recommendation: in front for who may not take the text, folded for who may."""
    submission = page.submission
    if not takes_recommendations(submission.state) or not page.actor.may(Permission.SUBMISSION_MODERATE):
        return None
    sent = page.sent if page.sent is not None and page.sent.name == RecommendForm.name else None
    return {
        "act": RecommendForm.name,
        "form": sent or page.make_form(RecommendForm),
        "action": url_for("desk.recommend", public_id=submission.public_id),
        "title": _("Recommend"),
        "short": "",
        "rarer": any(row.act in _TAKES for row in allowed),
        "key": "r",
        "hints": (_("Those who decide read it with your name. The author never sees it."),),
        "open": sent is not None,
        "mail": _("No e-mail is sent for this."),
        "brings_back": False,
        "blocked": False,
        "starts": [],
    }


def _takes_back(page: PageState, act: Act) -> bool:
    """Say whether reopening would only undo a closing that has not reached the author."""
    if act is not Act.REOPEN:
        return False
    return may_undo(page.submission, pick_standing(page.events), by=page.actor, at=page.at)


def _is_asked_for(row: DeskAct) -> bool:
    """Say whether the address asks for this panel: a reason was picked, or an original was looked for."""
    return bool(row.opened_by) and bool(request.args.get(row.opened_by)) and request.method == "GET"


def _panel_form(row: DeskAct, page: PageState) -> forms.DeskForm:
    if page.sent is not None and page.sent.name == row.form_name:
        return page.sent
    if row.form is forms.PressForm:
        return page.press_form
    data: dict[str, str] = {}
    reason = request.args.get("reason", "")
    if row.act is Act.DECLINE and reason:
        data = {"reason": reason, "body": prepared_message(page.submission, reason)}
    return page.make_form(row.form, data=data, **form_values(row.form, page.submission, page.actor))


def _reason_starts(page: PageState, tag: str) -> list[dict[str, str]]:
    """Return the prepared words of each reason, and the address that starts from them without a script."""
    address = submission_address(page.submission.public_id, page.wanted)
    more = f"{address}&" if "?" in address else f"{address}?"
    return [
        {
            "code": code,
            "label": label,
            "words": prepared_message(page.submission, code),
            "href": f"{more}{urlencode({'reason': code})}",
        }
        for code, label in describe_reasons(page.submission, tag)
    ]


class SideForms:
    """The forms of what colleagues do without deciding, each made when it is shown.

    The one that was sent keeps what was typed.
    """

    def __init__(self, page: PageState) -> None:
        """Take whose forms they are, of what, and the one that was sent."""
        submission, make = page.submission, page.make_form
        assigned = {"person": submission.assignee.public_id if submission.assignee else ""}
        named = {"lang": submission.lang}
        self._sent = page.sent
        self._makers: dict[str, Callable[[], forms.DeskForm]] = {
            forms.AssignForm.name: lambda: make(
                forms.AssignForm,
                data=assigned,
                people=_label_readers(page.names.readers, submission, page.actor),
            ),
            forms.LanguageForm.name: lambda: make(
                forms.LanguageForm, data=named, **form_values(forms.LanguageForm, submission, page.actor)
            ),
            forms.NoteForm.name: lambda: make(forms.NoteForm),
            forms.PresenceForm.name: lambda: make(forms.PresenceForm, data={"sign": PresenceSign.READING}),
            forms.PairForm.name: lambda: make(forms.PairForm),
            forms.GistForm.name: lambda: make(forms.GistForm, data=_find_gist(page)),
            TagForm.name: lambda: make(TagForm),
            forms.WriteForm.name: lambda: make(forms.WriteForm),
            RENEW: lambda: make(forms.WriteForm, name=RENEW, data={"body": _word_renewal(submission)}),
            **{name: lambda: page.press_form for name in _PRESSED},
        }
        if may_open_identity(page.actor, submission):
            self._makers[forms.IdentityForm.name] = lambda: make(forms.IdentityForm)
        self._made: dict[str, forms.DeskForm] = {}

    def __contains__(self, name: object) -> bool:
        """Say whether the page has a form of this name."""
        return name in self._makers

    def __getitem__(self, name: str) -> forms.DeskForm:
        """Return the form of this name, the same one each time."""
        if self._sent is not None and self._sent.name == name and name in self:
            return self._sent
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]


def _find_gist(page: PageState) -> dict[str, str]:
    """Return what the form of a gist begins with: its language, and what stands there now."""
    tag = choose_gist_language()
    body = next((one.body for one in page.gists if one.is_current and one.lang == tag), "")
    return {"lang": tag, "body": body}


def choose_gist_language() -> str:
    """Return the language of the desk in which a gist is to be written: the address says so, or one's own."""
    wanted = locale_by_tag(request.args.get("gist", ""))
    return wanted.tag if wanted is not None and request.method == "GET" else find_locale().tag


def list_gist_languages(page: PageState) -> list[dict[str, str]]:
    """Return the other languages of the desk, each with where a gist is written in it."""
    address, chosen = submission_address(page.submission.public_id, page.wanted), choose_gist_language()
    more = f"{address}&" if "?" in address else f"{address}?"
    return [
        {"tag": one.tag, "name": one.autonym, "href": f"{more}{urlencode({'gist': one.tag})}#gist"}
        for one in LOCALES
        if one.tag != chosen
    ]


def _word_renewal(submission: Submission) -> str:
    """Return the prepared words that ask for consents anew, in the author's language."""
    locale = locale_by_tag(submission.locale)
    with force_locale(locale.babel if locale else "en"):
        return str(
            _(
                "The terms you agreed to have changed. Please read the new ones on your private page "
                "and tell us there whether you agree. Until then your text stays with us and is not "
                "published."
            )
        )
