"""Every column says whom it can expose and what ends it; one that somebody adds fails until it does."""

from collections import Counter

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table

from portal.domain.data_inventory import COLUMN_RULES, FINER_TIMES, TABLES, DataClass, Retention
from portal.models import Base
from portal.models.base import Moment
from portal.operations.key_rotation import SEALED
from tests.support.canaries import owned_tables

HASHED = {
    "submission.receipt_hash",
    "submission.replacement_hash",
    "submission.address_hash",
    "contributor_session.token_hash",
    "access_link.token_hash",
    "desk_code.code_hash",
}
"""What helps to find somebody, kept as a keyed hash or as the hash of a random token."""
OF_THE_NEWSROOM = {"target.sealed_account", "export_file.sealed_key", "saved_view.sealed"}
"""Sealed, and about no contributor; a name somebody looked for goes with the view."""
COUNTED = {"submission.wants_mail"}
"""What mail goes by: a yes or no, the address behind it is sealed."""
ENDS_WITH_A_TEXT = {
    Retention.TEXT,
    Retention.TOMBSTONE,
    Retention.UNSENT,
    Retention.ORIGINAL,
    Retention.VISIT,
    Retention.MAIL,
    Retention.NOTICE,
    Retention.TAKEN_DOWN,
}


def list_columns(metadata: MetaData) -> set[str]:
    return {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}


def find_faults(metadata: MetaData) -> list[str]:
    """Return the columns nobody has classed, and the entries whose column is gone."""
    return sorted(list_columns(metadata) ^ set(COLUMN_RULES))


def copy_metadata() -> MetaData:
    copied = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(copied)
    return copied


def test_every_column_has_its_class_and_its_end() -> None:
    assert find_faults(Base.metadata) == []


def test_no_column_is_entered_twice() -> None:
    named = Counter(
        f"{table}.{name}"
        for table, rows in TABLES.items()
        for *_rule, names in rows
        for name in names.split()
    )
    assert [name for name, times in named.items() if times > 1] == []


def test_identity_is_sealed_or_hashed() -> None:
    sealed = {f"{one.column.class_.__tablename__}.{one.column.key}" for one in SEALED}
    identity = {name for name, rule in COLUMN_RULES.items() if rule.data_class is DataClass.IDENTITY}
    assert identity == (sealed - OF_THE_NEWSROOM) | HASHED | COUNTED


def test_what_is_named_as_finer_than_the_hour_is_a_time() -> None:
    named = Counter(name for names in FINER_TIMES.values() for name in names.split())
    times = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Moment)
    }
    assert ([name for name in named if name not in times], named.most_common(1)[0][1]) == ([], 1)


def test_what_hangs_on_a_submission_ends_with_it() -> None:
    tables = {"submission", *(table.name for table in owned_tables())}
    lasting = [
        name
        for name, rule in COLUMN_RULES.items()
        if name.partition(".")[0] in tables and rule.retention not in ENDS_WITH_A_TEXT
    ]
    assert lasting == []


def test_nothing_of_a_contributor_lies_where_no_erasing_reaches() -> None:
    tables = {"submission", *(table.name for table in owned_tables())}
    exposed = {DataClass.IDENTITY, DataClass.UNPUBLISHED}
    beyond = [
        name
        for name, rule in COLUMN_RULES.items()
        if rule.data_class in exposed and name.partition(".")[0] not in tables
    ]
    assert beyond == []


@pytest.mark.parametrize("table", ["submission", "staff"])
def test_a_column_nobody_has_classed_is_reported(table: str) -> None:
    copied = copy_metadata()
    copied.tables[table].append_column(Column("nickname", String(40)))
    assert find_faults(copied) == [f"{table}.nickname"]


def test_a_table_nobody_has_classed_is_reported() -> None:
    copied = copy_metadata()
    Table("diary", copied, Column("sealed", LargeBinary))
    assert find_faults(copied) == ["diary.sealed"]


def test_an_entry_without_its_column_is_reported() -> None:
    copied = copy_metadata()
    copied.remove(copied.tables["publication"])
    Table("publication", copied, *(Column(name, String(40)) for name in ("id", "draft_id", "lang", "url")))
    assert find_faults(copied) == ["publication.recorded_at", "publication.visible_at"]
