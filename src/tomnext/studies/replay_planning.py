"""The optimised plan inside a replay: made anew every month from what was known on its first day.

The look-ahead is the quick price lattice with lanes open, slowed or closed as in the sheet, until everything that can
be ordered now has arrived, been converted and been eaten for a quarter more; metal left then is worth what it costs
to buy again. One policy is solved for all draws, from what each of them holds and where its lanes stand.
"""

from collections.abc import Callable
from dataclasses import replace
from math import ceil

import numpy as np

from tomnext.procurement.block import Block
from tomnext.procurement.ledger import View
from tomnext.procurement.physics import Orders
from tomnext.procurement.price_chain import DAYS_A_STAGE, price_lattice
from tomnext.procurement.programme import Risk
from tomnext.procurement.replanning import replanned
from tomnext.procurement.sddp import Effort
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.plan_blocks import LaneCharges, lanes_of, months_in, planned_block, waits_of
from tomnext.studies.replay_market import KnownPast, in_months, line_goes_on
from tomnext.vocabulary.metals import Metal

LEVELS = 2
MONTHS_BEYOND = 3
"""Months looked at after the longest wait; with one more nothing changes that the draws could tell apart."""
EFFORT = Effort(gap=0.001, max_iterations=80, check_every=40, n_paths=16)


class Planning:
    """Decides every month of a replay for all draws; ``gaps`` collects the relative gap of each month's policy.

    ``tell`` is told after every month how many are done.
    """

    def __init__(
        self, sheet: CompanySheet, known: KnownPast, rng: np.random.Generator,
        tell: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        self.sheet, self.known, self.rng, self.tell = sheet, known, rng, tell
        self.gaps: list[float] = []

    def decide(self, view: View) -> Orders:
        """This month's orders of every draw, in t; futures are closed in the last month."""
        stage, n_months = view.month.stage, len(self.known.months)
        ahead = look_ahead(self.sheet, self.known, stage)
        risk = Risk(self.sheet.money.worst_case_weight)
        found = replanned(ahead, view.held, view.month, risk, EFFORT, self.rng)
        self.gaps.append(found.gap)
        if self.tell is not None:
            self.tell(stage + 1)
        orders = found.orders
        return replace(orders, futures=np.zeros_like(orders.futures)) if stage == n_months - 1 else orders


def months_ahead(sheet: CompanySheet, metal: Metal) -> int:
    """Months the look-ahead sees after the present one: the longest way to the line and a quarter."""
    lanes = lanes_of(sheet, (metal,))
    forms = {row.form for row in sheet.metal if row.metal is metal}
    made = max((ceil(months_in(row.days)) for row in sheet.conversion if row.target in forms), default=0)
    return max(ceil(max(waits_of(lane).values())) for lane in lanes) + made + MONTHS_BEYOND


def look_ahead(sheet: CompanySheet, known: KnownPast, stage: int) -> Block:
    """The future (t, USD) as it looked at the beginning of a month.

    The first month stands for the one before, the second is the present.
    """
    lattice = _with_present_twice(price_lattice(known.views[stage].walk, known.reach, LEVELS))
    charges = {name: _with_first_twice(one) for name, one in known.announced[stage].items()}
    then = in_months(sheet, stage - 1, lattice.n_stages)
    return line_goes_on(planned_block(then, (known.metal,), lattice, charges).block)


def _with_first_twice(charges: LaneCharges) -> LaneCharges:
    return LaneCharges(*(np.concatenate([one[:1], one]) for one in (charges.duty_share, charges.border_usd_per_t)))


def _with_present_twice(lattice: Lattice) -> Lattice:
    """A lattice whose first stage stands for the month before, at today's price."""
    days = (0, *(day + DAYS_A_STAGE for day in lattice.stage_days))
    return replace(
        lattice,
        values=(lattice.values[0], *lattice.values),
        transition=(np.ones((1, 1)), *lattice.transition),
        regime=(lattice.regime[0], *lattice.regime),
        stage_days=days,
    )
