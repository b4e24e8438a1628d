"""The two-factor model against published and independently computed results, and against the dense normal law."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.scenarios.estimate import Panel, evaluate, fit
from tomnext.scenarios.two_factor import TwoFactor, option_on_futures
from tomnext.studies.fit_model import fit_panel_file
from tomnext.vocabulary.errors import InputRejected, SourceFormatError

PUBLISHED = TwoFactor(-0.0125, 0.0115, 0.157, 1.49, 0.145, 0.286, 0.3, (0.042, 0.006, 0.003, 0.0, 0.004))
"""Schwartz and Smith (2000), table 2, crude-oil futures 1990–95."""
TTM = np.array([[1.0, 5.0, 9.0, 13.0, 17.0]]) / 12


@pytest.fixture(scope="module")
def reference(reference_values: Path) -> dict[str, object]:
    return json.loads((reference_values / "schwartz_smith_oil" / "reference_values.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def oil(reference_values: Path) -> Panel:
    frame = pl.read_csv(reference_values / "schwartz_smith_oil" / "ss_oil_stitched_futures.csv").drop("date")
    return Panel(np.log(frame.to_numpy()), TTM, tuple(frame.columns), 5 / 265)


def synthetic(rows: int, years: np.ndarray, model: TwoFactor, seed: int, dt: float = 7 / 365) -> Panel:
    """A licence-clean panel: exact steps of the factors, closed-form futures, measurement errors."""
    rng = np.random.default_rng(seed)
    drift, decay, cov = model.step(dt)
    shocks = rng.standard_normal((rows, 2)) @ np.linalg.cholesky(cov).T
    state, out = np.array([3.0, 0.0]), []
    for t in range(rows):
        state = np.array([state[0] + drift, state[1] * decay]) + shocks[t]
        out.append([np.log(model.futures_price(state[0], state[1], float(y))) for y in years])
    noise = rng.standard_normal((rows, len(years))) * np.array(model.measurement_sd)
    return Panel(np.array(out) + noise, years[None, :], tuple(f"F{k}" for k in range(len(years))), dt)


def test_likelihood_at_the_published_parameters(oil: Panel, reference: dict[str, dict[str, float]]) -> None:
    loglik, _ = evaluate(oil, PUBLISHED)
    assert loglik == pytest.approx(reference["loglik_at_published"]["a0_as_predicted"], abs=1e-6)


def test_likelihood_of_the_ragged_panel(reference_values: Path, reference: dict[str, dict[str, float]]) -> None:
    folder = reference_values / "schwartz_smith_oil"
    prices, years = (
        pl.read_csv(folder / name, infer_schema_length=None).drop("date").cast(pl.Float64).to_numpy()
        for name in ("ss_oil_contracts.csv", "ss_oil_contract_maturities.csv")
    )
    panel = Panel(np.log(prices), years, tuple(str(k) for k in range(82)), 5 / 265)
    one = TwoFactor.of(PUBLISHED.theta, [0.01])
    assert evaluate(panel, one)[0] == pytest.approx(reference["panel_268x82"]["loglik_a0_as_predicted"], abs=1e-6)


def test_fit_reaches_the_best_known_likelihood(oil: Panel) -> None:
    """NFCP's genetic search ends at 4027.770, an independent eight-start search at 4027.8191."""
    found = fit(oil, np.random.default_rng(0))
    assert 4027.80 <= found.loglik <= 4027.8192
    assert min(found.starts) > 4027.79
    for name, value, error in [("kappa", 1.5023, 0.0458), ("sigma_xi", 0.1625, 0.0077), ("rho", 0.4319, 0.069)]:
        assert getattr(found.model, name) == pytest.approx(value, abs=0.003)
        assert found.std_errors[name] == pytest.approx(error, rel=0.15)
    assert found.at_bound == ("measurement_sd.F13",)
    assert set(found.not_identified) == {"mu_xi", "lambda_chi"}
    assert found.std_errors["mu_xi"] == pytest.approx(0.0724, rel=0.02)


def test_curve_and_fit_errors_at_the_final_state(oil: Panel, reference: dict[str, dict[str, object]]) -> None:
    curve = reference["curve_at_final_state"]
    state = reference["filtered_state_final_verbose_path"]
    prices = [PUBLISHED.futures_price(state["xi"], state["chi"], t) for t in curve["ttm"]]  # type: ignore[arg-type, attr-defined]
    np.testing.assert_allclose(prices, curve["price"], rtol=1e-9)  # type: ignore[arg-type]
    from tomnext.scenarios.residuals import column_residuals

    rows = column_residuals(oil, PUBLISHED, evaluate(oil, PUBLISHED)[1])
    for row in rows:
        assert row.fit_rmse == pytest.approx(reference["term_structure_fit_rmse"][row.column], abs=2e-5)


