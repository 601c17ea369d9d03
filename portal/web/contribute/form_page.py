"""The page of a form, and why it is not shown."""

from collections.abc import Iterator, Mapping, Sequence

from flask import abort, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.domain.answers import is_with_desk
from portal.domain.deadlines import answer_due, kept_until, round_to_hour
from portal.domain.languages import LOCALES
from portal.domain.questions import QuestionRole, sealed_keys
from portal.domain.receipt_code import issue_form_key
from portal.domain.states import Stage
from portal.extensions import current_portal, db, now
from portal.forms.contribute import ContributorForm
from portal.models import Call
from portal.queries.calls import is_offered_in, read_page_key, statements_in, takes_texts
from portal.web.contribute.form_target import (
    FormPurpose,
    FormTarget,
    find_form_target,
    is_spoken,
    make_contributor_form,
)
from portal.web.site.admission import HumanPart, find_human_part
from portal.web.site.dates import write_day, write_deadline
from portal.web.site.file_texts import StoryFile
from portal.web.site.form_faults import (
    describe_faults,
    describe_refusal,
    read_hidden,
    wants_script,
    word_kept,
)
from portal.web.site.kept_pages import show_kept
from portal.web.site.locale import find_locale
from portal.web.site.localized import LocalizedText, choose_text
from portal.web.site.unsent_list import ListedVersion


def _find_sent_to() -> int | None:
    """Return the call this browser sent a text to, where its private page is open: else nothing is asked."""
    page = g.get("private_page")
    if page is None or not is_with_desk(page.submission.state_shown(now())):
        return None
    found: int = page.submission.call_id
    return found


def _makes_another(target: FormTarget) -> bool:
    """Say whether this browser has sent a text to the call, which what is sent now will stand beside.

    Going back from the receipt brings a form filled in as it was sent, with a new key.
    """
    is_elsewhere = target.submission is None or target.submission.id != g.get("submission_id")
    return target.purpose is FormPurpose.NEW and is_elsewhere and target.call.id == _find_sent_to()


def show_form(
    target: FormTarget,
    form: ContributorForm,
    *,
    others: Sequence[ListedVersion] = (),
    status: int = 0,
    file: StoryFile | None = None,
    carried: str | None = None,
    is_confirmed: bool = False,
) -> ResponseReturnValue:
    """Show the form, or tell the script that sent it what is wrong: then it is not sent a second time.

    `others` are further unsent versions, `file` what was read from a file for the story. `carried`: it
    comes from another language; the code that leads back to it, or nothing where another one does.
    `is_confirmed`: the words of the file are the text, and the file itself is deleted.
    """
    code = status or (422 if request.method == "POST" else 200)
    if form.errors and wants_script():
        return jsonify(describe_faults(form)), code
    human = find_human_part(form.form_key.data)
    page = _render_form(
        target, form, human=human, others=others, file=file, carried=carried, is_confirmed=is_confirmed
    )
    return page, code


def show_empty(slug: str, stage: Stage) -> ResponseReturnValue:
    """Show a public form as everybody finds it, or say why not."""
    secret, at = current_portal().instance.receipt_secret, now()
    key = read_page_key(db.session(), slug, at=at)
    if key is None:
        abort(404)
    form_key = issue_form_key(secret, at=at)
    question = find_human_part(form_key).question
    own = {"token": generate_csrf(), "key": form_key, "lang": question.lang, "question": question.text}
    sent_to = _find_sent_to()
    made_from = ("form", key, stage, find_locale(), round_to_hour(at), request.script_root, sent_to)
    page = show_kept(made_from, own, lambda values: _render_empty(find_form_target(slug, stage), values))
    return page if page is not None else _refuse_empty(find_form_target(slug, stage))


def _render_empty(target: FormTarget, own: Mapping[str, str]) -> str | None:
    """Render a public form with these values of its own; None where it is not shown."""
    if not is_spoken(target) or not takes_texts(target.call, at=now()):
        return None
    form = make_contributor_form(target)
    form.form_key.data = own["key"]
    if form.meta.csrf:
        form.csrf_token.current_token = own["token"]
    return _render_form(target, form, human=HumanPart(LocalizedText(own["lang"], own["question"]), ""))


def _refuse_empty(target: FormTarget) -> ResponseReturnValue:
    if not is_spoken(target):
        return show_other_languages(target)
    return show_closed(target, make_contributor_form(target))


