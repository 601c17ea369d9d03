"""Sentences for folder and database that do not belong together: what is wrong, and what to do."""

from collections.abc import Mapping
from pathlib import Path

from portal.config import PREFIX
from portal.domain.belonging import Mismatch

_URL = f"{PREFIX}DATABASE_URL"
_WORDS: Mapping[Mismatch, str] = {
    Mismatch.OTHER_SECRETS: (
        "The database was written with another {folder}/secrets.json: codes of contributors would open "
        "nothing. Put it back from your copy."
    ),
    Mismatch.OTHER_INSTANCE: (
        f"{{folder}} and the database belong to two different portals. Check {PREFIX}INSTANCE and {_URL}."
    ),
    Mismatch.FRESH_FOLDER: (
        "The database belongs to a portal whose folder is not {folder}. "
        f"Set {PREFIX}INSTANCE to that folder, or put it back from your copy."
    ),
    Mismatch.SQLITE_LEFT: (
        f"{{folder}}/portal.sqlite3 holds a portal, but {_URL} names another database. "
        f"Bring it there with: portal move --to URL; or unset {_URL} to go on with it; or, if PostgreSQL is "
        "the newer one, move that file out of the folder."
    ),
    Mismatch.ON_POSTGRESQL: (
        f"The portal of {{folder}} has its database in PostgreSQL. Set {_URL} to its address."
    ),
    Mismatch.MOVE_UNFINISHED: (
        "A move of this portal to PostgreSQL was cut off. Stop the portal and end the move with: "
        "portal move --to URL"
    ),
    Mismatch.FOREIGN_TABLES: (
        f"The database of {_URL} holds tables of another program. Give the portal one of its own."
    ),
    Mismatch.NEWER_DATABASE: "The database was used with a newer release of the portal. Install that one.",
    Mismatch.OLDER_DATABASE: (
        "The database is older than {folder}: what was done last is not in it. Put back the newest copy; if "
        "this is the newest, go on with: portal upgrade --anyway"
    ),
}
_EMPTY = {
    True: (
        f"The database of {_URL} is empty, but {{folder}} is in use. Check the address, or put back the "
        "newest copy of the database."
    ),
    False: (
        "{folder} is in use, but its portal.sqlite3 is gone or empty. Put it back from your copy, or, if the "
        f"database is in PostgreSQL, set {_URL}."
    ),
}


def word_mismatch(mismatch: Mismatch, folder: Path, database_url: str) -> str:
    """Return the sentence for the portal of this folder."""
    words = _EMPTY[bool(database_url)] if mismatch is Mismatch.EMPTY_DATABASE else _WORDS[mismatch]
    return words.format(folder=folder)
