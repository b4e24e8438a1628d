"""The Schwartz–Smith two-factor model: parameters, exact steps, futures and European options in closed form.

Schwartz and Smith (2000), Management Science 46, 893–911. The log spot price is ξ + χ. Per year, ξ drifts at
``mu_xi`` with volatility ``sigma_xi``; χ reverts to zero at rate ``kappa`` with volatility ``sigma_chi``; the two
shocks correlate ``rho``. For pricing, ξ drifts at ``mu_xi_star`` and χ reverts to −``lambda_chi``/``kappa``.
Times are in years, prices in any one unit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import erf, exp, expm1, log, sqrt

import numpy as np
from numpy.typing import NDArray

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class TwoFactor:
    """Parameters per year; ``measurement_sd`` is the error of each observed log price (one for all, or one a column).

    ``sigma_chi`` zero silences the short-term factor: the one-factor model for a spot-only series.

    >>> model = TwoFactor(-0.0125, 0.0115, 0.157, 1.49, 0.145, 0.286, 0.3)
    >>> round(model.futures_price(2.857, 0.119, 1.0), 4)
    17.1793
    """

    mu_xi: float
    mu_xi_star: float
    lambda_chi: float
    kappa: float
    sigma_xi: float
    sigma_chi: float
    rho: float
    measurement_sd: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        """Refuse parameters that describe no process."""
        wrong = self.kappa <= 0 or min(self.sigma_xi, self.sigma_chi, *self.measurement_sd) < 0 or abs(self.rho) > 1
        if wrong or not np.isfinite([*self.theta, *self.measurement_sd]).all():
            raise InputRejected(
                Text("These parameters describe no two-factor process.", "這組參數不能構成雙因子過程。"),
                received=str(self),
                expected="kappa > 0; sigma_xi, sigma_chi, measurement_sd ≥ 0; −1 ≤ rho ≤ 1",
            )

    @classmethod
    def of(cls, theta: Iterable[float], measurement_sd: Iterable[float]) -> "TwoFactor":
        """The model of seven numbers in the order of the fields and the errors of measurement."""
        mu_xi, mu_xi_star, lambda_chi, kappa, sigma_xi, sigma_chi, rho = (float(one) for one in theta)
        errors = tuple(float(one) for one in measurement_sd)
        return cls(mu_xi, mu_xi_star, lambda_chi, kappa, sigma_xi, sigma_chi, rho, errors)

    @property
    def theta(self) -> NDArray[np.float64]:
        """The seven process parameters in the order of the fields (per year)."""
        return np.array(
            [self.mu_xi, self.mu_xi_star, self.lambda_chi, self.kappa, self.sigma_xi, self.sigma_chi, self.rho]
        )

    @property
    def half_life_years(self) -> float:
        """The time in which χ halves."""
        return log(2) / self.kappa

    def step(self, dt: float) -> tuple[float, float, NDArray[np.float64]]:
        """The exact step over ``dt`` years: drift of ξ, decay of χ, covariance of the shocks to (ξ, χ)."""
        decay = exp(-self.kappa * dt)
        cross = self.rho * self.sigma_xi * self.sigma_chi * (1 - decay) / self.kappa
        short = self.sigma_chi**2 * (1 - decay**2) / (2 * self.kappa)
        return self.mu_xi * dt, decay, np.array([[self.sigma_xi**2 * dt, cross], [cross, short]])

    def futures_price(self, xi: float, chi: float, years: float) -> float:
        """The futures price for delivery in ``years``, from today's factors (equation 9)."""
        return exp(xi + exp(-self.kappa * years) * chi + self.adjustment(years))

    def adjustment(self, years: float) -> float:
        """A(T): what the log futures price adds to the discounted factors (equation 9)."""
        once, twice = -expm1(-self.kappa * years), -expm1(-2 * self.kappa * years)
        variance = (
            twice * self.sigma_chi**2 / (2 * self.kappa)
            + self.sigma_xi**2 * years
            + 2 * once * self.rho * self.sigma_xi * self.sigma_chi / self.kappa
        )
        return self.mu_xi_star * years - once * self.lambda_chi / self.kappa + variance / 2

    def futures_log_sd(self, futures_years: float, option_years: float) -> float:
        """The standard deviation of the log futures price at the option's expiry (equation 11)."""
        left = exp(-self.kappa * (futures_years - option_years))
        once, twice = -expm1(-self.kappa * option_years), -expm1(-2 * self.kappa * option_years)
        return sqrt(
            left**2 * twice * self.sigma_chi**2 / (2 * self.kappa)
            + self.sigma_xi**2 * option_years
            + 2 * left * once * self.rho * self.sigma_xi * self.sigma_chi / self.kappa
        )


@dataclass(frozen=True, slots=True)
class OptionValue:
    """A European option on a futures contract, in the unit of the price."""

    value: float
    delta_futures: float
    vega: float
    annualised_volatility: float


def option_on_futures(
    model: TwoFactor,
    state: tuple[float, float],
    futures_years: float,
    option_years: float,
    strike: float,
    rate: float,
    is_put: bool,
) -> OptionValue:
    """A European option on a futures contract (section 2.4): ``state`` is (ξ, χ), ``rate`` continuous per year.

    ``delta_futures`` is the change of value per unit of futures price; ``vega`` per unit of the log standard deviation
    at expiry (times √``option_years`` it is per unit of annualised volatility).

    >>> model = TwoFactor(-0.0125, 0.0115, 0.157, 1.49, 0.145, 0.286, 0.3)
    >>> round(option_on_futures(model, (2.857, 0.119), 1.0, 0.5, 20.0, 0.05, is_put=True).value, 6)
    2.927471
    """
    if not (0 < option_years <= futures_years and strike > 0 and np.isfinite([futures_years, strike, rate]).all()):
        raise InputRejected(
            Text(
                "The option must expire before its futures, at a positive strike.",
                "選擇權須在期貨到期前到期，且履約價為正。",
            ),
            received=f"option {option_years} y, futures {futures_years} y, strike {strike}",
        )
    forward, sd = model.futures_price(*state, futures_years), model.futures_log_sd(futures_years, option_years)
    discount = exp(-rate * option_years)
    if sd == 0:
        sign = -1.0 if is_put else 1.0
        in_money = sign * (forward - strike) > 0
        return OptionValue(discount * max(sign * (forward - strike), 0.0), sign * discount * in_money, 0.0, 0.0)
    upper = log(forward / strike) / sd + sd / 2
    call = discount * (forward * _normal(upper) - strike * _normal(upper - sd))
    value = call - discount * (forward - strike) if is_put else call
    delta = discount * (_normal(upper) - (1.0 if is_put else 0.0))
    vega = discount * forward * exp(-(upper**2) / 2) / sqrt(2 * np.pi)
    return OptionValue(value, delta, float(vega), sd / sqrt(option_years))


def _normal(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2
