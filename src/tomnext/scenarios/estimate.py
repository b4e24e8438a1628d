"""Maximum likelihood for the two-factor model: several starts, honest errors, and what the data cannot say.

The likelihood of a short curve is flat in places and degenerate in others (κ → 0, ρ → −1), so every parameter has
bounds (assumption T1), a parameter resting on one is reported, and so is one whose interval says nothing.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.scenarios.kalman import FilteredPanel, panel_loglik
from tomnext.scenarios.two_factor import TwoFactor
from tomnext.vocabulary.errors import InputRejected, ModelFailed
from tomnext.vocabulary.words import Text

PROCESS = ("mu_xi", "mu_xi_star", "lambda_chi", "kappa", "sigma_xi", "sigma_chi", "rho")
DRIFTS, POSITIVE, RHO = (0, 1, 2), (3, 4, 5), 6
LOWEST = np.array([-1.0, -0.3, -3.0, 0.2, 0.005, 0.005, -0.98])
HIGHEST = np.array([1.0, 0.3, 3.0, 12.0, 2.0, 2.0, 0.98])
SD_BOUNDS = (1e-5, 0.5)
FIRST_GUESS = np.array([0.05, 0.0, 0.1, 1.0, 0.2, 0.3, 0.0])
FIRST_SD = 0.02
START_SPREAD = 0.4
ONE_FACTOR = np.array([0, 1, 4])
WIDE_LOG_ERROR, WIDE_RHO_ERROR, WIDE_DRIFT = 0.5, 0.25, 0.05
"""A scale is not identified when its 95 % interval spans a factor of seven, ρ when it spans one, a drift per year
when its interval is wider than ±0.05 and holds zero."""
FEWEST_ROWS = 20
ENOUGH = 1e-8
"""A climb ends when a step gains less than this many nats."""


@dataclass(frozen=True)
class Panel:
    """Prices to fit: ``log_prices`` (n_rows, n_columns) with NaN where missing, ``years`` to maturity as (1, n_columns)
    when fixed or (n_rows, n_columns) when moving, ``dt`` years between rows.

    Raises InputRejected when shapes disagree, a price has no maturity, or fewer than twenty rows have a price.
    """

    log_prices: NDArray[np.float64]
    years: NDArray[np.float64]
    columns: tuple[str, ...]
    dt: float

    def __post_init__(self) -> None:
        """Refuse what cannot be filtered."""
        rows, columns = self.log_prices.shape
        if self.years.shape not in ((1, columns), (rows, columns)) or len(self.columns) != columns:
            raise _panel_refused(f"prices {rows}×{columns}, maturities {self.years.shape[0]}×{self.years.shape[1]}")
        priced = np.isfinite(self.log_prices)
        if (priced & ~np.isfinite(np.broadcast_to(self.years, priced.shape))).any():
            raise _panel_refused("a price without a maturity")
        if not 0 < self.dt <= 1:
            raise _panel_refused(f"dt {self.dt}")
        if np.isinf(self.log_prices).any():
            raise _panel_refused("a price that is not positive")
        if np.nanmin(self.years, initial=0.0) < 0:
            raise _panel_refused(f"maturity {np.nanmin(self.years)}")
        if priced.any(axis=1).sum() < FEWEST_ROWS:
            raise _panel_refused(f"{priced.any(axis=1).sum()} rows with a price")
        # The filter walks along rows: with rows contiguous it is a third faster.
        object.__setattr__(self, "log_prices", np.ascontiguousarray(self.log_prices))
        object.__setattr__(self, "years", np.ascontiguousarray(self.years))

    @property
    def is_spot_only(self) -> bool:
        """Whether there is a single column without time to maturity: only one factor can be seen in it."""
        return self.log_prices.shape[1] == 1 and float(np.nanmax(self.years)) == 0.0

    @property
    def n_obs(self) -> int:
        """How many prices there are."""
        return int(np.isfinite(self.log_prices).sum())


@dataclass(frozen=True)
class Fit:
    """An estimated model with what is and is not known about it.

    ``std_errors`` come from the Hessian and ``robust_std_errors`` from the sandwich with row scores; a parameter
    at a bound or without curvature has none. ``starts``: the log-likelihood each start ended at.
    """

    model: TwoFactor
    loglik: float
    n_obs: int
    estimated: tuple[str, ...]
    std_errors: dict[str, float]
    robust_std_errors: dict[str, float]
    at_bound: tuple[str, ...]
    not_identified: tuple[str, ...]
    starts: tuple[float, ...]
    filtered: FilteredPanel

    @property
    def aic(self) -> float:
        """Akaike's criterion, a count of nats doubled."""
        return 2 * len(self.estimated) - 2 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(len(self.estimated) * np.log(self.n_obs) - 2 * self.loglik)


