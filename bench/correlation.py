"""All-pairs rolling correlation of 20 series over 10,000 days against polars doing the same."""

from statistics import median
from time import perf_counter

import numpy as np
import polars as pl

from tomnext.market.correlation import pairs, rolling_correlations

DAYS, SERIES, WINDOW, REPEATS = 10_000, 20, 60, 9
AGREEMENT = 1e-12


def main() -> None:
    """Check agreement with polars to 1e-12, then print both medians and their ratio."""
    values = returns()
    frame = pl.DataFrame(values, schema=[f"s{number}" for number in range(SERIES)])
    ours, theirs = rolling_correlations(values, WINDOW), by_polars(frame).to_numpy().T
    gap = float(np.nanmax(np.abs(ours - theirs)))
    same_holes = bool((np.isnan(ours) == np.isnan(theirs)).all())
    if gap > AGREEMENT or not same_holes:
        raise SystemExit(f"correlations disagree with polars: largest gap {gap:.1e}, same missing days {same_holes}")
    print(f"gate: largest gap to polars {gap:.1e} (allowed {AGREEMENT:.0e})")
    own, peer = [], []
    for _ in range(REPEATS):
        own.append(seconds(lambda: rolling_correlations(values, WINDOW)))
        peer.append(seconds(lambda: by_polars(frame)))
    ratios = [slow / fast for slow, fast in zip(peer, own, strict=True)]
    print(
        f"{len(pairs(SERIES))} pairs x {DAYS:,} days, window {WINDOW}: tomnext {median(own) * 1e3:.1f} ms, "
        f"polars {median(peer) * 1e3:.1f} ms, ratio {median(ratios):.1f} (median of {REPEATS})"
    )


def returns() -> np.ndarray:
    """Daily returns with a common factor of different strength in each series."""
    generator = np.random.default_rng(20)
    common = generator.normal(size=(DAYS, 1)) * generator.uniform(0, 1, SERIES)
    drawn: np.ndarray = 0.01 * (common + generator.normal(size=(DAYS, SERIES)))
    return drawn


def by_polars(frame: pl.DataFrame) -> pl.DataFrame:
    """Every pair as one expression of one query, so that polars may use all its threads."""
    names = frame.columns
    return frame.select(
        pl.rolling_corr(names[i], names[j], window_size=WINDOW, min_samples=WINDOW).alias(f"{i}_{j}")
        for i, j in pairs(len(names))
    )


def seconds(call) -> float:  # type: ignore[no-untyped-def]
    """Wall-clock seconds of one call."""
    start = perf_counter()
    call()
    return perf_counter() - start


if __name__ == "__main__":
    main()
