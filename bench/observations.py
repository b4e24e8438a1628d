"""Importing 6,456 days of ten series and reading them back as of a date, beside polars and pandas doing the same.

The peers read the file with their own CSV readers, lay it out long, write it to SQLite with an index and read it back
up to a date. They check nothing; tomnext also checks every cell, day, unit and duplicate, hashes the payload, files
three clocks and keeps revisions.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from tomnext.observations.importing.map import ImportMap, parse_map
from tomnext.observations.importing.run import import_file
from tomnext.observations.store import SqliteStore, open_store

AS_OF = date(2021, 10, 18)
ROUNDS = 7
SERIES = {
    "cash_usd_t": ("lme.copper.price.cash", "usd_per_t"),
    "m3_usd_t": ("lme.copper.price.3m", "usd_per_t"),
    "m3_comdty_usd_t": ("lme.copper.price.settlement_3m", "usd_per_t"),
    "m12_usd_t": ("lme.copper.price.12m", "usd_per_t"),
    "m24_usd_t": ("lme.copper.price.24m", "usd_per_t"),
    "cash_3m_spread_usd_t": ("lme.copper.carry.cash_minus_3m", "usd_per_t"),
    "stock_total_t": ("lme.copper.stock.total", "t"),
    "stock_on_warrant_t": ("lme.copper.stock.on_warrant", "t"),
    "stock_cancelled_t": ("lme.copper.stock.cancelled", "t"),
    "open_interest_lots": ("lme.copper.open_interest", "lots"),
}


def main() -> None:
    """Gate: all three give back the same readings. Then medians and their ratios."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = copper_file(folder)
        layout = parse_map(
            {
                "source": "benchmark",
                "date": {"column": "date"},
                "columns": {
                    name: {"series": series, "unit": unit, "lag_weekdays": 0} for name, (series, unit) in SERIES.items()
                },
            }
        )
        store, polars_file, pandas_file = folder / "ours.sqlite", folder / "polars.sqlite", folder / "pandas.sqlite"
        writers: dict[str, Callable[[], object]] = {
            "tomnext": lambda: ours_in(file, layout, store),
            "polars": lambda: polars_in(file, polars_file),
            "pandas": lambda: pandas_in(file, pandas_file),
        }
        readers: dict[str, Callable[[], object]] = {
            "tomnext": lambda: ours_out(open_store(store)),
            "polars": lambda: polars_out(polars_file),
            "pandas": lambda: pandas_out(pandas_file),
        }
        importing, reading = timings(writers), timings(readers)
        gate(ours_out(open_store(store)), polars_out(polars_file), pandas_out(pandas_file))
    print("gate: the three give back the same readings")
    for label, taken in (("import", importing), ("read as of", reading)):
        shown = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in taken.items())
        ratios = ", ".join(f"{taken['tomnext'] / taken[peer]:.2f} × {peer}" for peer in ("polars", "pandas"))
        print(f"{label}: {shown}; tomnext takes {ratios}")


def copper_file(folder: Path) -> Path:
    """The desk's copper history when it lies beside the checkout, else a file of the same shape."""
    real = Path(__file__).parents[2] / "shared" / "data" / "real" / "lme_daily" / "copper.csv"
    if real.exists():
        return real
    generator = np.random.default_rng(1)
    days = [day for step in range(9_100) if (day := date(2000, 1, 3) + timedelta(days=step)).weekday() < 5][:6_456]
    walk = 9_000 * np.exp(0.01 * generator.standard_normal((len(days), len(SERIES))).cumsum(axis=0) / 8)
    table = pl.DataFrame(np.round(walk, 2), schema=list(SERIES))
    table.insert_column(0, pl.Series("date", days)).write_csv(folder / "copper.csv")
    return folder / "copper.csv"


def timings(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each, taken in turn so that a busy machine is busy for all."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, one in work.items():
            started = time.perf_counter()
            one()
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def gate(ours: pl.DataFrame, of_polars: pl.DataFrame, of_pandas: pd.DataFrame) -> None:
    """The same days and values in the same order, or the benchmark has nothing to say."""
    heights = ours.height, of_polars.height, len(of_pandas)
    assert len(set(heights)) == 1, heights
    assert heights[0] > 50_000
    for column in ("series_id", "observed_on", "value"):
        assert ours[column].to_list() == of_polars[column].to_list() == list(of_pandas[column]), column


def _fresh(path: Path) -> Path:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    return path


def ours_in(file: Path, layout: ImportMap, path: Path) -> None:
    import_file(file, layout, open_store(_fresh(path), create=True))


def ours_out(store: SqliteStore) -> pl.DataFrame:
    return store.read([series for series, _ in SERIES.values()], as_of=AS_OF, end=AS_OF)


def polars_in(file: Path, path: Path) -> None:
    names = {column: series for column, (series, _) in SERIES.items()}
    long = (
        pl.read_csv(file, try_parse_dates=True)
        .select("date", pl.col(list(names)).cast(pl.Float64))
        .unpivot(index="date", variable_name="series_id", value_name="value")
        .drop_nulls("value")
        .with_columns(pl.col("series_id").replace(names), pl.col("date").cast(pl.String))
    )
    with sqlite3.connect(_fresh(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE observation (observed_on TEXT, series_id TEXT, value REAL)")
        connection.executemany("INSERT INTO observation VALUES (?, ?, ?)", long.iter_rows())
        connection.execute("CREATE INDEX by_day ON observation (series_id, observed_on)")
    connection.close()


def polars_out(path: Path) -> pl.DataFrame:
    connection = sqlite3.connect(path)
    query = "SELECT series_id, observed_on, value FROM observation WHERE observed_on <= ? ORDER BY 1, 2"
    rows = connection.execute(query, (AS_OF.isoformat(),)).fetchall()
    connection.close()
    frame = pl.DataFrame(rows, schema=["series_id", "observed_on", "value"], orient="row")
    return frame.with_columns(pl.col("observed_on").str.to_date())


def pandas_in(file: Path, path: Path) -> None:
    names = {column: series for column, (series, _) in SERIES.items()}
    long = pd.read_csv(file, parse_dates=["date"])[["date", *names]].rename(columns=names)
    long = long.melt(id_vars="date", var_name="series_id", value_name="value").dropna()
    connection = sqlite3.connect(_fresh(path))
    connection.execute("PRAGMA journal_mode = WAL")
    long.rename(columns={"date": "observed_on"}).to_sql("observation", connection, index=False)
    connection.execute("CREATE INDEX by_day ON observation (series_id, observed_on)")
    connection.commit()
    connection.close()


def pandas_out(path: Path) -> pd.DataFrame:
    connection = sqlite3.connect(path)
    query = "SELECT series_id, observed_on, value FROM observation WHERE observed_on < ? ORDER BY 1, 2"
    frame = pd.read_sql(query, connection, params=((AS_OF + timedelta(days=1)).isoformat(),))
    connection.close()
    frame["observed_on"] = pd.to_datetime(frame["observed_on"]).dt.date
    return frame
