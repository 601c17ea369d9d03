"""Damage done to SQLite's index of the search, past the portal, as a faulty disk or program would."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

DAMAGES: Final[Mapping[str, str]] = {
    "pages": "UPDATE story_search_words_data SET block = zeroblob(length(block)) WHERE id > 10",
    "halves of pages": "UPDATE story_search_words_data SET block = "
    "substr(block, 1, length(block) / 2) || zeroblob(length(block) / 2) WHERE id > 10",
    "list of pages": "UPDATE story_search_words_data SET block = zeroblob(length(block)) WHERE id = 10",
    "number of texts": "UPDATE story_search_words_data SET block = zeroblob(0) WHERE id = 1",
    "everything": "DELETE FROM story_search_words_data",
    "settings": "UPDATE story_search_words_config SET v = 99 WHERE k = 'version'",
    "table of pages": "DROP TABLE story_search_words_data",
    "whole table": "DROP TABLE story_search_words",
}


def damage_index(database: Path, how: str = "pages") -> None:
    """Damage the index of a database nobody is writing to."""
    with closing(sqlite3.connect(database, isolation_level=None)) as opened:
        changed = opened.execute(DAMAGES[how])
        assert changed.rowcount != 0
