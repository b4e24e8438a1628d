"""What the ways of buying came to in a replay, taken apart so that luck with prices is not mistaken for skill.

A month's cost is what was paid less what the metal owned gained in tonnes, at the month's price; what is held at the
beginning is counted at the first month's price, the same for everybody. The sum over months is the present-value cost.
Price luck is tonnes owned (or held in futures) times the change of the price over the month: nobody is taken to
foretell prices, so on average it is nothing, and cost without it compares what the ways of buying did.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tomnext.procurement.block import Block
from tomnext.procurement.ledger import Ledger, owned
from tomnext.procurement.physics import opening
from tomnext.procurement.programme import Floats

BOOTSTRAPS = 2000
BLOCK_MONTHS = 12
TAIL = 0.05
PARTS = ("metal", "storage", "finance", "stops", "hedge", "price_luck_stock", "price_luck_futures")
LUCK = ("price_luck_stock", "price_luck_futures")


@dataclass(frozen=True)
class Monthly:
    """One way of buying: present-value USD by draw and month, (draws, months); ``parts`` sum to ``cost``.

    ``use_t``: what the line wanted, (draws, months) t; ``price``: (months,) USD per t, not discounted; ``discount``:
    (months,) present value of a dollar.
    """

    cost: Floats
    use_t: Floats
    price: Floats
    discount: Floats
    parts: Mapping[str, Floats]

    @property
    def above_metal(self) -> Floats:
        """Cost less all use at its month's exchange price, which nobody can avoid; (draws, months) USD."""
        return np.asarray(self.cost - self.use_t * self.price * self.discount, dtype=np.float64)

    @property
    def without_luck(self) -> Floats:
        """Cost had prices not moved while metal or futures were held, (draws, months) USD."""
        return np.asarray(self.cost - sum(self.parts[name] for name in LUCK), dtype=np.float64)


def monthly_of(block: Block, ledger: Ledger) -> Monthly:
    """A ledger of a block with one price a month, taken apart; present-value USD."""
    n_paths, n_months = ledger.cost.shape
    discount = block.monthly_discount ** np.arange(n_months)
    price = np.array([block.forms[0].reference_usd_per_t_by_node[month][0] for month in range(n_months)])
    held = opening(block, n_paths)
    before = np.hstack([owned(block, held).sum(axis=1, keepdims=True), ledger.owned_t.sum(axis=2)[:, :-1]])
    futures = np.hstack([held.futures.sum(axis=1, keepdims=True), ledger.futures_t.sum(axis=2)[:, :-1]])
    price_before = np.concatenate([price[:1], price[:-1]])
    worth_before = before * price_before * np.concatenate([[1.0], discount[:-1]])
    worth_after = np.hstack([worth_before[:, 1:], np.zeros((n_paths, 1))])
    cost = ledger.cost + worth_before - worth_after
    cost[:, 0] += futures[:, 0] * price[0]
    lost = ledger.lost_t.sum(axis=2)
    moved = discount * (price - price_before)
    parts = {
        "storage": _bills(ledger, "holding") * discount,
        "finance": before * price_before * np.concatenate([[0.0], -np.diff(discount)]),
        "stops": (_bills(ledger, "stopped") - lost * price) * discount,
        "price_luck_stock": -before * moved,
        "price_luck_futures": -futures * moved,
    }
    parts["hedge"] = _bills(ledger, "futures") * discount - parts["price_luck_futures"]
    parts["hedge"][:, 0] += futures[:, 0] * price[0]
    parts["metal"] = cost - sum(parts.values())
    ordered = {name: parts[name] for name in PARTS}
    return Monthly(cost, ledger.need_t.sum(axis=2), price, np.asarray(discount, dtype=np.float64), ordered)


def opening_worth(block: Block) -> float:
    """What is held at the beginning, metal and futures, at the first month's exchange price, USD."""
    held = opening(block, 1)
    tonnes = float(owned(block, held).sum() + held.futures.sum())
    return tonnes * float(block.forms[0].reference_usd_per_t_by_node[0][0])


def _bills(ledger: Ledger, kind: str) -> Floats:
    return np.column_stack([getattr(bill, kind) for bill in ledger.bills])