def test_put_on_a_futures(reference: dict[str, dict[str, float]]) -> None:
    put = option_on_futures(PUBLISHED, (2.857, 0.119), 1.0, 0.5, 20.0, 0.05, is_put=True)
    expected = reference["european_put_reference"]
    assert put.value == pytest.approx(expected["value"], abs=1e-9)
    assert put.annualised_volatility == pytest.approx(expected["annualised_volatility"], abs=1e-12)
    assert put.delta_futures == pytest.approx(expected["delta_futures"], abs=1e-9)
    assert put.vega == pytest.approx(expected["vega"], abs=1e-6)


@given(strike=st.floats(5, 60), option_years=st.floats(0.05, 1.0))
@settings(deadline=None)
def test_put_call_parity(strike: float, option_years: float) -> None:
    state = (2.857, 0.119)
    put, call = (
        option_on_futures(PUBLISHED, state, 1.0, option_years, strike, 0.05, is_put=one).value for one in (True, False)
    )
    forward = PUBLISHED.futures_price(*state, 1.0)
    assert call - put == pytest.approx(np.exp(-0.05 * option_years) * (forward - strike), abs=1e-9)


def dense_loglik(prices: np.ndarray, years: np.ndarray, model: TwoFactor, dt: float, first_price: float) -> float:
    """Oracle without a filter: all prices are jointly normal; build the whole covariance and evaluate it."""
    rows, columns = prices.shape
    drift, decay, q = model.step(dt)
    move = np.diag([1.0, decay])
    mean, cov = np.array([first_price, 0.0]), np.diag([100.0, 100.0 if model.sigma_chi > 0 else 0.0])
    means, blocks = [mean], [[cov]]
    for t in range(1, rows):
        mean = move @ mean + [drift, 0.0]
        means.append(mean)
        blocks.append([move @ b for b in blocks[t - 1]])
        blocks[t].append(move @ blocks[t - 1][t - 1] @ move.T + q)
    seen = [(t, j) for t in range(rows) for j in range(columns) if np.isfinite(prices[t, j])]
    load = {(t, j): np.array([1.0, np.exp(-model.kappa * years[t, j])]) for t, j in seen}
    mu = [load[t, j] @ means[t] + model.adjustment(years[t, j]) for t, j in seen]
    big = np.array([
        [
            load[a] @ (blocks[a[0]][b[0]] if a[0] >= b[0] else blocks[b[0]][a[0]].T) @ load[b]
            + (a == b) * model.measurement_sd[a[1]] ** 2
            for b in seen
        ]
        for a in seen
    ])  # fmt: skip
    apart = np.array([prices[one] for one in seen]) - mu
    log_size = np.linalg.slogdet(2 * np.pi * big)[1]
    return float(-0.5 * (log_size + apart @ np.linalg.solve(big, apart)))


@pytest.mark.parametrize("one_factor", [False, True])
def test_likelihood_equals_the_dense_normal_density(one_factor: bool) -> None:
    rng = np.random.default_rng(5)
    sigma_chi = 0.0 if one_factor else 0.3
    model = TwoFactor(0.03, 0.01, 0.1, 1.2, 0.2, sigma_chi, 0.4, (0.02, 0.01, 0.03))
    rows, dt = 12, 0.05
    years = rng.uniform(0.05, 2.0, (rows, 3))
    prices = 3.0 + 0.1 * rng.standard_normal((rows, 3))
    prices[rng.random((rows, 3)) < 0.4] = np.nan
    prices[0] = [3.1, np.nan, 3.0]
    dense = dense_loglik(prices, years, model, dt, first_price=3.1)
    from tomnext.scenarios.kalman import panel_loglik

    none = (np.empty(0), np.empty((0, 2)), np.empty((0, 3)), np.empty((0, 1)))
    variance = np.square(model.measurement_sd)
    mine = panel_loglik(prices, years, model.theta, variance, dt, none)
    assert mine == pytest.approx(dense, abs=1e-6)


