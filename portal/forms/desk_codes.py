"""Forms around a code of the desk: asked for, confirmed, called off or refused, and proving who holds it."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired

from portal.domain.permissions import REASON_LENGTH
from portal.forms.base import MaxLength, to_line
from portal.forms.private import PageForm


class AskCodeForm(PageForm):
    """The reason why the desk gives out a new code."""

    name = "ask-code"
    reason = StringField(
        _l("Why is a new code issued?"),
        filters=[to_line],
        validators=[
            DataRequired(_l("Say in a few words why, and how you know that this is the author.")),
            MaxLength(REASON_LENGTH),
        ],
    )


class ConfirmCodeForm(PageForm):
    """Say yes to a code as the second person."""

    name = "confirm-code"


class CallOffCodeForm(PageForm):
    """Have a code that is under way open nothing."""

    name = "call-off-code"


class RefuseCodeForm(PageForm):
    """The author refuses a code of the desk."""

    name = "refuse-code"


class ProofForm(PageForm):
    """A sealed answer, typed to prove an author. It is compared and forgotten, and never shown again."""

    name = "proof"
    answer = StringField(
        _l("How we reach you, or another answer that only you know"),
        filters=[to_line],
        validators=[DataRequired(_l("Type one of the answers that we keep encrypted."))],
        render_kw={"spellcheck": "false", "value": ""},
    )
