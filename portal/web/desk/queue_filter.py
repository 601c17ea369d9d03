"""The filter of the queue as its form shows it: what can be chosen, what is chosen, and what is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.languages import language_name, written_name
from portal.domain.sides import Side
from portal.domain.states import HIDDEN, Stage, State
from portal.queries.desk.filter_options import Choices, FilterOptions
from portal.queries.desk.queue import ME, NOBODY, NOWHERE, QueueFilter
from portal.queries.desk.queue_filter import Age, DueWhen, QueueOrder, ReaderWait, WithPhotos
from portal.web.site.desk_addresses import queue_address
from portal.web.site.labels import no_place_label, side_label, stage_label, state_label

_AGES: Mapping[Age, LazyString] = {
    Age.DAY: _l("Received within a day"),
    Age.WEEK: _l("Received within a week"),
    Age.OVER_WEEK: _l("Received over a week ago"),
    Age.OVER_TWO: _l("Received over two weeks ago"),
}
_DUE: Mapping[DueWhen, LazyString] = {
    DueWhen.LATE: _l("Late"),
    DueWhen.SOON: _l("Due within three days"),
    DueWhen.WEEK: _l("Due within a week"),
    DueWhen.UNDATED: _l("Without a date"),
}
_PHOTOS: Mapping[WithPhotos, LazyString] = {
    WithPhotos.SOME: _l("With photos"),
    WithPhotos.NONE: _l("Without photos"),
}
_READER: Mapping[ReaderWait, LazyString] = {
    ReaderWait.GIST: _l("A gist was asked for"),
    ReaderWait.ADVICE: _l("Advice from a gist, not confirmed"),
}
_ORDERS: Mapping[QueueOrder, LazyString] = {
    QueueOrder.DUE: _l("Due first"),
    QueueOrder.OLDEST: _l("Oldest first"),
    QueueOrder.NEWEST: _l("Newest first"),
}
Option = tuple[str, str]
"""Value and words."""


@dataclass(frozen=True)
class FilterQuestion:
    """One question of the form: a list to choose from."""

    name: str
    label: str
    anything: str
    """What the empty value says; empty itself where one of the options always applies."""
    options: Sequence[Option]
    chosen: str


@dataclass(frozen=True)
class FilterBox:
    """One question of the form that is asked by a tick."""

    name: str
    label: str
    is_ticked: bool


@dataclass(frozen=True)
class QueueFilterForm:
    """Everything the form shows: on its line, and folded away under it."""

    line: Sequence[FilterQuestion]
    more: Sequence[FilterQuestion]
    boxes: Sequence[FilterBox]
    set_in_more: int
    """How many of those folded away are set."""
    gone: Sequence[str]
    """What is asked for and is there no more, in sentences."""
    clear_href: str
    """Where the view is listed without filters; empty where none is set."""


def describe_filter(wanted: QueueFilter, options: FilterOptions, *, tag: str) -> QueueFilterForm:
    """Return the form; `tag` is the reader's language.

    What is asked for is offered even when it is gone: the form says what the list is, and can be changed.
    """
    languages = [(one, language_name(one, tag)) for one in sorted({*options.languages, wanted.lang} - {""})]
    choices = options.choices
    more = [
        FilterQuestion("age", _("Age"), _("Received at any time"), _list(_AGES), wanted.age or ""),
        FilterQuestion("due", _("Due date"), _("Due at any time"), _list(_DUE), wanted.due or ""),
        FilterQuestion("state", _("State"), _("Any state"), _list_states(), wanted.state or ""),
        FilterQuestion(
            "assignee", _("Responsible"), _("Anybody"), _list_people(wanted, choices), wanted.assignee
        ),
        FilterQuestion("tag", _("Tag"), _("Any tag"), _list_tags(wanted, choices), wanted.tag),
        FilterQuestion(
            "photos", _("Photos"), _("With or without photos"), _list(_PHOTOS), wanted.photos or ""
        ),
        FilterQuestion("reader", _("Waits for a reader"), _("Any text"), _list(_READER), wanted.reader or ""),
    ]
    boxes = [
        FilterBox("mine", _("Only languages I read"), wanted.my_languages),
        FilterBox("back", _("Came back from the author"), wanted.came_back),
        FilterBox("risk", _("Somebody may be at risk"), wanted.at_risk),
    ]
    is_filtered = wanted != QueueFilter(view=wanted.view, order=wanted.order)
    return QueueFilterForm(
        line=[
            FilterQuestion("lang", _("Language"), _("Any language"), languages, wanted.lang),
            FilterQuestion("kind", _("Kind"), _("Any kind"), _list_kinds(), wanted.kind or ""),
            FilterQuestion("place", _("Place"), _("Any place"), _list_places(), wanted.side),
            FilterQuestion("sort", _("Order"), "", _list_orders(wanted), wanted.order),
        ],
        more=more,
        boxes=boxes,
        set_in_more=sum(bool(one.chosen) for one in more) + sum(one.is_ticked for one in boxes),
        gone=_list_gone(wanted, options, tag),
        clear_href=queue_address(QueueFilter(view=wanted.view, order=wanted.order)) if is_filtered else "",
    )


def word_filter(form: QueueFilterForm, wanted: QueueFilter) -> list[str]:
    """Return what is asked, in a few words for each question that is."""
    questions = [*form.line, *form.more]
    has_order = wanted.order is not QueueOrder.DUE and not wanted.text
    chosen = [
        words
        for one in questions
        for value, words in one.options
        if value == one.chosen and (one.anything or has_order)
    ]
    ticked = [box.label for box in form.boxes if box.is_ticked]
    searched = [_("with “%(words)s”", words=wanted.text)] if wanted.text else []
    return [*searched, *chosen, *ticked]


def _list(words: Mapping[Any, LazyString]) -> Sequence[Option]:
    return [(value.value, str(label)) for value, label in words.items()]


def _list_orders(wanted: QueueFilter) -> Sequence[Option]:
    """Return the orders of a list; a search has its own, and keeps the one chosen for later."""
    return [(wanted.order.value, _("Titles first, then newest"))] if wanted.text else _list(_ORDERS)


def _list_kinds() -> Sequence[Option]:
    return [(kind.value, stage_label(kind)) for kind in Stage]


def _list_states() -> Sequence[Option]:
    return [(state.value, state_label(state)) for state in State if state not in HIDDEN]


def _list_places() -> Sequence[Option]:
    return [*((side.value, side_label(side)) for side in Side), (NOWHERE, no_place_label())]


def _list_people(wanted: QueueFilter, choices: Choices) -> Sequence[Option]:
    people = [(ME, _("Me")), (NOBODY, _("Nobody")), *choices.colleagues]
    return (
        people
        if _knows(people, wanted.assignee)
        else [*people, (wanted.assignee, _("No longer on the desk"))]
    )


def _list_tags(wanted: QueueFilter, choices: Choices) -> Sequence[Option]:
    tags = choices.tags
    return tags if _knows(tags, wanted.tag) else [*tags, (wanted.tag, _("Removed tag"))]


def _knows(options: Iterable[Option], chosen: str) -> bool:
    return not chosen or any(value == chosen for value, _words in options)


def _list_gone(wanted: QueueFilter, options: FilterOptions, tag: str) -> Sequence[str]:
    people = [(ME, ""), (NOBODY, ""), *options.choices.colleagues]
    sentences = {
        _("The tag this list is for was removed, so the list is empty. Choose another one."): _knows(
            options.choices.tags, wanted.tag
        ),
        _(
            "The colleague this list is for is no longer on the desk. What they were responsible for "
            "is still listed."
        ): _knows(people, wanted.assignee),
        _(
            "There is no text in %(language)s any more.", language=written_name(wanted.lang, tag)
        ): not wanted.lang or wanted.lang in options.languages,
    }
    return [sentence for sentence, is_there in sentences.items() if not is_there]
