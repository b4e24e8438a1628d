"""What every source of observations answers, whether a user's store or the embedded default.

The long frame that :meth:`Observations.read` returns has, sorted by series and day:

=============  =====================  ====================================================================
column         type                   meaning
=============  =====================  ====================================================================
series_id      String                 name in the series catalogue, e.g. ``lme.copper.price.cash``
observed_on    Date                   the day the figure describes
value          Float64                in the series' unit; null when withdrawn by its publisher
available_at   Datetime(us, UTC)      when a reader could first have it
revision       Int32                  0 for the first print, counting up
nature         String                 measured, licensed or simulated
source         String                 publisher or file it came from
=============  =====================  ====================================================================
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Protocol

import polars as pl

READING_SCHEMA = pl.Schema(
    {
        "series_id": pl.String(),
        "observed_on": pl.Date(),
        "value": pl.Float64(),
        "available_at": pl.Datetime("us", "UTC"),
        "revision": pl.Int32(),
        "nature": pl.String(),
        "source": pl.String(),
    }
)


class Observations(Protocol):
    """A point-in-time source: nothing later than ``as_of`` can be seen."""

    def read(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        """The newest revision of each day available by ``as_of`` (default: everything), as the long frame above.

        A bare date means the whole of that day in UTC (convention 11). Series that hold nothing are simply absent.
        """
        ...

    def series_ids(self) -> list[str]:
        """Every series that holds at least one observation, sorted."""
        ...


def end_of_day(as_of: datetime | date | None) -> datetime | None:
    """The instant meant by an ``as_of``: a bare date is the end of that day in UTC.

    >>> end_of_day(date(2021, 10, 18)).isoformat()
    '2021-10-18T23:59:59.999999+00:00'
    """
    if as_of is None or isinstance(as_of, datetime):
        return as_of
    return datetime.combine(as_of, time.max, tzinfo=UTC)


def wide(readings: pl.DataFrame) -> pl.DataFrame:
    """One column a series, one row a day, in day order; days a series lacks stay null (convention 8)."""
    return readings.pivot(on="series_id", index="observed_on", values="value").sort("observed_on")
