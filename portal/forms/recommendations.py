"""The form of a recommendation to those who decide."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired

from portal.domain.recommendations import REASON_LENGTH, Advice
from portal.forms.base import MaxLength, PortalForm, to_text
from portal.forms.desk import DeskForm

_ADVICE: Mapping[Advice, LazyString] = {
    Advice.ACCEPT: _l("Accept it"),
    Advice.ASK: _l("Ask the author first"),
    Advice.DECLINE: _l("Decline it"),
}


def _list_advice() -> list[tuple[str, LazyString]]:
    return [(advice.value, words) for advice, words in _ADVICE.items()]


class AdviceForm(PortalForm):
    """What one recommends, and why; about one text or many."""

    advice = RadioField(
        _l("What do you recommend?"),
        choices=_list_advice,
        validators=[DataRequired(_l("Choose what you recommend."))],
    )
    reason = TextAreaField(
        _l("Why?"),
        filters=[to_text],
        validators=[DataRequired(_l("Say why in a few words.")), MaxLength(REASON_LENGTH)],
    )

    @property
    def handed(self) -> Mapping[str, Any]:
        """Return the advice and its reason."""
        return {"advice": Advice(self.advice.data), "reason": self.reason.data}


class RecommendForm(AdviceForm, DeskForm):
    """A recommendation about one text, from its page."""

    name = "recommend"
