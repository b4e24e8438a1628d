"""All rolling statistics of the morning run beside one statsmodels rolling regression on one series."""

import statistics
import time

import numpy as np

from tomnext.market.correlation import rolling_correlations
from tomnext.market.decoupling import beta_path
from tomnext.market.tightness import Tape, asked_of, tightness_inputs
from tomnext.market.volatility import log_returns, rolling_volatility_pct

METALS, DAYS, WINDOW = 10, 6_500, 60


def main() -> None:
    """Gate: rolling betas agree with the peer's to 1e-8. Ratio: below 1 is the target (10 metals × 25 years)."""
    from statsmodels.regression.rolling import RollingOLS

    rng = np.random.default_rng(1)
    price = 5000 * np.exp(np.cumsum(rng.normal(0, 0.012, (DAYS, METALS)), axis=0))
    moves = np.diff(np.log(price), axis=0)
    design = np.column_stack([np.ones(DAYS - 1), moves[:, 1]])
    tapes = [_tape(price[:, number], rng) for number in range(METALS)]
    _morning(tapes, price, moves)
    correlation = rolling_correlations(moves[:, :2], WINDOW)[0]
    deviations = [rolling_volatility_pct(moves[:, number], WINDOW) for number in range(2)]
    ours = correlation * deviations[0] / deviations[1]
    peer = np.asarray(RollingOLS(moves[:, 0], design, window=WINDOW).fit().params)[:, 1]
    known = np.isfinite(peer) & np.isfinite(ours)
    assert np.abs(ours[known] - peer[known]).max() < 1e-8
    mine, theirs = [], []
    for _ in range(5):
        mine.append(_seconds(lambda: _morning(tapes, price, moves)))
        theirs.append(_seconds(lambda: RollingOLS(moves[:, 0], design, window=WINDOW).fit()))
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    print(
        f"morning run, {METALS} metals × {DAYS} days: {statistics.median(mine):.3f} s /"
        f" one statsmodels RollingOLS, one series: {statistics.median(theirs):.3f} s = {ratio:.2f}"
    )


def _morning(tapes: list[Tape], price: np.ndarray, moves: np.ndarray) -> None:
    """Squeeze inputs at three levels, volatility at three windows, all pairs of correlations, betas of one metal."""
    days = np.arange(DAYS)
    for number, tape in enumerate(tapes):
        inputs = tightness_inputs(tape, 1.5)
        for beyond in (0.75, 3.0):
            asked_of(inputs, tape, beyond)
        for window in (20, 60, 250):
            rolling_volatility_pct(log_returns(price[:, number], days), window)
    rolling_correlations(moves, WINDOW)
    weekly = moves[::5]
    beta_path(weekly[:, 0], weekly[:, 1:6])


def _tape(price: np.ndarray, rng: np.random.Generator) -> Tape:
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(DAYS))
    cash = price * (1 + np.cumsum(rng.normal(0, 0.0005, DAYS)) * 0.01)
    stock = 100_000 * np.exp(np.cumsum(rng.normal(0, 0.005, DAYS)))
    return Tape("copper", days, cash, price, price * 0.99, stock, stock * 1.4, stock * 20)


def _seconds(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started
