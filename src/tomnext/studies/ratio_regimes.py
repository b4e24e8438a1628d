"""At which level a ratio lives, when it broke, when that was knowable, and what that did to the classical trade."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import numpy as np

from tomnext.facts.load import Facts
from tomnext.market.ratio_trade import Replay, Trade, replay, sides_by_level, sides_by_score
from tomnext.market.regimes import BANDS, Days, Floats, LevelModel, Regime, level_path, regimes
from tomnext.observations.reading import Observations
from tomnext.studies.ratio import RatioReading, ratio_reading
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

ENTER, LEAVE = 80.0, 60.0
"""The classical rule: short the ratio above 80, out below 60."""

FEWEST_DAYS = 24


@dataclass(frozen=True)
class RegimeReading:
    """One regime: first day (``began``) with its 90 % interval, the day one could have known, level, last day."""

    began: date
    began_low: date
    began_high: date
    knowable_on: date
    level: float
    ended: date | None


@dataclass(frozen=True)
class TradeReading:
    """A rule's record in percent of one leg's money, and what it made from the last break to the day it was knowable.

    ``since_last_break_pct`` runs from the last break to the newest day. Both are empty without a break.
    """

    rule: str
    trades: tuple[Trade, ...]
    total_pct: float
    deepest_fall_pct: float
    until_knowable_pct: float | None
    since_last_break_pct: float | None


@dataclass(frozen=True)
class RatioRegimes:
    """The regimes of a ratio, the probability of each band today, and the classical trade replayed.

    ``bands`` are labelled by their edges; they are 50, 65 and 80 for gold over silver, quartiles of the ratio's own
    past for any other pair.
    """

    ratio: RatioReading
    regimes: tuple[RegimeReading, ...]
    level_now: float
    bands: Mapping[str, float]
    trades: tuple[TradeReading, ...]


def ratio_regimes(
    numerator: Metal = Metal.GOLD,
    denominator: Metal = Metal.SILVER,
    as_of: date | datetime | None = None,
    basis: str | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
    model: LevelModel | None = None,
) -> RatioRegimes:
    """Regimes of the ratio of two metals with nothing later than ``as_of`` seen; see ``studies.ratio`` for the basis.

    Raises ObservationMissing below two years of months or a month of days.
    """
    reading = ratio_reading(numerator, denominator, as_of, basis, observations, facts)
    days = reading.path["observed_on"].to_numpy().astype("datetime64[D]")
    values = reading.path["ratio"].to_numpy().astype(np.float64)
    if values.size < FEWEST_DAYS:
        raise ObservationMissing(
            Text("This ratio's history is too short for regimes.", "這個比率的歷史太短，無法判斷區間。"),
            received=values.size,
            expected=f"≥ {FEWEST_DAYS}",
        )
    path = level_path(values, days, model)
    found = tuple(_dated(one) for one in regimes(path, values, model))
    edges = BANDS if (numerator, denominator) == (Metal.GOLD, Metal.SILVER) else _quartiles(values)
    played = [replay("80/60", values, days, sides_by_level(values, ENTER, LEAVE))] if edges is BANDS else []
    played.append(replay("z-score", values, days, sides_by_score(values, _window(reading))))
    chances = path.band_probabilities(-1, edges)
    return RatioRegimes(
        ratio=reading,
        regimes=found,
        level_now=path.level(-1),
        bands=dict(zip(_labels(edges), (float(chance) for chance in chances), strict=True)),
        trades=tuple(_record(one, days, found) for one in played),
    )


def _dated(one: Regime) -> RegimeReading:
    return RegimeReading(
        began=_day(one.began),
        began_low=_day(one.began_low),
        began_high=_day(one.began_high),
        knowable_on=_day(one.knowable_on),
        level=one.level,
        ended=None if one.ended is None else _day(one.ended),
    )


def _day(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))


def _record(played: Replay, days: Days, found: tuple[RegimeReading, ...]) -> TradeReading:
    made: tuple[float | None, float | None] = (None, None)
    if len(found) > 1:
        broke, knowable = np.datetime64(found[-1].began), np.datetime64(found[-1].knowable_on)
        made = played.between(days, broke, knowable), played.between(days, broke, days[-1])
    return TradeReading(played.rule, played.trades, float(played.cumulative_pct[-1]), played.deepest_fall_pct, *made)


def _quartiles(values: Floats) -> tuple[float, ...]:
    return tuple(float(edge) for edge in np.quantile(values, (0.25, 0.5, 0.75)))


def _labels(edges: tuple[float, ...]) -> list[str]:
    words = [f"{edge:.4g}" for edge in edges]
    between = [f"{low}_to_{high}" for low, high in pairwise(words)]
    return [f"below_{words[0]}", *between, f"above_{words[-1]}"]


def _window(reading: RatioReading) -> int:
    """Two years of the ratio's own frequency."""
    return 24 if reading.frequency == "monthly" else 500
