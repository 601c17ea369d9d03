"""Own data a contributor takes along: a JSON document and the files, in a zip equal for equal data."""

import json
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from portal.domain.author_checks import read_answers
from portal.domain.deadlines import round_to_hour
from portal.domain.documents import find_ending
from portal.domain.photos import AttachmentKind
from portal.domain.retention import original_until
from portal.domain.states import PUBLIC_STATUS
from portal.export.story_archive import FIRST_TIME
from portal.models import Attachment, Event, Message, OriginalFile, OutboxMail, Revision, Submission
from portal.models.submission import BY_DESK_CODE
from portal.operations.contribute.unsent import read_typed
from portal.operations.private.unsent import open_words
from portal.queries.answers import open_sealed_answers
from portal.queries.private.own_data import OwnData, SentForApproval
from portal.sealing.keys import KeyRing, file_name_place
from portal.sealing.sealed_file import SealedFile
from portal.storage import read_file

_FILE_MODE = 0o100600 << 16
_UNIX = 3
_FOLDERS = {AttachmentKind.PHOTO: ("photos", "photo"), AttachmentKind.DOCUMENT: ("documents", "document")}
_ENDINGS = {"jpeg": "jpg"}
_HOLDER = "someone with a code from the desk"


def name_files(submission: Submission) -> Mapping[int, str]:
    """Return a path in the zip for each file by its id: it tells no name and no content."""
    paths: dict[int, str] = {}
    for kind, (folder, name) in _FOLDERS.items():
        ordered = sorted(
            (one for one in submission.attachments if one.kind is kind), key=lambda one: one.position
        )
        for number, one in enumerate(ordered, 1):
            paths[one.id] = f"{folder}/{name}-{number}.{_ENDINGS.get(one.format, one.format)}"
    return paths


def name_originals(submission: Submission) -> Mapping[int, str]:
    """Return a path in the zip for each file that is kept as it was sent, by its id. Raises CannotOpen."""
    return {
        one.id: f"originals/original-{number}.{find_ending(one.name)}"
        for number, one in enumerate(submission.originals, 1)
    }


def describe_own_data(data: OwnData, keys: KeyRing, *, missing: Collection[str] = ()) -> dict[str, Any]:
    """Return everything as JSON values: times in ISO 8601, those of acts to the hour. Raises CannotOpen.

    `missing` are paths of files that could not be read.
    """
    submission, paths = data.page.submission, name_files(data.page.submission)
    return {
        "missing_files": sorted(missing),
        "submission": _describe_submission(data),
        "sent": [_describe_revision(submission, one, keys) for one in submission.revisions],
        "unsent": _describe_unsent(submission, keys),
        "unsent_beside": [row for one in data.beside for row in _describe_unsent(one, keys)],
        "unsent_on_your_page": [
            {
                "place": words.place,
                "words": dict(words.words),
                "saved_at": _time(row.saved_at),
            }
            for row in data.typed
            for words in [open_words(row, keys)]
        ],
        "messages": [_describe_message(data, one, paths) for one in data.page.messages],
        "consents": [
            {
                "key": one.key,
                "version": one.text_version,
                "language": one.locale,
                "text": one.text,
                "given_at": _time(one.given_at),
            }
            for one in submission.consents
        ],
        "files": [_describe_file(one, paths, keys) for one in submission.attachments],
        "files_as_you_sent_them": [
            _describe_original(one, path)
            for one, path in zip(submission.originals, name_originals(submission).values(), strict=True)
        ],
        "edited_texts": [_describe_edited(one) for one in data.edited],
        "published_at": [{"language": one.lang, "address": one.url} for one in data.publications],
        "history": [_describe_event(one) for one in data.events],
        "mails": [_describe_mail(one) for one in data.mails],
    }


