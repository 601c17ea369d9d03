"""Opening sealed answers: how long its reason may be."""

REASON_LENGTH = 300
