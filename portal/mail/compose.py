"""Mail to contributors and staff: short plain texts in the reader's language that give nothing away."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from email_validator import validate_email
from flask import current_app
from flask_babel import force_locale, get_locale

from portal.domain.desk_notices import MAIL_LINES
from portal.domain.languages import Locale, locale_by_tag
from portal.domain.mail_notices import Notice

# Line breaks of every script, control characters and lone surrogates: some make the library refuse the
# message, others it lets through into a header.
_NOT_IN_HEADERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# Not every server on the way takes bytes above 127.
_POLICY = SMTP.clone(cte_type="7bit")


class WrongLanguage(Exception):
    """A mail that would leave in another language than its reader's."""


@dataclass(frozen=True)
class Letter:
    """A letter: what a mail says."""

    subject: str
    body: str
    lang: str
    """BCP 47 tag of the text."""


def clean_header(text: str) -> str:
    """Return the text as one line that is fit for a header."""
    return _NOT_IN_HEADERS.sub(" ", text).strip()


def write_letter(
    kind: str,
    lang: str,
    *,
    base_url: str,
    site_name: str,
    link_token: str = "",
    counts: Mapping[str, int] | None = None,
) -> Letter:
    """Write the mail `kind` (domain.mail_notices.Notice) in language `lang`; needs an application context.

    It leads to the private page, with `link_token` to the one-time link of that token, mail about an account
    to the account, and mail about the desk to its notices, of which it tells the `counts` alone. The first
    line of the template is the subject. Raises ValueError on an unknown kind or language, WrongLanguage.
    """
    locale = _find_locale(lang)
    template = current_app.jinja_env.get_template(f"mail/{Notice(kind)}.txt")
    with force_locale(locale.babel):
        if str(get_locale()) != locale.babel:
            raise WrongLanguage(locale.babel)
        # The site's name stands in every line of ours that a header is made from.
        text = template.render(
            address=f"{base_url}{_find_path(Notice(kind), locale, link_token)}",
            site_name=clean_header(site_name),
            counts={line: (counts or {}).get(line, 0) for line in MAIL_LINES},
        )
    subject, _, body = text.partition("\n")
    return Letter(subject=clean_header(subject), body=body.strip() + "\n", lang=locale.tag)


def build_message(
    letter: Letter, *, to: str, sender: str, site_name: str, mail_id: str, base_url: str, at: datetime
) -> EmailMessage:
    """Return the letter as a message; an equal `mail_id` gives an equal Message-ID: copies are recognised.

    Raises email_validator.EmailNotValidError when `to` is no address.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = _sender(sender, site_name)
    message["To"] = Address(addr_spec=_recipient(to))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail_id}@{urlsplit(base_url).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    # set_content() drops the header when it stands before.
    message["Content-Language"] = letter.lang
    return message


def _find_path(kind: Notice, locale: Locale, link_token: str) -> str:
    if kind in (Notice.ACCOUNT, Notice.SIGN_IN):
        return "/account/"
    if kind is Notice.DESK:
        return "/desk/notices"
    return f"/{locale.url}/my{f'/link/{link_token}' if link_token else ''}"


def _find_locale(tag: str) -> Locale:
    locale = locale_by_tag(tag)
    if locale is None:
        raise ValueError(f"the interface is not written in {tag!r}")
    return locale


def _sender(setting: str, site_name: str) -> Address:
    name, address = parseaddr(clean_header(setting))
    return Address(display_name=name or clean_header(site_name), addr_spec=address)


def _recipient(text: str) -> str:
    # Addresses inside a newsroom's own network are addresses too.
    checked = validate_email(text, check_deliverability=False, globally_deliverable=False)
    # A domain in another script travels in its ASCII form; such a mailbox name needs a server with UTF-8.
    return checked.ascii_email or f"{checked.local_part}@{checked.ascii_domain}"
