"""A portal in the middle of its work, and every page of it with who opens it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.languages import Locale
from portal.domain.permissions import Role
from portal.domain.pictures import PeopleAnswer
from portal.domain.receipt import derive_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal
from portal.models import Call, Draft, Staff, Submission
from portal.operations.answering import approve, object_to, reply, withdraw
from portal.operations.deciding import accept, ask, decline, invite, mark_duplicate, mark_spam
from portal.operations.editing import publish, save_draft, send_for_approval, waive_approval
from portal.operations.picturing import describe_picture
from portal.operations.staffing import invite as invite_staff
from portal.operations.staffing import invite_back
from portal.operations.triaging import add_note, assign, claim, set_gist
from portal.queries.queue import View
from tests.factories import make_call, make_form_key, make_sending, make_staff, make_submission
from tests.photographs import keep_picture
from tests.staff import PASSWORD, sign_in
from tests.walk import send_form

WINDOW = timedelta(minutes=10)
PASSER_BY = ""
HALFWAY = "halfway in"
LONG_WORD = "Донаддунайськозахіднобережнополиця" * 2
TITLE = "Коли гасне світло"
REASON = "Call back"
EMAIL = "new@example.org"

Change = Callable[[Submission], object]


@dataclass(frozen=True)
class Visit:
    """A page and who opens it.

    With `form`, which says how the address of a form ends, that form is sent as it stands but for `values`.
    """

    who: str
    path: str
    form: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """What stands in the portal: receipt codes, submissions and drafts by what they are examples of."""

    app: Flask
    locale: Locale
    slug: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def open_client(self, who: str) -> FlaskClient:
        """Return a client that is this person: signed in, or with the private page open."""
        client = self.app.test_client()
        if who in self.codes:
            send_form(client, f"/{self.locale.url}/my", {"code": self.codes[who]})
        elif who in self.emails:
            sign_in(client, self.emails[who])
        elif who == HALFWAY:
            given = {"email": self.emails[Role.MODERATOR], "password": PASSWORD}
            send_form(client, "/account/sign-in", given)
        return client


class _Maker:
    """Makes the examples of a world, each by the real operations."""

    def __init__(self, session: Session, world: World, at: datetime) -> None:
        self.session, self.world, self.at = session, world, at
        self.staff: dict[Role, Staff] = {}

    def make_people(self) -> None:
        for role in Role:
            staff = make_staff(self.session, role, name=f"Story {role.value}")
            staff.locale = self.world.locale.tag
            staff.reads_identity = role is Role.EDITOR
            self.staff[role] = staff
            self.world.emails[role] = staff.email
            self.world.people[role] = staff.public_id
        admin = self.staff[Role.ADMIN]
        self.world.tokens = {
            "new": invite_staff(self.session, role=Role.EDITOR, by=admin, at=self.at),
            "known": invite_staff(self.session, role=Role.MODERATOR, by=admin, at=self.at, email=EMAIL),
            "back": invite_back(self.session, self.staff[Role.EDITOR], by=admin, at=self.at),
        }

    def make_piece(self, name: str, stage: Stage, change: Change | None = None, **answers: str) -> Submission:
        form_key = make_form_key()
        sending = make_sending(stage, lang="uk", **answers)
        piece = make_submission(
            self.session,
            self.at,
            stage,
            locale=self.world.locale.tag,
            form_key=form_key,
            sending=sending,
        )
        self.session.flush()
        if change:
            change(piece)
            self.session.flush()
        self.world.codes[name] = derive_code(current_portal().instance.receipt_secret, form_key)
        self.world.pieces[name] = piece.public_id
        return piece

    def decide(self, act: Callable[..., Any], role: Role = Role.EDITOR, **more: Any) -> Change:
        def change(piece: Submission) -> None:
            act(self.session, piece, by=self.staff[role], at=self.at, seen=piece.version, **more)

        return change

    def make_draft(self, name: str, *changes: Callable[[Draft], object]) -> None:
        def change(piece: Submission) -> None:
            draft = accept(
                self.session,
                piece,
                by=self.staff[Role.EDITOR],
                at=self.at,
                seen=piece.version,
                body="Дякуємо!",
            )
            self.session.flush()
            for one in changes:
                one(draft)
                self.session.flush()
            self.world.drafts[name] = draft.public_id

        self.make_piece(name, Stage.STORY, change, title=TITLE)

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

    def send(self, draft: Draft) -> None:
        send_for_approval(
            self.session,
            draft,
            by=self.staff[Role.EDITOR],
            at=self.at,
            seen=draft.submission.version,
            answer_by=(self.at + WINDOW * 2000).date(),
            message="Перечитайте, будь ласка.",
        )

    def agree(self, draft: Draft) -> None:
        approve(self.session, draft.submission, revision=draft.revision, at=self.at)

    def object(self, draft: Draft) -> None:
        object_to(
            self.session,
            draft.submission,
            revision=draft.revision,
            body="Не «полиця».",
            paragraphs=[1],
            at=self.at,
        )

    def waive(self, draft: Draft) -> None:
        waive_approval(
            self.session,
            draft,
            by=self.staff[Role.EDITOR],
            at=self.at,
            seen=draft.submission.version,
            reason="Згода в листі.",
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

    def work_on(self, piece: Submission) -> None:
        """Leave the traces of colleagues."""
        moderator = self.staff[Role.MODERATOR]
        claim(self.session, piece, by=moderator, at=self.at)
        add_note(self.session, piece, by=moderator, at=self.at, body="Гарна історія.")
        self.session.flush()
        assign(self.session, piece, by=moderator, to=self.staff[Role.EDITOR], seen=piece.version)
        self.session.flush()
        set_gist(self.session, piece, by=moderator, body="A shelf.", lang="en", seen=piece.version)

    def photograph(self, piece: Submission) -> None:
        """Add a photo with its words and one without."""
        described = keep_picture(self.session, piece, at=self.at)
        keep_picture(self.session, piece, at=self.at, colour="navy")
        describe_picture(
            self.session,
            piece,
            described,
            description="Полиця з книжками",
            credit="Олена К.",
            people=PeopleAnswer.NOBODY,
            at=self.at,
        )

    def answer(self, piece: Submission) -> None:
        self.decide(ask, body="Де це було?")(piece)
        self.session.flush()
        reply(self.session, piece, body="У Харкові.", at=self.at)


def build_world(app: Flask, locale: Locale, *, change_call: Callable[[Call], None] | None = None) -> World:
    """Fill an empty portal with an example of everything, decided a while ago; staff read `locale`."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC) - timedelta(minutes=1)
        call = make_call(session, at - timedelta(days=30))
        if change_call:
            change_call(call)
        world.slug = call.coverage.slug
        maker = _Maker(session, world, at)
        maker.make_people()
        _make_pieces(maker, at)
        maker.make_draft("accepted")
        maker.make_draft("edited", maker.save)
        maker.make_draft("with its author", maker.save, maker.send)
        maker.make_draft("objected", maker.save, maker.send, maker.object)
        maker.make_draft("waived", maker.save, maker.waive)
        maker.make_draft("approved", maker.save, maker.send, maker.agree)
        maker.make_draft("published", maker.save, maker.send, maker.agree, maker.publish)
    return world


