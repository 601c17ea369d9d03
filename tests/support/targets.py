"""Newsrooms' sites as an editor names them: posts in blocks, as drafts."""

from portal.domain.targets import PostEditor, WantedStatus
from portal.operations.coverages.targets import TargetValues


def describe_target(
    address: str,
    name: str = "Site",
    *,
    lang: str = "uk",
    account: str = "desk",
    password: str = "of nobody",
    author_name: str = "",
) -> TargetValues:
    """Return what an editor types of a site."""
    return TargetValues(
        lang=lang,
        name=name,
        address=address,
        markup=PostEditor.BLOCKS,
        wanted_status=WantedStatus.DRAFT,
        account=account,
        password=password,
        author_name=author_name,
    )
