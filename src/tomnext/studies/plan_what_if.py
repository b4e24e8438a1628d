"""What would change the answer: tariffs, carbon, stops, squeezes and lost lanes, each solved again and compared.

A change that makes nothing cheaper in any state leaves old cuts true lower bounds (Bellman's operator is monotone), so
it is answered from kept cuts with a few iterations more. Others are solved afresh. All meet the same luck, and what is
left at the end keeps its value (with other squeezes: at the prices of their own lattice), so a difference is the
change's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tomnext.facts.kinds.carbon import CarbonIntensity
from tomnext.facts.load import load_facts
from tomnext.procurement.block import Block
from tomnext.procurement.sddp import Effort
from tomnext.studies.duty import country
from tomnext.studies.plan_blocks import lanes_of
from tomnext.studies.plan_charges import lands_in
from tomnext.studies.plan_figures import difference
from tomnext.studies.plan_problem import Answer, Problem, Solver
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

FROM_KEPT = Effort(gap=0.0, max_iterations=12, check_every=99, n_paths=12)
AFRESH = Effort(gap=0.004, max_iterations=30, check_every=15, n_paths=30)
WALKED = 300
"""Futures on which a change is compared."""
FLIP_DAYS = 10.0
FLIP_ORDER_SHARE = 0.5
"""A decision has changed when this share of this month's order moves elsewhere, or mean cover moves by FLIP_DAYS."""
DUTY_POINTS = 0.10
SQUEEZE_TIMES = 3.0
CARBON_USD_PER_TCO2E = 100.0


@dataclass(frozen=True)
class Change:
    """A question: what is altered, the altered block, and whether cuts of the plan still hold for it."""

    what: Text
    block: Block
    keeps_cuts: bool


def changes(problem: Problem, main_lane: str | None) -> Iterator[Change]:
    """Everything that is asked of a metal, without lanes lost; ``main_lane`` is the one most is bought from."""
    names = {lane.name for lane in lanes_of(problem.sheet, problem.metals)}
    for row in problem.sheet.measure:
        if hit := tuple(name for name in row.lanes if name in names):
            yield Change(Text(row.name, row.name), problem.taxed(hit, row.duty_pct / 100, row.first_month), True)
    if problem.proposed.by_lane:
        titles = problem.proposed.measures
        law = Text("; ".join(one.en for one in titles), "；".join(one.zh for one in titles))
        enacted = Text(f"proposals become law: {law.en}", f"提案成為法規：{law.zh}")
        yield Change(enacted, problem.with_proposals(), problem.proposed.only_dearer)
    if main_lane is not None:
        more = Text(f"10 points more duty on {main_lane}", f"{main_lane} 關稅增加 10 個百分點")
        yield Change(more, problem.taxed((main_lane,), DUTY_POINTS, 0), True)
    for metal in problem.metals:
        yield from _carbon(problem, metal)
    yield Change(Text("a stopped line costs twice as much", "停線損失為兩倍"), problem.with_stops(2.0), True)
    yield Change(Text("a stopped line costs half as much", "停線損失為一半"), problem.with_stops(0.5), False)
    often = Text("squeezes three times as likely", "擠倉機率為三倍")
    yield Change(often, problem.with_squeezes(SQUEEZE_TIMES), False)


def _carbon(problem: Problem, metal: Metal) -> Iterator[Change]:
    """A carbon charge at the border on every imported lane, at the metal's published average (else study) figure."""
    rows = [row for row in load_facts().table("carbon/intensity", CarbonIntensity) if row.metal == metal.value]
    known = [row for row in rows if row.tco2e_per_t is not None and row.kind in ("average", "study")]
    imported = tuple(
        lane.name for lane in lanes_of(problem.sheet, (metal,)) if country(lane.origin) != lands_in(problem.sheet, lane)
    )
    if not known or not imported:
        return
    intensity = float(min(known, key=lambda row: row.kind).tco2e_per_t or 0.0)
    charge = CARBON_USD_PER_TCO2E
    what = Text(
        f"carbon at USD {charge:g} a tonne CO2e at the border ({intensity:g} t CO2e per t)",
        f"進口課碳費每公噸 CO2e {charge:g} 美元（每公噸金屬 {intensity:g} 公噸 CO2e）",
    )
    yield Change(what, problem.with_carbon(imported, charge * intensity), True)


