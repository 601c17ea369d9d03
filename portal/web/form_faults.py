"""What is wrong with a form, for the script that sent it: its page shows that and keeps the words."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.forms.base import PortalForm

_HIDDEN = ("form_key", "writing", "sequence")
_FAULTY = 422


def describe_faults(form: PortalForm) -> dict[str, Any]:
    """Return what faults.mjs shows: its words, the faults in order, and hidden fields as they are now."""
    general = [{"field": "", "sentences": [str(one)]} for one in dict.fromkeys(form.form_errors)]
    own = [
        {"field": field.id, "sentences": [str(one) for one in field.errors]} for field in form if field.errors
    ]
    return {
        "heading": _("There is a problem"),
        "mark": _("Error:"),
        "faults": [*general, *own],
        "hidden": {name: form[name].data or "" for name in _HIDDEN if name in form},
    }


def tell_faults(form: PortalForm) -> ResponseReturnValue:
    """Answer the script that sent a faulty form."""
    return jsonify(describe_faults(form)), _FAULTY
