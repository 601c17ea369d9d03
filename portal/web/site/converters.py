"""URL parts with a meaning."""

from werkzeug.routing import BaseConverter, ValidationError

from portal.domain.languages import LOCALES, Locale


class LocaleConverter(BaseConverter):
    """`en`, `uk`, `zh-tw`: the language of a public page, as a Locale."""

    regex = "|".join(locale.url for locale in LOCALES)

    def to_python(self, value: str) -> Locale:
        """Return the locale of the prefix."""
        for locale in LOCALES:
            if locale.url == value:
                return locale
        raise ValidationError(value)

    def to_url(self, value: Locale | str) -> str:
        """Return the prefix of the locale."""
        return value.url if isinstance(value, Locale) else value


class PublicIdConverter(BaseConverter):
    """A random 128-bit id in hexadecimal."""

    regex = "[0-9a-f]{32}"
