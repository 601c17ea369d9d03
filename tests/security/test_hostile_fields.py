"""Hostile text through every field of every form: kept as our cleaning leaves it, or told to be wrong."""

import ast
import json
import pkgutil
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, select
from wtforms import HiddenField, PasswordField, StringField
from wtforms.fields.core import Field, UnboundField
from wtforms.form import BaseForm
from wtforms.widgets import HiddenInput

import portal
from portal import forms
from portal.database import transaction
from portal.domain.bulk_acts import BulkAct
from portal.domain.languages import UKRAINIAN
from portal.domain.permissions import Role
from portal.domain.title_breaks import drop_breaks
from portal.extensions import current_portal, db
from portal.forms.base import PortalForm
from portal.models import Base
from portal.operations.key_rotation import SEALED, select_envelopes
from portal.sealing.keys import (
    export_key_place,
    file_key_place,
    file_name_place,
    form_key_place,
    note_place,
    recommendation_place,
    unsent_form_key_place,
)
from portal.story.normalise import clean_line, clean_text
from portal.story.typed_text import to_source
from tests.integration.site.test_hostile_text import read_bytes, send_bytes
from tests.security.test_crawl import QUERY
from tests.security.test_hostile_pages import find_sent
from tests.support.hostile_portal import add_likeness, add_take_downs, list_written
from tests.support.hostile_text import HOSTILE
from tests.support.page_forms import Sheet, read_sheets
from tests.support.page_list import Visit, all_pages
from tests.support.page_outline import read_outline
from tests.support.portal import build_world
from tests.support.world import PASSER_BY, World

ROUNDS, ROUNDS_IN_FULL = 1, 12
PAGES_ALIKE = 12
BROKEN, REFUSED = 500, 422
_ID = re.compile("[0-9a-f]{32}|[\\w-]{43}")
_ROW = re.compile("^(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}[0-9]*)(?=-)")
ACCEPTED = (302, 303)
SITE = "https://192.0.2.1/another"
CHOSEN = {
    "reply": "private_page",
    "byline": "pen",
    "before": "offered",
    "others": "agreed",
    "risk": "unsure",
    "whose": "mine",
    "tools": "no",
    "may": "after_approval",
    "reason": "other",
    "people": "nobody",
    "licence": "own",
    "act": "",
    "outcome": "corrected",
    "choice": "comment",
}
"""What is chosen where the first answer would leave a field for words shut."""

BULK, BULK_WITH_WORDS = "/desk/bulk", frozenset({BulkAct.TAG, BulkAct.RECOMMEND})
"""The form that opens the pages of acts on many texts, and the acts that ask for words and end nothing."""

NAMES = frozenset({"view_name", "tag_name", "names"})
"""Fields that hold so little that most texts are refused: then a short one is sent."""

SHORT = b"<b>"
"""How the short text begins."""

ENDING = "remove"
"""The button beside the fields of a photo that takes it away with every word about it."""

OF_EACH: Mapping[str, str] = {
    "PhotoForm": "PhotosOfStoryForm.<id>-",
    "DraftForm": "DraftFormWithPhotos.",
    "CommentForm": "CommentFormWithAnswers.",
    "ChangeFields": "ApprovalOfTextForm.<id>-",
    "ApprovalForm": "ApprovalOfTextForm.",
    "FrontPageForm": "FrontPageFormInLanguages.",
}
"""Forms that stand on no page themselves: where their fields stand."""

TYPED = frozenset({"text", "email", "search", "url", "tel", "textarea"})
UNTYPED = frozenset({"hidden", "date", "button"})
DERIVED = frozenset({"submission.heading", "outbox_mail.subject", "outbox_mail.body"})
"""Made from what was typed: other tests see how."""

TOLD = frozenset({"message.body"})
"""Answers to an edited text come in one letter: what is about the whole stands last."""

DRAFTED = frozenset({"draft.body", "draft_revision.open_fields"})
"""Markdown that says what was typed: a story is plain text until it is a draft."""

