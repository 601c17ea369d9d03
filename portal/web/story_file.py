"""A story read from a file: the same form again, with the words of the file in it. Nothing is stored."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.errors import TooBusy
from portal.forms.answer_fields import tidy_text
from portal.web.call_door import Door, is_token_refused, make_form, refuse_language, show_form
from portal.web.file_words import StoryFile
from portal.web.lanes import judge_file
from portal.web.uploading import read_story_file
from portal.web.waits import answer_later, write_wait

_STORY = "story"
_FILE = "document"


def read_into_form(door: Door) -> ResponseReturnValue:
    """Read the file that was sent into the story, and show the form with everything else as it was typed."""
    refused = refuse_language(door)
    if refused:
        return refused
    form = make_form(door)
    if is_token_refused():
        form.validate()
        return show_form(door, form)
    sent = request.files.get(_FILE)
    if sent is None or not sent.filename:
        fault = _("No file was chosen. Choose one, then press the button again.")
        return show_form(door, form, file=StoryFile(fault=fault))
    try:
        with transaction():
            judge_file()
    except TooBusy as busy:
        page = show_form(door, form, file=StoryFile(fault=_word_busy(busy)), status=429)
        return answer_later(page, busy.wait)
    text, file = read_story_file(sent)
    if text and _STORY in form:
        form[_STORY].data = tidy_text(text)
    return show_form(door, form, file=file, status=422 if file.fault else 200)


def _word_busy(busy: TooBusy) -> str:
    sentence: str = _(
        "Many files are being read right now, so this one was not. Your words are still in the form. "
        "Choose the file again %(when)s, or copy the words from it and paste them below.",
        when=write_wait(busy.wait),
    )
    return sentence
