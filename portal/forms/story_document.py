"""The file a story can be taken from: no answer, only the place where the form says why one was not read."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField

from portal.domain.documents import TextReading


class StoryDocument(FileField):  # type: ignore[misc]  # flask_wtf ships no types
    """A file beside the story. It is read by its own button; whatever else is pressed leaves it alone."""

    readings: Sequence[TextReading] = ()
    """The ways in which the file that came can be read, when its author has to say in which."""
    held = ""
    """That file, which no browser would choose again, as the page takes it along."""
    has_marks = False

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep nothing of what came: the view that reads it takes it from the request."""

    def refuse(self, sentence: str) -> None:
        """Say why the file was not read."""
        self.errors = [sentence]

    def ask(self, readings: Sequence[TextReading], held: str, *, has_marks: bool) -> None:
        """Ask in which way the file is to be read; `has_marks` says whether it is Markdown."""
        self.readings, self.held, self.has_marks = readings, held, has_marks
