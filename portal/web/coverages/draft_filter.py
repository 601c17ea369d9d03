"""The filter and the order of a coverage’s lists and of its hand-off sheet, as they stand in addresses."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.languages import language_name
from portal.domain.states import IN_COVERAGE, State
from portal.extensions import db
from portal.models import Coverage
from portal.queries.drafts import DraftFilter, DraftOrder, list_draft_languages
from portal.story.normalise import clean_line
from portal.web.site.current_staff import acting_staff
from portal.web.site.labels import state_label
from portal.web.site.locale import find_locale

_MINE, _ANYBODY = "1", "any"
"""What an address says of stories that are new: to whoever asks, or to everybody."""
_STATES = {state.value: state for state in State if state in IN_COVERAGE}
_ORDERS: Mapping[DraftOrder, LazyString] = {
    DraftOrder.OLDEST: _l("Oldest acceptance first"),
    DraftOrder.NEWEST: _l("Newest acceptance first"),
    DraftOrder.EDITED: _l("Last edited first"),
}


def read_draft_filter() -> DraftFilter:
    """Return what the address asks for; what it asks wrongly is not asked."""
    asked = request.args.get("new", "")
    return DraftFilter(
        text=clean_line(request.args.get("q", "")),
        lang=clean_line(request.args.get("lang", "")),
        state=_STATES.get(request.args.get("state", "")),
        is_new=asked in (_MINE, _ANYBODY),
        reader=acting_staff().public_id if asked == _MINE else "",
    )


def draft_filter_args(wanted: DraftFilter) -> dict[str, Any]:
    """Return the filter as it stands in an address."""
    state = wanted.state.value if wanted.state else ""
    asked = {"q": wanted.text, "lang": wanted.lang, "state": state, "new": _write_new(wanted)}
    return {name: value for name, value in asked.items() if value}


def read_order() -> DraftOrder:
    """Return the order the address asks for; an unknown one is the usual one."""
    asked = request.args.get("sort", "")
    return DraftOrder(asked) if asked in set(DraftOrder) else DraftOrder.OLDEST


def list_args(wanted: DraftFilter, order: DraftOrder) -> dict[str, Any]:
    """Return filter and order as they stand in the address of a list."""
    return draft_filter_args(wanted) | ({} if order is DraftOrder.OLDEST else {"sort": order.value})


def _write_new(wanted: DraftFilter) -> str:
    if not wanted.is_new:
        return ""
    return _MINE if wanted.reader else _ANYBODY


def describe_draft_filter(coverage: Coverage, wanted: DraftFilter, order: DraftOrder) -> dict[str, Any]:
    """Return what the form of the filter offers, and what it shows as chosen.

    What is asked for is offered even if nothing is there of it any more: the form says what the list is.
    """
    reader = find_locale().tag
    present = set(list_draft_languages(db.session(), coverage))
    tags = sorted(present | {wanted.lang} - {""})
    return {
        "wanted": wanted,
        "draft_languages": [(tag, language_name(tag, reader), tag == wanted.lang) for tag in tags],
        "draft_orders": [(value.value, label, value is order) for value, label in _ORDERS.items()],
        "draft_states": [
            (value, state_label(state), state is wanted.state) for value, state in _STATES.items()
        ],
        "choices_new": [
            (_MINE, _("Since my last export"), _write_new(wanted) == _MINE),
            (_ANYBODY, _("Since anybody’s last export"), _write_new(wanted) == _ANYBODY),
        ],
        "any_new": _("Exported or not"),
        "any_language": _("All languages"),
        "any_state": _("All states"),
    }
