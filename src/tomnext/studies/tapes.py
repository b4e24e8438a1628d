"""The daily tapes of the LME metals as a reader could have had them each evening."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.facts.load import Facts, load_facts
from tomnext.market.tightness import Tape
from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import contract_id, lme_calendar
from tomnext.studies.sources import kind_of, observed
from tomnext.studies.trading_days import traded_only
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

LME_METALS = (Metal.COPPER, Metal.ALUMINIUM, Metal.ZINC, Metal.LEAD, Metal.NICKEL, Metal.TIN)
FIGURES = {
    "cash": "price.cash",
    "three_month": "price.3m",
    "twelve_month": "price.12m",
    "on_warrant": "stock.on_warrant",
    "closing": "stock.total",
    "cancelled": "stock.cancelled",
    "open_interest": "open_interest",
}
STALE_AFTER = "10d"
"""A stock or open-interest figure older than this is not carried on to a later evening."""


@dataclass(frozen=True)
class TapeRead:
    """A metal's tape, the nature of what is on it, and the newest figure of each series as footnotes."""

    metal: Metal
    tape: Tape
    kind: str
    evidence: tuple[Evidence, ...]


def lme_tapes(
    source: Observations,
    as_of: datetime | date | None = None,
    metals: Sequence[Metal] = LME_METALS,
    facts: Facts | None = None,
) -> dict[Metal, TapeRead]:
    """The tape of every LME metal that has cash and three-month prices, with nothing later than ``as_of``.

    Days on which London was closed or the metal suspended are left out (convention 8); stocks and open interest stand
    on the evening on which they were first out, not on the day they describe.
    """
    facts = facts or load_facts()
    calendar = lme_calendar(facts)
    wanted = [f"lme.{metal}.{figure}" for metal in metals for figure in FIGURES.values()]
    readings = source.read(wanted, as_of).filter(pl.col("value").is_not_null())
    tapes = {}
    for metal in metals:
        own = readings.filter(pl.col("series_id").str.starts_with(f"lme.{metal}."))
        evenings = traded_only(_evenings(own, metal), metal, calendar, facts)
        if evenings.height:
            kind = kind_of(own.unique("nature").iter_rows(named=True))
            tapes[metal] = TapeRead(metal, _tape(own, evenings, metal, facts), kind, newest(own))
    return tapes


def no_tape(metal: Metal, as_of: date | datetime | None = None, held: Iterable[Metal] = ()) -> ObservationMissing:
    """The refusal of a metal without a tape on that day, with the metals that have one."""
    return ObservationMissing(
        Text("There are no LME cash and three-month prices of this metal.", "沒有這種金屬的 LME 現貨與三月期價格。"),
        received=metal.value + (f", as of {as_of}" if as_of else ""),
        nearest=[other.value for other in held],
        expected=", ".join(one.value for one in LME_METALS) if metal not in LME_METALS else None,
        fix=None
        if metal not in LME_METALS
        else Text(
            f"Import lme.{metal}.price.cash and lme.{metal}.price.3m.",
            f"請匯入 lme.{metal}.price.cash 與 lme.{metal}.price.3m。",
        ),
    )


def weakest(kinds: Iterable[str]) -> str:
    """What may be said of numbers made from several kinds together: simulated as soon as one is."""
    return kind_of({"nature": kind} for kind in kinds)


def newest(readings: pl.DataFrame) -> tuple[Evidence, ...]:
    """The newest reading of each series as a footnote."""
    last = readings.sort("observed_on").group_by("series_id", maintain_order=True).last().sort("series_id")
    return tuple(observed(row, series_named(row["series_id"]).unit) for row in last.iter_rows(named=True))


def _figure(readings: pl.DataFrame, metal: Metal, figure: str) -> pl.DataFrame:
    return readings.filter(pl.col("series_id") == f"lme.{metal}.{FIGURES[figure]}")


def _evenings(readings: pl.DataFrame, metal: Metal) -> pl.DataFrame:
    """One row a day that has both prices, with the instant at which both were out."""
    cash = _figure(readings, metal, "cash").select("observed_on", cash="value", cash_at="available_at")
    forward = _figure(readings, metal, "three_month").select("observed_on", three_month="value", at="available_at")
    both = cash.join(forward, on="observed_on").with_columns(moment=pl.max_horizontal("cash_at", "at"))
    return both.sort("observed_on")


def _tape(readings: pl.DataFrame, evenings: pl.DataFrame, metal: Metal, facts: Facts) -> Tape:
    rows = evenings.join(
        _figure(readings, metal, "twelve_month").select("observed_on", twelve_month="value"),
        on="observed_on",
        how="left",
    ).sort("moment")
    for figure in ("on_warrant", "closing", "cancelled", "open_interest"):
        out = (
            _figure(readings, metal, figure).select("available_at", pl.col("value").alias(figure)).sort("available_at")
        )
        rows = rows.join_asof(out, left_on="moment", right_on="available_at", tolerance=STALE_AFTER).drop(
            "available_at", strict=False
        )
    rows = rows.sort("observed_on").with_columns(
        on_warrant=pl.coalesce("on_warrant", pl.col("closing") - pl.col("cancelled")),
        closing=pl.coalesce("closing", pl.col("on_warrant") + pl.col("cancelled")),
    )
    numbers = {name: rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in _NUMBERS}
    lot_t = facts.value(contract_id(metal), rows["observed_on"][-1]).value.lot_t
    return Tape(
        metal=metal.value,
        days=rows["observed_on"].to_numpy().astype("datetime64[D]"),
        cash_usd_per_t=numbers["cash"],
        three_month_usd_per_t=numbers["three_month"],
        twelve_month_usd_per_t=numbers["twelve_month"],
        on_warrant_t=np.where(numbers["on_warrant"] >= 0, numbers["on_warrant"], np.nan),
        closing_stock_t=numbers["closing"],
        open_interest_t=numbers["open_interest"] * lot_t,
    )


_NUMBERS = ("cash", "three_month", "twelve_month", "on_warrant", "closing", "open_interest")
