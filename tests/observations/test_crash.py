"""Killed at any moment, the store opens, holds all that was acknowledged and no part of anything else."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tomnext.observations.store import Payload, SqliteStore, open_store
from tomnext.vocabulary.errors import StoreFailed

KILLS = 100
ROWS = 1_500
FILES = 40
CHILD = Path(__file__).with_name("importing_child.py")


def write_files(folder: Path) -> None:
    """Files of days of their own, so that the rows of each can be counted afterwards."""
    for number in range(FILES):
        start = date(1800, 1, 1) + timedelta(days=number * ROWS)
        days = pl.date_range(start, start + timedelta(days=ROWS - 1), eager=True)
        cash = [number * 10_000.0 + row + 1 for row in range(ROWS)]  # a price of nothing is refused
        pl.DataFrame({"date": days, "cash": cash, "m3": cash}).write_csv(folder / f"{number}.csv")


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_while_importing(parent: "subprocess.Popen[str]", first: int, delay: float) -> int:
    """Import from the ``first`` file on, kill -9 after a while; the first file that was not acknowledged."""
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(f"{first} {FILES}\n")
    parent.stdin.flush()
    acknowledged, killing = first, None
    for line in parent.stdout:
        words = line.split()
        if words[0] == "pid":
            killing = threading.Timer(delay, kill, (int(words[1]),))
            killing.start()
        elif words[0] == "ended":
            break
        else:
            acknowledged = int(words[0]) + 1
    assert killing is not None
    killing.cancel()
    return acknowledged


def check_whole(store: SqliteStore, acknowledged: int) -> None:
    """Every file is there whole or not at all, and every acknowledged one is there."""
    assert store.problems() == []
    frame = store.read(["lme.copper.price.cash", "lme.copper.price.3m"])
    held = frame.group_by((pl.col("value") // 10_000).cast(pl.Int64).alias("file")).len()
    assert set(held["len"]) <= {2 * ROWS}
    assert set(range(acknowledged)) <= set(held["file"])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed and forked as on Unix")
def test_killed_a_hundred_times_while_importing(tmp_path: Path) -> None:
    write_files(tmp_path)
    chance = random.Random(20_220_308)
    acknowledged = interrupted = 0
    command = [sys.executable, str(CHILD), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        for _ in range(KILLS):
            acknowledged = kill_while_importing(parent, acknowledged, chance.uniform(0.0, 0.25))
            check_whole(open_store(tmp_path / "desk.sqlite", create=True), acknowledged)
            interrupted += acknowledged < FILES
            if acknowledged == FILES:
                acknowledged = 0
                for file in tmp_path.glob("desk.sqlite*"):
                    file.unlink()
        parent.communicate()
    assert interrupted > KILLS // 2


def some_readings(number: int, rows: int = 300) -> pl.DataFrame:
    start = date(1900, 1, 1) + timedelta(days=number * rows)
    days = pl.date_range(start, start + timedelta(days=rows - 1), eager=True)
    return pl.DataFrame({"observed_on": days}).with_columns(
        series_id=pl.lit("lme.copper.price.cash"),
        value=pl.lit(float(number)),
        available_at=pl.col("observed_on").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        nature=pl.lit("licensed"),
    )


def test_several_read_while_one_writes(tmp_path: Path) -> None:
    """Readers never wait, never fail and never see part of a batch."""
    store = open_store(tmp_path / "desk.sqlite", create=True)
    done = threading.Event()
    failures: list[BaseException] = []
    seen: list[int] = []

    def read_on() -> None:
        try:
            while not done.is_set():
                height = open_store(store.path).read(["lme.copper.price.cash"]).height
                assert height % 300 == 0
                seen.append(height)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read_on) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(15):
        store.append(some_readings(number), Payload("writer", "", str(number), "", 300))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert seen
    assert store.read(["lme.copper.price.cash"]).height == 15 * 300


def test_a_failure_inside_a_batch_leaves_nothing_of_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "desk.sqlite", create=True)
    good = some_readings(0)
    bad = some_readings(1).with_columns(series_id=pl.lit("lme.copper.price.3m"), nature=pl.lit("no such nature"))
    with pytest.raises(ValueError, match="no such nature"):
        store.append(pl.concat([good, bad], how="diagonal"), Payload("x", "", "x", "", 1))
    assert store.series_ids() == []
    assert not store.has_payload("x", "")


def test_a_full_disk_is_told_and_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is given no more pages than it has: SQLite then answers as on a full disk."""
    store = open_store(tmp_path / "desk.sqlite", create=True)
    store.append(some_readings(0), Payload("x", "", "0", "", 1))
    before = store.read(["lme.copper.price.cash"])
    whole = sqlite3.connect

    def cramped(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = whole(*arguments, **options)  # type: ignore[arg-type]
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    monkeypatch.setattr(sqlite3, "connect", cramped)
    with pytest.raises(StoreFailed, match="full"):
        store.append(some_readings(1, rows=20_000), Payload("x", "", "1", "", 1))
    monkeypatch.undo()
    assert store.read(["lme.copper.price.cash"]).equals(before)
    assert store.problems() == []


def test_a_second_writer_waits_its_turn(tmp_path: Path) -> None:
    store = open_store(tmp_path / "desk.sqlite", create=True)
    writers = [
        threading.Thread(
            target=store.append, args=(some_readings(number), Payload("w", "", str(number), "", 1), datetime.now(UTC))
        )
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.read(["lme.copper.price.cash"]).height == 4 * 300
