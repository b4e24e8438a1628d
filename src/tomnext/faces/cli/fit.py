"""``tomnext fit``: the two-factor model of a futures panel or of a metal in the store."""

from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.fit_model import ModelFit, fit_metal, fit_panel_file
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


def run(
    metal: Annotated[str, typer.Argument(help="A metal of the store, instead of --panel · 資料庫中的金屬")] = "",
    panel: Annotated[str, typer.Option(metavar="FILE", help="Prices: date, one column a contract · 價格檔")] = "",
    ttm: Annotated[str, typer.Option(metavar="YEARS,…", help="Time to maturity a column · 各欄到期年數")] = "",
    maturities: Annotated[str, typer.Option(metavar="FILE", help="Moving maturities, years · 逐列到期年數檔")] = "",
    dt: Annotated[float, typer.Option(help="Years between rows · 列間隔年數")] = 7 / 365,
    model: Annotated[str, typer.Option(help="schwartz-smith | one-factor")] = "schwartz-smith",
    at: Annotated[str, typer.Option(metavar="FILE", help="Evaluate at these parameters · 只在此參數計算")] = "",
    starts: Annotated[int, typer.Option(min=1, max=64, help="Starting points · 起點數")] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the starts · 起點種子")] = 0,
    store: StoreOption = None,
    as_of: AsOfOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Parameters with their errors, and what the data cannot identify · 參數、誤差、觸界與不可識別者"""
    if metal:
        result = fit_metal(metal, open_source(store), as_of, model, starts, seed)
    else:
        result = fit_panel_file(panel, _years(ttm), maturities or None, dt, model, at or None, starts, seed)
    said = words("scenarios")
    rows = _rows(result)
    columns = [
        Column("parameter", said["parameter"]),
        Column("value", said["value"], 5),
        Column("std_error", said["std_error"], 5),
        Column("remark", said["remark"]),
    ]
    for row in rows:
        row["remark"] = said[str(row["remark"])].in_(lang) if row["remark"] else ""
    headline = said["fit_headline"].format(
        model=result.kind, loglik=f"{result.loglik:,.4f}", n_obs=f"{result.panel.n_obs:,}"
    )
    show(result.record(), fmt, lang, columns, rows, headline, [said["fit_note"]])


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


def _years(text: str) -> tuple[float, ...] | None:
    try:
        return tuple(float(part) for part in text.split(",")) if text else None
    except ValueError:
        raise InputRejected(
            Text("--ttm is a list of years.", "--ttm 是以逗號分隔的年數。"), received=text, expected="0.0833,0.4167"
        ) from None
