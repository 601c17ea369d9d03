"""The place of a file that may be a text in an old encoding: then the form asks how it is to be read."""

from collections.abc import Sequence

from flask_wtf.file import FileField

from portal.domain.documents import TextReading


class TextFile(FileField):  # type: ignore[misc]  # flask_wtf ships no types
    """A file whose author is asked by its first lines how it is read, where several ways are possible."""

    readings: Sequence[TextReading] = ()
    """The ways in which the file that came can be read, when its author has to say in which."""
    held = ""
    """That file, which no browser would choose again, as the page takes it along."""

    def ask(self, readings: Sequence[TextReading], held: str) -> None:
        """Ask in which way the file is to be read."""
        self.readings, self.held = readings, held
