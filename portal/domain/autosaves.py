"""Autosaves: which unsaved states of a draft stay as versions: closely for a day, thinner after it.

An editor's page is kept every few seconds. Before other words take the place of what was kept, that stays as
a version when five minutes have passed since the last one, or when much of the text went away at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

STEP = timedelta(minutes=5)
_ALL_KEPT = timedelta(days=1)
_ONE_AN_HOUR = timedelta(days=7)
_LOSS = 200
"""Characters that went at once: a few sentences, which somebody may have marked and written over."""


def is_version_due(last: datetime, before: str, after: str, *, at: datetime) -> bool:
    """Say whether what stood in a page stays as a version, now that other words take its place."""
    return at - last >= STEP or len(before) - len(after) >= _LOSS


def list_superfluous(kept: Mapping[int, datetime], *, at: datetime) -> Sequence[int]:
    """Return which versions of one editor go, by key and moment.

    Of the last day none, before it all but the last of an hour, and before a week all but the last of a day.
    The last ones stay as long as the story.
    """
    newest: dict[tuple[int, ...], int] = {}
    superfluous = []
    for key, moment in sorted(kept.items(), key=lambda item: (item[1], item[0])):
        if at - moment < _ALL_KEPT:
            continue
        day = (moment.year, moment.month, moment.day)
        slot = day if at - moment >= _ONE_AN_HOUR else (*day, moment.hour)
        if slot in newest:
            superfluous.append(newest[slot])
        newest[slot] = key
    return superfluous
