"""What a real WordPress says of an account, and how it refuses."""

from dataclasses import replace
from typing import Any

import pytest

from portal.domain.remote_sites import PostRemoval, RemoteStatus, SiteProblem
from portal.wordpress.failures import SiteFailure
from portal.wordpress.posts import LookedBack
from portal.wordpress.push import look_back, push_story, take_down, take_down_pictures
from portal.wordpress.site import Site
from tests.reliability.disks import small_disk
from tests.support.photos import make_picture
from tests.support.wordpress import WordPress
from tests.support.wordpress_posts import PICTURE, PLAIN, POST

MAY = {
    "subscriber": "",
    "contributor": "file trash",
    "author": "file upload edit_published publish trash trash_published",
    "editor": "file upload edit_others edit_published edit_others_published publish trash trash_published",
    "administrator": (
        "file upload edit_others edit_published edit_others_published publish trash trash_published manage"
    ),
}


@pytest.mark.parametrize("user", MAY)
def test_an_account_says_what_it_may_do(wordpress: WordPress, user: str) -> None:
    account = wordpress.log_in(user).find_account()
    may = [name.removeprefix("may_") for name, value in vars(account).items() if value is True]
    assert (account.id, account.name, " ".join(may)) == (wordpress.users[user], user, MAY[user])


def test_categories_come_as_a_tree_whoever_asks(wordpress: WordPress) -> None:
    found = Site(wordpress.address, "", "", wordpress.policy()).list_categories()
    assert [" > ".join(one.path) for one in found] == [
        "Topics",
        "Uncategorized",
        "World",
        "World > East Asia & Pacific",
        "World > East Asia & Pacific > Taiwan (ROC)",
    ]


def refuse(site: Site) -> SiteFailure:
    with pytest.raises(SiteFailure) as refused:
        site.find_account()
    return refused.value


