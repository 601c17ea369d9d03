"""What the fields of our forms are called, for pages that give words back when their form is out of reach."""

import pkgutil
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from wtforms.fields.core import UnboundField
from wtforms.form import Form

from portal import forms
from portal.data import content
from portal.domain.languages import best_text
from portal.domain.questions import parse_question

Labels = Mapping[str, Any]
"""Names of fields to their labels, which speak the language of the reader."""
_DESK = "/desk"


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
def _list_labelled() -> tuple[_Labelled, ...]:
    for module in pkgutil.iter_modules(forms.__path__):
        import_module(f"portal.forms.{module.name}")
    ours = [form for form in _list_forms(Form) if _stands(form)]
    return tuple(_Labelled(str(getattr(form, "name", "")), _read_labels(form)) for form in ours)


def _stands(form: type[Form]) -> bool:
    """Say whether a form stands in our code; those made of the questions of a call do not."""
    module = sys.modules[form.__module__]
    return form.__module__.startswith(forms.__name__) and getattr(module, form.__name__, None) is form


def _list_forms(form: type[Form]) -> Iterator[type[Form]]:
    for one in form.__subclasses__():
        yield one
        yield from _list_forms(one)


def _read_labels(form: type[Form]) -> Labels:
    fields = {
        name: getattr(form, name) for name in dir(form) if isinstance(getattr(form, name), UnboundField)
    }
    return {name: _read_label(one) for name, one in fields.items()}


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