def _make_pieces(maker: _Maker, at: datetime) -> None:
    decide = maker.decide
    original = maker.make_piece("received", Stage.PITCH, idea=f"{LONG_WORD}. Це було в Харкові.")
    maker.make_piece("worked on", Stage.PITCH, maker.work_on, risk="yes", risk_text="Не друкуйте адреси.")
    maker.make_piece("answered", Stage.PITCH, maker.answer)
    maker.make_piece("asked", Stage.PITCH, decide(ask, Role.MODERATOR, body="У якому місті?"))
    maker.make_piece("undoable", Stage.PITCH, decide(ask, Role.MODERATOR, body="Коли?", window=WINDOW))
    maker.make_piece("invited", Stage.PITCH, decide(invite, due=at + WINDOW * 2000, body="Чекаємо!"))
    maker.make_piece("story received", Stage.STORY, maker.photograph, title=TITLE)
    maker.make_piece("declined", Stage.PITCH, decide(decline, reason="other", body="Дякуємо."))
    maker.make_piece("to be erased", Stage.PITCH)
    maker.make_piece("spam", Stage.PITCH, decide(mark_spam, Role.MODERATOR))
    maker.make_piece("duplicate", Stage.PITCH, decide(mark_duplicate, original=original))
    maker.make_piece(
        "withdrawn", Stage.STORY, lambda piece: withdraw(maker.session, piece, at=at), title=TITLE
    )