@pytest.mark.parametrize("one_factor", [False, True])
def test_rows_whose_variances_repeat_and_gaps_between_them_equal_the_dense_density(one_factor: bool) -> None:
    """Fixed maturities: variances settle, a missing price unsettles them, and they settle again."""
    model = TwoFactor(0.03, 0.01, 0.1, 1.2, 0.2, 0.0 if one_factor else 0.3, 0.4, (0.02, 0.01, 0.03))
    rows, dt = 70, 0.05
    prices = 3.0 + 0.1 * np.random.default_rng(6).standard_normal((rows, 3))
    prices[35, 1] = prices[36] = prices[40, 2] = np.nan
    panel = Panel(prices, np.array([[0.1, 0.6, 1.4]]), ("a", "b", "c"), dt)
    loglik, filtered = evaluate(panel, model)
    assert (filtered.variances[31:35] == filtered.variances[34]).all()
    assert not np.allclose(filtered.variances[36], filtered.variances[34], rtol=1e-3)
    assert loglik == pytest.approx(
        dense_loglik(prices, np.broadcast_to(panel.years, prices.shape), model, dt, prices[0, 0]), abs=1e-6
    )
    assert filtered.loglik.sum() == pytest.approx(loglik, abs=1e-9)
    for t in (33, 50):
        until, before = (evaluate(Panel(prices[:n], panel.years, panel.columns, dt), model)[1] for n in (t + 1, t))
        assert until.loglik[:t] == pytest.approx(before.loglik, abs=1e-9)
        assert until.states[t] == pytest.approx(filtered.states[t], abs=1e-12)


def test_synthetic_panel_gives_its_parameters_back() -> None:
    truth = TwoFactor(0.02, 0.01, 0.1, 1.5, 0.15, 0.3, 0.3, (0.01, 0.005, 0.003, 0.004))
    found = fit(synthetic(600, np.array([0.1, 0.5, 1.0, 2.0]), truth, seed=2), np.random.default_rng(0), n_starts=3)
    for name in ("mu_xi_star", "kappa", "sigma_xi", "sigma_chi", "rho"):
        assert getattr(found.model, name) == pytest.approx(getattr(truth, name), abs=3.5 * found.std_errors[name])


def test_a_short_curve_does_not_identify_mean_reversion() -> None:
    """With contracts out to three months only, no honest report claims a κ (literature: COMEX copper runs to κ → 0)."""
    truth = TwoFactor(0.02, 0.01, 0.1, 0.5, 0.2, 0.2, 0.3, (0.002, 0.002))
    found = fit(synthetic(400, np.array([0.01, 0.25]), truth, seed=3), np.random.default_rng(0), n_starts=4)
    assert "kappa" in found.not_identified
    assert "lambda_chi" in found.not_identified


def test_spot_only_falls_back_to_one_factor(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    steps = rng.normal(0.001, 0.03, 300)
    file = tmp_path / "spot.csv"
    pl.DataFrame({"date": [str(k) for k in range(300)], "spot": 50 * np.exp(np.cumsum(steps))}).write_csv(file)
    result = fit_panel_file(str(file), (0.0,), None, dt=1 / 52)
    assert result.kind == "one-factor"
    logs = np.cumsum(steps)[1:] - np.cumsum(steps)[:-1]
    assert result.model.sigma_xi == pytest.approx(logs.std() * np.sqrt(52), rel=1e-3)
    assert result.model.mu_xi == pytest.approx(logs.mean() * 52, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("date,F1\n" + "2020-01-01,-5\n" * 30, InputRejected),
        ("date,F1\n2020,abc\n", SourceFormatError),
        ("", SourceFormatError),
    ],
)
def test_a_bad_panel_file_is_refused_with_its_name(tmp_path: Path, text: str, error: type[Exception]) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(error, match=r"bad\.csv"):
        fit_panel_file(str(file), (0.25,), None, dt=1 / 52)


@pytest.mark.parametrize("missing", ["kappa", "rho"])
def test_a_parameter_file_without_a_number_names_it(tmp_path: Path, missing: str) -> None:
    panel, at = tmp_path / "p.csv", tmp_path / "at.json"
    panel.write_text("date,F1,F2\n" + "".join(f"{k},{20 + k % 3},{21 + k % 2}\n" for k in range(30)))
    names = ["mu_xi", "mu_xi_star", "lambda_chi", "kappa", "sigma_xi", "sigma_chi", "rho"]
    at.write_text(json.dumps({name: 0.3 for name in names if name != missing}))
    with pytest.raises(InputRejected, match=missing):
        fit_panel_file(str(panel), (0.25, 1.0), None, dt=1 / 52, at_file=str(at))
