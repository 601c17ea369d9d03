"""Reading OpenDocument texts: what people see in their program is read, and nothing that they do not."""

from pathlib import Path

import pytest

from portal.domain.documents import DroppedKind
from portal.media.child_process import ExitCode, Refused
from portal.media.story_text import TextRead, read_text
from portal.story.markdown import to_blocks, to_markdown
from tests.support.documents import pack
from tests.support.odt_files import (
    KIND,
    LOCK,
    box,
    heading,
    items,
    line,
    list_style,
    make_container,
    make_long_odt,
    make_odt,
    note,
    picture,
    span,
    text_style,
    write_manifest,
)

HIDDEN = text_style("T1", 'text:display="none"')
OLD_TYPE = '<!DOCTYPE {0} PUBLIC "-//OpenOffice.org//DTD Old 1.0//EN" "{0}.dtd">'
TITLED = "<svg:title>IMG_2034 бабуся вдома</svg:title><svg:desc>опис</svg:desc>"
RUBY = (
    "<text:ruby><text:ruby-base>臺北</text:ruby-base><text:ruby-text>ㄊㄞˊㄅㄟˇ</text:ruby-text></text:ruby>"
)
COMMENT = f"<office:annotation><dc:creator>x</dc:creator>{line('секрет')}</office:annotation>"
DELETED = (
    '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info/>'
    f"{line('старе')}</text:deletion></text:changed-region></text:tracked-changes>"
)
FIELDS = (
    "Дата: <text:date>24 лютого</text:date>, автор <text:author-name>О.</text:author-name>, "
    '<text:placeholder text:placeholder-type="text">&lt;місто&gt;</text:placeholder>, '
    '<text:sequence>3</text:sequence>, <text:drop-down>так<text:label text:value="ні"/></text:drop-down>'
)
SET_IN = "\u00a0" * 3
LINK = '<text:a xlink:href="https://example.org/">{}</text:a>'


def read(folder: Path, sent: bytes) -> TextRead:
    (folder / "sent").write_bytes(sent)
    # In this process: only that it is one of its own is left out.
    return read_text(folder / "sent")


def find_outcome(folder: Path, sent: bytes) -> ExitCode:
    with pytest.raises(Refused) as refused:
        read(folder, sent)
    return refused.value.outcome


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(line(f"абзац{box('У рамці', 'Далі')}"), "абзац\n\nУ рамці\n\nДалі", id="box in a line"),
        pytest.param(line(f"до{box('У рамці')}після"), "до після\n\nУ рамці", id="box between words"),
        pytest.param(line(f"Ки{box('Напис', anchor='char')}їв"), "Київ\n\nНапис", id="box over a word"),
        pytest.param(
            line(f"<draw:custom-shape>{line('Напис')}</draw:custom-shape>місто"), "місто\n\nНапис", id="shape"
        ),
        pytest.param(line(box(f"{picture()}Фото 1: міст")), "Фото 1: міст", id="caption"),
        pytest.param(line(f"до{picture(TITLED)}після"), "до після", id="title of a picture"),
        pytest.param(line(f"до {picture(TITLED, anchor='as-char')}."), "до .", id="picture before a point"),
        pytest.param(line(f"我住在{RUBY}。"), "我住在臺北。", id="reading above words"),
        pytest.param(line("до<!-- x -->після<?x y?>!"), "допісля!", id="comment of XML"),
        pytest.param(line(f"Ки{COMMENT}їв"), "Київ", id="comment in a word"),
        pytest.param(
            line('а<office:annotation loext:resolved="true"><text:p>с</text:p></office:annotation>б'),
            "аб",
            id="comment that is done",
        ),
        pytest.param(DELETED + line('нове<text:change text:change-id="c1"/>'), "нове", id="deleted"),
        pytest.param(line(FIELDS), "Дата: 24 лютого, автор О., <місто>, 3, так", id="fields"),
        pytest.param(line("а<text:script>alert(1)</text:script>б"), "аб", id="script in a field"),
        pytest.param(
            heading(f"Розділ{note('Далі.')}"), "## Розділ[^1]\n\n[^1]: Далі.", id="note in a heading"
        ),
        pytest.param(
            line(LINK.format(f"слово{note('Далі.')} ще")),
            "[слово](https://example.org/)[^1] [ще](https://example.org/)\n\n[^1]: Далі.",
            id="note in a link",
        ),
        pytest.param(
            line(f"до{LINK.format(' слово ')}після"),
            "до [слово](https://example.org/) після",
            id="link with blanks at its ends",
        ),
    ],
)
def test_what_is_shown_is_read(tmp_path: Path, body: str, text: str) -> None:
    found = read(tmp_path, make_odt(body))
    assert (found.text, found.letters.is_whole) == (text, True)


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        pytest.param(line(f"видне {span('Свідок', 'T1')}кінець"), ("Свідок",), id="words"),
        pytest.param(line("видне кінець") + line("Свідок", "P1"), ("Свідок",), id="paragraph"),
        pytest.param(
            line(f"{span('видне', 'T2')} кінець Свідок", "P1"), ("кінець Свідок",), id="all but a word"
        ),
        pytest.param(
            line("видне кінець") + f'<text:section text:display="none">{line("Свідок")}</text:section>',
            ("Свідок",),
            id="section",
        ),
        pytest.param(
            line('видне <text:hidden-text text:is-hidden="true">Свідок</text:hidden-text>кінець'),
            ("Свідок",),
            id="field",
        ),
        pytest.param(
            line("видне кінець") + line('<text:hidden-paragraph text:is-hidden="true"/>Свідок'),
            ("Свідок",),
            id="paragraph with a field",
        ),
        pytest.param(
            line('видне кінець<text:variable-set text:display="none">Свідок</text:variable-set>'),
            ("Свідок",),
            id="variable",
        ),
    ],
)
def test_what_its_author_hid_stays_hidden_and_is_told(
    tmp_path: Path, body: str, hidden: tuple[str, ...]
) -> None:
    own = HIDDEN + text_style("P1", 'text:display="none"', family="paragraph")
    found = read(tmp_path, make_odt(body, own=own + text_style("T2", 'text:display="true"')))
    assert (found.text.split()[0], "Свідок" in found.text, found.letters.hidden) == ("видне", False, hidden)