MARKED = frozenset({"coverage.title"})
"""Titles without the marks for their lines, which stand beside them."""

NOT_KEPT: Mapping[str, frozenset[str]] = {
    "compared with what is kept, and forgotten": frozenset(
        {
            "CodeForm.code", "TypeBackForm.code", "LostCodeForm.email", "PortalSignInForm.email",
            "PortalCodeForm.code", "MfRecoveryForm.code", "ProofForm.answer",
        }
    ),
    "an address of a fixed shape": frozenset(
        {
            "MakeInvitationForm.email", "AcceptInvitationForm.email", "CallForm.reply_text",
            "DraftFormWithPhotos.slug", "PublishFormInLanguages.url_en", "PublishFormInLanguages.url_uk",
            "PublishFormInLanguages.url_zh_hant_tw", "TargetForm.address",
        }
    ),
    "kept with what a device has answered": frozenset({"PasskeyForm.passkey_name"}),
    "looked up, and kept as the id of what was found": frozenset(
        {"DuplicateForm.address", "PairForm.other", "PushForm.target", "BulkTagForm.gone"}
    ),
    "the title of a story once more, with marks": frozenset({"StoryCardForm.marked"}),
    "one of two values, or a day": frozenset({"MailForm.wanted", "CallForm.embargo"}),
}  # fmt: skip
"""Fields for words whose words stand nowhere afterwards."""

OF_ONE_TEXT = (note_place, recommendation_place, file_name_place, form_key_place, unsent_form_key_place)
"""Envelopes that hold one text; the others hold texts by their names."""

NOT_SHOWN = frozenset({"ReenterCodeForm.code", "SetupForm.phone"})
"""The page of the first comes when a session ends; the second is the library's, and on no page of ours."""


def find_chosen(name: str) -> set[str]:
    """Return what is chosen in a field of this name, also where it is one of a row."""
    return {CHOSEN[one] for one in (name, _ROW.sub("", name).removeprefix("-")) if one in CHOSEN}


class Mischief:
    """Gives each control a hostile text of its own, with a mark by which it is found again."""

    def __init__(self) -> None:
        self._texts = list(HOSTILE.values())
        self.sent: dict[str, bytes] = {}

    def write(self) -> bytes:
        number = len(self.sent)
        mark = f"мітка{number}я"
        self.sent[mark] = self._texts[number % len(self._texts)] + f" {mark}".encode()
        return self.sent[mark]

    def write_short(self) -> bytes:
        """Return a text that fits into a name."""
        mark = f"мітка{len(self.sent)}я"
        self.sent[mark] = SHORT + mark.encode()
        return self.sent[mark]

    def fill(self, sheet: Sheet) -> dict[str, Any]:
        """Return what a browser would send of a form in which somebody wrote into everything."""
        values: dict[str, Any] = {}
        for one in sheet.controls:
            if one.kind in TYPED:
                values[one.name] = self.write()
            elif one.kind == "hidden":
                values[one.name] = one.value
            elif one.kind == "password":
                values[one.name] = "long enough for a password"
        for one in sheet.controls:
            if one.kind in ("radio", "option") and (one.value in find_chosen(one.name) or one.chosen):
                values.setdefault(one.name, one.value)
        for one in sheet.controls:
            if one.name == ENDING and any(other.kind in TYPED for other in sheet.controls):
                continue
            if one.kind in ("radio", "checkbox", "option", "button") and one.value:
                values.setdefault(one.name, one.value)
        return values

    def fill_unseen(self, sheet: Sheet) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give what nobody types in the form, one name after another, and the form with that written over."""
        values = self.fill(sheet)
        for one in sheet.controls:
            if one.kind in UNTYPED and one.name != "csrf_token":
                yield one.name, {**values, one.name: self.write()}


@dataclass
class Ledger:
    """Which fields there are, what reached them, and what was kept of it."""

    fields: set[str] = field(default_factory=set)
    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Field to the marks that came to it."""
    kept: set[str] = field(default_factory=set)
    """Marks that stand in the database."""
    wrong: list[tuple[Any, ...]] = field(default_factory=list)

    def note(self, form: BaseForm) -> None:
        for one in iterate_fields(form):
            name = name_field(type(form), one.short_name)
            self.fields.add(name)
            for raw in one.raw_data or ():
                if isinstance(raw, str) and "мітка" in raw:
                    self.reached[name].add(raw[raw.rindex("мітка") :].strip())


