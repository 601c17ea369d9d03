"""A file field that may bring a text in an old encoding: then the form asks how it is to be read."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_wtf.file import FileField

from portal.domain.documents import TextReading

HELD, READING = "document_held", "document_reading"
"""The file that a page takes along while its author chooses how it is to be read; and what is chosen."""
NO_READING = "none"
"""What is chosen by who goes on without the file."""
MOST_HELD_BYTES = 64 * 1024
"""Of a text that can be read in several ways: what is longer tells by itself in which."""


@dataclass(frozen=True)
class HeldText:
    """A file that a page takes along, with the ways in which it can be read."""

    content: bytes = field(repr=False)
    name: str
    readings: Sequence[TextReading]

    def to_field(self) -> str:
        """Return it as one line."""
        question = [self.name, [[one.encoding, one.begins] for one in self.readings]]
        return " ".join(
            base64.b64encode(one).decode() for one in (self.content, json.dumps(question).encode())
        )


def read_held(value: str) -> HeldText | None:
    """Return what a page took along; None where there is nothing, or it is not of a page."""
    try:
        content, question = (base64.b64decode(one, validate=True) for one in value.split(" "))
        name, readings = json.loads(question)
        held = HeldText(content, str(name), [TextReading(str(one), str(other)) for one, other in readings])
    except (ValueError, TypeError, RecursionError):
        return None
    return held if 0 < len(content) <= MOST_HELD_BYTES else None


class TextFile(FileField):  # type: ignore[misc]  # flask_wtf ships no types
    """A file whose author is asked by its first lines how it is read, where several ways are possible.

    Whatever else is pressed or wrong, the question stays until there is an answer.
    """

    readings: Sequence[TextReading] = ()
    """The ways in which the file that came can be read, when its author has to say in which."""
    held = ""
    """That file, which no browser would choose again, as the page takes it along."""

    def process(self, formdata: Any, *given: Any, **more: Any) -> None:
        """Ask once more what the page asked."""
        super().process(formdata, *given, **more)
        value = formdata.get(HELD, "") if formdata else ""
        if (held := read_held(value)) and formdata.get(READING) != NO_READING:
            self.ask(held)

    def ask(self, held: HeldText) -> None:
        """Ask in which way the file is to be read."""
        self.readings, self.held = held.readings, held.to_field()
