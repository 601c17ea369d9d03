"""Sample data for a desk: invented people and texts, walked through the real acts of everybody.

Shape of data/sample/*.toml. `[[staff]]`: name, email, role, locale, languages (tag to level of reading).
`[[submission]]`: lang, days (since it came), locale (of the form; default: the text's own), key (for
`original` of a duplicate), the answers by their question's key (what it leaves out is in usual.toml), `path`
(acts after sending, in order), and what these acts need. `[[submission.photo]]`: a drawing of
cli/sample_photos.py with what its contributor says about it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli.database import open_portal
from portal.cli.sample_photos import add_photos
from portal.data.content import first_coverage
from portal.database import transaction
from portal.domain.answers import Answer, GivenConsent, SubmittedAnswers
from portal.domain.languages import DEFAULT, best_text, locale_by_tag
from portal.domain.permissions import Permission, ReadingLevel, Role
from portal.domain.questions import (
    QuestionRole,
    QuestionType,
    fill_placeholders,
    keys_with_role,
    parse_consent,
    parse_question,
    sealed_keys,
)
from portal.domain.receipt_code import issue_form_key
from portal.domain.states import Stage
from portal.extensions import Portal, current_portal
from portal.models import Call, Coverage, Draft, Staff, StaffLanguage, Submission
from portal.operations.contribute.submit import FormSecrets, send_story, submit
from portal.operations.coverages import drafts
from portal.operations.desk import decisions, gists, triage
from portal.operations.first_coverage import open_first_coverage
from portal.operations.private import author_acts
from portal.queries.calls import call_values

_SUBMISSIONS = ("uk.toml", "zh-hant-tw.toml", "en.toml", "others.toml")
_STEP = timedelta(hours=20)
"""Time from one act to the next."""
_EDITED = ("dek", "excerpt", "topics", "side", "place")
_CHECK_DAYS = 10

Row = Mapping[str, Any]


@dataclass
class Walk:
    """The walk of one submission: who acts, when, and with which words."""

    session: Session
    portal: Portal
    row: Row
    staff: Sequence[Staff]
    form_key: str
    at: datetime
    now: datetime
    submission: Submission
    known: Mapping[str, Submission] = field(default_factory=dict)

    def find_reader(self, permission: Permission) -> Staff:
        """Return who acts: somebody who may and who reads the language, else anybody who may."""
        able = [one for one in self.staff if one.may(permission)]
        return next((one for one in able if decisions.may_judge(one, self.submission)), able[0])

    def find_draft(self) -> Draft:
        """Return the draft of the accepted story."""
        return self.session.scalars(select(Draft).where(Draft.submission_id == self.submission.id)).one()


def fill_desk(session: Session, call: Call, *, portal: Portal, now: datetime) -> tuple[int, int]:
    """Add the sample staff and texts to a call; return how many of each."""
    staff = [_add_member(session, row, call.coverage) for row in _read("staff.toml")["staff"]]
    session.flush()
    known: dict[str, Submission] = {}
    rows = [row for name in _SUBMISSIONS for row in _read(name)["submission"]]
    for row in sorted(rows, key=lambda one: -int(one["days"])):
        submission = _walk(session, call, row, staff=staff, portal=portal, now=now, known=known)
        known[row.get("key", submission.public_id)] = submission
    return len(staff), len(rows)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("portal") / "data" / "sample" / name).read_text(encoding="utf-8"))


def _add_member(session: Session, row: Row, coverage: Coverage) -> Staff:
    member = Staff(
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        locale=row["locale"],
        active=True,
        coverages=[coverage],
        languages=[
            StaffLanguage(tag=tag, reading=ReadingLevel(how)) for tag, how in row["languages"].items()
        ],
    )
    session.add(member)
    return member


def _walk(
    session: Session,
    call: Call,
    row: Row,
    *,
    staff: Sequence[Staff],
    portal: Portal,
    now: datetime,
    known: Mapping[str, Submission],
) -> Submission:
    """Send the text and do every act of its path; without time left, the last acts happen now."""
    at = now - timedelta(days=row["days"], hours=3)
    secret = portal.instance.receipt_secret
    form_key = issue_form_key(secret, at=at)
    submission, _ = submit(
        session,
        call,
        _write_sending(call, row, _find_stage(call, row)),
        FormSecrets(portal.instance.keys, secret, form_key),
        at=at,
        locale=_locale_tag(row),
    )
    session.flush()
    walk = Walk(session, portal, row, staff, form_key, at, now, submission, known)
    if "gist" in row:
        reader = walk.find_reader(Permission.SUBMISSION_MODERATE)
        lang = row.get("gist_lang", DEFAULT.tag)
        gists.set_gist(
            session, submission, by=reader, body=row["gist"], lang=lang, seen=submission.version, at=at
        )
        session.flush()
    if "note" in row:
        reader = walk.find_reader(Permission.SUBMISSION_MODERATE)
        triage.add_note(
            session, submission, by=reader, at=at + _STEP / 2, body=row["note"], keys=portal.instance.keys
        )
    add_photos(session, submission, row.get("photo", ()), folder=portal.instance.files_folder, at=at)
    for act in row.get("path", ()):
        walk.at = min(walk.at + _STEP, now)
        _ACTS[act](walk)
        session.flush()
    return submission


def _locale_tag(row: Row) -> str:
    wanted = locale_by_tag(row.get("locale", row["lang"]))
    return (wanted or DEFAULT).tag


def _find_stage(call: Call, row: Row) -> Stage:
    is_pitch = any(key in row for key in keys_with_role(call.questions, QuestionRole.GIST))
    return Stage.PITCH if is_pitch else Stage.STORY


def _write_sending(call: Call, row: Row, stage: Stage) -> SubmittedAnswers:
    """Return the row as the form of `stage` would have sent it."""
    questions = [parse_question(one) for one in call.questions]
    asked = {
        key
        for question in questions
        if stage in question.forms and question.type is not QuestionType.LANGUAGE
        for key in ((question.key, question.text_key) if question.takes_words else (question.key,))
    }
    usual = _read("usual.toml")
    given: dict[str, Answer] = {key: row.get(key, usual.get(key, "")) for key in asked}
    answers = {key: _strip(answer) for key, answer in given.items() if answer}
    hidden = sealed_keys(questions)
    return SubmittedAnswers(
        stage=stage,
        lang=row["lang"],
        answers={key: answer for key, answer in answers.items() if key not in hidden},
        sealed={key: answer for key, answer in answers.items() if key in hidden},
        consents=_give_consents(call, stage, _locale_tag(row)),
    )


def _strip(answer: Answer) -> Answer:
    return answer.strip() if isinstance(answer, str) else answer


def _give_consents(call: Call, stage: Stage, locale: str) -> tuple[GivenConsent, ...]:
    values, consents = call_values(call), [parse_consent(one) for one in call.consents]
    return tuple(
        GivenConsent(one.key, one.version, fill_placeholders(one.text[locale], values, locale), locale)
        for one in consents
        if stage in one.forms
    )


def _ask(walk: Walk) -> None:
    by = walk.find_reader(Permission.SUBMISSION_MODERATE)
    decisions.ask(
        walk.session, walk.submission, by=by, at=walk.at, seen=walk.submission.version, body=walk.row["ask"]
    )


def _reply(walk: Walk) -> None:
    author_acts.reply(walk.session, walk.submission, body=walk.row["answer"], at=walk.at)


def _invite(walk: Walk) -> None:
    decisions.invite(
        walk.session,
        walk.submission,
        by=walk.find_reader(Permission.SUBMISSION_DECIDE),
        at=walk.at,
        seen=walk.submission.version,
        body=walk.row["invite"],
        due=walk.now + timedelta(days=_CHECK_DAYS),
    )


def _send_story(walk: Walk) -> None:
    instance = walk.portal.instance
    form_key = issue_form_key(instance.receipt_secret, at=walk.at)
    send_story(
        walk.session,
        walk.submission,
        _write_sending(walk.submission.call, walk.row, Stage.STORY),
        FormSecrets(instance.keys, instance.receipt_secret, form_key),
        at=walk.at,
    )


def _accept(walk: Walk) -> None:
    by = walk.find_reader(Permission.SUBMISSION_DECIDE)
    decisions.accept(walk.session, walk.submission, by=by, at=walk.at, seen=walk.submission.version)


def _edit(walk: Walk) -> None:
    draft = walk.find_draft()
    values = {name: walk.row[name] for name in _EDITED if name in walk.row}
    by = walk.find_reader(Permission.DRAFT_EDIT)
    drafts.save_draft(walk.session, draft, values, by=by, at=walk.at, seen=draft.version)


def _send_for_approval(walk: Walk) -> None:
    drafts.send_for_approval(
        walk.session,
        walk.find_draft(),
        by=walk.find_reader(Permission.SUBMISSION_DECIDE),
        at=walk.at,
        seen=walk.submission.version,
        answer_by=_day_to_answer(walk.now),
    )


def _day_to_answer(now: datetime) -> date:
    return (now + timedelta(days=_CHECK_DAYS)).date()


def _approve(walk: Walk) -> None:
    author_acts.approve(
        walk.session, walk.submission, revision=walk.find_draft().checks[-1].revision, at=walk.at
    )


def _object(walk: Walk) -> None:
    author_acts.object_to(
        walk.session,
        walk.submission,
        revision=walk.find_draft().checks[-1].revision,
        body=walk.row["objection"],
        at=walk.at,
    )


def _publish(walk: Walk) -> None:
    drafts.publish(
        walk.session,
        walk.find_draft(),
        {walk.row["lang"]: walk.row["url"]},
        by=walk.find_reader(Permission.SUBMISSION_DECIDE),
        at=walk.at,
        seen=walk.submission.version,
    )


def _decline(walk: Walk) -> None:
    submission, code = walk.submission, walk.row["reason"]
    reason = next(one for one in submission.call.coverage.decline_reasons if one["code"] == code)
    lang, text = best_text(reason["message"], (submission.locale, DEFAULT.tag))
    decisions.decline(
        walk.session,
        submission,
        by=walk.find_reader(Permission.SUBMISSION_DECIDE),
        at=walk.at,
        seen=submission.version,
        reason=code,
        body=fill_placeholders(text, {"days": str(submission.call.declined_kept_days)}, lang),
    )


def _mark_spam(walk: Walk) -> None:
    by = walk.find_reader(Permission.SUBMISSION_MODERATE)
    decisions.mark_spam(walk.session, walk.submission, by=by, at=walk.at, seen=walk.submission.version)


def _mark_duplicate(walk: Walk) -> None:
    decisions.mark_duplicate(
        walk.session,
        walk.submission,
        original=walk.known[walk.row["original"]],
        by=walk.find_reader(Permission.SUBMISSION_MODERATE),
        at=walk.at,
        seen=walk.submission.version,
    )


def _withdraw(walk: Walk) -> None:
    author_acts.withdraw(walk.session, walk.submission, at=walk.at)


_ACTS = {
    "ask": _ask,
    "reply": _reply,
    "invite": _invite,
    "send_story": _send_story,
    "accept": _accept,
    "edit": _edit,
    "send_for_approval": _send_for_approval,
    "approve": _approve,
    "object": _object,
    "publish": _publish,
    "decline": _decline,
    "mark_spam": _mark_spam,
    "mark_duplicate": _mark_duplicate,
    "withdraw": _withdraw,
}


@click.command("sample")
def sample() -> None:
    """Fill an empty desk with invented people and texts, to look around in."""
    app = open_portal(may_begin=True)
    now = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        if session.scalar(select(Submission.id).limit(1)) is not None:
            raise click.ClickException(
                "There are submissions already, so nothing was added: samples are for an empty desk."
            )
        open_first_coverage(session, first_coverage(), at=now)
        # The call must have been open when the oldest of the texts came in.
        call = session.scalars(select(Call).order_by(Call.id).limit(1)).one()
        call.opens_at = min(call.opens_at or now, now - timedelta(days=60))
        staff, submissions = fill_desk(session, call, portal=current_portal(), now=now)
    click.echo(f"Added {submissions} pitches and stories and {staff} members of staff, all of them invented.")
    click.echo("The sample staff have no passwords and cannot sign in.")
    click.echo("Make an account for yourself with: portal staff invite --role admin")
