"""Rules of buying, by hand on small months, and the plan never beaten by them on its own futures."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.given_paths import CutPolicy
from tomnext.procurement.ledger import Ledger, run, usable_weights
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


def ordered_from(block: Block, order_t: np.ndarray, lane: str) -> float:
    """Tonnes ordered from a lane by whatever way of pricing."""
    names = [block.lanes[offer.lane].name for offer in block.offers]
    return float(sum(order_t[number] for number, name in enumerate(names) if name == lane))


def test_just_in_time_orders_what_is_used_after_the_wait(make_block: MakeBlock) -> None:
    """10 t a month, two months on the far lane (cheapest): 30 t of use to cover less 20 t in hand as grain and bars."""
    block = make_block(stages=8, opening=20.0, **CALM)
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    # usable 10 + 0.99·10 = 19.9 against 10 + 10 by next month: the near lane brings the missing 0.1 in time;
    # against 10 + 10 + 10 a further 10.0 usable are missing, 10 / 0.99 of bar from the far lane
    assert ordered_from(block, ledger.order_t[0, 0], "near") == pytest.approx(0.1)
    assert ordered_from(block, ledger.order_t[0, 0], "far") == pytest.approx(10.0 / 0.99)
    assert ledger.lost_t.max() == pytest.approx(0.0, abs=1e-9)
    assert ordered_from(block, ledger.order_t[0, 3], "far") == pytest.approx(10.0 / 0.99)
    assert ordered_from(block, ledger.order_t[0, 3], "near") == pytest.approx(0.0, abs=1e-9)


def test_a_late_delivery_is_made_good_from_the_quick_lane(make_block: MakeBlock) -> None:
    """The far lane is late in the third month: 10 t expected next month will come a month later, near brings them."""
    block = make_block(stages=8, opening=20.0, **CALM | {"late": (0.0, 0.2)})
    nodes, outcomes = np.zeros((2, 8), dtype=np.int64), np.zeros((2, 8), dtype=np.int64)
    outcomes[1, 2] = 2  # use as expected, the far lane late (see conftest)
    ledger = run(block, deciding(block, just_in_time(10.0)), nodes, outcomes)
    near = [ordered_from(block, ledger.order_t[path, 2], "near") for path in (0, 1)]
    assert near[1] > near[0] + 5
    assert ledger.lost_t[1, 3:].max() == pytest.approx(0.0, abs=1e-9)


def test_a_rule_converts_its_stock_into_what_the_line_eats(make_block: MakeBlock) -> None:
    """Sixty days of cover are no cover while they lie there as bars: they stand as grain at the month's end."""
    block = make_block(stages=8, opening=60.0, store=500.0, **CALM)
    ledger = run(block, deciding(block, days_of_cover(60.0)), *calm_paths(block))
    grain = [form.name for form in block.forms].index("grain")
    # 30 of grain and 30 of bars in hand; 10 are eaten and 60 days are 60 · 10 / 30.4375 = 19.7 t of grain left over
    assert ledger.stock_t[0, 0, grain] >= 60 * 10 / DAYS_A_MONTH - 1e-9


def test_nobody_who_buys_just_in_time_fixes_a_price_months_ahead(make_block: MakeBlock) -> None:
    """A dearer-to-wait way of pricing of the same lane is never used by a rule, however cheap it looks."""
    block = make_block(stages=8, opening=20.0, **CALM)
    far = next(offer for offer in block.offers if offer.name == "far spot")
    cheap = tuple(0.5 * one for one in far.order_usd_per_t_by_node)
    pipes = tuple(
        replace(pipe, opening_t=np.zeros(4)) if number == far.pipeline else pipe
        for number, pipe in enumerate(block.pipelines)
    )
    fixed = replace(far, name="far fixed", delay=4, order_usd_per_t_by_node=cheap)
    block = replace(block, offers=(*block.offers, fixed), pipelines=pipes)
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    assert ledger.order_t[:, :, -1].max() == 0.0


def test_what_the_cheapest_lane_cannot_carry_is_bought_from_the_next(make_block: MakeBlock) -> None:
    """The near lane is the cheaper but brings 6 of the 10 t a month: 4 / 0.99 t of bar come by the far one."""
    change = CALM | {"premium": (5.0, 60.0), "capacity": (6.0, 30.0)}
    block = make_block(stages=9, opening=30.0, **change)
    ledger = run(block, deciding(block, just_in_time(7.0)), *calm_paths(block))
    assert ledger.lost_t.max() == pytest.approx(0.0, abs=1e-9)
    assert ordered_from(block, ledger.order_t[0, 5], "near") == pytest.approx(6.0)
    assert ordered_from(block, ledger.order_t[0, 5], "far") == pytest.approx(4.0 / 0.99)


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


def shared_shop(block: Block, later_share: float = 0.25) -> Block:
    """The company whose shop gives back three quarters of a month's metal now and the rest a month later."""
    shop = replace(block.conversions[0], yield_share=0.99, later_share=later_share)
    return replace(block, conversions=(shop,))


def put_in_t(ledger: Ledger) -> list[float]:
    """Bars put into work by month at 15 USD/t."""
    return [float(bill.conversion[0]) / 15.0 for bill in ledger.bills]


