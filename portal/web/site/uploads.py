"""Files on their way in: how large a request may be, where the bytes wait, what the browser is told."""

import io
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask, Request, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException

from portal.domain.documents import (
    DocumentFormat,
    DocumentRefused,
    NoRoom,
    SeveralReadings,
    TooManyFiles,
    TooMuchStored,
)
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.photos import PictureRefused, TooManyPictures
from portal.extensions import current_portal, db
from portal.forms.text_file import (
    HELD,
    MOST_HELD_BYTES,
    NO_READING,
    READING,
    HeldText,
    TextFile,
    read_held,
)
from portal.media.document import ReadStory, read_story
from portal.models import Attachment
from portal.sealing.keys import CannotOpen, file_name_place
from portal.storage import SCRATCH, Spool, has_room, refuse_when_full
from portal.story.normalise import clean_line
from portal.web.site.contributor_session import is_author_here
from portal.web.site.current_staff import staff_on_page
from portal.web.site.file_texts import word_refusal
from portal.web.site.form_guard import answer_refused_script
from portal.web.site.joined_words import join_sentences

_log = logging.getLogger(__name__)

REFUSALS = (
    PictureRefused,
    DocumentRefused,
    SeveralReadings,
    TooManyPictures,
    TooManyFiles,
    TooMuchStored,
    NoRoom,
)
FAULTY = 422
NO_STORAGE = 507
_ADDED = 201
_STALE = 400
_MIB = 1024 * 1024
_MARKDOWN = (".md", ".markdown")
"""How names of files end whose writers set marks by hand."""
_NAME_LENGTH = 200
_NAMELESS = "text"
WITH_FILE = "multipart/form-data"
_OPEN = frozenset(
    {
        "contribute.read_story_file",
        "contribute.story",
        "contribute.send",
        "contribute.switch_language",
        "contribute_save.save",
    }
)
"""Where a file comes from somebody who has no page yet."""
_OF_STAFF = frozenset({"coverages.front_page"})
"""Where a file comes from an editor."""
_MOST_BYTES: Mapping[str, int] = {
    # More than a photo may have: one that is too large is refused on its page, and no word beside it is lost.
    "private_photos.save": 40 * _MIB,
    "private_documents.add": 26 * _MIB,
    "private_messages.write": 26 * _MIB,
    "contribute.read_story_file": 30 * _MIB,
    "contribute.read_full_story_file": 30 * _MIB,
    "contribute_change.read_story_file": 30 * _MIB,
    # The file chosen for the story comes along, whichever button is pressed.
    "contribute.story": 30 * _MIB,
    "contribute.send": 30 * _MIB,
    "contribute.switch_language": 30 * _MIB,
    "contribute.full_story": 30 * _MIB,
    "contribute.send_full_story": 30 * _MIB,
    "contribute.switch_full_story_language": 30 * _MIB,
    "contribute_change.edit": 30 * _MIB,
    "contribute_change.send": 30 * _MIB,
    "contribute_change.switch_language": 30 * _MIB,
    "contribute_save.save": 30 * _MIB,
    "contribute_save.save_full_story": 30 * _MIB,
    "contribute_save.save_change": 30 * _MIB,
    "coverages.front_page": 13 * _MIB,
}
"""Bytes of one request: the largest file and the form around it, of the story form with the text in it."""


_FOR_STORY = frozenset(name for name in _MOST_BYTES if name.startswith("contribute"))


@dataclass(frozen=True)
class ReceivedFile:
    """A file that was sent, in a folder that goes away, with the name it had."""

    source: Path
    scratch: Path
    name: str
    encoding: str = ""
    """The one that its author has chosen for a text."""


class HeldFile(FileStorage):
    """A file that a page took along; `encoding` is the one its author has chosen, if any."""

    def __init__(self, content: bytes, name: str, encoding: str) -> None:
        super().__init__(io.BytesIO(content), name)
        self.encoding = encoding


class PortalRequest(Request):
    """A request whose files wait where files are kept: a full disk costs the file, not the text beside it."""

    def _get_file_stream(self, *_: Any, **_more: Any) -> Any:
        return Spool(current_portal().instance.files_folder)


def init_uploads(app: Flask) -> None:
    """Have files that come with a request wait where files are kept."""
    app.request_class = PortalRequest


def raise_upload_limit() -> None:
    """Let a request with a file be larger than a text, where one may come from whoever sends it."""
    most = _MOST_BYTES.get(request.endpoint or "")
    is_author = request.endpoint not in _OF_STAFF and g.get("submission_id") is not None and is_author_here()
    if most is None or not (is_author or request.endpoint in _OPEN or _is_editor_here()):
        return
    request.max_content_length = most
    # Looking up the private page began a transaction. A slow line sends for minutes: nobody waits for it.
    db.session.rollback()


def _is_editor_here() -> bool:
    staff = staff_on_page() if request.endpoint in _OF_STAFF else None
    return staff is not None and staff.may(Permission.DRAFT_EDIT)


def brings_story_file() -> bool:
    """Say whether the request may bring a file for a story, whatever its size."""
    return request.endpoint in _FOR_STORY and request.mimetype == WITH_FILE


def is_file_too_large() -> bool:
    """Say whether a request brings a file for a story that is larger than any may be."""
    return brings_story_file() and (request.content_length or 0) > _MOST_BYTES[request.endpoint or ""]


