"""How well a member of staff reads a language, and what follows."""

from enum import StrEnum


class Reading(StrEnum):
    """A level of reading; only the first two let a person decline a text in that language."""

    NATIVE = "native"
    READS = "reads"
    GIST = "gist"


CAN_JUDGE = frozenset({Reading.NATIVE, Reading.READS})
