"""Twelve approved stories become drafts of newsrooms' sites, and nobody retypes a word."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.languages import ENGLISH
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.export.pushes import push_next
from portal.models import Coverage, Draft, Staff
from portal.operations.coverages.drafts import save_draft, send_for_approval
from portal.operations.coverages.targets import make_target
from portal.operations.private.author_acts import approve
from portal.operations.private.photos import describe_picture
from portal.story.picture_marks import make_mark, make_photo_key
from tests.browser.conftest import Doors
from tests.browser.hands import Counted
from tests.browser.people import Editor, Portal, Words
from tests.support.factories import make_call, make_draft, make_sending, make_staff
from tests.support.photos import keep_picture
from tests.support.staff import give_access
from tests.support.targets import describe_target
from tests.support.wordpress import WordPress

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

MOST_ACTIONS = 5
CATEGORIES = {
    "uk": ("world", "World"),
    "en": ("topics", "Topics"),
    "zh-Hant-TW": ("taiwan-roc", "Taiwan (ROC)"),
    "ar": ("east-asia", "East Asia & Pacific"),
}
"""Of the newsrooms' site for each language, slug and name of the category of these stories."""
TEXTS = {
    "uk": ("Світло зникло", "Полиця & «дім»", "Київ, січень"),
    "en": ("The light went out", "A shelf & <home>", "Kyiv, January"),
    "zh-Hant-TW": ("停電的晚上", "書架與「家」", "台北，一月"),
    "ar": ("حين ينطفئ الضوء", "رفّ الكتب", "كييف، يناير"),
}
"""Headline, alternative text and caption, each of which gets a number."""
READ = r"""
$found = [];
$read = fn ($text) => htmlspecialchars_decode($text);
foreach (get_posts(['post_status' => 'any', 'numberposts' => -1]) as $post) {
    $words = fn ($id) => [get_post_meta($id, '_wp_attachment_image_alt', true), get_post($id)->post_excerpt];
    $shown = [];
    $figure = '~<img src="([^"]+)" alt="([^"]*)".*?<figcaption[^>]*>(.*?)</fig~';
    preg_match_all($figure, $post->post_content, $all);
    foreach ($all[1] as $place => $address) {
        $there = [$all[2][$place], strip_tags($all[3][$place])];
        $shown[] = array_map($read, [...$there, ...$words(attachment_url_to_postid($address))]);
    }
    $categories = array_map(fn ($one) => $read($one->name), get_the_category($post->ID));
    $featured = array_map($read, $words(get_post_thumbnail_id($post->ID)));
    $found[$post->post_title] = [$post->post_status, $categories, $featured, $shown];
}
return $found;
"""
"""Status, categories and words of pictures of each post: the featured one, then in the text and as files."""
LEFT = "return count(get_posts(['post_type' => 'attachment', 'post_status' => 'any', 'numberposts' => -1]));"


@dataclass
class Maker:
    """Makes approved stories with two photos each, and a site for each language."""

    session: Session
    editor: Staff
    at: datetime

    def approve_story(self, lang: str, number: int) -> None:
        title, alt, caption = (f"{text} {number}" for text in TEXTS[lang])
        sending = make_sending(Stage.STORY, lang=lang, title=title, byline="none", address="")
        draft = make_draft(self.session, self.at, by=self.editor, sending=sending)
        keys = [self._photograph(draft, f"{alt}{mark}", f"{caption}{mark}") for mark in "ab"]
        body = "\n\n".join(["First.", make_mark(keys[0]), "Second.", make_mark(keys[1])])
        values = {"title": title, "body": body, "topics": ["history"], "photos": {"featured": keys[1]}}
        save_draft(self.session, draft, values, by=self.editor, at=self.at, seen=draft.version)
        send_for_approval(self.session, draft, by=self.editor, at=self.at, seen=draft.submission.version)
        approve(self.session, draft.submission, revision=draft.revision, at=self.at)

    def _photograph(self, draft: Draft, alt: str, caption: str) -> str:
        colour = "olive" if alt.endswith("a") else "navy"
        photo = keep_picture(self.session, draft.submission, at=self.at, colour=colour)
        words = PictureWords(alt, "Olena", PeopleAnswer.NOBODY, PhotoLicence.OWN, caption)
        describe_picture(self.session, draft.submission, photo, words, at=self.at)
        return make_photo_key(photo.public_id)

    def make_site(self, coverage: Coverage, wordpress: WordPress, lang: str, category: str) -> None:
        values = describe_target(
            wordpress.address,
            f"Site {lang}",
            lang=lang,
            account="author",
            password=wordpress.passwords["author"],
        )
        target = make_target(self.session, coverage, values, by=self.editor, at=self.at)
        target.tried_at = self.at
        target.categories = {"history": {"id": wordpress.categories[category], "name": category}}


@pytest.fixture
def email(portal: Portal, wordpress: WordPress) -> Iterator[str]:
    """The address of an editor with three approved stories and a site in each of four languages."""
    app, at = portal.app, datetime.now(UTC)
    whole = app.extensions["portal"]
    reachable = replace(
        whole.settings, target_networks="127.0.0.0/8", target_ca_file=str(wordpress.authority.file)
    )
    app.extensions["portal"] = replace(whole, settings=reachable)
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        editor.locale = ENGLISH.tag
        give_access(editor)
        maker, coverage = Maker(session, editor, at), make_call(session, at).coverage
        for lang, (category, _name) in CATEGORIES.items():
            maker.make_site(coverage, wordpress, lang, category)
            for number in range(3):
                maker.approve_story(lang, number)
        known = editor.email
    yield known
    app.extensions["portal"] = whole


def expect_posts() -> Mapping[str, Any]:
    """Return what stands there of each story when every word is where it was typed."""
    expected = {}
    for lang, (_slug, category) in CATEGORIES.items():
        for number in range(3):
            title, alt, caption = (f"{text} {number}" for text in TEXTS[lang])
            photos = [[f"{alt}{mark}", f"{caption}{mark} · Olena · CC BY 3.0"] for mark in "ab"]
            expected[title] = ["draft", [category], photos[1], [one * 2 for one in photos]]
    return expected


def test_twelve_stories_with_their_photos_are_drafts_after_five_actions(
    portal: Portal, doors: Doors, email: str, wordpress: WordPress
) -> None:
    page = doors.open(locale=ENGLISH.tag, java_script_enabled=False)
    hand = Counted(page)
    editor = Editor(page, Words(portal.app, ENGLISH), hand)
    editor.sign_in(email)
    hand.actions = 0
    editor.send_new_stories()
    with portal.app.app_context():
        while push_next(clock=lambda: datetime.now(UTC)):
            pass
    assert (hand.actions <= MOST_ACTIONS, wordpress.run(READ), wordpress.run(LEFT)) == (
        True,
        expect_posts(),
        2 * len(expect_posts()),
    )
