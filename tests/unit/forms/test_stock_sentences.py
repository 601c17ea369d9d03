"""Nobody meets a sentence of WTForms: every one that a form could say has words of ours, in each language."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest
from flask import Flask
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import NumberRange

import portal
from portal.domain.languages import LOCALES
from portal.forms.base import FormTranslations, HiddenNumber, MaxLength, PortalForm
from portal.forms.stock_sentences import OURS

ROOT = Path(portal.__file__).parent
LIBRARIES = ("wtforms", "flask_wtf")
FOR_PROGRAMMERS = {"Choices cannot be None.", "Invalid field name '%s'."}


class EntryForm(PortalForm):
    class Meta(PortalForm.Meta):
        csrf = False

    seen = HiddenNumber(default=1)
    words = StringField("Words", filters=[lambda typed: typed or ""], validators=[MaxLength(1000)])
    number = IntegerField("Number", default=1, validators=[NumberRange(min=1, max=9)])
    choice = RadioField("Choice", choices=["one"], default="one")


def parse_modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def find_imported(module: ast.Module) -> dict[str, type]:
    """Return the classes of WTForms and Flask-WTF that a module imports, by the names it uses."""
    found = {}
    for one in ast.walk(module):
        if isinstance(one, ast.ImportFrom) and (one.module or "").partition(".")[0] in LIBRARIES:
            for alias in one.names:
                member = getattr(import_module(str(one.module)), alias.name)
                if inspect.isclass(member):
                    found[alias.asname or alias.name] = member
    return found


def find_sentences(kind: type) -> set[str]:
    """Return what a class, or one it is made from, looks up in WTForms' catalogue."""
    found = set()
    for base in kind.__mro__:
        if not base.__module__.startswith(LIBRARIES):
            continue
        for call in ast.walk(ast.parse(dedent(inspect.getsource(base)))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("gettext", "ngettext"):
                found |= {str(one.value) for one in call.args[:1] if isinstance(one, ast.Constant)}
    return found


def says_its_own(call: ast.Call, kind: type) -> bool:
    """Say whether a validator is given the words it says."""
    wanted = list(inspect.signature(kind).parameters)
    given = {*wanted[: len(call.args)], *(one.arg for one in call.keywords)}
    return "message" in given


def find_stock_sentences() -> dict[str, set[str]]:
    """Return each stock sentence that could be said, with the modules that could."""
    found: dict[str, set[str]] = {}
    for path, module in parse_modules():
        imported = find_imported(module)
        spoken_for: dict[str, bool] = {}
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in imported:
                name = call.func.id
                spoken_for[name] = spoken_for.get(name, True) and says_its_own(call, imported[name])
        for name, kind in imported.items():
            if not spoken_for.get(name, False):
                for sentence in find_sentences(kind) - FOR_PROGRAMMERS:
                    found.setdefault(sentence, set()).add(path)
    return found


def faults_in(app: Flask, locale: str, **typed: str) -> dict[str, list[str]]:
    with app.test_request_context(), force_locale(locale):
        form = EntryForm(formdata=MultiDict({"seen": "1", "number": "1", "choice": "one", **typed}))
        form.validate()
        return {name: [str(one) for one in said] for name, said in form.errors.items()}


def test_every_sentence_that_a_form_could_say_has_words_of_ours() -> None:
    assert {one: where for one, where in find_stock_sentences().items() if one not in OURS} == {}


def test_the_search_finds_what_wtforms_says() -> None:
    found = find_sentences(RadioField) | find_sentences(NumberRange)
    assert found - FOR_PROGRAMMERS == {
        "Not a valid choice.",
        "Invalid Choice: could not coerce.",
        "Number must be at least %(min)s.",
        "Number must be at most %(max)s.",
        "Number must be between %(min)s and %(max)s.",
    }


@pytest.mark.parametrize("locale", [one.babel for one in LOCALES])
def test_our_words_fit_what_wtforms_fills_in(sqlite_app: Flask, locale: str) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        filled = [str(ours) % {"min": 1, "max": 9, "value": "x", "values": "x"} for ours in OURS.values()]
    assert [one for one in filled if "%" in one or "(" in one] == []


def test_a_name_made_from_a_field_stays_as_it_is() -> None:
    assert (FormTranslations().gettext("Form Key"), FormTranslations().ngettext("a", "b", 2)) == (
        "Form Key",
        "b",
    )


@pytest.mark.parametrize(
    ("locale", "length", "sentence"),
    [
        ("en", 1001, "“Words” is 1 character too long: at most 1,000 fit."),
        ("en", 2500, "“Words” is 1,500 characters too long: at most 1,000 fit."),
        ("uk", 1001, "Текст у\u00a0полі «Words» довший на 1\u00a0символ: уміщається щонайбільше 1\u00a0000."),
        (
            "uk",
            1003,
            "Текст у\u00a0полі «Words» довший на 3\u00a0символи: уміщається щонайбільше 1\u00a0000.",
        ),
        (
            "uk",
            1011,
            "Текст у\u00a0полі «Words» довший на 11\u00a0символів: уміщається щонайбільше 1\u00a0000.",
        ),
        ("zh_Hant_TW", 1011, "「Words」超出 11\u00a0字，最多 1,000\u00a0字。"),
    ],
)
def test_a_text_that_is_too_long_is_told_by_how_much(
    sqlite_app: Flask, locale: str, length: int, sentence: str
) -> None:
    assert faults_in(sqlite_app, locale, words="x" * length) == {"words": [sentence]}


def test_a_text_may_fill_its_field(sqlite_app: Flask) -> None:
    assert faults_in(sqlite_app, "en", words="x" * 1000) == {}


@pytest.mark.parametrize(
    ("locale", "number", "choice"),
    [
        ("en", "Write a number from 1 to 9.", "Choose from the options shown."),
        ("uk", "Напишіть число від 1 до 9.", "Виберіть із наведених варіантів."),
        ("zh_Hant_TW", "請填寫 1 到 9 之間的數字。", "請從列出的選項中選擇。"),
    ],
)
def test_what_does_not_fit_is_said_in_our_words(
    sqlite_app: Flask, locale: str, number: str, choice: str
) -> None:
    assert faults_in(sqlite_app, locale, number="10", choice="two") == {
        "number": [number],
        "choice": [choice],
    }


@pytest.mark.parametrize("seen", ["", "x"])
def test_a_page_that_came_back_incomplete_says_so(sqlite_app: Flask, seen: str) -> None:
    lacking = "Part of this form did not reach us, so nothing was changed."
    assert faults_in(sqlite_app, "en", seen=seen) == {
        "seen": [f"{lacking} Load the page again and try once more."]
    }
