"""Placeholders in the texts of the desk, such as {days}: filled when the text is shown."""

from collections.abc import Mapping


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Put the values into a text; braces that name none of them stay, since admins may type any text."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
