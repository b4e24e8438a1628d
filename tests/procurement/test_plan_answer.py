"""What is said of a plan: figures with their errors on common futures, by hand and against the other way to walk."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.given_paths import CutPolicy, draw_paths
from tomnext.procurement.ledger import run
from tomnext.procurement.policies import days_of_cover, deciding, just_in_time
from tomnext.procurement.policy_value import walk_policy
from tomnext.procurement.programme import Risk
from tomnext.procurement.sddp import Effort, models_of, solve
from tomnext.studies.plan_figures import KINDS, Walked, difference, efficient, tail_points
from tomnext.studies.plan_problem import latest, with_extra

MakeBlock = Callable[..., Block]


def walked(block: Block, days: float, n_paths: int = 200) -> Walked:
    paths = draw_paths(block, np.random.default_rng(3), n_paths)
    ledger = run(block, deciding(block, days_of_cover(days)), paths.nodes, paths.outcomes)
    return Walked(f"{days:g}", block, paths, ledger, block.n_stages)


def test_paths_follow_the_chain_and_an_altered_block_meets_the_same_luck(make_block: MakeBlock) -> None:
    block = make_block(stages=5, chance=0.1)
    paths = draw_paths(block, np.random.default_rng(1), 20_000)
    expected = block.transition[0][0]
    seen = np.bincount(paths.nodes[:, 1], minlength=len(expected)) / 20_000
    assert np.abs(seen - expected).max() < 4 * np.sqrt(0.25 / 20_000)
    chance = block.outcomes.chance
    outcomes = np.bincount(paths.outcomes[:, 2], minlength=len(chance)) / 20_000
    assert np.abs(outcomes - chance).max() < 4 * np.sqrt(0.25 / 20_000)
    dearer = draw_paths(make_block(stages=5, chance=0.1, storage=9.0), np.random.default_rng(1), 50)
    assert (dearer.nodes == draw_paths(block, np.random.default_rng(1), 50).nodes).all()


def test_the_policy_of_cuts_is_the_one_the_optimiser_walks(make_block: MakeBlock) -> None:
    block = make_block(minimum=3.0)
    programme = programme_of(block)
    found = solve(programme, Risk(0.1), np.random.default_rng(0), Effort(max_iterations=20))
    models = models_of(programme, found.cuts)
    walk = walk_policy(programme, models, found.cuts, Risk(), np.random.default_rng(5), 30)
    ours = run(block, CutPolicy(block, programme, models), walk.nodes, walk.outcomes)
    assert ours.total == pytest.approx(walk.cost.sum(axis=1), rel=1e-9, abs=1e-6)


def test_the_worst_five_of_a_hundred() -> None:
    """1 … 100: the worst five are 96 … 100, mean 98; the figures' mean is that mean."""
    assert tail_points(np.arange(1.0, 101.0)).mean() == pytest.approx(98.0)


def test_kinds_sum_to_the_cost_and_unmet_use_is_counted_once(make_block: MakeBlock) -> None:
    block = make_block(stages=5, chance=0.2, late=(0.3, 0.3))
    figures = walked(block, 0.0).figures()
    assert figures.lost_share > 0
    assert sum(figures.by_kind[kind] for kind in KINDS) == pytest.approx(figures.expected_cost, rel=1e-12)
    # a block in which nothing extra is charged for a stop: all that is left of stopped is the metal's own price
    free = replace(block, forms=tuple(with_extra(form, lambda extra: 0.0) for form in block.forms))
    assert walked(free, 0.0).figures().by_kind["stopped"] == pytest.approx(0.0, abs=1e-6)


def test_differences_on_the_same_futures_have_far_less_noise(make_block: MakeBlock) -> None:
    block = make_block(stages=6, spread=0.3, chance=0.05)
    more, less = walked(block, 30.0), walked(block, 15.0)
    step = difference(more, less)
    assert step.cost == pytest.approx(more.figures().expected_cost - less.figures().expected_cost)
    assert step.days > 0
    apart = np.hypot(more.figures().expected_cost_se, less.figures().expected_cost_se)
    assert step.cost_se < 0.5 * apart


def test_a_way_less_itself_is_no_finding(make_block: MakeBlock) -> None:
    one = walked(make_block(), 10.0)
    step = difference(one, one)
    assert (step.cost, step.cost_se, step.is_cost_found, step.stop, step.stop_se) == (0.0, 0.0, False, 0.0, 0.0)


def test_the_frontier_is_monotone_and_nothing_beats_it(make_block: MakeBlock) -> None:
    block = make_block(stages=6, spread=0.3, chance=0.1)
    points = [walked(block, days).figures() for days in (0.0, 5.0, 15.0, 30.0, 60.0, 90.0)]
    kept = efficient(points)
    assert [one.expected_cost for one in kept] == sorted(one.expected_cost for one in kept)
    assert [one.cvar_95 for one in kept] == sorted((one.cvar_95 for one in kept), reverse=True)
    for point in points:
        assert any(one.expected_cost <= point.expected_cost and one.cvar_95 <= point.cvar_95 for one in kept)


def test_kept_cuts_bound_what_only_got_dearer(make_block: MakeBlock) -> None:
    """Unmet use twice as dear: the bound from kept cuts alone is below the true optimum and above the old bound."""
    block = make_block(stages=4)
    base = solve(programme_of(block), Risk(0.1), np.random.default_rng(0), Effort(0.0, 60, 99, 50))
    dearer = replace(block, forms=tuple(with_extra(form, lambda extra: 2 * extra) for form in block.forms))
    kept = latest(base.cuts, 10)
    assert kept.n_cuts == 10
    quick = solve(programme_of(dearer), Risk(0.1), np.random.default_rng(0), Effort(0.0, 4, 99, 50), kept)
    whole = solve(programme_of(dearer), Risk(0.1), np.random.default_rng(0), Effort(0.0, 120, 200, 50))
    assert quick.lower_bound <= whole.lower_bound + 1e-6 * abs(whole.lower_bound) + 3 * whole.upper.standard_error
    assert quick.lower_bound >= base.lower_bound - 0.02 * abs(base.lower_bound)


def test_just_in_time_is_the_lean_end(make_block: MakeBlock) -> None:
    block = make_block(stages=6)
    paths = draw_paths(block, np.random.default_rng(3), 100)
    ledger = run(block, deciding(block, just_in_time()), paths.nodes, paths.outcomes)
    lean = Walked("jit", block, paths, ledger, block.n_stages)
    assert lean.figures().mean_days_of_cover < walked(block, 30.0, 100).figures().mean_days_of_cover
    assert lean.first(10).figures().name == "jit"
    assert lean.first(10).paid() == pytest.approx(lean.paid()[:10])
