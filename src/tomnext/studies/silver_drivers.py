"""Has silver left gold for AI? Betas with bands, break tests, a return shared out over forces, and a plain verdict.

Weekly moves (last price of each week) keep prices of different clock times comparable. Each factor is the first of its
series that is still alive; one that ended early is named as not testable instead of cutting the sample short.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from tomnext.market.attribution import Attribution, attribute
from tomnext.market.decoupling import (
    BetaPath,
    BreakTest,
    Estimate,
    Floats,
    beta_path,
    break_tests,
    least_squares,
    rolling_correlation_bands,
)
from tomnext.observations.reading import Observations
from tomnext.studies.sources import kind_of, open_source
from tomnext.studies.tapes import newest
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

PRICES: Mapping[str, tuple[str, ...]] = {
    "gold": ("comex.gold.price.front", "lbma.gold.price", "lbma.gold.price.am"),
    "silver": ("comex.silver.price.front", "lbma.silver.price"),
    "copper": ("comex.copper.price.front", "lme.copper.price.3m"),
    "usd": ("fx.usd_broad", "fx.dxy"),
    "real_yield": ("rates.us.10y_real",),
    "ai": ("equity.smh", "equity.soxx", "equity.nvda", "equity.smh_over_spy"),
}
"""Series of each driver, the preferred first; a yield moves in percentage points, everything else in percent."""

PREMIUM_LEGS = ("comex.copper.price.front", "lme.copper.price.3m")
YIELDS = frozenset({"real_yield"})
DRIVERS: Mapping[Metal, tuple[str, ...]] = {
    Metal.SILVER: ("gold", "usd", "real_yield", "ai", "copper", "venue_premium"),
    Metal.COPPER: ("gold", "usd", "real_yield", "ai", "venue_premium"),
    Metal.GOLD: ("usd", "real_yield", "ai", "copper", "venue_premium"),
}
ALIVE_WITHIN = timedelta(days=42)
FEWEST_WEEKS = 104
WINDOW_WEEKS = 52
SEED = 20_251_118


@dataclass(frozen=True)
class Tie:
    """One driver: today's beta with its 90 % band, over the whole sample, its break, and its 52-week correlation.

    Betas are percent of the metal per percent of the driver (per percentage point of a yield).
    """

    driver: str
    series_id: str
    now: Estimate
    whole_sample: Estimate
    tested: BreakTest
    broke_on: date
    correlation: float
    correlation_low: float
    correlation_high: float


@dataclass(frozen=True)
class Drivers:
    """What a metal follows. ``path`` has ``week``, and for each driver its beta and half-width; verdict keys below.

    ``verdict``: ``yes`` the tie to gold fell and the tie to AI rose, both beyond chance; ``partly`` one of the two;
    ``no`` neither; ``not_testable`` without gold or AI prices. ``not_testable`` lists drivers without living data.
    """

    metal: Metal
    as_of: date
    sample_from: date
    sample_to: date
    weeks: int
    ties: tuple[Tie, ...]
    attribution: Attribution
    attributed_from: date
    not_testable: tuple[str, ...]
    verdict: str
    kind: str
    path: pl.DataFrame
    evidence: tuple[Evidence, ...] = field(repr=False, default=())


def silver_drivers(
    metal: Metal = Metal.SILVER,
    as_of: date | datetime | None = None,
    since: date | None = None,
    observations: Observations | None = None,
) -> Drivers:
    """What a metal follows with nothing later than ``as_of`` seen; its return shared out from ``since`` (or a year).

    Raises ObservationMissing without two years of weeks that hold the metal and at least one driver, InputRejected for
    a metal whose drivers nobody asked about.
    """
    if metal not in DRIVERS:
        raise InputRejected(
            Text("Drivers are known of gold, silver and copper.", "目前支援金、銀、銅的驅動因子。"),
            received=metal.value,
            nearest=[one.value for one in DRIVERS],
        )
    source = observations or open_source()
    weeks, used, dead = _weeks(source, metal, as_of)
    names = [name for name in weeks.columns if name not in ("week", metal.value)]
    moves, factors = weeks[metal.value].to_numpy(), weeks.select(names).to_numpy()
    path = beta_path(moves, factors)
    tests = break_tests(moves, factors, names, np.random.default_rng(SEED))
    whole = least_squares(moves, factors)
    days = weeks["week"].to_list()
    ties = tuple(
        _tie(name, number, used, path, whole[number], tests[number], days, moves, factors)
        for number, name in enumerate(names)
    )
    first = days[-min(WINDOW_WEEKS, len(days))] if since is None else since
    inside = (weeks["week"] >= first).to_numpy()
    verdict = _verdict(metal, {one.driver: one for one in ties})
    readings = source.read(sorted({id for ids in used.values() for id in ids}), as_of).drop_nulls("value")
    return Drivers(
        metal=metal,
        as_of=_day(as_of) or days[-1],
        sample_from=days[0],
        sample_to=days[-1],
        weeks=len(days),
        ties=ties,
        attribution=attribute(moves[inside], factors[inside], path.ahead[inside], names),
        attributed_from=first,
        not_testable=dead,
        verdict=verdict,
        kind=kind_of(readings.unique("nature").iter_rows(named=True)),
        path=_frame(weeks["week"], names, path),
        evidence=newest(readings),
    )


def _weeks(
    source: Observations, metal: Metal, as_of: date | datetime | None
) -> tuple[pl.DataFrame, dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Weekly moves of the metal and its living drivers, the series they come from, and the drivers without any."""
    histories = {name: _living(source, name, as_of) for name in (metal.value, *DRIVERS[metal])}
    own = histories[metal.value]
    if own is None:
        raise _too_short(metal, 0)
    last = own[1]["week"][-1]
    frame, used, dead = own[1], {metal.value: own[0]}, []
    for name in DRIVERS[metal]:
        found = histories[name]
        if found is None or found[1]["week"][-1] < last - ALIVE_WITHIN:
            dead.append(name)
            continue
        used[name] = found[0]
        frame = frame.join(found[1], on="week", how="inner")
    if frame.height < FEWEST_WEEKS or len(used) < 2:
        raise _too_short(metal, frame.height)
    return frame.sort("week"), used, tuple(dead)


