"""A story read from a file: the same form again, with the words of the file in it.

The words are saved unsent, and with them the file as it was sent: what could not be read of it is not gone.
"""

from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.database import transaction
from portal.domain.answers import STORY_FROM_FILE
from portal.domain.documents import DocumentFormat, SeveralReadings
from portal.domain.errors import TooBusy
from portal.domain.questions import QuestionRole
from portal.domain.retention import original_until
from portal.extensions import db
from portal.forms.answer_fields import tidy_line, tidy_text
from portal.forms.contribute import ContributorForm
from portal.forms.text_file import READING
from portal.operations.private.originals import TakenContent
from portal.queries.photos import find_original_file
from portal.story.blocks import Heading, plain_inline
from portal.story.markdown import to_blocks
from portal.web.contribute.form_page import show_form, show_other_languages
from portal.web.contribute.form_target import (
    FormTarget,
    has_our_key,
    is_spoken,
    is_token_refused,
    make_contributor_form,
)
from portal.web.contribute.unsent import KeptUnsent, keep_shown
from portal.web.site.admission import judge_file
from portal.web.site.error_texts import answer_later, write_wait
from portal.web.site.file_texts import (
    StoryFile,
    describe_dropped,
    describe_letters,
    describe_pdf,
    word_refusal,
)
from portal.web.site.locale import find_locale
from portal.web.site.original_files import delete_original_file
from portal.web.site.stored_files import add_original, store_original
from portal.web.site.uploads import (
    REFUSALS,
    ask_reading,
    clean_name,
    find_held_file,
    read_story_file,
)

FILE = "document"
YES = "document_yes"
"""The file as it was sent whose author says that its words are the text."""


def read_into_form(target: FormTarget) -> ResponseReturnValue:
    """Read the file that was sent into the story, and show the form with everything else as it was typed."""
    if not is_spoken(target):
        return show_other_languages(target)
    form = make_contributor_form(target)
    if is_token_refused():
        form.validate()
        return show_form(target, form)
    if YES in request.form:
        return _confirm(target, form)
    sent = _find_file()
    if sent is None:
        form.document.refuse(_("No file was chosen. Choose one, then press the button again."))
        return show_form(target, form)
    try:
        file = read_chosen(form, sent)
    except TooBusy as busy:
        form.document.refuse(word_busy(busy))
        return answer_later(show_form(target, form, status=429), busy.wait)
    if file is not None and has_our_key(form):
        file = keep_read_file(file, keep_shown(target, form), sent)
    return show_form(target, form, file=file, status=422 if form.document.errors else 200)


def keep_read_file(file: StoryFile, kept: KeptUnsent | None, sent: FileStorage) -> StoryFile:
    """Keep a file as it was sent beside its words, if these are saved; say what came of it."""
    if kept is None or kept.saved.submission is None:
        return file
    sent.stream.seek(0)
    stored = store_original(sent.stream.read(), clean_name(sent.filename or ""))
    original = None
    if stored is not None:
        original = add_original(kept.saved.submission, stored, file.taken, writing=kept.saved.writing)
    if original is None:
        return replace(file, code=kept.code)
    until = format_date(original_until(original.received_at), "long")
    return replace(file, code=kept.code, original=original.public_id, until=until)


def _confirm(target: FormTarget, form: ContributorForm) -> ResponseReturnValue:
    """Delete a file as it was sent, whose author says that its words are the text."""
    found = (
        find_original_file(db.session(), target.submission.id, request.form[YES])
        if target.submission
        else None
    )
    if target.submission is not None and found is not None:
        delete_original_file(target.submission, found)
    return show_form(target, form, is_confirmed=True, status=200)


def _find_file() -> FileStorage | None:
    """Return the file that was chosen for the story, or whose reading was chosen; None without one."""
    if brings_file():
        return request.files[FILE]
    return find_held_file() if READING in request.form else None


def brings_file() -> bool:
    """Say whether a file was chosen for the story."""
    sent = request.files.get(FILE)
    return sent is not None and bool(sent.filename)


def read_chosen(form: ContributorForm, sent: FileStorage) -> StoryFile | None:
    """Put the words of a file into the story; None where they are not, and the form says why, or asks.

    Raises TooBusy.
    """
    chosen = form.with_role(QuestionRole.LANGUAGE)
    language = str(chosen.data or "") if chosen else find_locale().tag
    try:
        with transaction():
            judge_file()
        story = read_story_file(sent, language=language)
    except SeveralReadings as several:
        if not ask_reading(form.document, several, sent):
            form.document.refuse(word_refusal(several))
        return None
    except REFUSALS as fault:
        form.document.refuse(word_refusal(fault))
        return None
    has_marks = story.format is DocumentFormat.MARKDOWN
    is_titled = _fill_in(form, story.text, has_marks=has_marks)
    taken = TakenContent(story.letters, story.dropped)
    left_out = [*describe_letters(story.letters), *describe_dropped(story.dropped)]
    pdf = describe_pdf(story)
    return StoryFile(left_out, is_titled=is_titled, has_marks=has_marks, pdf=pdf, taken=taken)


def _fill_in(form: ContributorForm, text: str, *, has_marks: bool) -> bool:
    """Put the words of a file into the story; say whether its heading became the title, which was empty.

    has_marks: whether the text is Markdown, and is to be read so; a plain one has no heading.
    """
    story, title = form.with_role(QuestionRole.BODY), form.with_role(QuestionRole.TITLE)
    if story is None:
        return False
    heading, rest = _cut_heading(text) if has_marks else ("", "")
    takes_heading = bool(heading and rest) and title is not None and not title.data
    if takes_heading:
        title.data = heading
        takes_heading = title.validate(form)
        title.errors = []
        title.data = heading if takes_heading else ""
    story.data = tidy_text(rest if takes_heading else text)
    form[STORY_FROM_FILE].data = story.data if has_marks else ""
    return takes_heading


def _cut_heading(text: str) -> tuple[str, str]:
    """Return the heading a text begins with, and the text below it; both empty without one."""
    line, _break, rest = text.strip().partition("\n")
    blocks = to_blocks(line)
    if len(blocks) != 1 or not isinstance(blocks[0], Heading):
        return "", ""
    return tidy_line(plain_inline(blocks[0].children)) or "", rest.strip()


def word_busy(busy: TooBusy) -> str:
    """Say that no file is read right now."""
    sentence: str = _(
        "We are reading many files right now, so this one was not read. Your text is still in "
        "the form. Choose the file again %(when)s, or copy the text from it and paste it below.",
        when=write_wait(busy.wait),
    )
    return sentence
