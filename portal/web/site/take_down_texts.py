"""Take-downs in words, for the desk and for the author."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.languages import language_name
from portal.domain.take_downs import WHOLE, Recall, TakeDownOutcome
from portal.models import TakeDown

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


def outcome_label(outcome: str) -> str:
    """Return what became of a place."""
    return str(_OUTCOMES[TakeDownOutcome(outcome)]) if outcome in set(TakeDownOutcome) else ""


def reason_sentence(reason: Recall) -> str:
    """Return why something must come back, and what is to be done."""
    return str(_REASONS[reason])


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


def is_whole(tasks: Sequence[TakeDown]) -> bool:
    """Say whether a whole text is called back, not a name or a photo."""
    return any(task.reason in WHOLE for task in tasks)