def test_more_is_put_in_where_a_part_comes_out_too_late(make_block: MakeBlock) -> None:
    """No grain, bars enough, 10 t a month: what is put in must do for this month by three quarters of it."""
    block = shared_shop(make_block(stages=4, opening=80.0, store=500.0, **CALM))
    bar, grain = block.forms
    block = replace(block, forms=(replace(bar, opening_t=80.0), replace(grain, opening_t=0.0)))
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    # this month wants 10 = 0.75 · 0.99 · x: x = 13.468; this month and next want 20 = 0.99 · x: x = 20.202, which
    # gives 15 now (5 are left over) and 5 next month. Then 5 + 5 are there and two months want 20: x = 10.101, which
    # gives 7.5 now (10 + 7.5 - 10 = 7.5 are left over) and 2.5 next month, and so on
    put_in = put_in_t(ledger)
    assert put_in[:3] == pytest.approx([20 / 0.99, 10 / 0.99, 10 / 0.99])
    assert ledger.stock_t[0, :3, 1] == pytest.approx([5.0, 7.5, 7.5])
    assert ledger.lost_t.max() == pytest.approx(0.0, abs=1e-9)


def test_a_shop_slow_for_most_of_its_metal_is_given_more(make_block: MakeBlock) -> None:
    """Four fifths come out a month later: this month's 10 t need 50 t of metal put in, two months' 20 t only 20."""
    block = shared_shop(make_block(stages=4, opening=80.0, store=500.0, **CALM), later_share=0.8)
    bar, grain = block.forms
    block = replace(block, forms=(replace(bar, opening_t=80.0), replace(grain, opening_t=0.0)))
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    assert put_in_t(ledger)[0] == pytest.approx(10.0 / (0.2 * 0.99))  # 50.505 t, of which 10 t are out at once
    assert put_in_t(ledger)[1] == pytest.approx(0.0, abs=1e-9)  # 40 t come out: no more is put in
    assert ledger.lost_t.max() == pytest.approx(0.0, abs=1e-9)


def test_just_in_time_keeps_pace_with_a_lane_and_a_shop_that_share_out_their_waits(make_block: MakeBlock) -> None:
    """Only the far lane, two months, and a shop that gives a quarter back a month later: the line never stands still.

    Usable: 30 of grain and 29.7 in bars. An order lands in the third month, three quarters of it in grain, so its
    target is three months and a quarter: 32.5 t. It is reached from 59.7 after three months of 10 t: 2.8 are missing,
    and from then on 10 a month. The bars are gone as the first order comes, nothing is left over but the quarter in
    the shop.
    """
    block = shared_shop(make_block(stages=12, opening=60.0, store=500.0, **CALM))
    block = replace(block, offers=tuple(one for one in block.offers if one.name == "far spot"))
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    ordered = ledger.order_t[0, :, 0]
    assert ordered[:3] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert ordered[3:9] == pytest.approx([2.8 / 0.99, *[10.0 / 0.99] * 5])
    assert ledger.lost_t.max() == pytest.approx(0.0, abs=1e-9)
    assert ledger.stock_t[0, 6:11].max() == pytest.approx(0.0, abs=1e-9)


def test_more_is_ordered_where_a_part_of_a_quick_order_comes_too_late(make_block: MakeBlock) -> None:
    """A near lane that brings three quarters at once: 4 t in hand, 10 t wanted, nothing under way.

    6 are missing now: 6 / 0.75 = 8. That makes 12 t, but wanted are 10 now and 2.5, the quarter of next month's 10 that
    must be ordered a month before: 0.5 t more. The 2.125 t of this order that come a month later and the 0.375 t left
    over are 2.5; 7.5 / 0.75 = 10 a month from then on.
    """
    block = make_block(stages=6, opening=8.0, **CALM)
    bar, grain = block.forms
    near = replace(block.offers[0], delay=0, later_share=0.25)
    block = replace(block, offers=(near,), forms=(replace(bar, opening_t=0.0), replace(grain, opening_t=4.0)))
    ledger = run(block, deciding(block, just_in_time()), *calm_paths(block))
    assert ledger.order_t[0, :, 0] == pytest.approx([8.5, *[10.0] * 5])
    assert ledger.lost_t.max() == pytest.approx(0.0, abs=1e-9)
    assert ledger.stock_t[0, :, 1] == pytest.approx([0.375, *[0.0] * 5], abs=1e-9)


def test_what_is_late_is_made_good_to_a_week_in_hand_at_most() -> None:
    """Of seven days all, of thirty a week, of a low of three days three."""
    assert [just_in_time(7.0).reserve_days, days_of_cover(30.0).reserve_days] == [7.0, 7.0]
    assert reorder_and_fill(3.0, 60.0).reserve_days == 3.0


def test_the_plan_is_not_beaten_on_its_own_futures(make_block: MakeBlock) -> None:
    block = make_block(stages=7, nodes=3, cv=0.15, opening=20.0)
    programme = programme_of(block)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(gap=0.02, max_iterations=60))
    models = models_of(programme, found.cuts)
    walk = walk_policy(programme, models, found.cuts, Risk(), np.random.default_rng(5), 300)
    plan = run(block, CutPolicy(block, programme, models), walk.nodes, walk.outcomes)
    for rule in (
        just_in_time(7.0),
        days_of_cover(30.0),
        days_of_cover(90.0),
        Rule("s_S", reorder_days=20.0, fill_days=60.0),
    ):
        theirs = run(block, deciding(block, rule), walk.nodes, walk.outcomes)
        difference = plan.total - theirs.total
        assert difference.mean() < 3 * difference.std() / np.sqrt(len(difference))


def test_what_the_cheapest_lane_has_no_room_for_is_asked_of_the_slower_one(make_block: MakeBlock) -> None:
    """10 t a month, 4 t by the cheap near lane, the rest by the dear one two months away."""
    block = make_block(stages=9, opening=40.0, premium=(10.0, 60.0), capacity=(4.0, 30.0), **CALM)
    ledger = run(block, deciding(block, days_of_cover(30.0)), *calm_paths(block))
    far = [offer.name.startswith("far") for offer in block.offers]
    assert ledger.order_t[0, :, far].sum() > 0
    assert ledger.lost_t[0, 3:].max() == pytest.approx(0.0, abs=1e-9)