FAULTS: dict[str, tuple[dict[str, Any], SiteProblem]] = {
    "a page in its place": ({"page": "<title>Just a moment…</title>"}, SiteProblem.NOT_JSON),
    "a notice before the answer": ({"page": "<br />Warning{}"}, SiteProblem.NOT_JSON),
    "another program's answer": ({"json": '{"ok": true}'}, SiteProblem.UNEXPECTED),
    "a plugin that lets nobody in": ({"code": "rest_disabled", "status": 403}, SiteProblem.FORBIDDEN_403),
    "a firewall": ({"page": "Forbidden", "status": 403}, SiteProblem.FORBIDDEN_403),
    "no interface": ({"page": "Not found", "status": 404}, SiteProblem.NO_API_404),
    "a route that is off": ({"code": "rest_no_route", "status": 404}, SiteProblem.NO_API_404),
    "a password before the site": ({"page": "Unauthorized", "status": 401}, SiteProblem.REFUSED_401),
    "too many requests": ({"page": "Slow down", "status": 429}, SiteProblem.TOO_MANY_429),
    "a site under repair": ({"page": "Maintenance", "status": 503}, SiteProblem.SERVER_ERROR),
    "a site without passwords": ({"without_passwords": True}, SiteProblem.PASSWORDS_OFF),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_site_that_fails_says_why(wordpress: WordPress, fault: str) -> None:
    given, problem = FAULTS[fault]
    with wordpress.failing(**given):
        assert refuse(wordpress.log_in()).problem is problem


def test_a_site_that_takes_too_long_is_slow(wordpress: WordPress) -> None:
    with wordpress.failing(sleep=0.5):
        assert refuse(wordpress.log_in(read_seconds=0.2)).problem is SiteProblem.SLOW


@pytest.mark.parametrize("user", ["author", "nobody"])
def test_a_wrong_password_is_told_from_an_account_that_never_arrived(wordpress: WordPress, user: str) -> None:
    wrong = wordpress.log_in(user, password="wrong wrong wrong")
    stripped = wordpress.log_in("author", port=wordpress.stripping_port)
    with wordpress.failing(looks_early=True):
        found = refuse(wrong).problem, refuse(stripped).problem
    assert found == (SiteProblem.REFUSED_401, SiteProblem.AUTHORIZATION_STRIPPED)
    # Without a plugin that asks early who is there, WordPress says of both that nobody is.
    assert refuse(wrong).problem is SiteProblem.AUTHORIZATION_STRIPPED


def test_a_site_below_a_folder_has_no_interface_at_the_top(wordpress: WordPress) -> None:
    site = Site(f"{wordpress.address}/uk", "author", wordpress.passwords["author"], wordpress.policy())
    assert refuse(site).problem in {SiteProblem.NO_API_404, SiteProblem.NOT_JSON}


@pytest.mark.parametrize(
    ("password", "problem"),
    [("wrong wrong", SiteProblem.AUTHORIZATION_STRIPPED), ("", SiteProblem.MAY_NOT_FILE)],
)
def test_nothing_is_pushed_by_who_may_not(wordpress: WordPress, password: str, problem: SiteProblem) -> None:
    with pytest.raises(SiteFailure) as refused:
        push_story(wordpress.log_in("subscriber", password=password), PLAIN, None, lambda _step: None)
    assert refused.value.problem is problem


def upload(site: Site, **changed: Any) -> SiteFailure:
    with pytest.raises(SiteFailure) as refused:
        site.upload_picture(replace(PICTURE, **changed))
    return refused.value


def test_a_server_that_takes_less_says_so(wordpress: WordPress) -> None:
    site = wordpress.log_in(port=wordpress.narrow_port)
    refused = upload(site, data=make_picture() + bytes(2_000_000))
    assert (refused.problem, refused.place) == (SiteProblem.TOO_LARGE_413, "sea")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"filename": "x.svg", "media_type": "image/svg+xml"}, SiteProblem.MEDIA_REFUSED),
        ({"data": make_picture() + bytes(17_000_000)}, SiteProblem.TOO_LARGE_413),
        ({"data": make_picture() + bytes(21_000_000)}, SiteProblem.TOO_LARGE_413),
    ],
)
def test_a_picture_that_is_refused_is_named(
    wordpress: WordPress, changed: dict[str, Any], problem: SiteProblem
) -> None:
    refused = upload(wordpress.log_in(), **changed)
    assert (refused.problem, refused.place) == (problem, "sea")


def test_a_text_that_a_server_does_not_take_is_no_file(wordpress: WordPress) -> None:
    site = wordpress.log_in(port=wordpress.narrow_port)
    with pytest.raises(SiteFailure) as refused:
        site.create_post({"title": "Довгий", "content": "<p>Слово.</p>" * 200_000, "status": "draft"})
    assert refused.value.problem is SiteProblem.TEXT_TOO_LARGE_413


def test_what_is_wrong_with_a_picture_is_said_of_no_post(wordpress: WordPress) -> None:
    theirs, nowhere = wordpress.log_in("editor").upload_picture(PICTURE), 999_999
    site, said = wordpress.log_in("author"), []
    for number in (theirs.id, nowhere):
        with pytest.raises(SiteFailure) as failed:
            site.write_picture_texts(number, PICTURE)
        said.append(failed.value.problem)
    assert said == [SiteProblem.MAY_NOT_EDIT_PICTURE, SiteProblem.PICTURE_GONE]


def test_a_file_with_a_long_name_keeps_what_a_disk_takes(wordpress: WordPress) -> None:
    found = wordpress.log_in().upload_picture(replace(PICTURE, filename="湖" * 100 + ".jpg"))
    assert found.url.rpartition("/")[2] == "湖" * 33 + ".jpg"


