"""Pages of errors give back what was typed, whatever form it was typed into, and nothing else."""

import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module

from wtforms import BooleanField, Field, HiddenField, PasswordField, SubmitField
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.form import Form
from wtforms.widgets import HiddenInput

from portal import forms
from portal.data import content
from portal.domain.questions import QuestionType, parse_question
from portal.web.site.typed_back import AMBIGUOUS, is_written

KINDS: dict[type[Field], str] = {
    SelectFieldBase: "chosen",
    BooleanField: "chosen",
    SubmitField: "chosen",
    PasswordField: "secret",
    HiddenField: "hidden",
}


def list_forms(form: type[Form] = Form) -> Iterator[type[Form]]:
    """Give every form class that stands in portal.forms; those made of the questions of a call do not."""
    for one in form.__subclasses__():
        stands = getattr(sys.modules[one.__module__], one.__name__, None) is one
        if stands and one.__module__.startswith("portal.forms"):
            yield one
        yield from list_forms(one)


def find_kind(field: "UnboundField[Field]") -> str:
    if isinstance(field.kwargs.get("widget", field.field_class.widget), HiddenInput):
        return "hidden"
    kinds = (kind for base, kind in KINDS.items() if issubclass(field.field_class, base))
    return next(kinds, "written")


def find_kinds() -> dict[str, set[str]]:
    """Return what each field name of our forms stands for: chosen, secret, hidden or written."""
    for module in pkgutil.iter_modules(forms.__path__):
        import_module(f"portal.forms.{module.name}")
    found: dict[str, set[str]] = defaultdict(set)
    for form in list_forms():
        for name in dir(form):
            one = getattr(form, name)
            if isinstance(one, UnboundField):
                found[name].add(find_kind(one))
    return found


def test_every_word_of_the_forms_we_ship_is_given_back() -> None:
    questions = [parse_question(row) for row in content.questions()]
    written = {one.key for one in questions if one.type in (QuestionType.SHORT, QuestionType.LONG)}
    written |= {one.text_key for one in questions if one.takes_words}
    assert {name for name in written if not is_written(name, "Слово")} == set()


def test_no_choice_of_the_forms_we_ship_is_given_back() -> None:
    questions = [parse_question(row) for row in content.questions()]
    chosen = {(one.key, option.value) for one in questions for option in one.options}
    assert {pair for pair in chosen if is_written(*pair)} == set()


def test_names_that_are_written_in_one_form_and_chosen_in_another_are_known() -> None:
    both = {"chosen", "written"}
    assert {name for name, kinds in find_kinds().items() if both <= kinds} <= AMBIGUOUS.keys()


def test_no_name_that_is_written_in_one_form_is_hidden_in_another() -> None:
    both = {"hidden", "written"}
    assert {name for name, kinds in find_kinds().items() if both <= kinds} == set()


def test_words_of_our_forms_are_given_back_whatever_a_call_asks_by_that_name() -> None:
    written = {name for name, kinds in find_kinds().items() if "written" in kinds} - {
        "code"
    }  # typed, but not for whoever looks on
    assert {name for name in written if not is_written(name, "Слово")} == set()


def test_nothing_else_of_our_forms_is_given_back() -> None:
    others = {name for name, kinds in find_kinds().items() if "written" not in kinds} - AMBIGUOUS.keys()
    assert {name for name in others if is_written(name, "Слово")} == set()
