"""What the fields of our forms are called and hold, for pages that give words back without their form."""

import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from wtforms import BooleanField, Field, HiddenField, PasswordField, SubmitField
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.form import Form
from wtforms.widgets import HiddenInput

from portal import forms
from portal.data import content
from portal.domain.languages import best_text
from portal.domain.questions import parse_question
from portal.forms.desk import CarriedForm, DeskForm

Labels = Mapping[str, Any]
"""Names of fields to their labels, which speak the language of the reader."""
_DESK = "/desk"


class FieldKind(StrEnum):
    """What a field is for."""

    WRITTEN = "written"
    CHOSEN = "chosen"
    SECRET = "secret"  # noqa: S105  # a kind of field
    HIDDEN = "hidden"


_KINDS: Mapping[type[Field], FieldKind] = {
    SelectFieldBase: FieldKind.CHOSEN,
    BooleanField: FieldKind.CHOSEN,
    SubmitField: FieldKind.CHOSEN,
    PasswordField: FieldKind.SECRET,
    HiddenField: FieldKind.HIDDEN,
}


class _Labelled(NamedTuple):
    """A form of ours: the act it is for, and what its fields are called."""

    act: str
    labels: Labels


def find_label(name: str, *, sent: frozenset[str], path: str, tag: str) -> str:
    """Return what a field is called in the form that all these names came from; empty when nothing tells.

    The address tells which form it was, where it ends in the form's name; else most of the names do.
    `tag` is the reader's language, for the questions of a call.
    """
    asked = {} if path.startswith(_DESK) else _labels_of_questions(tag)
    if name in asked:
        return asked[name]
    own = name.rpartition("-")[2]  # rows of a list are numbered, photos named: languages-0-reading
    short = frozenset(one.rpartition("-")[2] for one in sent)
    act = path.rpartition("/")[2]
    known = [one for one in _list_labelled() if one.labels.get(own)]
    best = max(
        known,
        key=lambda one: (one.act == act, len(short & one.labels.keys()), -len(one.labels.keys() - short)),
        default=None,
    )
    return str(best.labels[own]) if best else ""


@cache
def list_kinds() -> Mapping[str, frozenset[FieldKind]]:
    """Return by the name of each field of our forms what it is for, which can differ from form to form."""
    kinds: dict[str, set[FieldKind]] = defaultdict(set)
    for form in _list_ours():
        for name, field in _list_fields(form).items():
            kinds[name].add(_find_kind(field))
    return {name: frozenset(found) for name, found in kinds.items()}


def _find_kind(field: UnboundField) -> FieldKind:
    if isinstance(field.kwargs.get("widget", field.field_class.widget), HiddenInput):
        return FieldKind.HIDDEN
    found = (kind for base, kind in _KINDS.items() if issubclass(field.field_class, base))
    return next(found, FieldKind.WRITTEN)


@cache
def _list_labelled() -> tuple[_Labelled, ...]:
    return tuple(_Labelled(str(getattr(form, "name", "")), _read_labels(form)) for form in _list_ours())


@cache
def _list_ours() -> tuple[type[Form], ...]:
    for module in pkgutil.iter_modules(forms.__path__):
        import_module(f"portal.forms.{module.name}")
    return tuple(form for form in _list_forms(Form) if _stands(form))


def _stands(form: type[Form]) -> bool:
    """Say whether a form stands in our code; those made of the questions of a call do not."""
    module = sys.modules[form.__module__]
    return form.__module__.startswith(forms.__name__) and getattr(module, form.__name__, None) is form


def _list_forms(form: type[Form]) -> Iterator[type[Form]]:
    for one in form.__subclasses__():
        yield one
        yield from _list_forms(one)


def _read_labels(form: type[Form]) -> Labels:
    return {name: _read_label(field) for name, field in _list_fields(form).items()}


def _list_fields(form: type[Form]) -> Mapping[str, UnboundField]:
    parts = (form, CarriedForm) if issubclass(form, DeskForm) else (form,)
    given = ((name, getattr(part, name)) for part in parts for name in dir(part))
    return {name: one for name, one in given if isinstance(one, UnboundField)}


def _read_label(field: UnboundField) -> Any:
    given = field.kwargs.get("label")
    return given if given is not None else next(iter(field.args), "")


@cache
def _labels_of_questions(tag: str) -> Mapping[str, str]:
    """Return the labels of the questions we ship."""
    labels = {}
    for question in map(parse_question, content.questions()):
        for name, texts in ((question.key, question.label), (question.text_key, question.text_label)):
            if texts:
                labels[name] = best_text(texts, (tag, "en"))[1]
    return labels