def test_a_full_disk_there_is_told_and_nothing_is_doubled_after_it(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    with small_disk(wordpress.uploads) as disk:
        disk.leave(4)
        assert upload(site, data=make_picture() + bytes(200_000)).problem is SiteProblem.DISK_FULL
        disk.grow()
        pushed = push_story(site, POST, None, lambda _step: None)
        assert (pushed.differences, len(pushed.pictures)) == ((), 1)


def test_a_post_is_looked_back_at(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    pushed = push_story(site, PLAIN, None, lambda _step: None)
    copy, number = pushed.copy, pushed.copy.id
    seen = [look_back(site, copy)]
    for act in (
        f"wp_update_post(['ID' => {number}, 'post_title' => 'Other']);",
        f"wp_publish_post({number});",
        f"wp_trash_post({number});",
        f"wp_delete_post({number}, true);",
    ):
        wordpress.run(act)
        seen.append(look_back(site, copy))
    assert [(one.status, one.is_edited) for one in seen] == [
        (RemoteStatus.DRAFT, False),
        (RemoteStatus.DRAFT, True),
        (RemoteStatus.PUBLISHED, True),
        (RemoteStatus.TRASHED, True),
        (RemoteStatus.GONE, False),
    ]
    assert seen[2].address.endswith("/yak-ia-poikhala/")


def test_publishing_alone_is_no_edit(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    pushed = push_story(site, PLAIN, None, lambda _step: None)
    wordpress.run(f"wp_publish_post({pushed.copy.id});")
    assert look_back(site, pushed.copy).is_edited is False


def test_what_somebody_else_took_over_is_seen_as_readers_see_it(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    pushed = push_story(site, PLAIN, None, lambda _step: None)
    wordpress.run(f"wp_update_post(['ID' => {pushed.copy.id}, 'post_author' => 1]);")
    hidden = look_back(site, pushed.copy)
    with pytest.raises(SiteFailure) as refused:
        take_down(site, pushed.copy, PostRemoval.TRASH)
    wordpress.run(f"wp_publish_post({pushed.copy.id});")
    seen = hidden.status, refused.value.problem, look_back(site, pushed.copy).status
    assert seen == (RemoteStatus.HIDDEN, SiteProblem.MAY_NOT_EDIT, RemoteStatus.PUBLISHED)
    with pytest.raises(SiteFailure) as refused:
        take_down(site, pushed.copy, PostRemoval.DRAFT)
    assert refused.value.problem is SiteProblem.MAY_NOT_EDIT


@pytest.mark.parametrize("status", ["draft", "publish"])
def test_who_is_not_signed_in_takes_no_post_for_gone(wordpress: WordPress, status: str) -> None:
    pushed = push_story(wordpress.log_in(), PLAIN, None, lambda _step: None)
    wordpress.run(f"wp_update_post(['ID' => {pushed.copy.id}, 'post_status' => '{status}']);")
    with pytest.raises(SiteFailure) as refused:
        look_back(wordpress.log_in(password="wrong wrong"), pushed.copy)
    assert refused.value.problem is SiteProblem.AUTHORIZATION_STRIPPED


@pytest.mark.parametrize(
    ("to", "expected"), [(PostRemoval.DRAFT, RemoteStatus.DRAFT), (PostRemoval.TRASH, RemoteStatus.TRASHED)]
)
def test_what_is_published_is_taken_down(
    wordpress: WordPress, to: PostRemoval, expected: RemoteStatus
) -> None:
    site = wordpress.log_in()
    pushed = push_story(site, POST, None, lambda _step: None)
    wordpress.run(f"wp_publish_post({pushed.copy.id});")
    found: list[LookedBack] = [take_down(site, pushed.copy, to) for _ in range(2)]
    left = take_down_pictures(site, pushed.pictures), site.find_picture(PICTURE.slug)
    assert ([one.status for one in found], left) == ([expected] * 2, ((), None))
    assert [path for path in wordpress.uploads.rglob("*") if path.is_file()] == []


def test_a_draft_is_not_made_of_what_is_in_the_trash(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    pushed = push_story(site, PLAIN, None, lambda _step: None)
    wordpress.run(f"wp_trash_post({pushed.copy.id});")
    assert take_down(site, pushed.copy, PostRemoval.DRAFT).status is RemoteStatus.TRASHED