@dataclass(frozen=True)
class Difference:
    """How much more one way of buying cost than another, USD, with its 95 % interval; negative when it cost less."""

    amount: float
    interval_95: tuple[float, float]

    @property
    def verdict(self) -> str:
        """``won`` (cost less), ``lost`` (cost more), ``not_distinguishable`` when the interval holds nought.

        >>> Difference(-5.0, (-9.0, -1.0)).verdict, Difference(-5.0, (-9.0, 1.0)).verdict
        ('won', 'not_distinguishable')
        """
        low, high = self.interval_95
        if high < 0:
            return "won"
        return "lost" if low > 0 else "not_distinguishable"

    def record(self) -> dict[str, object]:
        """JSON-ready, USD."""
        return {"amount": self.amount, "ci": list(self.interval_95), "verdict": self.verdict}


class Resampling:
    """Draws of luck and stretches of months drawn again and again, the same for every way of buying.

    Stretches of a year (a third of the replay when that is shorter) keep what hangs together in time, wrapped round
    so that every month counts alike (circular block bootstrap, Politis & Romano 1992, in LePage & Billard, Exploring
    the Limits of Bootstrap, 263–270); whole draws are drawn again too, so the luck of lanes and use is inside.
    """

    def __init__(self, n_draws: int, n_months: int, rng: np.random.Generator) -> None:
        self.n_months = n_months
        self.stretch = min(BLOCK_MONTHS, max(n_months // 3, 1))
        count = -(-n_months // self.stretch)
        self.draws = rng.integers(0, n_draws, (BOOTSTRAPS, n_draws, 1))
        self.starts = rng.integers(0, n_months, (BOOTSTRAPS, 1, count))
        self.whole = rng.integers(0, n_months - self.stretch + 1, (BOOTSTRAPS, 1, count))

    def totals(self, monthly: Floats) -> Floats:
        """The mean over draws of the sum over months in every resampled past, (bootstraps,); unit of ``monthly``."""
        wrapped = np.hstack([monthly, monthly[:, : self.stretch]])
        again = _sums(wrapped, self.stretch)[:, : self.n_months][self.draws, self.starts]
        return np.asarray(again.mean(axis=(1, 2)) * self.n_months / self.stretch, dtype=np.float64)

    def over_budget(self, one: Monthly) -> Floats:
        """What every stretch (not wrapped) cost above a budget of its use at the price of its first month.

        (draws, stretches) in USD of the stretch's first month: a rising price counts here, and so does a hedge.
        """
        used = _sums(one.use_t * one.discount, self.stretch)
        first = slice(0, used.shape[1])
        return np.asarray(
            (_sums(one.cost, self.stretch) - used * one.price[first]) / one.discount[first], dtype=np.float64
        )

    def mean_and_worst(self, one: Monthly) -> tuple[float, Floats]:
        """Mean plus mean of the worst 5 % of stretches over budget: as it was, and in every resampled past."""
        sums = self.over_budget(one)
        again = sums[self.draws, self.whole].reshape(BOOTSTRAPS, -1)
        return float(mean_plus_cvar(sums.reshape(1, -1))[0]), mean_plus_cvar(again)


def _sums(monthly: Floats, stretch: int) -> Floats:
    """Sums over every stretch of months by its first month."""
    running = np.hstack([np.zeros((len(monthly), 1)), np.cumsum(monthly, axis=1)])
    return np.asarray(running[:, stretch:] - running[:, :-stretch], dtype=np.float64)


def mean_plus_cvar(costs: Floats) -> Floats:
    """Mean of each row plus the mean of its worst 5 %, (rows,); any unit.

    >>> mean_plus_cvar(np.array([[0.0] * 19 + [20.0]])).tolist()
    [21.0]
    """
    worst = max(round(TAIL * costs.shape[1]), 1)
    tail = np.partition(costs, costs.shape[1] - worst, axis=1)[:, -worst:]
    return np.asarray(costs.mean(axis=1) + tail.mean(axis=1), dtype=np.float64)


def interval_95(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled values; their unit."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def difference(one: Floats, other: Floats, again: Resampling) -> Difference:
    """What ``one`` cost more than ``other``, (draws, months) USD each, met by the same luck."""
    more = one - other
    return Difference(float(more.mean(axis=0).sum()), interval_95(again.totals(more)))


def difference_of_mean_plus_cvar(one: Monthly, other: Monthly, again: Resampling) -> Difference:
    """The same for mean plus mean of the worst 5 % of stretches over budget; USD a stretch."""
    was, resampled = again.mean_and_worst(one)
    was_other, resampled_other = again.mean_and_worst(other)
    return Difference(was - was_other, interval_95(resampled - resampled_other))
