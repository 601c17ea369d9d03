"""Stories become drafts on a real WordPress: nothing doubled, nobody's words written over."""

import json
import traceback
from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.remote_sites import PostField, PushStep, RemoteStatus, SiteProblem
from portal.wordpress.failures import RemoteChanged, SiteFailure
from portal.wordpress.posts import Pushed, RememberedPost, Step
from portal.wordpress.push import push_story, remember_post
from portal.wordpress.site import Site
from tests.support.wordpress import WordPress
from tests.support.wordpress_posts import PARAGRAPH, PICTURE, PLAIN, POST, change

POSTS = """
$every = ['post_type' => ['post', 'attachment'], 'post_status' => 'any,inherit,trash', 'numberposts' => -1];
$found = get_posts([...$every, 'order' => 'ASC', 'orderby' => 'ID']);
return array_map(fn ($one) => "$one->post_type $one->post_name $one->post_status", $found);
"""
ROW = """
$post = get_post(%d);
return [
    'status' => $post->post_status,
    'date' => $post->post_date_gmt,
    'slug' => $post->post_name,
    'title' => $post->post_title,
    'content' => $post->post_content,
    'excerpt' => $post->post_excerpt,
    'author' => get_user_by('id', $post->post_author)->user_login,
    'categories' => wp_list_pluck(get_the_category($post->ID), 'slug'),
    'featured' => get_post(get_post_thumbnail_id($post->ID))->post_name ?? '',
];
"""
PICTURE_ROW = """
$picture = get_page_by_path('%s', OBJECT, 'attachment');
return [
    'title' => $picture->post_title,
    'alt' => get_post_meta($picture->ID, '_wp_attachment_image_alt', true),
    'caption' => $picture->post_excerpt,
    'description' => $picture->post_content,
    'bytes' => base64_encode(file_get_contents(get_attached_file($picture->ID))),
    'forms' => array_keys(wp_get_attachment_metadata($picture->ID)['sizes']),
];
"""
ONE = ["attachment p-5e4a-3f9c2a71-uk inherit", "post yak-ia-poikhala draft"]


class Killed(Exception):
    """The worker dies."""


class Notes:
    """What a worker keeps of a push, and at which step it dies."""

    def __init__(self, die_at: int = -1, *, copy: RememberedPost | None = None) -> None:
        self.kinds: list[PushStep] = []
        self.copy = copy
        self._die_at = die_at

    def __call__(self, step: Step) -> None:
        if len(self.kinds) == self._die_at:
            raise Killed
        self.kinds.append(step.kind)
        self.copy = step.copy or self.copy


def push(site: Site, post: Any = POST, copy: RememberedPost | None = None) -> Pushed:
    return push_story(site, post, copy, Notes())


def refuse(site: Site, post: Any = POST, copy: RememberedPost | None = None) -> SiteFailure:
    with pytest.raises(SiteFailure) as refused:
        push(site, post, copy)
    return refused.value


def edit(wordpress: WordPress, post_id: int, **fields: str) -> None:
    """Do what somebody does there, a minute later."""
    later = "SET post_modified_gmt = post_modified_gmt + INTERVAL 1 MINUTE"
    pairs = "".join(f"'{name}' => '{value}', " for name, value in fields.items())
    wordpress.run(
        f"wp_update_post(['ID' => {post_id}, {pairs}]); global $wpdb;"
        f'$wpdb->query("UPDATE $wpdb->posts {later} WHERE ID = {post_id}");'
    )


def test_a_story_becomes_a_draft_without_a_date(wordpress: WordPress) -> None:
    wanted = replace(POST, categories=(wordpress.categories["taiwan-roc"], wordpress.categories["topics"]))
    pushed = push(wordpress.log_in(), wanted)
    picture = pushed.pictures[0]
    content = POST.content.replace("[picture-id sea]", str(picture.id)).replace(
        "[picture-url sea]", picture.url
    )
    assert wordpress.run(ROW % pushed.copy.id) == {
        "status": "draft",
        "date": "0000-00-00 00:00:00",
        "slug": "yak-ia-poikhala",
        "title": "Як я поїхала до Тайбея 去台北",
        "content": content.replace("[picture-url sea]", picture.url).replace('"/>', '" />'),
        "excerpt": "Коротко.",
        "author": "author",
        "categories": ["taiwan-roc", "topics"],
        "featured": "p-5e4a-3f9c2a71-uk",
    }
    assert (pushed.is_new, pushed.differences, pushed.status) == (True, (), RemoteStatus.DRAFT)


def test_a_picture_comes_with_its_words_and_our_very_bytes(wordpress: WordPress) -> None:
    push(wordpress.log_in())
    row = wordpress.run(PICTURE_ROW % PICTURE.slug)
    assert {**row, "bytes": b64decode(row["bytes"]) == PICTURE.data} == {
        "title": "Море",
        "alt": "Море взимку",
        "caption": "Одеса, січень. Фото: Оксана",
        "description": "CC BY 4.0",
        "bytes": True,
        "forms": ["thumbnail"],
    }


