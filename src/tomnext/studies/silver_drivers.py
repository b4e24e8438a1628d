"""Has silver left gold for AI? Betas with bands, break tests, a return shared out over forces, and a plain verdict.

Weekly moves (last price of each week) keep prices of different clock times comparable. Each factor is the first of its
series that is still alive; one that ended early is named as not testable instead of cutting the sample short. What New
York pays over London is part of a New York price by arithmetic: it is the trade-policy part one for one, and the betas
are of the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tomnext.market.attribution import Attribution, attribute
from tomnext.market.decoupling import (
    BetaPath,
    BreakTest,
    Estimate,
    Floats,
    beta_path,
    break_tests,
    correlation,
    least_squares,
)
from tomnext.observations.reading import Observations
from tomnext.studies.official_buying import OfficialBuying, official_buying
from tomnext.studies.sources import kind_of, open_source
from tomnext.studies.tapes import newest
from tomnext.studies.venue_premium import LONDON, NEW_YORK, new_york_premium
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

AS_DRIVER = {**PRICES, "copper": ("lme.copper.price.3m", "comex.copper.price.front")}
"""Copper as a driver of others is London's: New York's carries its own premium."""

PREMIUM = "venue_premium"
YIELDS = frozenset({"real_yield"})
DRIVERS: Mapping[Metal, tuple[str, ...]] = {
    Metal.SILVER: ("gold", "usd", "real_yield", "ai", "copper"),
    Metal.COPPER: ("gold", "usd", "real_yield", "ai"),
    Metal.GOLD: ("usd", "real_yield", "ai", "copper"),
}
ALIVE_WITHIN = timedelta(days=42)
FEWEST_WEEKS = 104
WINDOW_WEEKS = 52
HISTORY_STEP = 13
SEED = 20_251_118


@dataclass(frozen=True)
class Tie:
    """One driver: today's beta with its 90 % band, over the whole sample, its break, and its correlations.

    Betas are percent of the metal per percent of the driver (per percentage point of a yield). ``correlation`` is of
    the last 52 weeks, ``correlation_before`` of all weeks before them.
    """

    driver: str
    series_id: str
    now: Estimate
    whole_sample: Estimate
    tested: BreakTest
    broke_on: date
    correlation: Estimate
    correlation_before: Estimate


@dataclass(frozen=True)
class Moment:
    """What could be said in one week: each driver's beta, and its correlation over the 52 weeks up to then."""

    week: date
    betas: Mapping[str, Estimate]
    correlations: Mapping[str, Estimate]


@dataclass(frozen=True)
class Drivers:
    """What a metal follows. ``history`` has betas and correlations every 13 weeks, the newest last.

    ``verdict``: ``yes`` the tie to gold fell and the tie to AI rose, both beyond chance; ``partly`` one of the two;
    ``no`` neither; ``not_testable`` without gold or AI prices. For gold the second is central-bank purchases, and the
    verdict is ``partly`` while they are not held. ``old_tie_fell`` and ``new_tie_rose`` say which (empty: not known).
    ``not_testable`` names drivers without living data and the series that would do.
    """

    metal: Metal
    as_of: date
    sample_from: date
    sample_to: date
    weeks: int
    ties: tuple[Tie, ...]
    attribution: Attribution
    attributed_from: date
    not_testable: Mapping[str, tuple[str, ...]]
    old_tie_fell: bool | None
    new_tie_rose: bool | None
    official: OfficialBuying | None
    kind: str
    history: tuple[Moment, ...]
    evidence: tuple[Evidence, ...] = field(repr=False, default=())

    @property
    def verdict(self) -> str:
        """One of ``yes``, ``partly``, ``no``, ``not_testable``."""
        if self.old_tie_fell is None or (self.new_tie_rose is None and self.metal is not Metal.GOLD):
            return "not_testable"
        said = (self.old_tie_fell, bool(self.new_tie_rose))
        return "yes" if all(said) else "partly" if any(said) else "no"


