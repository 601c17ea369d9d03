"""A story as one post: what stands in the text because the target has no field for it."""

from portal.export.photos import PictureRecord
from portal.export.post import PostLayout, write_post
from portal.story.markdown import to_blocks
from tests.unit.export.records import LICENCE_URI, make_record

PLACED = PictureRecord("pictures/a.jpg", "uk", "Street", "Оля", 8, 6, b"a", key="0123abcd", licence="© Оля")
OTHER = PictureRecord("pictures/b.jpg", "uk", "Square", "", 8, 6, b"b", words="A square", key="4567cdef")
RECORD = make_record(
    body=to_blocks("a[^1]\n\n![](photo:0123abcd)\n\nb\n\n[^1]: c", has_pictures=True),
    pictures=(PLACED, OTHER),
    dek="An evening",
    bio="Lives\nthere.",
)


def make_figure(src: str, alt: str, caption: str) -> str:
    return f'<figure><img src="{src}" alt="{alt}"/><figcaption>{caption}</figcaption></figure>'


def test_everything_around_the_text_stands_in_its_place() -> None:
    layout = PostLayout("classic", has_dek=True, has_bio=True, has_licence=True)
    assert write_post(RECORD, layout, sources={OTHER.file: "https://x.y/b.jpg"}).split("\n\n") == [
        "<p><strong>提到轟炸。</strong></p>",
        "<p><em>An evening</em></p>",
        '<p>a<sup><a href="#note-1" id="ref-1">1</a></sup></p>',
        make_figure("pictures/a.jpg", "Street", "Street · Оля · © Оля"),
        "<p>b</p>",
        make_figure("https://x.y/b.jpg", "Square", "A square · CC BY 3.0"),
        "<p>Lives<br>there.</p>",
        "<hr />",
        '<ol><li><a href="#ref-1" id="note-1">↑</a> c</li></ol>',
        f'<p>停電的時候 · 林小美 · <a rel="license" href="{LICENCE_URI}">CC BY 3.0</a></p>',
    ]


def test_a_target_with_fields_of_its_own_gets_the_text_alone() -> None:
    layout = PostLayout("classic", has_warning=False, has_other_pictures=False)
    assert [line[:7] for line in write_post(RECORD, layout).split("\n\n")] == [
        *("<p>a<su", "<figure", "<p>b</p", "<hr />", "<ol><li")
    ]
