"""How a reader inside the child process says no."""

from portal.media.child_process import Outcome


class Refused(Exception):
    """The file is not taken; nothing is written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome
