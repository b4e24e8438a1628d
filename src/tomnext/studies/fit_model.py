"""How does this curve move? Fit the two-factor model to a panel of futures prices and say what it does not know."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tomnext.observations.reading import Observations
from tomnext.scenarios.estimate import PROCESS, Fit, Panel, evaluate, fit
from tomnext.scenarios.residuals import ColumnResidual, column_residuals
from tomnext.scenarios.two_factor import OptionValue, TwoFactor, option_on_futures
from tomnext.studies.price_history import curve_panel
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected, SourceFormatError
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.words import Text

MODELS = ("schwartz-smith", "one-factor")
PUBLISHED = "published_schwartz_smith_2000"
CURVE_YEARS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0)


@dataclass(frozen=True)
class Option:
    """A European option on a futures contract: ``strike`` in the panel's unit, times in years, ``rate`` continuous."""

    kind: str
    strike: float
    futures_years: float
    option_years: float
    rate: float


@dataclass(frozen=True)
class ModelFit:
    """A model of one panel. ``fit`` is None when given parameters were only evaluated; prices are in log."""

    kind: str
    panel: Panel
    model: TwoFactor
    loglik: float
    last_state: tuple[float, float]
    residuals: tuple[ColumnResidual, ...]
    fit: Fit | None
    evidence: tuple[Evidence, ...] = ()

    def remark(self, parameter: str) -> str:
        """What a reader must know of a parameter: held_fixed, at_bound, not_identified or nothing."""
        if self.fit is None:
            return ""
        if parameter not in self.fit.estimated:
            return "held_fixed"
        if parameter in self.fit.at_bound:
            return "at_bound"
        return "not_identified" if parameter in self.fit.not_identified else ""

    def curve(self) -> list[dict[str, float]]:
        """Futures prices from the last state in closed form, in the panel's unit."""
        return [{"years": one, "price": self.model.futures_price(*self.last_state, one)} for one in CURVE_YEARS]

    def value(self, option: Option) -> OptionValue:
        """An option at the last state in closed form, in the panel's unit."""
        if option.kind not in ("put", "call"):
            raise InputRejected(
                Text("An option is a put or a call.", "選擇權須為 put 或 call。"),
                received=option.kind,
                expected="put, call",
            )
        terms = (option.futures_years, option.option_years, option.strike, option.rate)
        return option_on_futures(self.model, self.last_state, *terms, is_put=option.kind == "put")

    def record(self) -> dict[str, object]:
        """The keys of ``tomnext fit --format json``."""
        own = self.fit
        params = {key: value for key, value in asdict(self.model).items() if key in PROCESS}
        return {
            "model": self.kind,
            "loglik": self.loglik,
            "params": {**params, "measurement_sd": list(self.model.measurement_sd)},
            "std_errors": own.std_errors if own else {},
            "robust_std_errors": own.robust_std_errors if own else {},
            "at_bound": list(own.at_bound) if own else [],
            "not_identified": list(own.not_identified) if own else [],
            "n_obs": self.panel.n_obs,
            "n_rows": self.panel.log_prices.shape[0],
            "dt": self.panel.dt,
            "aic": own.aic if own else None,
            "bic": own.bic if own else None,
            "half_life_years": self.model.half_life_years if self.model.sigma_chi > 0 else None,
            "last_state": {"xi": self.last_state[0], "chi": self.last_state[1]},
            "curve": self.curve(),
            "residuals": [asdict(one) for one in self.residuals],
            "starts": list(own.starts) if own else [],
            "evidence": [one.record() for one in self.evidence],
        }


def fit_panel_file(
    panel_file: str,
    ttm_years: tuple[float, ...] | None,
    maturities_file: str | None,
    dt: float,
    kind: str = MODELS[0],
    at_file: str | None = None,
    n_starts: int = 8,
    seed: int = 0,
) -> ModelFit:
    """Fit (or with ``at_file`` only evaluate) a CSV panel: a date column, then one column of prices a contract.

    Maturities are either ``ttm_years``, one a column, or a file of the same shape in years. Blank is missing.
    """
    if (ttm_years is None) == (maturities_file is None):
        raise InputRejected(
            Text("Give either --ttm or --maturities.", "請給 --ttm 或 --maturities 其中之一。"),
            fix=Text("--ttm 0.25,1,2  or  --maturities years.csv", "--ttm 0.25,1,2 或 --maturities 年數.csv"),
        )
    columns, prices = _read_grid(panel_file)
    if ttm_years is not None:
        years = np.array([ttm_years])
    else:
        named, years = _read_grid(maturities_file or "")
        _same_columns(columns, named)
    panel = Panel(_log(prices, panel_file), years, columns, dt)
    return model_of(panel, kind, _read_params(at_file) if at_file else None, n_starts, seed)


