"""Tags of a coverage: the desk's own words by which it sorts texts. How many there are, and how long."""

NAME_LENGTH = 40
MOST_IN_COVERAGE = 100
"""More of them nobody looks through."""
MOST_ON_TEXT = 10
