"""What a person typed into a request that failed: pages of errors give it back, and only that.

The form itself may be out of reach then, and with it the questions of its call: names tell what was written.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import HTTPException

from portal.data import content
from portal.domain.pictures import PeopleAnswer
from portal.domain.questions import QuestionType, parse_question
from portal.web.field_labels import find_label
from portal.web.lanes import UNSEEN_FIELDS
from portal.web.locale import find_locale

PARAGRAPHS = "paragraphs"
"""Numbers ticked beside an objection: chosen, yet half of what it says."""

HIDDEN = UNSEEN_FIELDS | {
    "batch",
    "csrf_token",
    "editor",
    "form_key",
    "holder",
    "incomplete",
    "kept",
    "known",
    "newest",
    "owner",
    "next",
    "piece",
    "place",
    "refuse",
    "remove",
    "revision",
    "save",
    "seen",
    "sequence",
    "stood",
    "story_from_file",
    "ticked",
    "to",
    "version",
    "unchanged",
    "writing",
}
"""What no person sees in a form."""

SECRET = frozenset(
    {"code", "confirm-next", "confirm-password", "new_password", "new_password_confirm", "password"}
)

CHOSEN = frozenset(
    {
        "all_approved",
        "byline_mode",
        "chosen",
        "coverages",
        "drafts",
        "forget",
        "format",
        "help_setup",
        "lang",
        "language",
        "licence",
        "locale",
        "outcome",
        PARAGRAPHS,
        "person",
        "pieces",
        "reading",
        "role",
        "setup",
        "shortcuts",
        "submit",
        "sure",
        "topics",
    }
)
"""What is chosen in forms of ours; what is in those of a call, its questions say."""

AMBIGUOUS: Mapping[str, frozenset[str]] = {
    "reason": frozenset(row["code"] for row in content.decline_reasons()),
    "people": frozenset(PeopleAnswer),
}
"""Written in one form and chosen in another: the values that are chosen."""

_TO_CHOOSE = frozenset({QuestionType.LANGUAGE, QuestionType.CHOICE, QuestionType.CHOICES})


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
    texts = [
        TypedText(find_label(name, sent=sent, path=request.path, tag=find_locale().tag), value)
        for name, value in pairs
        if len(value.strip()) > 1 and is_written(name, value)
    ]
    ticked = [value for name, value in pairs if name == PARAGRAPHS]
    label = find_label(PARAGRAPHS, sent=sent, path=request.path, tag=find_locale().tag)
    return [*texts, TypedText(label, ", ".join(ticked))] if ticked else texts


def is_written(name: str, value: str) -> bool:
    """Say whether what came under a name is words of a person, for all that the name tells."""
    own_name = name.rpartition("-")[2]  # rows of a list are numbered: languages-0-reading
    if own_name in AMBIGUOUS:
        return value not in AMBIGUOUS[own_name]
    return not {name, own_name} & (HIDDEN | SECRET | CHOSEN | _chosen_in_calls())


@cache
def _chosen_in_calls() -> frozenset[str]:
    """Return the names of questions and consents we ship that take no words."""
    questions = map(parse_question, content.questions())
    consents = (row["key"] for row in content.consents())
    return frozenset([*(one.key for one in questions if one.type in _TO_CHOOSE), *consents])
