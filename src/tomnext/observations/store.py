"""The observation store: one SQLite file, append-only, that several may read while one writes.

Nothing is ever overwritten. A value is filed under the day it describes, the instant its publisher makes such figures
available, and the instant at which its payload said so. The first that was said holds from ``available_at``; whatever
contradicts it later cannot have been known then and holds from ``said_at``. So a read ``as_of`` a date sees what a
reader could have seen, in whatever order the files were imported. Every value belongs to a batch (one payload, known
by its SHA-256), and a batch is written whole or not at all.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tomnext.observations.asof import newest_known
from tomnext.observations.filing import CLAIM_SCHEMA, sort_out
from tomnext.observations.reading import READING_SCHEMA, end_of_day
from tomnext.vocabulary.errors import InputRejected, StoreFailed
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text

APPLICATION_ID = 0x746F6D6E
"""``tomn`` in ASCII: how SQLite files of tomnext are told from others."""

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE batch (
    number       INTEGER PRIMARY KEY,
    source       TEXT NOT NULL,
    file         TEXT,
    payload      TEXT NOT NULL,
    map          TEXT NOT NULL,
    nature       TEXT NOT NULL,
    ingested_at  INTEGER NOT NULL,
    rows_read    INTEGER NOT NULL,
    UNIQUE (payload, map, nature)
);
CREATE TABLE series (
    number    INTEGER PRIMARY KEY,
    series_id TEXT NOT NULL UNIQUE
);
CREATE TABLE observation (
    series       INTEGER NOT NULL REFERENCES series,
    observed_on  INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    said_at      INTEGER NOT NULL,
    value        REAL,
    batch        INTEGER NOT NULL REFERENCES batch,
    PRIMARY KEY (series, observed_on, available_at, said_at)
) WITHOUT ROWID;
CREATE VIEW reading AS
    SELECT series_id, date(observed_on * 86400, 'unixepoch') AS observed_on, value,
           strftime('%Y-%m-%dT%H:%M:%SZ', available_at / 1000000, 'unixepoch') AS available_at, nature, source,
           file
    FROM observation JOIN series ON series.number = observation.series JOIN batch ON batch.number = batch
"""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Tally:
    """What an import changed, in readings: new days, days said again alike, days said differently."""

    added: int
    unchanged: int
    revised: int


@dataclass(frozen=True, slots=True)
class Payload:
    """Where a batch came from: publisher or file, and the hashes of the bytes and of the map that read them."""

    source: str
    file: str
    sha256: str
    map_sha256: str
    rows_read: int


