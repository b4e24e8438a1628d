"""``tomnext lead``: which series move before a metal's price, and which only seem to."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, old_data, show
from tomnext.faces.words import words
from tomnext.observations.catalogue import catalogue
from tomnext.studies.leading_indicators import Of, leading_indicators
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")] = "silver",
    series: Annotated[list[str] | None, typer.Option("--series", help="Also test this series · 另外檢驗此序列")] = None,
    of: Annotated[Of, typer.Option("--of", help="What is led · 被領先者")] = Of.PRICE,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Ranked leading indicators: holds, does not hold, not testable · 領先指標排序：成立、不成立、無法檢驗"""
    found = leading_indicators(Metal.named(metal), as_of, series or (), open_source(store), of)
    word = words("lead")
    rows = [
        {**asdict(one), "standing": word[one.standing].in_(lang), "title": _title(one.name, word).in_(lang)}
        for one in found.leads
    ]
    columns = [Column(key, word[key], places) for key, places in _COLUMNS]
    record = {
        "metal": found.metal.value,
        "of": found.of.value,
        "target": found.target,
        "as_of": found.as_of,
        "last_week": found.last_week,
        "leads": [asdict(one) for one in found.leads],
        "kind": found.kind,
    }
    holding = sum(one.standing == "holds" for one in found.leads)
    testable = sum(one.standing != "not_testable" for one in found.leads)
    kind, sentence = words("natures")[found.kind], word["headline"]
    counts = {"target": found.target, "holding": holding, "of": testable, "named": len(found.leads)}
    headline = Text(sentence.en.format(kind=kind.en, **counts), sentence.zh.format(kind=kind.zh, **counts))
    show(record, fmt, lang, columns, rows, headline, [*old_data(found.last_week, found.as_of), word["caveat"]])


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("name", None), ("title", None), ("standing", None), ("lag", 0), ("correlation", 2), ("adjusted_p", 3),
    ("forecast_gain", 3), ("periods", 0),
)  # fmt: skip


def _title(id: str, word: dict[str, Text]) -> Text:
    row = catalogue().get(id)
    return word["nowhere"] if row is None else row.title
