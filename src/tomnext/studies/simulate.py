"""How may these prices and spreads move together? Joint paths from today's curve, stocks and regime."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.scenarios.calibrate import Market
from tomnext.scenarios.lattice import Lattice
from tomnext.scenarios.reduce import LatticeError, build_lattice, lattice_errors
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.simulate import Simulation, simulate
from tomnext.scenarios.trace import History, squeeze_base_rate, trace
from tomnext.studies.price_history import PricedHistory, histories_of
from tomnext.studies.sources import open_source
from tomnext.studies.tapes import weakest
from tomnext.vocabulary.evidence import Nature

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
REPORT = (5, 20, 60, 125, 250)
STALE_AFTER_DAYS = 7
"""A last trading day further back than this (calendar days) is an old start: more than a week-end with holidays."""


@dataclass(frozen=True)
class PricePaths:
    """Simulated futures with the market they start from and where its figures come from."""

    market: Market
    simulation: Simulation
    seed: int
    base_rate: dict[str, float | None]
    priced: tuple[PricedHistory, ...]
    lattice: Lattice | None = None
    lattice_errors: tuple[LatticeError, ...] = ()

    def record(self) -> dict[str, object]:
        """The keys of ``tomnext simulate --format json``."""
        paths, days = self.simulation, self.simulation.days
        two_sided = [name for name, two in zip(self.market.names, self.market.has_tightness, strict=True) if two]
        frequency = paths.squeeze_frequency()
        now = dict(zip(self.market.names, self.market.squeeze_probability, strict=True))
        return {
            "metals": list(paths.metals),
            "as_of": {one.history.name: one.last_day for one in self.priced},
            "halted": self.halted(),
            "stale_days": self.stale_days(),
            "paths": int(paths.values.shape[0]),
            "days": days[-1],
            "seed": self.seed,
            "summary": self.summary,
            "squeeze_frequency": {name: frequency[name] for name in two_sided},
            "squeeze_base_rate": self.base_rate,
            "squeeze_probability_now": {name: float(now[name]) for name in two_sided},
            "hash": paths.hash,
            "kind": Nature.SIMULATED.value,
            "kind_of_history": weakest(one.kind for one in self.priced),
            "evidence": [note.record() for one in self.priced for note in one.evidence],
            "lattice": self.lattice and _lattice_record(self.lattice, self.lattice_errors),
        }

    def halted(self) -> dict[str, dict[str, object]]:
        """The metals suspended on the day asked for: from when, to when as known then, and the day paths start from."""
        return {
            one.history.name: {
                "from": one.halt.in_force_from,
                "to": one.halt.span.end_as_known(one.asked_on),
                "starts_from": one.last_day,
                "source": one.halt.source,
            }
            for one in self.priced
            if one.halt is not None
        }

    def stale_days(self) -> dict[str, int]:
        """Calendar days from a start to the day asked for (or the newest start), where that is an old start."""
        asked = max(one.asked_on for one in self.priced)
        late = {one.history.name: (asked - one.last_day).days for one in self.priced}
        return {name: days for name, days in late.items() if days > STALE_AFTER_DAYS}

    @cached_property
    def summary(self) -> list[dict[str, object]]:
        """One row a series and day: its start, mean, standard deviation and quantiles, in the series' unit."""
        paths, rows = self.simulation, []
        whose = [one for one in self.priced for _ in range(1 if one.history.cash is None else 2)]
        for k, series in enumerate(paths.series):
            for slot, day in enumerate(paths.days):
                values = paths.values[:, slot, k]
                spots = np.quantile(values, list(QUANTILES.values()))
                rows.append(
                    {
                        "series": series,
                        "from": whose[k].last_day,
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
    lattice_nodes: int = 0,
) -> PricePaths:
    """Joint paths of metals (and series such as ``fx.usdtwd``) to ``days`` trading days, reported on the way.

    Nothing later than ``as_of`` is seen. The same seed gives the same bits for any number of workers. With
    ``lattice_nodes`` the paths are also reduced to a Markov lattice of so many nodes at each reported day, and measured
    against fresh paths of the next seed.
    """
    priced = histories_of(observations or open_source(), names, as_of)
    market = calibrate([one.history for one in priced])
    report = [day for day in REPORT if day < days] + [days]
    paths = simulate(market, n_paths, report, seed, workers, progress)
    base = {one.history.name: _base_rate(one.history, days) for one in priced if one.history.cash is not None}
    found = PricePaths(market, paths, seed, base, tuple(priced))
    if not lattice_nodes:
        return found
    lattice = build_lattice(market, report, lattice_nodes, n_paths, seed, workers)
    errors = lattice_errors(lattice, market, n_paths, seed + 1, workers=workers)
    return replace(found, lattice=lattice, lattice_errors=tuple(errors))


def _base_rate(history: History, days: int) -> float | None:
    """As squeeze_base_rate; nothing when the history holds no whole window."""
    rate = squeeze_base_rate(trace(history), days)
    return rate if np.isfinite(rate) else None


def _lattice_record(lattice: Lattice, errors: Sequence[LatticeError]) -> dict[str, object]:
    return {
        "series": list(lattice.series),
        "metals": list(lattice.metals),
        "stage_days": list(lattice.stage_days),
        "values": [level.tolist() for level in lattice.values],
        "regime": [level.tolist() for level in lattice.regime],
        "transition": [rows.tolist() for rows in lattice.transition],
        "errors": [asdict(one) for one in errors],
    }
