"""Faults that were there once, or could be: each is planted by hand, for the walk to find."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.desk_codes import WAIT, CodeState
from portal.domain.ways_in import PAGE_RIGHTS, PageRight, WayIn
from portal.export import departures
from portal.models import DeskCode, Draft, Event, PageWords, Staff, Submission, UnsavedEdit
from portal.operations import erasure, recalls, retention, transitions
from portal.operations.contribute import save
from portal.operations.coverages import author_changes, look_back
from portal.operations.coverages.unsaved_edits import keep_unsaved
from portal.operations.desk import bulk, decisions, desk_codes, notices, same_story
from portal.operations.desk.same_story import ToldStory
from portal.operations.private.originals import delete_old_originals
from portal.queries import published
from portal.queries.desk.bulk import DoneToOne, list_batch
from portal.queries.private import messages
from portal.sealing.keys import KeyRing
from portal.web.coverages import drafts, unsaved_edits
from portal.web.desk import queue_table, submission_texts
from portal.wordpress import push
from portal.wordpress.posts import RemotePost

Known = Mapping[int, ToldStory]
EMPTY: Known = {}
read_told = same_story._read_told  # noqa: SLF001  # what is planted stands in its place


def delete_the_draft(session: Session, undone: Event, *, at: datetime) -> int:
    """Undo an acceptance as it once was: the draft goes, with every saved edit."""
    if undone.act is HistoryAct.ACCEPT:
        for draft in session.scalars(select(Draft).where(Draft.submission_id == undone.submission_id)):
            session.delete(draft)
    return 0


def gather_all(submission: Submission) -> Mapping[str, Any]:
    """Put the answers of all versions together, as it once was: what was emptied comes back."""
    return {key: one for revision in submission.revisions for key, one in revision.answers.items()}


def plant_deleting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "restore_draft", delete_the_draft)


def plant_gathering(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (submission_texts, decisions):
        monkeypatch.setattr(reader, "current_answers", gather_all)


def plant_hidden_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(save, "repeats_open_text", lambda *_given: False)


def keep_for_one(session: Session, draft: Draft, values: Any, *, by: Staff, **given: Any) -> Any:
    """Keep what an editor types in the one place the draft has for that: a colleague's words go."""
    others = UnsavedEdit.draft_id == draft.id, UnsavedEdit.staff_id != by.id
    session.execute(delete(UnsavedEdit).where(*others))
    return keep_unsaved(session, draft, values, by=by, **given)


def plant_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsaved_edits, "keep_unsaved", keep_for_one)


def plant_bare_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "save_edits", lambda *_given, **_more: False)


def plant_left_words(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tuple(one for one in erasure._OF_SUBMISSION if one is not PageWords)  # noqa: SLF001  # the fault
    monkeypatch.setattr(erasure, "_OF_SUBMISSION", known)


def plant_erasing_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever comes with a code of the desk erase, and prove nothing."""
    rights = PAGE_RIGHTS[WayIn.DESK_CODE] | {PageRight.ERASE}
    monkeypatch.setitem(cast("dict[WayIn, frozenset[PageRight]]", PAGE_RIGHTS), WayIn.DESK_CODE, rights)


def use_beside(_session: Session, _submission: Submission, code: DeskCode) -> None:
    """Take a code of the desk into use, and leave the one before it good."""
    code.state = CodeState.IN_USE


def plant_two_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_codes, "_take_into_use", use_beside)


def plant_kept_originals(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tuple(one for one in retention._OVER if one is not delete_old_originals)  # noqa: SLF001  # the fault
    monkeypatch.setattr(retention, "_OVER", known)


def wait_without_proof(submission: Submission, keys: KeyRing) -> timedelta:
    """Have a code wait where nothing proves the author alone: who was warned by mail comes too late."""
    has_proof = desk_codes._find_way_in(submission, keys) is WayIn.DESK_CODE  # noqa: SLF001  # the fault
    return timedelta(0) if has_proof else WAIT


def plant_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_codes, "find_code_delay", wait_without_proof)


def take_for_ours(there: RemotePost, *_given: object) -> RemotePost:
    """Write over whatever stands on the site."""
    return there


def plant_writing_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_require_ours", take_for_ours)


def list_all_as_untouched(*given: Any, **more: Any) -> list[DoneToOne]:
    """Return what an act on many did as if nobody had gone on with any of it."""
    return [one._replace(has_moved_on=False) for one in list_batch(*given, **more)]


def plant_blind_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "list_batch", list_all_as_untouched)
    monkeypatch.setattr(bulk, "may_undo", lambda *_given, **_more: True)


def plant_forgotten_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalls, "list_copies_of", lambda *_given: [])


def plant_ignored_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(author_changes, "_follow_permission", lambda *_given, **_more: None)


def plant_ignored_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(author_changes, "_follow_embargo", lambda *_given, **_more: None)


def plant_kept_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_GONE", ())


def plant_told_withdrawals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "find_withheld", lambda *_given: {})


def plant_kept_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_back, "_drop_address", lambda *_given, **_more: None)


def plant_forgotten_return(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_back, "call_back_returned", lambda *_given, **_more: None)


def plant_counted_departure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "call_off_export", lambda *_given, **_more: None)


def plant_unseen_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "_find_same", lambda *given, **_more: list(given[3]))


def plant_endless_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "end_asking_for_gist", lambda *_given, **_more: None)


def plant_tables_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_table, "require_whole_index", lambda _session: None)


def read_as_known(session: Session, numbers: Collection[int], known: Known = EMPTY) -> Known:
    """Take texts as they were when they were read ahead, whatever has become of them."""
    unknown = [number for number in numbers if number not in known]
    return {**{one: known[one] for one in numbers if one in known}, **read_told(session, unknown)}


def plant_stale_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(same_story, "_read_told", read_as_known)
