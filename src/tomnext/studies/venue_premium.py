"""What New York pays over London for one metal, day by day and as it moves from week to week."""

from datetime import date, datetime

import polars as pl

from tomnext.market.arbitrage import price_at, usd_per_t
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.vocabulary.metals import Metal

NEW_YORK = {metal: f"comex.{metal}.price.front" for metal in (Metal.COPPER, Metal.SILVER, Metal.GOLD)}
LONDON = {
    Metal.COPPER: "lme.copper.price.3m",
    Metal.SILVER: "lbma.silver.price",
    Metal.GOLD: "lbma.gold.price",
}
LONDON_SHARE = {Metal.SILVER: 0.73, Metal.GOLD: 0.86}
"""Where London's fix (noon; 15:00 for gold) lies between New York's settlements of 13:25 the day before and that day.

LME three months and COMEX copper close within the hour and need none.
"""
SHUT_DAYS = 5


def new_york_premium(source: Observations, metal: Metal, as_of: date | datetime | None = None) -> pl.DataFrame:
    """Days on which both places were priced: ``observed_on``, ``premium`` (share of London), ``is_artefact``.

    New York is taken as at London's hour; on an artefact day its two closes lie too far apart and its own close
    stands in. Empty when either place is not held.
    """
    ids = [NEW_YORK[metal], LONDON[metal]]
    read = source.read(ids, as_of).filter(pl.col("value") > 0).sort("observed_on")
    legs = [read.filter(pl.col("series_id") == id).select("observed_on", "value") for id in ids]
    close = legs[0].with_columns(before=pl.col("value").shift(), day_before=pl.col("observed_on").shift())
    both = close.join(legs[1].rename({"value": "london"}), on="observed_on")
    share = LONDON_SHARE.get(metal)
    units = [catalogue()[id].unit for id in ids]
    rows = []
    for on, after, before, day_before, london in both.sort("observed_on").iter_rows():
        known = share is not None and before is not None and (on - day_before).days <= SHUT_DAYS
        priced = price_at(before if known else None, after, share or 1.0)
        here = usd_per_t(after if priced.value is None else priced.value, units[0])
        rows.append((on, here / usd_per_t(london, units[1]) - 1.0, priced.is_artefact))
    schema = {"observed_on": pl.Date(), "premium": pl.Float64(), "is_artefact": pl.Boolean()}
    return pl.DataFrame(rows, schema=schema, orient="row")
