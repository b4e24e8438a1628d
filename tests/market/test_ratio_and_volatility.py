"""Ratios, volatility and correlations by hand, against numpy and pandas, and under spikes, gaps and constants."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.facts.kinds.ratio import RatioExtreme
from tomnext.facts.load import load_facts
from tomnext.market.correlation import pairs, rolling_correlations
from tomnext.market.ratio import price_ratio, share_below, standing
from tomnext.market.volatility import log_returns, rolling_volatility_pct, volatility_ranking
from tomnext.studies.ratio import ratio_reading
from tomnext.studies.volatility import volatility_reading
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal

START = date(2024, 1, 2)


def series(values: list[float], step: int = 1) -> dict[date, float]:
    """Values on days that many apart."""
    return {START + timedelta(days=step * number): value for number, value in enumerate(values)}


def naive_correlation(x: np.ndarray, y: np.ndarray, window: int, least: int) -> np.ndarray:
    """One window at a time, means first, on the days both have."""
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        a, b = x[max(0, t - window + 1) : t + 1], y[max(0, t - window + 1) : t + 1]
        both = ~np.isnan(a) & ~np.isnan(b)
        a, b = a[both], b[both]
        if a.size >= least and np.ptp(a) > 0 and np.ptp(b) > 0:
            out[t] = np.corrcoef(a, b)[0, 1]
    return out


def test_ratio_by_hand() -> None:
    """5,100 and 110 USD/oz, the printed ratio of 26 January 2026: 46.4."""
    path = price_ratio(np.array([5100.0, 0.0, np.nan, 100.0]), np.array([110.0, 1.0, 1.0, 2.0]))
    assert path[0] == pytest.approx(46.36, abs=0.01)
    assert np.isnan(path[1:3]).all()
    found = standing(path)
    assert found is not None
    assert (found.value, found.percentile, found.count, found.low_at, found.high_at) == (50.0, 75.0, 2, 0, 3)
    assert share_below(path, 50.0) == 0.5
    assert standing(np.array([np.nan])) is None


def test_ratio_prefers_real_prices_and_one_place(in_memory: Any) -> None:
    daily = {"comex.gold.price.front": series([2000.0, 2100.0]), "comex.silver.price.front": series([25.0, 30.0])}
    found = ratio_reading(Metal.GOLD, Metal.SILVER, observations=in_memory(daily))
    assert (found.value, found.basis, found.percentile) == (70.0, "comex", 25.0)
    assert (found.low[1], found.high[1]) == (70.0, 80.0)
    only_gold_at_lbma = daily | {"lbma.gold.price": series([1.0, 1.0])}
    assert ratio_reading(Metal.GOLD, Metal.SILVER, observations=in_memory(only_gold_at_lbma)).basis == "comex"
    with pytest.raises(ObservationMissing):
        ratio_reading(Metal.GOLD, Metal.SILVER, basis="lbma", observations=in_memory(only_gold_at_lbma))
    with pytest.raises(InputRejected, match="received: kitco"):
        ratio_reading(Metal.GOLD, Metal.SILVER, basis="kitco", observations=in_memory(daily))


def test_ratio_is_by_mass_whatever_the_units(in_memory: Any) -> None:
    """One troy ounce of gold at 3,110.34768 USD is 100 USD a gram; copper at 10,000 USD/t is 0.01 USD a gram."""
    market = {"worldbank.gold.price": series([3110.34768]), "worldbank.copper.price": series([10_000.0])}
    assert ratio_reading(Metal.GOLD, Metal.COPPER, observations=in_memory(market)).value == pytest.approx(10_000.0)


def test_ratio_knows_no_future(in_memory: Any) -> None:
    gold, silver = series([2000.0, 2100.0, 2200.0]), series([25.0, 30.0, 20.0])
    later = in_memory({"comex.gold.price.front": gold, "comex.silver.price.front": silver})
    days = list(gold)[:2]
    cut = [{day: values[day] for day in days} for values in (gold, silver)]
    now = in_memory({"comex.gold.price.front": cut[0], "comex.silver.price.front": cut[1]})
    seen, whole = (ratio_reading(Metal.GOLD, Metal.SILVER, days[1], observations=one) for one in (later, now))
    assert seen.path.equals(whole.path)
    assert (seen.value, seen.percentile) == (whole.value, whole.percentile)


def test_published_extremes_hold_no_benchmark_prices() -> None:
    rows = load_facts().table("ratio/gold_silver_extremes", RatioExtreme)
    assert {row.ratio for row in rows if row.standing == "low"} == {14, 32, 31.7, 46.4, 46.8}
    assert not any("lbma" in row.source.casefold() for row in rows)
    assert all(bool(row.note) == bool(row.note_zh) for row in rows)


def test_embedded_ratio_is_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """April 2020 in the Pink Sheet: gold 1,683.2 over silver 15.07 USD/oz is 111.7, the highest month."""
    from tomnext.faces.cli.main import main

    monkeypatch.setattr("sys.argv", ["tomnext", "ratio", "gold", "silver", "--as-of", "2020-06-15", "--format", "json"])
    with pytest.raises(SystemExit) as done:
        main()
    assert not done.value.code
    record = json.loads(capsys.readouterr().out)
    assert {"as_of", "value", "percentile", "series_kind"} <= set(record)
    assert record["series_kind"] == "measured"
    assert record["as_of"] == "2020-06-15"
    assert record["high"]["ratio"] == pytest.approx(1683.2 / 15.07, rel=2e-3)
    assert record["high"]["observed_on"] == "2020-04-30"


def test_returns_over_long_gaps_are_missing_not_calm() -> None:
    days = np.array([0, 1, 2, 10, 11])
    returns = log_returns(np.array([100.0, 110.0, np.nan, 121.0, 133.1]), days)
    assert returns[0] == pytest.approx(np.log(1.1))
    assert np.isnan(returns[1:3]).all()
    assert returns[3] == pytest.approx(np.log(1.1))


@given(st.lists(st.one_of(st.none(), st.floats(-0.2, 0.2)), min_size=1, max_size=60), st.integers(2, 20))
@settings(deadline=None, max_examples=60)
def test_rolling_volatility_is_the_sample_deviation_of_each_window(drawn: list[float | None], window: int) -> None:
    returns = np.array([np.nan if one is None else one for one in drawn])
    found = rolling_volatility_pct(returns, window, periods_per_year=252, least_share=0.5)
    for t in range(returns.size):
        held = returns[max(0, t - window + 1) : t + 1]
        held = held[~np.isnan(held)]
        if t < window - 1 or held.size < max(2, window / 2):
            assert np.isnan(found[t])
        else:
            assert found[t] == pytest.approx(np.sqrt(held.var(ddof=1) * 252) * 100, abs=1e-12)


def test_ranking_orders_by_last_volatility() -> None:
    paths = {
        "a": np.array([1.0, 5.0]),
        "b": np.array([9.0, 2.0]),
        "c": np.array([3.0, np.nan]),
        "d": np.array([7.0, 7.0]),
    }
    ranked = volatility_ranking(paths)
    assert [(one.name, one.rank, one.percentile) for one in ranked] == [("d", 1, 50.0), ("a", 2, 75.0), ("b", 3, 25.0)]


def test_volatility_reading_ranks_daily_before_monthly(in_memory: Any) -> None:
    generator = np.random.default_rng(3)
    weekdays = [START + timedelta(days=n) for n in range(140) if (START + timedelta(days=n)).weekday() < 5]
    months = [date(2000 + n // 12, n % 12 + 1, 28) for n in range(60)]
    market = {
        "lme.copper.price.3m": dict(
            zip(weekdays, 9000 * np.exp(np.cumsum(generator.normal(0, 0.01, 140))), strict=False)
        ),
        "comex.silver.price.front": dict(
            zip(weekdays, 25 * np.exp(np.cumsum(generator.normal(0, 0.03, 140))), strict=False)
        ),
        "worldbank.tin.price": dict(zip(months, 9000 * np.exp(np.cumsum(generator.normal(0, 0.2, 60))), strict=True)),
    }
    found = volatility_reading(observations=in_memory(market), window_days=60)
    assert [(one.metal, one.rank, one.frequency) for one in found.metals] == [
        (Metal.SILVER, 1, "daily"),
        (Metal.COPPER, 2, "daily"),
        (Metal.TIN, 3, "monthly"),
    ]
    with pytest.raises(ObservationMissing):
        volatility_reading(observations=in_memory({"comex.gold.price.front": series([1.0, 2.0])}))


def test_real_nickel_volatility_skips_the_halt(real_nickel: Any) -> None:
    """The prices carried through the halt would add six zero returns; 7 to 16 March 2022 is no return at all."""
    found = volatility_reading(date(2022, 3, 16), 20, (Metal.NICKEL,), observations=real_nickel)
    assert found.metals[0].volatility_pct > 100
    assert found.metals[0].observed_on == date(2022, 3, 16)


@given(seed=st.integers(0, 10_000), window=st.integers(2, 15), missing=st.floats(0, 0.5))
@settings(deadline=None, max_examples=40)
def test_rolling_correlation_meets_one_window_at_a_time(seed: int, window: int, missing: float) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(60, 3)) + 1000 * generator.integers(0, 2)
    values[generator.uniform(size=values.shape) < missing] = np.nan
    least = int(generator.integers(2, window + 1))
    found = rolling_correlations(values, window, least)
    for row, (i, j) in enumerate(pairs(3)):
        expected = naive_correlation(values[:, i], values[:, j], window, least)
        assert (np.isnan(found[row]) == np.isnan(expected)).all()
        np.testing.assert_allclose(found[row], expected, atol=1e-9, equal_nan=True)


def test_a_spike_leaves_no_residue_and_a_flat_stretch_no_correlation() -> None:
    generator = np.random.default_rng(8)
    values = generator.normal(size=(400, 2)) * 0.01
    values[100, 0] = 1e7
    values[250:330, 1] = 0.5
    found = rolling_correlations(values, 60)[0]
    exact = naive_correlation(values[:, 0], values[:, 1], 60, 60)
    assert (np.isnan(found) == np.isnan(exact)).all()
    assert np.isnan(found[309:330]).all()
    quiet = np.r_[60:100, 160:250]
    np.testing.assert_allclose(found[quiet], exact[quiet], atol=1e-12)


def test_correlation_to_the_last_digits_against_a_trend() -> None:
    """Levels of 10,000 with moves of 1: the sums stay about the window's own mean."""
    generator = np.random.default_rng(9)
    values = 10_000 + np.cumsum(generator.normal(size=(3000, 4)), axis=0)
    found = rolling_correlations(values, 60)
    for row, (i, j) in enumerate(pairs(4)):
        np.testing.assert_allclose(found[row], naive_correlation(values[:, i], values[:, j], 60, 60), atol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_correlation_with_gaps_meets_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    generator = np.random.default_rng(10)
    values = generator.normal(size=(800, 2))
    values[generator.uniform(size=values.shape) < 0.1] = np.nan
    peer = pandas.Series(values[:, 0]).rolling(60, min_periods=30).corr(pandas.Series(values[:, 1])).to_numpy()
    np.testing.assert_allclose(rolling_correlations(values, 60, 30)[0], peer, atol=1e-12, equal_nan=True)


def test_a_window_of_one_is_refused() -> None:
    with pytest.raises(InputRejected, match="at least two days"):
        rolling_correlations(np.zeros((5, 2)), 1)
