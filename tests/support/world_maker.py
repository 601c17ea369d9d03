"""The maker of examples: each person, text and draft of a filled portal by the real operations."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.admission import Lane, Signal
from portal.domain.author_checks import AnsweredChange, CheckAnswer
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.receipt_code import derive_code
from portal.domain.recommendations import Advice
from portal.domain.states import Stage
from portal.extensions import current_portal
from portal.media.letter_count import LetterCount
from portal.models import Draft, Staff, Submission
from portal.operations.coverages.comments import add_comment, resolve_comment
from portal.operations.coverages.draft_fields import fields_of
from portal.operations.coverages.drafts import publish, save_draft, send_for_approval, waive_approval
from portal.operations.coverages.tags import make_tag
from portal.operations.coverages.unsaved_edits import delete_unsaved, keep_unsaved
from portal.operations.desk.decisions import accept, ask
from portal.operations.desk.desk_codes import ask_for_code
from portal.operations.desk.gists import set_gist
from portal.operations.desk.recommendations import recommend
from portal.operations.desk.saved_views import save_view
from portal.operations.desk.tags import change_tags
from portal.operations.desk.triage import add_note, assign, claim
from portal.operations.private.author_acts import approve, object_to, reply
from portal.operations.private.messages import write_to_author, write_to_desk
from portal.operations.private.originals import TakenContent
from portal.operations.private.photos import describe_picture
from portal.operations.staff.accounts import invite_staff, issue_renewal_link
from portal.story.changes import split_stretches
from portal.web.site.checked_changes import list_changes
from tests.support.author_acts import add_version
from tests.support.desk_codes import give_code
from tests.support.factories import (
    STORY,
    add_nothing,
    make_form_key,
    make_sending,
    make_staff,
    make_submission,
)
from tests.support.passkeys import keep_passkey
from tests.support.photos import keep_document, keep_pages, keep_picture, keep_sent
from tests.support.staff import give_access
from tests.support.world import World
from tests.support.world_words import EMAIL, LONG_WORD, REASON, SAID, TITLE

WINDOW = timedelta(minutes=10)

_ANSWERS = ((CheckAnswer.ACCEPT, ""), (CheckAnswer.RESTORE, ""), (CheckAnswer.OBJECT, "Не «полиця»."))
"""What an author says to the first changes of a text."""

Change = Callable[[Submission], object]


class Maker:
    """Makes the examples of a world, each by the real operations."""

    def __init__(self, session: Session, world: World, at: datetime) -> None:
        self.session, self.world, self.at = session, world, at
        self.staff: dict[Role, Staff] = {}

    def make_people(self) -> None:
        for role in Role:
            staff = make_staff(self.session, role, name=f"Story {role.value}")
            staff.locale = self.world.locale.tag
            staff.reads_identity = role is Role.EDITOR
            give_access(staff)
            keep_passkey(self.session, staff, at=self.at)
            self.staff[role] = staff
            self.world.emails[role] = staff.email
            self.world.people[role] = staff.public_id
        admin = self.staff[Role.ADMIN]
        self.world.tokens = {
            "new": invite_staff(self.session, role=Role.EDITOR, by=admin, at=self.at),
            "known": invite_staff(self.session, role=Role.MODERATOR, by=admin, at=self.at, email=EMAIL),
            "back": issue_renewal_link(self.session, self.staff[Role.EDITOR], by=admin, at=self.at),
        }

    def say(self, name: str) -> str:
        """Return what the desk says, in the language of the world."""
        return SAID[self.world.locale.tag][name]

    def add_submission(
        self, name: str, stage: Stage, change: Change | None = None, *, lang: str = "uk", **answers: str
    ) -> Submission:
        form_key = make_form_key()
        sending = make_sending(stage, lang=lang, **answers)
        submission = make_submission(
            self.session,
            self.at,
            stage,
            locale=self.world.locale.tag,
            form_key=form_key,
            sending=sending,
        )
        self.session.flush()
        if change:
            change(submission)
            self.session.flush()
        self.world.codes[name] = derive_code(current_portal().instance.receipt_secret, form_key)
        self.world.submissions[name] = submission.public_id
        return submission

    def age_consents(self, submission: Submission) -> None:
        """Let the words that were agreed to be older ones."""
        for consent in submission.consents:
            consent.text_version -= 1

    def decide(self, act: Callable[..., Any], role: Role = Role.EDITOR, **more: Any) -> Change:
        def change(submission: Submission) -> None:
            act(self.session, submission, by=self.staff[role], at=self.at, seen=submission.version, **more)

        return change

    def make_draft(self, name: str, *changes: Callable[[Draft], object]) -> None:
        def change(submission: Submission) -> None:
            draft = accept(
                self.session,
                submission,
                by=self.staff[Role.EDITOR],
                at=self.at,
                seen=submission.version,
                body=self.say("thanks"),
            )
            self.session.flush()
            if name != "accepted":
                add_nothing(self.session, submission, self.at)
            for one in changes:
                one(draft)
                self.session.flush()
            self.world.drafts[name] = draft.public_id

        self.add_submission(name, Stage.STORY, change, title=TITLE)

    def find_draft(self, name: str) -> Draft:
        return self.session.scalars(select(Draft).filter_by(public_id=self.world.drafts[name])).one()

    def save(self, draft: Draft) -> None:
        values = {
            "title": TITLE,
            "dek": "Дві полиці",
            "excerpt": "Одна звичка на два міста.",
            "body": f"## Полиця\n\nСвітло **зникло** о шостій.[^1]\n\n{LONG_WORD}\n\n[^1]: Примітка.",
            "content_warning": "Обстріли",
            "topics": ["ukraine"],
        }
        save_draft(self.session, draft, values, by=self.staff[Role.EDITOR], at=self.at, seen=draft.version)

    def talk(self, draft: Draft) -> None:
        """Save it, have colleagues comment on it, and leave an unsaved state that was thrown away."""
        self.save(draft)
        by, paragraph = self.staff[Role.EDITOR], split_stretches(draft.body)[0]
        said: dict[str, Any] = {"by": by, "at": self.at, "words": self.say("read")}
        begun = add_comment(self.session, draft, paragraph=paragraph, **said)
        add_comment(self.session, draft, answers=begun, **said)
        resolve_comment(add_comment(self.session, draft, **said), by=by, at=self.at)
        typed = {**fields_of(draft), "title": "Недописана назва"}
        keep_unsaved(self.session, draft, typed, by=by, at=self.at, revision=draft.revision, known=0)
        delete_unsaved(self.session, draft, by=by, at=self.at, known=None)

    def send(self, draft: Draft) -> None:
        send_for_approval(
            self.session,
            draft,
            by=self.staff[Role.EDITOR],
            at=self.at,
            seen=draft.submission.version,
            answer_by=(self.at + WINDOW * 2000).date(),
            message=self.say("read"),
        )

    def agree(self, draft: Draft) -> None:
        approve(self.session, draft.submission, revision=draft.revision, at=self.at)

    def object(self, draft: Draft) -> None:
        object_to(
            self.session,
            draft.submission,
            revision=draft.revision,
            body="Не «полиця».",
            answers=[
                AnsweredChange(one.key, one.place, one.number, answer, words)
                for one, (answer, words) in zip(
                    list_changes(draft, draft.revision, draft.submission.latest), _ANSWERS, strict=False
                )
            ],
            at=self.at,
        )

    def waive(self, draft: Draft) -> None:
        waive_approval(
            self.session,
            draft,
            by=self.staff[Role.EDITOR],
            at=self.at,
            seen=draft.submission.version,
            reason=self.say("letter"),
        )

    def publish(self, draft: Draft) -> None:
        publish(
            self.session,
            draft,
            {"uk": "https://example.org/uk/polytsia"},
            by=self.staff[Role.EDITOR],
            at=self.at,
            seen=draft.submission.version,
        )

    def work_on(self, submission: Submission) -> None:
        """Leave the traces of colleagues."""
        moderator = self.staff[Role.MODERATOR]
        claim(self.session, submission, by=moderator, at=self.at)
        keys = current_portal().instance.keys
        add_note(self.session, submission, by=moderator, at=self.at, body=self.say("note"), keys=keys)
        self.session.flush()
        assign(
            self.session,
            submission,
            by=moderator,
            to=self.staff[Role.EDITOR],
            seen=submission.version,
            at=self.at,
        )
        self.session.flush()
        set_gist(
            self.session,
            submission,
            by=moderator,
            body="A shelf.",
            lang="en",
            seen=submission.version,
            at=self.at,
        )
        self.session.flush()
        self.sort(submission)
        recommend(
            self.session,
            submission,
            by=moderator,
            at=self.at,
            seen=submission.version,
            advice=Advice.ASK,
            reason=self.say("note"),
            keys=keys,
        )

    def sort(self, submission: Submission) -> None:
        """Put one of two tags on it."""
        editor, coverage = self.staff[Role.EDITOR], submission.call.coverage
        made = [
            make_tag(self.session, coverage, name=name, by=editor, at=self.at) for name in ("2022", "2014")
        ]
        change_tags(self.session, [submission], by=editor, at=self.at, on=made[:1])
        self.world.tag = made[0].public_id
        saved = {"view": "open", "tag": made[1].public_id, "back": "1"}
        save_view(self.session, by=editor, name="2022", arguments=saved, shared_with=coverage)
        own = save_view(self.session, by=self.staff[Role.MODERATOR], name="2014", arguments=saved)
        self.world.view = own.public_id

    def photograph(self, submission: Submission) -> None:
        """Add a photo with its words and one without, a document of words and one of pages."""
        described = keep_picture(self.session, submission, at=self.at)
        keep_picture(self.session, submission, at=self.at, colour="navy")
        describe_picture(
            self.session,
            submission,
            described,
            PictureWords("Полиця з книжками", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN),
            at=self.at,
        )
        document = keep_document(self.session, submission, at=self.at)
        self.world.files["document"] = document.public_id
        lost = TakenContent(LetterCount(unplaced=("примітка",)))
        keep_sent(self.session, submission, at=self.at, name="Лист.docx", taken=lost, document=document)
        keep_pages(self.session, submission, at=self.at)

    def answer(self, submission: Submission) -> None:
        self.decide(ask, body=self.say("where"))(submission)
        self.session.flush()
        reply(self.session, submission, body="У Харкові.", at=self.at)

    def write_again(self, submission: Submission) -> None:
        """Send another version and a message with a photo; the desk has written, and can take it back."""
        sending = make_sending(Stage.STORY, story=f"{STORY} {LONG_WORD}", address="")
        add_version(self.session, submission, sending, at=self.at)
        write_to_author(
            self.session,
            submission,
            by=self.staff[Role.MODERATOR],
            body=self.say("thanks"),
            lang=self.world.locale.tag,
            at=self.at,
            seen=submission.version,
            window=WINDOW,
        )
        message = write_to_desk(self.session, submission, body="Я згадала ще щось.", at=self.at)
        keep_picture(self.session, submission, at=self.at).message_id = message.id

    def ask_for_code(self, submission: Submission) -> None:
        ask_for_code(self.session, submission, by=self.staff[Role.MODERATOR], reason=REASON, at=self.at)

    def give_code(self, submission: Submission, at: datetime) -> str:
        """Give out a code that waits since then; return it."""
        return give_code(
            self.session,
            submission,
            at=at,
            people=(self.staff[Role.MODERATOR], self.staff[Role.EDITOR]),
            reason=REASON,
        )

    def doubt(self, submission: Submission) -> None:
        submission.lane, submission.signals = Lane.UNVERIFIED, [signal.value for signal in Signal]
