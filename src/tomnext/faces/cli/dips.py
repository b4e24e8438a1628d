"""``tomnext dips``: which metal moves most, and whether buying dips has paid a buyer."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.dips import dips
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal


def run(
    metal: Annotated[str, typer.Argument(help="Metal; none: all · 金屬，不填為全部")] = "",
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Volatility ranking with intervals; dip buying against steady buying · 波動率排序；逢低買進與定期買進比較"""
    chosen = (Metal.named(metal),) if metal else tuple(Metal)
    found = dips(chosen, as_of, observations=open_source(store))
    word = words("dips")
    rows = []
    for rank, one in enumerate(found, start=1):
        record = asdict(one.record) if one.record else {}
        rows.append(
            {
                "rank": rank,
                "metal": one.metal.value,
                "series_id": one.series_id,
                "observed_on": one.observed_on,
                "volatility_pct": one.volatility_pct,
                "volatility_low_pct": one.volatility_low_pct,
                "volatility_high_pct": one.volatility_high_pct,
                **{key: record.get(key) for key in _RECORD},
                "kind": one.kind,
            }
        )
    columns = [Column(key, word[key], places) for key, places in _COLUMNS]
    show({"metals": rows}, fmt, lang, columns, rows, None, [word["caveat"]])


_RECORD = (
    "starts", "independent", "median_pct", "low_pct", "high_pct", "worst_pct", "share_cheaper", "bought_on_dips_share",
)  # fmt: skip
_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("rank", 0), ("metal", None), ("volatility_pct", 1), ("volatility_low_pct", 1), ("volatility_high_pct", 1),
    ("median_pct", 2), ("low_pct", 2), ("high_pct", 2), ("share_cheaper", 2), ("independent", 1), ("kind", None),
)  # fmt: skip
