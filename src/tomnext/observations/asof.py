"""What could be known: the one rule by which every source answers an ``as_of``."""

from datetime import date, datetime

import polars as pl

from tomnext.observations.reading import end_of_day

_DAY = ["series_id", "observed_on"]


def newest_known(vintages: pl.DataFrame, as_of: datetime | date | None = None) -> pl.DataFrame:
    """The newest value of each day that was available by ``as_of``, from every value a publisher ever gave.

    ``vintages`` has the columns of ``READING_SCHEMA`` without ``revision``; of several rows of one series, day and
    ``available_at`` the last counts. The same value said again is not a revision: it keeps the instant at which it
    was first said. ``revision`` counts changes of value from 0. A withdrawn value stays as a null (convention 8).
    """
    limit = end_of_day(as_of)
    seen = vintages if limit is None else vintages.filter(pl.col("available_at") <= limit)
    seen = seen.sort([*_DAY, "available_at"], maintain_order=True)
    if seen.select(_DAY).is_unique().all():
        return seen.with_columns(revision=pl.lit(0, pl.Int32))
    first_of_day = ~(pl.col("series_id").eq_missing(pl.col("series_id").shift())) | ~(
        pl.col("observed_on").eq_missing(pl.col("observed_on").shift())
    )
    changed = seen.filter(first_of_day | pl.col("value").ne_missing(pl.col("value").shift()))
    return (
        changed.with_columns(revision=pl.int_range(pl.len(), dtype=pl.Int32).over(_DAY))
        .group_by(_DAY, maintain_order=True)
        .last()
    )
