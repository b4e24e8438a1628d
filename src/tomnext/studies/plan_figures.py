"""What a way of buying comes to on the futures that were drawn, with sampling errors; differences on the same ones."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from tomnext.procurement.block import Block
from tomnext.procurement.given_paths import Paths
from tomnext.procurement.ledger import Ledger, usable_weights
from tomnext.procurement.policies import DAYS_A_MONTH
from tomnext.procurement.policy_value import NORMAL_95
from tomnext.procurement.programme import Floats

TAIL = 0.05
KINDS = ("metal", "holding", "conversion", "stopped", "futures")
"""Where money goes; metal is what is bought, finance included, less what is left, at the price of all use."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a way of buying comes to: present-value USD, and what the line goes without.

    ``..._se`` are standard errors from the futures walked. ``lost_share`` (0–1) is the share of all use that is not
    met, ``stop_months`` the mean number of months in which any is missing, ``stop_probability`` (0–1) the chance that
    this happens in at least one month of the plan, however small the missing amount (above 0.01 % of the month's
    use). ``by_kind``: mean present-value USD by kind of cost. ``weight``: λ of a plan, nothing for a rule.
    """

    name: str
    expected_cost: float
    expected_cost_se: float
    cvar_95: float
    cvar_95_se: float
    lost_share: float
    lost_share_se: float
    stop_months: float
    stop_probability: float
    stop_probability_se: float
    mean_days_of_cover: float
    by_kind: dict[str, float]
    weight: float | None = None

    def record(self) -> dict[str, object]:
        """The figures, JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Difference:
    """One way less another on the same futures: USD, days and shares (0–1) with standard errors."""

    cost: float
    cost_se: float
    cvar: float
    cvar_se: float
    days: float
    stop: float
    stop_se: float

    @property
    def is_cost_found(self) -> bool:
        """Whether the difference of mean cost is more than sampling noise (95 %)."""
        return abs(self.cost) > NORMAL_95 * self.cost_se


@dataclass(frozen=True)
class Walked:
    """A way of buying walked on given paths of a block for the months that are planned.

    ``metal``: the metal that days and shortages are counted of; all of the block where none is named. Costs are always
    the block's: metals planned together share them.
    """

    name: str
    block: Block
    paths: Paths
    ledger: Ledger
    months: int
    weight: float | None = None
    metal: str | None = None

    def of(self, metal: str) -> "Walked":
        """The same way, days and shortages counted of one metal."""
        return replace(self, metal=metal)

    def _metals(self) -> list[str]:
        return [self.metal] if self.metal else list(dict.fromkeys(form.metal for form in self.block.forms))

    def _own(self) -> list[int]:
        """The forms that days and shortages are counted of."""
        return [number for number, form in enumerate(self.block.forms) if form.metal in self._metals()]

    def first(self, count: int) -> "Walked":
        """The same way on the first ``count`` paths only."""
        arrays = {one.name: getattr(self.ledger, one.name) for one in fields(self.ledger) if one.name != "bills"}
        bills = tuple(
            replace(bill, **{one.name: getattr(bill, one.name)[:count] for one in fields(bill)})
            for bill in self.ledger.bills
        )
        ledger = replace(self.ledger, bills=bills, **{name: array[:count] for name, array in arrays.items()})
        return replace(self, paths=self.paths.first(count), ledger=ledger)

    def paid(self) -> Floats:
        """Present-value USD of every path that somebody pays: without the planning charge for a promise."""
        discounts = self.block.monthly_discount ** np.arange(self.block.n_stages)
        promised = np.column_stack([bill.promise for bill in self.ledger.bills]) @ discounts
        return np.asarray(self.ledger.total - promised, dtype=np.float64)

    def days(self) -> Floats:
        """Usable stock at each planned month's end in days of mean use, (paths, months); the mean over metals."""
        return np.asarray(np.mean([self._days_of(metal) for metal in self._metals()], axis=0), dtype=np.float64)

    def _days_of(self, metal: str) -> Floats:
        is_own = np.array([form.metal == metal for form in self.block.forms])
        use = float(sum(form.demand_t.mean() for form in self.block.forms if form.metal == metal)) / DAYS_A_MONTH
        usable = self.ledger.usable_t(usable_weights(self.block) * is_own) / use
        return np.asarray(usable[:, : self.months], dtype=np.float64)

    def is_short(self) -> Floats:
        """Whether any use is not met, (paths, planned months) of 0 or 1."""
        return np.asarray(self.ledger.is_stopped[:, : self.months, self._own()].max(axis=2), dtype=np.float64)

    def lost_share(self) -> tuple[float, float]:
        """The share (0–1) of all use that is not met, and the standard error of that ratio."""
        lost = self.ledger.lost_t[:, : self.months, self._own()].sum(axis=(1, 2))
        need = self.ledger.need_t[:, : self.months, self._own()].sum(axis=(1, 2))
        share = float(lost.sum() / need.sum()) if need.sum() > 0 else 0.0
        residual = (lost - share * need) / max(float(need.mean()), 1e-12)
        return share, standard_error(residual)

    def by_kind(self) -> dict[str, float]:
        """Mean present-value USD by kind; use that is not met counts as bought, and as stopped only by its extra."""
        discounts = self.block.monthly_discount ** np.arange(self.block.n_stages)
        found = {
            kind: float(
                sum(d * getattr(bill, kind).mean() for d, bill in zip(discounts, self.ledger.bills, strict=True))
            )
            for kind in KINDS
        }
        unbought = float(self._unbought_usd().mean(axis=0) @ discounts)
        found["stopped"] -= unbought
        found["metal"] = float(self.paid().mean()) - sum(found[kind] for kind in KINDS if kind != "metal")
        return found

    def _unbought_usd(self) -> Floats:
        """The exchange price of the use that is not met, (paths, months) USD of the month."""
        worth = np.zeros(self.ledger.cost.shape)
        for stage in range(self.block.n_stages):
            node = self.paths.nodes[:, stage]
            for number, form in enumerate(self.block.forms):
                worth[:, stage] += self.ledger.lost_t[:, stage, number] * form.reference_usd_per_t_by_node[stage][node]
        return worth

    def figures(self) -> Figures:
        """The figures with their sampling errors."""
        paid, short = self.paid(), self.is_short()
        lost, lost_se = self.lost_share()
        tail = tail_points(paid)
        return Figures(
            name=self.name,
            expected_cost=float(paid.mean()),
            expected_cost_se=standard_error(paid),
            cvar_95=float(tail.mean()),
            cvar_95_se=standard_error(tail),
            lost_share=lost,
            lost_share_se=lost_se,
            stop_months=float(short.sum(axis=1).mean()),
            stop_probability=float(short.max(axis=1).mean()),
            stop_probability_se=standard_error(short.max(axis=1)),
            mean_days_of_cover=float(self.days().mean()),
            by_kind=self.by_kind(),
            weight=self.weight,
        )