def flips_of(solver: Solver, base: Answer, main_lane: str | None) -> Iterator[dict[str, Any]]:
    """Each change answered: cost, cover and this month's order then, and whether the decision is another."""
    for change in changes(solver.problem, main_lane):
        if solver.is_cancelled:
            return
        then = _answered(solver, change, base)
        found = difference(then.walked, base.walked.first(len(then.walked.paths.nodes)))
        moved = moved_share(base.by_lane_now_t(), then.by_lane_now_t())
        yield {
            "what": change.what.en,
            "what_zh": change.what.zh,
            "expected_cost_change": found.cost,
            "expected_cost_change_se": found.cost_se,
            "is_found": found.is_cost_found,
            "days_of_cover_change": found.days,
            "stop_probability_change": found.stop,
            "stop_probability_change_se": found.stop_se,
            "buy_now_lanes": sorted(then.by_lane_now_t()),
            "buy_now_moved_share": moved,
            "flips": abs(found.days) > FLIP_DAYS or moved > FLIP_ORDER_SHARE,
            "from_kept_cuts": change.keeps_cuts,
            "gap": then.solution.gap,
        }


def lanes_worth(solver: Solver, base: Answer) -> list[dict[str, Any]]:
    """What each lane is worth: cost without it less cost with it, USD over the plan; the largest is pivotal."""
    lanes: list[dict[str, Any]] = []
    for number, lane in enumerate(solver.problem.block.lanes):
        if solver.is_cancelled or len(solver.problem.block.lanes) == 1:
            break
        without = Text(f"without {lane.name}", f"沒有{lane.name}")
        then = _answered(solver, Change(without, solver.problem.without(number), True), base)
        found = difference(then.walked, base.walked.first(len(then.walked.paths.nodes)))
        lanes.append(
            {
                "lane": lane.name,
                "worth_usd": found.cost,
                "worth_usd_se": found.cost_se,
                "is_found": found.is_cost_found,
                "stop_probability_change": found.stop,
                "stop_probability_change_se": found.stop_se,
            }
        )
    return sorted(lanes, key=lambda one: -one["worth_usd"])


def _answered(solver: Solver, change: Change, base: Answer) -> Answer:
    effort, kept = (FROM_KEPT, base.solution) if change.keeps_cuts else (AFRESH, None)
    weight = base.solution.risk.weight
    return solver.answer(change.what, change.block, weight, effort, kept, min(WALKED, solver.options.paths))


def moved_share(before: dict[str, float], after: dict[str, float]) -> float:
    """The share (0–1) of this month's order that goes elsewhere, of the larger order of the two (t by lane).

    >>> moved_share({"Japan": 3.0, "Korea": 1.0}, {"Korea": 4.0})
    0.75
    """
    most = max(sum(before.values()), sum(after.values()))
    if most == 0:
        return 0.0
    names = before.keys() | after.keys()
    gained = sum(max(after.get(name, 0.0) - before.get(name, 0.0), 0.0) for name in names)
    given_up = sum(max(before.get(name, 0.0) - after.get(name, 0.0), 0.0) for name in names)
    return float(max(gained, given_up) / most)


def iterations_of(problem: Problem) -> int:
    """How many iterations all questions take together at most, for whoever waits."""
    lanes = len(problem.block.lanes)
    dearer = len(problem.sheet.measure) + len(problem.metals) + 3
    return (lanes + dearer) * FROM_KEPT.max_iterations + 2 * AFRESH.max_iterations
