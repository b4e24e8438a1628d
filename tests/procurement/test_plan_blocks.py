"""Metals planned together in one block: the sum of their own plans where they share nothing that binds."""

from typing import Any

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.programme import Risk
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_file import company_from
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.plan_blocks import LaneCharges, metal_groups, months_in, planned_block, waits_of
from tomnext.vocabulary.metals import Metal

BOTH = (Metal.COPPER, Metal.SILVER)


def two_metals(room: str) -> CompanySheet:
    return company_from(raw_two_metals(room))


def raw_two_metals(room: str) -> dict[str, Any]:
    def way(name: str, form: str, premium: str) -> dict[str, Any]:
        return {
            "name": name, "form": form, "origin": "JP", "hs_code": "7403.11", "premium": premium, "duty_pct": 0,
            "capacity_per_month": "9 t/month", "lead_time_days": 30, "late_share": 0.0, "closed_chance_pct": 0.0,
            "slowed_chance_pct": 0.0, "squeeze_premium_times": 1.0,
        }  # fmt: skip

    def metal(name: str, form: str) -> dict[str, Any]:
        return {"metal": name, "form": form, "use_per_month": "3 t/month", "stopped_line_cost": "4000 USD/t"}

    return {
        "company": {"name": "x", "months": 3}, "money": {"finance_rate_pct": 4},
        "metal": [metal("copper", "wire"), metal("silver", "grain")],
        "stock": [{"metal": "copper", "form": "wire", "on_hand": "4 t"},
                  {"metal": "silver", "form": "grain", "on_hand": "4 t"}],
        "lane": [way("A", "wire", "50 USD/t"), way("B", "grain", "900 USD/t")],
        "store": [{"name": "s", "forms": ["wire", "grain"], "limit": room, "cost_per_month": "5 USD/t/month",
                   "outside_cost_per_month": "400 USD/t/month"}],
    }  # fmt: skip


def joint_lattice() -> Lattice:
    """Copper and silver rising and falling apart, squeezed never; silver at 20,000 so that plain sums are readable."""
    up = np.array([[1.1, 1.05], [1.1, 0.95], [0.9, 1.05], [0.9, 0.95]]) * np.array([9000.0, 20_000.0])
    values = (np.array([[9000.0, 20_000.0]]), up, up, up)
    rows = (np.full((1, 4), 0.25), *([0.25 * np.ones((4, 4))] * 2))
    calm = tuple(np.zeros((len(one), 2), dtype=np.int64) for one in values)
    return Lattice(("copper_cash_usd_per_t", "silver_cash_usd_per_t"), values, rows, calm, BOTH, (0, 21, 42, 63))


def best_cost(sheet: CompanySheet, metals: tuple[Metal, ...], weight: float = 0.0) -> float:
    charges = {lane.name: LaneCharges(np.zeros(4), np.zeros(4)) for lane in sheet.lane}
    block = planned_block(sheet, metals, joint_lattice(), charges).block
    return solve_tree(programme_of(block), Risk(weight)).objective


def test_a_shared_store_with_room_for_all_costs_what_two_would() -> None:
    sheet = two_metals("100 t")
    assert metal_groups(sheet) == [BOTH]
    apart = sum(best_cost(sheet, (metal,)) for metal in BOTH)
    assert best_cost(sheet, BOTH) == pytest.approx(apart, rel=1e-7)


def test_room_that_is_shared_is_paid_for_once_it_is_short() -> None:
    """Each metal alone would fit into 4 t at the month's end; both together do not, and outside costs 395 USD more."""
    sheet, wide = two_metals("4 t"), two_metals("100 t")
    apart = sum(best_cost(sheet, (metal,)) for metal in BOTH)
    assert best_cost(sheet, BOTH) > apart + 1.0
    assert best_cost(sheet, BOTH) > best_cost(wide, BOTH)


def test_risk_shared_by_two_metals_is_less_than_the_sum_of_both() -> None:
    sheet = two_metals("100 t")
    apart = sum(best_cost(sheet, (metal,), 0.5) for metal in BOTH)
    assert best_cost(sheet, BOTH, 0.5) < apart - 1.0


def test_a_limit_on_lanes_of_two_metals_joins_them() -> None:
    sheet = two_metals("100 t")
    own = {"store": tuple(one.model_copy(update={"name": form, "forms": (form,)})
                          for one in sheet.store for form in ("wire", "grain"))}  # fmt: skip
    apart = sheet.model_copy(update=own)
    assert metal_groups(apart) == [(Metal.COPPER,), (Metal.SILVER,)]
    limit = company_from({"limit": [{"name": "one truck", "lanes": ["A", "B"], "most_per_month": "5 t/month"}],
                          **raw_two_metals("100 t")}).limit  # fmt: skip
    joined = apart.model_copy(update={"limit": limit})
    assert metal_groups(joined) == [BOTH]
    assert best_cost(joined, BOTH) > best_cost(apart, BOTH) + 1.0


def test_a_hedge_is_a_three_month_contract_with_its_basis() -> None:
    """In a squeeze cash stands at 10,000 and three months at 9,100: the contract of last month stands at 9,400."""
    hedged = company_from({**raw_two_metals("9 t"), "hedge": [{"metal": "copper", "max_share": 0.5}]})
    series = ("copper_cash_usd_per_t", "copper_cash_minus_three_month_usd_per_t")
    values = (np.array([[9000.0, -30.0]]), *([np.array([[10_000.0, 900.0], [8500.0, -30.0]])] * 3))
    regimes = tuple(np.array([[1], [0]][-len(one) :]) for one in values)
    rows = (np.array([[0.25, 0.75]]), *([np.array([[0.5, 0.5], [0.1, 0.9]])] * 2))
    lattice = Lattice(series, values, rows, regimes, ("copper",), (0, 21, 42, 63))
    charges = {lane.name: LaneCharges(np.zeros(4), np.zeros(4)) for lane in hedged.lane}
    hedge = planned_block(hedged, (Metal.COPPER,), lattice, charges).block.hedges[0]
    assert hedge.settle_usd_per_t_by_node[1].tolist() == pytest.approx([9400.0, 8520.0])
    assert hedge.futures_usd_per_t_by_node[0][0] == pytest.approx(0.25 * 9400 + 0.75 * 8520)


def test_waits_keep_their_halves() -> None:
    """45 days are 1.478 months of 30.4375 days; 62 days are within a twentieth of two."""
    lane = two_metals("9 t").lane[0]
    assert months_in(45.0) == pytest.approx(45 / 30.4375)
    assert waits_of(lane.model_copy(update={"lead_time_days": 62.0, "pricing": ("fixed",)})) == {"fixed": 4.0}
