"""The rules about documents: when they are taken, how large they may be, what is told about a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.errors import DomainError
from portal.domain.states import UNDER_WAY, State

MOST_DOCUMENT_BYTES = 25 * 1024 * 1024
MOST_PAGES = 40
MOST_CHARACTERS = 400_000
"""Twice what the story form takes from anybody: more would not come back from the form."""
MOST_FILES = 10
"""Photos and documents of one submission together."""
MOST_STORED_BYTES = 60 * 1024 * 1024
"""Of all files of one submission, cleaned."""

MOST_ORIGINALS = 10
"""Files of one submission that are kept as they were sent, until their author says yes to what was taken."""
MOST_STORY_ORIGINAL_BYTES = 1024 * 1024 * 1024
"""Of the originals of all stories together: they come from anybody, and photos must not lack their room."""


_ENDINGS = frozenset({"docx", "odt", "pdf", "txt", "md", "markdown"})


class DocumentFormat(StrEnum):
    """The format a document is kept in. Stored by value in Attachment.format."""

    PDF = "pdf"
    MARKDOWN = "md"
    TEXT = "txt"


class DroppedKind(StrEnum):
    """Things a document has and a story does not: left out, counted, and told to the author."""

    PICTURE = "picture"
    TABLE = "table"
    """Its words are kept as paragraphs."""
    COMMENT = "comment"
    CHANGE = "change"
    """Tracked changes: what was added is kept, what was deleted is gone."""
    LOOK = "look"
    """Places with colours, underlining, small print and the like."""
    PAGE_FURNITURE = "page_furniture"
    """Headers, footers and page numbers."""
    BROKEN = "broken"
    """Letters that did not arrive whole, as at the end of a file that was cut off."""
    INDEX = "index"
    """Tables of contents and indexes, which a program makes of the text."""
    LINK = "link"
    """Links to something else than a web or mail address; their words are kept."""
    EMBEDDED = "embedded"
    """Whatever else is inside: sheets, drawings, formulas, macros, form fields."""


class DocumentFault(StrEnum):
    """Reasons why a file was not taken as a document."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_A_DOCUMENT = "not_a_document"
    OLD_FORMAT = "old_format"
    """Word before 2007, or RTF: to be saved as DOCX first."""
    PDF_HAS_NO_TEXT = "pdf_has_no_text"
    """A PDF of pictures where a text is wanted."""
    STAND_IN = "stand_in"
    """A PDF whose pages say nothing but that another program is needed."""
    LOCKED = "locked"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_LONG = "too_long"
    SUSPICIOUS = "suspicious"
    """It unpacks to far more than a text needs, or tells its reader to fetch or repeat things."""
    TOO_SLOW = "too_slow"
    UNKNOWN_LETTERS = "unknown_letters"
    """A text whose encoding nobody can tell."""
    BUSY = "busy"


class DocumentRefused(DomainError):
    """A file that is not taken; nothing of it is kept."""

    def __init__(self, fault: DocumentFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class TextReading:
    """One way of reading a text: the name of its encoding, and lines that tell it from the others."""

    encoding: str
    begins: str = field(repr=False)


class SeveralReadings(DomainError):
    """A text in an old encoding that can be read in several ways; its author says in which."""

    def __init__(self, readings: Sequence[TextReading]) -> None:
        super().__init__()
        self.readings = tuple(readings)


class TooManyFiles(DomainError):
    """The submission has as many files as it may have."""


class TooMuchStored(DomainError):
    """The files of the submission would be larger together than they may be."""


class NoRoom(DomainError):
    """The disk has no room for files now; texts are still taken."""


def find_ending(name: str) -> str:
    """Return how a copy of a file with this name ends: as files that are taken do, else in nothing."""
    ending = name.rpartition(".")[2].lower()
    return ending if ending in _ENDINGS else "bin"


def takes_documents(shown: State) -> bool:
    """Say whether documents may be added; `shown` is the state the contributor sees."""
    return shown in UNDER_WAY
