"""``tomnext simulate``: joint futures of prices and spreads."""

import os
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.cli.waiting import waiting
from tomnext.faces.words import words
from tomnext.studies.simulate import QUANTILES, simulate_prices
from tomnext.studies.sources import open_source
from tomnext.vocabulary.words import Text


def run(
    metals: Annotated[list[str], typer.Argument(help="Metals, or series as fx.usdtwd · 金屬，或序列如 fx.usdtwd")],
    paths: Annotated[int, typer.Option(min=1, help="Paths · 路徑數")] = 10_000,
    days: Annotated[int, typer.Option(min=1, max=2000, help="Trading days ahead · 未來交易日")] = 250,
    seed: Annotated[int, typer.Option(min=0, help="Seed · 種子")] = 0,
    workers: Annotated[int, typer.Option(min=0, help="Workers, 0 = cores; bits equal · 工作數，0 為核心數")] = 0,
    store: StoreOption = None,
    as_of: AsOfOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Where prices and spreads may go together, and how often a squeeze comes · 價格與價差的聯合模擬與擠倉頻率"""
    said = words("scenarios")
    with waiting(said["simulating"].in_(lang)) as tell:
        found = simulate_prices(
            metals, paths, days, seed, open_source(store), as_of, workers or os.cpu_count() or 1, tell
        )
    record = found.record()
    columns = [Column("series", said["series"]), Column("day", said["day"], 0), Column("today", said["today"])]
    columns += [Column(name, Text(name, name)) for name in QUANTILES]
    notes = [
        said["squeeze_note"].format(
            metal=metal, days=days, share=f"{share:.0%}", base=f"{found.base_rate[metal]:.0%}",
            now=f"{record['squeeze_probability_now'][metal]:.0%}",  # type: ignore[index]
        )
        for metal, share in record["squeeze_frequency"].items()  # type: ignore[attr-defined]
    ]  # fmt: skip
    headline = said["simulate_headline"].format(paths=f"{paths:,}", days=days, seed=seed, hash=record["hash"])
    kind = said["kind_note"].format(kind=record["kind_of_history"])
    show(record, fmt, lang, columns, found.summary(), headline, [*notes, kind, said["simulate_note"]])
