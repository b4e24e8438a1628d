"""How may these prices and spreads move together? Joint paths from today's curve, stocks and regime."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.scenarios.calibrate import Market
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.simulate import Simulation, simulate
from tomnext.scenarios.trace import squeeze_base_rate, trace
from tomnext.studies.price_history import PricedHistory, histories_of
from tomnext.studies.sources import open_source
from tomnext.studies.tapes import weakest
from tomnext.vocabulary.evidence import Nature

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
REPORT = (5, 20, 60, 125, 250)


@dataclass(frozen=True)
class PricePaths:
    """Simulated futures with the market they start from and where its figures come from."""

    market: Market
    simulation: Simulation
    seed: int
    base_rate: dict[str, float]
    priced: tuple[PricedHistory, ...]

    def record(self) -> dict[str, object]:
        """The keys of ``tomnext simulate --format json``."""
        paths, days = self.simulation, self.simulation.days
        two_sided = [name for name, two in zip(self.market.names, self.market.has_tightness, strict=True) if two]
        frequency = paths.squeeze_frequency()
        now = dict(zip(self.market.names, self.market.squeeze_probability, strict=True))
        return {
            "metals": list(paths.metals),
            "as_of": {one.history.name: one.history.observed_on[-1].item() for one in self.priced},
            "paths": int(paths.values.shape[0]),
            "days": days[-1],
            "seed": self.seed,
            "summary": self.summary(),
            "squeeze_frequency": {name: frequency[name] for name in two_sided},
            "squeeze_base_rate": self.base_rate,
            "squeeze_probability_now": {name: float(now[name]) for name in two_sided},
            "hash": paths.hash,
            "kind": Nature.SIMULATED.value,
            "kind_of_history": weakest(one.kind for one in self.priced),
            "evidence": [note.record() for one in self.priced for note in one.evidence],
        }

    def summary(self) -> list[dict[str, object]]:
        """One row a series and day: today's value, mean, standard deviation and quantiles, in the series' unit."""
        paths, rows = self.simulation, []
        for k, series in enumerate(paths.series):
            for slot, day in enumerate(paths.days):
                values = paths.values[:, slot, k]
                spots = np.quantile(values, list(QUANTILES.values()))
                rows.append(
                    {
                        "series": series,
                        "day": day,
                        "today": float(self.market.today[k]),
                        "mean": float(values.mean()),
                        "sd": float(values.std()),
                        **{name: float(spot) for name, spot in zip(QUANTILES, spots, strict=True)},
                    }
                )
        return rows


def simulate_prices(
    names: Sequence[str],
    n_paths: int = 10_000,
    days: int = 250,
    seed: int = 0,
    observations: Observations | None = None,
    as_of: date | None = None,
    workers: int = 1,
    progress: Callable[[float], None] | None = None,
) -> PricePaths:
    """Joint paths of metals (and series such as ``fx.usdtwd``) to ``days`` trading days, reported on the way.

    Nothing later than ``as_of`` is seen. The same seed gives the same bits for any number of workers.
    """
    priced = histories_of(observations or open_source(), names, as_of)
    market = calibrate([one.history for one in priced])
    report = [day for day in REPORT if day < days] + [days]
    paths = simulate(market, n_paths, report, seed, workers, progress)
    base = {
        one.history.name: squeeze_base_rate(trace(one.history), days) for one in priced if one.history.cash is not None
    }
    return PricePaths(market, paths, seed, base, tuple(priced))
