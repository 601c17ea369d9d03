"""Published stories for tests, made by what authors and editors do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.models import Draft, Staff, StoryCard
from portal.operations.coverages import drafts
from portal.operations.private.photos import describe_picture
from portal.story.picture_marks import make_photo_key
from tests.support.factories import make_draft, make_sending, make_staff
from tests.support.photos import keep_picture

SITE = "https://news.example.org/"
WORDS = PictureWords("Полиця з книжками.", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)


def publish_story(
    session: Session,
    at: datetime,
    *,
    by: Staff | None = None,
    lang: str = "uk",
    addresses: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
    has_photo: bool = False,
    **edits: Any,
) -> Draft:
    """Return the draft of a story that everybody may read; `edits` are fields its editor saved."""
    editor = by or make_staff(session, Role.EDITOR)
    sending = replace(make_sending(Stage.STORY, lang=lang, **(answers or {})), lang=lang)
    draft = make_draft(session, at, by=editor, sending=sending)
    if has_photo:
        photo = keep_picture(session, draft.submission, at=at)
        describe_picture(session, draft.submission, photo, WORDS, at=at)
        edits["photos"] = {"featured": make_photo_key(photo.public_id)}
    if edits:
        drafts.save_draft(session, draft, edits, by=editor, at=at, seen=draft.version)
    publish_again(session, draft, addresses or {lang: f"{SITE}{draft.public_id}"}, by=editor, at=at)
    return draft


def publish_again(
    session: Session, draft: Draft, addresses: Mapping[str, str], *, by: Staff, at: datetime
) -> None:
    """Count the text as approved, and record where it stands."""
    given: dict[str, Any] = {"by": by, "at": at}
    drafts.waive_approval(session, draft, seen=draft.submission.version, reason="By phone.", **given)
    drafts.publish(session, draft, addresses, seen=draft.submission.version, **given)


@dataclass(frozen=True)
class Example:
    """A story of the front page in its tests; `answers` is the title of the one it answers."""

    lang: str
    title: str
    excerpt: str
    side: str = ""
    place: str = ""
    author: str = ""
    answers: str = ""
    has_photo: bool = False


EXAMPLES = (
    Example("uk", "Пісня з черги по воду", "У черзі по воду хтось заспівав.", "ua", "Миколаїв", "Левко"),
    Example(
        "zh-Hant-TW", "我檢查過的鏡頭，編號還在", "收到一張基輔的照片，裡面是我看過的號碼。", "tw", "新竹"
    ),
    Example(
        "en",
        "A suitcase full of chargers",
        "Twenty-seven chargers, and a customs officer who asks if it is for a shop.",
        "elsewhere",
        "Warszawa",
        "Daria",
    ),
    Example(
        "uk", "Слово, яке ми шукали", "Як перекласти «солідарність»?", "ua", "Львів", "бібліотекарка Марта"
    ),
    Example("zh-Hant-TW", "外婆的水餃，她的餃子", "皮要捏緊，不然會「哭」。", "tw", "台南", "佩如"),
    Example(
        "uk",
        "Рюкзак о третій ночі",
        "О третій ночі вона спитала, що класти в рюкзак. Я сфотографувала свій.",
        "ua",
        "Харків",
        "Оксана",
        has_photo=True,
    ),
    Example(
        "zh-Hant-TW",
        "停電的那個晚上，我想起哈爾基夫的朋友",
        "地震後停電，我點了一支蠟燭，拍給奧克薩娜看。",
        "tw",
        "花蓮",
        "阿海",
        answers="Рюкзак о третій ночі",
    ),
)
"""Oldest first, as they are published."""


def publish_examples(session: Session, at: datetime, examples: Sequence[Example] = EXAMPLES) -> list[Draft]:
    """Return the drafts of published stories, an hour between each two."""
    by = make_staff(session, Role.EDITOR)
    made: list[Draft] = []
    for number, one in enumerate(examples):
        named = {"byline": "pen", "byline_text": one.author} if one.author else {"byline": "none"}
        edits: dict[str, Any] = {
            "title": one.title,
            "excerpt": one.excerpt,
            "side": one.side,
            "place": one.place,
        }
        draft = publish_story(
            session,
            at + number * timedelta(hours=1),
            by=by,
            lang=one.lang,
            answers={"byline_text": "", **named},
            has_photo=one.has_photo,
            **edits,
        )
        made.append(draft)
        answered = next((other for other in made if other.title == one.answers), None)
        if answered is not None:
            session.add(StoryCard(draft_id=draft.id, answers_id=answered.id))
    session.flush()
    return made
