import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.support import NullTranslations, Translations

from portal.i18n import catalogues
from portal.i18n.checks import check_catalogue, check_folder, check_template
from portal.resources import translations_folder

GREETING = "Thank you, %(name)s."
COUNT = ("%(num)s story", "%(num)s stories")
LINK = 'Read <a href="%(link)s">the promises</a> first.'
FIELD = "Write to {address}."

Text = str | tuple[str, ...]

GOOD: dict[str, dict[Text, Text]] = {
    "uk": {
        GREETING: "Дякуємо за п’ять історій, %(name)s.",
        COUNT: ("%(num)s\u00a0історія", "%(num)s\u00a0історії", "%(num)s\u00a0історій"),
        LINK: 'Спершу прочитайте <a href="%(link)s">обіцянки</a>.',
        FIELD: "Напишіть на {address}.",
    },
    "zh_Hant_TW": {
        GREETING: "%(name)s，謝謝您。",
        COUNT: ("%(num)s\u00a0篇故事",),
        LINK: '請先閱讀<a href="%(link)s">我們的承諾</a>。',
        FIELD: "請寄信到 {address}。",
    },
}


def make_template(*extra: str | tuple[str, str]) -> Catalog:
    template = Catalog(fuzzy=False)
    for msgid in (GREETING, COUNT, LINK, FIELD, *extra):
        template.add(msgid)
    return template


def make_catalogue(babel_id: str, **changes: Text) -> Catalog:
    """A good catalogue, or one with the texts of some messages changed: greeting, count, link, field."""
    catalogue = Catalog(locale=babel_id, fuzzy=False)
    texts = dict(GOOD[babel_id])
    named: dict[str, Text] = {"greeting": GREETING, "count": COUNT, "link": LINK, "field": FIELD}
    for name, text in changes.items():
        texts[named[name]] = text
    for msgid, text in texts.items():
        catalogue.add(msgid, text)
    return catalogue


def complaints(catalogue: Catalog, template: Catalog | None = None) -> list[str]:
    return [
        problem.what
        for problem in check_catalogue(catalogue, make_template() if template is None else template)
    ]


@pytest.mark.parametrize("babel_id", GOOD)
def test_a_good_catalogue_has_no_problems(babel_id: str) -> None:
    assert complaints(make_catalogue(babel_id)) == []