class SqliteStore:
    """A user's own observations, read point in time. Safe to share between threads: each read opens the file anew."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        """The newest revision of each day available by ``as_of``, in the frame of ``READING_SCHEMA``."""
        return newest_known(self.vintages(series_ids, as_of, start, end), as_of).select(READING_SCHEMA.names())

    def vintages(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        """Every value said of those series and days, each from the instant it holds (``available_at``, UTC).

        With ``as_of`` the vintages that could not matter yet may be left out; the rest is for ``newest_known``.
        """
        where, bounds = _window(end_of_day(as_of), start, end)
        frames = []
        with self._reading() as connection:
            batches = _frame(connection.execute("SELECT number, nature, source FROM batch").fetchall(), _BATCH)
            for series_id in sorted(set(series_ids)):
                claims = _claims_of(connection, series_id, where, bounds)
                frames.append(claims.with_columns(pl.lit(series_id).alias("series_id")))
        return (
            pl.concat(frames or [_frame([], _CLAIM).with_columns(pl.lit("").alias("series_id"))])
            .with_columns(pl.col("observed_on").cast(pl.Date), pl.col("available_at").cast(pl.Datetime("us", "UTC")))
            .join(batches, on="batch", how="left", maintain_order="left")
        )

    def series_ids(self) -> list[str]:
        """Every series that holds at least one observation, sorted."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT series_id FROM series s"
                " WHERE EXISTS (SELECT 1 FROM observation WHERE series = s.number) ORDER BY series_id"
            )
            return [name for (name,) in rows]

    def has_payload(self, sha256: str, map_sha256: str) -> bool:
        """Whether these very bytes were imported through this very map before."""
        with self._reading() as connection:
            found = connection.execute("SELECT 1 FROM batch WHERE payload = ? AND map = ?", (sha256, map_sha256))
            return found.fetchone() is not None

    def append(self, readings: pl.DataFrame, payload: Payload, said_at: datetime | None = None) -> Tally:
        """File readings in one transaction: all of them or, on any failure, none.

        ``readings`` has series_id, observed_on, value, available_at (UTC) and nature; a null value is one its
        publisher withdrew. ``said_at`` is when the payload was published (default: now). InputRejected when a value
        is not finite.
        """
        if not readings["value"].drop_nulls().is_finite().all():
            raise InputRejected(Text("A value is not a finite number.", "有數值不是有限的數。"), received=payload.file)
        now = datetime.now(UTC)
        said = _microseconds(said_at or now)
        with self._writing() as connection:
            outcomes: Counter[str] = Counter()
            for (nature,), part in readings.group_by("nature", maintain_order=True):
                batch = _open_batch(connection, payload, str(nature), _microseconds(now))
                for (series_id,), of_series in part.group_by("series_id", maintain_order=True):
                    outcomes += _file_series(connection, str(series_id), of_series, batch, said)
        return Tally(outcomes["added"], outcomes["unchanged"], outcomes["revised"])

    def problems(self) -> list[str]:
        """What SQLite's own integrity check finds wrong with the file; empty when sound."""
        with self._reading() as connection:
            return [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with _failures_named(self.path), closing(_connect(self.path, "ro")) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _failures_named(self.path), closing(_connect(self.path, "rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def open_store(path: str | Path, create: bool = False) -> SqliteStore:
    """The store in a file; with ``create`` a missing file becomes an empty store.

    Raises StoreFailed when the file is missing, is no tomnext store, or was written by a newer tomnext.
    """
    path = Path(path)
    if not path.exists() and not create:
        raise StoreFailed(
            Text("There is no store at this place.", "這個位置沒有觀測資料庫。"),
            received=path,
            fix=Text("Create it with: tomnext import FILE --map MAP --store STORE",
                     "可用 tomnext import 檔案 --map 對應檔 --store 資料庫 建立"),
        )  # fmt: skip
    if create:
        _create(path)
    with _failures_named(path), closing(_connect(path, "ro")) as connection:
        _check_identity(path, connection)
    return SqliteStore(path)


def _create(path: Path) -> None:
    """Lay the tables in a file that has none; a database that has some is left alone."""
    with _failures_named(path), closing(_connect(path, "rwc")) as connection:
        if _has_tables(connection):
            return
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if not _has_tables(connection):
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def _check_identity(path: Path, connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreFailed(
            Text("This database was not made by tomnext.", "這個資料庫不是 tomnext 建立的。"), received=path
        )
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreFailed(
            Text("This store was written by a newer tomnext.", "這個資料庫由較新版的 tomnext 寫成。"),
            received=f"{path} (schema {version})",
            expected=f"schema {SCHEMA_VERSION}",
            fix=Text("Update tomnext, or open it with the version that wrote it.", "請更新 tomnext，或用原版本開啟。"),
        )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def _failures_named(path: Path) -> Iterator[None]:
    """Give SQLite's errors, which a user may meet (locked, full, damaged, forbidden), in the reader's words."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreFailed(
            Text("The observation store cannot be used.", "觀測資料庫無法使用。"), received=f"{path}: {error}"
        ) from error


def _open_batch(connection: sqlite3.Connection, payload: Payload, nature: str, now: int) -> int:
    """The number of the batch for readings of one nature out of one payload (again the same when it was there)."""
    origin = (payload.source, payload.file, payload.sha256, payload.map_sha256, Nature(nature).value)
    row = connection.execute(
        "INSERT INTO batch (source, file, payload, map, nature, ingested_at, rows_read) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (payload, map, nature) DO UPDATE SET rows_read = rows_read RETURNING number",
        (*origin, now, payload.rows_read),
    ).fetchone()
    return int(row[0])


def _file_series(
    connection: sqlite3.Connection, series_id: str, readings: pl.DataFrame, batch: int, said_at: int
) -> Counter[str]:
    connection.execute("INSERT INTO series (series_id) VALUES (?) ON CONFLICT DO NOTHING", (series_id,))
    series = connection.execute("SELECT number FROM series WHERE series_id = ?", (series_id,)).fetchone()[0]
    known = connection.execute(
        "SELECT observed_on, available_at, said_at, value FROM observation WHERE series = ?", (series,)
    ).fetchall()
    new = readings.select(pl.col("observed_on").cast(pl.Int32), pl.col("available_at").cast(pl.Int64), "value")
    filed, counts = sort_out(new, _frame(known, CLAIM_SCHEMA), said_at)
    connection.executemany(
        f"INSERT INTO observation VALUES ({series}, ?, ?, ?, ?, {batch})", filed.select(CLAIM_SCHEMA.names()).rows()
    )
    return counts


_BATCH = pl.Schema({"batch": pl.Int64(), "nature": pl.String(), "source": pl.String()})
_CLAIM = pl.Schema({**CLAIM_SCHEMA, "batch": pl.Int64()})


def _claims_of(connection: sqlite3.Connection, series_id: str, where: str, bounds: list[int]) -> pl.DataFrame:
    """What was said of one series: observed_on, available_at (the instant it holds from), value and batch.

    The first that was said of a day holds from the publisher's ``available_at``, what contradicts it from ``said_at``.
    """
    rows = connection.execute(
        "SELECT observed_on, available_at, said_at, value, batch FROM observation"
        f" WHERE series = (SELECT number FROM series WHERE series_id = ?){where}"
        " ORDER BY observed_on, available_at, said_at",
        (series_id, *bounds),
    ).fetchall()
    claims = _frame(rows, _CLAIM)
    same = ["observed_on", "available_at"]
    if not claims.select(same).is_unique().all():
        first = pl.col("said_at") == pl.col("said_at").min().over(same)
        later = pl.max_horizontal("available_at", "said_at")
        claims = claims.with_columns(available_at=pl.when(first).then("available_at").otherwise(later))
    return claims.drop("said_at")


def _frame(rows: list[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Rows of SQLite as a frame, column by column (several times faster than row by row)."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pl.DataFrame(dict(zip(schema.names(), columns, strict=True)), schema=schema)


def _window(limit: datetime | None, start: date | None, end: date | None) -> tuple[str, list[int]]:
    clauses = (
        ("available_at <= ?", None if limit is None else _microseconds(limit)),
        ("observed_on >= ?", None if start is None else (start - _EPOCH).days),
        ("observed_on <= ?", None if end is None else (end - _EPOCH).days),
    )
    wanted = [(clause, bound) for clause, bound in clauses if bound is not None]
    return "".join(f" AND {clause}" for clause, _ in wanted), [bound for _, bound in wanted]


def _microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
