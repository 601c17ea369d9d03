"""Take-downs in words, for the desk and for the author."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.embargo import embargo_ends, find_embargo
from portal.domain.languages import language_name
from portal.domain.states import State
from portal.domain.take_downs import Recall, TakeDownOutcome
from portal.models import Submission, TakeDown
from portal.queries.answers import answers_by_role
from portal.web.site.dates import write_deadline

_OUTCOMES: Mapping[str, LazyString] = {
    TakeDownOutcome.REMOVED: _l("Removed"),
    TakeDownOutcome.CORRECTED: _l("Corrected"),
    TakeDownOutcome.NOT_REMOVED: _l("Could not be removed"),
    TakeDownOutcome.MOOT: _l("Not needed any more"),
}
_REASONS: Mapping[Recall, LazyString] = {
    Recall.WITHDRAWN: _l("The author has withdrawn the text: take it down."),
    Recall.ERASED: _l("The author had everything erased: take it down. This entry is all that is left here."),
    Recall.CONSENT: _l("The author no longer wants the text published: take it down."),
    Recall.UNDONE: _l("The acceptance was undone: take the text down."),
    Recall.NAME: _l("The author no longer wants the name printed: take it out."),
    Recall.PHOTO: _l("The author no longer wants a photo printed: take it out."),
}


def outcome_label(outcome: str, reason: str = "") -> str:
    """Return what became of a place; entries of long ago do not say the reason."""
    if (reason, outcome) == (Recall.EMBARGO, TakeDownOutcome.CORRECTED):
        return str(_("Held back until the author’s day"))
    return str(_OUTCOMES[TakeDownOutcome(outcome)]) if outcome in set(TakeDownOutcome) else ""


def reason_sentence(task: TakeDown) -> str:
    """Return why something must come back, and what is to be done."""
    if task.reason is Recall.EMBARGO:
        return _tell_embargo(_find_day(task.submission), was_read=bool(task.url))
    return str(_REASONS[task.reason])


def _find_day(submission: Submission) -> date | None:
    """Return the author's day; none where nobody knows it any more."""
    if submission.state is State.ERASED or submission.latest.is_shut:
        return None
    return find_embargo(answers_by_role(submission))


def _tell_embargo(day: date | None, *, was_read: bool) -> str:
    """Return what is to be done until a day: nobody reads the text before."""
    if day is None:
        untold = (
            _("The author wants it published later: take it off the pages until then."),
            _("The author wants it published later: see to it that nobody publishes it earlier."),
        )
        return str(untold[0] if was_read else untold[1])
    named = {"date": format_date(day, "long"), "moment": write_deadline(embargo_ends(day))}
    asked = (
        _(
            "The author does not want it published before %(date)s: take it off the pages until then. "
            "By %(moment)s that day has begun everywhere.",
            **named,
        ),
        _(
            "The author does not want it published before %(date)s: see to it that nobody publishes it "
            "earlier. By %(moment)s that day has begun everywhere.",
            **named,
        ),
    )
    return str(asked[0] if was_read else asked[1])


def name_exported_copy(task: TakeDown) -> str:
    """Return which exported copy is meant, where no address is on file."""
    when = format_date(task.exported_at, "long") if task.exported_at else ""
    if task.copy is not None:
        site = task.copy.target.name
        return str(_("%(site)s, save %(number)s, %(date)s", site=site, number=task.revision or "", date=when))
    return str(_("Exported copy, save %(number)s, %(date)s", number=task.revision or "", date=when))


def describe_for_author(tasks: Sequence[TakeDown], tag: str) -> list[dict[str, Any]]:
    """Return what stands where, and what is being done about it, one entry a place."""
    return [
        {
            "url": task.url,
            "lang": task.lang,
            "language": language_name(task.lang, tag),
            "text": _("Handed to the newsroom on %(date)s", date=format_date(task.exported_at, "long"))
            if task.exported_at and not task.url
            else "",
            "state": _tell_state(task),
        }
        for task in tasks
    ]


def _tell_state(task: TakeDown) -> str:
    if task.reason is Recall.EMBARGO and task.outcome is not TakeDownOutcome.REMOVED:
        return _tell_waiting(task)
    if task.closed_at is None or task.outcome is None:
        asked = {
            Recall.NAME: _("We are having your name taken out."),
            Recall.PHOTO: _("We are having the photo taken out."),
        }
        return str(asked.get(task.reason, _("We are having it taken down.")))
    day = format_date(task.closed_at, "long")
    if task.outcome is TakeDownOutcome.REMOVED:
        return str(_("Removed on %(date)s.", date=day))
    if task.outcome is TakeDownOutcome.CORRECTED:
        return str(_("Corrected on %(date)s.", date=day))
    return str(_("It could not be removed. Write to us if you want to know more."))


def _tell_waiting(task: TakeDown) -> str:
    """Return how a text that is to wait for its author's day is kept from readers."""
    if task.closed_at is None:
        if task.url:
            return str(_("We are having it taken off the pages until the day you named."))
        return str(_("We are making sure that nobody publishes it before the day you named."))
    if task.outcome is TakeDownOutcome.CORRECTED:
        day = format_date(task.closed_at, "long")
        return str(_("It has been held back since %(date)s, until the day you named.", date=day))
    return str(_("It could not be held back. Write to us if you want to know more."))
