"""What the use costs if nothing breaks, by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.programme import Risk
from tomnext.procurement.unavoidable import unavoidable_cost

MakeBlock = Callable[..., Block]


def test_three_months_of_use_by_hand(make_block: MakeBlock) -> None:
    """Use 10 t a month, 10 t of grain today, grain from the near lane only: one month away at 1,000 + 60 on average.

    Months 1 and 2 are ordered in months 0 and 1; a dollar a month later is 1/1.005. Prices of 800 to 1,200, a lane
    that closes, late deliveries and a minimum order change nothing: they are what plans differ in.
    """
    block = make_block(stages=3, nodes=2, cv=0.3, chance=0.3, opening=20.0, capacity=(30.0, 0.0), minimum=14.0)
    lone = replace(block, conversions=(), forms=(replace(block.forms[0], opening_t=0.0), block.forms[1]))
    assert unavoidable_cost(lone) == pytest.approx(1060.0 * 10 * (1 + 1 / 1.005), rel=1e-9)


def test_bars_of_the_cheap_lane_are_what_is_left_when_nothing_breaks(make_block: MakeBlock) -> None:
    """From month 2 on bars ordered in month 0 come at 1,010, and 15 for each tonne melted, of which 99 % is grain.

    Month 1 must come from the near lane at 1,060. Month 2: 1,060/1.005 = 1054.7 against (1,010 + 15/1.005²)/0.99 =
    1035.2 when paid at order and 1,010/1.005² + 15/1.005² over 0.99 = 1025.1 when paid on arrival: the last is least.
    """
    block = make_block(stages=3, nodes=2, chance=0.2, opening=20.0, late=(0.0, 0.3))
    grain_only = replace(block, forms=(replace(block.forms[0], opening_t=0.0), block.forms[1]))
    expected = 10 * 1060.0 + 10 * (1010.0 + 15.0) / 0.99 / 1.005**2
    assert unavoidable_cost(grain_only) == pytest.approx(expected, rel=1e-9)


def test_use_that_nothing_can_reach_in_time_is_lost_in_any_case(make_block: MakeBlock) -> None:
    """No metal today and the nearest lane a month away: 10 t of month 0 stand still at 6,000 each."""
    block = make_block(stages=2, opening=0.0, capacity=(30.0, 0.0))
    assert unavoidable_cost(block) == pytest.approx(10 * 6000.0 + 10 * 1060.0, rel=1e-9)


def test_when_nothing_can_happen_all_is_unavoidable(make_block: MakeBlock) -> None:
    block = make_block(stages=4, nodes=1, spread=0.0, chance=0.0, late=(0.0, 0.0))
    calm = replace(block, outcomes=replace(block.outcomes, demand_deviation=np.zeros(3)))
    exact = solve_tree(programme_of(calm), Risk()).objective
    assert unavoidable_cost(calm) == pytest.approx(exact, rel=1e-9)