def silver_drivers(
    metal: Metal = Metal.SILVER,
    as_of: date | datetime | None = None,
    since: date | None = None,
    observations: Observations | None = None,
) -> Drivers:
    """What a metal follows with nothing later than ``as_of`` seen; its return shared out from ``since`` (or a year).

    Raises ObservationMissing without two years of weeks that hold the metal and at least one driver, or when no week
    lies after ``since``; InputRejected for a metal whose drivers nobody asked about.
    """
    _asked(metal)
    source = observations or open_source()
    weeks, used, dead = _weeks(source, metal, as_of)
    names = [name for name in weeks.columns if name not in ("week", metal.value, PREMIUM)]
    moves, factors = weeks[metal.value].to_numpy(), weeks.select(names).to_numpy()
    premium = weeks[PREMIUM].to_numpy() if PREMIUM in weeks.columns else None
    net = moves if premium is None else moves - premium
    path = beta_path(net, factors)
    tests = break_tests(net, factors, names, np.random.default_rng(SEED))
    whole = least_squares(net, factors)
    days = weeks["week"].to_list()
    ties = tuple(
        _tie(name, number, used, path, whole[number], tests[number], days, moves, factors)
        for number, name in enumerate(names)
    )
    first, inside = _span(weeks["week"], since)
    readings = source.read(sorted({id for ids in used.values() for id in ids}), as_of).drop_nulls("value")
    official = official_buying(source, as_of) if metal is Metal.GOLD else None
    old, new = _judged(metal, {one.driver: one for one in ties}, official)
    shared = attribute(
        moves[inside], factors[inside], path.ahead[inside], names, None if premium is None else premium[inside]
    )
    return Drivers(
        metal=metal,
        as_of=_day(as_of) or days[-1],
        sample_from=days[0],
        sample_to=days[-1],
        weeks=len(days),
        ties=ties,
        attribution=shared,
        attributed_from=first,
        not_testable={name: _would_do(metal, name) for name in dead},
        old_tie_fell=old,
        new_tie_rose=new,
        official=official,
        kind=kind_of(readings.unique("nature").iter_rows(named=True)),
        history=_history(days, names, path, moves, factors),
        evidence=newest(readings),
    )


def _asked(metal: Metal) -> None:
    if metal not in DRIVERS:
        raise InputRejected(
            Text("Drivers are known of gold, silver and copper.", "目前支援金、銀、銅的驅動因子。"),
            received=metal.value,
            nearest=[one.value for one in DRIVERS],
        )


def _span(weeks: pl.Series, since: date | None) -> tuple[date, NDArray[np.bool_]]:
    """The first week the return is shared out from, and which weeks lie in that span."""
    days = weeks.to_list()
    first = days[-min(WINDOW_WEEKS, len(days))] if since is None else max(since, days[0])
    inside = (weeks >= first).to_numpy()
    if not inside.any():
        raise _nothing_since(first, days[-1])
    return first, inside


def _would_do(metal: Metal, name: str) -> tuple[str, ...]:
    return (NEW_YORK[metal], LONDON[metal]) if name == PREMIUM else AS_DRIVER[name]