def iterate_fields(form: BaseForm) -> Iterator[Field]:
    """Give the fields for words that people see."""
    for one in form:
        if isinstance(one, StringField) and is_seen(type(one), one.widget):
            yield one


def name_field(form: type[Any], name: str) -> str:
    """Return what a field is known by: fields that differ by the id of a row are one."""
    return OF_EACH.get(form.__name__, f"{form.__name__}.") + _ROW.sub("<id>", name)


def is_seen(kind: type[Field], widget: object) -> bool:
    return not issubclass(kind, (HiddenField, PasswordField)) and not isinstance(widget, HiddenInput)


def list_fields() -> set[str]:
    """Return every field for words of every form class that stands in portal.forms.

    Those that are made of a call's questions are met by the walk: another test may have left others behind.
    """
    for module in pkgutil.iter_modules(forms.__path__):
        import_module(f"portal.forms.{module.name}")
    found = set()
    for form in _list_classes(PortalForm):
        if getattr(sys.modules[form.__module__], form.__name__, None) is not form:
            continue
        for name in dir(form):
            one = getattr(form, name)
            for_words = isinstance(one, UnboundField) and issubclass(one.field_class, StringField)
            if for_words and is_seen(one.field_class, one.kwargs.get("widget")):
                found.add(name_field(form, name))
    return found


def _list_classes(form: type[Any]) -> Iterator[type[Any]]:
    """Give the classes below one that have none below them: those are the forms on pages."""
    for one in form.__subclasses__():
        if one.__subclasses__():
            yield from _list_classes(one)
        elif one.__module__.startswith("portal.forms"):
            yield one


def choose_visits(world: World, *, most: int) -> Iterator[Visit]:
    """Give pages to open, each once, and at most so many whose addresses differ by ids alone."""
    seen: Counter[str] = Counter()
    # What is decided about a draft shuts the page of its changes.
    visits = sorted(all_pages(world), key=lambda one: not one.path.endswith("/changes"))
    for visit in {(one.who, one.path): one for one in visits if one.form != BULK}.values():
        kind = _ID.sub("", visit.path.partition("?")[0])
        seen[kind] += 1
        if seen[kind] <= most or visit.path.startswith(f"/{world.locale.url}/my"):
            yield visit
    yield from (one for one in visits if one.form == BULK and one.values["act"] in BULK_WITH_WORDS)