@pytest.mark.parametrize(
    ("babel_id", "changes", "complaint"),
    [
        ("uk", {"greeting": ""}, "not translated, or a plural form is empty"),
        (
            "uk",
            {"count": ("%(num)s\u00a0історія", "", "%(num)s\u00a0історій")},
            "not translated, or a plural form is empty",
        ),
        (
            "uk",
            {"count": ("%(num)s\u00a0історія", "%(num)s\u00a0історії")},
            "not translated, or a plural form is empty",
        ),
        ("uk", {"greeting": "Дякуємо."}, "the placeholders differ from the source"),
        ("uk", {"greeting": "Дякуємо, %(імя)s."}, "the placeholders differ from the source"),
        (
            "uk",
            {"count": ("%(num)s\u00a0історія", "%(num)s\u00a0історії", "історій")},
            "the placeholders differ from the source",
        ),
        ("uk", {"field": "Напишіть на {адреса}."}, "the placeholders differ from the source"),
        ("uk", {"greeting": "Дякуємо на 100 %, %(name)s."}, "a percent sign is not part of a placeholder"),
        ("uk", {"greeting": "Дякуємо, %(name) наша."}, "a percent sign is not part of a placeholder"),
        ("uk", {"link": "Спершу прочитайте обіцянки: %(link)s."}, "the tags differ from the source"),
        (
            "uk",
            {"link": 'Прочитайте <a href="%(link)s" target="_blank">обіцянки</a>.'},
            "the tags differ from the source",
        ),
        ("uk", {"greeting": "Дякуємо, %(name)s. "}, "the whitespace at the edges differs from the source"),
        ("uk", {"greeting": "Дякуємо,\u202e %(name)s."}, "an invisible direction character"),
        ("uk", {"greeting": "Спасибо, мы рады, %(name)s."}, "letters that Ukrainian does not have: ы"),
        ("uk", {"greeting": "Дякуємо за п'ять історій, %(name)s."}, "an apostrophe other than ’"),
        ("uk", {"greeting": "Дякуємо за пʼять історій, %(name)s."}, "an apostrophe other than ’"),
        ("uk", {"greeting": "%(name)s на Україні."}, "a wording we do not use: на Україні"),
        *(
            (
                "uk",
                {"greeting": words},
                "a word of one letter that may end a line: it needs a no-break space after it",
            )
            for words in ("Дякуємо, %(name)s, і вам.", "У вас є %(name)s.", "Дякуємо (а %(name)s ні).")
        ),
        *(
            (
                "uk",
                {"count": (words, "%(num)s\u00a0історії", "%(num)s\u00a0історій")},
                "a number that may part from its word: it needs a no-break space between",
            )
            for words in ("%(num)s історія", "%(num)s\u00a0історія, 14 днів")
        ),
        ("zh_Hant_TW", {"greeting": "%(name)s，谢谢您。"}, "Simplified Chinese characters: 谢"),
        (
            "zh_Hant_TW",
            {"greeting": "%(name)s，謝謝您,再見。"},
            "half-width punctuation beside a Chinese character",
        ),
        (
            "zh_Hant_TW",
            {"greeting": "%(name)s，謝謝您."},
            "half-width punctuation beside a Chinese character",
        ),
        *(
            (
                "zh_Hant_TW",
                {"count": (words,)},
                "a number that may part from what it counts: it needs a no-break space between",
            )
            for words in (
                "%(num)s 篇",
                "%(num)s\u00a0篇，14 天",
                "%(num)s\u00a0篇，48 小時",
                "第 %(num)s\u00a0篇",
            )
        ),
        *(
            (
                "zh_Hant_TW",
                {"greeting": words},
                "a blank beside a full-width mark, which has its own room",
            )
            for words in ("謝謝您： %(name)s。", "謝謝您，\u00a0%(name)s。", "謝謝您 （%(name)s）。")
        ),
        ("zh_Hant_TW", {"greeting": "%(name)s，謝謝你。"}, "你 where readers are addressed with 您"),
        ("zh_Hant_TW", {"greeting": "%(name)s，謝謝志願者。"}, "a wording we do not use: 志願者"),
        (
            "zh_Hant_TW",
            {"count": ("%(num)s 篇故事", "%(num)s 篇故事")},
            "not translated, or a plural form is empty",
        ),
    ],
)
def test_a_bad_translation_is_caught(babel_id: str, changes: dict[str, Text], complaint: str) -> None:
    assert complaints(make_catalogue(babel_id, **changes)) == [complaint]