def test_a_second_push_changes_the_same_post_and_picture(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    first = push(site)
    picture = replace(PICTURE, alt="Інші слова", data=lambda: pytest.fail("read although it is there"))
    corrected = replace(change(POST, "Виправлений."), pictures=(picture,))
    second = push(site, corrected, first.copy)
    assert (second.is_new, second.copy.id, second.differences) == (False, first.copy.id, ())
    assert wordpress.run(POSTS) == ONE
    row = wordpress.run(PICTURE_ROW % PICTURE.slug)
    assert ("Виправлений." in wordpress.run(ROW % first.copy.id)["content"], row["alt"]) == (
        True,
        "Інші слова",
    )


@pytest.mark.parametrize("remembers", [True, False])
def test_killed_after_each_step_in_turn_nothing_is_doubled(wordpress: WordPress, *, remembers: bool) -> None:
    site, copy = wordpress.log_in(), None
    steps = [PushStep.CHECKED, PushStep.PICTURE, PushStep.FILED, PushStep.WRITTEN, PushStep.COMPARED]
    for die_at in range(len(steps)):
        notes = Notes(die_at, copy=copy)
        with pytest.raises(Killed):
            push_story(site, POST, copy, notes)
        assert notes.kinds == steps[:die_at]
        copy = notes.copy if remembers else None
    notes = Notes(copy=copy)
    pushed = push_story(site, POST, copy, notes)
    assert (notes.kinds, pushed.differences, wordpress.run(POSTS)) == (steps, (), ONE)


@pytest.mark.parametrize(
    "hook", ["intermediate_image_sizes_advanced", "rest_insert_post", "rest_after_insert_post"]
)
def test_the_site_dies_in_the_middle_and_nothing_is_doubled(wordpress: WordPress, hook: str) -> None:
    site = wordpress.log_in()
    with wordpress.failing(dies_at=hook):
        assert refuse(site).problem is SiteProblem.SERVER_ERROR
    pushed = push(site)
    assert (pushed.differences, wordpress.run(POSTS)) == ((), ONE)
    assert wordpress.run(PICTURE_ROW % PICTURE.slug)["forms"] == ["thumbnail"]


def test_what_was_edited_there_is_shown_and_not_written_over(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    first = push(site, PLAIN)
    edit(wordpress, first.copy.id, post_content="Edited there.", post_title="Their title")
    with pytest.raises(RemoteChanged) as changed:
        push(site, change(PLAIN, "Ours."), first.copy)
    there = changed.value.remote
    shown = changed.value.problem, there.title, there.content, wordpress.run(ROW % there.id)["title"]
    assert shown == (SiteProblem.EDITED_THERE, "Their title", "Edited there.", "Their title")
    chosen = push(site, change(PLAIN, "Ours."), remember_post(there))
    assert wordpress.run(ROW % chosen.copy.id)["content"] == PARAGRAPH.format("Ours.")


def test_what_was_edited_within_the_same_second_is_not_written_over(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    first = push(site, PLAIN)
    wordpress.run(
        f"global $wpdb; $wpdb->update($wpdb->posts, ['post_content' => 'Quick.'], ['ID' => {first.copy.id}]);"
    )
    assert refuse(site, change(PLAIN, "Ours."), first.copy).problem is SiteProblem.EDITED_THERE


@pytest.mark.parametrize("remembers", [True, False])
def test_what_was_trashed_there_is_never_pushed_again(wordpress: WordPress, *, remembers: bool) -> None:
    site = wordpress.log_in()
    first = push_story(site, replace(PLAIN, slug=PLAIN.key), None, Notes())
    wordpress.run(f"wp_trash_post({first.copy.id});")
    refused = refuse(site, replace(PLAIN, slug=PLAIN.key), first.copy if remembers else None)
    assert (refused.problem, len(wordpress.run(POSTS))) == (SiteProblem.TRASHED_THERE, 1)


def test_what_is_gone_there_is_not_made_anew_unasked(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    first = push(site, PLAIN)
    wordpress.run(f"wp_delete_post({first.copy.id}, true);")
    assert (refuse(site, PLAIN, first.copy).problem, wordpress.run(POSTS)) == (SiteProblem.GONE_THERE, [])


def test_another_post_with_our_slug_is_left_alone(wordpress: WordPress) -> None:
    other = "'post_title' => 'Other', 'post_name' => 'yak-ia-poikhala', 'post_status' => 'publish'"
    wordpress.run(f"wp_insert_post([{other}, 'post_author' => 1]);")
    refused = refuse(wordpress.log_in())
    assert (refused.problem, wordpress.run(POSTS)) == (
        SiteProblem.SLUG_TAKEN,
        ["post yak-ia-poikhala publish"],
    )


def test_a_correction_leaves_what_is_published_where_it_is(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    first = push(site, PLAIN)
    edit(wordpress, first.copy.id, post_status="publish", post_name="their-slug")
    corrected = push(site, change(PLAIN, "Виправлений."), first.copy)
    assert (corrected.status, corrected.slug, corrected.differences) == (
        RemoteStatus.PUBLISHED,
        "their-slug",
        (),
    )


def test_a_correction_leaves_the_picture_and_sections_that_the_newsroom_chose(wordpress: WordPress) -> None:
    site, topics = wordpress.log_in(), (wordpress.categories["topics"],)
    theirs = site.upload_picture(replace(PICTURE, slug="theirs"))
    first = push(site, replace(POST, categories=topics))
    world = wordpress.categories["world"]
    wordpress.run(f"set_post_thumbnail({first.copy.id}, {theirs.id});")
    wordpress.run(f"wp_set_post_categories({first.copy.id}, [{world}]);")
    edit(wordpress, first.copy.id, post_status="publish")
    corrected = push(site, change(POST, "Виправлений.", categories=topics), first.copy)
    there = site.read_post(corrected.copy.id)
    assert there is not None
    assert (there.featured, there.categories, "Виправлений." in there.content) == (theirs.id, (world,), True)


def test_a_picture_that_a_later_push_drops_leaves_the_library(wordpress: WordPress) -> None:
    site = wordpress.log_in()
    first = push(site)
    second = push_story(site, PLAIN, first.copy, Notes(), first.pictures)
    assert (second.pictures_left, site.find_picture(PICTURE.slug)) == ((), None)


def test_a_contributor_hands_in_what_has_no_picture(wordpress: WordPress) -> None:
    site = wordpress.log_in("contributor")
    pushed = push(site, replace(PLAIN, status=RemoteStatus.PENDING))
    # WordPress itself keeps them from setting the slug.
    told = pushed.status, [one.part for one in pushed.differences]
    assert told == (RemoteStatus.PENDING, [PostField.SLUG])
    assert refuse(site, replace(POST, key="story-two", slug="two")).problem is SiteProblem.MAY_NOT_UPLOAD


def test_what_the_site_dropped_or_changed_is_listed(wordpress: WordPress) -> None:
    wanted = change(PLAIN, "Cat and dog.", dek_key="tagline", dek="Дек")
    with wordpress.failing(writes=["Cat", "Mouse"]):
        pushed = push(wordpress.log_in(), wanted)
    told = [(one.part, one.sent, one.there) for one in pushed.differences]
    sent, there = (PARAGRAPH.format(f"{animal} and dog.") for animal in ("Cat", "Mouse"))
    assert told == [(PostField.CONTENT, sent, there), (PostField.DEK, "Дек", "")]


def test_the_dek_goes_into_a_field_that_the_site_knows(wordpress: WordPress) -> None:
    with wordpress.failing(takes_meta="tagline"):
        pushed = push(wordpress.log_in(), replace(PLAIN, dek_key="tagline", dek='Дек \\ "q" <b> & [x]'))
    assert pushed.differences == ()
    stored = wordpress.run(f"return get_post_meta({pushed.copy.id}, 'tagline', true);")
    assert stored == 'Дек \\ "q" <b> & [x]'


def test_a_field_for_the_dek_that_is_not_ours_doubles_nothing(wordpress: WordPress) -> None:
    wanted = replace(PLAIN, dek_key="tagline", dek="Дек")
    with wordpress.failing(takes_meta="tagline", guards_meta=True):
        refused = [refuse(wordpress.log_in(), wanted).problem for _ in range(2)]
    assert refused == [SiteProblem.META_REFUSED] * 2
    assert len(wordpress.run(POSTS)) == 1


def test_an_editor_sets_the_author_and_an_author_may_not(wordpress: WordPress) -> None:
    wanted = replace(PLAIN, author=wordpress.users["contributor"])
    assert refuse(wordpress.log_in("author"), wanted).problem is SiteProblem.MAY_NOT_SET_AUTHOR
    wordpress.empty()
    pushed = push(wordpress.log_in("editor"), wanted)
    assert (wordpress.run(ROW % pushed.copy.id)["author"], pushed.differences) == ("contributor", ())
    nobody = replace(PLAIN, key="story-two", slug="two", author=99)
    assert refuse(wordpress.log_in("editor"), nobody).problem is SiteProblem.AUTHOR_GONE


def test_a_category_that_vanished_is_told_before_anything_is_made(wordpress: WordPress) -> None:
    refused = refuse(wordpress.log_in(), replace(POST, categories=(wordpress.categories["world"], 99)))
    assert (refused.problem, refused.place, wordpress.run(POSTS)) == (SiteProblem.CATEGORY_GONE, "99", [])


SECRET = "Слова, які не мають вийти"
TELLING: list[dict[str, Any]] = [
    {"json": json.dumps({"code": SECRET, "message": SECRET}), "status": 500},
    {"page": SECRET, "status": 502},
    {"page": SECRET},
    {"code": "rest_upload_unknown_error", "message": SECRET, "status": 500, "route": "POST /wp/v2/media"},
    {"dies_at": "rest_after_insert_post"},
    {"takes_meta": "tagline", "guards_meta": True},
]


def test_no_text_and_no_password_is_in_what_goes_wrong(
    wordpress: WordPress, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    picture = replace(PICTURE, alt=SECRET, caption=SECRET)
    told = replace(change(POST, SECRET), title=SECRET, pictures=(picture,), dek_key="tagline", dek=SECRET)
    said = []
    for fault in TELLING:
        with wordpress.failing(**fault):
            failed = refuse(wordpress.log_in(), told)
        said.append("".join(traceback.format_exception(failed)) + repr(failed) + repr(vars(failed)))
    words = "".join(said) + caplog.text + repr(told)
    secrets = (SECRET, SECRET.encode("unicode_escape").decode(), wordpress.passwords["author"])
    assert [one for one in secrets if one in words] == []
