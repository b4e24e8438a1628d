"""``tomnext fit``: the two-factor model of a futures panel or of a metal in the store."""

from dataclasses import asdict
from typing import Annotated

import numpy as np
import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, number, show
from tomnext.faces.words import words
from tomnext.studies.fit_model import MODELS, ModelFit, Option, fit_metal, fit_panel_file
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

MOST_RESIDUALS = 8
COLUMNS = (("parameter", None), ("value", 5), ("std_error", 5), ("remark", None))


def run(
    metal: Annotated[str, typer.Argument(help="A metal or series of the store, or --panel · 金屬或序列")] = "",
    panel: Annotated[str, typer.Option(metavar="FILE", help="Prices: date, one column a contract · 價格檔")] = "",
    ttm: Annotated[str, typer.Option(metavar="YEARS,…", help="Time to maturity a column · 各欄到期年數")] = "",
    maturities: Annotated[str, typer.Option(metavar="FILE", help="Moving maturities, years · 逐列到期年數檔")] = "",
    dt: Annotated[float, typer.Option(help="Years between rows · 列間隔年數")] = 7 / 365,
    model: Annotated[str, typer.Option(help="schwartz-smith | one-factor")] = "schwartz-smith",
    at: Annotated[str, typer.Option(metavar="FILE", help="Evaluate at these parameters · 只在此參數計算")] = "",
    option: Annotated[
        str, typer.Option(metavar="TERMS", help="put|call,strike,futures years,option years,rate · 選擇權條件")
    ] = "",
    starts: Annotated[int, typer.Option(min=1, max=64, help="Starting points · 起點數")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the starts · 起點種子")] = 0,
    store: StoreOption = None,
    as_of: AsOfOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Parameters with their errors, and what the data cannot identify · 參數、誤差、觸界與不可識別者"""
    wanted = _option(option)
    _check_asked(metal, panel, ttm, maturities, at)
    if metal:
        result = fit_metal(metal, open_source(store), as_of, model, starts, seed)
    else:
        result = fit_panel_file(panel, _years(ttm), maturities or None, dt, model, at or None, starts, seed)
    said = words("scenarios")
    columns = [Column(key, said[key], places) for key, places in COLUMNS]
    record = result.record()
    if wanted is not None:
        record["option"] = {**asdict(wanted), **asdict(result.value(wanted))}
    rows = _rows(result)
    if fmt is Format.TABLE:
        rows = [row | {"remark": said[str(row["remark"])].in_(lang) if row["remark"] else ""} for row in rows]
    show(record, fmt, lang, columns, rows, _headline(result, model), _notes(result, wanted))


def _headline(result: ModelFit, asked: str) -> Text:
    said, own = words("scenarios"), result.fit
    criteria = said["criteria"].format(aic=number(own.aic, 1), bic=number(own.bic, 1)) if own else said["given"]
    name = said["fell_back"] if result.kind == MODELS[1] != asked else Text(result.kind, result.kind)
    return said["fit_headline"].format(
        model=name, loglik=number(result.loglik, 4), n_obs=f"{result.panel.n_obs:,}", criteria=criteria
    )


def _notes(result: ModelFit, option: Option | None) -> list[Text]:
    """Closed-form prices and residuals a column under the parameters."""
    said = words("scenarios")
    prices = " · ".join(f"{one['years']:g}: {one['price']:,.2f}" for one in result.curve())
    notes = [said["fit_curve"].format(prices=prices)]
    if option is not None:
        found = result.value(option)
        notes.append(
            said["option_value"].format(
                kind=said[option.kind], strike=f"{option.strike:,g}", futures=f"{option.futures_years:g}",
                expiry=f"{option.option_years:g}", value=f"{found.value:,.4f}", delta=number(found.delta_futures, 4),
                vega=f"{found.vega:,.4f}", volatility=f"{100 * found.annualised_volatility:.1f}",
            )
        )  # fmt: skip
    shown = sorted(result.residuals, key=lambda one: -np.nan_to_num(one.fit_rmse))[:MOST_RESIDUALS]
    notes += [
        said["residual"].format(
            column=one.column, rmse=f"{100 * one.fit_rmse:.2f}", mean=number(one.innovation_mean, 2),
            sd=f"{one.innovation_sd:.2f}", auto=number(one.innovation_autocorrelation, 2),
            kurtosis=f"{one.innovation_kurtosis:.1f}",
        )
        for one in result.residuals
        if one in shown
    ]  # fmt: skip
    if len(shown) < len(result.residuals):
        notes.append(said["other_residuals"].format(n=len(result.residuals) - len(shown)))
    return [*notes, said["fit_note"]]


def _rows(result: ModelFit) -> list[dict[str, object]]:
    values = {name: getattr(result.model, name) for name in ("mu_xi", "mu_xi_star", "lambda_chi", "kappa")}
    values |= {name: getattr(result.model, name) for name in ("sigma_xi", "sigma_chi", "rho")}
    sds = result.model.measurement_sd
    names = result.panel.columns if len(sds) == len(result.panel.columns) else ("all",)
    values |= {f"measurement_sd.{name}": sd for name, sd in zip(names, sds, strict=True)}
    own = result.fit
    return [
        {
            "parameter": name,
            "value": value,
            "std_error": own.std_errors.get(name) if own else None,
            "remark": result.remark(name),
        }
        for name, value in values.items()
    ]


def _check_asked(metal: str, panel: str, *of_a_file: str) -> None:
    if not metal and not panel:
        raise InputRejected(
            Text("Nothing is named to fit.", "沒有指定要估計的對象。"),
            expected=Text("a metal or series, or --panel FILE", "金屬或序列，或 --panel 檔案"),
            fix=Text("For example: tomnext fit copper", "例如：tomnext fit copper"),
        )
    given = [one for one in (panel, *of_a_file) if one]
    if metal and given:
        raise InputRejected(
            Text(
                "Give a metal of the store or a --panel file, not both.",
                "請給資料庫中的金屬或 --panel 檔，不可兩者並用。",
            ),
            received=", ".join([metal, *given]),
        )


def _option(text: str) -> Option | None:
    if not text:
        return None
    kind, *numbers = (part.strip() for part in text.split(","))
    try:
        strike, futures_years, option_years, rate = (float(one) for one in numbers)
    except ValueError:
        raise InputRejected(
            Text("--option is a kind and four numbers.", "--option 為種類與四個數字。"),
            received=text,
            expected=Text(
                "put|call,strike,futures years,option years,rate, as in put,20,1,0.5,0.05",
                "put|call,履約價,期貨年數,選擇權年數,利率，例如 put,20,1,0.5,0.05",
            ),
        ) from None
    return Option(kind, strike, futures_years, option_years, rate)


def _years(text: str) -> tuple[float, ...] | None:
    try:
        return tuple(float(part) for part in text.split(",")) if text else None
    except ValueError:
        raise InputRejected(
            Text("--ttm is a list of years.", "--ttm 是以逗號分隔的年數。"), received=text, expected="0.0833,0.4167"
        ) from None
