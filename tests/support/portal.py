"""A portal in the middle of its work, with an example of everything in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.admission import Lane, Signal
from portal.domain.author_checks import AnsweredChange, CheckAnswer
from portal.domain.export_files import ExportProblem, ExportState
from portal.domain.languages import Locale
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.pushes import PushState
from portal.domain.receipt_code import derive_code
from portal.domain.recommendations import Advice
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import Stage
from portal.domain.take_downs import Recall
from portal.domain.targets import PostEditor, WantedStatus
from portal.extensions import current_portal, db
from portal.media.letter_count import LetterCount
from portal.media.preview import make_lead_picture
from portal.models import Call, Coverage, Draft, OutboxMail, RemoteCopy, Staff, Submission, TakeDown, Target
from portal.operations.coverages.comments import add_comment, resolve_comment
from portal.operations.coverages.draft_fields import fields_of
from portal.operations.coverages.drafts import publish, save_draft, send_for_approval, waive_approval
from portal.operations.coverages.export_files import ask_export
from portal.operations.coverages.front_page import (
    change_card,
    change_front_page,
    mark_front_page,
    read_front_page,
)
from portal.operations.coverages.pushes import ask_pushes
from portal.operations.coverages.tags import make_tag
from portal.operations.coverages.targets import TargetValues, close_target, make_target
from portal.operations.coverages.unsaved_edits import delete_unsaved, keep_unsaved
from portal.operations.desk.decisions import accept, ask, decline, invite, mark_duplicate, mark_spam
from portal.operations.desk.gists import set_gist
from portal.operations.desk.new_codes import ask_for_code
from portal.operations.desk.recommendations import recommend
from portal.operations.desk.saved_views import save_view
from portal.operations.desk.tags import change_tags
from portal.operations.desk.triage import add_note, assign, claim
from portal.operations.outbox import MOST_ATTEMPTS
from portal.operations.private.author_acts import approve, object_to, reply, withdraw
from portal.operations.private.messages import write_to_author, write_to_desk
from portal.operations.private.originals import Taken
from portal.operations.private.photos import describe_picture
from portal.operations.staff.accounts import invite_staff, issue_renewal_link
from portal.queries.staff import find_staff_by_email
from portal.story.changes import split_stretches
from portal.web.site.checked_changes import list_changes
from tests.support.author_acts import add_version
from tests.support.contributor import enter_code
from tests.support.desk_codes import LONG_AGO, give_code
from tests.support.factories import (
    STORY,
    add_nothing,
    make_call,
    make_form_key,
    make_sending,
    make_staff,
    make_submission,
)
from tests.support.passkeys import keep_passkey
from tests.support.photos import keep_document, keep_pages, keep_picture, keep_sent, make_picture
from tests.support.plain_browser import send_form
from tests.support.search import read_for_search
from tests.support.sender import remember_sending, save_pitch
from tests.support.staff import PASSWORD, enter, give_access, sign_in

WINDOW = timedelta(minutes=10)
PASSER_BY = ""
HALFWAY = "halfway in"
LATE = "signed in a while ago"
"""An admin who is to enter the password once more before what must not happen at an unattended desk."""
A_WHILE = 16 * 60
LONG_WORD = "Донаддунайськозахіднобережнополиця" * 2
TITLE = "Коли гасне світло"
REASON = "Call back"
EMAIL = "new@example.org"
NO_LINK = "0" * 64

_ANSWERS = ((CheckAnswer.ACCEPT, ""), (CheckAnswer.RESTORE, ""), (CheckAnswer.OBJECT, "Не «полиця»."))
"""What an author says to the first changes of a text."""

Change = Callable[[Submission], object]

SAID: dict[str, Mapping[str, str]] = {
    "en": {
        "thanks": "Thank you!",
        "city": "In which city?",
        "where": "Where was it?",
        "when": "When?",
        "waiting": "We look forward to it!",
        "read": "Please read it once more.",
        "note": "A good story.",
        "letter": "They agreed in a letter.",
    },
    "uk": {
        "thanks": "Дякуємо!",
        "city": "У якому місті?",
        "where": "Де це було?",
        "when": "Коли?",
        "waiting": "Чекаємо!",
        "read": "Перечитайте, будь ласка.",
        "note": "Гарна історія.",
        "letter": "Згода в листі.",
    },
    "zh-Hant-TW": {
        "thanks": "謝謝您！",
        "city": "在哪個城市？",
        "where": "在哪裡？",
        "when": "什麼時候？",
        "waiting": "期待您的故事！",
        "read": "請再讀一次。",
        "note": "很好的故事。",
        "letter": "作者在信中同意了。",
    },
}
"""What the desk writes, in the language that its people and the author's pages have in common."""
HAN = {
    "title": "停電的晚上",
    "story": "晚上六點，燈滅了。\n\n我們坐在黑暗裡，談起台灣。\n\n隔天早上我寫下了這些。",
    "byline_text": "王小明",
}
ARABIC = {
    "title": "حين ينطفئ الضوء",
    "story": "انطفأ الضوء في السادسة (18:00).\n\nجلسنا في الظلام نتحدث عن Taiwan.\n\nوفي الصباح كتبت هذا.",
    "byline_text": "ليلى",
}
LEAD_ALT = {
    "en": "A shelf of books in the light of a candle.",
    "uk": "Полиця з книжками при свічці.",
    "zh-Hant-TW": "燭光下的書架。",
}
"""What the picture at the head of the coverage's page shows."""

