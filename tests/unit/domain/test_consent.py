"""What an author agreed to decides what is printed and what may leave."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import pytest

from portal.domain.consent import (
    BylineMode,
    ExportRefusal,
    PublishWish,
    lacks_byline,
    list_export_refusals,
    printed_byline,
)

READY: Final[Mapping[str, Any]] = {
    "approved": True,
    "withdrawn": False,
    "wish": PublishWish.AFTER_APPROVAL,
    "licence_consent": True,
    "byline_mode": BylineMode.PEN,
    "text_unchanged": True,
    "consent_current": True,
    "embargoed": False,
    "holds_avoided": False,
    "may_hold_avoided": False,
}
# Every obstacle with the reason it gives, the strongest first.
OBSTACLES: Final[tuple[tuple[dict[str, Any], ExportRefusal], ...]] = (
    ({"withdrawn": True}, ExportRefusal.WITHDRAWN),
    ({"wish": PublishWish.NO}, ExportRefusal.NO_PUBLICATION),
    ({"approved": False}, ExportRefusal.NOT_APPROVED),
    ({"licence_consent": False}, ExportRefusal.NO_LICENCE),
    ({"consent_current": False}, ExportRefusal.CONSENT_OUTDATED),
    ({"byline_mode": BylineMode.LATER}, ExportRefusal.BYLINE_UNDECIDED),
    ({"text_unchanged": False}, ExportRefusal.CHANGED_AFTER_APPROVAL),
    ({"embargoed": True}, ExportRefusal.EMBARGO),
    ({"holds_avoided": True}, ExportRefusal.HOLDS_AVOIDED),
    ({"may_hold_avoided": True}, ExportRefusal.MAY_HOLD_AVOIDED),
)


def test_an_approved_text_with_all_consents_may_leave() -> None:
    assert list_export_refusals(**READY) == ()


@pytest.mark.parametrize(("obstacle", "reason"), OBSTACLES)
def test_one_obstacle_is_enough(obstacle: dict[str, Any], reason: ExportRefusal) -> None:
    assert list_export_refusals(**{**READY, **obstacle}) == (reason,)


@pytest.mark.parametrize(("first", "second"), list(pairwise(OBSTACLES)))
def test_of_two_obstacles_the_stronger_is_named_first(
    first: tuple[dict[str, Any], ExportRefusal], second: tuple[dict[str, Any], ExportRefusal]
) -> None:
    assert list_export_refusals(**{**READY, **second[0], **first[0]}) == (first[1], second[1])


def test_every_reason_has_its_obstacle() -> None:
    assert {reason for _, reason in OBSTACLES} == set(ExportRefusal) - {ExportRefusal.CANNOT_OPEN}


def test_an_author_who_wants_to_talk_first_and_then_approved_is_no_obstacle() -> None:
    assert list_export_refusals(**{**READY, "wish": PublishWish.TALK_FIRST}) == ()


@pytest.mark.parametrize("mode", [BylineMode.REAL, BylineMode.PEN, BylineMode.NONE])
def test_every_decided_byline_may_leave(mode: BylineMode) -> None:
    assert list_export_refusals(**{**READY, "byline_mode": mode}) == ()


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
    *,
    open_still: bool,
) -> None:
    assert lacks_byline(mode, name) is open_still
