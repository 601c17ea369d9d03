"""The built-in messages of WTForms in the reader's language.

Flask-WTF's own object looks for ``zh_Hant_TW``, finds only ``zh``, and so shows Simplified Chinese in Taiwan;
it also keeps the first language of a request when another one is forced. The base form returns
:func:`find_translations` from ``Meta.get_translations``.
"""

from functools import cache
from typing import Final

from babel.support import NullTranslations, Translations
from flask_babel import get_locale
from wtforms.i18n import messages_path

from portal.domain.languages import DEFAULT

WTFORMS_FOLDERS: Final = {"zh_Hant_TW": "zh_TW"}


@cache
def _load_messages(babel_id: str) -> NullTranslations:
    """Load WTForms' catalogue of one language, once per process; English texts when it has none."""
    return Translations.load(messages_path(), [WTFORMS_FOLDERS.get(babel_id, babel_id)], domain="wtforms")


class FormTranslations:
    """Translates for whatever locale is current at each call, so a forced locale is obeyed."""

    def _current(self) -> NullTranslations:
        return _load_messages(str(get_locale() or DEFAULT.babel))

    def gettext(self, string: str) -> str:
        """Translate one message of WTForms."""
        return self._current().ugettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Translate one message of WTForms that counts something."""
        return self._current().ungettext(singular, plural, n)


_FORM_TRANSLATIONS: Final = FormTranslations()


def find_translations() -> FormTranslations:
    """Give the object a form's ``Meta.get_translations`` returns."""
    return _FORM_TRANSLATIONS
