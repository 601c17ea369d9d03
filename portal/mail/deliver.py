"""The outbox worker: opens the address, sends, and notes the result. At least once, never a word too many."""

import logging
import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from portal.config import BadSetting
from portal.database import transaction
from portal.domain.mail_notices import Notice
from portal.domain.questions import read_address
from portal.domain.receipt_code import derive_link_token
from portal.extensions import Portal
from portal.mail.compose import build_message, write_letter
from portal.operations.file_removal import name_partial
from portal.operations.outbox import ClaimedMail, claim_next_mail, discard_mail, mark_failed, mark_sent
from portal.sealing.keys import KeyRing, answers_place
from portal.storage import blunt_time
from portal.whole_file import sync_folder

_log = logging.getLogger(__name__)
_SECONDS = 30
"""How long one answer of a mail server is waited for."""
_MOST_SECONDS = 120
"""How long a whole conversation may last: less than the lease of its mail."""
ROUND = timedelta(minutes=1)
"""After this long other work gets its turn, however much mail waits for a server that hangs."""
_PORTS = {"smtp": 25, "smtps": 465}
_OWNER_ONLY = 0o600


class Carrier(Protocol):
    """Takes a message out of the house."""

    def carry(self, message: EmailMessage, mail_id: str) -> None:
        """Hand the message over; once this returns it is out. Raises OSError, SMTPException."""


@dataclass(frozen=True)
class FolderCarrier:
    """Writes each message to a file of its own, `<mail id>.eml`: whole or not at all."""

    folder: Path

    def carry(self, message: EmailMessage, mail_id: str) -> None:
        """Write, make durable, then give the file its name."""
        partial = self.folder / name_partial(mail_id)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            out.write(message.as_bytes())
            out.flush()
            os.fsync(out.fileno())
        blunt_time(partial)
        partial.replace(self.folder / f"{mail_id}.eml")
        sync_folder(self.folder)
        blunt_time(self.folder)