def fit_metal(
    name: str,
    observations: Observations | None = None,
    as_of: date | None = None,
    kind: str = MODELS[0],
    n_starts: int = 8,
    seed: int = 0,
) -> ModelFit:
    """Fit the weekly curve of a metal (LME: cash, 3, 12 and 24 months, USD/t) or a daily series, known by ``as_of``."""
    panel, _, evidence = curve_panel(observations or open_source(), name, as_of)
    return model_of(panel, kind, None, n_starts, seed, evidence)


def model_of(
    panel: Panel,
    kind: str,
    at: TwoFactor | None = None,
    n_starts: int = 8,
    seed: int = 0,
    evidence: tuple[Evidence, ...] = (),
) -> ModelFit:
    """The model of a panel: estimated by maximum likelihood, or evaluated at given parameters.

    A spot-only panel falls back to one factor whatever was asked, and says so in ``kind``.
    """
    if kind not in MODELS:
        raise InputRejected(
            Text("This model is not known.", "不認得這個模型。"), received=kind, expected=", ".join(MODELS)
        )
    kind = MODELS[1] if panel.is_spot_only else kind
    if at is None:
        own = fit(panel, np.random.default_rng(seed), n_starts, one_factor=kind == MODELS[1])
        model, loglik, filtered = own.model, own.loglik, own.filtered
    else:
        own, model = None, at
        loglik, filtered = evaluate(panel, at)
    last = (float(filtered.states[-1, 0]), float(filtered.states[-1, 1]))
    return ModelFit(kind, panel, model, loglik, last, column_residuals(panel, model, filtered), own, evidence)


def _read_grid(file: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    try:
        frame = pl.read_csv(Path(file), infer_schema_length=0)
        numbers = frame.select(pl.nth(range(1, frame.width)).str.strip_chars().replace("", None).cast(pl.Float64))
    except FileNotFoundError:
        raise InputRejected(Text("The file is not there.", "找不到檔案。"), received=file) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceFormatError(
            Text("This file is not a grid of numbers.", "這個檔案不是數字表格。"),
            received=f"{file}: {str(error).splitlines()[0]}",
            expected=Text("a date column, then one column of numbers a contract", "先一欄日期，之後每契約一欄數字"),
        ) from None
    return tuple(numbers.columns), numbers.fill_null(np.nan).to_numpy().astype(np.float64)


def _same_columns(prices: tuple[str, ...], years: tuple[str, ...]) -> None:
    if prices != years:
        odd = sorted(set(prices) ^ set(years)) or ["order"]
        raise InputRejected(
            Text("Prices and maturities do not have the same columns.", "價格與到期時間的欄位不一致。"),
            received=", ".join(odd[:5]),
        )


def _log(prices: NDArray[np.float64], file: str) -> NDArray[np.float64]:
    if (prices <= 0).any():
        raise InputRejected(
            Text("A price is not positive; its logarithm does not exist.", "有價格不為正，無法取對數。"),
            received=f"{file}: {prices[prices <= 0][0]}",
        )
    return np.log(prices)


def _read_params(file: str) -> TwoFactor:
    try:
        raw: Any = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceFormatError(
            Text("The parameter file cannot be read as JSON.", "參數檔無法以 JSON 讀取。"), received=f"{file}: {error}"
        ) from None
    given = raw.get(PUBLISHED, raw.get("params", raw)) if isinstance(raw, Mapping) else {}
    sds = given.get("measurement_sd", 0.0)
    try:
        numbers = [float(given[name]) for name in PROCESS]
        errors = [float(one) for one in (sds if isinstance(sds, list) else [sds])]
    except (KeyError, TypeError, ValueError) as error:
        raise InputRejected(
            Text("The parameter file lacks a number.", "參數檔缺少數值。"),
            received=f"{file}: {error}",
            expected=", ".join([*PROCESS, "measurement_sd"]),
        ) from None
    return TwoFactor.of(numbers, errors)