def evaluate(panel: Panel, model: TwoFactor) -> tuple[float, FilteredPanel]:
    """The log-likelihood (nats) of a panel under given parameters, and the filtered states (log price).

    ``model.measurement_sd`` has one entry for all columns or one a column (InputRejected otherwise).
    """
    rows, columns = panel.log_prices.shape
    if len(model.measurement_sd) not in (1, columns):
        raise InputRejected(
            Text("measurement_sd must be one number or one a column.", "measurement_sd 須為單一數值或每欄一個。"),
            received=str(len(model.measurement_sd)),
            expected=f"1 / {columns}",
        )
    keep = (np.empty(rows), np.empty((rows, 2)), np.empty((rows, 3)), np.full((rows, columns), np.nan))
    variance = np.broadcast_to(np.square(model.measurement_sd), columns).copy()
    loglik = panel_loglik(panel.log_prices, panel.years, model.theta, variance, panel.dt, keep)
    return float(loglik), FilteredPanel(*keep)


def fit(panel: Panel, rng: np.random.Generator, n_starts: int = 8, one_factor: bool = False) -> Fit:
    """The maximum-likelihood model of a panel (parameters per year), the best of several starts.

    Errors of measurement are one a column when maturities are fixed, one for all when they move. Raises ModelFailed
    when no start reaches a usable likelihood.
    """
    problem = _Problem.of(panel, one_factor or panel.is_spot_only)
    centre = problem.start
    starts = [centre, *(centre + START_SPREAD * rng.standard_normal(centre.size) for _ in range(n_starts - 1))]
    ends = [problem.climb(start) for start in starts]
    best, loglik = max(ends, key=lambda end: end[1])
    if not np.isfinite(loglik) or loglik <= -1e11:
        raise ModelFailed(Text("No start reached a usable likelihood.", "沒有任何起點得到可用的概似值。"))
    return problem.report(best, loglik, tuple(end[1] for end in ends))


