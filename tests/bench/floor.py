"""The floor: the same pages written plainly with Flask, SQLAlchemy's ORM, WTForms and Jinja.

It asks nobody who they are but by a cookie, seals nothing, counts no rates, keeps no history of its own and
speaks one language: what ours takes more is what those promises cost.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Flask, redirect, render_template, request, session
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.wrappers import Response
from wtforms import BooleanField, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.domain.states import Stage, State
from portal.models import Call, Consent, Coverage, Draft, Event, Message, Note, Revision, Staff, Submission
from portal.models.base import new_public_id

_PAGE = """<!doctype html>
<html lang="uk">
  <head><meta charset="utf-8"><title>{{ title }}</title></head>
  <body><header><a href="/">Story portal</a></header><main><h1>{{ title }}</h1>%s</main></body>
</html>"""
_COVERAGE = (
    _PAGE
    % """
  {% for call in calls %}<h2>{{ call.title.uk }}</h2><p>{{ call.text.uk }}</p>
  <ul>{% for line in call.looking_for.uk %}<li>{{ line }}</li>{% endfor %}</ul>{% endfor %}"""
)
_FORM = (
    _PAGE
    % """
  <form method="post">{% for field in form %}<div class="field">{{ field.label }}{{ field() }}
  {% for error in field.errors %}<p class="error">{{ error }}</p>{% endfor %}</div>{% endfor %}
  <button>Send</button></form>"""
)
_QUEUE = (
    _PAGE
    % """
  <nav>{% for state, number in counts.items() %}<a href="?state={{ state }}">{{ state }} {{ number }}</a>
  {% endfor %}</nav>
  <form><select name="assignee">{% for one in staff %}
  <option value="{{ one.public_id }}">{{ one.name }}</option>
  {% endfor %}</select></form>
  <table>{% for one in rows %}<tr>
  <td><a href="/submission/{{ one.public_id }}">{{ one.heading }}</a></td>
  <td>{{ one.stage }}</td><td>{{ one.lang }}</td><td>{{ one.words }}</td><td>{{ one.due_at }}</td>
  <td>{{ one.assignee.name if one.assignee else '' }}</td></tr>{% endfor %}</table>"""
)
_SUBMISSION = (
    _PAGE
    % """
  <p>{{ submission.state }} {{ submission.lang }} {{ submission.received_at }}</p>
  {% for question in submission.call.questions if answers[question.key] %}
  <h3>{{ question.label.uk }}</h3><p>{{ answers[question.key] }}</p>{% endfor %}
  {% for one in submission.consents %}<p>{{ one.text }}</p>{% endfor %}
  {% for one in events %}<p>{{ one.at }} {{ one.act }}
  {{ one.staff.name if one.staff else '' }}</p>{% endfor %}
  {% for one in messages %}<p>{{ one.body }}</p>{% endfor %}
  {% for one in staff %}<option value="{{ one.public_id }}">{{ one.name }}</option>{% endfor %}
  {% for form in forms %}<form method="post">{% for field in form %}{{ field.label }}{{ field() }}{% endfor %}
  <button>Send</button></form>{% endfor %}"""
)
_MARK = "floor-"


class _Act(Form):  # type: ignore[misc]  # wtforms ships no types
    body = TextAreaField(validators=[InputRequired(), Length(max=4000)])
    seen = StringField()


class _DraftForm(Form):  # type: ignore[misc]  # wtforms ships no types
    title = StringField(validators=[InputRequired(), Length(max=300)])
    dek = StringField(validators=[Length(max=500)])
    excerpt = TextAreaField(validators=[Length(max=500)])
    body = TextAreaField(validators=[InputRequired(), Length(max=200_000)])
    content_warning = StringField()


class _Views:
    """The views, each with a session of its own."""

    def __init__(self, app: Flask, engine: Engine, coverage: str) -> None:
        sources = {"coverage": _COVERAGE, "form": _FORM, "queue": _QUEUE, "submission": _SUBMISSION}
        self._pages = {name: app.jinja_env.from_string(source) for name, source in sources.items()}
        self._engine, self._coverage = engine, coverage

    def _show(self, name: str, **values: Any) -> str:
        return render_template(self._pages[name], **values)

    def _find_call(self, database: Session) -> Call:
        return database.scalars(select(Call).join(Coverage).where(Coverage.slug == self._coverage)).one()

    def coverage(self) -> str:
        with Session(self._engine) as database:
            wanted = select(Coverage).where(Coverage.slug == self._coverage)
            found = database.scalars(wanted.options(selectinload(Coverage.calls))).one()
            return self._show("coverage", title=found.title["uk"], calls=found.calls)

    def form(self) -> str:
        with Session(self._engine) as database:
            return self._show("form", title="Story", form=_make_form(self._find_call(database))())

    def take(self) -> Response | str:
        with Session(self._engine) as database:
            call = self._find_call(database)
            form = _make_form(call)(request.form)
            if not form.validate():
                return self._show("form", title="Story", form=form)
            database.add(_make_submission(call, form.data))
            database.commit()
        return redirect("/coverage", 303)

    def queue(self) -> str:
        with Session(self._engine) as database:
            staff = _read_staff(database)
            wanted = select(Submission).where(Submission.state == State.SUBMITTED)
            if request.args.get("text"):
                wanted = wanted.where(Submission.heading.contains(request.args["text"]))
            wanted = wanted.options(joinedload(Submission.assignee)).order_by(Submission.due_at)
            rows = database.scalars(wanted.limit(50)).all()
            counted = database.execute(select(Submission.state, func.count()).group_by(Submission.state))
            counts = dict(counted.tuples().all())
            return self._show("queue", title="Queue", rows=rows, counts=counts, staff=staff)

    def submission(self, public_id: str) -> str:
        with Session(self._engine) as database:
            wanted = select(Submission).where(Submission.public_id == public_id)
            joined = joinedload(Submission.call).joinedload(Call.coverage)
            more = selectinload(Submission.revisions), selectinload(Submission.consents)
            submission = database.scalars(wanted.options(joined, *more)).one()
            return self._show(
                "submission",
                title=submission.heading,
                staff=_read_staff(database),
                forms=[_Act(prefix=name) for name in ("ask", "invite", "accept", "decline", "note", "claim")],
                submission=submission,
                answers=submission.revisions[-1].open_answers,
                events=database.scalars(select(Event).where(Event.submission_id == submission.id)).all(),
                messages=database.scalars(
                    select(Message).where(Message.submission_id == submission.id)
                ).all(),
                notes=database.scalars(select(Note).where(Note.submission_id == submission.id)).all(),
            )

    def draft(self, public_id: str) -> str:
        with Session(self._engine) as database:
            _read_staff(database)
            draft = database.scalars(select(Draft).where(Draft.public_id == public_id)).one()
            return self._show("form", title=draft.title, form=_DraftForm(obj=draft))

    def sign_in(self) -> str:
        with Session(self._engine) as database:
            session["staff"] = database.scalars(select(Staff.id)).first()
        return ""


def _read_staff(database: Session) -> Sequence[Staff]:
    database.get_one(Staff, session["staff"])
    return database.scalars(select(Staff).where(Staff.active).order_by(Staff.name)).all()


def make_floor(engine: Engine, coverage: str) -> FlaskClient:
    """Return a client of an application that reads and writes the same tables; it is signed in."""
    app = Flask("floor")
    app.testing = True  # what goes wrong here must be seen
    app.secret_key = secrets.token_bytes(32)
    views = _Views(app, engine, coverage)
    app.add_url_rule("/coverage", view_func=views.coverage)
    app.add_url_rule("/form", view_func=views.form)
    app.add_url_rule("/form", view_func=views.take, methods=["POST"])
    app.add_url_rule("/queue", view_func=views.queue)
    app.add_url_rule("/submission/<public_id>", view_func=views.submission)
    app.add_url_rule("/draft/<public_id>", view_func=views.draft)
    app.add_url_rule("/sign-in", view_func=views.sign_in)
    client = app.test_client()
    client.get("/sign-in")
    return client


def clear_floor(engine: Engine) -> None:
    """Delete what the floor has sent: no key of ours opens it."""
    with Session(engine) as database:
        database.execute(delete(Submission).where(Submission.receipt_hash.startswith(_MARK)))
        database.commit()


def _make_form(call: Call) -> type[Form]:
    """Return the form of a call's story, made anew for each request as WTForms has it."""
    fields: dict[str, Any] = {}
    for row in call.questions:
        if Stage.STORY not in row["forms"]:
            continue
        common = {"label": row["label"]["uk"], "description": row.get("help", {}).get("uk", "")}
        checks = [InputRequired() if row["required"] else Optional()]
        choices = [(one["value"], one["label"]["uk"]) for one in row.get("options", ())]
        match row["type"]:
            case "choice":
                fields[row["key"]] = RadioField(choices=choices, validators=checks, **common)
            case "choices":
                fields[row["key"]] = SelectMultipleField(choices=choices, **common)
            case "long":
                fields[row["key"]] = TextAreaField(validators=[*checks, Length(max=20_000)], **common)
            case _:
                fields[row["key"]] = StringField(validators=[*checks, Length(max=300)], **common)
    for row in call.consents:
        if Stage.STORY in row["forms"]:
            fields[row["key"]] = BooleanField(row["text"]["uk"])
    return type("StoryForm", (Form,), fields)


def _make_submission(call: Call, answers: dict[str, Any]) -> Submission:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    submission = Submission(
        public_id=new_public_id(),
        call=call,
        receipt_hash=_MARK + secrets.token_hex(29),
        kind=Stage.STORY,
        stage=Stage.STORY,
        state=State.WITHDRAWN,
        lang="uk",
        locale="uk",
        heading=answers["story"][:60],
        received_at=at,
    )
    submission.revisions.append(
        Revision(
            number=1,
            stage=Stage.STORY,
            form_key_hash=secrets.token_hex(32),
            content_hash=secrets.token_hex(32),
            lang="uk",
            open_answers={"story": answers["story"]},
            received_at=at,
        )
    )
    for row in call.consents:
        if answers.get(row["key"]):
            submission.consents.append(
                Consent(
                    key=row["key"],
                    text_version=row["version"],
                    locale="uk",
                    text=row["text"]["uk"],
                    given_at=at,
                )
            )
    return submission