HOSTILE = {
    "an element": "Дякуємо, %(name)s<img src=x onerror=alert(1)>.",
    "an element that is not closed": "Дякуємо, %(name)s <svg onload=alert(1)",
    "a handler in an element of ours": 'Спершу <a href="%(link)s" onclick="x()">обіцянки</a>.',
    "another place to go": 'Спершу <a href="https://evil.example">обіцянки %(link)s</a>.',
    "code to go to": 'Спершу <a href="javascript:alert(1)" title="%(link)s">обіцянки</a>.',
    "an address in the words": "Дякуємо, %(name)s. Пишіть на https://evil.example.",
    "an address without a scheme": "Дякуємо, %(name)s. Пишіть на //evil.example/x.",
    "an address people read as one": "Дякуємо, %(name)s. Дивіться www.evil.example.",
    "a template": "Дякуємо, %(name)s {{ config }}.",
    "a statement of templates": "Дякуємо, %(name)s {% include 'x' %}.",
    "a turn of direction": "Дякуємо, %(name)s\u202etxt.",
    "an invisible space": "Дякуємо,\u200b %(name)s.",
    "a control character": "Дякуємо, %(name)s\x1b[31m.",
    "another placeholder": "Дякуємо, %(name)s %(secret_key)s.",
    "a field of format": "Дякуємо, %(name)s {0.__class__}.",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_translation_is_caught(kind: str) -> None:
    changed = "link" if "обіцянки" in HOSTILE[kind] else "greeting"
    assert complaints(make_catalogue("uk", **{changed: HOSTILE[kind]})) != []


def test_a_hostile_plural_form_is_caught() -> None:
    forms = ("%(num)s\u00a0історія", "%(num)s <b>історії</b>", "%(num)s\u00a0історій")
    assert complaints(make_catalogue("uk", count=forms)) == ["the tags differ from the source"]


def test_a_fuzzy_message_is_caught() -> None:
    catalogue = make_catalogue("uk")
    catalogue[GREETING].flags.add("fuzzy")
    assert complaints(catalogue) == ["marked fuzzy"]


def test_a_fuzzy_catalogue_is_caught() -> None:
    catalogue = make_catalogue("uk")
    catalogue.fuzzy = True
    assert complaints(catalogue) == ["the whole catalogue is marked fuzzy"]


def test_four_plural_forms_for_ukrainian_are_caught(tmp_path: Path) -> None:
    path = tmp_path / "messages.po"
    header = 'msgid ""\nmsgstr "Plural-Forms: nplurals=4; plural=(n==1 ? 0 : n==2 ? 1 : n==3 ? 2 : 3);\\n"\n'
    path.write_text(header, encoding="utf-8")
    catalogue = catalogues.read_catalogue(path, "uk")
    assert complaints(catalogue, Catalog(fuzzy=False)) == ["4 plural forms are declared, 3 are needed"]


def test_a_missing_message_is_caught() -> None:
    assert complaints(make_catalogue("uk"), make_template("New text")) == ["missing from the catalogue"]


def test_a_message_the_sources_no_longer_have_is_caught() -> None:
    catalogue = make_catalogue("uk")
    catalogue.add("Old text", "Старий текст")
    assert complaints(catalogue) == ["no longer in the sources"]


def test_a_problem_names_its_catalogue_and_message() -> None:
    problem = check_catalogue(make_catalogue("uk", greeting=""), make_template(), name="uk.po")[0]
    assert (problem.catalogue, problem.msgid) == ("uk.po", GREETING)


def test_an_empty_template_is_caught() -> None:
    assert [problem.what for problem in check_template(Catalog(fuzzy=False))] == ["the template is empty"]


def test_a_template_older_than_the_sources_is_caught() -> None:
    problems = check_template(make_template(), make_template("New text"))
    assert [problem.what for problem in problems] == ["the template is not what the sources say"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("%s stories", "a placeholder without a name, or a percent sign"),
        ("100 % done", "a placeholder without a name, or a percent sign"),
        ("Title: ", "whitespace at the edges"),
        ("Write to us from Kiev.", "a wording we do not use: Kiev"),
        ("You will get a mail.", "“mail” where we write e-mail"),
        ("Mails are sent at once.", "“Mails” where we write e-mail"),
        ("There is none yet.", "“There is none” where we write a sentence that names what is missing"),
        ("10–15 minutes", "a range that may part at its dash: write “10 to 15”"),
    ],
)
def test_a_source_text_nobody_can_translate_well_is_caught(text: str, complaint: str) -> None:
    assert [problem.what for problem in check_template(make_template(text))] == [complaint]


@pytest.mark.parametrize(
    "text", ["Your e-mail address", "E-mails we sent you", "Check your mailbox", "The mail server"]
)
def test_english_may_name_e_mail_and_what_carries_it(text: str) -> None:
    assert check_template(make_template(text)) == []


@pytest.mark.parametrize(
    ("text", "pseudo"),
    [
        ("Send", "⟦Šéñd ~⟧"),
        (GREETING, "⟦Tháñk ýóú, %(name)s. ~~~~~~⟧"),
        (FIELD, "⟦Wríté tó {address}. ~~~~~~⟧"),
        ("<b>Keep</b> &amp; go ", "⟦<b>Kéép</b> &amp; gó ~~~~~~⟧ "),
    ],
)
def test_a_pseudo_translation_changes_the_words_only(text: str, pseudo: str) -> None:
    assert catalogues.pseudo_text(text) == pseudo


def test_the_pseudo_catalogue_translates_every_message_and_form() -> None:
    pseudo = catalogues.pseudo_catalogue(make_template())
    assert [message.id for message in pseudo if message.id and not message.string] == []


def translated(folder: Path, babel_id: str) -> NullTranslations:
    return Translations.load(folder, [babel_id], domain="messages")