def write_own_data(described: Mapping[str, Any]) -> bytes:
    """Return the document, keys sorted."""
    return (json.dumps(described, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def list_own_files(submission: Submission) -> Mapping[str, SealedFile]:
    """Return the files of a submission by their path in the zip. Raises CannotOpen."""
    paths, originals = name_files(submission), name_originals(submission)
    return {
        **{paths[one.id]: one.file for one in submission.attachments},
        **{originals[one.id]: one.file for one in submission.originals},
    }


def pack_own_data(
    out: IO[bytes],
    files: Mapping[str, SealedFile],
    write_texts: Callable[[Sequence[str]], Mapping[str, bytes]],
    *,
    folder: Path,
) -> Sequence[str]:
    """Write the zip; return the paths of files that could not be read, or are not what was kept.

    The texts are written last, since they name those: `write_texts` gets them and returns bytes by path.
    """
    missing: list[str] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            try:
                content = read_file(folder, files[path])
            except OSError:
                missing.append(path)
                continue
            _add(archive, path, content)
        texts = write_texts(missing)
        for path in sorted(texts):
            _add(archive, path, texts[path])
    return missing


def _add(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(path, FIRST_TIME)
    entry.create_system = _UNIX
    entry.external_attr = _FILE_MODE
    archive.writestr(entry, content)


def _describe_submission(data: OwnData) -> dict[str, Any]:
    page, submission = data.page, data.page.submission
    return {
        "coverage": submission.call.coverage.title,
        "began_as": submission.kind,
        "wanted_now": submission.stage,
        "status": page.status,
        "answer_due_at": _time(page.due),
        "erased_from": _time(page.erased_on),
        "heading": submission.heading,
        "language_of_the_text": submission.lang,
        "language_of_the_form": submission.locale,
        "words": submission.words,
        "unspaced_characters": submission.characters,
        "marked_as_at_risk": submission.at_risk,
        "mail_wanted": submission.wants_mail,
        "received_at": _time(submission.received_at),
    }


def _describe_revision(submission: Submission, revision: Revision, keys: KeyRing) -> dict[str, Any]:
    return {
        "number": revision.number,
        "form": revision.stage,
        "language": revision.lang,
        "received_at": _time(revision.received_at),
        "answers": revision.answers,
        "answers_kept_encrypted": open_sealed_answers(submission, revision, keys),
    }


def _describe_unsent(submission: Submission, keys: KeyRing) -> list[dict[str, Any]]:
    described = []
    for row in submission.writings:
        typed = read_typed(row, keys)
        described.append(
            {
                "form": typed.stage,
                "language": typed.lang,
                "saved_at": _time(row.saved_at),
                "answers": dict(typed.answers),
                "answers_kept_encrypted": dict(typed.sealed),
            }
        )
    return described


def _describe_message(data: OwnData, message: Message, paths: Mapping[int, str]) -> dict[str, Any]:
    return {
        "from": "desk" if message.from_desk else (_HOLDER if message.by_desk_code else "you"),
        "at": _time(message.visible_at),
        "language": message.lang,
        "text": message.body,
        "files": [paths[one.id] for one in data.page.files_of(message)],
    }


def _describe_file(file: Attachment, paths: Mapping[int, str], keys: KeyRing) -> dict[str, Any]:
    name = keys.open(file.sealed_name, file_name_place(file.public_id)) if file.sealed_name else b""
    return {
        "path": paths[file.id],
        "name_it_had": name.decode(),
        "bytes": file.content_size,
        "width": file.width,
        "height": file.height,
        "pages": file.pages,
        "description": file.description,
        "caption": file.caption,
        "credit": file.credit,
        "people": file.people,
        "licence": file.licence,
        "received_at": _time(file.received_at),
        "changed_at": _time(file.changed_at),
    }


def _describe_original(original: OriginalFile, path: str) -> dict[str, Any]:
    letters = original.letters
    return {
        "path": path,
        "name_it_had": original.name,
        "bytes": original.content_size,
        "words_that_could_not_be_placed": list(letters.get("unplaced", ())),
        "received_at": _time(original.received_at),
        "deleted_after": _time(original_until(original.received_at)),
    }


def _describe_edited(sent: SentForApproval) -> dict[str, Any]:
    check = sent.check
    return {
        "sent_at": _time(check.sent_at),
        "answer_by": check.answer_by.isoformat() if check.answer_by else None,
        "language": sent.lang,
        "text": sent.text.fields,
        "your_answer": check.verdict if sent.is_answered else None,
        "your_objections": check.objections,
        "paragraphs_you_named": check.paragraphs,
        "your_answers_to_changes": [one.store() for one in read_answers(check.answers)],
        "why_the_desk_changed_it": list(sent.reasons),
    }


def _describe_event(event: Event) -> dict[str, Any]:
    # What changes no state stands in the real one, which may be a decision nobody was told of.
    is_step = event.from_state != event.to_state
    return {
        "at": _time(event.at),
        "by": "you" if event.by_author else (_HOLDER if BY_DESK_CODE in event.detail else "desk"),
        "act": event.act,
        "status_after": PUBLIC_STATUS[event.to_state] if is_step else None,
    }


def _describe_mail(mail: OutboxMail) -> dict[str, Any]:
    return {
        "sent_at": _time(mail.sent_at),
        "language": mail.locale,
        "subject": mail.subject,
        "text": mail.body,
    }


def _time(at: datetime | None) -> str | None:
    """Return the hour: finer times of the desk's acts could point at a person there."""
    return round_to_hour(at).isoformat() if at else None
