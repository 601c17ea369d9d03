"""Faults of a form for the script that sent it: its page shows them and keeps the words.

A refusal of any kind comes back in the one post: what a page would say, the script says beside the form.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.forms.base import PortalForm
from portal.web.site.joined_words import add_blank, join_sentences

_HIDDEN = ("form_key", "writing", "sequence")
_FAULTY = 422
_SCRIPT = "application/json"


def wants_script() -> bool:
    """Say whether a script of ours asks, which reads JSON, or a browser that shows a page."""
    return bool(request.accept_mimetypes.best == _SCRIPT)


def describe_faults(form: PortalForm) -> dict[str, Any]:
    """Return what faults.mjs shows: its words, the faults in order, and hidden fields as they are now."""
    general = _name_general(dict.fromkeys(form.form_errors))
    own = [
        {"field": field.id, "sentences": [str(one) for one in field.errors]} for field in form if field.errors
    ]
    return {
        "heading": form.faults_heading,
        "promise": form.faults_promise,
        "mark": add_blank(_("Error:")),
        "faults": [*general, *own],
        "hidden": read_hidden(form),
    }


def describe_refusal(
    heading: str, sentences: Sequence[str], *, hidden: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the same for what no field is to blame for: heading and sentences of the page people get.

    `hidden` are hidden fields of the form as they are now; the others stay as they were.
    """
    return {
        "state": "refused",
        "sentence": join_sentences(sentences),
        "heading": heading,
        "mark": add_blank(_("Error:")),
        "faults": _name_general(sentences),
        "hidden": dict(hidden or {}),
    }


def read_hidden(form: PortalForm) -> dict[str, str]:
    """Return the hidden fields of a form that a refusal may have renewed."""
    return {name: form[name].data or "" for name in _HIDDEN if name in form}


def word_kept(*, code: str, kept: str) -> list[str]:
    """Say what became of a text that could not be sent: until when it is kept, and the code that opens it."""
    if not kept:
        return [_("Nothing was sent. Your text is below.")]
    told = [
        _(
            "Your text was not sent. We keep it for you until %(date)s, and nobody else reads it. "
            "What you typed is still below.",
            date=kept,
        )
    ]
    opens = _("This code opens it on your private page. Write it down where nobody else looks:")
    return [*told, f"{add_blank(opens)}{code}"] if code else told


def answer_faults(form: PortalForm) -> ResponseReturnValue:
    """Answer the script that sent a faulty form."""
    return jsonify(describe_faults(form)), _FAULTY


def _name_general(sentences: Iterable[object]) -> list[dict[str, Any]]:
    return [{"field": "", "sentences": [str(one)]} for one in sentences]
