"""Things to test with, each made by the real operation a person would cause."""

import secrets
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.data import content
from portal.domain.answers import EnteredAnswers, GivenConsent, SubmittedAnswers
from portal.domain.permissions import ReadingLevel, Role
from portal.domain.questions import AskedWhen
from portal.domain.receipt_code import issue_form_key
from portal.domain.states import Stage
from portal.extensions import current_portal
from portal.models import Call, Coverage, Draft, Note, Staff, StaffLanguage, Submission, UnsentVersion
from portal.models.base import new_public_id
from portal.operations.contribute.change import answer_after
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.contribute.unsent import seal_typed
from portal.operations.desk.decisions import accept
from portal.operations.desk.triage import read_note
from portal.operations.first_coverage import open_first_coverage

IDEA = "Моя бабуся в Харкові ховала книжки від обстрілів. У Тайбеї я побачила таку саму полицю."
STORY = "Світло зникло о шостій.\n\nМи сиділи в темряві й говорили про Тайвань.\n\nУранці я написала це."
ADDRESS = "olena@example.org"
CONSENTS = {"c_lic": "Текст вийде за ліцензією CC BY 3.0 (https://creativecommons.org/licenses/by/3.0/)."}
VERSIONS: dict[str, int] = {row["key"]: row["version"] for row in content.consents()}
SHUT = b"\x02lost" + bytes(28)
"""An envelope whose key nobody has."""

STORY_ANSWERS: dict[str, str] = {
    "lang": "uk",
    "story": STORY,
    "whose": "mine",
    "before": "no",
    "tools": "no",
    "byline": "none",
    "others": "no_one",
    "risk": "no",
    "may": "after_approval",
    "reply": "private_page",
    "c_use": "y",
    "c_age": "y",
    "c_own": "y",
    "c_lic": "y",
}
"""The form of a story, filled in as briefly as it can be."""

PITCH_ANSWERS: dict[str, str] = {
    "lang": "en",
    "idea": "A shelf of books in Kharkiv, and the same one in Taipei.",
    "link": "A shelf.",
    "you": "She was my grandmother.",
    "before": "no",
    "byline": "none",
    "risk": "no",
    "reply": "private_page",
    "c_use": "y",
    "c_age": "y",
}
"""The form of a pitch in English, filled in as briefly as it can be."""


def make_call(session: Session, at: datetime) -> Call:
    """Return the call of the first coverage, opened if there is none."""
    found: Call | None = session.scalar(select(Call))
    if found is not None:
        return found
    opened = open_first_coverage(session, content.first_coverage(), at=at)
    assert opened is not None
    call: Call = opened.calls[0]
    return call


def make_staff(
    session: Session,
    role: Role,
    *,
    name: str = "",
    languages: tuple[str, ...] = ("uk", "zh-Hant-TW", "en"),
    member: bool = True,
) -> Staff:
    """Return an account for every coverage, without a password (tests/support/staff.py signs in)."""
    called = name or f"{role.value.title()} {secrets.token_hex(3)}"
    staff = Staff(name=called, role=role, email=f"{secrets.token_hex(6)}@example.org")
    staff.languages = [StaffLanguage(tag=tag, reading=ReadingLevel.READS) for tag in languages]
    if member:
        staff.coverages = list(session.scalars(select(Coverage)))
    session.add(staff)
    session.flush()
    return staff


def make_form_key(at: datetime | None = None) -> str:
    """Return a form key as the server issues them; `at` is when the form was opened, now unless told."""
    return issue_form_key(current_portal().instance.receipt_secret, at=at or datetime.now(UTC))


def make_sending(
    stage: Stage = Stage.PITCH, *, lang: str = "uk", address: str = ADDRESS, **answers: str | list[str]
) -> SubmittedAnswers:
    """Return a valid pitch or story; keyword arguments replace or add answers."""
    shared: dict[str, str] = {"byline": "pen", "byline_text": "Олена К.", "risk": "no", "before": "no"}
    own = {"idea": IDEA, "link": "Полиця з книжками.", "you": "Це моя бабуся."}
    if stage is Stage.STORY:
        own = {
            "title": "Коли гасне світло",
            "story": STORY,
            "whose": "mine",
            "others": "no_one",
            "tools": "no",
            "may": "after_approval",
        }
    keys = ("c_use", "c_age", "c_own", "c_lic") if stage is Stage.STORY else ("c_use", "c_age")
    return SubmittedAnswers(
        stage=stage,
        lang=lang,
        answers={"lang": lang, **shared, **own, **answers},
        sealed={"reply": "email", "reply_text": address} if address else {"reply": "private_page"},
        consents=tuple(
            GivenConsent(key, VERSIONS[key], CONSENTS.get(key, f"text of {key}"), "uk") for key in keys
        ),
    )


def make_submission(
    session: Session,
    at: datetime,
    stage: Stage = Stage.PITCH,
    *,
    locale: str = "uk",
    form_key: str = "",
    sending: SubmittedAnswers | None = None,
) -> Submission:
    """Return a pitch or story that has just been submitted."""
    portal = current_portal()
    submission, _ = submit(
        session,
        make_call(session, at),
        sending or make_sending(stage),
        FormSecrets(portal.instance.keys, portal.instance.receipt_secret, form_key or make_form_key()),
        at=at,
        locale=locale,
    )
    return submission


def add_nothing(session: Session, submission: Submission, at: datetime) -> None:
    """Have the author say that there is nothing to add after the receipt."""
    portal = current_portal()
    nothing = SubmittedAnswers(submission.stage, submission.lang, {}, asked=frozenset(), when=AskedWhen.AFTER)
    secrets_ = FormSecrets(portal.instance.keys, portal.instance.receipt_secret, make_form_key())
    answer_after(session, submission, nothing, secrets_, at=at)


def make_unsent(
    session: Session, submission: Submission, at: datetime, stage: Stage = Stage.PITCH, **answers: str
) -> UnsentVersion:
    """Return an unsent version of a text with these answers in it."""
    typed = EnteredAnswers(stage, "uk", answers, sealed={}, has_words=True)
    public_id = new_public_id()
    sealed = seal_typed(typed, current_portal().instance.keys, public_id)
    row = UnsentVersion(
        public_id=public_id, submission_id=submission.id, stage=stage, lang="uk", sealed=sealed, saved_at=at
    )
    session.add(row)
    session.flush()
    return row


def make_draft(
    session: Session, at: datetime, *, by: Staff, sending: SubmittedAnswers | None = None
) -> Draft:
    """Return the draft of a story that was just accepted, whose author has nothing to add."""
    submission = make_submission(session, at, Stage.STORY, sending=sending)
    add_nothing(session, submission, at)
    draft = accept(session, submission, by=by, at=at, seen=submission.version)
    session.flush()
    return draft


def read_notes(session: Session) -> list[str]:
    """Return the words of colleagues' notes, oldest first."""
    keys = current_portal().instance.keys
    return [read_note(note, keys) for note in session.scalars(select(Note).order_by(Note.id))]
