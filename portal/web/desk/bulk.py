"""Acts on many texts ticked in the queue: looked through first, then done at once, and taken back at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.bulk_acts import MOST_AT_ONCE, BulkAct, BulkRefusal
from portal.domain.errors import AccountClosed
from portal.domain.languages import written_name
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.forms import bulk as forms
from portal.models import Staff, Submission
from portal.operations.coverages.tags import BadName, CoverageFull
from portal.operations.desk import bulk
from portal.operations.desk.bulk import BulkActor, BulkOutcome, SortedTexts
from portal.operations.desk.decisions import REASON_SPAM, may_judge
from portal.operations.desk.tags import NoSuchTag, find_for_all
from portal.queries.desk.filter_options import list_choices
from portal.queries.desk.queue import QueueFilter
from portal.queries.staff import find_open_account, find_staff
from portal.web.desk.advice_texts import word_tag_problem
from portal.web.desk.bulk_texts import (
    NEWEST_BATCH,
    bulk_title,
    describe_chosen,
    label_mails,
    list_batches,
    list_mail_lines,
    word_left_out,
)
from portal.web.desk.submission_texts import describe_reasons, prepared_message
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import queue_address, read_place, write_place
from portal.web.site.joined_words import join_in_sentence
from portal.web.site.locale import find_locale

_FAULTY, _STALE = 422, 409
_ACTS = ", ".join(act.value for act in BulkAct)


def add_routes(room: Blueprint) -> None:
    """Add acts on many texts to the room of the desk."""
    room.add_url_rule("/bulk", view_func=choose_bulk, methods=["POST"])
    room.add_url_rule(f"/bulk/<any({_ACTS}):act>", view_func=do_bulk, methods=["POST"])
    room.add_url_rule("/bulk/undo", view_func=undo_bulk, methods=["POST"])


@access(Permission.SUBMISSION_MODERATE)
def choose_bulk() -> ResponseReturnValue:
    """Show what an act would do with the texts that were ticked. Nothing is done yet."""
    chosen = forms.ChosenForm()
    act = request.form.get("act", "")
    if act not in set(BulkAct) or not chosen.seen:
        flash(_("Tick the texts first. Nothing was changed."), "message")
        return redirect(queue_address(_place(chosen)), 303)
    if len(chosen.seen) > MOST_AT_ONCE:
        flash(_("At most %(number)s texts at once. Nothing was changed.", number=MOST_AT_ONCE), "message")
        return redirect(queue_address(_place(chosen)), 303)
    page = _BulkPage(BulkAct(act), chosen)
    page.start_words()
    return page.render()


@access(Permission.SUBMISSION_MODERATE)
def do_bulk(act: str) -> ResponseReturnValue:
    """Do the act; texts that are left out are named, and what was typed stays for them."""
    page = _BulkPage(BulkAct(act), forms.ChosenForm())
    if not page.form.validate():
        return page.render(_FAULTY)
    try:
        with transaction() as session:
            done = page.run(session)
            bulk.note_acted(session, page.act, done.done, by=page.actor, at=page.at)
    except (NoSuchTag, BadName, CoverageFull) as problem:
        page.form.names.errors = [word_tag_problem(problem)]
        return page.render(_FAULTY)
    except AccountClosed:
        page.form.refuse_person()
        return page.render(_FAULTY)
    if done.done:
        browser_session[NEWEST_BATCH] = done.batch
    if isinstance(page.form, forms.BulkAssignForm):
        _name_unread(page.form, done.done)
    if done.left or not done.done:
        return _BulkPage(page.act, page.chosen, done).render(_STALE)
    return redirect(queue_address(page.wanted, bulk=done.batch), 303)


@access(Permission.SUBMISSION_MODERATE)
def undo_bulk() -> ResponseReturnValue:
    """Take back what one act did with many texts; those somebody went on with are named."""
    form = forms.BulkUndoForm()
    wanted = read_place(form.queue.data or "")
    if not form.validate():
        flash(form.form_errors[0], "message")
        return redirect(queue_address(wanted, bulk=form.batch.data or ""), 303)
    window = current_portal().settings.undo_window
    with transaction() as session:
        done = bulk.take_back_all(session, form.batch.data or "", by=acting_staff(), at=now(), window=window)
    said = ngettext(
        "%(num)s text is back where it was.", "%(num)s texts are back where they were.", len(done.done)
    )
    if done.left:
        return _render_left(done, said, wanted), _STALE
    if done.done:
        flash(said, "ok")
    else:
        flash(
            _(
                "It is too late to undo this, a colleague has undone it already, or the texts were erased. "
                "Nothing was changed."
            ),
            "message",
        )
    return redirect(queue_address(wanted), 303)


def _place(chosen: forms.ChosenForm) -> QueueFilter:
    return read_place(chosen.queue.data or "")


class _BulkPage:
    """The page of one act on many texts: which it fits, which are left out, and its form."""

    def __init__(self, act: BulkAct, chosen: forms.ChosenForm, done: BulkOutcome | None = None) -> None:
        self.act, self.chosen, self.done = act, chosen, done
        self.wanted, self.tag = _place(chosen), find_locale().tag
        self.actor, self.at = acting_staff(), now()
        seen = chosen.seen
        if done is not None:
            finished = {one.public_id for one in done.done}
            seen = {public_id: version for public_id, version in seen.items() if public_id not in finished}
        self.bulk_actor = BulkActor(self.actor, self.at, seen)
        self.found = (
            SortedTexts([], list(done.left)) if done else bulk.sort_by_fit(db.session(), self.bulk_actor, act)
        )
        self.again = bulk.sort_by_fit(db.session(), self.bulk_actor.look_again(self.found.left), act).fit
        self.form = self._make_form()

    def _make_form(self) -> Any:
        match self.act:
            case BulkAct.TAG:
                return forms.BulkTagForm()
            case BulkAct.ASSIGN:
                return forms.BulkAssignForm(people=list_choices(db.session(), self.actor).colleagues)
            case BulkAct.RECOMMEND:
                return forms.BulkRecommendForm()
            case BulkAct.DECLINE:
                reasons = {
                    code: label for one in self._all() for code, label in describe_reasons(one, self.tag)
                }
                kind = forms.make_decline_form(label_mails(self._all(), tag=self.tag))
                needed = {bulk.name_mail(one) for one in self.found.fit}
                return kind(reasons=list(reasons.items()), wordless=REASON_SPAM, needed=needed)
        return forms.ChosenForm()

    def _all(self) -> list[Submission]:
        """Return the texts the act fits, and those it fits after another look."""
        return [*self.found.fit, *self.again]

    def start_words(self) -> None:
        """Offer the prepared words of the reason chosen, unless somebody wrote words of their own."""
        form = self.form
        if not isinstance(form, forms.BulkDeclineForm) or not form.reason.data:
            return
        for mail, those in self._group().items():
            field, prepared = (
                form.body_of(mail),
                {code: prepared_message(those[0], code) for code, _label in form.reason.choices},
            )
            if not field.data or field.data in prepared.values():
                field.data = prepared.get(form.reason.data, "")

    def _group(self) -> dict[str, list[Submission]]:
        groups: dict[str, list[Submission]] = {}
        for one in self._all():
            groups.setdefault(bulk.name_mail(one) if self.act is BulkAct.DECLINE else "", []).append(one)
        return groups

    def run(self, session: Session) -> BulkOutcome:
        """Do what the valid form asks."""
        form, bulk_actor = self.form, self.bulk_actor
        window = current_portal().settings.undo_window
        match self.act:
            case BulkAct.TAG:
                coverages = list({one.call.coverage_id: one.call.coverage for one in self.found.fit}.values())
                on = find_for_all(session, coverages, form.on, makes=True, by=self.actor, at=self.at)
                off = find_for_all(session, coverages, form.off, makes=False, by=self.actor, at=self.at)
                return bulk.tag_all(session, bulk_actor, on=on, off=off)
            case BulkAct.ASSIGN:
                to = find_open_account(session, form.person.data) if form.person.data else None
                if form.person.data and to is None:
                    raise AccountClosed
                return bulk.assign_all(session, bulk_actor, to=to)
            case BulkAct.RECOMMEND:
                keys = current_portal().instance.keys
                return bulk.recommend_all(session, bulk_actor, keys=keys, **form.handed)
            case BulkAct.MARK_SPAM:
                return bulk.mark_spam_all(session, bulk_actor, window=window)
        return bulk.decline_all(
            session, bulk_actor, reason=form.reason.data, bodies=form.bodies, window=window
        )

    def render(self, status: int = 200) -> tuple[str, int]:
        """Render the page; without a text that the act fits there is nothing to press."""
        number = len(self.found.fit)
        ticked = {one.public_id for one in self.found.fit}
        self.form.page.data = ""
        html = render_template(
            "desk/bulk.html",
            act=self.act.value,
            title=bulk_title(self.act, number or len(self.again)),
            form=self.form,
            shows_faults=status == _FAULTY,
            queue=write_place(self.wanted),
            action=url_for("desk.do_bulk", act=self.act.value),
            choose_action=url_for("desk.choose_bulk"),
            groups=[
                {
                    "mail": mail,
                    "field": self.form.body_of(mail) if mail else None,
                    "lang": those[0].locale,
                    "rows": [
                        describe_chosen(one, self.wanted, tag=self.tag, ticked=one.public_id in ticked)
                        for one in those
                    ],
                    "lines": list_mail_lines(those, tag=self.tag) if mail else [],
                }
                for mail, those in self._group().items()
            ],
            left=_describe_left(self.found.left, self.wanted, actor=self.actor, at=self.at),
            known_tags=[name for _id, name in list_choices(db.session(), self.actor).tags]
            if self.act is BulkAct.TAG
            else [],
            batches=list_batches(self.actor, {self.done.batch}, self.wanted, self.at) if self.done else [],
            said="",
            back_href=queue_address(self.wanted),
            desk_section="queue",
        )
        return html, status


def _describe_left(
    left: Sequence[tuple[Submission, BulkRefusal]], wanted: QueueFilter, *, actor: Staff, at: datetime
) -> list[dict[str, Any]]:
    tag = find_locale().tag
    return [
        {
            **describe_chosen(one, wanted, tag=tag, ticked=False),
            "why": word_left_out(one, reason, actor=actor, at=at),
        }
        for one, reason in left
    ]


def _render_left(done: BulkOutcome, said: str, wanted: QueueFilter) -> str:
    """Render which texts an undo has left as they are."""
    return render_template(
        "desk/bulk.html",
        act="",
        title=said,
        form=None,
        groups=[],
        left=_describe_left(done.left, wanted, actor=acting_staff(), at=now()),
        known_tags=[],
        batches=[],
        back_href=queue_address(wanted),
        desk_section="queue",
    )


def _name_unread(form: forms.BulkAssignForm, done: Sequence[Submission]) -> None:
    """Say which of the languages the colleague does not read."""
    to = find_staff(db.session(), form.person.data) if form.person.data else None
    if to is None:
        return
    unread = {one.lang for one in done if not may_judge(to, one)}
    if unread:
        names = [written_name(lang, find_locale().tag) for lang in sorted(unread)]
        languages = join_in_sentence(names, "or")
        flash(_("%(name)s does not read %(language)s.", name=to.name, language=languages), "message")