def find_most_bytes(app: Flask, path: str, content_type: str) -> int:
    """Return the bytes that a body sent to a path may have at most, whoever sends it.

    The web server lets no more arrive; who may send as much is judged when it is there.
    """
    most: int = app.config["MAX_CONTENT_LENGTH"]
    if not content_type.strip().lower().startswith(WITH_FILE):
        return most
    try:
        endpoint, _values = app.url_map.bind("").match(path, method="POST")
    except HTTPException:
        return most
    return _MOST_BYTES.get(endpoint, most)


@contextmanager
def receive(sent: FileStorage) -> Iterator[ReceivedFile]:
    """Put what was sent where a child process can read it. Raises NoRoom.

    No transaction is open meanwhile: on SQLite every writer would wait for it.
    """
    db.session.rollback()
    portal = current_portal()
    folder = portal.instance.files_folder
    is_cut = isinstance(sent.stream, Spool) and sent.stream.is_cut
    if is_cut or not has_room(folder, floor=portal.settings.upload_floor_mib * _MIB):
        raise NoRoom
    with refuse_when_full(), tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as made:
        scratch = Path(made)
        source = scratch / "sent"
        sent.save(source)
        try:
            encoding = sent.encoding if isinstance(sent, HeldFile) else ""
            yield ReceivedFile(source, scratch, clean_name(sent.filename or ""), encoding)
        except (PictureRefused, DocumentRefused) as refused:
            _log.info("refused a file (%s) of %s", refused.fault, request.endpoint)
            raise


def read_story_file(sent: FileStorage, *, language: str) -> ReadStory:
    """Return what a file for the story says; one named as Markdown has its marks.

    `language` is the tag of the form's language. Raises REFUSALS.
    """
    with receive(sent) as arrived:
        story = read_story(arrived.source, arrived.scratch, language=language, encoding=arrived.encoding)
    is_markdown = arrived.name.lower().endswith(_MARKDOWN)
    return replace(story, format=DocumentFormat.MARKDOWN) if is_markdown else story


def ask_reading(field: TextFile, several: SeveralReadings, sent: FileStorage) -> bool:
    """Have a form ask in which way its file is to be read; say whether the page can take the file along."""
    sent.stream.seek(0)
    content = sent.stream.read(MOST_HELD_BYTES + 1)
    if len(content) > MOST_HELD_BYTES:
        return False
    field.ask(HeldText(content, clean_name(sent.filename or ""), several.readings))
    return True


def find_held_file() -> HeldFile | None:
    """Return the file that the page took along; None where there is none, or it is not wanted any more."""
    held, encoding = read_held(request.form.get(HELD, "")), request.form.get(READING, "")
    if held is None or encoding == NO_READING:
        return None
    return HeldFile(held.content, held.name or _NAMELESS, encoding)


def take_held_file(field: TextFile) -> None:
    """Put the file that the page took along in its place in the form, where no other one was chosen."""
    if not field.data:
        field.data = find_held_file()


def refuse_file(field: TextFile, refused: DomainError) -> None:
    """Say in a form why its file was not taken; where it can be read in several ways, ask in which."""
    if isinstance(refused, SeveralReadings) and ask_reading(field, refused, field.data):
        field.errors = [_("This text can be read in several ways. Choose the lines that are yours.")]
    else:
        field.errors = [word_refusal(refused)]


def clean_name(name: str) -> str:
    """Return the last part of a file's name in one visible line of at most 200 characters."""
    return clean_line(name.replace("\\", "/").rpartition("/")[2])[:_NAME_LENGTH]


def seal_name(name: str, public_id: str) -> bytes | None:
    """Return the name a file had as an envelope, to be kept beside it: it can say who somebody is."""
    return current_portal().instance.keys.seal(name.encode(), file_name_place(public_id)) if name else None


def open_name(file: Attachment) -> str:
    """Return the name a file had, for its own contributor; empty when it had none or no key opens it."""
    if file.sealed_name is None:
        return ""
    try:
        opened = current_portal().instance.keys.open(file.sealed_name, file_name_place(file.public_id))
    except CannotOpen:
        return ""
    return opened.decode()


def answer_added(told: Sequence[str] = ()) -> ResponseReturnValue:
    """Tell the script that the file is with us, and what there is to know about it."""
    return jsonify(state="added", **({"sentence": join_sentences(told)} if told else {})), _ADDED


def answer_refused(sentences: Sequence[str], status: int = FAULTY) -> ResponseReturnValue:
    """Tell the script why a file was not taken; with an old token a new one, to send it again."""
    if g.get("csrf_failed"):
        return answer_refused_script(g.csrf_failed), _STALE
    return jsonify(state="refused", sentence=join_sentences(map(str, sentences))), status


def answer_asked(field: TextFile) -> ResponseReturnValue:
    """Tell the script in which ways a file can be read, and what is sent with the one that is chosen."""
    readings = [
        {
            "label": _("This is my text: %(number)s", number=number),
            "begins": one.begins,
            "chosen": {HELD: field.held, READING: one.encoding},
        }
        for number, one in enumerate(field.readings, start=1)
    ]
    return jsonify(state="asked", sentence=field.errors[0], readings=readings), FAULTY


def status_of(refused: DomainError) -> int:
    """Return the status of a refusal: full disks are ours, everything else is about the file."""
    return NO_STORAGE if isinstance(refused, NoRoom) else FAULTY
