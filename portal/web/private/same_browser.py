"""Texts begun in one browser beside the one whose page is open, as pages name them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from portal.domain.receipt_code import derive_code, group_code
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import Submission, UnsentVersion
from portal.operations.contribute.unsent import read_form_key
from portal.queries.contribute.same_browser import list_unsent_beside
from portal.queries.contribute.unsent import list_unsent_versions
from portal.sealing.keys import CannotOpen
from portal.web.site.unsent_list import Unsent, describe_unsent


@dataclass(frozen=True)
class TextBeside:
    """A text that was begun beside another one and never sent."""

    unsent: Unsent
    code: str
    """In groups; empty when no form key of it is kept."""


def describe_beside(submission: Submission) -> Sequence[TextBeside]:
    """Return what private/_beside.html shows as `beside`."""
    session = db.session()
    found = [(one, list_unsent_versions(session, one)) for one in list_unsent_beside(session, submission)]
    return [
        TextBeside(unsent, _find_code(rows))
        for one, rows in found
        if (unsent := describe_unsent(one, rows, shown=State.WRITING)) is not None
    ]


def _find_code(rows: Sequence[UnsentVersion]) -> str:
    instance = current_portal().instance
    form_keys = []
    for row in rows:
        with suppress(CannotOpen):
            form_keys += [key] if (key := read_form_key(row, instance.keys)) else []
    return group_code(derive_code(instance.receipt_secret, form_keys[0])) if form_keys else ""
