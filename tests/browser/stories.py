"""What is told in the journeys: three stories with every character that a careless program loses."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Choices = tuple[tuple[str, str], ...]

HOSTILE: Final = (
    'שָׁלוֹם — <script>alert("1")</script> & 5 > 3, 50 %, no\u00a0break, 🕊️ 👩\u200d👧, 𠮷野家, '
    "｛漢字《かんじ》｝, e\u0301, сім’я, “a” „b“, a_b, {name}, %(name)s"
)
KEPT: Final = unicodedata.normalize("NFC", HOSTILE)
"""The only change that is wanted: letters and their accents are composed."""

_PITCH_CHOICES: Choices = (
    ("before", "offered"),
    ("byline", "pen"),
    ("risk", "unsure"),
    ("reply", "email"),
)
_AFTER_PITCH_CHOICES: Choices = (
    ("community", "taiwan"),
    ("community", "elsewhere"),
    ("form", "first_person"),
    ("when", "one_month"),
    ("help", "language"),
    ("help", "safety"),
)
_STORY_CHOICES: Choices = (
    ("whose", "mine"),
    ("tools", "spelling"),
    ("others", "agreed"),
    ("may", "after_approval"),
)


@dataclass(frozen=True)
class Telling:
    """One story from the pitch to the bundle: names of fields with what is typed into them."""

    pitch: Mapping[str, str]
    after_pitch: Mapping[str, str]
    """What is answered after the receipt of the pitch."""
    story: Mapping[str, str]
    after_story: Mapping[str, str]
    edited: Mapping[str, str]
    added: str
    """The paragraph the editor adds."""
    topic_names: tuple[str, str]
    gist: str
    question: str
    answer: str
    message: str
    topics: tuple[str, str] = ("ukraine", "humanitarian-response")
    pitch_choices: Choices = _PITCH_CHOICES
    after_pitch_choices: Choices = _AFTER_PITCH_CHOICES
    story_choices: Choices = _STORY_CHOICES


def join(*paragraphs: str) -> str:
    """Write paragraphs as they are typed: with an empty line between them."""
    return "\n\n".join(paragraphs)


def keep(answers: Mapping[str, str]) -> dict[str, str]:
    """Return what must come out of what is typed."""
    return {name: unicodedata.normalize("NFC", text) for name, text in answers.items()}


def read_markdown(typed: str) -> list[str]:
    """Return the paragraphs a reader sees; these stories use no mark but `**`."""
    return [part.replace("**", "") for part in unicodedata.normalize("NFC", typed).split("\n\n")]


_UK_FIRST = "Світло зникло о шостій. «Не бійся, — сказала вона, — у **Тайбеї** теж буває темно»."
_UK_LAST = "Уранці ми з 王小明 пили чай під їхнім об’єктивом."
_UK_ADDED = "Так ґанок у Харкові став найближчим місцем до Тайваню."

_UKRAINIAN = Telling(
    pitch={
        "idea": join("Моя бабуся в Харкові ховала книжки від обстрілів.", HOSTILE),
        "link": "У Тайбеї я побачила таку саму полицю: «на випадок».",
        "before_text": "«Вечірні читання», https://example.org/?a=1&b=2",
        "you": "Це моя бабуся. Я пам’ятаю кожну обкладинку.",
        "byline_text": "Олена Щ’єґлова",
        "risk_text": "Брат служить. Не пишіть, де саме.",
        "reply_text": "olena@example.org",
    },
    after_pitch={
        "community_text": "Слобожанщина й повіт 花蓮",
        "people": "Бабуся знає; сусід — ні.",
        "more": "Дякую! 🕊️",
    },
    story={
        "story": join(_UK_FIRST, HOSTILE, _UK_LAST),
        "title": "Коли гасне світло — «полиця»",
        "avoid": "Номер будинку.",
        "others_text": "Бабуся погодилася на ім’я.",
    },
    after_story={
        "place_time": "Харків, лютий 2024",
        "check": "Світлини полиці; сусідка підтвердить.",
        "bio": "Олена перекладає з китайської (繁體).",
    },
    edited={
        "title": "Полиця, що пережила обстріл: «Коли гасне світло»",
        "dek": "Бабусина полиця з Харкова й полиця з Тайбея — та сама",
        "excerpt": "Дві полиці, дві столиці страху й одна звичка: ховати книжки. Розповідь Олени.",
        "body": join(_UK_FIRST, HOSTILE, _UK_LAST, _UK_ADDED),
        "content_warning": "У тексті згадано обстріли.",
    },
    added=_UK_ADDED,
    topic_names=("Україна", "Гуманітарна допомога"),
    gist="A shelf in Kharkiv and a shelf in Taipei.",
    question="У якому місті це було? «Харків»?",
    answer=join("Так, у Харкові.", "Об’єкт — на Салтівці."),
    message="Надішліть, будь ласка, усю історію.",
)

_TW_FIRST = "六點，燈熄了。她說：「別怕，在**哈爾基夫**也一樣。」"
_TW_LAST = "隔天早上，我和 Олена 在騎樓下喝茶，聽見「嗡——」的一聲。"
_TW_ADDED = "從那天起，花蓮的書架離烏克蘭最近。"

_TAIWANESE = Telling(
    pitch={
        "idea": join("我在台北認識一位烏克蘭志工，她的書架和我外婆的一模一樣。", HOSTILE),
        "link": "兩個書架，同一種『以防萬一』。",
        "before_text": "《讀書會》刊物，https://example.org/?a=1&b=2",
        "you": "那是我外婆的書架。",
        "byline_text": "𠮷田小魚",
        "risk_text": "請不要寫出她弟弟的部隊。",
        "reply_text": "fish@example.org",
    },
    after_pitch={
        "community_text": "花蓮與 Слобожанщина",
        "people": "外婆知道，志工也同意。",
        "more": "謝謝！🕊️",
    },
    story={
        "story": join(_TW_FIRST, HOSTILE, _TW_LAST),
        "title": "停電的那一晚：「書架」",
        "avoid": "門牌號碼。",
        "others_text": "外婆同意使用名字。",
    },
    after_story={
        "place_time": "2024 年 2 月，台北",
        "check": "書架的照片，鄰居可以作證。",
        "bio": "小魚住在花蓮，寫字，也修腳踏車。",
    },
    edited={
        "title": "撐過轟炸的書架：「停電的那一晚」",
        "dek": "哈爾基夫與花蓮，兩個一樣的書架",
        "excerpt": "兩個書架、兩種恐懼、一個習慣：把書藏起來。",
        "body": join(_TW_FIRST, HOSTILE, _TW_LAST, _TW_ADDED),
        "content_warning": "文中提到轟炸。",
    },
    added=_TW_ADDED,
    topic_names=("烏克蘭", "人道救援"),
    gist="Two shelves, one habit.",
    question="這是在哪個城市？「台北」嗎？",
    answer=join("是的，在台北。", "書架後來搬到花蓮。"),
    message="請寄來完整的故事。",
)

_EN_FIRST = "The lights went out at six. “Don’t be afraid,” she said, “it gets dark in **Taipei** too.”"
_EN_LAST = "In the morning 王小明 and I drank tea on Olena’s ґанок — naïve, both of us."
_EN_ADDED = "Since that day a porch in Kharkiv has been the nearest place to Taiwan."

_ENGLISH = Telling(
    pitch={
        "idea": join("My grandmother in Kharkiv hid her books from the shelling.", HOSTILE),
        "link": "In Taipei I saw the very same shelf: ‘just in case’.",
        "before_text": "“Evening readings”, https://example.org/?a=1&b=2",
        "you": "She is my grandmother.",
        "byline_text": "Olena O’Ščehłova",
        "risk_text": "My brother serves. Do not say where.",
        "reply_text": "olena.en@example.org",
    },
    after_pitch={
        "community_text": "Слобожанщина and 花蓮",
        "people": "She knows; the neighbour doesn’t.",
        "more": "Thank you! 🕊️",
    },
    story={
        "story": join(_EN_FIRST, HOSTILE, _EN_LAST),
        "title": "When the light goes: “the shelf”",
        "avoid": "The number of the house.",
        "others_text": "Grandmother agreed to her first name.",
    },
    after_story={
        "place_time": "Kharkiv, February 2024",
        "check": "Pictures of the shelf; ask the neighbour.",
        "bio": "Olena translates from Chinese (繁體).",
    },
    edited={
        "title": "The shelf that outlived the shelling: “When the light goes”",
        "dek": "One shelf in Kharkiv, one in Taipei — the same",
        "excerpt": "Two shelves, two fears and one habit: hiding books. Olena’s story.",
        "body": join(_EN_FIRST, HOSTILE, _EN_LAST, _EN_ADDED),
        "content_warning": "Shelling is mentioned.",
    },
    added=_EN_ADDED,
    topic_names=("Ukraine", "Humanitarian response"),
    gist="Полиця в Харкові й полиця в Тайбеї.",
    question="In which city was that? “Kharkiv”?",
    answer=join("Yes, in Kharkiv.", "The shelf stood in Saltivka."),
    message="Please send us the whole story.",
)

TELLINGS: dict[str, Telling] = {"uk": _UKRAINIAN, "zh-tw": _TAIWANESE, "en": _ENGLISH}
