"""Plans turned into coefficients, and coefficients multiplied with the amounts of many rows.

Rows are taken in blocks that stay in the processor's cache; everything is float64.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tomnext.landed_cost.stacking import Plan

Floats = NDArray[np.float64]
Indices = NDArray[np.integer]
Forms = tuple[tuple[str, Floats], ...]
"""Pairs of an amount's name and a coefficient by group (US dollars per unit of the amount)."""

BLOCK_ROWS = 65_536


@dataclass(frozen=True)
class Amounts:
    """Amounts by row (US dollars, kg, watts) with gaps filled by nothing, and where the gaps were."""

    filled: Mapping[str, Floats]
    missing: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, columns: Mapping[str, Floats]) -> "Amounts":
        """Columns in which NaN means not given."""
        gaps = {name: np.isnan(column) for name, column in columns.items()}
        gaps = {name: gap for name, gap in gaps.items() if gap.any()}
        filled = {name: np.where(gaps[name], 0.0, one) if name in gaps else one for name, one in columns.items()}
        return cls(filled, gaps)


@dataclass(frozen=True)
class Charge:
    """What one authority, or all together, is owed: a plain sum, and sums that are cut off at nothing."""

    plain: Forms
    topped_up: tuple[Forms, ...]


@dataclass(frozen=True)
class Coefficients:
    """What groups of shipments owe: by authority and in all; which groups need which amount, and which are unknown."""

    by_authority: Mapping[str, Charge]
    in_all: Charge
    in_all_with_value: Charge
    needed: tuple[tuple[str, NDArray[np.bool_]], ...]
    unknown: NDArray[np.bool_]


def coefficients_of(plans: Sequence[Plan]) -> Coefficients:
    """The plans of some groups side by side: one coefficient (US dollars per unit of amount) a group."""
    size = len(plans)
    plain: dict[str, dict[str, Floats]] = {}
    topped: dict[str, dict[int, dict[str, Floats]]] = {}
    needed: dict[str, NDArray[np.bool_]] = {}
    for group, one in enumerate(plans):
        for order, line in enumerate(line for line in one.lines if line.rate.number or line.at_least_zero):
            authority = line.measure.programme
            for amount in (*line.base, *line.due):
                needed.setdefault(amount, np.zeros(size, dtype=bool))[group] = True
            forms = (
                topped.setdefault(authority, {}).setdefault(order, {})
                if line.at_least_zero
                else plain.setdefault(authority, {})
            )
            for amount, coefficient in line.due.items():
                forms.setdefault(amount, np.zeros(size))[group] += coefficient
    by_authority = {
        authority: Charge(
            tuple(plain.get(authority, {}).items()),
            tuple(tuple(forms.items()) for forms in topped.get(authority, {}).values()),
        )
        for authority in dict.fromkeys((*plain, *topped))
    }
    value = Charge((("value", np.ones(size)),), ())
    return Coefficients(
        by_authority,
        _together(by_authority.values(), size),
        _together((value, *by_authority.values()), size),
        tuple((amount, column) for amount, column in needed.items() if amount != "value"),
        np.array([bool(one.unknown) for one in plans]),
    )


def _together(charges: Iterable[Charge], size: int) -> Charge:
    whole: dict[str, Floats] = {}
    topped: list[Forms] = []
    for charge in charges:
        for amount, coefficient in charge.plain:
            whole.setdefault(amount, np.zeros(size))
            whole[amount] = whole[amount] + coefficient
        topped += charge.topped_up
    return Charge(tuple(whole.items()), tuple(topped))


def owed(charge: Charge, group: Indices, amounts: Amounts, out: Floats) -> None:
    """Write what each row owes under a charge (US dollars); amounts that were not given owe nothing here."""
    plain, *topped_up = (
        [(_alone(one), amounts.filled[name]) for name, one in forms if name in amounts.filled]
        for forms in (charge.plain, *charge.topped_up)
    )
    for here in blocks(len(group)):
        _sum_into(out[here], plain, group[here], here)
        for forms in topped_up:
            due = np.empty(len(out[here]))
            _sum_into(due, forms, group[here], here)
            out[here] += np.maximum(due, 0.0, out=due)


def blank_unknown(coefficients: Coefficients, group: Indices, amounts: Amounts, total: Floats) -> None:
    """Set the total (US dollars) of rows to NaN where a charge is unknown or needs an amount that was not given."""
    if coefficients.unknown.any():
        total[coefficients.unknown[group]] = np.nan
    for amount, needed in coefficients.needed:
        if amount not in amounts.filled:
            total[needed[group]] = np.nan
        elif amount in amounts.missing:
            total[needed[group] & amounts.missing[amount]] = np.nan


def blocks(rows: int) -> Iterator[slice]:
    """The rows in blocks (counts of rows)."""
    for start in range(0, rows, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, rows))


def _alone(coefficient: Floats) -> Floats:
    """A coefficient that is the same for every group, once."""
    return coefficient[:1] if (coefficient == coefficient[0]).all() else coefficient


def _sum_into(out: Floats, forms: Sequence[tuple[Floats, Floats]], group: Indices, here: slice) -> None:
    """The sum over forms of coefficient by group times amount by row; one coefficient stands for all groups."""
    times, add_times = _kernels()
    if not forms:
        out[:] = 0.0
    for order, (coefficient, amount) in enumerate(forms):
        (add_times if order else times)(out, coefficient, group, amount[here])


@cache
def _kernels() -> tuple[Callable[..., None], Callable[..., None]]:
    """``out = coefficient[group] * amount`` and the same added, each in one pass over a block."""
    from numba import njit

    def times(out: Floats, coefficient: Floats, group: Indices, amount: Floats) -> None:
        if len(coefficient) == 1:
            alone = coefficient[0]
            for row in range(len(out)):
                out[row] = alone * amount[row]
        else:
            for row in range(len(out)):
                out[row] = coefficient[group[row]] * amount[row]

    def add_times(out: Floats, coefficient: Floats, group: Indices, amount: Floats) -> None:
        if len(coefficient) == 1:
            alone = coefficient[0]
            for row in range(len(out)):
                out[row] += alone * amount[row]
        else:
            for row in range(len(out)):
                out[row] += coefficient[group[row]] * amount[row]

    compiled = njit(cache=True, nogil=True)
    return compiled(times), compiled(add_times)
