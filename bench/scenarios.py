"""The price models beside statsmodels, a numpy loop and QuantLib, in one process, correctness first.

A synthetic panel simulated from the published Schwartz–Smith parameters stands in for the oil data, which are not
part of the package; with the reference folder beside the checkout the real panel is used and its values are gates.
"""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from tomnext.observations.embedded import open_embedded
from tomnext.scenarios.estimate import Panel, evaluate, fit
from tomnext.scenarios.factor_paths import two_factor_prices
from tomnext.scenarios.kalman import panel_loglik
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.simulate import simulate
from tomnext.scenarios.two_factor import TwoFactor
from tomnext.studies.price_history import price_history

REFERENCE = Path(__file__).parents[2] / "shared" / "data" / "reference" / "schwartz_smith_oil"
MODEL = TwoFactor(-0.0125, 0.0115, 0.157, 1.49, 0.145, 0.286, 0.3, (0.042, 0.006, 0.003, 0.001, 0.004))
YEARS, DT = np.array([1.0, 5.0, 9.0, 13.0, 17.0]) / 12, 5 / 265
N_PATHS, N_STEPS = 200_000, 52


def main() -> None:
    """Likelihood ≥ 10, ragged ≥ 3, eight-start fit ≥ 1, plain paths ≥ 1 and ≥ 10, regimes ≥ 0.5, workers ≥ 1.8."""
    _likelihoods()
    _paths()
    _market()


def _likelihoods() -> None:
    panel, model = _panel(), MODEL
    ragged = _ragged()
    if REFERENCE.is_dir():
        model = TwoFactor.of(MODEL.theta, (0.042, 0.006, 0.003, 0.0, 0.004))
        assert abs(evaluate(panel, model)[0] - 4018.602316379) < 1e-6
        assert abs(evaluate(ragged, TwoFactor.of(MODEL.theta, [0.01]))[0] - 17275.528712586) < 1e-6
    theirs = _statsmodels(panel)
    assert abs(theirs.loglike(theirs.pack(model)) - evaluate(panel, model)[0]) < 1e-5
    ours, peer = _paired(_kernel(panel, model), theirs.ssm.loglike, (500, 50))
    print(f"likelihood 268×5: {1e6 * ours:.1f} µs, statsmodels {1e6 * peer:.0f} µs, ratio {peer / ours:.1f} (≥ 10)")
    one, wide = TwoFactor.of(MODEL.theta, [0.01]), _statsmodels(ragged)
    assert abs(wide.loglike(wide.pack(one)) - evaluate(ragged, one)[0]) < 1e-4
    ours, peer = _paired(_kernel(ragged, one), wide.ssm.loglike, (50, 20))
    print(
        f"ragged {ragged.n_obs} prices: {1e3 * ours:.2f} ms, statsmodels {1e3 * peer:.2f} ms, {peer / ours:.1f} (≥ 3)"
    )
    found, end = fit(panel, np.random.default_rng(0)), theirs.climb()
    ours, peer = _paired(lambda: fit(panel, np.random.default_rng(0)), theirs.climb, (1, 1))
    assert found.loglik >= end - 0.02
    print(f"eight-start fit {ours:.2f} s to {found.loglik:.3f}")
    print(f"  statsmodels, one start {peer:.2f} s to {end:.3f}: {peer / ours:.1f} (≥ 1)")


def _paths() -> None:
    prices = two_factor_prices(MODEL, (3.0, 0.0), 1 / 52, (N_STEPS, 50_000), seed=1)
    variance = (
        (1 - np.exp(-2 * 1.49)) * 0.286**2 / 2.98 + 0.145**2 + 2 * (1 - np.exp(-1.49)) * 0.3 * 0.145 * 0.286 / 1.49
    )
    logs = np.log(prices[-1])
    assert abs(logs.mean() - 2.9875) < 4 * np.sqrt(variance / 50_000)
    assert abs(logs.var() / variance - 1) < 4 * np.sqrt(2 / 50_000)
    ours, peer = _paired(_plain, _numpy_loop)
    other = _quantlib()
    rates = [N_PATHS * N_STEPS / seconds / 1e6 for seconds in (ours, peer)]
    print(f"plain paths {rates[0]:.1f} M steps/s, numpy SFC64 loop {rates[1]:.1f}, ratio {peer / ours:.2f} (≥ 1)")
    print(f"QuantLib multipath {other:.2f} M steps/s, ratio {rates[0] / other:.0f} (≥ 10)")
    two, one = _paired(lambda: _plain(workers=2), _plain)
    print(f"plain paths, two workers {one / two:.2f} of one (≥ 1.8; {_busy()})")


