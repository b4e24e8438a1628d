"""``tomnext ratio``: one metal's price in units of another's, and how unusual that is."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, number, old_data, show
from tomnext.faces.words import words
from tomnext.studies.ratio import RatioReading, ratio_reading
from tomnext.studies.ratio_regimes import RatioRegimes, ratio_regimes
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

LEVELS = (70, 50, 40)
"""The levels the article marks on its figure of the gold/silver ratio."""


def run(
    numerator: Annotated[str, typer.Argument(help="Metal · 金屬")] = "gold",
    denominator: Annotated[str, typer.Argument(help="In units of · 以此計價")] = "silver",
    as_of: AsOfOption = None,
    basis: Annotated[str | None, typer.Option("--basis", help="lbma, comex, lme, worldbank, imf · 價格來源")] = None,
    regimes: Annotated[
        bool, typer.Option("--regimes", help="Levels, breaks, the ratio trade · 區間、斷點與比率交易")
    ] = False,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Ounces of silver for one of gold, or any two metals priced together · 金銀比或任兩種同源報價的金屬"""
    if regimes:
        found_regimes = ratio_regimes(
            Metal.named(numerator), Metal.named(denominator), as_of, basis, open_source(store)
        )
        _show_regimes(found_regimes, fmt, lang)
        return
    found = ratio_reading(Metal.named(numerator), Metal.named(denominator), as_of, basis, open_source(store))
    word = words("ratio")
    rows = [
        {
            "period": row.period,
            "ratio": row.ratio,
            "standing": word[row.standing].in_(lang),
            "note": row.remark.in_(lang),
        }
        for row in found.published
    ]
    columns = [Column("period", word["period"]), Column("ratio", word["ratio"], decimals=1)]
    columns += [Column("standing", word["standing"]), Column("note", word["note"])]
    show(
        _record(found),
        fmt,
        lang,
        columns if rows else (),
        rows,
        _headline(found),
        [*_aged(found), *_notes(found, lang)],
    )


def _record(found: RatioReading) -> dict[str, object]:
    return {
        "numerator": found.numerator.value,
        "denominator": found.denominator.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "value": found.value,
        "percentile": found.percentile,
        "series_kind": found.series_kind,
        "basis": found.basis,
        "frequency": found.frequency,
        "history_count": found.path.height,
        "history_from": found.path["observed_on"][0],
        "mean": found.mean,
        "median": found.median,
        "low": {"observed_on": found.low[0], "ratio": found.low[1]},
        "high": {"observed_on": found.high[0], "ratio": found.high[1]},
        "share_below": {str(level): found.share_below(level) for level in LEVELS},
        "published": [row.model_dump(mode="json", exclude_none=True) for row in found.published],
        "evidence": [footnote.record() for footnote in found.evidence],
    }


def _headline(found: RatioReading) -> Text:
    word, kind = words("ratio"), words("natures")[found.series_kind]
    a, b, basis, frequency = found.numerator.title, found.denominator.title, word[found.basis], word[found.frequency]
    values = {"value": f"{found.value:,.2f}", "day": found.observed_on}
    sentence = word["headline"]
    return Text(
        sentence.en.format(a=a.en, b=b.en, kind=kind.en, basis=basis.en, frequency=frequency.en, **values),
        sentence.zh.format(a=a.zh, b=b.zh, kind=kind.zh, basis=basis.zh, frequency=frequency.zh, **values),
    )


def _notes(found: RatioReading, lang: Language) -> list[Text]:
    word = words("ratio")
    notes = []
    if found.percentile is not None:
        notes.append(
            word["percentile"].format(
                percentile=f"{found.percentile:.1f}",
                count=f"{found.path.height:,}",
                since=found.path["observed_on"][0],
                mean=f"{found.mean:,.2f}",
                median=f"{found.median:,.2f}",
            )
        )
    (low_day, low), (high_day, high) = found.low, found.high
    ends = {"low_day": low_day, "high_day": high_day}
    notes.append(word["range"].format(low=f"{low:,.2f}", high=f"{high:,.2f}", **ends))
    if {found.numerator, found.denominator} == {Metal.GOLD, Metal.SILVER}:
        shares = (f"{found.share_below(level):.1%}" for level in LEVELS)
        notes.append(word["below"].format(**dict(zip(("seventy", "fifty", "forty"), shares, strict=True))))
    return notes


def _show_regimes(found: RatioRegimes, fmt: Format, lang: Language) -> None:
    word = words("regimes")
    rows = [
        {
            "from": one.began,
            "from_low": one.began_low,
            "from_high": one.began_high,
            "knowable_on": one.knowable_on,
            "level": one.level,
            "to": one.ended,
        }
        for one in found.regimes
    ]
    columns = [Column(key, word[key], 1 if key == "level" else None) for key in rows[0]]
    now = {
        "level": found.level_now,
        "value": found.ratio.value,
        "observed_on": found.ratio.observed_on,
        "bands": dict(found.bands),
    }
    trades = [{**asdict(one), "trades": [_plain_trade(trade) for trade in one.trades]} for one in found.trades]
    record = {**_record(found.ratio), "regimes": rows, "now": now, "trades": trades}
    headline = _regime_headline(found, word)
    notes = [
        word["trade" if len(found.regimes) > 1 else "trade_unbroken"].format(
            rule=one.rule,
            n=len(one.trades),
            total=number(one.total_pct, signed=True),
            fall=number(one.deepest_fall_pct),
            until=number(one.until_knowable_pct, signed=True),
            since=number(one.since_last_break_pct, signed=True),
        )
        for one in found.trades
    ]
    show(record, fmt, lang, columns, rows, headline, [*_aged(found.ratio), *notes, word["caveat"]])


def _aged(found: RatioReading) -> list[Text]:
    return old_data(found.observed_on, found.as_of, 75 if found.frequency == "monthly" else 14)


def _regime_headline(found: RatioRegimes, word: dict[str, Text]) -> Text:
    likely = max(found.bands, key=lambda band: found.bands[band])
    side, _, edge = likely.partition("_")
    band = word["between"].format(low=side, high=edge.removeprefix("to_")) if "_to_" in likely else word[side]
    numbers = {
        "value": f"{found.ratio.value:.3g}",
        "level": f"{found.level_now:.3g}",
        "p": f"{found.bands[likely]:.0%}",
    }
    numbers |= {"day": str(found.ratio.observed_on), "edge": edge}
    return Text(
        word["headline"].en.format(band=band.en.format(edge=edge), **numbers),
        word["headline"].zh.format(band=band.zh.format(edge=edge), **numbers),
    )


def _plain_trade(trade: Any) -> dict[str, object]:
    return {
        **asdict(trade),
        "entered_on": str(trade.entered_on),
        "left_on": None if trade.left_on is None else str(trade.left_on),
    }
