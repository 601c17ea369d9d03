"""A newsroom's site: what can be asked of it, with answers checked by hand."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from portal.domain.remote_sites import PostRemoval, RemoteStatus, SiteProblem
from portal.wordpress.addresses import normalize_address
from portal.wordpress.answers import (
    LONGEST_NAME,
    arrange_categories,
    list_of,
    number_of,
    read_map,
    read_picture,
    read_post,
    require_success,
    text_of,
)
from portal.wordpress.failures import SiteFailure
from portal.wordpress.http import Answer, HttpClient, Policy, Upload
from portal.wordpress.markup import protect_references, write_plain
from portal.wordpress.posts import Account, Category, PostPicture, RemotePicture, RemotePost

_API = "/wp-json/wp/v2"
_NOT_OURS = SiteProblem.MAY_NOT_EDIT
_PICTURES = "/media"
_PAGE = 100
_MOST_PAGES = 100
_STATUSES = "draft,pending,publish,future,private,trash"
_MOST_NAME_BYTES = 100
"""Of a file's name before its ending: disks take 255, and WordPress adds sizes and numbers."""
_PERCENT_CODE = re.compile("%(?=[0-9a-fA-F]{2})")


class Site:
    """One WordPress site and our account there, if we have one. All calls raise SiteFailure."""

    def __init__(self, address: str, account: str, password: str, policy: Policy | None = None) -> None:
        self.address = normalize_address(address)
        self._desk = f"{self.address}/wp-admin/"
        self._policy = policy or Policy()
        self._http = HttpClient(self.address, account, password, self._policy)
        self._has_account = bool(account)

    def find_account(self) -> Account:
        """Return who we are there and what we may do; the reason where we are not let in."""
        try:
            answer = self._ask("GET", "/users/me", {"context": "edit"})
        except SiteFailure as failure:
            if failure.problem is SiteProblem.AUTHORIZATION_STRIPPED and not self._takes_passwords():
                raise SiteFailure(
                    SiteProblem.PASSWORDS_OFF, code=failure.code, status=failure.status
                ) from None
            raise
        told = read_map(answer.data)
        may = {name for name, value in read_map(told.get("capabilities")).items() if value is True}
        return Account(
            id=number_of(told, "id"),
            name=text_of(told, "name")[:LONGEST_NAME],
            may_file="edit_posts" in may,
            may_upload="upload_files" in may,
            may_edit_others="edit_others_posts" in may,
            may_edit_published="edit_published_posts" in may,
            may_edit_others_published={"edit_others_posts", "edit_published_posts"} <= may,
            may_publish="publish_posts" in may,
            may_trash="delete_posts" in may,
            may_trash_published="delete_published_posts" in may,
            may_manage="manage_options" in may,
        )

    def _takes_passwords(self) -> bool:
        """Say whether the site offers application passwords, as its front door tells everybody."""
        answer = self._http.ask("GET", "/wp-json/", {"_fields": "authentication"}, signed_in=False)
        require_success(answer, forbidden=SiteProblem.FORBIDDEN_403)
        offered = read_map(answer.data).get("authentication")
        return isinstance(offered, dict) and "application-passwords" in offered

    def list_categories(self) -> list[Category]:
        """Return all public categories as a tree: parents before children, each level by name.

        Somebody waits for it: after the time of one exchange no further page is asked for.
        """
        found: list[Any] = []
        until = self._policy.tick() + self._policy.total_seconds
        query: dict[str, str | int] = {"per_page": _PAGE, "orderby": "id", "_fields": "id,name,slug,parent"}
        for page in range(1, _MOST_PAGES + 1):
            answer = self._ask("GET", "/categories", {**query, "page": page})
            given = list_of(answer.data)
            if len(given) > _PAGE:
                raise SiteFailure(SiteProblem.UNEXPECTED)
            found += given
            if page >= _read_pages(answer):
                break
            if self._policy.tick() > until:
                raise SiteFailure(SiteProblem.SLOW)
        return arrange_categories(found)

    def missing_categories(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Return which of the categories are not there any more."""
        if not ids:
            return ()
        query: dict[str, str | int] = {"include": ",".join(map(str, ids)), "per_page": _PAGE, "_fields": "id"}
        answer = self._ask("GET", "/categories", query)
        there = {number_of(read_map(one), "id") for one in list_of(answer.data)}
        return tuple(one for one in ids if one not in there)

    def find_posts(self, slugs: Sequence[str]) -> list[RemotePost]:
        """Return the posts with one of these very slugs, in any status, as far as the account sees them.

        Without texts: those of other people's posts are none of ours, and would be left out.
        """
        query: dict[str, str | int] = {"slug": ",".join(slugs), "status": _STATUSES, "per_page": _PAGE}
        try:
            answer = self._ask("GET", "/posts", query)
        except SiteFailure as failure:
            if failure.problem is not SiteProblem.POST_REFUSED:
                raise
            # It refuses the question to who may not file; who is not even signed in, is told so by this.
            self.find_account()
            raise SiteFailure(SiteProblem.MAY_NOT_FILE, code=failure.code, status=failure.status) from None
        found = [read_post(one, with_texts=False) for one in list_of(answer.data)]
        return [one for one in found if one.slug in slugs]

    def read_post(self, post_id: int) -> RemotePost | None:
        """Return the post, trashed ones too; None when it is gone.

        What somebody else has taken over may be hidden from the account, or seen as every reader sees it.
        """
        try:
            answer = self._ask("GET", f"/posts/{post_id}", {"context": "edit"}, forbidden=_NOT_OURS)
        except SiteFailure as failure:
            if failure.problem is SiteProblem.GONE_THERE:
                return None
            if failure.problem is SiteProblem.MAY_NOT_EDIT:
                return self._read_public(post_id)
            raise
        return read_post(answer.data)

    def _read_public(self, post_id: int) -> RemotePost:
        try:
            answer = self._ask("GET", f"/posts/{post_id}", forbidden=_NOT_OURS)
        except SiteFailure as failure:
            if failure.problem is SiteProblem.MAY_NOT_EDIT:
                return RemotePost(post_id, RemoteStatus.HIDDEN)
            raise
        return read_post(answer.data, with_texts=False)

    def find_picture(self, slug: str) -> RemotePicture | None:
        """Return the picture with this very slug."""
        answer = self._ask("GET", "/media", {"slug": slug, "context": "edit"})
        found = [read_picture(one) for one in list_of(answer.data)]
        return next((one for one in found if one.slug == slug), None)

    def upload_picture(self, picture: PostPicture) -> RemotePicture:
        """Upload file and texts in one request."""
        sent = Upload(
            _shorten(picture.filename),
            picture.media_type,
            picture.data() if callable(picture.data) else picture.data,
            {"slug": picture.slug, **_write_texts(picture)},
        )
        answer = self._ask(
            "POST", "/media", body=sent, forbidden=SiteProblem.MAY_NOT_UPLOAD, place=picture.key
        )
        return read_picture(answer.data)

    def finish_picture(self, picture: RemotePicture) -> RemotePicture:
        """Have the site make the smaller forms of a picture in whose middle it died."""
        asked = {"action": "create-image-subsizes"}
        self._ask("POST", f"/media/{picture.id}/post-process", body=asked, forbidden=_NOT_OURS)
        return read_picture(self._ask("GET", f"/media/{picture.id}", {"context": "edit"}).data)

    def write_picture_texts(self, picture_id: int, picture: PostPicture) -> RemotePicture:
        """Set title, alternative text, caption and description anew."""
        texts = _write_texts(picture)
        answer = self._ask("POST", f"/media/{picture_id}", body=texts, forbidden=_NOT_OURS, place=picture.key)
        return read_picture(answer.data)

    def remove_picture(self, picture_id: int) -> None:
        """Delete a picture and its smaller forms; libraries have no trash. One that is gone is fine."""
        try:
            self._ask("DELETE", f"/media/{picture_id}", {"force": "true"}, forbidden=_NOT_OURS)
        except SiteFailure as failure:
            if failure.problem is not SiteProblem.PICTURE_GONE:
                raise

    def create_post(self, fields: Mapping[str, Any]) -> RemotePost:
        """Create a post from REST fields."""
        answer = self._ask("POST", "/posts", body=fields, forbidden=SiteProblem.MAY_NOT_FILE)
        return read_post(answer.data)

    def update_post(self, post_id: int, fields: Mapping[str, Any]) -> RemotePost:
        """Change a post's REST fields."""
        return read_post(self._ask("POST", f"/posts/{post_id}", body=fields, forbidden=_NOT_OURS).data)

    def take_down(self, post_id: int, to: PostRemoval) -> None:
        """Make a draft of a post, or put it into the trash."""
        if to is PostRemoval.TRASH:
            self._ask("DELETE", f"/posts/{post_id}", forbidden=_NOT_OURS)
        else:
            self._ask("POST", f"/posts/{post_id}", body={"status": "draft"}, forbidden=_NOT_OURS)

    def edit_address(self, post_id: int) -> str:
        """Return where a person edits the post."""
        return f"{self._desk}post.php?post={post_id}&action=edit"

    def edits_at(self, edit_address: str) -> bool:
        """Say whether an address is one where people edit posts of this site, as `edit_address` gives it."""
        return edit_address.startswith(self._desk)

    def _ask(
        self,
        method: str,
        route: str,
        query: Mapping[str, str | int] | None = None,
        *,
        body: Mapping[str, Any] | Upload | None = None,
        forbidden: SiteProblem = SiteProblem.FORBIDDEN_403,
        place: str = "",
    ) -> Answer:
        answer = self._http.ask(method, f"{_API}{route}", query, body=body, signed_in=self._has_account)
        require_success(answer, forbidden=forbidden, place=place, is_picture=route.startswith(_PICTURES))
        return answer


def _read_pages(answer: Answer) -> int:
    pages = answer.headers.get("x-wp-totalpages", "")
    return int(pages) if pages.isdecimal() and len(pages) <= len(str(_MOST_PAGES)) else 1


def _shorten(filename: str) -> str:
    name, dot, ending = filename.rpartition(".")
    return name.encode()[:_MOST_NAME_BYTES].decode(errors="ignore") + dot + ending


def _write_texts(picture: PostPicture) -> Mapping[str, str]:
    # The field of alternative texts drops backslashes and percent codes, and brings spaces together.
    alt = protect_references(escape(" ".join(picture.alt.split()), quote=False)).replace("\\", "&#92;")
    return {
        "title": write_plain(picture.title),
        "alt_text": _PERCENT_CODE.sub("&#37;", alt),
        "caption": write_plain(picture.caption),
        "description": write_plain(picture.description),
    }
