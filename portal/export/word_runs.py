"""Text as runs of WordprocessingML: each says its language, and the font of its script.

Word chooses a font by character, but only of what a run names: without a font for East Asia it takes that of
Japan, and without `w:rtl` it sets Hebrew and Arabic in the order of Latin letters.
"""

import re
from dataclasses import dataclass, replace
from html import escape

from portal.domain.languages import RIGHT_TO_LEFT_SCRIPTS, UNDETERMINED, direction_of, script_of

_KANA = "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_STRETCHES = re.compile(f"(?P<kana>[{_KANA}]+)|(?P<hangul>[{_HANGUL}]+)|[^{_KANA}{_HANGUL}]+")
_LEFT_TO_RIGHT = re.compile(f"[^\\W\\d_{_RIGHT_TO_LEFT}](?:[^{_RIGHT_TO_LEFT}]*[^\\W_{_RIGHT_TO_LEFT}])?")
_FROM_RIGHT = re.compile(f"[{_RIGHT_TO_LEFT}](?:[^A-Za-z\u00c0-\u058f\u3040-\ud7ff]*[{_RIGHT_TO_LEFT}])?")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _EastAsian:
    """How Word names a language of East Asia, and a font for it."""

    tag: str
    font: str


_EAST_ASIAN = {
    "Hant": _EastAsian("zh-TW", "PMingLiU"),
    "Hans": _EastAsian("zh-CN", "SimSun"),
    "Jpan": _EastAsian("ja-JP", "MS Mincho"),
    "Kore": _EastAsian("ko-KR", "Batang"),
}
_WORD_TAGS = {"uk": "uk-UA", "en": "en-US", "zh-Hant-HK": "zh-HK", UNDETERMINED: ""}
_SOME_ARABIC = "ar-SA"
"""What Word itself says of words from the right in another language."""


@dataclass(frozen=True)
class RunStyle:
    """How a run looks and which language it is in."""

    lang: str
    is_strong: bool = False
    is_emphasis: bool = False
    name: str = ""
    """Of a style of characters."""
    is_raised: bool = False

    def stronger(self) -> "RunStyle":
        """Return the same, stressed strongly."""
        return replace(self, is_strong=True)

    def stressed(self) -> "RunStyle":
        """Return the same, stressed."""
        return replace(self, is_emphasis=True)

    def named(self, name: str) -> "RunStyle":
        """Return the same in a style of characters."""
        return replace(self, name=name)


def clean_xml(text: str) -> str:
    """Return a text as it can stand in XML: escaped, without what XML has no place for."""
    return escape(_NOT_IN_XML.sub("", text))


def write_runs(text: str, style: RunStyle) -> str:
    """Return a text, which may hold line ends and tabs, as runs: a further one where the script changes."""
    return "".join(
        write_run(_write_text(piece), style, east_asian=east_asian, from_right=from_right)
        for part, from_right in _split_directions(text, style.lang)
        for piece, east_asian in _split_east_asian(part, style.lang)
    )


def write_run(content: str, style: RunStyle, *, east_asian: str = "", from_right: bool = False) -> str:
    """Return a run with some content, which is XML. `east_asian`: the script of its characters."""
    look = _write_look(style, east_asian or _find_east_asian(style.lang), from_right=from_right)
    return f"<w:r>{look}{content}</w:r>"


def _write_look(style: RunStyle, east_asian: str, *, from_right: bool) -> str:
    asian = _EAST_ASIAN[east_asian]
    parts = [f'<w:rStyle w:val="{style.name}"/>'] if style.name else []
    parts.append(f'<w:rFonts w:eastAsia="{asian.font}"/>')
    parts += ["<w:b/><w:bCs/>"] if style.is_strong else []
    parts += ["<w:i/><w:iCs/>"] if style.is_emphasis else []
    parts += ['<w:vertAlign w:val="superscript"/>'] if style.is_raised else []
    parts += ["<w:rtl/>"] if from_right else []
    own = name_language(style.lang)
    languages = {
        "val": own,
        "eastAsia": own if script_of(style.lang) == east_asian else asian.tag,
        "bidi": own if direction_of(style.lang) == "rtl" else _SOME_ARABIC if from_right else "",
    }
    said = "".join(f' w:{name}="{tag}"' for name, tag in languages.items() if tag)
    parts.append(f"<w:lang{said}/>")
    return f"<w:rPr>{''.join(parts)}</w:rPr>"


def name_language(tag: str) -> str:
    """Return a tag as Word knows it; empty where the language is not known."""
    script = script_of(tag)
    if tag in _WORD_TAGS:
        return _WORD_TAGS[tag]
    return _EAST_ASIAN[script].tag if script in _EAST_ASIAN else tag


def _find_east_asian(lang: str) -> str:
    """Return the script in which Chinese characters in a text are read: in other languages, Taiwan's."""
    script = script_of(lang)
    return script if script in _EAST_ASIAN else "Hant"


def _split_east_asian(text: str, lang: str) -> list[tuple[str, str]]:
    own = _find_east_asian(lang)
    if own == "Jpan":
        return [(text, own)]
    scripts = {"kana": "Jpan", "hangul": "Kore"}
    return [(found[0], scripts.get(found.lastgroup or "", own)) for found in _STRETCHES.finditer(text)]


def _split_directions(text: str, lang: str) -> list[tuple[str, bool]]:
    """Cut a text where its direction changes; what has none goes with the text around it."""
    if script_of(lang) in RIGHT_TO_LEFT_SCRIPTS:
        return [(part, not turned) for part, turned in _cut(text, _LEFT_TO_RIGHT)]
    return _cut(text, _FROM_RIGHT)


def _cut(text: str, turned: "re.Pattern[str]") -> list[tuple[str, bool]]:
    parts, at = [], 0
    for found in turned.finditer(text):
        parts += [(text[at : found.start()], False), (found[0], True)]
        at = found.end()
    return [(part, is_turned) for part, is_turned in [*parts, (text[at:], False)] if part]


def _write_text(text: str) -> str:
    parts = re.split("([\t\n])", text)
    marks = {"\t": "<w:tab/>", "\n": "<w:br/>"}
    return "".join(
        marks.get(part) or f'<w:t xml:space="preserve">{clean_xml(part)}</w:t>' for part in parts if part
    )
