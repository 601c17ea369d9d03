"""Mail that the portal writes by itself: a kind for each letter, to contributors and to staff."""

from enum import StrEnum


class Notice(StrEnum):
    """The mail an act causes for the contributor, if there is an address and the mail is wanted."""

    UPDATE = "update"
    RECEIVED = "received"
    ACCESS_LINK = "access_link"
    """No act of the table: somebody has asked for a way in without the code."""
    DESK_CODE = "desk_code"
    """No act of the table either: the desk has given out another code, to whoever said to be the author."""
    ACCOUNT = "account"
    """To a member of staff: the own password, second factor, passkeys or recovery codes have changed."""
    SIGN_IN = "sign_in"
    """To a member of staff: somebody has tried in vain to sign in to the own account."""
    DESK = "desk"
    """To a member of staff: how much waits on the desk, of which kinds."""