def _market() -> None:
    market = calibrate([price_history(open_embedded(), name).history for name in ("copper", "tin", "zinc", "lead")])
    assert len({simulate(market, 3000, [60], 7, workers).hash for workers in (1, 2, 4)}) == 1
    ours, plain = _paired(lambda: simulate(market, 20_000, [250], 7), _plain)
    rate, plain_rate = 20_000 * 250 * 4 / ours / 1e6, N_PATHS * N_STEPS / plain / 1e6
    print(f"with regimes and jumps {rate:.1f} M metal-days/s, {rate / plain_rate:.2f} of plain (≥ 0.5)")
    two, one = _paired(
        lambda: simulate(market, 60_000, [250], 7, workers=2), lambda: simulate(market, 60_000, [250], 7)
    )
    print(f"  two workers {one / two:.2f} of one (≥ 1.8; {_busy()}); 1, 2 and 4 workers bit-identical")


def _plain(workers: int = 1) -> np.ndarray:
    return two_factor_prices(MODEL, (3.0, 0.0), 1 / 52, (N_STEPS, N_PATHS), seed=1, workers=workers)


def _busy() -> str:
    """What else the machine was doing: two workers can only be twice one on two idle cores."""
    return f"load of the last minute {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _paired(
    ours: Callable[[], object], peer: Callable[[], object], inner: tuple[int, int] = (1, 1)
) -> tuple[float, float]:
    """Median seconds of each, measured in turns so that a busy moment falls on both."""
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(8):
        for seconds, job, n in zip(took, (ours, peer), inner, strict=True):
            started = time.perf_counter()
            for _ in range(n):
                job()
            if turn > 0:
                seconds.append((time.perf_counter() - started) / n)
    return statistics.median(took[0]), statistics.median(took[1])


def _kernel(panel: Panel, model: TwoFactor) -> Callable[[], float]:
    """The likelihood alone, as the fit calls it; the peer's is its compiled filter alone too."""
    nothing = (np.empty(0), np.empty((0, 2)), np.empty((0, 3)), np.empty((0, 1)))
    variance = np.broadcast_to(np.square(model.measurement_sd), panel.log_prices.shape[1]).copy()
    theta = model.theta
    return lambda: panel_loglik(panel.log_prices, panel.years, theta, variance, panel.dt, nothing)


def _panel() -> Panel:
    if REFERENCE.is_dir():
        frame = pl.read_csv(REFERENCE / "ss_oil_stitched_futures.csv").drop("date")
        return Panel(np.log(frame.to_numpy()), YEARS[None, :], tuple(frame.columns), DT)
    rng = np.random.default_rng(1)
    drift, decay, covariance = MODEL.step(DT)
    shocks, state, rows = rng.standard_normal((268, 2)) @ np.linalg.cholesky(covariance).T, np.array([3.0, 0.0]), []
    for shock in shocks:
        state = np.array([state[0] + drift, state[1] * decay]) + shock
        rows.append([np.log(MODEL.futures_price(state[0], state[1], float(y))) for y in YEARS])
    noise = rng.standard_normal((268, 5)) * np.array(MODEL.measurement_sd)
    return Panel(np.array(rows) + noise, YEARS[None, :], ("F1", "F5", "F9", "F13", "F17"), DT)


def _ragged() -> Panel:
    if REFERENCE.is_dir():
        grids = [
            pl.read_csv(REFERENCE / name, infer_schema_length=None).drop("date").cast(pl.Float64).to_numpy()
            for name in ("ss_oil_contracts.csv", "ss_oil_contract_maturities.csv")
        ]
        return Panel(np.log(grids[0]), grids[1], tuple(str(k) for k in range(82)), DT)
    rng = np.random.default_rng(2)
    years = (np.arange(82)[None, :] * 21 + 20 - np.arange(268)[:, None] * 5) / 252
    base = _panel().log_prices[:, :1] + 0.01 * rng.standard_normal((268, 82))
    return Panel(
        np.where((years > 0) & (years < 1.7), base, np.nan), np.maximum(years, 0.0), tuple(map(str, range(82))), DT
    )


