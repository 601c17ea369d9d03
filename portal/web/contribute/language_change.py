"""The form in another language: the same text under the same key, and nothing to be typed again."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from portal.domain.errors import TooBusy
from portal.domain.questions import QuestionRole
from portal.forms.contribute import ContributorForm
from portal.queries.calls import is_offered_in
from portal.web.contribute.form_page import show_closed, show_form, show_other_languages
from portal.web.contribute.form_target import (
    FormPurpose,
    FormTarget,
    has_our_key,
    is_token_refused,
    make_contributor_form,
    takes_form,
)
from portal.web.contribute.story_upload import FILE, brings_file, keep_read_file, read_chosen, word_busy
from portal.web.contribute.unsent import keep_shown
from portal.web.site.file_texts import StoryFile
from portal.web.site.locale import find_locale, remember_choice


def carry_over(target: FormTarget) -> ResponseReturnValue:
    """Show the form in the language of the address with everything that was typed and chosen in another one.

    Words are kept as the unsent version of this form. Boxes of consents are empty: one agrees to words in the
    language one reads.
    """
    remember_choice(find_locale())
    is_spoken = is_offered_in(target.call, find_locale().tag, target.stage)
    form = make_contributor_form(target, asks_consent=is_spoken)
    if is_token_refused():
        form.validate()
    file, kept = None, None
    if not is_token_refused() and has_our_key(form):
        file = _read_file(form) if is_spoken and brings_file() else None
        kept = keep_shown(target, form, asks_consent=is_spoken)
        file = keep_read_file(file, kept, request.files[FILE]) if file else None
    code, until = (kept.code, kept.until) if kept else ("", "")
    if not is_spoken:
        return show_other_languages(target, form, code=code, kept=until)
    if kept and target.purpose is FormPurpose.NEW and not takes_form(target, form):
        return show_closed(target, form, code=code, kept=until)
    if target.purpose is FormPurpose.NEW and not form.errors and _is_empty(form):
        return redirect(target.page_url, 303)
    for box in form.consent_fields():
        box.data = False
    return show_form(target, form, file=file, carried=code, status=422 if form.errors else 200)


def _read_file(form: ContributorForm) -> StoryFile | None:
    """Read the file chosen for the story, which no browser would choose again in the new form."""
    try:
        return read_chosen(form, request.files[FILE])
    except TooBusy as busy:
        form.document.refuse(word_busy(busy))
        return None


def _is_empty(form: ContributorForm) -> bool:
    """Say whether nobody has written or chosen anything: a language is chosen in every form."""
    typed, language = form.to_typed(), form.keys.get(QuestionRole.LANGUAGE, "")
    return not typed.has_words and not typed.sealed and not typed.answers.keys() - {language}