class Walk:
    """Somebody who writes hostile texts into every form there is."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world, self.ledger, self.mischief = world, ledger, Mischief()
        self._browsers: dict[str, FlaskClient] = {}
        self._done: dict[tuple[str, ...], int] = defaultdict(int)

    def fill_everything(self, rounds: int) -> None:
        """Fill in each kind of form so often; what nobody types into it comes last, since it may end much."""
        untyped: dict[tuple[str, ...], tuple[str, str, Sheet]] = {}
        for visit in choose_visits(self.world, most=PAGES_ALIKE * rounds):
            sheets = [(self._kind(visit, sheet), sheet) for sheet in read_sheets(self._open(visit))]
            # What was sent least comes first: a decision takes the others of its submission away.
            # Then the largest: a small form beside it may end what both are about.
            for kind, sheet in sorted(sheets, key=lambda one: (self._done[one[0]], -len(one[1].controls))):
                untyped.setdefault(kind, (visit.who, sheet.action or visit.path, sheet))
                if self._done[kind] < rounds and any(one.kind in TYPED for one in sheet.controls):
                    self._fill_in(visit, kind)
        tried: set[tuple[str, str]] = set()
        for (endpoint, *_), (who, address, sheet) in untyped.items():
            # Forms of one room share what is hidden in them.
            room = endpoint if rounds > ROUNDS else endpoint.partition(".")[0]
            for name, values in self.mischief.fill_unseen(sheet):
                if (room, name) not in tried:
                    tried.add((room, name))
                    self._send(who, address, values)

    def fill_page(self, visit: Visit, act: str) -> None:
        """Fill in the forms of one page that lead to an act."""
        for sheet in read_sheets(self._open(visit)):
            if sheet.action.endswith(f"/{act}"):
                self._send(visit.who, sheet.action, self.mischief.fill(sheet))

    def _fill_in(self, visit: Visit, kind: tuple[str, ...]) -> None:
        """Send a form of a page that is opened anew: another form of it may have changed what it is about."""
        for sheet in read_sheets(self._open(visit)):
            if self._kind(visit, sheet) == kind:
                self._send(visit.who, sheet.action or visit.path, self.mischief.fill(sheet))
                self._done[kind] += 1
                return

    def _kind(self, visit: Visit, sheet: Sheet) -> tuple[str, ...]:
        path = urlsplit(sheet.action or visit.path).path
        endpoint = str(self.world.app.url_map.bind("localhost").match(path, method="POST")[0])
        act = _ID.sub("", path.rpartition("/")[2])  # one route may take several acts
        return (endpoint, act, *sorted({one.name for one in sheet.controls}))

    def _send(self, who: str, address: str, values: Mapping[str, Any]) -> None:
        with closing(send_bytes(self._browsers[who], address, values)) as answer:
            if answer.status_code >= BROKEN:
                self.ledger.wrong.append((address, answer.status_code, values))
            if answer.mimetype == "text/html" and (strange := read_outline(answer.text).strange):
                self.ledger.wrong.append((address, strange))
        if answer.status_code == REFUSED and values.get("slug"):
            # An end of an address of other signs than its own is refused, with all that stands beside it.
            self._send(who, address, {**values, "slug": ""})
        if answer.status_code == REFUSED and values.get("address", SITE) != SITE:
            # So is what is typed beside an address of no site.
            self._send(who, address, {**values, "address": SITE})
        if answer.status_code == REFUSED and values.get("gone"):
            # So are tags to take off that nobody has made.
            self._send(who, address, {**values, "gone": ""})
        long = [name for name in NAMES & values.keys() if not values[name].startswith(SHORT)]
        if answer.status_code == REFUSED and long:
            # A name too long, or of nothing that is seen, is refused too.
            self._send(who, address, {**values, **{name: self.mischief.write_short() for name in long}})
        if answer.status_code in ACCEPTED:
            self._compare(address)

    def _compare(self, address: str) -> None:
        """Look whether what is kept is what our cleaning leaves of what was sent."""
        with self.world.app.app_context():
            for column, text in read_texts():
                mark = text[text.rindex("мітка") :].partition("я")[0] + "я" if "мітка" in text else ""
                raw = self.mischief.sent.get(mark)
                if raw is None or column in DERIVED:
                    continue
                self.ledger.kept.add(mark)
                typed = read_bytes(raw)
                cleaned = (clean_line(typed), clean_text(typed), clean_line(typed).casefold())
                drafted = (to_source(clean_text(typed)),) if column in DRAFTED else ()
                unmarked = (drop_breaks(clean_line(typed)),) if column in MARKED else ()
                is_told = column in TOLD and text.endswith(f"\n\n{clean_text(typed)}")
                if text not in (*cleaned, *drafted, *unmarked) and not is_told:
                    self.ledger.wrong.append((address, column, typed, text))

    def _open(self, visit: Visit) -> str:
        if visit.who not in self._browsers or visit.who == PASSER_BY:
            self._browsers[visit.who] = self.world.open_client(visit.who)
        browser = self._browsers[visit.who]
        with closing(browser.get(visit.path)) as answer:
            if visit.form != BULK:
                return answer.text
            form = find_sent(answer.text, visit)
        with closing(browser.post(BULK, data={**form["values"], **visit.values})) as answer:
            return answer.text


def read_texts() -> Iterator[tuple[str, str]]:
    """Give every text in the database, those in envelopes too, with its column."""
    for table in Base.metadata.sorted_tables:
        for column in list_written(table):
            if not isinstance(column.type, LargeBinary):
                for value in db.session.scalars(select(column)):
                    yield from ((f"{table.name}.{column.name}", text) for text in find_leaves(value))
    yield from read_envelopes()


def read_envelopes() -> Iterator[tuple[str, str]]:
    """Give every text that lies in an envelope, with its column."""
    keys = current_portal().instance.keys
    for sealed in SEALED:
        if sealed.place in (file_key_place, export_key_place):  # no text
            continue
        name = f"{sealed.row_id.class_.__tablename__}.{sealed.column.key}"
        for _row_id, envelope, *parts in db.session.execute(select_envelopes(sealed)):
            if envelope is not None:
                held = keys.open(envelope, sealed.place(*parts)).decode()
                value = held if sealed.place in OF_ONE_TEXT else json.loads(held)
                yield from ((name, text) for text in find_leaves(value))


def find_leaves(value: object) -> Iterator[str]:
    """Give the texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from find_leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from find_leaves(one)


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Notes what reaches the fields of every form that is made."""
    made = Ledger()
    process = BaseForm.process

    def note(form: BaseForm, *args: Any, **kwargs: Any) -> None:
        process(form, *args, **kwargs)
        made.note(form)

    monkeypatch.setattr(BaseForm, "process", note)
    return made


@pytest.mark.either_database
def test_every_field_takes_hostile_text(app: Flask, ledger: Ledger, pytestconfig: pytest.Config) -> None:
    world = build_world(app, UKRAINIAN)
    with app.app_context(), transaction() as session:
        add_take_downs(session, world)
        add_likeness(session, world)
    walk = Walk(world, ledger)
    walk.fill_everything(ROUNDS_IN_FULL if pytestconfig.getoption("full") else ROUNDS)
    fields = ledger.fields | list_fields()
    not_kept = frozenset().union(*NOT_KEPT.values())
    assert {
        "wrong": ledger.wrong,
        "never reached": fields - ledger.reached.keys() - NOT_SHOWN,
        "never kept": {name for name, marks in ledger.reached.items() if not marks & ledger.kept} - not_kept,
        "not there": (not_kept | NOT_SHOWN) - fields,
    } == {"wrong": [], "never reached": set(), "never kept": set(), "not there": set()}


def test_a_field_that_keeps_what_was_sent_as_it_came_is_found(
    app: Flask, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.forms.base.clean_text", str)
    walk = Walk(build_world(app, UKRAINIAN), ledger)
    walk.mischief.sent = {f"before {number}": b"" for number in range(list(HOSTILE).index("C1"))}
    visit = Visit(Role.MODERATOR, f"/desk/submission/{walk.world.submissions['answered']}")
    walk.fill_page(visit, "note")
    assert [one[1] for one in ledger.wrong] == ["note.sealed"]


def test_the_crawler_knows_every_name_that_is_read_from_an_address() -> None:
    """The only one it leaves out is that of the versions of our own files."""
    assert find_asked(Path(portal.__file__).parent / "web") - set(QUERY) == {"v"}


def find_asked(folder: Path) -> set[str]:
    """Return the names that the code of the pages reads from the address of a request."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(asked, "get" | "getlist"), [ast.Constant(str(name)), *_]):
                    if ast.unparse(asked) in ("request.args", "args"):
                        found.add(name)
                case ast.Compare(ast.Constant(str(name)), [ast.In()], [asked]):
                    if ast.unparse(asked) == "request.args":
                        found.add(name)
                case _:
                    pass
    return found
