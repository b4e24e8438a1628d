"""A promised fill rate, kept: an unmet tonne is charged more and more until the plan serves what was promised.

The charge at which the promise is first kept is what the promise is worth: its shadow price. As the charge only
rises, cuts of every step hold for the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tomnext.procurement.block import Block
from tomnext.procurement.given_paths import Paths
from tomnext.procurement.ledger import Ledger, run
from tomnext.procurement.sddp import Effort
from tomnext.studies.company_sheet import MetalTable
from tomnext.studies.plan_figures import Walked, standard_error
from tomnext.studies.plan_problem import Answer, Problem, Solver, with_extra
from tomnext.vocabulary.errors import InfeasiblePlan
from tomnext.vocabulary.words import Text

STEP = 2.0
STEPS = 7
LEAST_SHARE_OF_PRICE = 0.05
"""The first step above a stopped line that costs nothing: this share of the metal's price."""
RUNG = Effort(gap=0.0, max_iterations=5, check_every=99, n_paths=12)


@dataclass(frozen=True)
class KeptPromise:
    """A fill rate as promised and as achieved (shares 0–1) with its standard error; the charge it needed, USD per t.

    ``charge_failed_usd_per_t`` is the highest charge at which the promise was not kept: the promise is worth between
    the two; nothing where the stated cost of a stopped line was enough.
    """

    form: str
    promised: float
    achieved: float
    achieved_se: float
    charge_usd_per_t: float
    charge_failed_usd_per_t: float | None

    def record(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "form": self.form,
            "promised_fill_share": self.promised,
            "achieved_fill_share": self.achieved,
            "achieved_fill_share_se": self.achieved_se,
            "unmet_tonne_charged_usd_per_t": self.charge_usd_per_t,
            "not_kept_at_usd_per_t": self.charge_failed_usd_per_t,
            "shadow_price_usd_per_t": 0.0 if self.charge_failed_usd_per_t is None else self.charge_usd_per_t,
        }


def promised(problem: Problem) -> list[MetalTable]:
    """The rows of the sheet with a promised fill rate for the metals of this problem."""
    return [row for row in problem.sheet.metal if row.metal in problem.metals and row.fill_share]


def keep_promises(solver: Solver, base: Answer) -> tuple[Answer, tuple[KeptPromise, ...]]:
    """The plan that keeps the promised fill rates, and what that took; InfeasiblePlan when none does.

    Charges are tuned on futures of their own and judged on the common ones.
    """
    rows = promised(solver.problem)
    if not rows:
        return base, ()
    problem, answer, failed = solver.problem, base, dict.fromkeys((row.form for row in rows), np.nan)
    block, paths = problem.block, solver.search_paths()
    for step in range(STEPS + 1):
        tried = Walked("", problem.block, paths, _run(answer, problem.block, paths), len(problem.months))
        short = [row for row in rows if fill_of(tried, row.form)[0] < (row.fill_share or 0.0)]
        if not short or solver.is_cancelled:
            return answer, tuple(_kept(block, answer, row, failed[row.form]) for row in rows)
        if step == STEPS:
            raise _refused(tried, short, block)
        for row in short:
            failed[row.form] = charge_of(block, row.form)
            block = _dearer(block, row.form)
        what = Text(f"promised fill rate, step {step + 1}", f"承諾供料率，第 {step + 1} 步")
        weight = base.solution.risk.weight
        answer = solver.answer(what, block, weight, RUNG, answer.solution, judged_by=problem.block)
    raise AssertionError("the last step answers or refuses")


def fill_of(walked: Walked, form: str) -> tuple[float, float]:
    """The share (0–1) of a form's use that is served, and its standard error."""
    number = [one.name for one in walked.block.forms].index(form)
    lost = walked.ledger.lost_t[:, : walked.months, number].sum(axis=1)
    need = walked.ledger.need_t[:, : walked.months, number].sum(axis=1)
    share = float(lost.sum() / need.sum()) if need.sum() > 0 else 0.0
    return 1.0 - share, standard_error((lost - share * need) / max(float(need.mean()), 1e-12))


def charge_of(block: Block, form: str) -> float:
    """What an unmet tonne of a form is charged on top of the metal's own price, USD per t."""
    one = next(one for one in block.forms if one.name == form)
    return float((one.lost_usd_per_t_by_node[0] - one.reference_usd_per_t_by_node[0])[0])


def _dearer(block: Block, form: str) -> Block:
    price = float(next(one for one in block.forms if one.name == form).reference_usd_per_t_by_node[0][0])
    least = LEAST_SHARE_OF_PRICE * price
    forms = tuple(
        with_extra(one, lambda extra: max(STEP * extra, least)) if one.name == form else one for one in block.forms
    )
    return replace(block, forms=forms)


def _kept(charged: Block, answer: Answer, row: MetalTable, failed: float) -> KeptPromise:
    achieved, error = fill_of(answer.walked, row.form)
    charge = charge_of(charged, row.form)
    return KeptPromise(row.form, row.fill_share or 0.0, achieved, error, charge, None if np.isnan(failed) else failed)


def _refused(tried: Walked, short: list[MetalTable], block: Block) -> InfeasiblePlan:
    lines = list(_reasons(tried, short, block))
    return InfeasiblePlan(
        Text(
            "The promised fill rate cannot be kept:\n" + "\n".join(f"  • {one.en}" for one in lines),
            "無法達成承諾的供料率：\n" + "\n".join(f"  • {one.zh}" for one in lines),
        ),
        fix=Text(
            "Lower fill_share, hold more today, add a lane or shorten a lead time.",
            "請調低 fill_share、增加現有庫存、新增路線或縮短交期。",
        ),
    )


def _reasons(tried: Walked, short: list[MetalTable], block: Block) -> Iterator[Text]:
    for row in short:
        share, error = fill_of(tried, row.form)
        number = [one.name for one in tried.block.forms].index(row.form)
        lost = tried.ledger.lost_t[:, : tried.months, number].mean(axis=0)
        month, charge = int(lost.argmax()), charge_of(block, row.form)
        part = float(lost[month] / lost.sum())
        yield Text(
            f"“{row.form}”: promised {row.fill_share:.2%}, at best {share:.2%} (± {error:.2%}) even with an unmet tonne"
            f" charged at {charge:,.0f} USD; {part:.0%} of what is missing falls in month {month + 1} of the plan",
            f"「{row.form}」：承諾 {row.fill_share:.2%}，即使每公噸缺料計價 {charge:,.0f} 美元，最佳仍僅 {share:.2%}"
            f"（± {error:.2%}）；缺口的 {part:.0%} 落在計畫第 {month + 1} 個月",
        )


def _run(answer: Answer, block: Block, paths: Paths) -> Ledger:
    """The answer's policy walked on some futures, with the sheet's own bills."""
    return run(block, answer.policy, paths.nodes, paths.outcomes)
