"""A portal in the middle of its work, with an example of everything in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.export_files import ExportProblem, ExportState
from portal.domain.languages import Locale
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.media.preview import make_lead_picture
from portal.models import Coverage, OutboxMail
from portal.operations.coverages.export_files import ask_export
from portal.operations.coverages.front_page import (
    change_card,
    change_front_page,
    mark_front_page,
    read_front_page,
)
from portal.operations.desk.decisions import ask, decline, invite, mark_duplicate, mark_spam
from portal.operations.outbox import MOST_ATTEMPTS
from portal.operations.private.author_acts import withdraw
from tests.support.desk_codes import LONG_AGO
from tests.support.factories import make_call, make_form_key, make_submission
from tests.support.photos import make_picture
from tests.support.search import read_for_search
from tests.support.sender import save_pitch
from tests.support.world import World
from tests.support.world_maker import WINDOW, Maker
from tests.support.world_sites import make_targets
from tests.support.world_words import ARABIC, HAN, LEAD_ALT, LONG_WORD, TITLE


def build_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with an example of everything, decided a while ago; staff read `locale`."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC) - timedelta(minutes=1)
        call = make_call(session, at - timedelta(days=30))
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
        make_targets(maker, at)
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