class _Conversation(smtplib.SMTP):
    """A conversation with an end: a server that answers letter by letter would keep the worker for ever."""

    def __init__(self, host: str, port: int, *, seconds: float, most_seconds: float, **more: Any) -> None:
        self._limit = threading.Timer(most_seconds, self._hang_up)
        self._limit.daemon = True
        self._limit.start()
        try:
            super().__init__(host, port, timeout=seconds, **more)
        except BaseException:
            self._limit.cancel()
            raise

    def close(self) -> None:
        """Close the connection; nothing more is limited."""
        self._limit.cancel()
        super().close()

    def _hang_up(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _SealedConversation(_Conversation, smtplib.SMTP_SSL):
    """Such a conversation, encrypted from the first byte."""

    def __init__(self, host: str, port: int, *, seconds: float, most_seconds: float) -> None:
        # Its own default would take any certificate.
        context = ssl.create_default_context()
        super().__init__(host, port, seconds=seconds, most_seconds=most_seconds, context=context)


@dataclass(frozen=True)
class SmtpCarrier:
    """Speaks to one mail server, a connection for each mail: a broken one harms no other."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    encrypted: bool = False
    """From the first byte (smtps). Otherwise STARTTLS is used where the server offers it."""
    seconds: float = _SECONDS
    most_seconds: float = _MOST_SECONDS

    def carry(self, message: EmailMessage, mail_id: str) -> None:
        """Send. A password goes over an encrypted connection only."""
        with self.open() as server:
            server.send_message(message)

    @contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """Open a conversation, encrypted and signed in as far as the setting wants it.

        How it ends is of no matter: a mail the server has taken is out, whatever it says to our goodbye.
        """
        kind = _SealedConversation if self.encrypted else _Conversation
        server = kind(self.host, self.port, seconds=self.seconds, most_seconds=self.most_seconds)
        try:
            self._begin(server)
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _begin(self, server: smtplib.SMTP) -> None:
        server.ehlo()
        if not self.encrypted and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        elif not self.encrypted and self.user:
            raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")
        if self.user:
            server.login(self.user, self.password)


def choose_carrier(smtp_url: str, folder: Path) -> Carrier:
    """Return the carrier of a setting: smtp:// or smtps://, or files when it is empty. Raises BadSetting."""
    if not smtp_url:
        return FolderCarrier(folder)
    parts = urlsplit(smtp_url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadSetting("PORTAL_SMTP_URL takes smtp://host:port or smtps://host:port")
    return SmtpCarrier(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encrypted=parts.scheme == "smtps",
    )


def deliver_due(
    portal: Portal,
    carrier: Carrier,
    *,
    clock: Callable[[], datetime],
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send every mail that is due and return how many went out. Needs an application context.

    A mail that fails is put back for later; the others go on, until the ROUND is over: what waits then is
    due still in the next one.
    """
    sent, begun = 0, clock()
    while not is_stopping() and clock() - begun < ROUND:
        with transaction() as session:
            mail = claim_next_mail(session, at=clock())
        if mail is None:
            break
        sent += _deliver(portal, carrier, mail, clock=clock)
    return sent


def _deliver(portal: Portal, carrier: Carrier, mail: ClaimedMail, *, clock: Callable[[], datetime]) -> bool:
    settings, site_name = portal.settings, portal.settings.site_names[mail.locale]
    try:
        address = _find_address(mail, portal.instance.keys) if _is_wanted(mail, at=clock()) else ""
        if address:
            letter = write_letter(
                mail.kind,
                mail.locale,
                base_url=settings.base_url,
                site_name=site_name,
                link_token=_make_token(mail, portal.instance.receipt_secret),
                counts=mail.counts,
            )
            message = build_message(
                letter,
                to=address,
                sender=settings.mail_from,
                site_name=site_name,
                mail_id=mail.public_id,
                base_url=settings.base_url,
                at=clock(),
            )
            carrier.carry(message, mail.public_id)
    except Exception as error:  # whatever is wrong with one mail, the next one must go
        # Servers quote addresses in their answers: only what kind of error it was may be kept.
        _log.warning("mail %s could not be sent: %s", mail.public_id, name_error(error))
        with transaction() as session:
            mark_failed(session, mail.public_id, error=name_error(error), at=clock())
        return False
    with transaction() as session:
        if not address:
            discard_mail(session, mail.public_id)
        else:
            # A link is a key: what is kept of its mail must not open the page.
            body = "" if mail.kind == Notice.ACCESS_LINK else letter.body
            mark_sent(session, mail.public_id, subject=letter.subject, body=body, at=clock())
    return bool(address)


def _is_wanted(mail: ClaimedMail, *, at: datetime) -> bool:
    """Say whether the mail is still good for anything.

    One with a link is not once the link is over, nor one about the desk when nothing of it waits any more.
    """
    if mail.kind == Notice.DESK:
        return bool(mail.counts)
    return mail.kind != Notice.ACCESS_LINK or (mail.link_until is not None and at < mail.link_until)


def _make_token(mail: ClaimedMail, receipt_secret: bytes) -> str:
    """Return the token of the mail's one-time link, which shares its public id; nothing for other mail."""
    return derive_link_token(receipt_secret, mail.public_id) if mail.kind == Notice.ACCESS_LINK else ""


def _find_address(mail: ClaimedMail, keys: KeyRing) -> str:
    """Return the account's address, or that in the newest answers; empty when another way was chosen."""
    if mail.staff_address:
        return mail.staff_address
    sealed = keys.open_map(mail.sealed, answers_place(mail.submission_id, mail.revision))
    return read_address(mail.questions, sealed)


def name_error(error: Exception) -> str:
    """Return the error's kind, and the server's code if there is one: nothing that could hold an address."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((answer[0] for answer in error.recipients.values()), None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
