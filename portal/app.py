"""The factory: settings, extensions, guard, blueprints, commands. No logic."""

import importlib
import os
import pkgutil
from datetime import timedelta

from flask import Blueprint, Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

import portal.web
from portal import database
from portal.config import Settings
from portal.extensions import Portal, compress, db
from portal.i18n import catalogues
from portal.instance import open_instance
from portal.resources import templates_folder, translations_folder
from portal.web.site import (
    access,
    admission,
    dates,
    error_pages,
    form_guard,
    headers,
    joined_words,
    kept_pages,
    locale,
    templating,
    uploads,
)
from portal.web.site.locale import LocaleConverter, PublicIdConverter
from portal.web.staff import reauthentication, session, sign_in

_MAX_BODY = 4 * 1024 * 1024
"""Bytes of one request. 200,000 Han characters in a urlencoded form are 1.8 MB."""


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application. Without settings they are read from the environment."""
    chosen = settings or Settings.from_env(os.environ)
    instance = open_instance(chosen.instance)
    headers.sign_by_sha256()
    app = Flask("portal", template_folder=str(templates_folder()), static_folder="static")
    app.jinja_environment = templating.PageEnvironment
    app.extensions["portal"] = Portal(chosen, instance)
    app.config.update(
        SECRET_KEY=instance.session_secret,
        SQLALCHEMY_DATABASE_URI=chosen.database,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(chosen.database),
        MAX_CONTENT_LENGTH=_MAX_BODY,
        MAX_FORM_MEMORY_SIZE=_MAX_BODY,
        TRUSTED_HOSTS=chosen.hosts,
        SESSION_COOKIE_NAME="__Host-portal" if chosen.is_https else "portal",
        SESSION_COOKIE_SECURE=chosen.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        # Bound to the session, not to an hour: an old page must not cost anybody a text.
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(catalogues.ready_folder(translations_folder(), instance.folder)),
        BABEL_DEFAULT_LOCALE="en",
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
    )
    if chosen.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=chosen.proxy_hops, x_host=chosen.proxy_hops)  # type: ignore[method-assign]  # Flask's documented way to wrap
    db.init_app(app)
    database.init_engine(app, instance.keys)
    # One of its own for each application: the object keeps the catalogues of the first folder it reads.
    babel = Babel(
        app,
        date_formats=dates.DatePatterns(),
        locale_selector=locale.babel_locale,
        timezone_selector=dates.choose_zone,
    )
    babel.domain_instance = locale.Catalogues()
    dates.init_dates(app)
    joined_words.init_joined_words(app)
    compress.init_app(app)
    app.url_map.converters.update(lang=LocaleConverter, public_id=PublicIdConverter)
    locale.init_locale(app)
    sign_in.init_sign_in(app)
    uploads.init_uploads(app)
    admission.init_lanes(app)
    kept_pages.init_kept_pages(app)
    for room in list_rooms():
        app.register_blueprint(room)
    form_guard.init_forms(app)
    of_room = {sign_in.LIBRARY_ROOM: sign_in.guard_library_pages}
    access.guard(app, access.StaffGuards(session.end_when_idle, reauthentication.ask_password, of_room))
    headers.init_headers(app, https=chosen.is_https)
    templating.init_templates(app, babel.domain_instance)
    error_pages.init_pages(app)
    access.check_rules(app)
    return app


def list_rooms() -> list[Blueprint]:
    """List the rooms of the site: the blueprint called `room` of every module of portal.web that has one."""
    found = pkgutil.walk_packages(portal.web.__path__, "portal.web.")
    modules = (importlib.import_module(one.name) for one in found)
    return [module.room for module in modules if isinstance(getattr(module, "room", None), Blueprint)]
