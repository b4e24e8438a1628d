"""Can the price model be believed for this metal? Walk forward through its past and score every forecast."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.scenarios.scores import coverage, pit_histogram, skill, skill_error
from tomnext.scenarios.walk_forward import PRICE, Scores, WalkForward, walk_forward
from tomnext.studies.price_history import PricedHistory, price_history
from tomnext.studies.sources import open_source


@dataclass(frozen=True)
class ModelCheck:
    """A metal's out-of-sample record, with where its figures come from."""

    priced: PricedHistory
    record_of: WalkForward

    def record(self) -> dict[str, object]:
        """The keys of ``tomnext check-model --format json``: the price at the top, every target below its name."""
        found = self.record_of
        targets = {name: _target(scores, found.horizons) for name, scores in found.scores.items()}
        return {
            "metal": found.name,
            "unit": found.unit,
            "first_forecast": found.origins[0].item(),
            "last_forecast": found.origins[-1].item(),
            "horizons_trading_days": list(found.horizons),
            **targets[PRICE],
            **targets,
            "kind": self.priced.kind,
            "evidence": [one.record() for one in self.priced.evidence],
        }


def check_model(
    name: str,
    observations: Observations | None = None,
    as_of: date | None = None,
    start: date | None = None,
    every: int = 5,
    n_paths: int = 2000,
    progress: Callable[[float], None] | None = None,
) -> ModelCheck:
    """Score forecasts to 5, 20 and 60 trading days made every ``every`` days, from ``start`` on.

    Each forecast uses nothing later than its day. Without the package ``arch`` the GARCH rival is missing, not zero.
    """
    priced = price_history(observations or open_source(), name, as_of)
    first_day = None if start is None else np.datetime64(start)
    has_garch = find_spec("arch") is not None
    found = walk_forward(priced.history, every, n_paths, 0, first_day, has_garch, progress)
    return ModelCheck(priced, found)


def _target(scores: Scores, horizons: tuple[int, ...]) -> dict[str, object]:
    each = {
        str(days): {
            "coverage": coverage(scores.pit[:, h]),
            "crps": float(scores.crps[:, h].mean()),
            "crps_skill_vs_random_walk": _known(skill(scores.crps[:, h], scores.random_walk[:, h])),
            "crps_skill_vs_random_walk_error": _known(skill_error(scores.crps[:, h], scores.random_walk[:, h])),
            "crps_skill_vs_garch": _known(skill(scores.crps[:, h], scores.garch[:, h])),
            "pit_histogram": pit_histogram(scores.pit[:, h]),
        }
        for h, days in enumerate(horizons)
    }
    return {
        "coverage": {days: one["coverage"] for days, one in each.items()},
        "crps": float(scores.crps.mean()),
        "crps_skill_vs_random_walk": _known(skill(scores.crps, scores.random_walk)),
        "crps_skill_vs_random_walk_error": _known(skill_error(scores.crps, scores.random_walk)),
        "crps_skill_vs_garch": _known(skill(scores.crps, scores.garch)),
        "n_forecasts": int(scores.pit.shape[0]),
        "by_horizon": each,
    }


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
