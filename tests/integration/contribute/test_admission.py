"""Which lane a text comes in by, and buckets that several processes share."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.admission import (
    ANSWERED,
    PROVED_SIGN_INS,
    READ_AFTER,
    RETURNING,
    SAME_FORM,
    SAVES_OF_FORM,
    SAVES_OF_PROOF,
    UPPER_LANE,
    Arrival,
    BucketRule,
    Lane,
    Signal,
)
from portal.domain.documents import NoRoom
from portal.domain.errors import TooBusy
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import RateBucket, Submission, UsedProof
from portal.operations.contribute.admission import (
    FRESH,
    PROOF_LIFE,
    PROVED_SIGN_IN,
    READ,
    Claims,
    ProofOfWork,
    admit,
    admit_save,
    check_proof,
    issue,
    issue_challenge,
)
from portal.operations.rate_limits import delete_leaked_buckets, fill_bucket, name_bucket, use_proof
from tests.support.factories import make_form_key, make_submission
from tests.support.proof_of_work import solve

SECRET = b"s" * 32
RULE = BucketRule(per_hour=60, burst=20)


def make_proof(at: datetime, *, secret: bytes = b"") -> str:
    return solve(issue_challenge(secret or current_portal().instance.receipt_secret, at=at))


def arrive(session: Session, at: datetime, form_key: str = "", **claims: Any) -> Arrival:
    secret = current_portal().instance.receipt_secret
    return admit(session, Claims(form_key or make_form_key(), **claims), at=at, receipt_secret=secret)


def fill_up(session: Session, name: str, rule: BucketRule, at: datetime) -> None:
    session.add(RateBucket(name=name, level=float(rule.burst), updated_at=at))
    session.flush()


def levels(session: Session) -> dict[str, float]:
    return {row.name: row.level for row in session.scalars(select(RateBucket))}


# The proof of work


def test_a_solved_challenge_is_a_proof(at: datetime) -> None:
    proof = check_proof(SECRET, solve(issue_challenge(SECRET, at=at)), at=at)
    assert proof is not None
    assert proof.until == at.replace(microsecond=0) + PROOF_LIFE


def test_a_challenge_has_the_fields_the_script_reads(at: datetime) -> None:
    challenge = issue_challenge(SECRET, at=at)
    fixed = {key: challenge["parameters"][key] for key in ("algorithm", "cost", "keyLength", "keyPrefix")}
    assert (fixed, sorted(challenge), sorted(challenge["parameters"])) == (
        {"algorithm": "PBKDF2/SHA-256", "cost": 5000, "keyLength": 32, "keyPrefix": "00"},
        ["parameters", "signature"],
        ["algorithm", "cost", "data", "keyLength", "keyPrefix", "nonce", "salt"],
    )


def test_a_proof_is_too_old_after_ten_minutes(at: datetime) -> None:
    text = solve(issue_challenge(SECRET, at=at))
    assert check_proof(SECRET, text, at=at + PROOF_LIFE) is None


def test_another_solution_of_one_challenge_is_the_same_proof(at: datetime) -> None:
    challenge = issue_challenge(SECRET, at=at)
    first = solve(challenge)
    counter = json.loads(base64.b64decode(first))["solution"]["counter"]
    proofs = [check_proof(SECRET, text, at=at) for text in (first, solve(challenge, start=counter + 1))]
    assert proofs[0] is not None
    assert proofs[0] == proofs[1]


def test_a_challenge_made_easier_is_no_proof(at: datetime) -> None:
    challenge = issue_challenge(SECRET, at=at)
    challenge["parameters"]["cost"] = 1
    assert check_proof(SECRET, solve(challenge), at=at) is None


def test_a_challenge_of_somebody_else_is_no_proof(at: datetime) -> None:
    assert check_proof(SECRET, solve(issue_challenge(b"o" * 32, at=at)), at=at) is None


def test_a_proof_has_at_most_two_thousand_characters(at: datetime) -> None:
    proof = base64.b64decode(solve(issue_challenge(SECRET, at=at)))
    texts = [base64.b64encode(proof.ljust(size)).decode() for size in (1500, 1503)]
    found = [check_proof(SECRET, text, at=at) is not None for text in texts]
    assert list(zip(map(len, texts), found, strict=True)) == [(2000, True), (2004, False)]


def encode(content: object) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64 at all",
        "доказ",
        encode([]),
        encode("x"),
        encode({"challenge": {}, "solution": {}}),
        encode({"challenge": {"parameters": []}, "solution": {"counter": 1, "derivedKey": ""}}),
        encode({"challenge": None, "solution": None}),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b"[" * 1200).decode(),
        "A" * 100_000,
    ],
)
def test_nonsense_is_no_proof(text: str, at: datetime) -> None:
    assert check_proof(SECRET, text, at=at) is None


@pytest.mark.parametrize("counter", [None, -1, 2**40, "1", 1.5, True])
def test_a_solution_that_is_no_number_is_no_proof(counter: object, at: datetime) -> None:
    challenge = issue_challenge(SECRET, at=at)
    text = encode({"challenge": challenge, "solution": {"counter": counter, "derivedKey": "00"}})
    assert check_proof(SECRET, text, at=at) is None


def test_a_proof_counts_once(session: Session, at: datetime) -> None:
    proof = ProofOfWork("a" * 64, at + PROOF_LIFE)
    assert [use_proof(session, proof.hash, until=proof.until) for _ in range(2)] == [True, False]


def test_of_ten_sendings_with_one_proof_at_once_one_has_it(app: Flask, at: datetime) -> None:
    def present(_: int) -> bool:
        with app.app_context(), transaction() as session:
            return use_proof(session, "b" * 64, until=at)

    with ThreadPoolExecutor(max_workers=5) as pool:
        assert sorted(pool.map(present, range(10))) == [False] * 9 + [True]


def test_a_used_proof_does_not_tell_when_somebody_was_writing(session: Session, at: datetime) -> None:
    use_proof(session, "c" * 64, until=at)
    assert session.scalars(select(UsedProof.expires_at)).all() == [datetime(2026, 3, 14, 10, tzinfo=UTC)]


# Buckets


def test_a_bucket_remembers_its_level(session: Session, at: datetime) -> None:
    waits = [fill_bucket(session, "site", at=at, rule=RULE) for _ in range(22)]
    assert waits == [None] * 20 + [timedelta(minutes=1)] * 2


def test_many_at_once_find_exactly_the_room_there_is(app: Flask, at: datetime) -> None:
    def knock(_: int) -> bool:
        with app.app_context(), transaction() as session:
            return fill_bucket(session, "door", at=at, rule=RULE) is None

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert sum(pool.map(knock, range(40))) == RULE.burst


def test_what_fails_later_takes_no_room(app: Flask, at: datetime) -> None:
    def fail() -> None:
        with transaction() as session:
            fill_bucket(session, "door", at=at, rule=RULE)
            raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        fail()
    with app.app_context():
        assert levels(db.session()) == {}


def test_buckets_and_proofs_of_the_past_are_forgotten(session: Session, at: datetime) -> None:
    for name, age in (("old", 2), ("young", 1)):
        fill_up(session, name, RULE, at - timedelta(hours=age))
    use_proof(session, "d" * 64, until=at - timedelta(hours=3))
    use_proof(session, "e" * 64, until=at)
    delete_leaked_buckets(session, at=at)
    assert (list(levels(session)), session.scalars(select(UsedProof.proof_hash)).all()) == (
        ["young"],
        ["e" * 64],
    )


def test_the_name_of_a_bucket_leads_to_no_form(session: Session, at: datetime) -> None:
    form_key = make_form_key()
    make_submission(session, at, form_key=form_key)
    arrive(session, at, form_key)
    assert list(levels(session)) == [name_bucket(current_portal().instance.receipt_secret, "form", form_key)]


# Lanes


def test_a_text_with_nothing_but_its_words_comes_in_unverified(session: Session, at: datetime) -> None:
    assert arrive(session, at) == Arrival(Lane.UNVERIFIED)


def test_a_text_with_a_proof_is_verified(session: Session, at: datetime) -> None:
    assert arrive(session, at, proof=make_proof(at)) == Arrival(Lane.VERIFIED)


def test_a_text_with_a_used_proof_comes_in_unverified(session: Session, at: datetime) -> None:
    proof = make_proof(at)
    assert [arrive(session, at, proof=proof).lane for _ in range(2)] == [Lane.VERIFIED, Lane.UNVERIFIED]


def test_a_text_with_the_question_answered_is_verified(session: Session, at: datetime) -> None:
    assert arrive(session, at, is_answered=True) == Arrival(Lane.VERIFIED)


def test_answers_of_a_script_lift_only_so_many(session: Session, at: datetime) -> None:
    fill_up(session, "answered", ANSWERED, at)
    assert arrive(session, at, is_answered=True).lane is Lane.UNVERIFIED


def test_a_returning_contributor_is_verified(session: Session, at: datetime) -> None:
    assert arrive(session, at, page_of=make_submission(session, at)).lane is Lane.VERIFIED


def test_who_came_in_unverified_vouches_for_nothing(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    submission.lane = Lane.UNVERIFIED
    assert arrive(session, at, page_of=submission).lane is Lane.UNVERIFIED


def test_one_open_page_vouches_for_so_many_texts_an_hour(session: Session, at: datetime) -> None:
    submission = make_submission(session, at)
    lanes = [arrive(session, at, page_of=submission).lane for _ in range(RETURNING.burst + 1)]
    assert lanes == [Lane.VERIFIED] * RETURNING.burst + [Lane.UNVERIFIED]


def test_a_form_that_arrives_again_keeps_its_lane(session: Session, at: datetime) -> None:
    form_key = make_form_key()
    make_submission(session, at, form_key=form_key).lane = Lane.UNVERIFIED
    session.flush()
    assert arrive(session, at, form_key, proof=make_proof(at)).lane is Lane.UNVERIFIED


def test_a_form_that_arrives_again_needs_no_room_in_a_lane(session: Session, at: datetime) -> None:
    form_key = make_form_key()
    make_submission(session, at, form_key=form_key)
    for name in (FRESH, READ):
        fill_up(session, name, UPPER_LANE, at)
    assert arrive(session, at, form_key).lane is Lane.VERIFIED


def test_a_form_arrives_again_only_so_often(session: Session, at: datetime) -> None:
    form_key = make_form_key()
    make_submission(session, at, form_key=form_key)
    fill_up(session, name_bucket(current_portal().instance.receipt_secret, "form", form_key), SAME_FORM, at)
    with pytest.raises(TooBusy):
        arrive(session, at, form_key)


def test_a_text_that_was_only_saved_is_judged_when_it_is_sent(session: Session, at: datetime) -> None:
    form_key = make_form_key()
    make_submission(session, at, form_key=form_key).state = State.WRITING
    session.flush()
    assert arrive(session, at, form_key).lane is Lane.UNVERIFIED


def test_the_lower_lane_is_never_full(session: Session, at: datetime) -> None:
    assert {arrive(session, at).lane for _ in range(100)} == {Lane.UNVERIFIED}


def test_what_finds_no_room_in_the_upper_lane_comes_in_by_the_lower_one(
    session: Session, at: datetime
) -> None:
    fill_up(session, FRESH, UPPER_LANE, at)
    assert arrive(session, at, is_answered=True).lane is Lane.UNVERIFIED


@pytest.mark.parametrize(
    ("age", "full", "lane"),
    [
        (READ_AFTER, FRESH, Lane.VERIFIED),
        (READ_AFTER, READ, Lane.UNVERIFIED),
        (READ_AFTER - timedelta(seconds=1), FRESH, Lane.UNVERIFIED),
        (READ_AFTER - timedelta(seconds=1), READ, Lane.VERIFIED),
    ],
)
def test_forms_that_were_read_and_fresh_ones_have_rooms_of_their_own(
    session: Session, at: datetime, age: timedelta, full: str, lane: Lane
) -> None:
    fill_up(session, full, UPPER_LANE, at)
    assert arrive(session, at, is_answered=True, begun=at - age).lane is lane


def test_on_a_full_disk_only_what_a_person_speaks_for_comes_in(session: Session, at: datetime) -> None:
    assert arrive(session, at, is_answered=True, has_room=False).lane is Lane.VERIFIED
    with pytest.raises(NoRoom):
        arrive(session, at, has_room=False)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("name", "rule"), [(FRESH, UPPER_LANE), (READ, UPPER_LANE), (PROVED_SIGN_IN, PROVED_SIGN_INS)]
)
@pytest.mark.parametrize(("share", "cost"), [(0.0, 5000), (0.3, 10_000), (0.6, 20_000), (1.0, 40_000)])
def test_a_challenge_is_the_harder_the_fuller_it_is(
    session: Session, at: datetime, name: str, rule: BucketRule, share: float, cost: int
) -> None:
    session.add(RateBucket(name=name, level=rule.burst * share, updated_at=at))
    session.flush()
    assert issue(session, at=at, receipt_secret=SECRET)["parameters"]["cost"] == cost


def test_what_looks_automatic_is_noted_and_refuses_nothing(session: Session, at: datetime) -> None:
    arrival = arrive(session, at, trap="x", begun=at - timedelta(seconds=2), is_answered=True)
    assert arrival == Arrival(Lane.VERIFIED, (Signal.HONEYPOT, Signal.TOO_FAST))


# Saving what is typed


def save(session: Session, at: datetime, form_key: str, *, is_new: bool, **claims: Any) -> None:
    admit_save(session, Claims(form_key, **claims), is_new=is_new, at=at, receipt_secret=SECRET)


def test_forms_of_strangers_begin_to_save_whoever_else_does(session: Session, at: datetime) -> None:
    for number in range(400):
        save(session, at, f"form {number}", is_new=True)
    assert set(levels(session).values()) == {1.0}


def test_one_form_saves_only_so_often_and_the_others_go_on(session: Session, at: datetime) -> None:
    fill_up(session, name_bucket(SECRET, "save", "a form"), SAVES_OF_FORM, at)
    save(session, at, "another form", is_new=False)
    with pytest.raises(TooBusy):
        save(session, at, "a form", is_new=False)


def test_on_a_full_disk_a_form_begins_to_save_with_a_proof(session: Session, at: datetime) -> None:
    with pytest.raises(NoRoom):
        save(session, at, "a form", is_new=True, has_room=False)
    save(session, at, "a form", is_new=True, has_room=False, proof=make_proof(at, secret=SECRET))


def test_on_a_full_disk_one_proof_is_good_for_so_many_forms(session: Session, at: datetime) -> None:
    proof = make_proof(at, secret=SECRET)
    for number in range(SAVES_OF_PROOF.burst):
        save(session, at, f"form {number}", is_new=True, has_room=False, proof=proof)
    with pytest.raises(TooBusy):
        save(session, at, "one more", is_new=True, has_room=False, proof=proof)


def test_on_a_full_disk_who_has_a_page_or_a_row_goes_on(session: Session, at: datetime) -> None:
    save(session, at, "a form", is_new=True, has_room=False, page_of=make_submission(session, at))
    save(session, at, "another form", is_new=False, has_room=False)


def test_a_sending_is_counted_with_the_submission_it_makes(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        arrive(session, at, is_answered=True)
        make_submission(session, at)
    with app.app_context():
        counted = db.session.scalars(select(Submission)).all()
        assert (len(counted), levels(db.session())) == (1, {"answered": 1, FRESH: 1})
