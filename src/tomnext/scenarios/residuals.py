"""What a fitted curve model leaves unexplained, column by column."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.estimate import Panel
from tomnext.scenarios.kalman import FilteredPanel
from tomnext.scenarios.two_factor import TwoFactor


@dataclass(frozen=True, slots=True)
class ColumnResidual:
    """Of one column: ``fit_rmse`` of the log price at the filtered state; of the standardised one-step innovations
    the mean, standard deviation, first autocorrelation and kurtosis (0, 1, 0 and 3 when the model is right)."""

    column: str
    n_obs: int
    fit_rmse: float
    innovation_mean: float
    innovation_sd: float
    innovation_autocorrelation: float
    innovation_kurtosis: float


def column_residuals(panel: Panel, model: TwoFactor, filtered: FilteredPanel) -> tuple[ColumnResidual, ...]:
    """The residuals of every column, in the order of the panel (log price, no unit)."""
    fitted = _fitted_log_prices(panel, model, filtered)
    return tuple(
        _of_column(name, panel.log_prices[:, j] - fitted[:, j], filtered.innovations[:, j])
        for j, name in enumerate(panel.columns)
    )


def _fitted_log_prices(panel: Panel, model: TwoFactor, filtered: FilteredPanel) -> NDArray[np.float64]:
    adjustment = np.vectorize(model.adjustment, otypes=[float])(panel.years)
    xi, chi = filtered.states[:, :1], filtered.states[:, 1:]
    return np.asarray(xi + np.exp(-model.kappa * panel.years) * chi + adjustment)


def _of_column(name: str, error: NDArray[np.float64], innovation: NDArray[np.float64]) -> ColumnResidual:
    seen = innovation[np.isfinite(innovation)]
    if seen.size < 3:
        return ColumnResidual(name, seen.size, *([float("nan")] * 5))
    centred = seen - seen.mean()
    variance = float(np.mean(centred**2))
    return ColumnResidual(
        column=name,
        n_obs=seen.size,
        fit_rmse=float(np.sqrt(np.nanmean(error**2))),
        innovation_mean=float(seen.mean()),
        innovation_sd=variance**0.5,
        innovation_autocorrelation=float(np.mean(centred[1:] * centred[:-1]) / variance),
        innovation_kurtosis=float(np.mean(centred**4) / variance**2),
    )
