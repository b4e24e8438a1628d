"""``tomnext simulate``: joint futures of prices and spreads."""

import os
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.cli.waiting import waiting
from tomnext.faces.words import words
from tomnext.studies.simulate import QUANTILES, PricePaths, simulate_prices
from tomnext.studies.sources import open_source
from tomnext.vocabulary.words import Language, Text

LEAST_WITHOUT_CENTS = 1000


def run(
    metals: Annotated[list[str], typer.Argument(help="Metals, or series as fx.usdtwd · 金屬，或序列如 fx.usdtwd")],
    paths: Annotated[int, typer.Option(min=1, help="Paths · 路徑數")] = 10_000,
    days: Annotated[int, typer.Option(min=1, max=2000, help="Trading days ahead · 未來交易日")] = 250,
    seed: Annotated[int, typer.Option(min=0, help="Seed · 種子")] = 0,
    workers: Annotated[int, typer.Option(min=0, help="Workers, 0 = cores; bits equal · 工作數，0 為核心數")] = 0,
    lattice: Annotated[int, typer.Option(min=0, max=400, help="Nodes of a lattice, 0 = none · 晶格節點數")] = 0,
    store: StoreOption = None,
    as_of: AsOfOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Where prices and spreads may go together, and how often a squeeze comes · 價格與價差的聯合模擬與擠倉頻率"""
    said = words("scenarios")
    with waiting(said["simulating"].in_(lang)) as tell:
        found = simulate_prices(
            metals, paths, days, seed, open_source(store), as_of, workers or os.cpu_count() or 1, tell, lattice
        )
    label = Column("series", said["series"]) if fmt is Format.CSV else Column("name", said["series"])
    columns = [label, Column("from", said["from"]), Column("day", said["day"], 0), Column("today", said["start"])]
    columns += [Column(name, Text(name, name)) for name in QUANTILES]
    names = _names(found)
    rows = [row | {"name": names[str(row["series"])].in_(lang)} for row in found.summary]
    if fmt is Format.TABLE:
        rows = _without_cents(rows, found)
    headline = said["simulate_headline"].format(paths=f"{paths:,}", days=days, seed=seed, hash=found.simulation.hash)
    notes = [*_squeezes(found, days), *_lattice(found), _kind(found), said["simulate_note"]]
    show(found.record(), fmt, lang, columns, rows, _loud([headline, *_warnings(found)], lang), notes)


def _names(found: PricePaths) -> dict[str, Text]:
    """What each series is called, with its unit."""
    said, names = words("scenarios"), []
    for one in found.priced:
        unit = words("common")[f"unit.{one.history.unit}"]
        keys = ("price_of",) if one.history.cash is None else ("cash_of", "difference_of")
        names += [said[key].format(metal=one.title, unit=unit) for key in keys]
    return dict(zip(found.simulation.series, names, strict=True))


def _without_cents(rows: list[dict[str, object]], found: PricePaths) -> list[dict[str, object]]:
    """Whole units for what costs a thousand or more, and for its differences."""
    whole = {
        series
        for series, level in zip(found.simulation.series, _levels(found), strict=True)
        if level >= LEAST_WITHOUT_CENTS
    }
    return [
        {
            key: round(value) if isinstance(value, float) and row["series"] in whole else value
            for key, value in row.items()
        }
        for row in rows
    ]


def _levels(found: PricePaths) -> list[float]:
    pairs = zip(found.market.level, found.market.has_tightness, strict=True)
    return [float(level) for level, two in pairs for _ in range(2 if two else 1)]


def _warnings(found: PricePaths) -> list[Text]:
    """What a reader must know before the numbers: a suspended market, and an old start."""
    said, halted, late = words("scenarios"), found.halted(), found.stale_days()
    told = []
    for one in found.priced:
        name = one.history.name
        if one.halt is not None:
            told.append(
                said["halted_start" if halted[name]["to"] else "halted_start_open"].format(
                    metal=one.title, asked=one.asked_on, start=one.last_day, first=halted[name]["from"],
                    last=halted[name]["to"],
                )
            )  # fmt: skip
        elif name in late:
            told.append(said["stale_start"].format(metal=one.title, start=one.last_day, days=late[name]))
    if len({one.last_day for one in found.priced}) > 1:
        told.append(said["starts_differ"])
    return told


def _loud(lines: list[Text], lang: Language) -> Text:
    whole = "\n".join(line.in_(lang) for line in lines)
    return Text(whole, whole)


def _squeezes(found: PricePaths, days: int) -> list[Text]:
    said, frequency = words("scenarios"), found.simulation.squeeze_frequency()
    now = dict(zip(found.market.names, found.market.squeeze_probability, strict=True))
    return [
        said["squeeze_note"].format(
            metal=one.title, days=days, share=f"{frequency[one.history.name]:.0%}",
            base=_share(found.base_rate[one.history.name]), now=f"{now[one.history.name]:.0%}",
        )
        for one in found.priced
        if one.history.cash is not None
    ]  # fmt: skip


def _share(share: float | None) -> str | Text:
    return words("scenarios")["too_short"] if share is None else f"{share:.0%}"


def _lattice(found: PricePaths) -> list[Text]:
    """The worst errors of the lattice beside fresh paths."""
    if found.lattice is None:
        return []
    worst: dict[str, float] = {}
    for one in found.lattice_errors:
        worst[one.statistic] = max(worst.get(one.statistic, 0.0), abs(one.difference))
    return [
        words("scenarios")["lattice_note"].format(
            nodes=max(len(level) for level in found.lattice.values), stages=found.lattice.n_stages - 1,
            mean=f"{worst['mean']:.2f}", sd=f"{worst['sd']:.2f}",
            cvar=f"{max(worst['cvar95_high'], worst['cvar95_low']):.2f}",
            squeeze=f"{100 * worst['squeeze_frequency']:.1f}",
        )
    ]  # fmt: skip


def _kind(found: PricePaths) -> Text:
    return words("scenarios")["kind_note"].format(kind=words("natures")[str(found.record()["kind_of_history"])])
