"""Whatever a contributor typed is read back from a real WordPress, character for character."""

import re
from base64 import b64decode
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from portal.export.wordpress import to_classic_html, to_wordpress_blocks
from portal.story.blocks import Figure, Paragraph, Text, add_pictures
from portal.story.markdown import to_blocks
from portal.story.normalise import clean_line
from portal.wordpress.posts import url_placeholder
from portal.wordpress.push import push_story
from tests.support.hostile_text import clean_texts
from tests.support.wordpress import WordPress
from tests.support.wordpress_posts import ALL_KINDS, PICTURE, POST

SCRIPTS = {
    "Arabic": "كلمات لم يقلها أحد",
    "Armenian": "Խոսքեր",
    "Bengali": "কথা যা কেউ বলেনি",
    "Burmese": "စကားလုံးများ",
    "Chinese": "沒有人說過的話「回來」——𠮷",
    "Cyrillic": "П’ять слів, яких ніхто не казав",
    "Devanagari": "शब्द जो किसी ने नहीं कहे",
    "Ethiopic": "ማንም ያልተናገረው",
    "Georgian": "სიტყვები",
    "Greek": "Λόγια που δεν είπε κανείς",
    "Hebrew": "מילים שאיש לא אמר",
    "Japanese": "誰も言わなかった言葉、カタカナ",
    "Kannada": "ಪದಗಳು",
    "Khmer": "ពាក្យដែលគ្មាននរណានិយាយ",
    "Korean": "아무도 하지 않은 말",
    "Latin": "Słowa, których nikt – “nie” ‘powiedział’ …",
    "Mongolian": "ᠦᠭᠡᠰ",
    "Sinhala": "වචන",
    "Tamil": "யாரும் சொல்லாத வார்த்தைகள்",
    "Thai": "คำพูดที่ไม่มีใครพูด",
    "Tibetan": "ཚིག་རྣམས།",
}
MEANT_BY_WORDPRESS = ["1 &amp; 2 &#91; &#x3c;b&#x3e; \\ \\\\ %20 %e5 [gallery] &nbsp;", "👩‍👩‍👧‍👦 🏳️‍🌈"]
TEXTS = [*SCRIPTS.values(), *MEANT_BY_WORDPRESS, *clean_texts(clean_line)]
ALL = " · ".join(TEXTS)
PARSED = """
$blocks = parse_blocks(get_post(%d)->post_content);
return array_count_values(array_map(
    fn ($one) => $one['blockName'] ?? (trim($one['innerHTML']) === '' ? 'space' : 'freeform'), $blocks));
"""


@pytest.mark.parametrize("user", ["author", "editor"])
def test_every_character_is_read_back(wordpress: WordPress, user: str) -> None:
    markup = to_wordpress_blocks([Paragraph((Text(text),)) for text in TEXTS])
    picture = replace(PICTURE, title=ALL, alt=ALL, caption=ALL, description=ALL)
    post = replace(
        POST,
        title=ALL,
        excerpt=ALL,
        content=f"{markup}\n\n{POST.content}",
        pictures=(picture,),
        dek_key="tagline",
        dek=ALL,
    )
    with wordpress.failing(takes_meta="tagline"):
        pushed = push_story(wordpress.log_in(user), post, None, lambda _step: None)
    stored = wordpress.run(f"return base64_encode(get_post({pushed.copy.id})->post_content);")
    paragraphs = re.findall("<p>(.*?)</p>", b64decode(stored).decode(), re.DOTALL)
    assert [unescape(one) for one in paragraphs] == [*TEXTS, "Перший абзац."]
    assert [(one.part, one.sent, one.there) for one in pushed.differences] == []
    assert wordpress.run(PARSED % pushed.copy.id) == {
        "core/paragraph": len(TEXTS) + 1,
        "core/image": 1,
        "space": len(TEXTS) + 1,
    }


@pytest.mark.parametrize("write", [to_wordpress_blocks, to_classic_html])
def test_every_kind_of_block_stays_as_it_was_sent(wordpress: WordPress, write: Any) -> None:
    figure = Figure(url_placeholder("sea"), "Море & <b>", "Одеса [1] «2»")
    blocks = add_pictures(to_blocks(ALL_KINDS), ["sea"])
    content = write(blocks, figures={"sea": figure}, note_prefix="3f9c2a71-")
    pushed = push_story(wordpress.log_in(), replace(POST, content=content), None, lambda _step: None)
    assert [(one.part, one.sent, one.there) for one in pushed.differences] == []
    parsed = wordpress.run(PARSED % pushed.copy.id)
    assert ("freeform" in parsed, "core/image" in parsed) == (
        write is to_classic_html,
        write is not to_classic_html,
    )
