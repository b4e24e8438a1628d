"""``tomnext lead``: which series move before a metal's price, and which only seem to."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.leading_indicators import leading_indicators
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")] = "silver",
    series: Annotated[list[str] | None, typer.Option("--series", help="Also test this series · 另外檢驗此序列")] = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Ranked leading indicators: holds, does not hold, not testable · 領先指標排序：成立、不成立、無法檢驗"""
    found = leading_indicators(Metal.named(metal), as_of, series or (), open_source(store))
    word = words("lead")
    rows = [{**asdict(one), "standing": word[one.standing].in_(lang)} for one in found.leads]
    keys = (("name", None), ("standing", None), ("lag", 0), ("correlation", 2), ("adjusted_p", 3), ("forecast_gain", 3),
            ("periods", 0))  # fmt: skip
    columns = [Column(key, word[key], places) for key, places in keys]
    record = {
        "metal": found.metal.value,
        "target": found.target,
        "as_of": found.as_of,
        "leads": [asdict(one) for one in found.leads],
        "kind": found.kind,
    }
    holding = sum(one.standing == "holds" for one in found.leads)
    headline = word["headline"].format(target=found.target, holding=holding, of=len(found.leads), kind=found.kind)
    show(record, fmt, lang, columns, rows, headline, [word["caveat"]])
