"""What a site says of a post ends what is asked for there, or not."""

import pytest

from portal.domain.remote_sites import RemoteStatus
from portal.domain.take_downs import Recall, TakeDownOutcome, settle_by_site

HELD_BACK = {RemoteStatus.DRAFT, RemoteStatus.PENDING, RemoteStatus.PRIVATE}
GONE = {RemoteStatus.TRASHED, RemoteStatus.GONE}


@pytest.mark.parametrize("reason", Recall)
def test_what_is_gone_from_there_has_to_come_back_no_more(reason: Recall) -> None:
    removed = {one for one in RemoteStatus if settle_by_site(reason, one, was_read=True) == "removed"}
    assert removed == GONE


@pytest.mark.parametrize(("was_read", "held_back"), [(True, HELD_BACK), (False, set())])
def test_what_was_read_too_early_is_off_the_pages_as_a_draft(
    *, was_read: bool, held_back: set[RemoteStatus]
) -> None:
    told = {one: settle_by_site(Recall.EMBARGO, one, was_read=was_read) for one in RemoteStatus}
    assert {one for one, said in told.items() if said is TakeDownOutcome.CORRECTED} == held_back


@pytest.mark.parametrize("reason", [one for one in Recall if one is not Recall.EMBARGO])
def test_a_draft_is_no_answer_to_anything_else(reason: Recall) -> None:
    assert [settle_by_site(reason, one, was_read=True) for one in HELD_BACK] == [None] * len(HELD_BACK)
