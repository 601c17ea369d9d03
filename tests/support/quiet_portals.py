"""Portals in which little happens: nobody has written, nobody is asked, a call is over or has not begun."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import delete

from portal.database import transaction
from portal.domain.languages import Locale
from portal.domain.states import Stage
from portal.models import OutboxMail
from tests.support.factories import make_call, make_form_key
from tests.support.sender import save_pitch
from tests.support.world import World
from tests.support.world_maker import Maker

_JUST_NOW = timedelta(minutes=10)


def build_quiet_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with its people and an open call to which nobody has written."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC)
        world.slug = make_call(session, at).coverage.slug
        Maker(session, world, at).make_people()
        session.execute(delete(OutboxMail))
    return world


def build_bare_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with its people alone: it asks nobody for anything."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        Maker(session, world, datetime.now(UTC)).make_people()
        session.execute(delete(OutboxMail))
    return world


def build_closed_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with a call that has just ended: a pitch was begun before, and one too late."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC)
        call = make_call(session, at - timedelta(days=30))
        world.slug = call.coverage.slug
        call.closes_at = at - _JUST_NOW
        for who, begun in (("just saved", at - 2 * _JUST_NOW), ("begun too late", at)):
            world.form_keys[who] = make_form_key(begun)
            save_pitch(session, at, form_key=world.form_keys[who])
    return world


def build_early_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with a call that opens next week."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC)
        call = make_call(session, at)
        world.slug = call.coverage.slug
        call.opens_at = at + timedelta(days=7)
    return world


def build_mute_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with a call whose new consents nobody has written in this language yet."""
    world = World(app, locale)
    with app.app_context(), transaction() as session:
        at = datetime.now(UTC)
        call = make_call(session, at)
        world.slug = call.coverage.slug
        Maker(session, world, at).add_submission("new words", Stage.PITCH)
        call.consents = [
            {
                **row,
                "version": row["version"] + 1,
                "text": {tag: text for tag, text in row["text"].items() if tag != locale.tag},
            }
            for row in call.consents
        ]
    return world
