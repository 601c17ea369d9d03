"""Admission of what arrives: how sure it is that a person wrote it; nobody is refused, no address looked at.

The proof of work, for the script of the form
---------------------------------------------
`GET /{lang}/my/proof` answers with a challenge of the ALTCHA kind, version 2 (altcha.org), as JSON:

    {"parameters": {"algorithm": "PBKDF2/SHA-256", "cost": 5000, "data": {"until": 1793000000},
                    "keyLength": 32, "keyPrefix": "00", "nonce": "<32 hex>", "salt": "<32 hex>"},
     "signature": "<64 hex>"}

To solve it, count upwards from 0 until a derived key begins with `keyPrefix` (about 256 tries, one native
call each):

    password = bytes of hex(nonce), then the counter as 4 bytes, most significant first
    key = PBKDF2-HMAC-SHA-256(password, salt = bytes of hex(salt), iterations = cost, keyLength bytes)
    solved when lower-case hex(key) begins with keyPrefix

In a browser: `crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"])`, then
`crypto.subtle.deriveBits({name: "PBKDF2", hash: "SHA-256", salt, iterations: cost}, key, keyLength * 8)`.

The hidden field `proof` takes Base64 (with padding) of JSON: the challenge, untouched, and the solution:

    btoa(JSON.stringify({challenge, solution: {counter, derivedKey: "<hex of the key>"}}))

The more comes in with proofs, the higher is `cost`, up to eight times. A challenge lives ten minutes from
when it was issued (measure the distance, device clocks are wrong) and counts once. A proof that is missing,
too old, used before or wrong is no error: what was sent is kept all the same, and listed below the others;
only where the disk has no room to spare it is refused (507). Without `crypto.subtle` (plain http) leave the
field empty. The element `keep-human` holds the question for people without a proof: hide it (`hidden`)
as soon as `proof` is filled, show it again when it is emptied.
Saving may answer a script with 429, `Retry-After` and `{"state": "busy", "wait": seconds}`: keep the text
and try later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue

from portal.data.content import human_questions
from portal.domain.admission import Arrival, choose_question, is_right
from portal.domain.errors import TooBusy
from portal.domain.receipt_code import form_key_begun
from portal.extensions import current_portal, db, now
from portal.models import Submission
from portal.operations.contribute import admission
from portal.storage import has_room
from portal.web.site.contributor_session import is_author_here
from portal.web.site.error_texts import count_seconds
from portal.web.site.form_faults import wants_script
from portal.web.site.localized import LocalizedText, choose_text

PROOF_FIELD = "proof"
TRAP_FIELD = "extra_line"
"""A neutral name: no browser fills it in from an address book, and no question of a call is called so."""
ANSWER_FIELD = "human_answer"
_MIB = 1024 * 1024
UNSEEN_FIELDS = frozenset({PROOF_FIELD, TRAP_FIELD, ANSWER_FIELD})
"""What is no text of the person's: pages that give back what was typed leave these out."""


@dataclass(frozen=True)
class HumanPart:
    """The values of _human.html: the question of the form, and what was answered to it."""

    question: LocalizedText
    answer: str


def judge_arrival(form_key: str, *, is_first: bool) -> Arrival:
    """Return the lane and signals of the sending being answered. Raises TooBusy, NoRoom.

    `is_first`: nothing of this form was saved or sent when the request began.

    Call it inside transaction(), before the operation that keeps the text: both happen or neither.
    """
    return admission.admit(
        db.session(),
        read_claims(form_key, is_first=is_first),
        at=now(),
        receipt_secret=current_portal().instance.receipt_secret,
    )


def read_claims(form_key: str, *, is_first: bool = False) -> admission.Claims:
    """Return what came with the form that is being answered, besides its texts."""
    portal = current_portal()
    return admission.Claims(
        form_key=form_key,
        begun=form_key_begun(form_key),
        trap=request.form.get(TRAP_FIELD, ""),
        proof=request.form.get(PROOF_FIELD, ""),
        is_answered=_is_answered(form_key),
        page_of=_open_submission(),
        is_first=is_first,
        has_room=has_room(portal.instance.folder, floor=portal.settings.upload_floor_mib * _MIB),
    )


def judge_save(form_key: str, *, is_new: bool) -> None:
    """Make room for saving what is typed. Raises TooBusy, which scripts get as JSON (`state` "busy"); NoRoom.

    Call it inside transaction(), before the operation that saves; `is_new` when a row will be made.
    """
    secret, claims = current_portal().instance.receipt_secret, read_claims(form_key)
    admission.admit_save(db.session(), claims, is_new=is_new, at=now(), receipt_secret=secret)


def judge_file() -> None:
    """Make room for reading a story from a file. Raises TooBusy. Call it inside transaction()."""
    secret = current_portal().instance.receipt_secret
    admission.admit_file(db.session(), _open_submission(), at=now(), receipt_secret=secret)


def answer_busy_script(busy: TooBusy, told: Mapping[str, Any]) -> ResponseReturnValue | None:
    """Return what a script gets: 429, `{"state": "busy", "wait": seconds}` and what is told; else None."""
    if not wants_script():
        return None
    return jsonify({**told, "state": "busy", "wait": count_seconds(busy.wait)}), 429


def find_human_part(form_key: str | None) -> HumanPart:
    """Return the question of a form and what was answered to it, if it was sent."""
    question = choose_question(human_questions(), form_key or "")
    answer = request.form.get(ANSWER_FIELD, "") if request.method == "POST" else ""
    return HumanPart(choose_text(question.text), answer)


def init_lanes(app: Flask) -> None:
    """Give templates what contribute/_human.html needs."""
    names = {"proof": PROOF_FIELD, "trap": TRAP_FIELD, "answer": ANSWER_FIELD}
    app.context_processor(lambda: {"human_names": names})


def _is_answered(form_key: str) -> bool:
    answer = request.form.get(ANSWER_FIELD, "")
    return bool(answer) and is_right(choose_question(human_questions(), form_key), answer)


def _open_submission() -> Submission | None:
    page = g.get("private_page")
    submission: Submission | None = page.submission if page is not None and is_author_here() else None
    return submission
