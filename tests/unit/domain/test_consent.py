"""What an author agreed to decides what is printed and what may leave."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import pytest

from portal.domain.bylines import lacks_byline
from portal.domain.consent import BylineMode, PublishWish, Refusal, find_refusal, printed_byline

READY: Final[Mapping[str, Any]] = {
    "approved": True,
    "withdrawn": False,
    "wish": PublishWish.AFTER_APPROVAL,
    "licence_consent": True,
    "byline_mode": BylineMode.PEN,
    "text_unchanged": True,
}
# Every obstacle with the reason it gives, the strongest first.
OBSTACLES: Final[tuple[tuple[dict[str, Any], Refusal], ...]] = (
    ({"withdrawn": True}, Refusal.WITHDRAWN),
    ({"wish": PublishWish.NO}, Refusal.NO_PUBLICATION),
    ({"approved": False}, Refusal.NOT_APPROVED),
    ({"licence_consent": False}, Refusal.NO_LICENCE),
    ({"byline_mode": BylineMode.LATER}, Refusal.BYLINE_UNDECIDED),
    ({"text_unchanged": False}, Refusal.CHANGED_AFTER_APPROVAL),
)


def test_an_approved_text_with_all_consents_may_leave() -> None:
    assert find_refusal(**READY) is None


@pytest.mark.parametrize(("obstacle", "reason"), OBSTACLES)
def test_one_obstacle_is_enough(obstacle: dict[str, Any], reason: Refusal) -> None:
    assert find_refusal(**{**READY, **obstacle}) is reason


@pytest.mark.parametrize(("first", "second"), list(pairwise(OBSTACLES)))
def test_of_two_obstacles_the_stronger_is_named(
    first: tuple[dict[str, Any], Refusal], second: tuple[dict[str, Any], Refusal]
) -> None:
    assert find_refusal(**{**READY, **second[0], **first[0]}) is first[1]


def test_every_reason_has_its_obstacle() -> None:
    assert {reason for _, reason in OBSTACLES} == set(Refusal)


def test_an_author_who_wants_to_talk_first_and_then_approved_is_no_obstacle() -> None:
    assert find_refusal(**{**READY, "wish": PublishWish.TALK_FIRST}) is None


@pytest.mark.parametrize("mode", [BylineMode.REAL, BylineMode.PEN, BylineMode.NONE])
def test_every_decided_byline_may_leave(mode: BylineMode) -> None:
    assert find_refusal(**{**READY, "byline_mode": mode}) is None


@pytest.mark.parametrize(
    ("mode", "printed"),
    [
        (BylineMode.REAL, "Олена К."),
        (BylineMode.PEN, "Олена К."),
        (BylineMode.NONE, ""),
        (BylineMode.LATER, ""),
        ("", ""),
    ],
)
def test_a_name_is_printed_only_as_the_author_chose(mode: str, printed: str) -> None:
    assert printed_byline(mode, "Олена К.") == printed


@pytest.mark.parametrize(
    ("mode", "name", "open_still"),
    [
        (BylineMode.LATER, "", True),
        (BylineMode.LATER, "Олена К.", True),
        (BylineMode.REAL, "", True),
        (BylineMode.PEN, "", True),
        (BylineMode.PEN, "Олена К.", False),
        (BylineMode.NONE, "", False),
    ],
)
def test_a_byline_is_open_until_it_is_chosen_and_written_down(
    mode: str,
    name: str,
    open_still: bool,  # noqa: FBT001
) -> None:
    assert lacks_byline(mode, name) is open_still