@dataclass(frozen=True)
class _Problem:
    """The likelihood as a function of free, transformed parameters: log of scales, inverse tanh of ρ."""

    panel: Panel
    free: NDArray[np.int64]
    template: NDArray[np.float64]
    group: NDArray[np.int64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @classmethod
    def of(cls, panel: Panel, one_factor: bool) -> "_Problem":
        columns = panel.log_prices.shape[1]
        groups = columns if panel.years.shape[0] == 1 else 1
        sds = 7 + np.arange(0 if panel.is_spot_only else groups)
        process = ONE_FACTOR[ONE_FACTOR != 1] if panel.is_spot_only else ONE_FACTOR if one_factor else np.arange(7)
        guess = FIRST_GUESS.copy()
        template = _inward(np.append(guess, np.full(groups, 0.0 if panel.is_spot_only else FIRST_SD)))
        if one_factor:
            template[[2, 5, 6]] = 0.0, -np.inf, 0.0
        return cls(
            panel,
            np.concatenate([process, sds]).astype(np.int64),
            template,
            np.arange(columns) if groups == columns else np.zeros(columns, dtype=np.int64),
            _inward(np.append(LOWEST, np.full(groups, SD_BOUNDS[0]))),
            _inward(np.append(HIGHEST, np.full(groups, SD_BOUNDS[1]))),
        )

    @property
    def start(self) -> NDArray[np.float64]:
        return self.template[self.free]

    def value_and_slope(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        panel = self.panel
        whole = self.template.copy()
        whole[self.free] = point
        slope = np.empty(self.free.size)
        value = _climb_step(panel.log_prices, panel.years, whole, self.free, self.group, panel.dt, slope)
        return -value, -slope

    def climb(self, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        from scipy.optimize import minimize

        low, high = self.lower[self.free], self.upper[self.free]
        inside = np.clip(start, low, high)
        # In units of the first slope the first move is no longer than one: it does not leap to the bounds.
        unit = max(1.0, float(np.linalg.norm(self.value_and_slope(inside)[1])))

        def in_units(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            value, slope = self.value_and_slope(point)
            return value / unit, slope / unit

        end = minimize(
            in_units, inside, jac=True, method="SLSQP", bounds=list(zip(low, high, strict=True)),
            options={"maxiter": 600, "ftol": ENOUGH / unit},
        )  # fmt: skip
        return np.asarray(end.x), -float(end.fun) * unit

    def model(self, point: NDArray[np.float64]) -> TwoFactor:
        whole = self.template.copy()
        whole[self.free] = point
        natural = _outward(whole)
        sds = natural[7:][self.group] if self.group.max() > 0 else natural[7:8]
        return TwoFactor.of(natural[:7], sds)

    def names(self) -> list[str]:
        own = self.panel.columns if self.template.size - 7 == len(self.panel.columns) else ("all",)
        return [*PROCESS, *(f"measurement_sd.{name}" for name in own)]

    def report(self, point: NDArray[np.float64], loglik: float, starts: tuple[float, ...]) -> Fit:
        names, model = self.names(), self.model(point)
        near = np.minimum(point - self.lower[self.free], self.upper[self.free] - point) < 1e-4
        plain, robust = self._errors(point, ~near)
        natural_slope = _natural_slope(self.free, _outward_at(self.free, point))
        loose = [self._is_loose(index, point[k], plain[k], bool(near[k])) for k, index in enumerate(self.free)]
        known = np.isfinite(plain)
        return Fit(
            model=model,
            loglik=loglik,
            n_obs=self.panel.n_obs,
            estimated=tuple(names[i] for i in self.free),
            std_errors={names[i]: float(plain[k] * natural_slope[k]) for k, i in enumerate(self.free) if known[k]},
            robust_std_errors={
                names[i]: float(robust[k] * natural_slope[k]) for k, i in enumerate(self.free) if np.isfinite(robust[k])
            },
            at_bound=tuple(names[i] for k, i in enumerate(self.free) if near[k]),
            not_identified=tuple(names[i] for k, i in enumerate(self.free) if loose[k]),
            starts=starts,
            filtered=evaluate(self.panel, model)[1],
        )

    def _errors(
        self, point: NDArray[np.float64], inner: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Standard errors of the transformed parameters away from bounds: Hessian and sandwich; NaN where none."""
        size, step = point.size, 1e-4
        curvature, scores = np.zeros((size, size)), np.zeros((size, self.panel.log_prices.shape[0]))
        for k in np.flatnonzero(inner):
            up, down = point.copy(), point.copy()
            up[k] += step
            down[k] -= step
            curvature[k] = (self.value_and_slope(up)[1] - self.value_and_slope(down)[1]) / (2 * step)
            rows = [evaluate(self.panel, self.model(end))[1].loglik for end in (up, down)]
            scores[k] = (rows[0] - rows[1]) / (2 * step)
        inverse = _inverse_where_curved((curvature + curvature.T)[np.ix_(inner, inner)] / 2)
        outer = scores[inner] @ scores[inner].T
        plain, robust = np.full(size, np.nan), np.full(size, np.nan)
        with np.errstate(invalid="ignore"):
            plain[inner] = np.sqrt(np.diag(inverse))
            robust[inner] = np.sqrt(np.diag(inverse @ outer @ inverse))
        return plain, robust

    def _is_loose(self, index: int, value: float, error: float, at_bound: bool) -> bool:
        if index > RHO:
            return False
        if at_bound or not np.isfinite(error):
            return True
        if index in DRIFTS:
            return bool(1.96 * error > max(abs(value), WIDE_DRIFT))
        if index in POSITIVE:
            return bool(error > WIDE_LOG_ERROR)
        return bool(error * (1 - np.tanh(value) ** 2) > WIDE_RHO_ERROR)


def _inverse_where_curved(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of an information matrix; directions without curvature become NaN for who loads on them."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    flat = values < 1e-7
    inverse = (vectors[:, ~flat] / values[~flat]) @ vectors[:, ~flat].T / np.outer(scale, scale)
    inverse[(np.abs(vectors[:, flat]) > 0.1).any(axis=1)] = np.nan
    return np.asarray(inverse)


def _inward(natural: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = natural.copy()
    with np.errstate(divide="ignore"):
        whole[3:6], whole[7:] = np.log(natural[3:6]), np.log(natural[7:])
    whole[RHO] = np.arctanh(natural[RHO])
    return whole


def _outward(whole: NDArray[np.float64]) -> NDArray[np.float64]:
    natural = whole.copy()
    natural[3:6], natural[7:] = np.exp(whole[3:6]), np.exp(whole[7:])
    natural[RHO] = np.tanh(whole[RHO])
    return natural


def _outward_at(free: NDArray[np.int64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    scales = np.isin(free, POSITIVE) | (free > RHO)
    return np.where(scales, np.exp(np.where(scales, point, 0.0)), np.where(free == RHO, np.tanh(point), point))


def _natural_slope(free: NDArray[np.int64], natural: NDArray[np.float64]) -> NDArray[np.float64]:
    scales = np.isin(free, POSITIVE) | (free > RHO)
    return np.where(scales, natural, np.where(free == RHO, 1 - natural**2, 1.0))


def _panel_refused(received: str) -> InputRejected:
    return InputRejected(
        Text("This panel of prices cannot be fitted.", "這份價格面板無法估計。"),
        received=received,
        expected=Text(
            "positive prices with a maturity ≥ 0 years each, 0 < dt ≤ 1 year, at least 20 rows",
            "價格為正且各有到期時間（≥ 0 年）、0 < dt ≤ 1 年、至少 20 列",
        ),
    )


@njit(cache=True)
def _climb_step(
    log_prices: NDArray[np.float64],
    years: NDArray[np.float64],
    whole: NDArray[np.float64],
    free: NDArray[np.int64],
    group: NDArray[np.int64],
    dt: float,
    slope: NDArray[np.float64],
) -> float:
    """The log-likelihood at transformed parameters, its slope by central differences written to ``slope``."""
    step = 1e-5
    value = _loglik_at(log_prices, years, whole, group, dt)
    for k in range(free.size):
        was = whole[free[k]]
        whole[free[k]] = was + step
        up = _loglik_at(log_prices, years, whole, group, dt)
        whole[free[k]] = was - step
        slope[k] = (up - _loglik_at(log_prices, years, whole, group, dt)) / (2 * step)
        whole[free[k]] = was
    return float(value)


@njit(cache=True)
def _loglik_at(
    log_prices: NDArray[np.float64],
    years: NDArray[np.float64],
    whole: NDArray[np.float64],
    group: NDArray[np.int64],
    dt: float,
) -> float:
    theta = whole[:7].copy()
    theta[3:6] = np.exp(theta[3:6])
    theta[6] = np.tanh(theta[6])
    variance = np.empty(group.size)
    for j in range(group.size):
        variance[j] = np.exp(2 * whole[7 + group[j]])
    none = (np.empty(0), np.empty((0, 2)), np.empty((0, 3)), np.empty((0, 1)))
    return float(panel_loglik(log_prices, years, theta, variance, dt, none))
