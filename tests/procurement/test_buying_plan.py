"""The plan as a reader meets it: the contract of its JSON, its certificate, promises that cannot be kept."""

import io
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from rich.console import Console

from tomnext.faces.report.plan_workbook import write_plan
from tomnext.faces.report.terminal import print_section
from tomnext.faces.report.wording import Wording
from tomnext.procurement.block import Block
from tomnext.procurement.physics import Integers
from tomnext.procurement.sddp import Effort
from tomnext.studies.buying_plan import PlanOptions, buying_plan
from tomnext.studies.company_file import company_from
from tomnext.studies.plan_charges import Law
from tomnext.studies.plan_lattice import plan_futures
from tomnext.studies.plan_prices import price_view
from tomnext.studies.plan_problem import Solver, problem_of
from tomnext.studies.plan_section import plan_section
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InfeasiblePlan, InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

EXAMPLE = Path(__file__).parents[2] / "examples" / "server-connector.toml"
KEYS = {
    "target_days_of_cover", "buy_now", "hedge_share", "expected_cost", "cvar_95", "stop_probability", "baseline_jit",
    "lower_bound", "upper_bound_ci", "gap", "shadow_prices", "flips", "defaults_used", "evidence",
}  # fmt: skip


def silver_only() -> dict[str, Any]:
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    return raw | {
        "company": raw["company"] | {"months": 4},
        "metal": raw["metal"][1:], "stock": raw["stock"][1:], "lane": raw["lane"][2:], "store": raw["store"][1:],
        "hedge": raw["hedge"][1:], "transit": [], "measure": [],
    }  # fmt: skip


@pytest.mark.slow
def test_the_contract_and_the_certificate() -> None:
    options = PlanOptions(gap=0.03, max_iterations=20, paths=100, what_if=False)
    record = buying_plan(company_from(silver_only()), options=options).record()
    silver = record["metals"]["silver"]  # type: ignore[index]
    assert set(silver) >= KEYS
    assert len(silver["target_days_of_cover"]) == len(silver["hedge_share"]) == 4
    assert silver["lower_bound"] <= silver["upper_bound_ci"][1]
    assert all({"lane", "spec", "t"} <= set(row) for row in silver["buy_now"])
    costs = [point["expected_cost"] for point in silver["frontier"]]
    worst = [point["cvar_95"] for point in silver["frontier"]]
    assert costs == sorted(costs)
    assert worst == sorted(worst, reverse=True)
    assert silver["expected_cost"] < silver["baseline_jit"]["expected_cost"]


def test_a_promise_that_cannot_be_kept_says_what_forbids_it_and_by_how_much() -> None:
    raw = silver_only()
    raw["metal"][0]["promise_days"] = 180
    with pytest.raises(InfeasiblePlan) as caught:
        buying_plan(company_from(raw))
    # 180 days of 0.26 t a month are 1.538 t; the vault holds 0.9 t
    assert "short by 0.638 t" in str(caught.value)
    assert "不足 0.638 公噸" in caught.value.text("zh-TW")


def test_a_limit_of_ones_own_that_forbids_a_promise_is_named() -> None:
    raw = silver_only()
    lanes = [row["name"] for row in raw["lane"]]
    raw["limit"] = [{"name": "bank line", "lanes": lanes, "most_per_month": "200 kg/month"}]
    with pytest.raises(InfeasiblePlan) as caught:
        buying_plan(company_from(raw))
    # 0.26 t a month are promised, 0.2 t may be bought
    assert "limit “bank line”" in str(caught.value)
    assert "short by 0.060 t a month" in str(caught.value)
    assert "每月不足 0.060 公噸" in caught.value.text("zh-TW")


def are_of_its_chain(block: Block, nodes: Integers) -> bool:
    """Whether how often each node of the last month is met can be the chain's own chance (five standard errors)."""
    chance = np.ones(1)
    for step in block.transition:
        chance = chance @ step
    met = np.bincount(nodes[:, -1], minlength=len(chance)) / len(nodes)
    return bool((np.abs(met - chance) <= 5 * np.sqrt(chance * (1 - chance) / len(nodes)) + 1 / len(nodes)).all())


def test_a_future_with_other_chances_is_walked_by_those_chances() -> None:
    """Squeezes three times as likely must be met as often, not only planned for; other changes keep luck."""
    sheet, source = company_from(silver_only()), open_source()
    futures = plan_futures({Metal.SILVER: price_view(Metal.SILVER, source)}, source, None)
    problem = problem_of(sheet, (Metal.SILVER,), futures, date(2026, 5, 1), Law(date(2026, 5, 29), source))
    solver = Solver(problem, PlanOptions(paths=400), None, 1)
    often, once = problem.with_squeezes(3.0), Effort(max_iterations=1, n_paths=2)
    walked = solver.answer(Text("often", "常"), often, 0.0, once, None, 300).walked
    assert len(walked.paths.nodes) == 300
    assert are_of_its_chain(often, walked.paths.nodes)
    assert are_of_its_chain(problem.block, solver.paths.nodes)
    assert not are_of_its_chain(often, solver.paths.nodes)
    assert (solver.futures_of(problem.with_stops(2.0)).nodes == solver.paths.nodes).all()


