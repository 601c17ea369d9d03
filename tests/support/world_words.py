"""Words that people of a filled portal write, in the languages they write in."""

from collections.abc import Mapping

LONG_WORD = "Донаддунайськозахіднобережнополиця" * 2
TITLE = "Коли гасне світло"
REASON = "Call back"
EMAIL = "new@example.org"
NO_LINK = "0" * 64

SAID: dict[str, Mapping[str, str]] = {
    "en": {
        "thanks": "Thank you!",
        "city": "In which city?",
        "where": "Where was it?",
        "when": "When?",
        "waiting": "We look forward to it!",
        "read": "Please read it once more.",
        "note": "A good story.",
        "letter": "They agreed in a letter.",
    },
    "uk": {
        "thanks": "Дякуємо!",
        "city": "У якому місті?",
        "where": "Де це було?",
        "when": "Коли?",
        "waiting": "Чекаємо!",
        "read": "Перечитайте, будь ласка.",
        "note": "Гарна історія.",
        "letter": "Згода в листі.",
    },
    "zh-Hant-TW": {
        "thanks": "謝謝您！",
        "city": "在哪個城市？",
        "where": "在哪裡？",
        "when": "什麼時候？",
        "waiting": "期待您的故事！",
        "read": "請再讀一次。",
        "note": "很好的故事。",
        "letter": "作者在信中同意了。",
    },
}
"""What the desk writes, in the language that its people and the author's pages have in common."""
HAN = {
    "title": "停電的晚上",
    "story": "晚上六點，燈滅了。\n\n我們坐在黑暗裡，談起台灣。\n\n隔天早上我寫下了這些。",
    "byline_text": "王小明",
}
ARABIC = {
    "title": "حين ينطفئ الضوء",
    "story": "انطفأ الضوء في السادسة (18:00).\n\nجلسنا في الظلام نتحدث عن Taiwan.\n\nوفي الصباح كتبت هذا.",
    "byline_text": "ليلى",
}
LEAD_ALT = {
    "en": "A shelf of books in the light of a candle.",
    "uk": "Полиця з книжками при свічці.",
    "zh-Hant-TW": "燭光下的書架。",
}
"""What the picture at the head of the coverage's page shows."""