def write_good_catalogue(folder: Path) -> Path:
    path = catalogues.po_path(folder, "uk")
    catalogues.write_catalogue(path, make_catalogue("uk"))
    return path


def test_a_fresh_checkout_speaks_ukrainian(tmp_path: Path) -> None:
    write_good_catalogue(tmp_path)
    folder = catalogues.ready_folder(tmp_path, tmp_path / "instance")
    assert translated(folder, "uk").ungettext(*COUNT, 5) == "%(num)s\u00a0історій"


def test_a_changed_catalogue_is_compiled_again(tmp_path: Path) -> None:
    path = write_good_catalogue(tmp_path)
    catalogues.compile_catalogues(tmp_path)
    compiled = path.with_suffix(".mo").stat().st_mtime_ns
    os.utime(path, ns=(compiled + 1, compiled + 1))
    assert catalogues.compile_catalogues(tmp_path) == [path.with_suffix(".mo")]


def test_an_unchanged_catalogue_is_left_alone(tmp_path: Path) -> None:
    write_good_catalogue(tmp_path)
    catalogues.compile_catalogues(tmp_path)
    assert catalogues.compile_catalogues(tmp_path) == []


def test_compiled_catalogues_can_go_to_another_folder(tmp_path: Path) -> None:
    path = write_good_catalogue(tmp_path / "read-only")
    cache = tmp_path / "cache"
    catalogues.compile_catalogues(tmp_path / "read-only", cache)
    assert (translated(cache, "uk").ugettext(FIELD), path.with_suffix(".mo").exists()) == (
        "Напишіть на {address}.",
        False,
    )


def test_an_installed_portal_without_sources_loads_from_its_own_folder(tmp_path: Path) -> None:
    path = write_good_catalogue(tmp_path)
    catalogues.compile_catalogues(tmp_path)
    path.unlink()
    assert catalogues.ready_folder(tmp_path, tmp_path / "instance") == tmp_path


def test_an_untranslated_plural_shows_english_and_not_nothing(tmp_path: Path) -> None:
    path = catalogues.po_path(tmp_path, "uk")
    catalogues.write_catalogue(path, make_catalogue("uk", count=("", "", "")))
    catalogues.compile_catalogues(tmp_path)
    assert translated(tmp_path, "uk").ungettext(*COUNT, 5) == COUNT[1]


def test_an_update_keeps_translations_and_never_guesses(tmp_path: Path) -> None:
    path = write_good_catalogue(tmp_path)
    changed = Catalog(fuzzy=False)
    changed.add(FIELD)
    changed.add("Thank you so much, %(name)s.")
    catalogues.update_catalogues(tmp_path, changed)
    updated = {message.id: message.string for message in catalogues.read_catalogue(path, "uk") if message.id}
    assert updated == {FIELD: "Напишіть на {address}.", "Thank you so much, %(name)s.": ""}


def test_an_update_twice_changes_nothing(tmp_path: Path) -> None:
    catalogues.update_catalogues(tmp_path, make_template())
    first = catalogues.po_path(tmp_path, "uk").read_bytes()
    catalogues.update_catalogues(tmp_path, make_template())
    assert catalogues.po_path(tmp_path, "uk").read_bytes() == first


def test_texts_are_collected_from_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "portal" / "page.py").write_text('_("One")\nngettext("%(num)s day", "%(num)s days", n)\n')
    (tmp_path / "templates" / "page.html").write_text("<p>{{ _('Two') }}</p>")
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.babel.mappings]]\nmethod = "python"\npattern = "portal/**.py"\n'
        '[[tool.babel.mappings]]\nmethod = "jinja2"\npattern = "templates/**.html"\nsilent = "false"\n'
    )
    found = {message.id for message in catalogues.extract_template(tmp_path) if message.id}
    assert found == {"One", ("%(num)s day", "%(num)s days"), "Two"}


def test_a_folder_without_a_template_is_caught(tmp_path: Path) -> None:
    assert [problem.what for problem in check_folder(tmp_path, make_template())] == ["the file is missing"]


def test_the_catalogues_of_this_portal_have_no_problems() -> None:
    folder = translations_folder()
    assert check_folder(folder, catalogues.extract_template(folder.parent)) == []
