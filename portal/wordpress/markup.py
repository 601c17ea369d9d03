"""Words and markup as WordPress takes them without changing what was typed."""

from html import escape


def write_plain(text: str) -> str:
    """Return a plain text as WordPress' fields take it: they are HTML, and some obey square brackets."""
    return protect_references(escape(text, quote=False)).replace("[", "&#091;").replace("]", "&#093;")


def protect_references(markup: str) -> str:
    """Return markup whose typed `&#60;` stays that: WordPress' filter makes `<` of `&amp;#60;`."""
    return markup.replace("&amp;#", "&#038;#")
