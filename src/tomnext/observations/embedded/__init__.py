"""What tomnext knows without a network and without an import, each value labelled for what it is.

Measured: World Bank monthly average prices of nine metals since 1960 (the Pink Sheet has no palladium, so palladium
has no measured price here). Simulated: daily prices, curves, stocks, rates and currencies since 2015 whose cash prices
average to those World Bank months; they stand in for data whose publishers allow no redistribution.
"""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from tomnext.observations.asof import newest_known
from tomnext.observations.catalogue import publication_time, series_named
from tomnext.observations.embedded.pink_sheet import PINK_SHEET_SOURCE, monthly_averages
from tomnext.observations.embedded.simulated import SIMULATED_SOURCE, simulated_market
from tomnext.observations.reading import READING_SCHEMA
from tomnext.vocabulary.evidence import Nature

_PINK_SHEET_PREFIX = "worldbank."


class EmbeddedMarket:
    """The market that comes with the package, read point in time like a user's own store.

    >>> EmbeddedMarket().read(["worldbank.copper.price"], as_of=date(2026, 6, 30))["value"][-1]
    13543.19
    """

    def read(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        """The newest revision of each day available by ``as_of``, in the frame of ``READING_SCHEMA``."""
        held = set(self.series_ids())
        frames = [_readings(series_id) for series_id in sorted(set(series_ids)) if series_id in held]
        if not frames:
            return READING_SCHEMA.to_frame()
        readings = pl.concat(frames)
        if start is not None:
            readings = readings.filter(pl.col("observed_on") >= start)
        if end is not None:
            readings = readings.filter(pl.col("observed_on") <= end)
        return newest_known(readings, as_of).select(READING_SCHEMA.names())

    def series_ids(self) -> list[str]:
        """Every series that holds at least one observation, sorted."""
        measured = [f"{_PINK_SHEET_PREFIX}{metal}.price" for metal in monthly_averages().columns[1:]]
        return sorted([*measured, *simulated_market().columns[1:]])


def open_embedded() -> EmbeddedMarket:
    """The embedded default: what a fresh installation reads when no store is given."""
    return EmbeddedMarket()


def _readings(series_id: str) -> pl.DataFrame:
    row = series_named(series_id)
    if series_id.startswith(_PINK_SHEET_PREFIX):
        table, column = monthly_averages(), series_id.split(".")[1]
        nature, source = Nature.MEASURED, PINK_SHEET_SOURCE
    else:
        table, column, nature, source = simulated_market(), series_id, Nature.SIMULATED, SIMULATED_SOURCE
    return table.select(
        pl.lit(series_id).alias("series_id"),
        "observed_on",
        pl.col(column).alias("value"),
        publication_time(pl.col("observed_on"), row).alias("available_at"),
        pl.lit(nature.value).alias("nature"),
        pl.lit(source).alias("source"),
    ).drop_nulls("value")
