"""The joint walk: same bits everywhere, nothing from the future, moments and correlation as they should be."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.scenarios.histories import made_up, real

from tomnext.scenarios.calibrate import market_at
from tomnext.scenarios.dynamics import FAST, PLAIN, SLOW, SPREAD_SQUARE, SQUEEZED, TIGHTNESS, USUAL, Dynamics
from tomnext.scenarios.rivals import random_walk_sd
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.simulate import block_stream, blocks, simulate
from tomnext.scenarios.trace import History, stock_offset, trace
from tomnext.vocabulary.errors import InputRejected


@pytest.fixture(scope="module")
def market():  # type: ignore[no-untyped-def]
    return calibrate([made_up("copper", seed=1), made_up("tin", seed=2), made_up("silver", seed=3, two_prices=False)])


def test_same_bits_for_any_number_of_workers_and_block_by_block(market) -> None:  # type: ignore[no-untyped-def]
    alone = simulate(market, 2300, [5, 60], seed=7)
    for workers in (2, 5):
        assert simulate(market, 2300, [5, 60], seed=7, workers=workers).hash == alone.hash
    parts = list(blocks(market, 2300, [5, 60], seed=7))
    assert (np.concatenate([part.values for part in parts]) == alone.values).all()
    assert simulate(market, 2300, [5, 60], seed=8).hash != alone.hash


def walked_alone(market, k: int, drawn: np.ndarray, uniforms: np.ndarray, path: int):  # type: ignore[no-untyped-def]
    """Oracle: the equations of docs/explanation/price-model.md for one metal on one path, in plain numbers."""
    d, two = market.dynamics, market.has_tightness[k]
    variance = market.opening[k, path % 3]
    decay = (0.5 ** (1 / 16), 0.5 ** (1 / 128), 1.0)[path % 3]
    b, fast, slow, near, usual, square, chance = market.opening[k, 3:]
    deviation = np.sqrt(square + 25 * 2e-4**2)
    tight = bool(two and uniforms[0] < chance)
    level, met = 0.0, tight
    for day, (row, uniform) in enumerate(zip(drawn, uniforms[1:], strict=True)):
        (price, innovation), after, jumped = market.innovations[row, k], tight, False
        if two:
            stretched = (b - usual) / deviation
            fade = market.offset[k] * 0.5 ** (day / 60)
            hazard = min(market.jump_rate[k] * np.exp(0.2 * np.clip(stretched, -2, 3) + fade), 0.1)
            leave = 0.02 if stretched > 1.5 else 0.1
            if uniform < hazard:
                jumped = True
                price, innovation = market.jumps[int(uniform / hazard * market.n_jumps[k]), k]
            elif tight:
                after = not uniform > 1 - leave
            elif stretched > 1.5:
                after = uniform > 0.95
            calm_variance = min(0.7 * fast + 0.3 * slow, d.ceiling**2) + 2e-4**2
            calm = np.sqrt(calm_variance) * innovation
            pull = market.pulls[k, 0] * (near - b) + (market.pulls[k, 1] + 0.01 * tight) * (usual - b)
            b += pull + market.width[k] * (2 if tight else 1) * calm
            counted = min(calm**2, 25 * calm_variance)
            fast += (1 - 0.5 ** (1 / 6)) * (counted - fast)
            slow += (1 - 0.5 ** (1 / 32)) * (counted - slow)
            near += (1 - 0.5 ** (1 / 10)) * (b - near)
            tight = after or (jumped and b > usual)
            met = met or tight
        move = np.sqrt(variance) * price
        variance, level = decay * variance + (1 - decay) * move**2, level + move
    return market.level[k] * np.exp(level), b, tight, met


def test_paths_side_by_side_are_each_path_alone(market) -> None:  # type: ignore[no-untyped-def]
    """More paths than stand side by side at once, with jumps, entries and exits made frequent."""
    opening = market.opening.copy()
    opening[0, TIGHTNESS] = opening[0, USUAL] + 2 * np.sqrt(opening[0, SPREAD_SQUARE])
    opening[:2, SQUEEZED] = 0.3
    lively = replace(
        market, opening=opening, jump_rate=np.array([0.05, 0.02, 0.0]), offset=np.array([0.5, 0.0, 0.0]),
        width=np.array([1.2, 0.9, 1.0]),
    )  # fmt: skip
    n_paths, horizon = 150, 40
    together = simulate(lively, n_paths, [horizon], seed=11)
    rng = block_stream(11, 0)
    drawn = rng.integers(0, lively.innovations.shape[0], (horizon, n_paths), dtype=np.uint16)
    uniforms = rng.random((horizon + 1, 3, n_paths), dtype=np.float32).astype(float)
    for k, column in enumerate((0, 2, 4)):
        for path in range(n_paths):
            price, b, tight, met = walked_alone(lively, k, drawn[:, path], uniforms[:, k, path], path)
            values = together.values[path, 0]
            three_month = values[column] - values[column + 1] if k < 2 else values[column]
            assert three_month == pytest.approx(price, rel=1e-10)
            if k < 2:
                assert np.log(values[column] / three_month) == pytest.approx(b, abs=1e-10)
            assert (together.regime[path, 0, k], together.touched[path, k]) == (tight, met)
    assert 0.2 < together.regime[:, 0, 0].mean() < 0.9


def test_memory_is_that_of_a_block_and_of_what_is_reported(market) -> None:  # type: ignore[no-untyped-def]
    """Draws of 12,000 paths and 100 days take 12,000 · 100 · (2 + 3 · 4) bytes = 17 MB at once, of a block 0.8."""
    told: list[float] = []
    simulate(market, 600, [100], seed=1)
    tracemalloc.start()
    paths = simulate(market, 12_000, [100], seed=1, progress=told.append)
    kept = paths.values.nbytes + paths.regime.nbytes + paths.touched.nbytes
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept < peak < kept + 2_000_000
    assert told == [block / 20 for block in range(1, 21)]


def test_shape_and_names_say_what_is_in_it(market) -> None:  # type: ignore[no-untyped-def]
    paths = simulate(market, 10, [1, 20], seed=0)
    assert paths.values.shape == (10, 2, 5)
    assert paths.series == (
        "copper_cash_usd_per_t",
        "copper_cash_minus_three_month_usd_per_t",
        "tin_cash_usd_per_t",
        "tin_cash_minus_three_month_usd_per_t",
        "silver_price_usd_per_t",
    )
    assert paths.regime[:, :, 2].sum() == 0


def test_a_later_history_changes_nothing_known_before() -> None:
    """Planted future: prices after day 800 multiplied by ten leave the trace and the market of day 800 untouched."""
    whole = made_up()
    assert whole.cash is not None
    ten = np.where(np.arange(whole.level.size) > 800, 10.0, 1.0)
    planted = replace(whole, level=whole.level * ten, cash=whole.cash * ten**1.5)
    for first, second in [(trace(whole), trace(planted))]:
        assert (first.states[:801] == second.states[:801]).all()
        one = market_at([(whole, first, 800)], Dynamics())
        two = market_at([(planted, second, 800)], Dynamics())
    assert simulate(one, 200, [20], seed=1).hash == simulate(two, 200, [20], seed=1).hash


def test_variance_of_the_log_price_grows_as_stated(market) -> None:  # type: ignore[no-untyped-def]
    """With the three variances equal, innovations of unit variance keep the expected variance: v·h after h days."""
    steady = replace(market, opening=market.opening.copy())
    steady.opening[2, [FAST, SLOW, PLAIN]] = 1e-4
    moves = np.log(simulate(steady, 40_000, [1, 20], seed=3).values[:, :, 4] / steady.level[2])
    for slot, days in enumerate((1, 20)):
        squares = moves[:, slot] ** 2
        assert squares.mean() == pytest.approx(1e-4 * days, abs=4 * squares.std() / np.sqrt(squares.size))
        assert moves[:, slot].mean() == pytest.approx(0.0, abs=4 * moves[:, slot].std() / np.sqrt(squares.size))


def test_paths_hold_the_opinions_of_volatility_in_turn_and_only_the_plain_one_stays(market) -> None:  # type: ignore[no-untyped-def]
    """Opened at 1, 4 and 9 squared percent: tomorrow each third of the paths moves 1, 2 and 3 percent a day."""
    three = replace(market, opening=market.opening.copy())
    three.opening[2, [FAST, SLOW, PLAIN]] = np.array([1.0, 4.0, 9.0]) * 1e-4
    moves = np.log(simulate(three, 30_000, [1, 2], seed=5).values[:, :, 4] / three.level[2])
    for third in range(3):
        assert moves[third::3, 0].std() == pytest.approx(0.01 * (third + 1), rel=0.06)
    second = np.diff(moves, axis=1)[:, 0]
    wild = [np.abs(moves[third::3, 0]) > np.quantile(np.abs(moves[third::3, 0]), 0.9) for third in range(3)]
    after = [second[k::3][wild[k]].std() / second[k::3][~wild[k]].std() for k in range(3)]
    assert after[0] > 1.05
    assert after[2] == pytest.approx(1.0, abs=0.1)


def test_the_plain_opinion_is_the_rivals_rolling_volatility() -> None:
    history = made_up(n_days=400, two_prices=False)
    moves = np.append(0.0, np.diff(np.log(history.level)))
    days = np.array([60, 150, 399])
    rolling = random_walk_sd(moves, days, np.array([1]))[:, 0]
    np.testing.assert_allclose(np.sqrt(trace(history).states[days, PLAIN]), rolling, rtol=1e-9)


def test_metals_that_moved_together_go_on_moving_together() -> None:
    first = made_up("copper", seed=1)
    follows = first.level * np.exp(0.3 * np.cumsum(np.random.default_rng(9).standard_normal(first.level.size)) * 0.01)
    pair = calibrate([first, replace(first, name="tin", level=follows, cash=None)])
    both = np.log(simulate(pair, 20_000, [1], seed=1).values[:, 0][:, [0, 2]])
    walked = np.corrcoef(both.T)[0, 1]
    past = np.corrcoef(np.diff(np.log(first.level)), np.diff(np.log(follows)))[0, 1]
    assert walked == pytest.approx(past, abs=0.03)


def test_tightness_raises_the_chance_of_a_squeeze(market) -> None:  # type: ignore[no-untyped-def]
    def frequency(stretched: float, offset: float) -> float:
        opening = market.opening.copy()
        opening[0, SQUEEZED] = 0.0
        opening[0, TIGHTNESS] = opening[0, USUAL] + stretched * np.sqrt(opening[0, SPREAD_SQUARE])
        there = replace(market, opening=opening, offset=np.array([offset, 0.0, 0.0]))
        return simulate(there, 4000, [20], seed=2).squeeze_frequency()["copper"]

    calm = frequency(-1.0, 0.0)
    assert frequency(-1.0, 0.8) > 1.5 * calm
    assert frequency(1.4, 0.0) > 1.5 * calm


def test_a_squeeze_moves_more_and_then_decays(market) -> None:  # type: ignore[no-untyped-def]
    opening = market.opening.copy()
    calm = replace(market, opening=opening.copy())
    calm.opening[0, SQUEEZED] = 0.0
    opening[0, SQUEEZED] = 1.0
    tight = replace(market, opening=opening)
    near, far = (simulate(one, 20_000, [1, 120], seed=4) for one in (calm, tight))
    spread = [
        np.log(one.values[:, :, 0] / (one.values[:, :, 0] - one.values[:, :, 1])).std(axis=0) for one in (near, far)
    ]
    assert spread[1][0] == pytest.approx(2 * spread[0][0], rel=0.15)
    assert far.regime[:, 0, 0].mean() > 0.8
    assert far.regime[:, 1, 0].mean() == pytest.approx(near.regime[:, 1, 0].mean(), abs=0.03)


def test_low_stock_and_cancelled_warrants_raise_the_offset() -> None:
    stock = np.r_[np.full(400, 100_000.0), np.full(5, 40_000.0)]
    assert stock_offset(stock, None)[-1] > 0.3
    assert stock_offset(stock, np.full(405, 20_000.0))[-1] > stock_offset(stock, None)[-1]
    stock[10] = np.nan
    assert stock_offset(stock, None)[10] == 0.0


@pytest.mark.parametrize("days", [[], [0, 5], [5, 5]])
def test_days_that_do_not_rise_are_refused(market, days: list[int]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputRejected):
        simulate(market, 10, days, seed=0)


def test_a_short_or_impossible_history_is_refused() -> None:
    short = made_up(n_days=300)
    with pytest.raises(InputRejected, match="too short"):
        History("tin", "usd_per_t", short.observed_on[:100], short.level[:100])
    with pytest.raises(InputRejected, match="positive"):
        replace(short, level=short.level * 0)


@pytest.mark.parametrize(
    ("metal", "tight", "calm"),
    [
        ("copper", "2021-10-18", "2020-06-01"),
        ("tin", "2021-02-18", "2018-06-01"),
        ("nickel", "2006-08-16", "2013-06-03"),
        ("nickel", "2022-03-07", "2013-06-03"),
    ],
)
def test_filtered_regime_knows_the_labelled_squeezes(real_data: Path, metal: str, tight: str, calm: str) -> None:
    """CU2021, SN2021, NI2006 and NI2022 of the labelled events, each seen on its own peak day with nothing later."""
    history = real(real_data, metal)
    seen = trace(history).squeeze_probability
    assert seen[np.searchsorted(history.observed_on, np.datetime64(tight))] > 0.9
    assert seen[np.searchsorted(history.observed_on, np.datetime64(calm))] < 0.1