def test_a_duty_that_cannot_be_looked_up_must_be_stated() -> None:
    raw = silver_only()
    del raw["lane"][0]["duty_pct"]
    raw["lane"][0]["lands_in"] = "KR"
    with pytest.raises(InputRejected) as caught:
        buying_plan(company_from(raw))
    assert "duty_pct" in str(caught.value)


@pytest.mark.slow
def test_shortage_is_counted_three_ways_that_agree_and_no_stock_is_a_stock_of_nothing() -> None:
    raw = silver_only()
    raw.pop("stock")
    options = PlanOptions(gap=0.05, max_iterations=10, paths=50, what_if=False)
    record = buying_plan(company_from(raw), options=options).record()
    for one in record["metals"]["silver"]["compared"]:  # type: ignore[index]
        assert 0 <= one["lost_share"] <= 1
        assert one["stop_probability"] <= one["stop_months"] <= 4 * one["stop_probability"] + 1e-12
        assert (one["lost_share"] > 0) == (one["stop_months"] > 0)


@pytest.mark.slow
def test_metals_that_share_a_store_are_planned_together_and_told_apart() -> None:
    """Copper strip and silver grain in one store: one block, one bound, but tonnes and days of each metal's own."""
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    store = {"name": "one room", "forms": ["US strip", "grain"], "limit": "60 t",
             "cost_per_month": "18 USD/t/month"}  # fmt: skip
    raw |= {"company": raw["company"] | {"months": 3}, "store": [store], "measure": []}
    options = PlanOptions(gap=0.05, max_iterations=10, paths=50, what_if=False)
    plan = buying_plan(company_from(raw), options=options)
    copper, silver = plan.metals
    assert [one.planned_with for one in plan.metals] == [(silver.metal,), (copper.metal,)]
    assert copper.lower_bound == silver.lower_bound
    assert copper.use_t_per_month == pytest.approx(40.0)
    assert silver.use_t_per_month == pytest.approx(0.26)
    assert {row["spec"] for row in copper.buy_now} <= {"US strip"}
    assert {row["spec"] for row in silver.buy_now} <= {"grain"}
    # 0.38 t of silver are 44 days of 0.26 t a month, 62 t of copper 47 days of 40 t: neither is counted in the other
    assert 0 < silver.target_days_of_cover[0] < 100
    assert 0 < copper.target_days_of_cover[0] < 100
    assert "Q39" in copper.assumptions


QUICK = PlanOptions(gap=0.05, avoidable_gap=1.0, max_iterations=10, paths=100, what_if=False)


@pytest.mark.slow
def test_a_promised_fill_rate_is_kept_and_priced_or_refused() -> None:
    raw = silver_only()
    raw["metal"][0]["stopped_line_cost"] = "0 USD/kg"
    loose = buying_plan(company_from(raw), options=QUICK).record()["metals"]["silver"]  # type: ignore[index]
    raw["metal"][0]["fill_share"] = 0.95
    kept = buying_plan(company_from(raw), options=QUICK).record()["metals"]["silver"]  # type: ignore[index]
    promise = kept["promises"][0]
    assert promise["achieved_fill_share"] >= 0.95 - 3 * promise["achieved_fill_share_se"]
    assert kept["lost_share"] <= loose["lost_share"]
    raw["metal"][0]["fill_share"] = 0.999
    raw["lane"] = [raw["lane"][0] | {"late_share": 0.4}]
    with pytest.raises(InfeasiblePlan) as caught:
        buying_plan(company_from(raw), options=QUICK)
    assert "promised 99.90%, at best" in str(caught.value)
    assert "最佳仍僅" in caught.value.text("zh-TW")


@pytest.mark.slow
def test_the_answer_reads_in_both_languages_with_the_same_numbers(tmp_path: Path) -> None:
    """Every sentence, table and note finds its words; lanes, flips and worth are there; the workbook holds orders."""
    raw = silver_only() | {"measure": tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["measure"]}
    options = PlanOptions(gap=0.05, avoidable_gap=1.0, max_iterations=10, paths=60)
    plan = buying_plan(company_from(raw), options=options)
    silver = plan.metals[0]
    assert {row["lane"] for row in silver.lanes} == {"Japan grain", "Germany grain"}
    assert any("imagined" in row["what"] for row in silver.flips)
    assert {"room:Plating vault_usd_per_t", "day_of_lead_time:Japan grain_usd"} <= set(silver.shadow_prices)
    assert [point.weight for point in silver.sweep] == sorted(point.weight or 0.0 for point in silver.sweep)
    section, told = plan_section(plan), []
    for language in Language:
        console = Console(file=io.StringIO(), width=200)
        print_section(section, Wording(language, "plan"), console)
        told.append([one for one in re.findall(r"\d[\d,.]*%", console.file.getvalue()) if one != "5%"])  # type: ignore[attr-defined]
    assert told[0]
    assert sorted(told[0]) == sorted(told[1])
    write_plan(plan, section, tmp_path / "plan.xlsx", Wording(Language.TAIWAN, "plan"))
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert [cell.value for cell in book["採購排程"][1]][:3] == ["金屬", "月份", "供應路線"]
    assert len(list(book["庫存與避險"].rows)) == 1 + len(silver.months)
    assert not any(str(cell.value).startswith("=") for page in book for row in page.rows for cell in row)
