"""Regimes of a ratio: known jumps found and dated, nothing read from the future, the trade's arithmetic by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from tests.signals.shelf import Shelf, readings, weekdays

from tomnext.market.ratio_trade import TradeCosts, replay, sides_by_level, sides_by_score
from tomnext.market.regimes import BANDS, level_path, regimes
from tomnext.studies.ratio import RatioReading, ratio_reading
from tomnext.studies.ratio_regimes import ratio_regimes
from tomnext.vocabulary.metals import Metal


def wandering(seed: int, levels: list[float], each: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """A ratio that scatters about levels, 5 % wide and slow to come back, each for ``each`` weekdays."""
    rng = np.random.default_rng(seed)
    centre = np.log(np.repeat(levels, each))
    noise = np.zeros(centre.size)
    for place in range(1, centre.size):
        noise[place] = 0.95 * noise[place - 1] + 0.05 * np.sqrt(1 - 0.95**2) * rng.standard_normal()
    days = np.array(weekdays(date(2000, 1, 3), centre.size), "datetime64[D]")
    return np.exp(centre + noise), days


@pytest.mark.parametrize("seed", range(4))
def test_a_jump_is_found_dated_and_known_soon_after(seed: int) -> None:
    ratio, days = wandering(seed, [80.0, 55.0], 700)
    found = regimes(level_path(ratio, days), ratio)
    assert len(found) == 2
    jump = days[700]
    assert found[1].began_low <= jump <= found[1].began_high
    assert abs((found[1].began - jump).astype(int)) <= 10
    assert 0 < (found[1].knowable_on - jump).astype(int) < 120
    assert found[1].level == pytest.approx(55, rel=0.03)
    assert found[0].ended == days[list(days).index(found[1].began) - 1]


def test_a_level_that_stays_has_one_regime() -> None:
    for seed in range(6):
        ratio, days = wandering(100 + seed, [70.0], 2500)
        assert len(regimes(level_path(ratio, days), ratio)) == 1


def test_a_drift_of_a_tenth_is_no_break() -> None:
    ratio, days = wandering(7, [80.0, 74.0, 80.0], 500)
    assert len(regimes(level_path(ratio, days), ratio)) == 1


def test_filter_and_declarations_use_the_past_alone() -> None:
    ratio, days = wandering(3, [80.0, 55.0, 90.0], 500)
    whole = level_path(ratio, days)
    for end in (300, 760, 1200):
        part = level_path(ratio[:end], days[:end])
        np.testing.assert_allclose(part.filtered, whole.filtered[:end], atol=1e-14)
        known = [one.knowable_on for one in regimes(part, ratio[:end])]
        assert known == [one.knowable_on for one in regimes(whole, ratio) if one.knowable_on <= days[end - 1]]


def test_band_probabilities_sum_to_one() -> None:
    ratio, days = wandering(3, [80.0, 55.0], 400)
    chances = level_path(ratio, days).band_probabilities(-1, BANDS)
    assert chances.sum() == pytest.approx(1.0)
    assert chances.argmax() == 1


def test_the_trade_by_hand() -> None:
    """Signal at 81 dealt at 82; signal at 59 dealt at 58: short from 82 to 58, two legs dealt twice, carried 3 days."""
    ratio = np.array([70.0, 81.0, 82.0, 70.0, 59.0, 58.0, 60.0])
    days = np.array(weekdays(date(2024, 1, 1), 7), "datetime64[D]")
    done = replay("80/60", ratio, days, sides_by_level(ratio, 80, 60), TradeCosts(5.0, 3.65))
    trade = done.trades[0]
    assert (trade.side, trade.entry_ratio, trade.exit_ratio) == (-1, 82.0, 58.0)
    assert (str(trade.entered_on), str(trade.left_on)) == ("2024-01-03", "2024-01-08")
    expected = 100 * np.log(82 / 58) - 4 * 0.05 - 5 * 0.01
    assert trade.net_return_pct == pytest.approx(expected)
    assert done.cumulative_pct[-1] == pytest.approx(expected)
    assert done.between(days, days[3], days[3]) == pytest.approx(100 * np.log(82 / 70) - 0.01)


def test_score_rule_fades_both_sides_and_waits_for_history() -> None:
    ratio = np.exp(np.concatenate([np.tile([4.0, 4.01], 60), [4.2, 4.2, 4.0, 3.8, 4.1]]))
    sides = sides_by_score(ratio, window=100)
    assert not sides[:49].any()
    assert sides[120] == -1.0
    assert sides[122] == 0.0
    assert sides[123] == 1.0
    open_trade = replay("z", ratio[:122], np.array(weekdays(date(2024, 1, 1), 122), "datetime64[D]"), sides[:122])
    assert open_trade.trades[-1].left_on is None


def test_the_break_of_2025_on_world_bank_months() -> None:
    """Real monthly averages (World Bank) that come with the package: one break, knowable weeks later."""
    found = ratio_regimes(Metal.GOLD, Metal.SILVER, date(2026, 6, 30), "worldbank")
    last = found.regimes[-1]
    assert date(2025, 11, 30) <= last.began_low <= last.began <= date(2026, 1, 31)
    assert last.began < last.knowable_on <= date(2026, 3, 31)
    assert 55 <= last.level <= 66
    assert found.ratio.series_kind == "measured"
    before = ratio_regimes(Metal.GOLD, Metal.SILVER, date(2026, 1, 10), "worldbank")
    assert before.regimes[-1].began < date(2021, 1, 1)
    assert sum(found.bands.values()) == pytest.approx(1.0)


def test_any_pair_gets_bands_of_its_own() -> None:
    found = ratio_regimes(Metal.COPPER, Metal.ALUMINIUM, basis="worldbank")
    assert len(found.bands) == 4
    assert [one.rule for one in found.trades] == ["z-score"]


def as_days(months: RatioReading, seed: int) -> tuple[list[date], np.ndarray]:  # type: ignore[type-arg]
    """A daily path through real monthly averages: straight in logarithms, half a percent of noise a day."""
    ends = months.path["observed_on"].to_numpy().astype("datetime64[D]")
    first, last = np.datetime64("2015-01-01"), ends[-1]
    days = [day for day in np.arange(first, last + 1) if np.is_busday(day)]
    middles = ends.astype(np.int64) - 15
    logs = np.interp(np.array(days).astype(np.int64), middles, np.log(months.path["ratio"].to_numpy()))
    noise = np.random.default_rng(seed).normal(0, 0.005, len(days))
    return [day.item() for day in days], np.exp(logs + noise)


def daily_store(days: list[date], ratio: np.ndarray) -> Shelf:  # type: ignore[type-arg]
    gold = readings("comex.gold.price.front", days, list(25.0 * ratio))
    return gold.joined(readings("comex.silver.price.front", days, [25.0] * len(days)))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_break_of_2025_is_found_on_days_too_and_nothing_later_is_used(seed: int) -> None:
    """Real World Bank months laid out as days: a desk's own daily store dates the break as the months do."""
    months = ratio_reading(Metal.GOLD, Metal.SILVER, basis="worldbank")
    days, ratio = as_days(months, seed)
    found = ratio_regimes(observations=daily_store(days, ratio))
    last = found.regimes[-1]
    assert found.ratio.frequency == "daily"
    assert date(2025, 11, 1) <= last.began_low <= last.began <= last.began_high <= date(2026, 1, 31)
    assert last.began < last.knowable_on <= date(2026, 3, 31)
    assert 55 <= last.level <= 66
    cut = last.knowable_on
    planted = np.where(np.array(days) > cut, 30.0, ratio)
    again = ratio_regimes(as_of=cut, observations=daily_store(days, planted))
    assert again.regimes[-1].knowable_on == cut
    the_day_before = ratio_regimes(as_of=cut - timedelta(days=1), observations=daily_store(days, planted))
    assert the_day_before.regimes[-1].began < date(2025, 6, 1)


def test_a_level_that_drifted_for_years_is_still_left_by_a_jump() -> None:
    """The level in force follows what the filter has seen, so a slow drift does not hide the next jump."""
    drift = np.geomspace(75.0, 85.0, 2000)
    _, days = wandering(1, [1.0], 2400)
    noise, _ = wandering(1, [1.0], 2400)
    ratio = np.concatenate([drift, np.full(400, 61.0)]) * noise
    found = regimes(level_path(ratio, days), ratio)
    assert [one.began for one in found][1:] == [found[-1].began]
    assert abs((found[-1].began - days[2000]).astype(int)) <= 21
