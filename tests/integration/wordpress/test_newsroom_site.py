"""The small site of the walks answers like a real WordPress, as far as pushes ask it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portal.domain.remote_sites import PostRemoval, PushStep
from portal.wordpress.failures import SiteFailure
from portal.wordpress.posts import PostContent, RememberedPost, Step
from portal.wordpress.push import look_back, push_story, take_down, take_down_pictures
from portal.wordpress.site import Site
from tests.support.certificates import Authority
from tests.support.newsroom_site import NewsroomSite, run_newsroom_site
from tests.support.wordpress import WordPress
from tests.support.wordpress_posts import PLAIN, POST, change

_CHANGE = """
global $wpdb;
wp_update_post(['ID' => %d, '%s' => '%s']);
$later = 'SET post_modified_gmt = post_modified_gmt + INTERVAL 1 MINUTE';
return $wpdb->query("UPDATE $wpdb->posts $later WHERE ID = %d");
"""


class Killed(Exception):
    """The worker dies."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewsroomSite]:
    with run_newsroom_site(Authority(tmp_path_factory.mktemp("newsroom"))) as site:
        yield site


@dataclass
class People:
    """What somebody does on the one site and on the other."""

    site: Site
    edit: Callable[[int], None]
    set_status: Callable[[int, str], None]

    def push(self, post: PostContent, copy: RememberedPost | None = None, *, die_at: int = -1) -> str:
        """Push a story and say what came of it, without numbers and addresses."""
        self.copy = copy
        seen: list[PushStep] = []

        def note(step: Step) -> None:
            if len(seen) == die_at:
                raise Killed
            seen.append(step.kind)
            self.copy = step.copy or self.copy

        try:
            pushed = push_story(self.site, post, copy, note)
        except SiteFailure as failure:
            return f"{failure.problem}, {failure.code}"
        self.copy, self.pictures = pushed.copy, pushed.pictures
        differ = [one.part.value for one in pushed.differences]
        return f"{pushed.status}, new: {pushed.is_new}, {pushed.slug}, {len(pushed.pictures)}, {differ}"

    def look(self) -> str:
        assert self.copy is not None
        seen = look_back(self.site, self.copy)
        return f"{seen.status}, edited: {seen.is_edited}"


def walk(people: People) -> Iterator[str]:
    """Do what walks do with a story, and say what is told each time."""
    with suppress(Killed):
        yield people.push(POST, die_at=2)
    yield people.push(POST)
    first = people.copy
    assert first is not None
    yield people.push(POST, first)
    yield people.push(change(POST, "Другий."), first)
    people.edit(first.id)
    yield people.look()
    yield people.push(POST, people.copy)
    people.set_status(first.id, "publish")
    yield people.look()
    yield str(take_down(people.site, first, PostRemoval.DRAFT).status)
    yield str(len(take_down_pictures(people.site, people.pictures)))
    yield people.push(replace(PLAIN, key="story-2-uk", slug="another"))
    second = people.copy
    assert second is not None
    yield str(take_down(people.site, second, PostRemoval.TRASH).status)
    yield people.push(PLAIN, second)
    yield people.push(PLAIN, None)
    people.set_status(second.id, "draft")
    yield people.push(replace(PLAIN, slug="another"), None)
    yield people.push(PLAIN, RememberedPost(99_999, ""))


def test_both_say_the_same(wordpress: WordPress, small: NewsroomSite, tmp_path: Path) -> None:
    def change_there(number: int, name: str, value: str) -> None:
        wordpress.run(_CHANGE % (number, name, value, number))

    real = People(
        wordpress.log_in("editor"),
        lambda number: change_there(number, "post_content", "<p>Theirs.</p>"),
        lambda number, status: change_there(number, "post_status", status),
    )
    ours = People(
        small.log_in(),
        lambda number: small.edit(small.posts[number], "<p>Theirs.</p>"),
        lambda number, status: small.set_status(small.posts[number], status),
    )
    assert list(walk(ours)) == list(walk(real))