def _living(
    source: Observations, name: str, as_of: date | datetime | None
) -> tuple[tuple[str, ...], pl.DataFrame] | None:
    """The weekly moves of a driver from the series that reaches furthest, the preferred one when they tie."""
    if name == "venue_premium":
        legs = [_closes(source, id, as_of) for id in PREMIUM_LEGS]
        if any(leg.height < 2 for leg in legs):
            return None
        both = legs[0].join(legs[1], on="week", suffix="_lme").sort("week")
        premium = both.select("week", level=pl.col("value") / pl.col("value_lme"))
        return PREMIUM_LEGS, _moves(premium.rename({"level": "value"}), name)
    options = [((id,), _closes(source, id, as_of)) for id in PRICES[name]]
    alive = [(ids, closes) for ids, closes in options if closes.height > FEWEST_WEEKS]
    if not alive:
        return None
    reach = max(closes["week"][-1] for _, closes in alive)
    ids, closes = next(one for one in alive if one[1]["week"][-1] >= reach - ALIVE_WITHIN)
    return ids, _moves(closes, name)


def _closes(source: Observations, id: str, as_of: date | datetime | None) -> pl.DataFrame:
    """The last value of each finished week, dated by the week's Friday."""
    read = source.read([id], as_of).drop_nulls("value").sort("observed_on")
    friday = pl.col("observed_on").dt.truncate("1w") + pl.duration(days=4)
    if read.height:
        read = read.filter(friday <= read["observed_on"][-1] + timedelta(days=1))
    return read.group_by(friday.alias("week"), maintain_order=True).agg(pl.col("value").last())


def _moves(closes: pl.DataFrame, name: str) -> pl.DataFrame:
    """Moves from one week to the next, in percent (percentage points of a yield); a missing week breaks the chain."""
    value = pl.col("value")
    move = value - value.shift() if name in YIELDS else 100.0 * (value / value.shift()).log()
    next_week = (pl.col("week") - pl.col("week").shift()) <= pl.duration(days=8)
    return closes.select("week", pl.when(next_week).then(move).alias(name)).filter(pl.col(name).is_finite())


def _tie(
    name: str,
    number: int,
    used: Mapping[str, tuple[str, ...]],
    path: BetaPath,
    whole: Estimate,
    tested: BreakTest,
    days: list[date],
    moves: Floats,
    factors: Floats,
) -> Tie:
    value, reach = float(path.mean[-1, number]), float(path.reach[-1, number])
    window = min(WINDOW_WEEKS, len(days))
    correlation = float(np.corrcoef(moves[-window:], factors[-window:, number])[0, 1])
    low, high = rolling_correlation_bands(np.array([correlation]), window)
    return Tie(
        driver=name,
        series_id=" / ".join(used[name]),
        now=Estimate(value, value - reach, value + reach),
        whole_sample=whole,
        tested=tested,
        broke_on=days[tested.break_at],
        correlation=correlation,
        correlation_low=float(low[0]),
        correlation_high=float(high[0]),
    )


def _verdict(metal: Metal, ties: Mapping[str, Tie]) -> str:
    """Whether the old tie fell and the new one rose, each beyond the false-discovery rate and with today's band."""
    old = {Metal.SILVER: "gold", Metal.COPPER: "usd", Metal.GOLD: "real_yield"}[metal]
    if old not in ties or "ai" not in ties:
        return "not_testable"
    left = ties[old].tested.holds and abs(ties[old].tested.after) < abs(ties[old].tested.before)
    joined = ties["ai"].tested.holds and ties["ai"].tested.after > ties["ai"].tested.before and ties["ai"].now.low > 0
    return "yes" if left and joined else "partly" if left or joined else "no"


def _frame(weeks: pl.Series, names: list[str], path: BetaPath) -> pl.DataFrame:
    columns = {"week": weeks}
    for number, name in enumerate(names):
        columns[name] = pl.Series(path.mean[:, number])
        columns[f"{name}_reach"] = pl.Series(path.reach[:, number])
    return pl.DataFrame(columns)


def _day(as_of: date | datetime | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of


def _too_short(metal: Metal, weeks: int) -> ObservationMissing:
    return ObservationMissing(
        Text("There are too few weeks with this metal and its drivers.", "同時有這種金屬與驅動因子的週數不足。"),
        received=f"{metal.value}: {weeks}",
        expected=f"≥ {FEWEST_WEEKS}",
        fix=Text(
            "Import prices of the metal, gold, the dollar, yields, AI equities.",
            "請匯入該金屬、黃金、美元、殖利率與 AI 股價。",
        ),
    )
