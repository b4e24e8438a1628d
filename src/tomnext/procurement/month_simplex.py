"""The small linear programme of a month, solved by a bounded dual simplex on a condensed tableau, in numba.

A month has some twenty decisions, as many rows and up to hundreds of cuts, and is solved hundreds of thousands of
times with another right side: a general solver spends most of that time on its own bookkeeping. Every row i is
written as an activity s_i = a_i · x with bounds, so the tableau says how the basic variables depend on the others and
a new right side changes bounds only; it never has more columns than there are decisions. Cuts enter one by one when
they are violated. The rules are those of Koberstein 2005 (The dual simplex method, thesis, Paderborn), chapters 3 and
6: largest infeasibility leaves, bounds are flipped while that still helps. Every answer is checked against the
original figures before it is believed; who calls turns to HiGHS when a check fails.

Variables by number: decisions 0 … n−1 (the last is the cost of the future), rows n … n+R−1, cuts from n+R on.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.programme import Floats

SOLVED, IMPOSSIBLE, UNSURE = 0, 1, 2
PIVOT_SMALLEST = 1e-8
PRICE_SLACK = 1e-10
ROOM = 1e-9
"""Relative tolerance of a bound in the tableau; answers are checked with CHECKED afterwards."""

CHECKED = 1e-8
MOST_PIVOTS = 400
SPARE_ROWS = 12


class Tableau(NamedTuple):
    """Where the simplex of one node stands: ``table`` (rows, n), reduced cost ``price`` (n,), who is basic or not.

    ``size``: (1,) how many rows are in use. For a whole stage every array has the nodes as first axis.
    """

    table: Floats
    price: Floats
    basic: NDArray[np.int64]
    nonbasic: NDArray[np.int64]
    is_high: NDArray[np.bool_]
    size: NDArray[np.int64]


class Month(NamedTuple):
    """One node's figures in scaled money per t and t, the future's cost as last column; cuts (k,), (k, states).

    For a whole stage ``cost``, ``lower``, ``upper``, ``intercept`` and ``slope`` have the nodes as first axis.
    """

    matrix: Floats
    is_equality: NDArray[np.bool_]
    state_columns: NDArray[np.int64]
    cost: Floats
    lower: Floats
    upper: Floats
    intercept: Floats
    slope: Floats


class Answer(NamedTuple):
    """Filled by :func:`optimise`: decisions ``x`` (n,) t, the rows' ``price`` (R,), of cuts the weighted sums.

    ``bound``: (1,) the value proved by the duals; ``cut_slope``: (states,) Σ weight · slope.
    """

    x: Floats
    row_price: Floats
    bound: Floats
    cut_slope: Floats


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def optimise(tableau: Tableau, month: Month, rhs: Floats, answer: Answer) -> int:
    """Solve one month (t, scaled money) from where the tableau stands; from nothing when that cannot be believed."""
    for is_fresh in (False, True):
        if is_fresh or tableau.size[0] == 0:
            begin(tableau, month)
        status = _solved(tableau, month, rhs, answer)
        if status == SOLVED and _is_proved(tableau, month, rhs, answer):
            return SOLVED
        if status == IMPOSSIBLE and is_fresh:
            return IMPOSSIBLE
    tableau.size[0] = 0
    return UNSURE


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def begin(tableau: Tableau, month: Month) -> None:
    """Start from the rows as basis, every decision at a bound (t)."""
    rows, n = month.matrix.shape
    tableau.table[:rows] = month.matrix
    tableau.price[:] = month.cost
    tableau.basic[:rows] = np.arange(n, n + rows)
    tableau.nonbasic[:] = np.arange(n)
    tableau.size[0] = rows


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _bounds(month: Month, rhs: Floats, number: int) -> tuple[float, float]:
    rows, n = month.matrix.shape
    if number < n:
        return month.lower[number], month.upper[number]
    if number < n + rows:
        low = rhs[number - n]
        return low, low if month.is_equality[number - n] else np.inf
    return month.intercept[number - n - rows], np.inf


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _solved(tableau: Tableau, month: Month, rhs: Floats, answer: Answer) -> int:
    """The dual simplex, with cuts taken in as they are violated; ``answer.x`` is filled."""
    n = len(month.cost)
    resting, value = np.empty(n), np.empty(len(tableau.basic))
    while True:
        status: int = _pivoted(tableau, month, rhs, resting, value)
        if status != SOLVED:
            return status
        _read(tableau, resting, value, answer.x)
        cut = _most_violated(month, answer.x)
        if cut < 0:
            return SOLVED
        if tableau.size[0] == len(tableau.basic) and not _drop_idle(tableau, month):
            return UNSURE
        _take_in(tableau, month, cut)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _pivoted(tableau: Tableau, month: Month, rhs: Floats, resting: Floats, value: Floats) -> int:
    """Pivot until every basic variable is within its bounds; ``resting``, ``value``: of nonbasic and basic ones."""
    if not _rested(tableau, month, rhs, resting):
        return UNSURE
    for _ in range(MOST_PIVOTS):
        leaving, missing, target = _leaving(tableau, month, rhs, resting, value)
        if leaving < 0:
            return SOLVED
        must_rise = value[leaving] < target
        entering = _entering(tableau, month, rhs, resting, leaving, missing, must_rise)
        if entering < 0:
            return IMPOSSIBLE
        _exchange(tableau, leaving, entering)
        resting[entering], tableau.is_high[entering] = target, not must_rise
    return UNSURE


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _rested(tableau: Tableau, month: Month, rhs: Floats, resting: Floats) -> bool:
    """Put every nonbasic variable at the bound its price asks for; False when there is no such bound."""
    for j in range(len(resting)):
        low, high = _bounds(month, rhs, tableau.nonbasic[j])
        is_high = tableau.price[j] < 0.0
        if is_high and high == np.inf:
            if tableau.price[j] < -PRICE_SLACK:
                return False
            is_high = False
        tableau.is_high[j] = is_high
        resting[j] = high if is_high else low
    return True


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _leaving(
    tableau: Tableau, month: Month, rhs: Floats, resting: Floats, value: Floats
) -> tuple[int, float, float]:  # fmt: skip
    """The basic variable farthest outside its bounds (or −1), by how much, and the bound it goes to; fills values."""
    worst, leaving, target = 0.0, -1, 0.0
    for i in range(tableau.size[0]):
        total = 0.0
        for j in range(len(resting)):
            total += tableau.table[i, j] * resting[j]
        value[i] = total
        low, high = _bounds(month, rhs, tableau.basic[i])
        under, over = low - total, total - high
        if under > ROOM * (1.0 + abs(low)) and under > worst:
            worst, leaving, target = under, i, low
        elif over > ROOM * (1.0 + abs(high)) and over > worst:
            worst, leaving, target = over, i, high
    return leaving, worst, target


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _entering(
    tableau: Tableau, month: Month, rhs: Floats, resting: Floats, leaving: int, missing: float, must_rise: bool
) -> int:
    """The column that enters: the least price per step; boxed ones are flipped while the row stays infeasible."""
    n = len(resting)
    row, sign = tableau.table[leaving], 1.0 if must_rise else -1.0
    passed = np.zeros(n, dtype=np.bool_)
    while True:
        best, chosen = np.inf, -1
        for j in range(n):
            step = -sign * row[j] if tableau.is_high[j] else sign * row[j]
            if passed[j] or step <= PIVOT_SMALLEST:
                continue
            low, high = _bounds(month, rhs, tableau.nonbasic[j])
            if low == high:
                continue
            ratio = abs(tableau.price[j]) / step
            if ratio < best - 1e-12 or (ratio <= best + 1e-12 and step > abs(row[chosen])):
                best, chosen = min(ratio, best), j
        if chosen < 0:
            return -1
        low, high = _bounds(month, rhs, tableau.nonbasic[chosen])
        gained = abs(row[chosen]) * (high - low)
        if gained >= missing:
            return chosen
        missing -= gained
        passed[chosen] = True
        tableau.is_high[chosen] = not tableau.is_high[chosen]
        resting[chosen] = high if tableau.is_high[chosen] else low


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _exchange(tableau: Tableau, leaving: int, entering: int) -> None:
    """Swap a basic variable against a nonbasic one."""
    table, price = tableau.table, tableau.price
    n = len(price)
    row = table[leaving]
    pivot = 1.0 / row[entering]
    for j in range(n):
        row[j] *= -pivot
    row[entering] = pivot
    for i in range(tableau.size[0]):
        share = table[i, entering]
        if i == leaving or share == 0.0:
            continue
        table[i, entering] = 0.0
        for j in range(n):
            table[i, j] += share * row[j]
    share = price[entering]
    price[entering] = 0.0
    for j in range(n):
        price[j] += share * row[j]
    swapped = tableau.basic[leaving]
    tableau.basic[leaving] = tableau.nonbasic[entering]
    tableau.nonbasic[entering] = swapped


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _read(tableau: Tableau, resting: Floats, value: Floats, x: Floats) -> None:
    n = len(x)
    for j in range(n):
        if tableau.nonbasic[j] < n:
            x[tableau.nonbasic[j]] = resting[j]
    for i in range(tableau.size[0]):
        if tableau.basic[i] < n:
            x[tableau.basic[i]] = value[i]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _most_violated(month: Month, x: Floats) -> int:
    """The cut that lies highest above the cost of the future in ``x``, or −1."""
    future = x[-1]
    highest, found = future, -1
    for k in range(len(month.intercept)):
        height = month.intercept[k]
        for s in range(len(month.state_columns)):
            height += month.slope[k, s] * x[month.state_columns[s]]
        if height > highest and height - future > 2 * ROOM * (1.0 + abs(month.intercept[k])):
            highest, found = height, k
    return found


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _drop_idle(tableau: Tableau, month: Month) -> bool:
    """Take out the cuts that do not bind (their activities are basic); whether there were any."""
    first_cut = month.matrix.shape[0] + len(month.cost)
    kept = 0
    for i in range(tableau.size[0]):
        if tableau.basic[i] < first_cut:
            tableau.table[kept] = tableau.table[i]
            tableau.basic[kept] = tableau.basic[i]
            kept += 1
    dropped = bool(kept < tableau.size[0])
    tableau.size[0] = kept
    return dropped


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _take_in(tableau: Tableau, month: Month, cut: int) -> None:
    """Add a cut's activity, future − slope · outgoing state, as a basic row."""
    n, size = len(month.cost), tableau.size[0]
    row = tableau.table[size]
    row[:] = 0.0
    share = np.zeros(n)
    share[n - 1] = 1.0
    for s in range(len(month.state_columns)):
        share[month.state_columns[s]] -= month.slope[cut, s]
    for j in range(n):
        if tableau.nonbasic[j] < n:
            row[j] += share[tableau.nonbasic[j]]
    for i in range(size):
        if tableau.basic[i] < n and share[tableau.basic[i]] != 0.0:
            for j in range(n):
                row[j] += share[tableau.basic[i]] * tableau.table[i, j]
    tableau.basic[size] = n + month.matrix.shape[0] + cut
    tableau.size[0] = size + 1


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _is_proved(tableau: Tableau, month: Month, rhs: Floats, answer: Answer) -> bool:
    """Whether the rows hold in the original figures and the duals prove the value; fills the rest of the answer."""
    rows, n = month.matrix.shape
    answer.row_price[:] = 0.0
    weight = np.zeros(len(month.intercept))
    for j in range(n):
        number = tableau.nonbasic[j] - n
        if number >= rows:
            weight[number - rows] = tableau.price[j]
        elif number >= 0:
            answer.row_price[number] = tableau.price[j]
    bound_by_duals(month, rhs, weight, answer)
    value, size = 0.0, 1.0
    for j in range(n):
        value += month.cost[j] * answer.x[j]
        size += abs(month.cost[j] * answer.x[j])
    for r in range(rows):
        activity, scale = 0.0, 1.0 + abs(rhs[r])
        for j in range(n):
            activity += month.matrix[r, j] * answer.x[j]
        short = rhs[r] - activity
        if short > CHECKED * scale or (month.is_equality[r] and -short > CHECKED * scale):
            return False
    return bool(abs(value - answer.bound[0]) <= CHECKED * size)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def bound_by_duals(month: Month, rhs: Floats, weight: Floats, answer: Answer) -> None:
    """Weak duality with finite bounds, valid whatever the duals: fills ``bound`` and ``cut_slope`` (scaled money).

    π·rhs + μ·intercepts + Σ least reduced cost of each column in its box, from ``answer.row_price`` (π) and the
    cuts' ``weight`` (μ); signs are mended and the weights shrunk to a total of one at most.
    """
    rows, n = month.matrix.shape
    answer.cut_slope[:] = 0.0
    bound, total = 0.0, np.maximum(weight, 0.0).sum()
    shrunk = 1.0 / max(total, 1.0)
    for k in range(len(weight)):
        share = max(weight[k], 0.0) * shrunk
        if share > 0.0:
            bound += share * month.intercept[k]
            answer.cut_slope[:] += share * month.slope[k]
    bound += (1.0 - min(total, 1.0)) * month.lower[n - 1]
    reduced = month.cost[: n - 1].copy()
    for r in range(rows):
        price = answer.row_price[r]
        if not month.is_equality[r] and price < 0.0:
            price = 0.0
        answer.row_price[r] = price
        bound += price * rhs[r]
        for j in range(n - 1):
            reduced[j] -= price * month.matrix[r, j]
    for s in range(len(month.state_columns)):
        reduced[month.state_columns[s]] += answer.cut_slope[s]
    for j in range(n - 1):
        bound += min(reduced[j] * month.lower[j], reduced[j] * month.upper[j])
    answer.bound[0] = bound


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def tableau_at(stage: Tableau, node: int) -> Tableau:
    """The tableau of one node of a stage, in t and scaled money."""
    return Tableau(
        stage.table[node], stage.price[node], stage.basic[node], stage.nonbasic[node], stage.is_high[node],
        stage.size[node],
    )  # fmt: skip


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def month_at(stage: Month, node: int, n_cuts: int) -> Month:
    """The figures (scaled money, t) of one node of a stage with the first ``n_cuts`` cuts."""
    return Month(
        stage.matrix, stage.is_equality, stage.state_columns, stage.cost[node], stage.lower[node], stage.upper[node],
        stage.intercept[node, :n_cuts], stage.slope[node, :n_cuts],
    )  # fmt: skip


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def room_for_answer(stage: Month) -> Answer:
    """An answer to be filled, decisions in t and bounds in scaled money."""
    rows, n = stage.matrix.shape
    return Answer(np.empty(n), np.empty(rows), np.empty(1), np.empty(len(stage.state_columns)))


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def bounds_of_all(
    tableaus: Tableau, months: Month, n_cuts: int, rhs: Floats, incoming: Floats, state: Floats, value: Floats,
    slope: Floats,
) -> NDArray[np.bool_]:  # fmt: skip
    """Bounds of every node and outcome at ``state`` (t) and their slopes (scaled money), and which were not solved.

    ``rhs``: (n, w, rows), ``incoming``: (n, w, rows, states); ``value`` (n, w) and ``slope`` (n, w, states) are filled.
    """
    answer = room_for_answer(months)
    unsolved = np.zeros(value.shape, dtype=np.bool_)
    for node in range(value.shape[0]):
        tableau, month = tableau_at(tableaus, node), month_at(months, node, n_cuts)
        for outcome in range(value.shape[1]):
            right = rhs[node, outcome] + incoming[node, outcome] @ state
            unsolved[node, outcome] = optimise(tableau, month, right, answer) != SOLVED
            value[node, outcome] = answer.bound[0]
            slope[node, outcome] = answer.row_price @ incoming[node, outcome]
    return unsolved


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def decisions_of_all(
    tableaus: Tableau, months: Month, n_cuts: int, nodes: NDArray[np.int64], rhs: Floats, decided: Floats
) -> NDArray[np.bool_]:
    """Fill ``decided`` (paths, n) t at each path's node and right side (paths, rows) t; which were not solved."""
    answer = room_for_answer(months)
    unsolved = np.zeros(len(nodes), dtype=np.bool_)
    for path in range(len(nodes)):
        month = month_at(months, nodes[path], n_cuts)
        unsolved[path] = optimise(tableau_at(tableaus, nodes[path]), month, rhs[path], answer) != SOLVED
        decided[path] = answer.x
    return unsolved
