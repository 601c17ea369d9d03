"""What the HTML of a page must keep to: sound references, sound nesting, texts that say their language."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from portal.domain.languages import LOCALES, STORY_LANGUAGES, UNDETERMINED

POINTING = ("for", "form", "list", "headers")
"""Attributes that hold ids; those of ARIA are recognised by their values."""
ARIA_POINTING = (
    "aria-activedescendant",
    "aria-controls",
    "aria-describedby",
    "aria-details",
    "aria-errormessage",
    "aria-flowto",
    "aria-labelledby",
    "aria-owns",
)
LABELABLE = {"button", "input", "meter", "output", "progress", "select", "textarea"}
LISTS = {"dl", "fieldset", "ol", "select", "table", "ul"}
TITLES = {"a", "caption", "h1", "h2", "h3", "h4", "legend", "summary", "th"}
PASSWORDS = {"current-password", "new-password"}
ABOUT_ONESELF = {"name": {"name"}, "email": {"email", "username", "off"}, "code": {"one-time-code", "off"}}
"""What fields of these names may ask a browser for; an address is also typed for somebody else."""
CONTROLS = {"button", "input", "select", "textarea"}
PRESSED = {"a", "button", "details", "iframe", "input", "label", "select", "summary", "textarea"}
"""What acts when it is pressed."""
PRESSED_WHOLE = {"a", "button", "summary"}
"""What may hold nothing that acts by itself."""
PHRASES = {
    *("abbr", "b", "bdi", "button", "cite", "code", "em", "i", "kbd", "label", "small", "span", "strong"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "dt", "time"),
}
"""What may hold only phrases."""
BLOCKS = {
    *("address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer"),
    *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
    *("section", "table", "ul"),
}
OF_CONTROLS = {"option", "textarea"}
"""What runs as its control does, or is hidden."""
ONLY_CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "select": {"option", "optgroup"},
    "tr": {"th", "td"},
}
SPOKEN = ("title", "aria-label", "alt", "placeholder", "label")
MOVES = ("j", "k", "Enter")
"""Keys that press no control: they go through a list and open what is in it."""
TICKS = ("t", "Shift + t")
"""Keys that tick rows where a list has boxes for it."""
SAID_BY_SCRIPTS = re.compile(r"data-(?!href|url|key|shortcuts)")
SILENT = {"script", "style", "code", "kbd"}

LETTERS = {
    "Cyrillic": re.compile(r"[\u0400-\u052f]"),
    "Han": re.compile(r"[\u3100-\u312f\u31a0-\u31bf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "Kana": re.compile(r"[\u3040-\u30ff]"),
    "Hangul": re.compile(r"[\uac00-\ud7a3]"),
    "Arabic": re.compile(r"[\u0600-\u06ff\u0750-\u077f]"),
    "Hebrew": re.compile(r"[\u0590-\u05ff]"),
}
"""Letters of the languages of a script. Latin ones stand in every language: brands, codes, addresses."""
WRITTEN_IN = {
    **{tag: {"Cyrillic"} for tag in ("uk", "ru", "be", "bg", "crh", "kk", "ky", "mk", "mn", "sr", "tg")},
    **{tag: {"Han"} for tag in ("zh", "nan", "hak", "yue")},
    **{tag: {"Arabic"} for tag in ("ar", "fa", "ur", "ckb", "ug")},
    "ja": {"Han", "Kana"},
    "ko": {"Hangul", "Han"},
    "he": {"Hebrew"},
}
ENGLISH = "English"
ENGLISH_SENTENCE = re.compile(r"(?:[A-Za-z][a-z'’-]*[,;:]? ){3,}[A-Za-z'’-]+")
"""Four words in a row: a name or a brand is shorter."""
TAGS = {UNDETERMINED, *(one.tag for one in LOCALES), *(one.tag for one in STORY_LANGUAGES)}
NAMED = {"lang": TAGS, "hreflang": {*TAGS, "x-default"}, "dir": {"auto", "ltr", "rtl"}}
SLIP = re.compile(r"\bNone\b(?! of)|%\(\w+\)\w|\{\{|\}\}|<\w+ object at|\bUndefined\b")
AUTONYMS = [*(one.autonym for one in LOCALES), *(one.autonym for one in STORY_LANGUAGES)]
AUTONYM = re.compile("|".join(re.escape(one) for one in sorted(AUTONYMS, key=len, reverse=True)))
ADDRESS = re.compile(r"\S+@\S+|https?://\S+")


def find_html_faults(tree: Element) -> Iterator[str]:
    """Yield what is wrong with a page that the parser itself lets pass."""
    ids = Counter(found for one in tree.iter() if (found := one.get("id")) is not None)
    yield from (f"the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    yield from (f"{name!r} is no id" for name in ids if not name or re.search(r"\s", name))
    elements = {one.get("id"): one for one in reversed(list(tree.iter()))}
    for one in tree.iter():
        yield from find_lost_references(one, set(ids))
        if one.tag == "label" and elements.get(one.get("for"), one).tag not in {*LABELABLE, "label"}:
            yield f"the label of {one.get('for')!r} labels nothing that has a value"
    yield from find_wrong_nesting(tree, ())


def find_lost_references(one: Element, ids: set[str]) -> Iterator[str]:
    """Yield the attributes that name an id nobody has."""
    for name in (*POINTING, *ARIA_POINTING):
        for target in (one.get(name) or "").split():
            if target not in ids:
                yield f"{one.tag}[{name}] names {target!r}, which is nowhere"
    fragment = one.get("href") or ""
    if fragment.startswith("#") and fragment[1:] not in ids:
        yield f"a link leads to {fragment!r}, which is nowhere"


def find_wrong_nesting(one: Element, around: tuple[str, ...]) -> Iterator[str]:
    """Yield elements inside others that may not hold them."""
    if acts(one) and (holder := PRESSED_WHOLE & set(around)):
        yield f"{one.tag} inside {'/'.join(sorted(holder))}"
    if one.tag in BLOCKS and (holder := PHRASES & set(around)):
        yield f"{one.tag} inside {'/'.join(sorted(holder))}"
    allowed = ONLY_CHILDREN.get(one.tag)
    for child in one:
        if allowed is not None and child.tag not in {*allowed, "template"}:
            yield f"{child.tag} straight inside {one.tag}"
        yield from find_wrong_nesting(child, (*around, one.tag))


def acts(one: Element) -> bool:
    """Say whether pressing the element does something; the title of a fold is part of the fold."""
    if one.tag == "a":
        return one.get("href") is not None
    if one.tag == "input":
        return one.get("type") != "hidden"
    return one.tag in PRESSED and one.tag != "summary"


def find_unnamed_controls(tree: Element) -> Iterator[str]:
    """Yield the controls of forms that nothing names: no label of words, no attribute, no words inside.

    A script may show what is hidden around them; who is hidden itself stays so.
    """
    labels = {one.get("for") for one in tree.iter("label") if has_words(one)}
    inside = {child for one in tree.iter("label") if has_words(one) for child in one.iter()}
    for one in tree.iter():
        if one.tag not in CONTROLS or one.get("type") == "hidden" or one.get("hidden") is not None:
            continue
        own = [one.get(name, "") for name in ("aria-label", "aria-labelledby", "title")]
        own += ["".join(one.itertext())] if one.tag == "button" else []
        if not any(text.strip() for text in own) and one.get("id") not in labels and one not in inside:
            yield f"nothing names the {one.tag} {one.get('name')!r}"


def has_words(one: Element) -> bool:
    """Say whether the element says something."""
    return bool("".join(one.itertext()).strip())


def find_unknown_languages(tree: Element) -> Iterator[str]:
    """Yield the languages and directions that are none of ours."""
    for one in tree.iter():
        for name, known in NAMED.items():
            if (value := one.get(name)) is not None and value not in known:
                yield f"{one.tag}[{name}] is {value!r}"


def find_undirected_texts(tree: Element) -> Iterator[str]:
    """Yield texts in another language than the page's that do not say in which direction they run."""
    own = tree.get("lang", "")

    def look(one: Element, lang: str, *, is_directed: bool) -> Iterator[str]:
        named = one.get("lang", lang)
        is_directed = (is_directed and named == lang) or one.tag == "bdi" or one.get("dir") is not None
        texts = [one.text or "", *(child.tail or "" for child in one)]
        if named != own and not is_directed and one.tag not in OF_CONTROLS and "".join(texts).strip():
            yield f"{one.tag}[lang={named}] has no direction"
        for child in one:
            yield from look(child, named, is_directed=is_directed)

    yield from look(tree, own, is_directed=True)


