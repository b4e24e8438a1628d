"""The month's own simplex against HiGHS on random programmes, hot and cold, with and without an answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.procurement.month_simplex import IMPOSSIBLE, SOLVED, Month, Tableau, bound_by_duals, optimise
from tomnext.procurement.month_simplex import Answer as Room
from tomnext.procurement.stage_models import by_highs


def random_month(rng: np.random.Generator, rows: int, columns: int, cuts: int) -> Month:
    """Small whole coefficients, so that ties and degenerate corners are common."""
    matrix = np.hstack(
        [rng.integers(-2, 3, (rows, columns)) * (rng.random((rows, columns)) < 0.5), np.zeros((rows, 1))]
    )
    return Month(
        matrix=matrix.astype(np.float64),
        is_equality=rng.random(rows) < 0.6,
        state_columns=np.arange(min(3, columns)),
        cost=np.append(rng.integers(-3, 8, columns), 1.0).astype(np.float64),
        lower=np.append(np.zeros(columns), -20.0),
        upper=np.append(rng.integers(0, 12, columns), np.inf).astype(np.float64),
        intercept=rng.integers(-10, 30, cuts).astype(np.float64),
        slope=rng.integers(-6, 3, (cuts, min(3, columns))).astype(np.float64),
    )


def fresh(month: Month, spare: int = 4) -> tuple[Tableau, Room]:
    rows, n = month.matrix.shape
    most = rows + n + spare
    tableau = Tableau(
        np.zeros((most, n)), np.zeros(n), np.zeros(most, np.int64), np.zeros(n, np.int64), np.zeros(n, np.bool_),
        np.zeros(1, np.int64),
    )  # fmt: skip
    return tableau, Room(np.empty(n), np.empty(rows), np.empty(1), np.empty(len(month.state_columns)))


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 100_000), rows=st.integers(1, 8), columns=st.integers(3, 12), cuts=st.integers(0, 40))
def test_it_is_highs_on_a_series_of_right_sides(seed: int, rows: int, columns: int, cuts: int) -> None:
    rng = np.random.default_rng(seed)
    month = random_month(rng, rows, columns, cuts)
    tableau, answer = fresh(month)
    for _ in range(5):
        feasible = month.matrix @ np.append(rng.random(columns) * month.upper[:-1], 0.0)
        rhs = feasible if rng.random() < 0.7 else rng.integers(-9, 10, rows).astype(np.float64)
        status, known = optimise(tableau, month, rhs, answer), by_highs(month, rhs)
        if known is None:
            assert status == IMPOSSIBLE
            continue
        assert status == SOLVED
        best = float(month.cost @ known.x)
        assert float(month.cost @ answer.x) == pytest.approx(best, rel=1e-7, abs=1e-6)
        assert answer.bound[0] == pytest.approx(best, rel=1e-7, abs=1e-6)
        assert (answer.x >= month.lower - 1e-7).all()
        assert (answer.x <= month.upper + 1e-7).all()
        future = month.intercept + month.slope @ answer.x[month.state_columns]
        assert answer.x[-1] >= max([-20.0, *future]) - 1e-6


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 100_000))
def test_any_duals_bound_from_below(seed: int) -> None:
    rng = np.random.default_rng(seed)
    month = random_month(rng, 4, 8, 6)
    _, answer = fresh(month)
    rhs = month.matrix @ np.append(rng.random(8) * month.upper[:-1], 0.0)
    answer.row_price[:] = rng.normal(0, 3, 4)
    bound_by_duals(month, rhs, rng.normal(0.1, 0.5, 6), answer)
    known = by_highs(month, rhs)
    assert known is not None
    assert answer.bound[0] <= float(month.cost @ known.x) + 1e-6


def test_a_spoilt_tableau_is_noticed_and_mended() -> None:
    """Drift is simulated by writing wrong figures into the hot tableau."""
    month = random_month(np.random.default_rng(5), 5, 9, 10)
    tableau, answer = fresh(month)
    rhs = month.matrix @ np.append(0.4 * month.upper[:-1], 0.0)
    assert optimise(tableau, month, rhs, answer) == SOLVED
    best = answer.bound[0]
    tableau.table[: tableau.size[0]] *= 1.01
    tableau.price[:] += 0.003
    assert optimise(tableau, month, rhs, answer) == SOLVED
    assert answer.bound[0] == pytest.approx(best, rel=1e-8)
