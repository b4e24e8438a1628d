"""The trading days of metals and factors, ready for a price model: what was known by ``as_of``, halts left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.halt import MarketHalt
from tomnext.facts.load import Facts, load_facts
from tomnext.market.tightness import Tape
from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations
from tomnext.scenarios.estimate import Panel
from tomnext.scenarios.trace import History, stock_offset
from tomnext.studies.sources import kind_of
from tomnext.studies.tapes import LME_METALS, lme_tapes, newest
from tomnext.studies.trading_days import halt_on
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

SINGLE_PRICES = ("lbma.{metal}.price", "lbma.{metal}.price.am", "comex.{metal}.price.front")
"""Where a metal without LME prices is read; of those there are, the one that reaches furthest."""
CURVE_YEARS = {"cash": 3 / 365, "3m": 0.25, "12m": 1.0, "24m": 2.0}
WEEK_YEARS = 7 / 365


@dataclass(frozen=True)
class PricedHistory:
    """A history with its name, the nature of its figures and the newest of them as footnotes.

    ``asked_on``: the day the history was to reach, ``as_of`` or the newest price held; ``halt``: set when trading was
    suspended on that day, so that the last trading day lies before it.
    """

    history: History
    title: Text
    kind: str
    evidence: tuple[Evidence, ...]
    asked_on: date
    halt: DatedValue[MarketHalt] | None = None

    @property
    def last_day(self) -> date:
        """The last trading day."""
        day: date = self.history.observed_on[-1].item()
        return day


def price_history(
    source: Observations, name: str, as_of: date | None = None, facts: Facts | None = None
) -> PricedHistory:
    """The trading days of a metal (by any of its names) or of a series of the catalogue such as ``fx.usdtwd``.

    An LME metal has three-month and cash prices and, where stocks are known, what they add to the chance of a
    squeeze; anything else one price. Days on which neither price moved at all were carried forward, not traded.
    Raises ObservationMissing when nothing daily is held.
    """
    if "." in name:
        return _single(source, name, name.replace(".", "_"), series_named(name).title, as_of)
    metal = Metal.named(name)
    if metal in LME_METALS:
        return _listed(source, metal, as_of, facts or load_facts())
    ids = [pattern.format(metal=metal) for pattern in SINGLE_PRICES]
    held = source.read(ids, as_of).drop_nulls("value")
    if held.is_empty():
        raise _nothing(", ".join(ids))
    furthest = held.sort("observed_on", maintain_order=True)["series_id"][-1]
    return _single(source, furthest, metal.value, metal.title, as_of)


def curve_panel(source: Observations, name: str, as_of: date | None = None) -> tuple[Panel, str, tuple[Evidence, ...]]:
    """The last trading day of every week of an LME curve (USD/t) as a panel to fit, its nature and footnotes.

    Weeks without a price stay empty. A series, or a metal without an LME curve, gives its one price, which only one
    factor can fit.
    """
    metal = None if "." in name else Metal.named(name)
    if metal not in LME_METALS:
        single = price_history(source, name, as_of)
        prices = {"spot": single.history.level}
        return _weekly(single.history.observed_on, prices, {"spot": 0.0}), single.kind, single.evidence
    tape = lme_tapes(source, as_of, (metal,), load_facts())
    if metal not in tape:
        raise _nothing(f"lme.{metal}.price.cash, lme.{metal}.price.3m")
    days = tape[metal].tape.days
    readings = source.read([f"lme.{metal}.price.{tenor}" for tenor in CURVE_YEARS], as_of).drop_nulls("value")
    prices = {}
    for tenor in CURVE_YEARS:
        own = readings.filter(pl.col("series_id") == f"lme.{metal}.price.{tenor}")
        if own.height:
            placed = pl.DataFrame({"observed_on": days}).join(own, on="observed_on", how="left", maintain_order="left")
            prices[tenor] = placed["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return (
        _weekly(days, prices, CURVE_YEARS),
        kind_of(readings.unique("nature").iter_rows(named=True)),
        newest(readings),
    )


def _listed(source: Observations, metal: Metal, as_of: date | None, facts: Facts) -> PricedHistory:
    """An LME metal, with the suspension the question falls in."""
    read = lme_tapes(source, as_of, (metal,), facts).get(metal)
    if read is None:
        raise _nothing(f"lme.{metal}.price.cash, lme.{metal}.price.3m")
    asked_on = as_of or max(note.valid_from for note in read.evidence if note.valid_from)
    halted = halt_on(metal, asked_on, facts)
    evidence = read.evidence if halted is None else (*read.evidence, halted[0].evidence(halted[1]))
    return PricedHistory(_of_tape(read.tape), metal.title, read.kind, evidence, asked_on, halted[1] if halted else None)


def _of_tape(tape: Tape) -> History:
    moved = np.append(True, (np.diff(tape.cash_usd_per_t) != 0) | (np.diff(tape.three_month_usd_per_t) != 0))
    kept = tape.only(moved & (tape.cash_usd_per_t > 0) & (tape.three_month_usd_per_t > 0))
    cancelled = np.clip(kept.closing_stock_t - kept.on_warrant_t, 0.0, None)
    return History(
        name=tape.metal,
        unit="usd_per_t",
        observed_on=kept.days,
        level=kept.three_month_usd_per_t,
        cash=kept.cash_usd_per_t,
        offset=stock_offset(kept.closing_stock_t, cancelled) if np.isfinite(kept.closing_stock_t).any() else None,
    )


def _single(source: Observations, series_id: str, name: str, title: Text, as_of: date | None) -> PricedHistory:
    row = series_named(series_id)
    held = source.read([series_id], as_of).filter(pl.col("value") > 0).sort("observed_on")
    if row.frequency != "daily":
        raise InputRejected(
            Text("A daily price model needs a daily series.", "每日價格模型需要每日序列。"),
            received=f"{series_id}: {row.frequency}",
        )
    if held.is_empty():
        raise _nothing(series_id)
    days = held["observed_on"].to_numpy().astype("datetime64[D]")
    history = History(name, row.unit, days, held["value"].to_numpy())
    kind = kind_of(held.unique("nature").iter_rows(named=True))
    return PricedHistory(history, title, kind, newest(held), as_of or days[-1].item())


def _weekly(days: NDArray[np.datetime64], prices: dict[str, NDArray[np.float64]], years: dict[str, float]) -> Panel:
    week = (days.astype("i8") - 4) // 7
    week -= week[0]
    grid = np.full((int(week[-1]) + 1, len(prices)), np.nan)
    for column, series in enumerate(prices.values()):
        with np.errstate(invalid="ignore", divide="ignore"):
            grid[week, column] = np.where(series > 0, np.log(series), np.nan)
    return Panel(grid, np.array([[years[name] for name in prices]]), tuple(prices), WEEK_YEARS)


def _nothing(received: str) -> ObservationMissing:
    return ObservationMissing(
        Text("Nothing is held to build a price model from.", "沒有可用來建立價格模型的資料。"),
        received=received,
        fix=Text("Import your data: tomnext import", "請先匯入資料：tomnext import"),
    )


def histories_of(
    source: Observations, names: Sequence[str], as_of: date | None = None, facts: Facts | None = None
) -> list[PricedHistory]:
    """The histories of several metals or series, in the order asked, each as known by ``as_of``."""
    facts = facts or load_facts()
    return [price_history(source, name, as_of, facts) for name in names]