def difference(one: Walked, other: Walked) -> Difference:
    """``one`` less ``other``, path by path, so that what hits both takes itself out."""
    cost, tail = one.paid() - other.paid(), tail_points(one.paid()) - tail_points(other.paid())
    stop = one.is_short().max(axis=1) - other.is_short().max(axis=1)
    return Difference(
        cost=float(cost.mean()),
        cost_se=standard_error(cost),
        cvar=float(tail.mean()),
        cvar_se=standard_error(tail),
        days=float(one.days().mean() - other.days().mean()),
        stop=float(stop.mean()),
        stop_se=standard_error(stop),
    )


def tail_points(costs: Floats) -> Floats:
    """Figures (USD, one a path) whose mean is the mean of the worst 5 % and whose spread is that of the estimate.

    Rockafellar & Uryasev 2000 (J. Risk 2, 21–41): VaR + (cost − VaR)⁺ / 5 %.
    """
    worst = np.sort(costs)[-max(round(TAIL * len(costs)), 1) :]
    value_at_risk = float(worst[0])
    return np.asarray(value_at_risk + np.maximum(costs - value_at_risk, 0.0) / (len(worst) / len(costs)), np.float64)


def standard_error(values: Floats) -> float:
    """Standard error of a mean of independent paths, in the unit of the values."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def efficient(points: Sequence[Figures]) -> list[Figures]:
    """The points no other beats on both expected cost and the worst 5 %, from cheap to safe: monotone by nature."""
    kept: list[Figures] = []
    for point in sorted(points, key=lambda one: (one.expected_cost, one.cvar_95)):
        if not kept or point.cvar_95 < kept[-1].cvar_95:
            kept.append(point)
    return kept


def fan_of(walked: Walked) -> dict[str, float]:
    """Quantiles of the total cost in USD."""
    paid = walked.paid()
    return {f"p{q}": float(np.quantile(paid, q / 100)) for q in (5, 25, 50, 75, 95)}


def resilience_of(covers: Sequence[Walked]) -> Iterator[dict[str, Any]]:
    """What ten days more of cover cost at each step, and what the step does to the chance of standing still.

    From rules of fixed days; ``is_found`` is false where the change of cost is within sampling noise.
    """
    for before, after in pairwise(covers):
        step = difference(after, before)
        first, second = before.figures(), after.figures()
        yield {
            "from": before.name,
            "to": after.name,
            "days_from": first.mean_days_of_cover,
            "days_to": second.mean_days_of_cover,
            "cost_change": step.cost,
            "cost_change_se": step.cost_se,
            "cost_per_ten_days": 10.0 * step.cost / step.days if step.days > 0.5 else None,
            "lost_share_from": first.lost_share,
            "lost_share_to": second.lost_share,
            "stop_probability_from": first.stop_probability,
            "stop_probability_to": second.stop_probability,
            "is_found": step.is_cost_found,
        }
