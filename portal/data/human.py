"""The simple questions a release ships for people whose browser cannot do the proof of work."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from portal.domain.human import HumanQuestion, make_question


@cache
def human_questions() -> Sequence[HumanQuestion]:
    """Return every question, in the order of the file."""
    path = resources.files("portal") / "data" / "human.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return tuple(make_question(row["text"], row["answers"]) for row in rows)
