"""``tomnext dips``: which metal moves most, and whether buying dips has paid a buyer."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, old_data, show
from tomnext.faces.words import words
from tomnext.studies.dips import TENORS, WINDOWS, DipReading, dips
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    metal: Annotated[str, typer.Argument(help="Metal; none: all · 金屬，不填為全部")] = "",
    term: Annotated[bool, typer.Option("--term", help="Term structure of volatility · 波動率期限結構")] = False,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Volatility ranking with intervals; dip buying against steady buying · 波動率排序；逢低買進與定期買進比較"""
    chosen = (Metal.named(metal),) if metal else tuple(Metal)
    found = dips(chosen, as_of, observations=open_source(store))
    word = words("dips")
    records = [_record(rank, one) for rank, one in enumerate(found, start=1)]
    rows = [_row(record, one, lang) for record, one in zip(records, found, strict=True)]
    columns = [Column(key, word[key], places) for key, places in (_TERM_COLUMNS if term else _COLUMNS)]
    newest = max(one.observed_on for one in found)
    aged = old_data(newest, newest if as_of is None else as_of)
    notes = [*aged, word["term_caveat"] if term else word["caveat"]]
    show({"metals": records}, fmt, lang, columns, rows, _headline(found, word), notes)


_COST = (
    "starts", "independent", "median_pct", "low_pct", "high_pct", "worst_pct", "share_cheaper", "bought_on_dips_share",
)  # fmt: skip
_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("rank", 0), ("rank_interval", None), ("metal_title", None), ("volatility_pct", 1), ("volatility_low_pct", 1),
    ("volatility_high_pct", 1), ("median_pct", 2), ("low_pct", 2), ("high_pct", 2), ("share_cheaper", 2),
    ("independent", 1), ("observed_on", None), ("kind_title", None),
)  # fmt: skip
_TERM_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("rank", 0), ("metal_title", None), *((f"window_{days}", 1) for days in WINDOWS),
    *((f"tenor_{tenor}", 1) for tenor in TENORS), ("observed_on", None), ("kind_title", None),
)  # fmt: skip


def _record(rank: int, one: DipReading) -> dict[str, object]:
    cost = asdict(one.record) if one.record else {}
    return {
        "rank": rank,
        "rank_low": one.rank_low,
        "rank_high": one.rank_high,
        "metal": one.metal.value,
        "series_id": one.series_id,
        "observed_on": one.observed_on,
        "volatility_pct": one.volatility_pct,
        "volatility_low_pct": one.volatility_low_pct,
        "volatility_high_pct": one.volatility_high_pct,
        "by_window": {str(days): size for days, size in one.by_window.items()},
        "by_tenor": dict(one.by_tenor),
        **{key: cost.get(key) for key in _COST},
        "kind": one.kind,
    }


def _row(record: dict[str, object], one: DipReading, lang: Language) -> dict[str, object]:
    return {
        **record,
        "rank_interval": f"{one.rank_low}–{one.rank_high}",
        "metal_title": one.metal.title.in_(lang),
        "kind_title": words("natures")[one.kind].in_(lang),
        **{f"window_{days}": size for days, size in one.by_window.items()},
        **{f"tenor_{tenor}": size for tenor, size in one.by_tenor.items()},
    }


def _headline(found: list[DipReading], word: dict[str, Text]) -> Text:
    """Who moves most, and in how many metals the rule was cheaper in the median year."""
    tested = [one.record.median_pct for one in found if one.record is not None]
    cheaper, first = sum(median < 0 for median in tested), found[0]
    numbers = {"size": f"{first.volatility_pct:.0f}", "cheaper": cheaper, "tested": len(tested)}
    sentence, title = word["headline" if len(found) > 1 else "headline_one"], first.metal.title
    return Text(sentence.en.format(metal=title.en, **numbers), sentence.zh.format(metal=title.zh, **numbers))
