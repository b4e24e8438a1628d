"""The futures a plan is made for: a lattice of the simulated walk without drift, of one metal or several together.

Every metal carries its cash price and cash minus three months in USD per t, and whether it is squeezed. A metal of
which only one price is known (silver) moves as that price does; squeezes are drawn beside it as often and as far as
assumed (assumption Q34), because its own history shows none. Where no daily history is held, or too little, the quick
chain of :mod:`tomnext.procurement.price_chain` stands in and the plan says so (assumption Q35).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.procurement.price_chain import DAYS_A_STAGE, PriceWalk, price_lattice
from tomnext.scenarios.calibrate import Market
from tomnext.scenarios.lattice import Lattice
from tomnext.scenarios.no_drift import without_drift
from tomnext.scenarios.reduce import centred, reduced, regime_today
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.simulate import Simulation, simulate
from tomnext.studies.plan_prices import PriceView
from tomnext.studies.price_history import PricedHistory, histories_of
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import price_factor
from tomnext.vocabulary.words import Text

N_PATHS = 20_000
NODES = {1: 20, 2: 40, 3: 50}
"""Nodes a stage by the number of metals planned together (docs/decisions/0085)."""
CHAIN_LEVELS = 4
SQUEEZE_SEED = 34
CALM_SPREAD_SHARE = -0.004
"""Cash minus three months over cash, outside squeezes, of a metal whose three-month price is not known (Q34)."""


@dataclass(frozen=True)
class PlanFutures:
    """What may happen to the prices of some metals, ready to be cut into a lattice.

    ``market`` is the calibrated walk (none where the quick chain stands in); ``walks`` holds each metal's squeeze
    behaviour. ``evidence`` and ``assumptions`` (numbers of the register) say what it rests on.
    """

    market: Market | None
    walks: Mapping[Metal, PriceWalk]
    evidence: tuple[Evidence, ...]
    assumptions: tuple[str, ...]

    @property
    def price_usd_per_t(self) -> dict[Metal, float]:
        """Today's cash price of every metal, USD per t."""
        if self.market is None:
            return {metal: walk.price_usd_per_t for metal, walk in self.walks.items()}
        prices = zip(self.walks, _priced_in_tonnes(self.market), strict=True)
        return {metal: float(values[0]) for metal, values in prices}

    def lattice(self, months: int, squeezes_times: float = 1.0, n_nodes: int | None = None) -> Lattice:
        """``months`` stages after today, USD per t; squeezes begin so many times as often.

        From every node the expected three-month price is the price there; the same call gives the same bits.
        """
        if self.market is None:
            (walk,) = self.walks.values()
            often = replace(walk, squeeze_starts=min(squeezes_times * walk.squeeze_starts, 0.5))
            return price_lattice(often, months, CHAIN_LEVELS)
        market = replace(self.market, jump_rate=self.market.jump_rate * squeezes_times)
        days = [DAYS_A_STAGE * month for month in range(1, months + 1)]
        paths = centred(simulate(market, N_PATHS, days, seed=0), market)
        whole = _in_tonnes(paths, market, list(self.walks.values()), squeezes_times)
        today = np.concatenate(_priced_in_tonnes(market))
        return without_drift(reduced(whole, today, regime_today(market), n_nodes or NODES[len(self.walks)]), whole)


def plan_futures(views: Mapping[Metal, PriceView], observations: Observations, as_of: date | None) -> PlanFutures:
    """The futures of some metals from what was known by ``as_of``.

    Raises InputRejected for several metals of which one has no daily history: what they share can only be planned on
    joint prices.
    """
    walks = {metal: view.walk for metal, view in views.items()}
    noted = tuple(dict.fromkeys(number for view in views.values() for number in view.assumptions))
    try:
        priced = histories_of(observations, [metal.value for metal in views], as_of)
        market = calibrate([one.history for one in priced])
    except (ObservationMissing, InputRejected) as error:
        if len(views) > 1:
            raise _not_together(tuple(views), error) from None
        return PlanFutures(None, walks, tuple(one for view in views.values() for one in view.evidence), (*noted, "Q35"))
    evidence = tuple(one for each in priced for one in each.evidence)
    return PlanFutures(market, walks, evidence, tuple(_assumed(priced)))


def _assumed(priced: list[PricedHistory]) -> Iterator[str]:
    yield "Q33"
    if any(one.history.cash is None for one in priced):
        yield "Q34"
    if len(priced) > 1:
        yield "Q39"


def _priced_in_tonnes(market: Market) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Cash and cash minus three months of every metal today, USD per t."""
    found, column = [], 0
    for unit, two in zip(market.units, market.has_tightness, strict=True):
        own = market.today[column : column + (2 if two else 1)] * price_factor(unit, "usd_per_t")
        found.append(own if two else np.array([own[0], CALM_SPREAD_SHARE * own[0]]))
        column += 2 if two else 1
    return found


def _in_tonnes(paths: Simulation, market: Market, walks: list[PriceWalk], squeezes_times: float) -> Simulation:
    """Paths in USD per t, every metal with cash, cash minus three months and a regime."""
    values, regime, names, column = [], paths.regime.copy(), [], 0
    for k, (metal, unit, two) in enumerate(zip(market.names, market.units, market.has_tightness, strict=True)):
        own = paths.values[:, :, column : column + (2 if two else 1)] * price_factor(unit, "usd_per_t")
        if not two:
            regime[:, :, k] = _squeezes(walks[k], regime.shape[:2], k, squeezes_times)
            own = _with_squeezes(own[:, :, 0], regime[:, :, k], walks[k])
        values.append(own)
        names += [f"{metal}_cash_usd_per_t", f"{metal}_cash_minus_three_month_usd_per_t"]
        column += 2 if two else 1
    return replace(paths, series=tuple(names), values=np.concatenate(values, axis=2), regime=regime)


def _squeezes(
    walk: PriceWalk, shape: tuple[int, ...], stream: int, times: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
    """Months (paths, months) in which a metal without a three-month price is squeezed (1) or calm (0)."""
    rng = np.random.default_rng([SQUEEZE_SEED, stream])
    squeezed = np.zeros(shape, dtype=np.int8)
    now = np.full(shape[0], walk.is_squeezed)
    for month in range(shape[1]):
        uniform = rng.random(shape[0])
        now = np.where(now, uniform >= walk.squeeze_ends, uniform < min(times * walk.squeeze_starts, 0.5))
        squeezed[:, month] = now
    return squeezed


def _with_squeezes(
    price: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    squeezed: np.ndarray[tuple[int, int], np.dtype[np.int8]],
    walk: PriceWalk,
) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Cash and cash minus three months: in a squeeze cash stands higher and three months where they were."""
    cash = price * (1.0 + walk.squeeze_lift_share * squeezed)
    return np.stack([cash, cash - price * (1.0 - CALM_SPREAD_SHARE)], axis=2)


def _not_together(metals: tuple[Metal, ...], error: ObservationMissing | InputRejected) -> InputRejected:
    return InputRejected(
        Text(
            f"{', '.join(metals)} share a store and must be planned together, but have no joint price history.",
            f"{'、'.join(one.title.zh for one in metals)}共用倉儲須一併規劃，但沒有共同的價格歷史。",
        ),
        received=f"{error.what.en} {error.received or ''}".strip(),
        expected=Text("daily prices of all of them on shared days", "各金屬在共同交易日的每日價格"),
        fix=Text(
            "Import daily prices, or give each metal its own store with its share of the room.",
            "請匯入每日價格，或為各金屬分列倉儲並分配容量。",
        ),
    )