def test_a_field_that_is_not_hidden_is_read_as_it_is_shown(tmp_path: Path) -> None:
    field = '<text:hidden-text text:condition="ooow:0" text:string-value="друге">перше</text:hidden-text>'
    assert read(tmp_path, make_odt(line(field))).text == "перше"


def test_how_words_are_pronounced_is_told_apart(tmp_path: Path) -> None:
    assert read(tmp_path, make_odt(line(f"在{RUBY}。"))).letters.readings == ("臺北 (ㄊㄞˊㄅㄟˇ)",)


@pytest.mark.parametrize(
    ("kinds", "body", "text"),
    [
        pytest.param(
            ("1",),
            items("раз") + line("між") + items("два", options=' text:continue-numbering="true"'),
            "1. раз\n\nміж\n\n2\\. два",
            id="goes on",
        ),
        pytest.param(
            ("1",),
            items("раз", options=' xml:id="a"')
            + items("інше")
            + items("два", options=' text:continue-list="a"'),
            "1. раз\n\n1) інше\n\n2\\. два",
            id="goes on by name",
        ),
        pytest.param(
            ("1",),
            items('<text:list-item text:start-value="7"><text:p>сьоме</text:p></text:list-item>', "восьме"),
            "7\\. сьоме\n\n8\\. восьме",
            id="begins later",
        ),
        pytest.param(("a",), items("раз", "два"), "a. раз\n\nb. два", id="letters"),
        pytest.param(("I",), items("раз", "два"), "I. раз\n\nII. два", id="Roman"),
        pytest.param(("一, 二, 三, ...",), items("甲", "乙"), "一. 甲\n\n二. 乙", id="Han"),
        pytest.param(("",), items("раз", "два"), "- раз\n- два", id="marks"),
        pytest.param(
            ("1", "1", "1"),
            items(line("один") + items(line("два") + items("три", "чотири"), "п’ять")),
            f"1. один\n   1\\. два\n   {SET_IN}1. три\n   {SET_IN}2. чотири\n   2\\. п’ять",
            id="levels",
        ),
    ],
)
def test_items_have_the_numbers_that_are_shown(
    tmp_path: Path, kinds: tuple[str, ...], body: str, text: str
) -> None:
    found = read(tmp_path, make_odt(body, own=list_style(*kinds))).text
    assert (found, to_markdown(to_blocks(found)).strip()) == (text, text)


