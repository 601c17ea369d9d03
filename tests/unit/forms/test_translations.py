import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from wtforms import Form, StringField
from wtforms.validators import InputRequired, Length

from portal.domain.names import simplified_only
from portal.forms.base import find_translations


class NameForm(Form):  # type: ignore[misc]  # WTForms ships no types
    class Meta:
        def get_translations(self, form: Form) -> object:
            return find_translations()

    name = StringField(validators=[InputRequired(), Length(max=3)])


@pytest.fixture
def site() -> Flask:
    site = Flask(__name__)
    Babel(site)
    return site


def error_in(locale: str) -> str:
    with force_locale(locale):
        form = NameForm()
        form.validate()
        return str(form.errors["name"][0])


def test_a_missing_answer_is_asked_for_in_english(site: Flask) -> None:
    with site.test_request_context():
        assert error_in("en") == "This field is required."


def test_a_missing_answer_is_asked_for_in_ukrainian(site: Flask) -> None:
    with site.test_request_context():
        assert error_in("uk").startswith("Це поле")


def test_a_missing_answer_is_asked_for_in_traditional_chinese(site: Flask) -> None:
    with site.test_request_context():
        message = error_in("zh_Hant_TW")
    assert ("欄位" in message, simplified_only(message)) == (True, set())


def test_a_forced_language_is_obeyed_inside_one_request(site: Flask) -> None:
    with site.test_request_context():
        first = error_in("uk")
        assert error_in("zh_Hant_TW") != first


def test_a_language_without_a_catalogue_gets_english(site: Flask) -> None:
    with site.test_request_context():
        assert error_in("eo") == "This field is required."


@pytest.mark.parametrize(("count", "ending"), [(2, "2 символи."), (5, "5 символів."), (22, "22 символи.")])
def test_a_limit_is_counted_as_ukrainian_counts(site: Flask, count: int, ending: str) -> None:
    with site.test_request_context(), force_locale("uk"):
        text = find_translations().ngettext(
            "Field must be at least %(min)d character long.",
            "Field must be at least %(min)d characters long.",
            count,
        )
    assert (text % {"min": count}).endswith(ending)


def test_outside_a_request_the_messages_are_english() -> None:
    assert find_translations().gettext("This field is required.") == "This field is required."
