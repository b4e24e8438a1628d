"""The exact recourse of a month-by-month purchase with capped spot buying, as a greedy with its dual prices, in numba.

Unmet use is a nested polymatroid: a source in month τ serves months from τ on. Taking sources from the cheapest up,
each to its cap and to the smallest remaining suffix at or before its month, is optimal (Federgruen & Groenevelt
1986, Operations Research 34, 909–918). The prices at which suffixes close are an optimal dual solution, so a cut
built from them is valid everywhere, kinks included.
"""

import numba
import numpy as np

from tomnext.procurement.programme import Floats

NOTHING_LEFT = 1e-12
"""Tonnes below which a suffix of unmet use counts as served."""


@numba.njit(cache=False)  # type: ignore[untyped-decorator]
def recourse(
    price: Floats, demand: Floats, arrivals: Floats, buffer: float, spot_cap: float, holding: float, penalty: float
) -> tuple[Floats, Floats, Floats]:
    """Least cost of every scenario and its dual prices.

    ``price``, ``demand``: (n, months) USD per t and t. ``arrivals``: (months,) t. Gives the cost (n,) USD, the value
    of a tonne in each month (n, months) USD per t, and the part of the dual value that no first-stage decision
    changes (n,) USD: cost = constant − value · arrivals − value[0] · buffer.
    """
    n, months = price.shape
    cost, value, constant = np.zeros(n), np.zeros((n, months)), np.zeros(n)
    for scenario in range(n):
        unmet, left, paid = _from_stock(demand[scenario], arrivals, buffer, holding)
        closed, bought = _bought(price[scenario], unmet, spot_cap, holding, penalty)
        value[scenario] = _prices(left, closed, holding, penalty)
        worth = value[scenario]
        capped = np.maximum(worth - price[scenario], 0.0).sum()
        constant[scenario] = (worth * demand[scenario]).sum() - spot_cap * capped
        cost[scenario] = paid + bought
    return cost, value, constant


@numba.njit(cache=False)  # type: ignore[untyped-decorator]
def _from_stock(demand: Floats, arrivals: Floats, buffer: float, holding: float) -> tuple[Floats, Floats, float]:
    """Serve what stock and arrivals can: unmet use, stock left at each month's end, what keeping it costs."""
    months = len(demand)
    unmet, left = np.zeros(months), np.zeros(months)
    stock, paid = buffer, 0.0
    for t in range(months):
        stock += arrivals[t]
        used = min(stock, demand[t])
        unmet[t] = demand[t] - used
        stock -= used
        left[t] = stock
        paid += holding * stock + holding * t * unmet[t]
    return unmet, left, paid


@numba.njit(cache=False)  # type: ignore[untyped-decorator]
def _bought(price: Floats, unmet: Floats, spot_cap: float, holding: float, penalty: float) -> tuple[Floats, float]:
    """Buy or lose from the cheapest source up: the price at which each suffix closed, and what all costs."""
    months = len(unmet)
    suffix, closed = np.zeros(months), np.full(months, np.inf)
    suffix[:] = np.cumsum(unmet[::-1])[::-1]
    sources = np.empty(2 * months)
    for t in range(months):
        sources[t] = price[t] - holding * t
        sources[months + t] = penalty - holding * t
    paid = 0.0
    for source in np.argsort(sources):
        t = source % months
        taken = min(spot_cap if source < months else np.inf, suffix[: t + 1].min())
        paid += taken * sources[source]
        for s in range(t + 1):
            suffix[s] -= taken
            if suffix[s] <= NOTHING_LEFT and closed[s] == np.inf:
                closed[s] = sources[source]
    return closed, paid


@numba.njit(cache=False)  # type: ignore[untyped-decorator]
def _prices(left: Floats, closed: Floats, holding: float, penalty: float) -> Floats:
    """The value of a tonne in each month: what it saves there, or next month's less a month's keeping."""
    months = len(left)
    value, marginal = np.empty(months), np.empty(months)
    least, worth = np.inf, 0.0
    for t in range(months):
        least = min(least, closed[t], penalty - holding * t)
        marginal[t] = least + holding * t
    for t in range(months - 1, -1, -1):
        worth = worth - holding if left[t] > 0 else marginal[t]
        value[t] = worth
    return value
