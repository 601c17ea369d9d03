"""The bundle: what is in it, under which names, and that nothing of the moment gets into it."""

import hashlib
import io
import json
import zipfile

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.export.front_matter import show_astral, write_front_matter
from portal.export.record import Topic
from portal.export.story_archive import FIRST_TIME
from tests.support.exports import write_file
from tests.unit.export.records import LICENCE_URI, RECORD, make_record

FOLDER = "zh-Hant-TW-01234567"


def open_bundle() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(write_file("bundle", [RECORD])))


def test_every_story_has_a_folder_with_three_files() -> None:
    assert open_bundle().namelist() == [
        f"{FOLDER}/story.html",
        f"{FOLDER}/story.json",
        f"{FOLDER}/story.md",
        "LICENSE.txt",
        "manifest.json",
    ]


def test_equal_records_give_equal_bytes() -> None:
    assert write_file("bundle", [RECORD]) == write_file("bundle", [make_record()])


def test_no_file_carries_a_time() -> None:
    assert {entry.date_time for entry in open_bundle().infolist()} == {FIRST_TIME}


def test_the_manifest_names_every_file_by_its_hash() -> None:
    bundle = open_bundle()
    listed = json.loads(bundle.read("manifest.json"))["files"]
    assert {one["path"]: one["sha256"] for one in listed} == {
        name: hashlib.sha256(bundle.read(name)).hexdigest()
        for name in bundle.namelist()
        if name != "manifest.json"
    }


def test_the_data_file_holds_the_record_and_nothing_else() -> None:
    assert sorted(json.loads(open_bundle().read(f"{FOLDER}/story.json"))) == [
        "accepted_at", "addresses", "attribution", "bio", "body_html", "body_markdown", "byline",
        "categories", "content_warning", "coverage_slug", "coverage_title", "dek", "edited_at", "excerpt",
        "featured", "lang", "licence", "original_lang", "pictures", "revision", "slug", "title", "topics",
        "uid", "withheld_pictures",
    ]  # fmt: skip


def test_the_front_matter_reads_back_in_every_script() -> None:
    head = write_front_matter(RECORD).decode().split("---\n")[1]
    matter = yaml.safe_load(head)
    assert (matter["title"], matter["authors"], matter["draft"], matter["license"]) == (
        "停電的時候",
        ["林小美"],
        True,
        LICENCE_URI,
    )


@pytest.mark.parametrize("title", ["no", "2026-03-14", "1.10", "null", 'a "quote": b', "'", "🕯️"])
def test_a_title_stays_a_text_whatever_it_looks_like(title: str) -> None:
    head = write_front_matter(make_record(title=title)).decode().split("---\n")[1]
    assert yaml.safe_load(head)["title"] == title


class _Slow(yaml.SafeDumper):
    """Writes YAML with the strings quoted."""


_Slow.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


@settings(max_examples=40)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.lists(st.text(max_size=5), max_size=2))
@example("🕯️ \u2028\x85\ufeff" * 2_000, [])
def test_our_writer_of_yaml_writes_the_bytes_of_pyyaml(text: str, names: list[str]) -> None:
    topics = tuple(Topic(name, name) for name in names)
    head = write_front_matter(make_record(title=text, dek=text, topics=topics)).decode()
    matter = yaml.safe_load(head := head[len("---\n") : head.index("\n---\n\n") + 1])
    slow = yaml.dump(matter, Dumper=_Slow, allow_unicode=True, sort_keys=False, width=2**31)
    assert head == show_astral(slow)


def test_stress_inside_chinese_stays_stress_for_other_readers_of_markdown() -> None:
    body = write_front_matter(RECORD).decode().split("---\n\n")[1]
    assert body.splitlines()[0] == "他說<strong>「家」</strong>的"


def test_the_page_says_its_language() -> None:
    assert (
        open_bundle().read(f"{FOLDER}/story.html").decode().splitlines()[1]
        == '<html lang="zh-Hant-TW" dir="ltr">'
    )


def test_the_licences_list_the_attribution_of_each_story() -> None:
    assert open_bundle().read("LICENSE.txt").decode() == (
        f"CC BY 3.0\n{LICENCE_URI}\n\n停電的時候 · 林小美 · CC BY 3.0 · {LICENCE_URI}\n"
    )


def test_two_stories_whose_ids_begin_alike_get_two_folders() -> None:
    twin = make_record(uid="01234567ffffffffffffffffffffffff")
    bundle = zipfile.ZipFile(io.BytesIO(write_file("bundle", [RECORD, twin])))
    assert {name.partition("/")[0] for name in bundle.namelist() if "/" in name} == {
        f"zh-Hant-TW-{RECORD.uid}",
        f"zh-Hant-TW-{twin.uid}",
    }


def test_a_bundle_out_of_which_a_story_is_taken_is_as_if_it_had_never_been_in() -> None:
    first, second, third = (make_record(uid=f"{digit}" * 32, title=f"Nr {digit}") for digit in "abc")
    assert write_file("bundle", [first, second, third], without=[second]) == write_file(
        "bundle", [first, third]
    )
