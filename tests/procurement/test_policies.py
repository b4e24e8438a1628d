"""Rules of buying, by hand on small months, and the plan never beaten by them on its own futures."""

from collections.abc import Callable

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.ledger import run, run_walk, usable_weights
from tomnext.procurement.policies import (
    DAYS_A_MONTH,
    Rule,
    days_of_cover,
    deciding,
    dip_buying,
    just_in_time,
    newsvendor,
    reorder_and_fill,
)
from tomnext.procurement.policy_value import walk_policy
from tomnext.procurement.programme import Risk
from tomnext.procurement.sddp import Effort, models_of, solve

MakeBlock = Callable[..., Block]
CALM: dict[str, object] = {"cv": 0.0, "late": (0.0, 0.0), "chance": 0.0, "spread": 0.0, "hedge": False, "nodes": 1}


def calm_paths(block: Block, n_paths: int = 1) -> tuple[np.ndarray, np.ndarray]:
    zeros = np.zeros((n_paths, block.n_stages), dtype=np.int64)
    return zeros, zeros


def test_just_in_time_orders_what_is_used_after_the_wait(make_block: MakeBlock) -> None:
    """10 t a month, two months on the far lane (cheapest): 30 t of use to cover less 8 t on hand in grain of bars."""
    block = make_block(stages=8, opening=20.0, **CALM)
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    far_spot = [offer.name for offer in block.offers].index("far spot")
    # position 10 + 0.99·10 = 19.9 usable against 10 + 10 + 10: 10.1 usable are missing, 10.1 / 0.99 of bar
    assert ledger.order_t[0, 0, far_spot] == pytest.approx(10.1 / 0.99)
    assert ledger.lost_t[0, 2:].max() == pytest.approx(0.0, abs=1e-9)
    assert ledger.order_t[0, 3, far_spot] == pytest.approx(10.0 / 0.99)


def test_cover_adds_exactly_its_days(make_block: MakeBlock) -> None:
    block = make_block(stages=8, opening=20.0, **CALM)
    lean = run(block, deciding(block, just_in_time()), *calm_paths(block))
    covered = run(block, deciding(block, days_of_cover(30.0)), *calm_paths(block))
    more = (covered.stock_t - lean.stock_t)[0, 4] @ usable_weights(block)
    assert more == pytest.approx(30.0 * 10.0 / DAYS_A_MONTH)


def test_s_S_waits_for_its_low(make_block: MakeBlock) -> None:
    block = make_block(stages=10, opening=90.0, store=500.0, **CALM)
    ledger = run(block, deciding(block, reorder_and_fill(15.0, 60.0)), *calm_paths(block))
    placed = ledger.order_t.sum(axis=2)[0] > 0
    assert not placed[0]
    assert 0 < placed.sum() < 6


def test_a_dip_buys_more(make_block: MakeBlock) -> None:
    block = make_block(stages=6, spread=0.4, nodes=2, cv=0.0, late=(0.0, 0.0), chance=0.0, hedge=False)
    nodes = np.zeros((1, 6), dtype=np.int64)  # the lower price every month after the first
    outcomes = np.zeros((1, 6), dtype=np.int64)
    lean = run(block, deciding(block, just_in_time()), nodes, outcomes)
    dip = run(block, deciding(block, dip_buying(0.1, 60.0)), nodes, outcomes)
    assert dip.order_t[0, 1].sum() > lean.order_t[0, 1].sum() + 5


def test_newsvendor_cover_follows_its_ratio(make_block: MakeBlock) -> None:
    """Dearer stops, more cover; and none without uncertainty."""
    cheap, dear = make_block(cv=0.2, lost=1100.0), make_block(cv=0.2, lost=9000.0)
    assert newsvendor(cheap).cover_days < newsvendor(dear).cover_days
    assert newsvendor(make_block(cv=0.0, late=(0.0, 0.0))).cover_days == 0.0


def test_usable_weights_are_yields(make_block: MakeBlock) -> None:
    assert usable_weights(make_block()).tolist() == [0.99, 1.0]


def test_the_plan_is_not_beaten_on_its_own_futures(make_block: MakeBlock) -> None:
    block = make_block(stages=7, nodes=3, cv=0.15, opening=20.0)
    programme = programme_of(block)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(gap=0.02, max_iterations=60))
    walk = walk_policy(programme, models_of(programme, found.cuts), found.cuts, Risk(), np.random.default_rng(5), 300)
    plan = run_walk(block, programme, walk)
    for rule in (
        just_in_time(7.0),
        days_of_cover(30.0),
        days_of_cover(90.0),
        Rule("s_S", reorder_days=20.0, fill_days=60.0),
    ):
        theirs = run(block, deciding(block, rule), walk.nodes, walk.outcomes)
        difference = plan.total - theirs.total
        assert difference.mean() < 3 * difference.std() / np.sqrt(len(difference))