def find_unlinked_errors(tree: Element) -> Iterator[str]:
    """Yield the fields with an error to which nothing in the summary above leads."""
    of_class = {name: one for one in tree.iter() for name in (one.get("class") or "").split()}
    summary = of_class.get("error-summary")
    links = {one.get("href") for one in summary.iter("a")} if summary is not None else set()
    for one in tree.iter():
        name = (one.get("id") or "").removesuffix("-error")
        if one.get("class") == "field-error" and f"#{name}-field" not in links:
            yield f"nothing leads to the error of {name!r}"


def find_empty_parts(tree: Element) -> Iterator[str]:
    """Yield lists, titles and links that hold nothing; what tells how things go on is filled by scripts."""
    filled = {child for one in tree.iter() if one.get("role") == "status" for child in one.iter()}
    for one in tree.iter():
        if one.tag in LISTS and not len(one) and one not in filled:
            yield f"an empty {one.tag}"
        said = has_words(one) or any(child.get("alt") or child.tag == "svg" for child in one.iter())
        if one.tag in TITLES and not said and not one.get("aria-label"):
            yield f"an empty {one.tag}"


def find_idle_parts(tree: Element) -> Iterator[str]:
    """Yield links that lead nowhere, and forms that carry a token although they only ask."""
    for one in tree.iter():
        if one.tag == "a" and not one.get("href"):
            yield f"a link leads nowhere: {' '.join(''.join(one.itertext()).split())}"
        names = {child.get("name") for child in one.iter("input")} if one.tag == "form" else set()
        if "csrf_token" in names and one.get("method") != "post":
            yield f"the form of {one.get('action')!r} is not posted"


