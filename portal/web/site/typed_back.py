"""Typed words of a request that failed: pages of errors give them back, and nothing else.

The form itself may be out of reach then, and with it the questions of its call: names tell what was written.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import HTTPException

from portal.data import content
from portal.domain.answers import STORY_FROM_FILE
from portal.domain.photos import PeopleAnswer
from portal.domain.questions import QuestionType, parse_question
from portal.web.site.admission import UNSEEN_FIELDS
from portal.web.site.form_fields import FieldKind, find_label, list_kinds
from portal.web.site.locale import find_locale
from portal.web.site.page_owner import FIELD

_NO_WORDS = UNSEEN_FIELDS | {
    "code",  # typed, but not for whoever looks on
    "csrf_token",
    FIELD,
    "refuse",
    "remove",
    "save",
    STORY_FROM_FILE,
    "unchanged",
    "version",
}
"""What comes with forms and is no field of theirs, or must not be shown."""

AMBIGUOUS: Mapping[str, frozenset[str]] = {
    "reason": frozenset(row["code"] for row in content.decline_reasons()),
    "people": frozenset(PeopleAnswer),
}
"""Written in one form and chosen in another: the values that are chosen."""

_TO_CHOOSE = frozenset({QuestionType.CHOICE, QuestionType.CHOICES})


class TypedText(NamedTuple):
    """Something typed, and what its field is called; empty where nothing tells."""

    label: str
    text: str


def typed_texts() -> list[TypedText]:
    """Return what the person typed into the request that failed, so that no page loses it."""
    if request.method != "POST":
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:  # the body itself was refused: too large, or not a form
        return []
    sent = frozenset(name for name, _value in pairs)
    return [
        TypedText(find_label(name, sent=sent, path=request.path, tag=find_locale().tag), value)
        for name, value in pairs
        if _says_something(value) and is_written(name, value)
    ]


def _says_something(value: str) -> bool:
    """Say whether a value can be words: one letter of ASCII is a mark, 「好」 an answer."""
    said = value.strip()
    return len(said) > 1 or not said.isascii()


def is_written(name: str, value: str) -> bool:
    """Say whether what came under a name is words of a person, for all that the name tells."""
    own_name = name.rpartition("-")[2]  # rows of a list are numbered: languages-0-reading
    offered = AMBIGUOUS.get(own_name) or _offered_in_calls().get(own_name)
    if offered is not None:
        return value not in offered
    return not any(_holds_no_words(one) for one in (name, own_name))


def _holds_no_words(name: str) -> bool:
    kinds = list_kinds().get(name, frozenset())
    return name in _NO_WORDS or (bool(kinds) and FieldKind.WRITTEN not in kinds)


@cache
def _offered_in_calls() -> Mapping[str, frozenset[str]]:
    """Return by the name of each question and consent we ship that takes no words what can be chosen.

    A form of ours may ask for words by the same name, as that of a draft does for the name to print.
    """
    questions = map(parse_question, content.questions())
    choices = {
        one.key: frozenset(option.value for option in one.options)
        for one in questions
        if one.type in _TO_CHOOSE
    }
    return {**choices, **{row["key"]: frozenset({"y"}) for row in content.consents()}}
