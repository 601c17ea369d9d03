"""A real mail server that behaves well or badly, and mail that waits for it."""

import asyncio
import email
import email.policy
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.extensions import current_portal, db
from portal.mail.deliver import Carrier, deliver_due
from portal.models import OutboxMail
from portal.operations.outbox import DELAYS
from tests.support.factories import ADDRESS, make_sending, make_submission

HOST = "127.0.0.1"


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Post:
    """A mail server's conscience: what it was given, and how it answers.

    `answers` by SMTP command; nothing for a command means that it is done. At a step in `hangs` it never
    answers, and `on` is called with each step before it does.
    """

    answer: str = "250 Kept"
    drops: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    bad: str = ""
    """An address with which the whole conversation ends."""
    on: Callable[[str], None] = lambda _step: None
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)

    async def _meet(self, step: str) -> str:
        self.on(step)
        if step in self.hangs:
            await asyncio.Event().wait()
        return self.answers.get(step, "")

    async def handle_EHLO(  # noqa: N802  # its interface
        self, server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        await self._meet("EHLO")
        return responses

    async def handle_MAIL(  # noqa: N802  # its interface
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._meet("MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802  # its interface
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        if address == self.bad:
            server.transport.abort()
        return await self._meet("RCPT") or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # its interface
        answer = self.answers.get("DATA", self.answer)
        if answer.startswith("2"):
            self.received.append(read_message(envelope.content))
            self.recipients.append(envelope.rcpt_tos)
        await self._meet("DATA")
        if self.drops:
            server.transport.abort()
        return answer

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # its interface
        answer = await self._meet("QUIT") or "221 Bye"
        if answer == "drop":
            server.transport.abort()
        return answer


@contextmanager
def open_server(
    post: Post,
    *,
    host: str = HOST,
    port: int = 0,
    starttls: ssl.SSLContext | None = None,
    smtps: ssl.SSLContext | None = None,
    **more: Any,
) -> Iterator[int]:
    """Run a mail server and give its port. It offers STARTTLS, or speaks TLS from the first byte."""
    controller = Controller(
        post, hostname=host, port=port or find_port(host), tls_context=starttls, ssl_context=smtps, **more
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def find_port(host: str = HOST) -> int:
    """Return a port where nothing listens."""
    with socket.socket() as trial:
        trial.bind((host, 0))
        port: int = trial.getsockname()[1]
        return port


def send_pitch(app: Flask, at: datetime, *, address: str = ADDRESS, locale: str = "en") -> str:
    """Send a pitch (ours names people and places) and return the public id of the mail waiting for it."""
    with app.app_context(), transaction() as session:
        sending = make_sending(address=address)
        submission = make_submission(session, at, locale=locale, sending=sending)
        return session.scalars(
            select(OutboxMail.public_id).where(OutboxMail.submission_id == submission.id)
        ).one()


def run_mail(app: Flask, carrier: Carrier, clock: Clock) -> int:
    """Let the worker send what is due; return how many mails went out."""
    with app.app_context():
        return deliver_due(current_portal(), carrier, clock=clock)


def pass_delay(app: Flask, carrier: Carrier, clock: Clock, attempts: int = 1) -> int:
    """Let the time pass until the next attempt, and make it."""
    clock.at += DELAYS[attempts - 1]
    return run_mail(app, carrier, clock)


@contextmanager
def drop_mail() -> Iterator[None]:
    """Let every mail be forgotten on its way into the outbox: a fault that tests are to find."""

    def forget(session: Session, *_more: Any) -> None:
        for one in list(session.new):
            if isinstance(one, OutboxMail):
                session.expunge(one)

    event.listen(Session, "before_flush", forget)
    try:
        yield
    finally:
        event.remove(Session, "before_flush", forget)


def read_mail(app: Flask) -> OutboxMail:
    """Return the one mail there is."""
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail)).one()
        db.session.expunge_all()
        return mail


def message_ids(post: Post) -> Counter[str]:
    """Return how many copies of each mail the server has."""
    return Counter(str(message["Message-ID"]) for message in post.received)


def read_message(content: bytes) -> EmailMessage:
    """Return what a mail server was given."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
