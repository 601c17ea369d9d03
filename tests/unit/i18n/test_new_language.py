"""The locale of a language that is added."""

import pytest

from portal.domain.languages import Locale
from portal.i18n.new_language import UnknownLanguage, make_locale


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("pl", Locale("pl", "pl", "pl", "Polski")),
        ("pt-BR", Locale("pt-BR", "pt_BR", "pt-br", "Português (Brasil)")),
        ("PT-br", Locale("pt-BR", "pt_BR", "pt-br", "Português (Brasil)")),
        ("sr-Latn", Locale("sr-Latn", "sr_Latn", "sr-latn", "Srpski (latinica)")),
        ("zh-Hans", Locale("zh-Hans", "zh_Hans", "zh-hans", "简体中文")),
        ("ar", Locale("ar", "ar", "ar", "العربية", "rtl")),
    ],
)
def test_a_tag_makes_a_locale(tag: str, locale: Locale) -> None:
    assert make_locale(tag) == locale


@pytest.mark.parametrize("tag", ["uk", "UK", "zh-Hant-TW", "zz9", "", "../pl", "p l"])
def test_what_is_spoken_or_no_language_makes_none(tag: str) -> None:
    with pytest.raises(UnknownLanguage):
        make_locale(tag)
