"""A sending at the door: which lane it comes in by, and whether there is room."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import TooBusy
from portal.domain.lanes import (
    ANSWERED,
    FILES_OF_PAGE,
    FILES_READ,
    KEPT_ASIDE,
    LANE_RULES,
    LOST_CODES,
    NEW_DRAFTS,
    RETURNING,
    SAME_FORM,
    SAVES_OF_FORM,
    WHOLE_SITE,
    WRONG_CODES,
    Arrival,
    Lane,
    may_vouch,
    read_signals,
)
from portal.models import Submission
from portal.operations.keeping import (
    fill_bucket,
    hold_buckets,
    name_bucket,
    require_room,
    require_rooms,
    use_proof,
)
from portal.operations.proving import check_proof
from portal.queries.keeping import find_lane_sent

_SITE = {"site": WHOLE_SITE}
_ROOMS = {lane: {f"lane:{lane}": rule, **_SITE} for lane, rule in LANE_RULES.items()}
"""Where a sending of each lane needs room."""
_LIFT = {"answered": ANSWERED}


@dataclass(frozen=True)
class Claims:
    """What came with a sending besides its texts.

    `begun`: when its form was issued; `trap`: what stood in the field people do not see; `page_of`: the
    submission whose private page is open in the same browser; `is_first`: whoever asks has already seen that
    nothing came with this form before.
    """

    form_key: str
    begun: datetime | None = None
    trap: str = ""
    proof: str = ""
    is_answered: bool = False
    page_of: Submission | None = None
    is_first: bool = False


def admit(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> Arrival:
    """Return the lane and signals of a sending. Raises TooBusy when its lane or the site has no room.

    In the transaction that keeps the text: what fails later has used up neither proof nor room.
    """
    signals = read_signals(trap=claims.trap, begun=claims.begun, at=at)
    lane = None if claims.is_first else _admit_again(session, claims, at=at, receipt_secret=receipt_secret)
    if lane is None:
        try:
            lane = _admit_new(session, claims, at=at, receipt_secret=receipt_secret)
        except TooBusy:  # the form may have come in since somebody looked: pressed twice, say
            lane = _admit_again(session, claims, at=at, receipt_secret=receipt_secret)
            if lane is None:
                raise
    return Arrival(lane, signals)


def admit_save(session: Session, form_key: str, *, is_new: bool, at: datetime, receipt_secret: bytes) -> None:
    """Make room for saving what is typed. Raises TooBusy.

    `is_new`: a row will be made, which counts on the whole site; going on with one counts for its form alone.
    """
    name = name_bucket(receipt_secret, "save", form_key)
    require_room(session, name, at=at, rule=SAVES_OF_FORM)
    if is_new:
        require_room(session, "drafts", at=at, rule=NEW_DRAFTS)


def admit_aside(session: Session, *, at: datetime) -> None:
    """Make room for saving a text that has to wait. Raises TooBusy."""
    require_room(session, "aside", at=at, rule=KEPT_ASIDE)


def count_wrong_code(session: Session, *, at: datetime) -> None:
    """Count a receipt code that was looked up and opens nothing. Raises TooBusy when there were too many."""
    require_room(session, "codes", at=at, rule=WRONG_CODES)


def admit_lost_code(session: Session, *, at: datetime) -> None:
    """Make room for a request for a new way in. Raises TooBusy, whoever asks and whatever they typed."""
    require_room(session, "lost", at=at, rule=LOST_CODES)


def admit_file(session: Session, page_of: Submission | None, *, at: datetime, receipt_secret: bytes) -> None:
    """Make room for reading a story from a file. Raises TooBusy.

    `page_of` is the submission whose private page is open in the browser that sends it.
    """
    if page_of is None:
        require_room(session, "files", at=at, rule=FILES_READ)
    else:
        name = name_bucket(receipt_secret, "files", page_of.public_id)
        require_room(session, name, at=at, rule=FILES_OF_PAGE)


def _admit_again(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> Lane | None:
    """Make room for a form that was sent before; return its lane, None when it was not. Raises TooBusy."""
    lane = find_lane_sent(session, claims.form_key, receipt_secret=receipt_secret)
    if lane is not None:
        name = name_bucket(receipt_secret, "form", claims.form_key)
        require_rooms(session, {name: SAME_FORM, **_SITE}, at=at)
    return lane


def _admit_new(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> Lane:
    """Make room for a form that has not come before; return its lane. Raises TooBusy."""
    if _is_vouched_for(session, claims, at=at, receipt_secret=receipt_secret):
        lane = Lane.VERIFIED
    elif claims.is_answered:
        return _admit_answered(session, at=at)
    else:
        lane = Lane.UNVERIFIED
    require_rooms(session, _ROOMS[lane], at=at)
    return lane


def _is_vouched_for(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> bool:
    """Say whether there is a reason to think a person sent it. What costs nothing to repeat is counted."""
    proof = check_proof(receipt_secret, claims.proof, at=at)
    if proof is not None and use_proof(session, proof.hash, until=proof.until):
        return True
    page_of = claims.page_of
    if page_of is not None and may_vouch(page_of.lane, page_of.state):
        name = name_bucket(receipt_secret, "page", page_of.public_id)
        return fill_bucket(session, name, at=at, rule=RETURNING) is None
    return False


def _admit_answered(session: Session, *, at: datetime) -> Lane:
    """Make room for a sending whose question was answered; return its lane. Raises TooBusy.

    Which lane it comes in by shows only when its bucket is held: so both lanes are, all in one statement.
    """
    buckets = hold_buckets(session, {*_LIFT, *_ROOMS[Lane.VERIFIED], *_ROOMS[Lane.UNVERIFIED]}, at=at)
    lane = Lane.VERIFIED if buckets.put(_LIFT) is None else Lane.UNVERIFIED
    wait = buckets.put(_ROOMS[lane])
    if wait is not None:
        raise TooBusy(wait)
    buckets.write()
    return lane