TRIAL: dict[str, Any] = {
    "account": {
        "id": 3,
        "name": "Portal",
        "may_file": True,
        "may_upload": True,
        "may_edit_others": False,
        "may_edit_published": True,
        "may_edit_others_published": False,
        "may_publish": True,
        "may_trash": True,
        "may_trash_published": True,
        "may_manage": False,
    },
    "categories": [[7, "Eastern Europe › Ukraine"], [8, "East Asia › Taiwan (ROC)"]],
}
"""What came out when a site was tried."""


@dataclass
class World:
    """What stands in the portal: receipt codes, submissions and drafts by what they are examples of."""

    app: Flask
    locale: Locale
    slug: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    form_keys: dict[str, str] = field(default_factory=dict)
    """Of people whose browser has the receipt open."""
    submissions: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    pushes: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    tag: str = ""
    view: str = ""

    def open_client(self, who: str) -> FlaskClient:
        """Return a client that is this person: signed in, or with the private page open."""
        client = self.app.test_client()
        if who in self.form_keys:
            with self.app.app_context(), transaction() as session:
                remember_sending(session, client, self.form_keys[who])
        elif who in self.codes:
            enter_code(client, self.codes[who])
        elif who in self.emails:
            sign_in(client, self.emails[who])
        elif who == HALFWAY:
            given = {"email": self.emails[Role.MODERATOR], "password": PASSWORD}
            send_form(client, "/account/sign-in", given)
        elif who == LATE:
            with self.app.app_context():
                admin = find_staff_by_email(db.session(), self.emails[Role.ADMIN])
                assert admin is not None
            enter(client, admin.fs_uniquifier, ago=A_WHILE)
        return client


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
        lost = Taken(LetterCount(unplaced=("примітка",)))
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


