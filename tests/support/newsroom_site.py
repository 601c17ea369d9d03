"""A small newsroom's site over TLS, with the part of WordPress' REST API that pushes use.

For walks of thousands of steps: it answers in milliseconds. A real WordPress it is held to by
`tests/integration/wordpress/test_newsroom_site.py`.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from portal.wordpress.http import Policy
from portal.wordpress.networks import read_networks
from portal.wordpress.site import Site
from tests.support.certificates import Authority

HOST = "localhost"
NETWORK = "127.0.0.0/8"
ACCOUNT, PASSWORD = "editor", "abcd efgh ijkl"
_READ_AT = "https://newsroom.example"
"""Where readers come to: many newsrooms edit under another name."""
_API = "/wp-json/wp/v2/"
_TRASHED = "__trashed"
_TEXTS = ("title", "content", "excerpt")
_MAY = ("edit_posts", "upload_files", "edit_others_posts", "edit_published_posts", "delete_posts")
_SECOND = "2026-01-01T{:02}:{:02}:{:02}"


@dataclass
class Post:
    """A post as the site keeps it."""

    id: int
    slug: str
    modified: int
    status: str = "draft"
    texts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_TEXTS, ""))
    featured: int = 0
    categories: list[int] = field(default_factory=list)
    made_as: str = ""
    """The slug it was made with."""

    @property
    def words(self) -> str:
        """Return all of its texts as they are read."""
        return unescape(" ".join(self.texts.values()))


@dataclass
class Media:
    """A picture of the library."""

    id: int
    slug: str
    texts: dict[str, str]

    @property
    def words(self) -> str:
        """Return what is said about it."""
        return unescape(" ".join(self.texts.values()))


class NewsroomSite:
    """Posts and pictures of one site, and what its own people do there."""

    def __init__(self, authority: Authority, read_at: str = _READ_AT) -> None:
        self.authority, self.read_at = authority, read_at
        self.port = 0
        self.is_down = False
        self.posts: dict[int, Post] = {}
        self.media: dict[int, Media] = {}
        self.read: list[int] = []
        """The posts that were asked for one by one, in order."""
        self._numbers = count(1)
        self._changes = count(1)

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    def log_in(self) -> Site:
        """Return the site as its editor sees it."""
        policy = Policy(networks=read_networks(NETWORK), ca_file=self.authority.file)
        return Site(self.address, ACCOUNT, PASSWORD, policy)

    def empty(self) -> None:
        """Delete every post and picture."""
        self.posts.clear()
        self.media.clear()
        self.read.clear()

    # What people do there

    def edit(self, post: Post, content: str) -> None:
        """Write something else into a post."""
        post.texts["content"], post.modified = content, next(self._changes)

    def set_status(self, post: Post, status: str) -> None:
        """Publish a post, make a draft of it, put it into the trash or take it out."""
        if status == "trash" and post.status != "trash":
            post.slug = f"{post.slug}{_TRASHED}"
        elif post.status == "trash" and status != "trash":
            post.slug = post.slug.removesuffix(_TRASHED)
        post.status, post.modified = status, next(self._changes)

    def address_of(self, post: Post) -> str:
        """Return where a post is read."""
        is_public = post.status == "publish"
        return f"{self.read_at}/2026/01/{post.slug}/" if is_public else f"{self.read_at}/?p={post.id}"

    # What it answers

    def answer(self, request: Request) -> Response:
        """Answer one request of the API."""
        if self.is_down:
            return Response("Down.", 503)
        account = request.authorization
        if account is None or (account.username, account.password) != (ACCOUNT, PASSWORD):
            return _fail(401, "rest_not_logged_in")
        kind, _slash, rest = request.path.removeprefix(_API).partition("/")
        number = int(rest.partition("/")[0]) if rest[:1].isdecimal() else 0
        if kind == "users":
            return _tell({"id": 1, "name": "Editor", "capabilities": dict.fromkeys(_MAY, True)})
        if kind == "categories":
            asked = request.args.get("include", "").split(",")
            return _tell([{"id": int(one)} for one in asked if one])
        if kind == "posts":
            return self._answer_post(request, number) if number else self._answer_posts(request)
        return self._answer_media(request, number)

    def _answer_posts(self, request: Request) -> Response:
        if request.method == "POST":
            given = request.get_json()
            made = Post(next(self._numbers), "", next(self._changes), made_as=given["slug"])
            self.posts[made.id] = made
            self._write_post(made, given)
            return _tell(self._show_post(made), status=201)
        slugs = request.args["slug"].split(",")
        return _tell([self._show_post(one) for one in self.posts.values() if one.slug in slugs])

    def _answer_post(self, request: Request, number: int) -> Response:
        post = self.posts.get(number)
        if post is None:
            return _fail(404, "rest_post_invalid_id")
        if request.method == "GET":
            self.read.append(number)
        elif request.method == "DELETE":
            self.set_status(post, "trash")
        else:
            self._write_post(post, request.get_json())
        return _tell(self._show_post(post))

    def _write_post(self, post: Post, given: Mapping[str, Any]) -> None:
        post.texts.update({name: given[name] for name in _TEXTS if name in given})
        post.slug, post.status = given.get("slug", post.slug), given.get("status", post.status)
        post.categories = given.get("categories", post.categories)
        post.featured, post.modified = given.get("featured_media", post.featured), next(self._changes)

    def _show_post(self, post: Post) -> dict[str, Any]:
        return {
            "id": post.id,
            "status": post.status,
            "link": self.address_of(post),
            "slug": post.slug,
            "modified_gmt": _write_time(post.modified),
            **{name: {"raw": text} for name, text in post.texts.items()},
            "categories": post.categories,
            "featured_media": post.featured,
            "author": 1,
            "meta": {},
        }

    def _answer_media(self, request: Request, number: int) -> Response:
        if not number and request.method == "GET":
            found = [one for one in self.media.values() if one.slug == request.args["slug"]]
            return _tell([self._show_media(one) for one in found])
        if not number:
            made = Media(next(self._numbers), request.form["slug"], {})
            self.media[made.id] = made
            _write_media(made, request.form)
            return _tell(self._show_media(made), status=201)
        media = self.media.get(number)
        if media is None:
            return _fail(404, "rest_post_invalid_id")
        if request.method == "DELETE":
            del self.media[number]
            return _tell({"deleted": True})
        if request.method == "POST":
            _write_media(media, request.get_json())
        return _tell(self._show_media(media))

    def _show_media(self, media: Media) -> dict[str, Any]:
        raw = ("title", "caption", "description")
        return {
            "id": media.id,
            "slug": media.slug,
            "source_url": f"{self.address}/wp-content/uploads/{media.slug}.jpg",
            "media_details": {"width": 1, "height": 1},
            "alt_text": media.texts.get("alt_text", ""),
            **{name: {"raw": media.texts.get(name, "")} for name in raw},
        }


def _write_media(media: Media, given: Mapping[str, Any]) -> None:
    names = ("title", "alt_text", "caption", "description")
    media.texts.update({name: given[name] for name in names if name in given})


def _write_time(change: int) -> str:
    """Return another second for each change: a real clock can stand still between two."""
    minutes, seconds = divmod(change, 60)
    hours, minutes = divmod(minutes, 60)
    return _SECOND.format(hours, minutes, seconds)


def _tell(data: object, *, status: int = 200) -> Response:
    return Response(json.dumps(data), status, content_type="application/json")


def _fail(status: int, code: str) -> Response:
    return _tell({"code": code, "message": "No.", "data": {"status": status}}, status=status)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def run_newsroom_site(authority: Authority, read_at: str = _READ_AT) -> Iterator[NewsroomSite]:
    """Run a site until the block ends; readers come to it at `read_at`."""
    site = NewsroomSite(authority, read_at)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certify(HOST, "127.0.0.1"))

    def answer(environ: Any, start: Callable[..., Any]) -> Any:
        with Request(environ) as request:
            return site.answer(request)(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True, ssl_context=context, request_handler=_Quiet)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
