"""Failures at a newsroom's site: a reason, and nothing that could hold a text or a password."""

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.posts import RemotePost


class SiteFailure(Exception):
    """The site did not do what was asked. Its message is the reason's name and WordPress' own code for it."""

    def __init__(
        self, problem: SiteProblem, *, code: str = "", status: int = 0, place: str = "", wait: float = 0
    ) -> None:
        super().__init__(" ".join(part for part in (problem.value, str(status or ""), code) if part))
        self.problem = problem
        self.code = code
        """WordPress' name for the error, like rest_cannot_create: for who looks after that site."""
        self.status = status
        self.place = place
        """The key of the picture, the ids of the categories or the host it was about."""
        self.wait = wait
        """Seconds after which the site wants to be asked again, if it said so."""


class RemoteChanged(SiteFailure):
    """What stands there (`remote`) is not what was left there: a person has to see both."""

    def __init__(self, problem: SiteProblem, remote: RemotePost) -> None:
        super().__init__(problem)
        self.remote = remote
