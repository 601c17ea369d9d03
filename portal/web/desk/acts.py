"""The acts on a submission's page, a row each: address, form, what is done with it, place in the bar.

Who may do an act, from where, with which window, words and mail stands in its row of domain.transitions; what
its button says in site.labels.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.acts import Act
from portal.forms import desk as forms
from portal.operations.desk import decisions


@dataclass(frozen=True)
class DeskAct:
    """One act of the bar. Without `run` it has a view of its own in desk.decisions."""

    act: Act
    path: str
    form: type[forms.DeskForm] = forms.PressForm
    run: Callable[..., object] | None = None
    """The operation: gets session, submission, what its form hands over, by whom, when, `seen` and window."""
    key: str = ""
    """The letter that presses it."""
    is_rare: bool = False
    """Whether it stands folded in the bar, so that those of every day fit beside each other."""
    at_once: bool = False
    """Whether its button does it: nothing is asked, nothing is told to anybody, and it can be undone."""
    hints: tuple[LazyString, ...] = ()
    """What stands above its controls."""
    opened_by: str = ""
    """The argument of the address that opens its panel."""
    sent_as: Act | None = None
    """The act whose address it is sent to, when it is another one for what is published."""

    @property
    def endpoint(self) -> str:
        """Return the name of its view."""
        return f"desk.{(self.sent_as or self.act).value}"

    @property
    def form_name(self) -> str:
        """Return the name that tells its form from the others of the page."""
        return self.act.value if self.form is forms.PressForm else self.form.name


_ON_REQUEST = _l("Only when the author asked for it. The history records how they asked.")

DESK_ACTS = (
    DeskAct(Act.ACCEPT, "accept", forms.AcceptForm, decisions.accept, key="a"),
    DeskAct(Act.INVITE, "invite", forms.InviteForm, decisions.invite, key="i"),
    DeskAct(Act.ASK, "ask", forms.AskForm, decisions.ask, key="q"),
    DeskAct(Act.DECLINE, "decline", forms.DeclineForm, key="d", opened_by="reason"),
    DeskAct(Act.MARK_DUPLICATE, "duplicate", forms.DuplicateForm, key="u", is_rare=True, opened_by="find"),
    DeskAct(
        Act.MARK_SPAM,
        "spam",
        run=decisions.mark_spam,
        key="x",
        at_once=True,
        hints=(_l("The sender is not told and still sees it as received. It can be reopened."),),
    ),
    DeskAct(
        Act.REOPEN,
        "reopen",
        run=decisions.reopen,
        hints=(_l("It goes back to the state it had before it was closed."),),
    ),
    DeskAct(
        Act.WITHDRAW,
        "withdraw",
        forms.WithdrawOnRequestForm,
        decisions.withdraw_on_request,
        is_rare=True,
        hints=(_ON_REQUEST,),
    ),
    DeskAct(
        Act.ASK_TAKE_DOWN,
        "withdraw",
        forms.WithdrawOnRequestForm,
        is_rare=True,
        hints=(_l("Every address it was published at is then listed under “To take down”."), _ON_REQUEST),
        sent_as=Act.WITHDRAW,
    ),
    DeskAct(
        Act.ERASE,
        "erase",
        forms.EraseOnRequestForm,
        is_rare=True,
        hints=(
            _l(
                "Text, answers, messages, notes and draft are deleted at once. Copies that were exported or "
                "published are listed under “To take down” until an editor records what was done."
            ),
        ),
    ),
)
"""In the order of the bar. The rest of the desk’s acts are done where the draft is edited."""
