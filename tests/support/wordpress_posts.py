"""Stories as they leave for a newsroom's site."""

from dataclasses import replace
from typing import Any

from portal.wordpress.posts import PostContent, PostPicture, id_placeholder, url_placeholder
from tests.support.photos import make_picture

IMAGE = (
    '<!-- wp:image {{"id":{id},"sizeSlug":"full","linkDestination":"none"}} -->\n'
    '<figure class="wp-block-image size-full"><img src="{url}" alt="Море" class="wp-image-{id}"/>'
    '<figcaption class="wp-element-caption">Одеса</figcaption></figure>\n<!-- /wp:image -->'
)
PARAGRAPH = "<!-- wp:paragraph -->\n<p>{}</p>\n<!-- /wp:paragraph -->"
PICTURE = PostPicture(
    key="sea",
    filename="Море 海.jpg",
    slug="p-5e4a-3f9c2a71-uk",
    data=make_picture(size=(200, 150)),
    title="Море",
    alt="Море взимку",
    caption="Одеса, січень. Фото: Оксана",
    description="CC BY 4.0",
)
POST = PostContent(
    key="story-3f9c2a71-uk",
    title="Як я поїхала до Тайбея 去台北",
    content=f"{PARAGRAPH.format('Перший абзац.')}\n\n"
    + IMAGE.format(id=id_placeholder("sea"), url=url_placeholder("sea")),
    slug="yak-ia-poikhala",
    lang="uk",
    excerpt="Коротко.",
    pictures=(PICTURE,),
    featured="sea",
)
PLAIN = replace(POST, content=PARAGRAPH.format("Перший абзац."), pictures=(), featured="")
"""The same without a picture."""

ALL_KINDS = """
Перший *абзац* із **наголосом**, [посиланням](https://example.org/?a=1&b=2#c) і виноскою[^1].
Новий рядок\\
після розриву.

## Заголовок & більше

- один
- два, [^2]

1. перше
2. друге

> Цитата
>
> у двох абзацах

---

他說**「家」**的。

[^1]: Перша *виноска*.
[^2]: Друга.
"""
"""A text in our dialect with every kind of block, but for pictures."""


def change(post: PostContent, text: str, **more: Any) -> PostContent:
    """Return the story with another first paragraph."""
    return replace(post, content=post.content.replace("Перший абзац.", text), **more)