def public_pages(world: World) -> list[Visit]:
    """Return the pages everybody can open, in the language of the world."""
    home = f"/{world.locale.url}"
    coverage = f"{home}/{world.slug}"
    return [
        Visit(PASSER_BY, "/"),
        Visit(PASSER_BY, f"{home}/"),
        Visit(PASSER_BY, f"{coverage}/"),
        Visit(PASSER_BY, f"{coverage}/pitch"),
        Visit(PASSER_BY, f"{coverage}/story"),
        Visit(PASSER_BY, f"{coverage}/pitch", form="/pitch", values={"idea": " "}),
        Visit(PASSER_BY, f"{coverage}/story", form="/story", values={"story": " "}),
        Visit(PASSER_BY, f"{home}/safety"),
        Visit(PASSER_BY, f"{home}/help"),
        Visit(PASSER_BY, f"{home}/my"),
        Visit(PASSER_BY, f"{home}/my", form="/my", values={"code": "1234"}),
        Visit(PASSER_BY, f"{home}/nowhere/to/go"),
    ]


def private_pages(world: World) -> list[Visit]:
    """Return the private page in every state, with the pages behind it."""
    my = f"/{world.locale.url}/my"
    return [
        *(Visit(who, my) for who in world.codes),
        Visit("received", f"{my}/receipt"),
        Visit("received", f"{my}/withdraw"),
        Visit("published", f"{my}/erase"),
        Visit("to be erased", f"{my}/erase", form="/erase"),
        Visit("asked", my, form="/reply", values={"body": " "}),
        Visit("invited", f"{my}/story"),
        Visit("story received", f"{my}/photos"),
        Visit("story received", f"{my}/photos", form="/photos"),
        Visit("declined", f"{my}/photos"),
        Visit("with its author", f"{my}/check"),
        Visit("with its author", f"{my}/check", form="/check", values={"objections": " "}),
    ]


def desk_pages(world: World) -> list[Visit]:
    """Return the queue and the submissions."""
    submission = "/desk/submission/"
    undoable = world.pieces["undoable"]
    return [
        *(Visit(Role.MODERATOR, f"/desk/?view={view.value}") for view in View),
        Visit(Role.EDITOR, "/desk/?q=nothing+like+it"),
        Visit(Role.MODERATOR, f"/desk/?done={undoable}"),
        *(Visit(Role.EDITOR, f"{submission}{public_id}") for public_id in world.pieces.values()),
        Visit(Role.MODERATOR, f"{submission}{world.pieces['worked on']}"),
        Visit(Role.MODERATOR, f"{submission}{undoable}"),
        Visit(Role.EDITOR, f"{submission}{world.pieces['received']}?reason=other"),
        Visit(Role.EDITOR, f"{submission}{world.pieces['received']}?find=полиця"),
        Visit(Role.EDITOR, f"{submission}{world.pieces['received']}", form="/decline"),
        Visit(Role.MODERATOR, f"{submission}{world.pieces['received']}", form="/ask"),
        Visit(Role.EDITOR, f"{submission}{world.pieces['worked on']}", "/identity", {"reason": REASON}),
        Visit(Role.EDITOR, f"{submission}{world.pieces['worked on']}", "/identity", {"reason": " "}),
        Visit(Role.MODERATOR, "/desk/settings/"),
    ]


