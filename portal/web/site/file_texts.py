"""Words about files: names that say nothing, why one was not taken, what of a document is not kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.documents import (
    MOST_FILES,
    MOST_PAGES,
    DocumentFault,
    DocumentFormat,
    DocumentRefused,
    DroppedKind,
    NoRoom,
    SeveralReadings,
    TooManyFiles,
    TooMuchStored,
)
from portal.domain.errors import DomainError
from portal.domain.photos import (
    MOST_PICTURES,
    AttachmentKind,
    PictureAnswer,
    PictureFault,
    PictureRefused,
    PictureWords,
    TooManyPictures,
    list_missing_answers,
)
from portal.media.document import ReadStory
from portal.media.letter_count import LetterCount
from portal.models import Attachment
from portal.operations.private.originals import TakenContent
from portal.sealing.keys import CannotOpen
from portal.web.site.joined_words import join_words

_PICTURE_FAULTS: Mapping[PictureFault, LazyString] = {
    PictureFault.TOO_LARGE: _l(
        "This file is larger than 12 MB. Nothing was added. Make the photo smaller, or choose another one."
    ),
    PictureFault.NOT_A_PICTURE: _l(
        "We could not read this file as a photo. Nothing was added. Choose a JPEG, PNG, WebP or HEIC file."
    ),
    PictureFault.TOO_MANY_PIXELS: _l(
        "This photo has more than 52 million pixels. Nothing was added. "
        "Make it smaller, or choose another one."
    ),
    PictureFault.TOO_SLOW: _l(
        "Reading this photo took too long. Nothing was added. Try again in a minute, or choose another one."
    ),
    PictureFault.BUSY: _l("We are reading many files right now. Nothing is lost: try again in a minute."),
}
_DOCUMENT_FAULTS: Mapping[DocumentFault, LazyString] = {
    DocumentFault.TOO_LARGE: _l(
        "This file is larger than 25 MB. Nothing was taken from it. Large pictures inside may be the reason: "
        "save it without them."
    ),
    DocumentFault.EMPTY: _l("There is no text in this file. Nothing was taken from it."),
    DocumentFault.NOT_A_DOCUMENT: _l(
        "We could not read this file. Nothing was taken from it. "
        "Save it as DOCX, ODT or TXT and choose it again."
    ),
    DocumentFault.OLD_FORMAT: _l(
        "This is an older kind of file that we do not open. Open it in your writing program, "
        "save it as DOCX or ODT and choose that one."
    ),
    DocumentFault.UNKNOWN_LETTERS: _l(
        "We could not tell which letters this text is made of. Nothing was taken from it. Open "
        "it in your writing program, save it as DOCX or ODT and choose that one."
    ),
    DocumentFault.PDF_HAS_NO_TEXT: _l(
        "This PDF contains pictures of pages, not text. Choose the file you wrote it in, or "
        "copy the text and paste it below."
    ),
    DocumentFault.STAND_IN: _l(
        "This PDF is a form that only its maker’s program can show: any other shows a page "
        "that says to wait. Print it there to a new PDF and choose that one."
    ),
    DocumentFault.LOCKED: _l("This file is locked with a password. Save it without one and choose it again."),
    DocumentFault.TOO_LONG: _l(
        "There is more text in this file than we can take. Choose one with the story alone."
    ),
    DocumentFault.SUSPICIOUS: _l(
        "This file is built in a way that can harm computers, so we did not open it. "
        "Save your text as a new file and choose that one."
    ),
    DocumentFault.TOO_SLOW: _l(
        "Reading this file took too long. Nothing was taken from it. Save it without pictures, "
        "or copy the text."
    ),
    DocumentFault.BUSY: _l("We are reading many files right now. Nothing is lost: try again in a minute."),
}


_ISOLATED = ("\u2068", "\u2069")
"""First strong isolate and its end (UAX 9); pages make a `bdi` of them, see macros/page.html."""
_MOST_LISTED = 50
"""Words of a file that are named one by one; the number is that of all."""


@dataclass(frozen=True)
class StoryFile:
    """The file of a story, as it was read: what was left out, and whether its heading is the title."""

    dropped: Sequence[str]
    is_titled: bool
    has_marks: bool
    """Whether its text is Markdown: headings, lists, stress and links have marks."""
    pdf: str = ""
    """How much came out of how many pages of a PDF; empty for another file."""
    taken: TakenContent = field(default_factory=TakenContent)
    """What was taken from it, to be kept with the file as it was sent."""
    original: str = ""
    """Public id of that file while it is kept; empty where it is not."""
    until: str = ""
    """The day until which it is kept."""
    code: str = ""
    """What leads back to the words, which are saved with it; empty where another code does."""


def describe_pdf(story: ReadStory) -> str:
    """Return how many letters of how many pages came out of a PDF; empty for another file."""
    if not story.pages:
        return ""
    return str(
        ngettext(
            "%(letters)s letters were read from %(num)s page of the PDF. Where paragraphs begin is guessed.",
            "%(letters)s letters were read from %(num)s pages of the PDF. Where paragraphs begin is guessed.",
            story.pages,
            letters=format_decimal(story.letters.kept),
        )
    )


def word_refusal(error: DomainError) -> str:
    """Return why a file was not taken, what is kept, and what to do now."""
    match error:
        case PictureRefused():
            return str(_PICTURE_FAULTS[error.fault])
        case DocumentRefused():
            return _word_document_fault(error.fault)
        case SeveralReadings():
            return str(
                _(
                    "This text was saved in an old way and can be read differently. Nothing was taken from "
                    "it. Open it in your writing program, save it as DOCX or ODT and choose that one."
                )
            )
        case TooManyPictures():
            return str(
                _("A story can have up to %(most)s photos. Remove one to add another.", most=MOST_PICTURES)
            )
        case TooManyFiles():
            return str(
                _(
                    "There can be up to %(most)s files, photos and documents together. "
                    "Remove one to add another.",
                    most=MOST_FILES,
                )
            )
        case TooMuchStored():
            return str(
                _(
                    "Your files would be larger together than we can keep. Nothing was added. "
                    "Remove one to add another."
                )
            )
        case NoRoom():
            return str(
                _(
                    "We cannot take files just now: our disk is nearly full. Your text is safe with us. "
                    "Try again tomorrow, or write to us in the messages."
                )
            )
        case _:
            raise error


def word_too_large() -> str:
    """Return that what was sent is larger than any photo may be."""
    return str(_PICTURE_FAULTS[PictureFault.TOO_LARGE])


def word_cut_photo() -> str:
    """Return that only a part of a photo arrived, which is kept."""
    return str(
        _(
            "This photo did not arrive whole. What arrived is kept: look at it, and choose the photo again "
            "if you can."
        )
    )


def word_large_document() -> str:
    """Return that what was sent is larger than any document may be."""
    return str(_DOCUMENT_FAULTS[DocumentFault.TOO_LARGE])


def _word_document_fault(fault: DocumentFault) -> str:
    """Return why a document was not taken, and what to do now."""
    if fault is DocumentFault.TOO_MANY_PAGES:
        return str(
            ngettext(
                "This PDF has more than %(num)s page. Nothing was added. Send the pages that matter.",
                "This PDF has more than %(num)s pages. Nothing was added. Send the pages that matter.",
                MOST_PAGES,
            )
        )
    return str(_DOCUMENT_FAULTS[fault])


def word_format(document: Attachment) -> str:
    """Return what is kept of a document and how much of it."""
    if document.format == DocumentFormat.PDF:
        try:
            pages = document.pages
        except CannotOpen:
            return str(_("This cannot be opened now"))
        return str(ngettext("PDF, a picture of %(num)s page", "PDF, pictures of %(num)s pages", pages))
    return str(_("Text"))


_DROPPED: Mapping[DroppedKind, Callable[[int], str]] = {
    DroppedKind.PICTURE: lambda count: ngettext(
        "%(num)s picture. You can add photos on your private page after sending.",
        "%(num)s pictures. You can add photos on your private page after sending.",
        count,
    ),
    DroppedKind.TABLE: lambda count: ngettext(
        "%(num)s table. Its text is kept as paragraphs.",
        "%(num)s tables. Their text is kept as paragraphs.",
        count,
    ),
    DroppedKind.COMMENT: lambda count: ngettext("%(num)s comment", "%(num)s comments", count),
    DroppedKind.CHANGE: lambda count: ngettext(
        "%(num)s tracked change. What was added is in the text, what was deleted is not.",
        "%(num)s tracked changes. What was added is in the text, what was deleted is not.",
        count,
    ),
    DroppedKind.LOOK: lambda count: ngettext(
        "Colours, underlining and the like, in %(num)s place",
        "Colours, underlining and the like, in %(num)s places",
        count,
    ),
    DroppedKind.PAGE_FURNITURE: lambda _count: _("What was at the top or bottom of every page"),
    DroppedKind.BROKEN: lambda count: ngettext(
        "%(num)s letter that did not arrive whole. The file is damaged or was cut off: look at its end.",
        "%(num)s letters that did not arrive whole. The file is damaged or was cut off: look at its end.",
        count,
    ),
    DroppedKind.INDEX: lambda count: ngettext(
        "%(num)s table of contents or index", "%(num)s tables of contents or indexes", count
    ),
    DroppedKind.LINK: lambda count: ngettext(
        "%(num)s link that leads to no web or e-mail address. Its text is kept.",
        "%(num)s links that lead to no web or e-mail address. Their text is kept.",
        count,
    ),
    DroppedKind.EMBEDDED: lambda count: ngettext(
        "%(num)s other thing, like a formula or a macro",
        "%(num)s other things, like formulas or macros",
        count,
    ),
}


def describe_dropped(dropped: Sequence[tuple[DroppedKind, int]]) -> list[str]:
    """Return a line for each kind of thing that a document had and the story has not."""
    return [str(_DROPPED[kind](count)) for kind, count in dropped]


def summarise_letters(letters: LetterCount) -> list[str]:
    """Return what `describe_letters` does, but repeat no word: for what is told by way of a cookie."""
    lines = describe_letters(LetterCount(hidden=letters.hidden))
    if letters.unplaced:
        lines.append(
            ngettext(
                "%(num)s word of the file could not be placed. Write it in a message if it matters.",
                "%(num)s words of the file could not be placed. Write them in a message if they matter.",
                len(letters.unplaced),
            )
        )
    if letters.readings:
        lines.append(
            ngettext(
                "How a word is read, written above it in the file, is not kept. The word itself is.",
                "How %(num)s words are read, written above them in the file, is not kept. The words are.",
                len(letters.readings),
            )
        )
    return [str(line) for line in lines]


def describe_letters(letters: LetterCount) -> list[str]:
    """Return lines about words of a document that are not in what is kept: lost, hidden, or readings.

    Hidden words are not repeated: who hid them knows them, and others may look at the page.
    """
    lines: list[str] = []
    if letters.unplaced:
        lines.append(
            ngettext(
                "%(num)s word of the file could not be placed: %(words)s",
                "%(num)s words of the file could not be placed: %(words)s",
                len(letters.unplaced),
                words=_list_words(letters.unplaced),
            )
        )
    if letters.hidden:
        lines.append(
            ngettext(
                "%(num)s passage that is hidden in the file. It stays hidden: nobody here sees it.",
                "%(num)s passages that are hidden in the file. They stay hidden: nobody here sees them.",
                len(letters.hidden),
            )
        )
    if letters.readings:
        lines.append(
            ngettext(
                "How a word is read, written above it: %(words)s. The word itself is kept.",
                "How %(num)s words are read, written above them: %(words)s. The words themselves are kept.",
                len(letters.readings),
                words=_list_words(letters.readings),
            )
        )
    return [str(line) for line in lines]


def _list_words(words: Sequence[str]) -> str:
    """Return words of the file as one, set apart from the sentence: they may run the other way."""
    listed = " · ".join(words[:_MOST_LISTED])
    listed = listed if len(words) <= _MOST_LISTED else f"{listed} …"
    return f"{_ISOLATED[0]}{listed}{_ISOLATED[1]}"


@dataclass(frozen=True)
class FileLabel:
    """The label of a file on the private page, and where its contributor finds it."""

    name: str
    href: str


def label_files(files: Sequence[Attachment]) -> Mapping[int, FileLabel]:
    """Return a label for each file by its id; photos and documents are counted apart, in their order."""
    labels: dict[int, FileLabel] = {}
    for kind in AttachmentKind:
        ordered = sorted((one for one in files if one.kind is kind), key=lambda one: one.position)
        for number, one in enumerate(ordered, 1):
            labels[one.id] = FileLabel(_name_file(kind, number), _find_address(one))
    return labels


def _name_file(kind: AttachmentKind, number: int) -> str:
    if kind is AttachmentKind.PHOTO:
        return str(_("Photo %(number)s", number=number))
    return str(_("Document %(number)s", number=number))


def _find_address(file: Attachment) -> str:
    endpoint = "private_photos.picture" if file.kind is AttachmentKind.PHOTO else "private_documents.file"
    return url_for(endpoint, public_id=file.public_id)


_MISSING = {
    PictureAnswer.DESCRIPTION: _l("what it shows"),
    PictureAnswer.CREDIT: _l("who took it"),
    PictureAnswer.PEOPLE: _l("who is in it"),
    PictureAnswer.LICENCE: _l("whether it may be published"),
}


def word_missing_answers(words: PictureWords) -> str:
    """Return what has still to be said before a photo may be printed; empty when nothing is missing."""
    return str(join_words([str(_MISSING[one]) for one in list_missing_answers(words)]))
