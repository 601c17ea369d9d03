"""Saves that name the texts we have instead of carrying them: on a bad line every letter costs."""

from flask import request
from werkzeug.datastructures import MultiDict

from portal.extensions import current_portal
from portal.operations.contribute.unsent import read_typed
from portal.web.contribute.form_target import FormTarget
from portal.web.site.scripts import wants_script

_UNCHANGED = "unchanged"


def complete_posted(target: FormTarget) -> MultiDict[str, str] | None:
    """Return the form as it came, with the texts it only names put in from the version it knows.

    None when that version is not as the page knows it any more: then the whole form has to come. Only for
    scripts: no page shows anybody what did not come with the request.
    """
    posted = MultiDict(request.form)
    names = posted.get(_UNCHANGED, "").split() if wants_script() else []
    if not names:
        return posted
    known = _find_known(target, posted.get("writing", ""), posted.get("sequence", ""))
    if not known.keys() >= set(names):
        return None
    for name in names:
        posted.setlist(name, [known[name]])
    return posted


def _find_known(target: FormTarget, writing: str, sequence: str) -> dict[str, str]:
    """Return the texts of the version a page names, where it stands as that page saw it last."""
    rows = target.submission.writings if target.submission is not None else ()
    named = [row for row in rows if (row.public_id, str(row.sequence)) == (writing, sequence)]
    typed = [read_typed(row, current_portal().instance.keys) for row in named]
    texts = [(name, one) for row in typed for name, one in {**row.answers, **row.sealed}.items()]
    return {name: one for name, one in texts if isinstance(one, str)}