def coverage_pages(world: World) -> list[Visit]:
    """Return the coverage with its drafts, their saves and the export."""
    coverage = f"/desk/coverages/{world.slug}"
    draft = "/desk/coverages/draft/"
    ready, edited = world.drafts["approved"], world.drafts["edited"]
    return [
        Visit(Role.MODERATOR, "/desk/coverages/"),
        Visit(Role.EDITOR, coverage),
        *(
            Visit(Role.EDITOR, f"{coverage}?state={state.value}")
            for state in (State.APPROVED, State.DECLINED)
        ),
        *(Visit(Role.EDITOR, f"{draft}{public_id}") for public_id in world.drafts.values()),
        Visit(
            Role.EDITOR,
            f"{draft}{world.drafts['edited']}",
            form=world.drafts["edited"],
            values={"title": " "},
        ),
        Visit(Role.EDITOR, f"{draft}{world.drafts['edited']}", form="/waive"),
        Visit(Role.EDITOR, f"{draft}{ready}/revisions"),
        Visit(Role.EDITOR, f"{draft}{ready}/revisions?new=2"),
        Visit(Role.EDITOR, f"{coverage}/export"),
        Visit(Role.EDITOR, f"{coverage}/handoff?draft={ready}&draft={edited}"),
    ]


def settings_pages(world: World) -> list[Visit]:
    """Return what admins see."""
    settings = "/desk/settings/"
    return [
        Visit(Role.ADMIN, settings),
        Visit(Role.ADMIN, f"{settings}invite"),
        Visit(Role.ADMIN, f"{settings}invite", form="/invite", values={"email": "no address"}),
        *(Visit(Role.ADMIN, f"{settings}staff/{public_id}") for public_id in world.people.values()),
        Visit(Role.ADMIN, f"{settings}staff/{world.people[Role.MODERATOR]}", form="/new-link"),
    ]


def account_pages(world: World) -> list[Visit]:
    """Return signing in and one's own account; without a session they follow the browser's language."""
    account = "/account/"
    return [
        Visit(PASSER_BY, f"{account}sign-in"),
        Visit(PASSER_BY, f"{account}sign-in", form="/sign-in"),
        Visit(PASSER_BY, f"{account}recovery-code"),
        Visit(PASSER_BY, f"{account}code/lost"),
        Visit(PASSER_BY, f"{account}second-factor/choose"),
        Visit(HALFWAY, f"{account}code"),
        Visit(HALFWAY, f"{account}recovery-code"),
        *(Visit(PASSER_BY, f"{account}invitation/{token}") for token in world.tokens.values()),
        Visit(PASSER_BY, f"{account}invitation/spent"),
        Visit(PASSER_BY, f"{account}invitation/{world.tokens['new']}", form=world.tokens["new"]),
        Visit(Role.EDITOR, account),
        Visit(Role.EDITOR, account, form=account, values={"name": " "}),
        Visit(Role.EDITOR, f"{account}password"),
        Visit(Role.EDITOR, f"{account}password", form="/password"),
        Visit(Role.EDITOR, f"{account}confirm"),
        Visit(Role.EDITOR, f"{account}second-factor"),
        Visit(Role.EDITOR, f"{account}second-factor", form="/second-factor"),
        Visit(Role.EDITOR, f"{account}recovery-codes"),
        Visit(Role.EDITOR, f"{account}recovery-codes", form="/recovery-codes"),
    ]


ROOMS: dict[str, Callable[[World], list[Visit]]] = {
    "public": public_pages,
    "private": private_pages,
    "desk": desk_pages,
    "coverages": coverage_pages,
    "settings": settings_pages,
    "account": account_pages,
}


def all_pages(world: World) -> list[Visit]:
    """Return every page of every room."""
    return [visit for pages in ROOMS.values() for visit in pages(world)]
