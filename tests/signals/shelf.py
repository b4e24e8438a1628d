"""A source of observations made from arrays, for tests that must know every figure."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from tomnext.observations.asof import newest_known
from tomnext.observations.catalogue import publication_time, series_named
from tomnext.observations.reading import READING_SCHEMA

LME_COLUMNS = {
    "cash_usd_t": "price.cash",
    "m3_usd_t": "price.3m",
    "m12_usd_t": "price.12m",
    "stock_total_t": "stock.total",
    "stock_on_warrant_t": "stock.on_warrant",
    "stock_cancelled_t": "stock.cancelled",
    "open_interest_lots": "open_interest",
}


class Shelf:
    """An in-memory source that obeys the point-in-time rule of the real ones."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame.select(name for name in READING_SCHEMA.names() if name != "revision")

    def read(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        rows = self.frame.filter(pl.col("series_id").is_in(list(series_ids)))
        if start is not None:
            rows = rows.filter(pl.col("observed_on") >= start)
        if end is not None:
            rows = rows.filter(pl.col("observed_on") <= end)
        return newest_known(rows, as_of).select(READING_SCHEMA.names())

    def series_ids(self) -> list[str]:
        return sorted(self.frame["series_id"].unique().to_list())

    def joined(self, other: "Shelf") -> "Shelf":
        return Shelf(pl.concat([self.frame, other.frame]))


def readings(series_id: str, days: Sequence[date], values: Sequence[float | None], nature: str = "measured") -> Shelf:
    """One series, available when its catalogue row says."""
    frame = pl.DataFrame({"observed_on": list(days), "value": [None if v is None else float(v) for v in values]})
    frame = frame.with_columns(
        series_id=pl.lit(series_id),
        available_at=publication_time(pl.col("observed_on"), series_named(series_id)),
        nature=pl.lit(nature),
        source=pl.lit("test"),
    )
    return Shelf(frame.select(name for name in READING_SCHEMA.names() if name != "revision"))


def shelf_of(folder: Path, metals: Sequence[str]) -> Shelf:
    """The daily LME files of some metals."""
    frames = []
    for metal in metals:
        wide = pl.read_csv(folder / "lme_daily" / f"{metal}.csv", try_parse_dates=True, infer_schema_length=None)
        for column, figure in LME_COLUMNS.items():
            if column in wide.columns:
                kept = wide.select(pl.col("date"), pl.col(column).cast(pl.Float64)).drop_nulls()
                frames.append(
                    readings(f"lme.{metal}.{figure}", kept["date"].to_list(), kept[column].to_list(), "licensed").frame
                )
    return Shelf(pl.concat(frames))


def weekdays(start: date, count: int) -> list[date]:
    first = np.busday_offset(np.datetime64(start), np.arange(count), roll="forward")
    return [day.item() for day in first]
