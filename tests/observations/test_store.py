"""The store keeps every vintage, shows only what was available, and says plainly what is wrong with a file."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tomnext.observations.reading import READING_SCHEMA
from tomnext.observations.store import Payload, SqliteStore, Tally, open_store
from tomnext.vocabulary.errors import InputRejected, StoreFailed

CASH = "lme.copper.price.cash"


def instant(day: int, hour: int = 18) -> datetime:
    return datetime(2024, 5, day, hour, tzinfo=UTC)


def readings(*rows: tuple[int, float | None, datetime], series_id: str = CASH) -> pl.DataFrame:
    """Rows of (day of May 2024, value, available_at)."""
    return pl.DataFrame(
        [(series_id, date(2024, 5, day), value, at, "licensed") for day, value, at in rows],
        schema={
            "series_id": pl.String, "observed_on": pl.Date, "value": pl.Float64,
            "available_at": pl.Datetime("us", "UTC"), "nature": pl.String,
        },
        orient="row",
    )  # fmt: skip


def payload(name: str) -> Payload:
    return Payload(source="test desk", file=name, sha256=name, map_sha256="map", rows_read=1)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return open_store(tmp_path / "desk.sqlite", create=True)


def test_values_are_read_back_with_the_reading_schema(store: SqliteStore) -> None:
    tally = store.append(readings((2, 9_900.0, instant(2)), (1, 9_800.0, instant(1))), payload("a"))
    assert tally == Tally(added=2, unchanged=0, revised=0)
    frame = store.read([CASH, "nothing.here"])
    assert frame.schema == READING_SCHEMA
    assert frame.rows() == [
        (CASH, date(2024, 5, 1), 9_800.0, instant(1), 0, "licensed", "test desk"),
        (CASH, date(2024, 5, 2), 9_900.0, instant(2), 0, "licensed", "test desk"),
    ]
    assert store.series_ids() == [CASH]
    assert store.read([]).schema == READING_SCHEMA


def test_a_revision_is_seen_only_after_it_was_said(store: SqliteStore) -> None:
    store.append(readings((1, 9_800.0, instant(1))), payload("a"), said_at=instant(1))
    assert store.append(readings((1, 9_805.0, instant(1))), payload("b"), said_at=instant(9)) == Tally(0, 0, 1)
    assert store.read([CASH], as_of=date(2024, 5, 8))["value"].to_list() == [9_800.0]
    revised = store.read([CASH], as_of=date(2024, 5, 9))
    assert revised.select("value", "revision", "available_at").row(0) == (9_805.0, 1, instant(9))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_files_published_on_different_days_may_come_in_any_order(store: SqliteStore, order: tuple[int, int]) -> None:
    said = [(9_800.0, instant(1)), (9_805.0, instant(9))]
    for place in order:
        value, said_at = said[place]
        store.append(readings((1, value, instant(1))), payload(str(place)), said_at=said_at)
    assert store.read([CASH], as_of=date(2024, 5, 9))["value"].to_list() == [9_805.0]
    assert store.read([CASH])["revision"].to_list() == [1]


def test_saying_the_same_again_changes_nothing(store: SqliteStore) -> None:
    store.append(readings((1, 9_800.0, instant(1))), payload("a"))
    before = store.read([CASH])
    assert store.append(readings((1, 9_800.0, instant(1))), payload("b")) == Tally(0, 1, 0)
    assert store.read([CASH]).equals(before)


def test_a_withdrawn_value_reads_as_missing(store: SqliteStore) -> None:
    store.append(readings((8, 48_201.0, instant(8))), payload("a"), said_at=instant(8))
    store.append(readings((8, None, instant(9))), payload("b"), said_at=instant(9))
    assert store.read([CASH], as_of=date(2024, 5, 8))["value"].to_list() == [48_201.0]
    assert store.read([CASH])["value"].to_list() == [None]


def test_days_can_be_bounded(store: SqliteStore) -> None:
    store.append(readings(*[(day, float(day), instant(day)) for day in range(1, 8)]), payload("a"))
    assert store.read([CASH], start=date(2024, 5, 3), end=date(2024, 5, 5))["value"].to_list() == [3.0, 4.0, 5.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_refused(store: SqliteStore, value: float) -> None:
    with pytest.raises(InputRejected):
        store.append(readings((1, value, instant(1))), payload("a"))
    assert store.series_ids() == []


def test_a_missing_file_is_not_created_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="no store"):
        open_store(tmp_path / "absent.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.sqlite"
    wrong.write_text("copper is tight " * 100, encoding="utf-8")
    with pytest.raises(StoreFailed, match="not a database"):
        open_store(wrong)


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(StoreFailed, match="not made by tomnext"):
        open_store(other)
    with pytest.raises(StoreFailed, match="not made by tomnext"):
        open_store(other, create=True)


def test_a_store_whose_making_was_interrupted_is_made_again(tmp_path: Path) -> None:
    """Killed between creating the file and laying the tables, only an empty database is there."""
    path = tmp_path / "desk.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with pytest.raises(StoreFailed, match="not made by tomnext"):
        open_store(path)
    store = open_store(path, create=True)
    assert store.append(readings((1, 1.0, instant(1))), payload("a")).added == 1


def test_a_newer_schema_is_refused_and_left_alone(store: SqliteStore) -> None:
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreFailed, match="newer tomnext"):
        open_store(store.path)


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed):
        open_store(tmp_path)


def test_every_store_error_speaks_both_languages(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed) as caught:
        open_store(tmp_path / "absent.sqlite")
    assert "沒有觀測資料庫" in caught.value.text("zh-TW")