def _weeks(
    source: Observations, metal: Metal, as_of: date | datetime | None
) -> tuple[pl.DataFrame, dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Weekly moves of the metal and its living drivers, the series they come from, and the drivers without any."""
    own = _living(source, metal.value, PRICES[metal.value], as_of)
    if own is None:
        raise _too_short(metal, 0)
    last = own[1]["week"][-1]
    frame, used, dead = own[1], {metal.value: own[0]}, []
    for name in (*DRIVERS[metal], PREMIUM):
        if name == PREMIUM:
            found = _premium(source, metal, as_of) if own[0] == (NEW_YORK[metal],) else None
        else:
            found = _living(source, name, AS_DRIVER[name], as_of)
        if found is None or found[1].is_empty() or found[1]["week"][-1] < last - ALIVE_WITHIN:
            dead.append(name)
            continue
        used[name] = found[0]
        frame = frame.join(found[1], on="week", how="inner")
    if frame.height < FEWEST_WEEKS or not set(used) - {metal.value, PREMIUM}:
        raise _too_short(metal, frame.height)
    return frame.sort("week"), used, tuple(dead)


def _living(
    source: Observations, name: str, series: tuple[str, ...], as_of: date | datetime | None
) -> tuple[tuple[str, ...], pl.DataFrame] | None:
    """The weekly moves of a driver from the series that reaches furthest, the preferred one when they tie."""
    options = [((id,), _closes(source, id, as_of)) for id in series]
    alive = [(ids, closes) for ids, closes in options if closes.height > FEWEST_WEEKS]
    if not alive:
        return None
    reach = max(closes["week"][-1] for _, closes in alive)
    ids, closes = next(one for one in alive if one[1]["week"][-1] >= reach - ALIVE_WITHIN)
    return ids, _moves(closes, name)


def _premium(
    source: Observations, metal: Metal, as_of: date | datetime | None
) -> tuple[tuple[str, ...], pl.DataFrame] | None:
    """How New York's premium moved from week to week: the week's last reading that is no artefact, if it has one."""
    days = new_york_premium(source, metal, as_of)
    if days.height < FEWEST_WEEKS:
        return None
    level = days.with_columns(value=1.0 + pl.col("premium"), week=_friday())
    level = level.filter(_finished(days["observed_on"][-1])).sort(
        "is_artefact", "observed_on", descending=[True, False]
    )
    closes = level.group_by("week", maintain_order=True).agg(pl.col("value").last()).sort("week")
    return (NEW_YORK[metal], LONDON[metal]), _moves(closes, PREMIUM)


def _friday() -> pl.Expr:
    return pl.col("observed_on").dt.truncate("1w") + pl.duration(days=4)


def _finished(newest_day: date) -> pl.Expr:
    return _friday() <= newest_day + timedelta(days=1)


def _closes(source: Observations, id: str, as_of: date | datetime | None) -> pl.DataFrame:
    """The last value of each finished week, dated by the week's Friday."""
    read = source.read([id], as_of).filter(pl.col("value").is_finite()).sort("observed_on")
    if read.height:
        read = read.filter(_finished(read["observed_on"][-1]))
    return read.group_by(_friday().alias("week"), maintain_order=True).agg(pl.col("value").last())


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
    factor = factors[:, number]
    return Tie(
        driver=name,
        series_id=" / ".join(used[name]),
        now=Estimate(value, value - reach, value + reach),
        whole_sample=whole,
        tested=tested,
        broke_on=days[tested.break_at],
        correlation=correlation(moves[-WINDOW_WEEKS:], factor[-WINDOW_WEEKS:]),
        correlation_before=correlation(moves[:-WINDOW_WEEKS], factor[:-WINDOW_WEEKS]),
    )


def _judged(metal: Metal, ties: Mapping[str, Tie], official: OfficialBuying | None) -> tuple[bool | None, bool | None]:
    """Whether the old tie fell, and whether the new one rose, each beyond chance; empty where that is not known."""
    old = ties.get({Metal.SILVER: "gold", Metal.COPPER: "usd", Metal.GOLD: "real_yield"}[metal])
    fell = None if old is None else old.tested.holds and abs(old.tested.after) < abs(old.tested.before)
    if metal is Metal.GOLD:
        return fell, None if official is None or official.effect is None else official.effect.low > 0
    ai = ties.get("ai")
    rose = None if ai is None else ai.tested.holds and ai.tested.after > ai.tested.before and ai.now.low > 0
    return fell, rose


def _history(days: list[date], names: list[str], path: BetaPath, moves: Floats, factors: Floats) -> tuple[Moment, ...]:
    """Betas and correlations as they stood every quarter of a year, from the first full window on."""
    told = []
    for at in range(len(days) - 1, WINDOW_WEEKS - 2, -HISTORY_STEP):
        window = slice(at + 1 - WINDOW_WEEKS, at + 1)
        value, reach = path.mean[at], path.reach[at]
        betas = {name: Estimate(*map(float, (value[i], value[i] - reach[i], value[i] + reach[i])))
                 for i, name in enumerate(names)}  # fmt: skip
        told.append(Moment(days[at], betas, {
            name: correlation(moves[window], factors[window, i]) for i, name in enumerate(names)
        }))  # fmt: skip
    return tuple(reversed(told))


def _day(as_of: date | datetime | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of


def _nothing_since(first: date, last: date) -> ObservationMissing:
    return ObservationMissing(
        Text("No week of the sample lies after that day.", "該日之後沒有樣本週。"),
        received=f"--since {first}",
        expected=f"≤ {last}",
    )


def _too_short(metal: Metal, weeks: int) -> ObservationMissing:
    needed = (PRICES[metal.value], *(AS_DRIVER[name] for name in DRIVERS[metal]))
    return ObservationMissing(
        Text("There are too few weeks with this metal and its drivers.", "同時有這種金屬與驅動因子的週數不足。"),
        received=f"{metal.value}: {weeks}",
        expected=f"≥ {FEWEST_WEEKS}: " + ", ".join(series[0] for series in needed),
        fix=Text("Import prices of the metal and of at least one driver.", "請匯入該金屬與至少一項驅動因子的價格。"),
    )
