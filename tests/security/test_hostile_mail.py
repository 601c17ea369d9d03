"""Mail with hostile words wherever some can get into it: the headers stay ours, and nobody's mail waits."""

import email
import email.policy
from collections.abc import Iterator
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from flask import Flask

from portal.database import transaction
from portal.domain.languages import LOCALES
from portal.domain.mail_notices import Notice
from portal.mail.compose import build_message, clean_header, write_letter
from portal.mail.deliver import SmtpCarrier
from tests.support.factories import ADDRESS, make_sending, make_submission
from tests.support.hostile_text import HOSTILE
from tests.support.mail_server import HOST, Clock, Post, open_server, run_mail

HEADERS = frozenset(
    {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "Content-Language",
    }
)  # fmt: skip
RAW = [raw.decode("utf-8", "surrogateescape") for raw in HOSTILE.values()]
"""Also what is no UTF-8, as Python holds it."""

SENDER, LAST = "portal@example.org", "last@example.org"
ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""A database has no part in how a letter is written."""


def find_header_faults(content: bytes, *, to: str) -> Iterator[str]:
    """Give what a mail has besides our headers and its one reader."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    yield from (name for name in message if message.keys().count(name) > 1 or name not in HEADERS)
    yield from (name for name in HEADERS if name not in message)
    recipients = [address for _name, address in getaddresses([str(message["To"])])]
    if recipients != [to]:
        yield f"to {recipients}"
    if message.get_content_type() != "text/plain" or message.is_multipart():
        yield message.get_content_type()
    if message.defects:
        yield f"{message.defects}"
    yield from (f"{name} has lines" for name, value in message.items() if len(str(value).splitlines()) > 1)


def write_mail(
    app: Flask, at: datetime, kind: Notice, lang: str, *, site_name: str, sender: str = SENDER
) -> EmailMessage:
    """Return a mail of a portal with such settings."""
    with app.app_context():
        letter = write_letter(kind, lang, base_url="http://localhost", site_name=site_name, link_token="t")
    return build_message(
        letter,
        to=ADDRESS,
        sender=sender,
        site_name=site_name,
        mail_id="1",
        base_url="http://localhost",
        at=at,
    )


@ONE_DATABASE
@pytest.mark.parametrize("kind", Notice)
def test_a_hostile_site_name_is_a_name_in_every_mail(
    app: Flask, at: datetime, kind: Notice, pytestconfig: pytest.Config
) -> None:
    tags = [one.tag for one in LOCALES] if pytestconfig.getoption("full") else ["uk"]
    found = {
        (name, tag): faults
        for tag in tags
        for name in RAW
        if (faults := [*_judge_name(write_mail(app, at, kind, tag, site_name=name), name)])
    }
    assert found == {}


def _judge_name(message: EmailMessage, name: str) -> Iterator[str]:
    yield from find_header_faults(message.as_bytes(), to=ADDRESS)
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    if " ".join(clean_header(name).split()) not in " ".join(str(read["Subject"]).split()):
        yield str(read["Subject"])


@ONE_DATABASE
def test_a_hostile_sender_is_refused_or_stays_one_line(app: Flask, at: datetime) -> None:
    found = {}
    for name in RAW:
        for sender in (name, f"{name} <{SENDER}>", f"{name}@example.org"):
            try:
                message = write_mail(app, at, Notice.UPDATE, "en", site_name="Portal", sender=sender)
                content = message.as_bytes()
            except (ValueError, LookupError, MessageError):  # a setting that is no address sends nothing
                continue
            if faults := list(find_header_faults(content, to=ADDRESS)):
                found[sender] = faults
    assert found == {}


@ONE_DATABASE
def test_hostile_addresses_hold_up_nobody_and_reach_nobody_else(
    app: Flask, at: datetime, pytestconfig: pytest.Config
) -> None:
    whole, boxes = RAW, [f"{text}@example.org" for text in RAW]
    given = [*whole, *boxes] if pytestconfig.getoption("full") else [*whole[::4], *boxes[2::4]]
    given = [address.encode("utf-8", "ignore").decode() for address in given]
    with app.app_context(), transaction() as session:
        for address in [*given, LAST]:
            make_submission(session, at, locale="en", sending=make_sending(address=address))
    post, clock = Post(), Clock(at)
    with open_server(post) as port:
        run_mail(app, SmtpCarrier(HOST, port), clock)
    faults = {
        str(to): found
        for to, message in zip(post.recipients, post.received, strict=True)
        if (found := list(find_header_faults(message.as_bytes(), to=to[0]))) or len(to) > 1
    }
    strangers = {one for to in post.recipients for one in to if not one.endswith("@example.org")}
    assert (faults, strangers, post.recipients[-1]) == ({}, set(), [LAST])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"Bcc: victim@example.org", "Bcc"),
        (b"Reply-To: victim@example.org", "Reply-To"),
        (b"Subject: Another", "Subject"),
    ],
)
@ONE_DATABASE
def test_a_header_that_somebody_added_is_found(app: Flask, at: datetime, line: bytes, fault: str) -> None:
    content = line + b"\r\n" + write_mail(app, at, Notice.UPDATE, "en", site_name="Portal").as_bytes()
    assert fault in list(find_header_faults(content, to=ADDRESS))


@ONE_DATABASE
def test_a_second_reader_is_found(app: Flask, at: datetime) -> None:
    content = write_mail(app, at, Notice.UPDATE, "en", site_name="Portal").as_bytes()
    content = content.replace(ADDRESS.encode(), f"{ADDRESS}, victim@example.org".encode())
    assert list(find_header_faults(content, to=ADDRESS)) == [f"to {[ADDRESS, 'victim@example.org']}"]