def _render_form(
    target: FormTarget,
    form: ContributorForm,
    *,
    human: HumanPart,
    others: Sequence[ListedVersion] = (),
    file: StoryFile | None = None,
    carried: str | None = None,
    is_confirmed: bool = False,
) -> str:
    tag, call = find_locale().tag, target.call
    return render_template(
        "contribute/form.html",
        form=form,
        human=human,
        stage=target.stage,
        purpose=target.purpose,
        target=target,
        others=others,
        makes_another=_makes_another(target),
        file=file,
        carried=carried,
        is_confirmed=is_confirmed,
        switches=[(one, target.language_url(one)) for one in LOCALES],
        secret=" ".join([form.keys.get(QuestionRole.RISK, ""), *sorted(sealed_keys(form.asked))]),
        title=choose_text(target.coverage.title, target.coverage.primary_locale),
        coverage_url=url_for("public.coverage", coverage=target.coverage.slug),
        card=_find_card(target),
        statements=statements_in(call, tag, target.stage),
        answer_by=write_day(answer_due(now(), call.answer_days)),
        kept_until=format_date(kept_until(now(), call.unfinished_kept_days), "long"),
        closes=write_deadline(call.closes_at) if call.closes_at else "",
    )


def _find_card(target: FormTarget) -> str:
    """Return the address of the picture for a link to the form; empty where the page is one person's."""
    if target.purpose != "new" or request.method != "GET":
        return ""
    path = url_for("public_cards.coverage_card", coverage=target.coverage.slug)
    return f"{current_portal().settings.base_url}{path}"


def show_closed(
    target: FormTarget, form: ContributorForm, *, code: str = "", kept: str = ""
) -> ResponseReturnValue:
    """Say that the call is not open, and give back what was typed.

    `kept` is until when it is kept unsent, `code` opens it again; both empty when it is not kept.
    """
    call, at = target.call, now()
    opens = call.opens_at if call.opens_at is not None and at < call.opens_at else None
    if request.method == "POST" and wants_script():
        told = [*_word_days(target.call), *word_kept(code=code, kept=kept)]
        return jsonify(describe_refusal(_("This call is not open"), told, hidden=read_hidden(form))), 409
    typed = form.typed_answers()
    page = render_template(
        "contribute/closed.html",
        title=choose_text(target.coverage.title, target.coverage.primary_locale),
        coverage_url=url_for("public.coverage", coverage=target.coverage.slug),
        opens=write_deadline(opens) if opens else "",
        closed=write_deadline(call.closes_at) if call.closes_at else "",
        texts=[one for one in typed if one.is_written],
        choices=[one for one in typed if not one.is_written],
        file_url=target.file_back_url,
        code=code,
        kept=kept,
    )
    return page, 409 if request.method == "POST" else 200


def _word_days(call: Call) -> list[str]:
    """Say when a call opens, or when it closed."""
    if call.opens_at is not None and now() < call.opens_at:
        return [_("It opens on %(date)s.", date=write_deadline(call.opens_at))]
    if call.closes_at is not None:
        return [_("It closed on %(date)s.", date=write_deadline(call.closes_at))]
    return []


def show_other_languages(
    target: FormTarget, form: ContributorForm | None = None, *, code: str = "", kept: str = ""
) -> ResponseReturnValue:
    """Say in which languages the form exists: nobody agrees to words in another one than theirs.

    `form` is what was typed, else it is read from the request; `code` and `kept` as in `show_closed`.
    """
    found = [locale for locale in LOCALES if is_offered_in(target.call, locale.tag, target.stage)]
    if form is None and request.method == "POST":
        form = make_contributor_form(target, asks_consent=False)
    if form is not None and wants_script():
        sentence = _(
            "You need to read what you agree to in a language you know well, and we do not have it "
            "in this one yet. You may write your story in any language, whichever form you use."
        )
        told = [sentence, *word_kept(code=code, kept=kept)]
        heading = _("This form is not available in your language")
        return jsonify(describe_refusal(heading, told, hidden=read_hidden(form))), 404
    typed = form.typed_answers() if form is not None else []
    page = render_template(
        "contribute/other_languages.html",
        title=choose_text(target.coverage.title, target.coverage.primary_locale),
        entries=[(locale, _in_language(target.page_url, locale.url)) for locale in found],
        switches=[(locale, target.language_url(locale)) for locale in found],
        carried=list(_list_carried(form)) if form is not None else [],
        texts=[one for one in typed if one.is_written],
        choices=[one for one in typed if not one.is_written],
        file_url=target.file_back_url,
        code=code,
        kept=kept,
    )
    return page, 404


def _list_carried(form: ContributorForm) -> Iterator[tuple[str, str]]:
    """Give name and value of everything a form came with, to be sent on; it goes on with what was saved."""
    renewed = {"csrf_token", "form_key", "writing", "sequence"}
    yield from ((name, form[name].data or "") for name in ("form_key", "writing", "sequence"))
    yield from (pair for pair in request.form.items(multi=True) if pair[0] not in renewed)


def _in_language(address: str, url: str) -> str:
    return "/".join(("", url, *address.split("/")[2:]))
