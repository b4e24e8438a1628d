"""Does gold go with what central banks buy, beyond yields and the dollar? Quarter by quarter, where that is held."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.market.decoupling import Estimate, least_squares
from tomnext.observations.reading import Observations

PURCHASES = "official.gold.net_purchases"
PRICES = ("lbma.gold.price", "comex.gold.price.front", "worldbank.gold.price")
YIELD, DOLLAR = "rates.us.10y_real", "fx.usd_broad"
FEWEST_QUARTERS = 24
UNIT_T = 100.0


@dataclass(frozen=True)
class OfficialBuying:
    """What 100 t of a quarter's net purchases went with: percent of gold's return of that quarter, 90 % bounds.

    ``effect`` is empty when there are fewer than 24 quarters in common; ``beyond`` names the series held constant.
    It says what went together, not what caused what.
    """

    series_id: str
    quarters: int
    effect: Estimate | None
    beyond: tuple[str, ...]


def official_buying(source: Observations, as_of: date | datetime | None = None) -> OfficialBuying:
    """Regress gold's quarterly return on net purchases, the change of the real yield and the dollar, as known then."""
    bought = source.read([PURCHASES], as_of).filter(pl.col("value").is_finite())
    frame = bought.select(_quarter(), pl.col("value") / UNIT_T).rename({"value": "bought"}).unique("quarter")
    price = next((id for id in PRICES if source.read([id], as_of).height), None)
    if frame.is_empty() or price is None:
        return OfficialBuying(PURCHASES, 0, None, ())
    frame = frame.join(_changes(source, price, as_of, "gold", in_logs=True), on="quarter")
    beyond = []
    for id, name, in_logs in ((YIELD, "yield", False), (DOLLAR, "dollar", True)):
        held = _changes(source, id, as_of, name, in_logs)
        if frame.join(held, on="quarter").height >= FEWEST_QUARTERS:
            frame = frame.join(held, on="quarter")
            beyond.append(id)
    frame = frame.drop_nulls().sort("quarter")
    if frame.height < FEWEST_QUARTERS or float(np.std(frame["bought"].to_numpy())) == 0.0:
        return OfficialBuying(PURCHASES, frame.height, None, tuple(beyond))
    factors = frame.drop("quarter", "gold").to_numpy()
    return OfficialBuying(PURCHASES, frame.height, least_squares(frame["gold"].to_numpy(), factors)[0], tuple(beyond))


def _quarter() -> pl.Expr:
    return pl.col("observed_on").dt.truncate("1q").alias("quarter")


def _changes(source: Observations, id: str, as_of: date | datetime | None, name: str, in_logs: bool) -> pl.DataFrame:
    """Change from the last figure of one quarter to that of the next: percent, or points of a yield."""
    read = source.read([id], as_of).filter(pl.col("value").is_finite()).sort("observed_on")
    ends = read.group_by(_quarter(), maintain_order=True).agg(pl.col("value").last())
    value = 100.0 * pl.col("value").log() if in_logs else pl.col("value")
    next_quarter = pl.col("quarter").shift().dt.offset_by("1q") == pl.col("quarter")
    return ends.select("quarter", pl.when(next_quarter).then(value - value.shift()).alias(name)).drop_nulls()
