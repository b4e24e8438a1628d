"""``tomnext stocks``: how much metal the exchanges hold, how much can be taken, how long it would last."""

from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, number, show
from tomnext.faces.words import words
from tomnext.studies.sources import open_source
from tomnext.studies.stocks import StockReading, stock_reading
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

_STALE_DAYS = 45


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")],
    as_of: AsOfOption = None,
    form: Annotated[
        str | None, typer.Option("--form", help="Fit for which form, silver_grain_4n · 供何種型態使用")
    ] = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """On-warrant, cancelled, days of cover, headline against available, fit for a form · 倉單、註銷、可用天數"""
    found = stock_reading(Metal.named(metal), as_of, form, open_source(store))
    word, kind = words("stocks"), words("natures")[found.kind]
    headline = Text(
        word["headline"].en.format(metal=found.metal.title.en, day=found.as_of, kind=kind.en),
        word["headline"].zh.format(metal=found.metal.title.zh, day=found.as_of, kind=kind.zh),
    )
    keys = ("venue", "observed_on", "headline_t", "available_t")
    columns = [Column(key, word[key], decimals=0) for key in keys]
    columns.append(Column("available_share", word["available_share"]))
    shown = _venue_rows(found)
    if fmt is Format.TABLE:
        shown = [row | {"available_share": _percent(row["available_share"])} for row in shown]
    show(_record(found), fmt, lang, columns, shown, headline, _notes(found, lang))


def _venue_rows(found: StockReading) -> list[dict[str, object]]:
    return [
        {
            "venue": one.venue,
            "observed_on": one.observed_on,
            "headline_t": one.headline_t,
            "available_t": one.available_t,
            "available_share": one.available_share,
            "kind": one.kind,
        }
        for one in found.venues
    ]


def _record(found: StockReading) -> dict[str, object]:
    lme, stock, usage = found.lme, found.lme.stock if found.lme else None, found.usage
    return {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "on_warrant_t": stock.on_warrant_t if stock else None,
        "cancelled_t": stock.cancelled_t if stock else None,
        "closing_stock_t": stock.closing_stock_t if stock else None,
        "cancelled_share": stock.cancelled_share if stock else None,
        "derived": list(stock.derived) if stock else [],
        "published_total_t": stock.published_total_t if stock else None,
        "identity_gap_t": stock.identity_gap_t if stock else None,
        "identity_breaks": lme.identity_breaks if lme else None,
        "largest_identity_gap_t": lme.largest_identity_gap_t if lme else None,
        "on_warrant_change_t": lme.on_warrant_change_t if lme else None,
        "on_warrant_percentile": lme.on_warrant_percentile if lme else None,
        "cancelled_share_percentile": lme.cancelled_share_percentile if lme else None,
        "history_days": lme.history_days if lme else None,
        "days_of_cover": found.days_of_cover,
        "days_of_cover_on_warrant": found.days_of_cover_on_warrant,
        "usage": vars(usage) if usage else None,
        "headline_t": found.headline_t,
        "available_t": found.available_t,
        "venues": _venue_rows(found),
        "locations": [
            {"location": place, "on_warrant_t": one.on_warrant_t, "cancelled_t": one.cancelled_t}
            for place, one in found.locations.items()
        ],
        "form": found.form.form if found.form else None,
        "usable_t": {fitness.value: tonnes for fitness, tonnes in found.usable_t.items()},
        "kind": found.kind,
        "evidence": [footnote.record() for footnote in found.evidence],
    }


def _notes(found: StockReading, lang: Language) -> list[Text]:
    word = words("stocks")
    notes = _lme_notes(found)
    older = [one.venue for one in found.venues if (found.as_of - one.observed_on).days > _STALE_DAYS]
    if older:
        notes.append(word["older"].format(days=_STALE_DAYS, venues=", ".join(older)))
    for place, one in found.locations.items():
        tonnes = {"on_warrant": number(one.on_warrant_t), "cancelled": number(one.cancelled_t)}
        notes.append(word["location"].format(place=found.places[place].in_(lang), **tonnes))
    if found.usage and found.days_of_cover is not None:
        notes.append(
            word["cover"].format(
                days=f"{found.days_of_cover:,.1f}",
                usage=number(found.usage.t_per_year),
                year=found.usage.year,
                counted=word[found.usage.counted].in_(lang),
                assumed=word["assumed"].in_(lang) if found.usage.is_assumed else "",
            )
        )
    if found.days_of_cover_on_warrant is not None:
        notes.append(word["cover_on_warrant"].format(days=f"{found.days_of_cover_on_warrant:,.2f}"))
    if found.form:
        as_is, casting, refining, unknown = (number(tonnes) for tonnes in found.usable_t.values())
        name = found.form.title.in_(lang)
        notes.append(word["form"].format(form=name, as_is=as_is, casting=casting, refining=refining, unknown=unknown))
    return notes


def _lme_notes(found: StockReading) -> list[Text]:
    if found.lme is None:
        return []
    word, lme, stock = words("stocks"), found.lme, found.lme.stock
    notes = [
        word["lme"].format(
            on_warrant=number(stock.on_warrant_t),
            change=number(lme.on_warrant_change_t, signed=True),
            cancelled=number(stock.cancelled_t),
            share=_percent(stock.cancelled_share),
            closing=number(stock.closing_stock_t),
        )
    ]
    if lme.on_warrant_percentile is not None and lme.cancelled_share_percentile is not None:
        low, high = f"{lme.on_warrant_percentile:.2f}", f"{lme.cancelled_share_percentile:.2f}"
        notes.append(word["percentiles"].format(on_warrant=low, cancelled=high, days=f"{lme.history_days:,}"))
    if stock.derived:
        notes.append(word["derived"].format(names=", ".join(stock.derived)))
    if stock.identity_gap_t:
        notes.append(word["gap"].format(gap=number(stock.identity_gap_t)))
    if lme.identity_breaks:
        notes.append(word["breaks"].format(count=lme.identity_breaks, largest=number(lme.largest_identity_gap_t)))
    return notes


def _percent(share: object) -> str:
    return f"{share:.1%}" if isinstance(share, float) else "–"
