"""Opening sealed answers: the act's name in the history, and how long its reason may be."""

OPEN_IDENTITY = "open_identity"
REASON_LENGTH = 300
