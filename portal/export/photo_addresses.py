"""Addresses at which a newsroom's site fetches the photos of an export: signed, for a day, without log-in.

Nothing is kept of them. What an address opens is asked of the records each time, so that a photo whose author
takes it back is gone at once.
"""

from datetime import UTC, datetime
from functools import partial
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer

from portal.domain.shared_photos import SHARED_FOR, is_shared
from portal.export.photos import FindAddress, name_picture
from portal.export.wxr_lint import is_fetchable
from portal.extensions import Portal
from portal.models import Attachment


def shares_photos(portal: Portal) -> bool:
    """Say whether WordPress would fetch photos from this portal: at a public address, encrypted."""
    address = portal.settings.base_url
    return urlsplit(address).scheme == "https" and is_fetchable(address)


def choose_addresses(portal: Portal, *, at: datetime) -> FindAddress | None:
    """Return what gives photos of a file their addresses; None where nobody could fetch them."""
    if not shares_photos(portal):
        return None
    return partial(write_address, portal, until=at + SHARED_FOR)


def write_address(portal: Portal, photo: Attachment, *, until: datetime) -> str:
    """Return the address of a photo; it ends like the name that the photo has in every export."""
    token = _signer(portal).dumps([photo.public_id, int(until.timestamp())])
    return f"{portal.settings.base_url}/shared-photo/{token}/{find_name(photo)}.jpg"


def find_name(photo: Attachment) -> str:
    """Return the last part of the address, without its ending: of one length for all."""
    return PurePath(name_picture(photo)).stem


def read_token(portal: Portal, token: str, *, at: datetime) -> str:
    """Return the public id of the photo that a token opens now; empty for any other token."""
    try:
        named: Any = _signer(portal).loads(token)
    except BadData:
        return ""
    public_id, until = named
    return str(public_id) if is_shared(datetime.fromtimestamp(until, UTC), at=at) else ""


def _signer(portal: Portal) -> URLSafeSerializer:
    return URLSafeSerializer(portal.instance.session_secret, salt="shared-photo")
