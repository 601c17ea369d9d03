"""What WordPress and what stands in front of it answer, and what each of it means."""

from typing import Any

import pytest

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.answers import arrange_categories, read_picture, read_post, require_success
from portal.wordpress.failures import SiteFailure
from portal.wordpress.http import Answer

UPLOAD = "rest_upload_unknown_error"
ERRORS = [
    (401, "rest_not_logged_in", "", SiteProblem.AUTHORIZATION_STRIPPED),
    (401, "rest_cannot_create", "", SiteProblem.AUTHORIZATION_STRIPPED),
    (401, "incorrect_password", "", SiteProblem.REFUSED_401),
    (401, "", "", SiteProblem.REFUSED_401),
    (403, "rest_cannot_create", "", SiteProblem.MAY_NOT_UPLOAD),
    (403, "blocked_by_plugin", "", SiteProblem.FORBIDDEN_403),
    (403, "", "", SiteProblem.FORBIDDEN_403),
    (404, "rest_no_route", "", SiteProblem.NO_API_404),
    (404, "rest_post_invalid_id", "", SiteProblem.GONE_THERE),
    (404, "", "", SiteProblem.NO_API_404),
    (413, "", "", SiteProblem.TEXT_TOO_LARGE_413),
    (405, "", "", SiteProblem.FORBIDDEN_403),
    (406, "", "", SiteProblem.FORBIDDEN_403),
    (408, "", "", SiteProblem.SLOW),
    (429, "", "", SiteProblem.TOO_MANY_429),
    (500, UPLOAD, "The uploaded file could not be moved to wp-content/uploads.", SiteProblem.DISK_FULL),
    (500, UPLOAD, "Не вдалося записати файл на диск.", SiteProblem.DISK_FULL),
    (500, UPLOAD, "無法將檔案寫入磁碟。", SiteProblem.DISK_FULL),
    (400, "rest_invalid_author", "", SiteProblem.AUTHOR_GONE),
    (400, "rest_invalid_param", "", SiteProblem.POST_REFUSED),
    (500, "internal_server_error", "", SiteProblem.SERVER_ERROR),
    (501, "rest_trash_not_supported", "", SiteProblem.NO_TRASH),
    (507, "", "", SiteProblem.DISK_FULL),
    (503, "", "", SiteProblem.SERVER_ERROR),
    (418, "", "", SiteProblem.UNEXPECTED),
    (200, "", "", SiteProblem.NOT_JSON),
]


def fail(answer: Answer, *, is_picture: bool = False) -> SiteFailure:
    with pytest.raises(SiteFailure) as failed:
        require_success(answer, forbidden=SiteProblem.MAY_NOT_UPLOAD, is_picture=is_picture)
    return failed.value


@pytest.mark.parametrize(("status", "code", "message", "problem"), ERRORS)
def test_each_error_has_its_reason(status: int, code: str, message: str, problem: SiteProblem) -> None:
    failed = fail(Answer(status, {}, {"code": code, "message": message} if code else None))
    assert (failed.problem, failed.code, failed.status) == (problem, code, status)


@pytest.mark.parametrize(
    ("status", "code", "of_a_picture", "of_anything_else"),
    [
        (413, "", SiteProblem.TOO_LARGE_413, SiteProblem.TEXT_TOO_LARGE_413),
        (400, "rest_upload_no_data", SiteProblem.TOO_LARGE_413, SiteProblem.TEXT_TOO_LARGE_413),
        (404, "rest_post_invalid_id", SiteProblem.PICTURE_GONE, SiteProblem.GONE_THERE),
        (403, "rest_cannot_edit", SiteProblem.MAY_NOT_EDIT_PICTURE, SiteProblem.MAY_NOT_EDIT),
        (400, "rest_invalid_param", SiteProblem.MEDIA_REFUSED, SiteProblem.POST_REFUSED),
        (400, "rest_invalid_featured_media", SiteProblem.MEDIA_REFUSED, SiteProblem.PICTURE_GONE),
    ],
)
def test_the_same_answer_is_about_what_was_asked_for(
    status: int, code: str, of_a_picture: SiteProblem, of_anything_else: SiteProblem
) -> None:
    answer = Answer(status, {}, {"code": code} if code else None)
    found = [fail(answer, is_picture=is_picture).problem for is_picture in (True, False)]
    assert found == [of_a_picture, of_anything_else]


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("The file exceeds the upload_max_filesize directive.", SiteProblem.TOO_LARGE_413),
        ("Вибачте, вам не дозволено завантажувати цей тип файлу.", SiteProblem.MEDIA_REFUSED),
    ],
)
def test_what_is_wrong_with_a_file_stands_in_the_message(message: str, problem: SiteProblem) -> None:
    answer = Answer(500, {}, {"code": UPLOAD, "message": message})
    assert fail(answer, is_picture=True).problem is problem


