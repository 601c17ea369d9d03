"""A link to a public page looks like something wherever it is shared; private pages are listed nowhere."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from portal.data import content
from portal.database import transaction
from portal.models import Call, Coverage, LeadPicture
from portal.web.public.cards import describe_coverage
from portal.web.public.fonts import find_font
from portal.web.public.share_card import draw_card
from tests.support.link_heads import LinkHead

pytestmark = pytest.mark.either_database

NEW_YEAR = datetime(2099, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 2, tzinfo=UTC)
COVERAGE = "/{}/ukraine-taiwan/"
SITE = "http://localhost"
CARD = (1200, 630)
PAPER, RED = (251, 248, 242), (255, 0, 0)
needs_fonts = pytest.mark.skipif(
    not (find_font("Зрозуміти", "uk") and find_font("理解烏克蘭", "zh-Hant-TW")),
    reason="fontconfig, fonts-noto-core and fonts-noto-cjk are not installed",
)


@pytest.fixture(autouse=True)
def _no_pictures_of_others() -> Iterator[None]:
    """A picture is drawn anew in every test: with the fonts that are there in it."""
    draw_card.cache_clear()
    yield
    draw_card.cache_clear()


@pytest.fixture
def closing(opened: Flask) -> Flask:
    """The application with a call that closes at midnight, when a year begins."""
    with opened.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = NEW_YEAR
    return opened


def read_head(client: FlaskClient, address: str) -> LinkHead:
    return LinkHead(client.get(address).text)


def open_card(client: FlaskClient, address: str) -> Image.Image:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    return Image.open(io.BytesIO(answer.data), formats=["JPEG"])


def make_jpeg(colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 400), colour).save(out, "JPEG")
    return out.getvalue()


def has_paper(card: Image.Image) -> bool:
    """Say whether the card has words, which stand on paper."""
    corner = card.getpixel((10, 10))
    return isinstance(corner, tuple) and all(abs(a - b) < 3 for a, b in zip(corner, PAPER, strict=True))


@pytest.mark.parametrize(
    ("lang", "tag", "title", "language"),
    [
        ("en", "en", "Understanding the link between Ukraine and Taiwan", "en_US"),
        ("uk", "uk", "Зрозуміти, що пов’язує Україну і\u00a0Тайвань", "uk_UA"),
        ("zh-tw", "zh-Hant-TW", "理解烏克蘭與台灣的連結", "zh_TW"),
    ],
)
def test_a_link_to_a_coverage_says_what_it_is_about(
    opened: Flask, client: FlaskClient, lang: str, tag: str, title: str, language: str
) -> None:
    said = read_head(client, COVERAGE.format(lang)).metas
    about = " ".join(content.coverage_texts()["summary"][tag].split())
    names = ("description", "og:title", "og:description", "og:locale", "og:url", "twitter:card")
    assert [said.get(name) for name in names] == [
        about,
        title,
        about,
        language,
        SITE + COVERAGE.format(lang),
        "summary_large_image",
    ]


@needs_fonts
@pytest.mark.parametrize(
    ("path", "own"),
    [("", "ukraine-taiwan/"), ("ukraine-taiwan/", "ukraine-taiwan/"), ("safety", "safety"), ("help", "help")],
)
def test_a_public_page_names_its_own_address_and_picture(
    opened: Flask, client: FlaskClient, path: str, own: str
) -> None:
    head = read_head(client, f"/uk/{path}")
    card = open_card(client, head.metas["og:image"].removeprefix(SITE))
    assert (head.links("canonical"), card.size, has_paper(card)) == ([f"{SITE}/uk/{own}"], CARD, True)


@needs_fonts
def test_a_portal_without_coverages_has_a_picture(client: FlaskClient) -> None:
    head = read_head(client, "/uk/")
    card = open_card(client, head.metas["og:image"].removeprefix(SITE))
    assert (head.metas["og:title"], card.size, has_paper(card)) == ("Спецпроєкти", CARD, True)


def test_the_language_menu_and_filters_leave_no_second_address(opened: Flask, client: FlaskClient) -> None:
    head = read_head(client, COVERAGE.format("uk") + "?anything=else")
    assert head.links("canonical") == [SITE + COVERAGE.format("uk")]


def test_a_coverage_without_two_sentences_is_described_by_whole_ones_of_its_introduction(
    opened: Flask, client: FlaskClient
) -> None:
    with opened.app_context(), transaction() as session:
        session.scalars(select(Coverage)).one().summary = {}
    found = {lang: read_head(client, COVERAGE.format(lang)).metas["description"] for lang in ("en", "zh-tw")}
    assert found == {
        "en": "Before 2022, Taiwan and Ukraine knew little of each other. They lie far apart, traded little, "
        "and each was busy with its own threatening neighbour.",
        "zh-tw": "2022年以前，台灣與烏克蘭對彼此所知不多。兩地相隔遙遠，貿易往來少，"
        "又各自忙於應付身旁虎視眈眈的鄰國。2022年2月，俄羅斯全面入侵烏克蘭，改變了這一切。",
    }


def test_a_picture_shows_what_the_newsroom_chose_for_the_head_of_the_page(
    opened: Flask, client: FlaskClient
) -> None:
    before = read_head(client, COVERAGE.format("en")).metas["og:image"]
    with opened.app_context(), transaction() as session:
        coverage = session.scalars(select(Coverage)).one()
        session.add(
            LeadPicture(
                coverage_id=coverage.id,
                content=make_jpeg(RED),
                sha256="0" * 64,
                width=800,
                height=400,
                alt={},
                credit="",
            )
        )
    after = read_head(client, COVERAGE.format("en")).metas["og:image"]
    card = open_card(client, after.removeprefix(SITE))
    bands = [band.getpixel((900, 300)) for band in card.split()]
    assert (before == after, [round(float(str(one)) / 25) for one in bands]) == (False, [10, 0, 0])


def test_a_coverage_without_a_picture_of_its_own_has_a_plain_ground(
    opened: Flask, client: FlaskClient
) -> None:
    with opened.app_context(), transaction() as session:
        session.scalars(select(Coverage)).one().slug = "another"
    card = open_card(client, "/en/another/card.jpg")
    assert len({card.getpixel((place, 300)) for place in range(500, 1200, 50)}) == 1


@needs_fonts
def test_each_language_has_a_picture_of_its_own(opened: Flask, client: FlaskClient) -> None:
    cards = {lang: client.get(f"/{lang}/ukraine-taiwan/card.jpg").data for lang in ("en", "uk", "zh-tw")}
    assert len(set(cards.values())) == len(cards)


def test_a_picture_with_other_words_has_another_address(opened: Flask, client: FlaskClient) -> None:
    before = read_head(client, COVERAGE.format("en")).metas["og:image"]
    with opened.app_context(), transaction() as session:
        session.scalars(select(Coverage)).one().title = {"en": "Two windows"}
    after = read_head(client, COVERAGE.format("en")).metas["og:image"]
    assert (before == after, before.partition("?")[0] == after.partition("?")[0]) == (False, True)


EMOJI = "\U0001f1fa\U0001f1e6\u2764\ufe0f\U0001f1f9\U0001f1fc \U0001f469\U0001f3fd\u200d\U0001f33e"


def name_coverage(app: Flask, title: str) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Coverage)).one().title = {"en": title}


def draw_coverage(app: Flask, *, site: str = "") -> bytes:
    """Draw the picture of the coverage; with `site`, of a site named so."""
    with app.test_request_context("/en/"), app.app_context(), transaction() as session:
        texts = describe_coverage(session.scalars(select(Coverage)).one())
    if site:
        texts = texts._replace(title=texts.title._replace(text=site), site=texts.site._replace(text=""))
    return draw_card(texts, b"")


@needs_fonts
@pytest.mark.parametrize("title", [EMOJI, "Two windows \U000f1234", "\u0e2a\U00013000"])
def test_a_picture_whose_title_no_font_can_write_says_the_name_of_the_site(opened: Flask, title: str) -> None:
    name_coverage(opened, title)
    site = opened.extensions["portal"].settings.site_names["en"]
    assert draw_coverage(opened) == draw_coverage(opened, site=site)


@needs_fonts
def test_a_picture_leaves_emoji_out_of_its_words(opened: Flask) -> None:
    name_coverage(opened, f"Two {EMOJI} windows, \u25cb and \u2605 and 1\ufe0f\u20e3{EMOJI}")
    with_emoji = draw_coverage(opened)
    name_coverage(opened, "Two windows, \u25cb and \u2605 and 1")
    assert with_emoji == draw_coverage(opened)


def test_a_machine_without_fonts_draws_no_boxes(
    opened: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert has_paper(open_card(client, "/zh-tw/ukraine-taiwan/card.jpg")) is False


@pytest.mark.parametrize(
    ("closes", "lines"),
    [
        (
            NEW_YEAR,
            [
                "Tell us your story by 31\u00a0December",
                "Розкажіть свою історію до 31\u00a0грудня",
                "12月31日前，說出您的故事",
            ],
        ),
        (None, ["Tell us your story", "Розкажіть свою історію", "說出您的故事"]),
        (LONG_AGO, ["", "", ""]),
    ],
)
def test_a_picture_says_until_when_stories_are_taken(
    opened: Flask, closes: datetime | None, lines: list[str]
) -> None:
    with opened.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = closes
    said = []
    for lang in ("en", "uk", "zh-tw"):
        with opened.test_request_context(f"/{lang}/"), opened.app_context(), transaction() as session:
            said.append(describe_coverage(session.scalars(select(Coverage)).one()).line.text)
    assert said == lines


@pytest.mark.parametrize(
    "path",
    [
        "/en/my",
        "/en/my/lost",
        "/account/login",
        "/en/nowhere/",
    ],
)
def test_a_page_that_is_not_for_everybody_shows_nothing_of_itself(
    opened: Flask, client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    head = LinkHead(answer.text)
    previews = [name for name in head.metas if name.startswith(("og:", "twitter:", "description"))]
    assert (answer.headers["X-Robots-Tag"], head.metas["robots"], previews, head.facts) == (
        "noindex",
        "noindex",
        [],
        "",
    )


@pytest.mark.parametrize(
    ("path", "title", "about"),
    [
        ("/uk/ukraine-taiwan/pitch", "Надіслати пропозицію", "Кілька речень, від 10\u00a0до 15\u00a0хвилин"),
        (
            "/uk/ukraine-taiwan/story",
            "Надіслати історію",
            "Від 500\u00a0до 1\u00a0000\u00a0слів, можна з\u00a0фото",
        ),
    ],
)
def test_a_link_to_a_form_says_what_is_asked_for_and_is_in_no_list(
    opened: Flask, client: FlaskClient, path: str, title: str, about: str
) -> None:
    answer = client.get(path)
    said = LinkHead(answer.text).metas
    card = open_card(client, said["og:image"].removeprefix(SITE))
    assert (said["description"], said["og:title"], card.size, answer.headers["X-Robots-Tag"]) == (
        about,
        f"{title} – Зрозуміти, що пов’язує Україну і\u00a0Тайвань",
        CARD,
        "noindex",
    )


@pytest.mark.parametrize("path", ["/en/ukraine-taiwan/card.jpg", "/robots.txt", "/sitemap.xml"])
def test_who_has_the_same_file_already_is_told_so(opened: Flask, client: FlaskClient, path: str) -> None:
    mark = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": mark})
    other = client.get(path, headers={"If-None-Match": '"other"'})
    assert [(one.status_code, len(one.data) > 0) for one in (again, other)] == [(304, False), (200, True)]


def test_robots_may_read_all_and_find_the_list_of_pages(client: FlaskClient) -> None:
    said = client.get("/robots.txt").text.split("\n")
    assert said == ["User-agent: *", "Disallow:", "", f"Sitemap: {SITE}/sitemap.xml", ""]