def _statsmodels(panel: Panel):  # type: ignore[no-untyped-def]
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    class TwoFactorModel(MLEModel):
        """The same model in the peer's matrices; univariate filtering because a measurement error may be zero."""

        def __init__(self) -> None:
            super().__init__(panel.log_prices, k_states=2, k_posdef=2)
            self.years = panel.years
            self["selection"] = np.eye(2)
            self.ssm.initialize_known(
                np.array([panel.log_prices[0][np.isfinite(panel.log_prices[0])][0], 0.0]), 100 * np.eye(2)
            )
            self.ssm.filter_univariate = True
            self.ssm.set_conserve_memory(0x01 | 0x02 | 0x04 | 0x08 | 0x10)
            self.ssm.loglikelihood_burn = 0

        def pack(self, model: TwoFactor) -> np.ndarray:
            sds = np.broadcast_to(model.measurement_sd, panel.log_prices.shape[1])
            return np.append(model.theta, sds if panel.years.shape[0] == 1 else sds[:1])

        def update(self, params: np.ndarray, **_: object) -> None:
            mu, star, lam, kappa, s_xi, s_chi, rho = params[:7]
            decay = np.exp(-kappa * panel.dt)
            once = 1 - np.exp(-kappa * np.nan_to_num(self.years))
            adjust = (star + s_xi**2 / 2) * np.nan_to_num(self.years) + once * (rho * s_xi * s_chi - lam) / kappa
            adjust += once * (2 - once) * s_chi**2 / (4 * kappa)
            moving = self.years.shape[0] > 1
            design = np.stack([np.ones_like(once), 1 - once], axis=-1)
            self["design"] = np.ascontiguousarray(design.transpose(1, 2, 0)) if moving else design[0]
            self["obs_intercept"] = np.ascontiguousarray(adjust.T) if moving else adjust[0]
            self["obs_cov"] = np.diag(np.broadcast_to(params[7:], self.k_endog) ** 2)
            self["transition"] = np.diag([1.0, decay])
            self["state_intercept"] = np.array([mu * panel.dt, 0.0])
            cross = rho * s_xi * s_chi * (1 - decay) / kappa
            self["state_cov"] = np.array(
                [[s_xi**2 * panel.dt, cross], [cross, s_chi**2 * (1 - decay**2) / (2 * kappa)]]
            )

        def climb(self) -> float:
            from scipy.optimize import minimize

            def minus(point: np.ndarray) -> float:
                natural = point.copy()
                natural[3:6], natural[7:], natural[6] = np.exp(point[3:6]), np.exp(point[7:]), np.tanh(point[6])
                return -float(self.loglike(natural))

            start = np.array(
                [0.05, 0.0, 0.1, 0.0, np.log(0.2), np.log(0.3), 0.0, *[np.log(0.02)] * panel.log_prices.shape[1]]
            )
            bounds = [(None, None)] * 7 + [(-12.0, None)] * panel.log_prices.shape[1]
            return -float(minimize(minus, start, method="L-BFGS-B", bounds=bounds, options={"maxfun": 20_000}).fun)

    return TwoFactorModel()


def _numpy_loop() -> np.ndarray:
    """The same step with whole numpy vectors, SFC64, in place, every price stored."""
    rng = np.random.Generator(np.random.SFC64(1))
    drift, decay, covariance = MODEL.step(1 / 52)
    root = np.linalg.cholesky(covariance)
    out = np.empty((N_STEPS, N_PATHS))
    xi, chi, a, b = np.full(N_PATHS, 3.0), np.zeros(N_PATHS), np.empty(N_PATHS), np.empty(N_PATHS)
    scratch = np.empty(N_PATHS)
    for step in range(N_STEPS):
        rng.standard_normal(out=a)
        rng.standard_normal(out=b)
        np.multiply(a, root[0, 0], out=scratch)
        xi += scratch
        xi += drift
        chi *= decay
        a *= root[1, 0]
        chi += a
        b *= root[1, 1]
        chi += b
        np.add(xi, chi, out=scratch)
        np.exp(scratch, out=out[step])
    return out


def _quantlib() -> float:
    """Millions of path-steps a second of the two-factor multi-path generator, terminal values read in Python."""
    import QuantLib as ql  # noqa: N813

    today = ql.Date(2, 1, 2025)
    ql.Settings.instance().evaluationDate = today
    flat = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, ql.Actual365Fixed()))
    vol = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), 0.145, ql.Actual365Fixed()))
    long_term = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(20.0)), flat, flat, vol)
    short_term = ql.OrnsteinUhlenbeckProcess(1.49, 0.286)
    both = ql.StochasticProcessArray([long_term, short_term], [[1.0, 0.3], [0.3, 1.0]])
    times = list(ql.TimeGrid(1.0, N_STEPS))
    draws = ql.GaussianRandomSequenceGenerator(
        ql.UniformRandomSequenceGenerator(2 * N_STEPS, ql.UniformRandomGenerator(1))
    )
    walker = ql.GaussianMultiPathGenerator(both, times, draws, False)
    started = time.perf_counter()
    total = 0.0
    for _ in range(2000):
        path = walker.next().value()
        total += path[0][N_STEPS] * np.exp(path[1][N_STEPS])
    return 2000 * N_STEPS / (time.perf_counter() - started) / 1e6


if __name__ == "__main__":
    main()