def find_slips(tree: Element) -> Iterator[str]:
    """Yield what a program prints when a value is missing."""
    for one in tree.iter():
        texts = [one.text or "", one.tail or "", *(one.get(name, "") for name in (*SPOKEN, "href", "action"))]
        if one.tag not in {"script", "style"}:
            yield from (f"{slip[0]} in {one.tag}" for text in texts for slip in SLIP.finditer(text))


def find_unhelped_fields(tree: Element) -> Iterator[str]:
    """Yield the fields about oneself that do not tell a browser what to fill in, or that it must not."""
    for one in tree.iter("input"):
        name = one.get("name", "")
        helped = PASSWORDS if one.get("type") == "password" else ABOUT_ONESELF.get(name)
        if helped is not None and one.get("type") != "hidden" and one.get("autocomplete") not in helped:
            yield f"a browser does not know what {name!r} is"


def find_open_passwords(tree: Element) -> Iterator[str]:
    """Yield the fields for passwords that show what is typed."""
    for one in tree.iter("input"):
        is_for_password = "password" in one.get("name", "") or one.get("autocomplete") in PASSWORDS
        if is_for_password and one.get("type") not in ("password", "hidden"):
            yield f"{one.get('name')!r} shows a password"


def find_false_keys(tree: Element) -> Iterator[str]:
    """Yield the keys that a page which lists its keys names although they do nothing, or leaves out."""
    of_class = {name: one for one in tree.iter() for name in (one.get("class") or "").split()}
    if "key-help" not in of_class:
        return
    # ARIA calls the key Control; on keyboards it says Ctrl.
    named = Counter(
        "".join(one.itertext()).replace("Ctrl+", "Control+") for one in of_class["key-help"].findall("dl//dt")
    )
    working = Counter(found for one in tree.iter() if (found := one.get("aria-keyshortcuts")) is not None)
    working.update(MOVES if "queue-title" in of_class else ())
    working.update(TICKS if "row-tick" in of_class else ())
    working["?"] -= 1  # It opens the list itself.
    yield from (f"{key!r} is named and does nothing" for key in named - working)
    yield from (f"{key!r} works and is not named" for key in working - named)


def find_misnamed_texts(tree: Element, lang: str = "") -> Iterator[str]:
    """Yield texts whose letters are not those of the language the nearest element names.

    Names stand in `bdi`: they are written as they are in any language. So are languages that a list offers.
    The title of a page can name one language only, and may quote a story.
    """
    lang = tree.get("lang", lang)
    if tree.tag in SILENT:
        return
    own = [tree.get(name) or "" for name in SPOKEN]
    own += [value for name, value in tree.attrib.items() if SAID_BY_SCRIPTS.match(str(name))]
    own += [child.tail or "" for child in tree] if tree.tag != "bdi" else []
    own += [tree.text or ""] if tree.tag != "bdi" or tree.get("lang") else []
    for text in own:
        fault = name_wrong_letters(text, lang)
        if fault and (tree.tag != "title" or fault == ENGLISH):
            yield f"{fault} in {tree.tag} of {lang!r}: {' '.join(text.split())[:60]}"
    for child in tree:
        yield from find_misnamed_texts(child, lang)


def name_wrong_letters(text: str, lang: str) -> str:
    """Return the script a text is written in although its language is not; nothing if all is well."""
    if lang == "und":
        return ""
    expected = WRITTEN_IN.get(lang.split("-", maxsplit=1)[0], set())
    text = AUTONYM.sub(" ", ADDRESS.sub(" ", text))
    wrong = [script for script, letter in LETTERS.items() if script not in expected and letter.search(text)]
    if not wrong and expected and ENGLISH_SENTENCE.search(text):
        wrong = [ENGLISH]
    return ", ".join(wrong)