def build_world(app: Flask, locale: Locale, *, change_call: Callable[[Call], None] | None = None) -> World:
    """Fill an empty portal with an example of everything, decided a while ago; staff read `locale`."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC) - timedelta(minutes=1)
        call = make_call(session, at - timedelta(days=30))
        if change_call:
            change_call(call)
        world.slug = call.coverage.slug
        maker = Maker(session, world, at)
        maker.make_people()
        _make_submissions(maker, at)
        maker.make_draft("accepted")
        maker.make_draft("edited", maker.talk)
        maker.make_draft("with its author", maker.save, maker.send)
        maker.make_draft("objected", maker.save, maker.send, maker.object)
        maker.make_draft("waived", maker.save, maker.waive)
        maker.make_draft("approved", maker.save, maker.send, maker.agree)
        maker.make_draft("published", maker.save, maker.send, maker.agree, maker.publish)
        _make_front_page(maker, at)
        _make_targets(maker, at)
        _make_exports(maker, at)
        _give_up_mail(session, at)
        _give_codes(maker, at)
    read_for_search(app)
    return world


def _make_exports(maker: Maker, at: datetime) -> None:
    """Have two files of exports: one that can be fetched, and one that was not made."""
    session, editor = maker.session, maker.staff[Role.EDITOR]
    coverage = session.scalars(select(Coverage)).one()
    for name, state, problem in (
        ("ready", ExportState.READY, None),
        ("failed", ExportState.FAILED, ExportProblem.NOTHING),
    ):
        made = ask_export(
            session,
            coverage,
            by=editor,
            at=at,
            format_name="bundle",
            choice={"drafts": []},
            total=30,
            has_gaps=False,
        )
        made.state, made.problem, made.written, made.ended_at = state, problem, 28, at
        maker.world.exports[name] = made.public_id
    session.flush()


def _make_front_page(maker: Maker, at: datetime) -> None:
    """Let the coverage begin with a picture of its own, and a title break where an editor says."""
    session, editor = maker.session, maker.staff[Role.EDITOR]
    coverage = session.scalars(select(Coverage)).one()
    wanted = replace(read_front_page(coverage, None), alt=LEAD_ALT, credit="Олена К.")
    seen, picture = mark_front_page(coverage, None), make_lead_picture(make_picture())
    change_front_page(session, coverage, wanted, new=picture, by=editor, at=at, seen=seen)
    published, approved = maker.find_draft("published"), maker.find_draft("approved")
    change_card(session, published, approved, title_breaks=TITLE.replace(" ", "| ", 1), by=editor)


def _make_targets(maker: Maker, at: datetime) -> None:
    """Let stories be sent to two sites: one was tried, the other was not yet, and a third one is closed."""
    session, editor = maker.session, maker.staff[Role.EDITOR]
    coverage = session.scalars(select(Coverage)).one()
    for name in ("tried", "new", "closed"):
        values = TargetValues(
            lang="uk",
            name=f"Story {name}",
            address=f"https://192.0.2.1/{name}",
            markup=PostEditor.BLOCKS,
            wanted_status=WantedStatus.DRAFT,
            account="portal",
            password="abcd efgh ijkl",  # of nobody
            author_name="Desk",
        )
        target = make_target(session, coverage, values, by=editor, at=at)
        maker.world.targets[name] = target.public_id
        if name == "tried":
            target.tried_at, target.trial = at, TRIAL
            target.categories = {"ukraine": {"id": 7, "name": "Eastern Europe › Ukraine"}}
        session.flush()
    close_target(session, target, by=editor, at=at, seen=target.version)
    _send_stories(maker, at)


def _send_stories(maker: Maker, at: datetime) -> None:
    """Let three stories be sent: one waits for a site that is down, one is there, one was changed there."""
    session, editor = maker.session, maker.staff[Role.EDITOR]
    named = select(Target).where(Target.public_id == maker.world.targets["tried"])
    target = session.scalars(named).one()
    drafts = {name: maker.find_draft(name) for name in ("approved", "published", "waived")}
    asked = [draft.submission_id for draft in drafts.values()]
    waits, stands, changed = ask_pushes(session, target, asked, by=editor, at=at)
    waits.problem, waits.attempts, waits.run_at = "down", 1, at + WINDOW
    stands.state, stands.detail = PushState.DONE, {"dropped": ["dek dropped", "content changed"]}
    changed.state, changed.problem = PushState.ASKING, "edited_there"
    changed.theirs = {
        "remote_id": len("waived"),
        "modified": "2026-03-15T10:00:00",
        "fingerprint": "2" * 64,
        "title": "Інша назва",
        "excerpt": "",
        "content": "<p>Інший текст.</p>",
    }
    for name, status in (("published", RemoteStatus.PUBLISHED), ("waived", RemoteStatus.DRAFT)):
        draft = drafts[name]
        copy = RemoteCopy(submission_id=draft.submission_id, target_id=target.id, key="story", sent_at=at)
        copy.remote_id, copy.status, copy.revision = len(name), status, draft.revision
        copy.url, copy.edit_url = "https://example.org/uk/polytsia", f"{target.address}/wp-admin/post.php"
        session.add(copy)
    maker.world.pushes = {"changed": changed.public_id}
    _call_back(maker, target, at)


def _call_back(maker: Maker, target: Target, at: datetime) -> None:
    """Let a withdrawn story still stand on a site, and a photo that was refused after it was published."""
    named = select(Submission).filter_by(public_id=maker.world.submissions["withdrawn"])
    withdrawn = maker.session.scalars(named).one()
    copy = RemoteCopy(submission_id=withdrawn.id, target_id=target.id, key="story", remote_id=1, sent_at=at)
    copy.status, copy.edit_url = RemoteStatus.DRAFT, f"{target.address}/wp-admin/post.php"
    maker.session.add(copy)
    maker.session.flush()
    task = TakeDown(
        submission_id=withdrawn.id, reason=Recall.WITHDRAWN, lang="uk", copy_id=copy.id, revision=1
    )
    published = maker.session.scalars(select(RemoteCopy).filter_by(status=RemoteStatus.PUBLISHED)).one()
    refused = TakeDown(
        submission_id=published.submission_id,
        reason=Recall.PHOTO,
        lang="uk",
        url=published.url,
        copy_id=published.id,
        revision=published.revision,
    )
    for one in (task, refused):
        one.exported_at = one.opened_at = at
    maker.session.add_all([task, refused])


def _give_codes(maker: Maker, at: datetime) -> None:
    """Let the desk be asked for new codes: one waits for a second person, one to be used, one is in use."""
    maker.add_submission("code asked for", Stage.PITCH, maker.ask_for_code)
    maker.give_code(maker.add_submission("code given", Stage.PITCH), at)
    found = maker.add_submission("code found", Stage.PITCH)
    maker.world.codes["code found"] = maker.give_code(found, at - LONG_AGO)


def _give_up_mail(session: Session, at: datetime) -> None:
    """Let two mails fail for good: one at a server, one with its worker."""
    errors = ("SMTPRecipientsRefused 550", "abandoned")
    for mail, error in zip(session.scalars(select(OutboxMail).limit(len(errors))), errors, strict=True):
        mail.attempts, mail.failed_at, mail.last_error = MOST_ATTEMPTS, at, error


def _make_submissions(maker: Maker, at: datetime) -> None:
    decide, say = maker.decide, maker.say
    maker.add_submission("code lost", Stage.PITCH)
    del maker.world.codes["code lost"]  # the desk issues another one during the walk
    for who, make in (
        ("just sent", make_submission),
        ("just saved", save_pitch),
        ("saved in vain", save_pitch),
    ):
        maker.world.form_keys[who] = make_form_key()
        make(maker.session, at, form_key=maker.world.form_keys[who])
    original = maker.add_submission("received", Stage.PITCH, idea=f"{LONG_WORD}. Це було в Харкові.")
    maker.add_submission("worked on", Stage.PITCH, maker.work_on, risk="yes", risk_text="Не друкуйте адреси.")
    maker.add_submission("answered", Stage.PITCH, maker.answer)
    maker.add_submission("asked", Stage.PITCH, decide(ask, Role.MODERATOR, body=say("city")))
    maker.add_submission(
        "undoable", Stage.PITCH, decide(ask, Role.MODERATOR, body=say("when"), window=WINDOW)
    )
    maker.add_submission("invited", Stage.PITCH, decide(invite, due=at + WINDOW * 2000, body=say("waiting")))
    maker.add_submission("story received", Stage.STORY, maker.photograph, title=TITLE)
    maker.add_submission("declined", Stage.PITCH, decide(decline, reason="other", body=say("thanks")))
    maker.add_submission("to be erased", Stage.PITCH)
    maker.add_submission("new words", Stage.STORY, maker.age_consents, title=TITLE)
    maker.add_submission("written again", Stage.STORY, maker.write_again, title=TITLE)
    maker.add_submission("in Chinese", Stage.STORY, None, lang="zh-Hant-TW", **HAN)
    maker.add_submission("in Arabic", Stage.STORY, None, lang="ar", **ARABIC)
    maker.add_submission("unverified", Stage.PITCH, maker.doubt)
    maker.add_submission("spam", Stage.PITCH, decide(mark_spam, Role.MODERATOR))
    maker.add_submission("duplicate", Stage.PITCH, decide(mark_duplicate, original=original))
    maker.add_submission(
        "withdrawn", Stage.STORY, lambda submission: withdraw(maker.session, submission, at=at), title=TITLE
    )
