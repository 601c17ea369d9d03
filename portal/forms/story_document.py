"""The file field of a story: no answer, only the place where the form says why one was not read."""

from typing import Any

from portal.forms.text_file import TextFile


class StoryDocument(TextFile):
    """A file beside the story. It is read by its own button; whatever else is pressed leaves it alone."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep nothing of what came: the view that reads it takes it from the request."""

    def refuse(self, sentence: str) -> None:
        """Say why the file was not read."""
        self.errors = [sentence]