def test_headings_have_the_numbers_that_are_shown(tmp_path: Path) -> None:
    outline = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"'
        ' style:num-prefix="Розділ " style:num-suffix="."/></text:outline-style>'
    )
    found = read(tmp_path, make_odt(heading("Море") + heading("Берег"), common=outline))
    assert found.text == "## Розділ 1. Море\n\n## Розділ 2. Берег"


def test_a_list_that_only_numbers_headings_is_none(tmp_path: Path) -> None:
    body = items(heading("Море"), heading("Берег"))
    assert read(tmp_path, make_odt(body, own=list_style("1"))).text == "## 1\\. Море\n\n## 2\\. Берег"


def test_a_table_of_contents_is_left_out_and_told(tmp_path: Path) -> None:
    index = (
        f"<text:table-of-content><text:index-body>{line('Море 1')}</text:index-body></text:table-of-content>"
    )
    found = read(tmp_path, make_odt(index + line("Море")))
    assert (found.text, dict(found.dropped)) == ("Море", {DroppedKind.INDEX: 1})


def test_a_picture_in_two_formats_is_one_picture(tmp_path: Path) -> None:
    twice = picture('<draw:image xlink:href="Pictures/1.svg"/>')
    assert dict(read(tmp_path, make_odt(line(f"так{twice}"))).dropped) == {DroppedKind.PICTURE: 1}


@pytest.mark.parametrize(
    "further",
    [
        pytest.param(
            {"META-INF/manifest.xml": write_manifest(prolog=OLD_TYPE.format("manifest:manifest"))},
            id="list of parts",
        ),
        pytest.param({"meta.xml": OLD_TYPE.format("x") + "<x/>"}, id="what is said about it"),
        pytest.param({"settings.xml": "no XML"}, id="settings"),
    ],
)
def test_parts_that_nobody_reads_harm_nobody(tmp_path: Path, further: dict[str, str]) -> None:
    found = read(tmp_path, make_odt(line("Слово."), further=further))
    assert (found.text, dict(found.dropped)) == ("Слово.", {})


def test_a_library_of_macros_is_left_out_and_told(tmp_path: Path) -> None:
    library = {"Basic/script-lc.xml": OLD_TYPE.format("library:libraries") + "<library:libraries/>"}
    found = read(tmp_path, make_odt(line("Слово."), further=library))
    assert (found.text, dict(found.dropped)) == ("Слово.", {DroppedKind.EMBEDDED: 1})


@pytest.mark.parametrize("part", ["content.xml", "styles.xml"])
def test_a_document_type_in_a_part_that_is_read_is_refused(tmp_path: Path, part: str) -> None:
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    assert find_outcome(tmp_path, make_odt("", further={part: entity})) is ExitCode.SUSPICIOUS


CODED = bytes(range(128, 256)) * 4


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(
            make_odt("", further={"content.xml": CODED, "META-INF/manifest.xml": write_manifest(lock=LOCK)}),
            id="odt",
        ),
        pytest.param(
            make_odt(
                "",
                further={
                    "content.xml": CODED,
                    "META-INF/manifest.xml": write_manifest(lock=LOCK, prolog=OLD_TYPE.format("x")),
                },
            ),
            id="old odt",
        ),
        pytest.param(
            pack(
                {
                    "mimetype": KIND,
                    "encrypted-package": CODED,
                    "META-INF/manifest.xml": write_manifest(name="encrypted-package", lock=LOCK),
                }
            ),
            id="odt locked as a whole",
        ),
        pytest.param(make_container("EncryptedPackage", "EncryptionInfo"), id="docx"),
        pytest.param(
            make_container("DataSpaces", "Version", "EncryptionInfo", "EncryptedPackage"),
            id="docx, in another order",
        ),
    ],
)
def test_a_locked_file_is_called_locked(tmp_path: Path, sent: bytes) -> None:
    assert find_outcome(tmp_path, sent) is ExitCode.LOCKED


def test_a_file_of_an_old_program_is_called_old(tmp_path: Path) -> None:
    assert find_outcome(tmp_path, make_container("WordDocument", "1Table")) is ExitCode.OLD_FORMAT


def test_a_text_of_a_hundred_pages_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, make_long_odt(260_000))
    assert (found.letters.found > 250_000, found.letters.is_whole) == (True, True)