def test_only_a_name_of_an_error_is_kept_of_it() -> None:
    failed = fail(Answer(500, {}, {"code": "Слова <b>", "message": "Слова"}))
    assert (failed.code, str(failed)) == ("", "server_error 500")


@pytest.mark.parametrize(
    ("told", "wait"), [("120", 120), ("999999999", 0), ("86401", 86400), ("soon", 0), ("", 0)]
)
def test_a_site_says_when_to_come_again(told: str, wait: float) -> None:
    assert fail(Answer(429, {"retry-after": told}, None)).wait == wait


POST = {
    "id": 7,
    "status": "draft",
    "link": "https://newsroom.example/?p=7",
    "slug": "x",
    "modified_gmt": "2026-03-14T09:26:53",
    "title": {"raw": "A &amp; B"},
    "content": {"raw": "<p>A &amp; B</p>"},
    "excerpt": {"raw": "&lt;b&gt;"},
    "categories": [1, 2],
    "featured_media": 0,
    "author": 1,
    "meta": [],
}


def test_a_post_is_read_with_plain_texts() -> None:
    read = read_post(POST)
    assert (read.title, read.content, read.excerpt) == ("A & B", "<p>A &amp; B</p>", "<b>")


def test_what_no_database_takes_is_not_read_from_a_post() -> None:
    broken = "a\ud83d\0&#0;&#xd83d;b"
    read = read_post({**POST, "slug": broken, "title": {"raw": broken}, "content": {"raw": broken}})
    told = read.slug, read.title, read.content
    assert told == ("a?\ufffd&#0;&#xd83d;b", "a?\ufffd\ufffd\ufffdb", "a?\ufffd&#0;&#xd83d;b")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "7"},
        {"id": True},
        {"id": -1},
        {"status": None},
        {"title": "A"},
        {"content": {}},
        {"link": "javascript:alert(1)"},
        {"link": 'https://x"onclick="'},
        {"categories": "1"},
        {"featured_media": None},
        {"id": 2**31},
        {"link": f"https://newsroom.example/{'x' * 500}"},
        {"slug": "x" * 201},
        {"modified_gmt": "2" * 41},
    ],
)
def test_what_is_no_post_is_not_taken_for_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(SiteFailure) as failed:
        read_post({**POST, **wrong})
    assert failed.value.problem is SiteProblem.UNEXPECTED


@pytest.mark.parametrize("data", [None, [], {}, "x", {"id": 1, "slug": "x", "source_url": "//x"}])
def test_what_is_no_picture_is_not_taken_for_one(data: Any) -> None:
    with pytest.raises(SiteFailure) as failed:
        read_picture(data)
    assert failed.value.problem is SiteProblem.UNEXPECTED


def category(number: int, name: str, parent: int = 0) -> dict[str, Any]:
    return {"id": number, "name": name, "slug": f"c{number}", "parent": parent}


def test_categories_are_a_tree_each_level_by_name() -> None:
    found = [
        category(4, "Taiwan &amp; around", 3),
        category(3, "East Asia", 1),
        category(2, "topics"),
        category(5, "Africa", 1),
        category(1, "World"),
        category(6, "Lost", 99),
    ]
    assert [" > ".join(one.path) for one in arrange_categories(found)] == [
        "Lost",
        "topics",
        "World",
        "World > Africa",
        "World > East Asia",
        "World > East Asia > Taiwan & around",
    ]


def test_categories_that_are_each_others_parents_end() -> None:
    found = [category(1, "A", 2), category(2, "B", 1), category(3, "C", 3)]
    assert [one.path for one in arrange_categories(found)] == [("A",), ("B",), ("C",)]


def test_names_of_categories_end_somewhere_however_deep_and_long_they_are() -> None:
    found = [category(number, "字" * 1000, number - 1) for number in range(1, 1001)]
    longest = max(arrange_categories(found), key=lambda one: len(one.path))
    assert (len(longest.path), {len(name) for name in longest.path}) == (21, {200})
