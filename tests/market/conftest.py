"""A small point-in-time source held in memory, and the licensed copper and nickel files laid out as one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
import pytest

from tomnext.observations.reading import READING_SCHEMA, end_of_day

COLUMNS = {
    "cash_usd_t": "price.cash",
    "m3_usd_t": "price.3m",
    "m12_usd_t": "price.12m",
    "m24_usd_t": "price.24m",
    "cash_3m_spread_usd_t": "carry.cash_minus_3m",
    "stock_total_t": "stock.total",
    "stock_on_warrant_t": "stock.on_warrant",
    "stock_cancelled_t": "stock.cancelled",
}


class InMemory:
    """Observations from a mapping of series to ``{day: value}``; each figure is available at 20:00 UTC of its day."""

    def __init__(self, series: Mapping[str, Mapping[date, float | None]], nature: str = "measured") -> None:
        rows = [
            (name, day, value, datetime.combine(day, time(20), UTC), 0, nature, "made up")
            for name, values in series.items()
            for day, value in values.items()
        ]
        self.frame = pl.DataFrame(rows, schema=READING_SCHEMA, orient="row").sort("series_id", "observed_on")

    def read(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        """What was available by then."""
        wanted = pl.col("series_id").is_in(list(series_ids))
        if (limit := end_of_day(as_of)) is not None:
            wanted &= pl.col("available_at") <= limit
        if start is not None:
            wanted &= pl.col("observed_on") >= start
        if end is not None:
            wanted &= pl.col("observed_on") <= end
        return self.frame.filter(wanted)

    def series_ids(self) -> list[str]:
        """Every series, sorted."""
        return sorted(self.frame["series_id"].unique().to_list())


def lme_file(folder: Path, metal: str) -> InMemory:
    """One licensed LME file as observations."""
    table = pl.read_csv(folder / "lme_daily" / f"{metal}.csv", try_parse_dates=True)
    series = {
        f"lme.{metal}.{name}": dict(table.select("date", column).drop_nulls().iter_rows())
        for column, name in COLUMNS.items()
        if column in table.columns
    }
    return InMemory(series, nature="licensed")


@pytest.fixture(scope="session")
def in_memory() -> type[InMemory]:
    """The in-memory source."""
    return InMemory


@pytest.fixture(scope="session")
def real_copper(real_data: Path) -> InMemory:
    """LME copper 2000 to 2024."""
    return lme_file(real_data, "copper")


@pytest.fixture(scope="session")
def real_aluminium(real_data: Path) -> InMemory:
    """LME aluminium 2000 to 2024, whose cancelled warrants are not in the file."""
    return lme_file(real_data, "aluminium")


@pytest.fixture(scope="session")
def real_nickel(real_data: Path) -> InMemory:
    """LME nickel 2000 to 2024."""
    return lme_file(real_data, "nickel")
