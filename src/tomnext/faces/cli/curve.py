"""``tomnext curve``: one metal's LME curve, what it pays or costs to carry, and how unusual that is."""

from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, number, show
from tomnext.faces.words import words
from tomnext.studies.curve import Carry, CurveReading, curve_reading
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

_STALE_DAYS = 5


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")],
    as_of: AsOfOption = None,
    money_rate: Annotated[
        float | None, typer.Option("--money-rate", metavar="PCT", help="Money rate, % a year · 資金利率（年 %）")
    ] = None,
    prompt: Annotated[
        date | None, typer.Option("--prompt", parser=parse_day, metavar="DATE", help="Price this day · 求此交割日價格")
    ] = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Prices by prompt date, cash minus three-month, carry, lease rate, full carry · 各交割日價格與價差、持有成本"""
    found = curve_reading(Metal.named(metal), as_of, money_rate, open_source(store))
    between = found.curve.price_usd_per_t(prompt) if prompt and found.curve else None
    record = _record(found) | ({"interpolated": {"prompt_date": prompt, "price_usd_per_t": between}} if prompt else {})
    word = words("curve")
    columns = [Column(key, word[key]) for key in ("tenor", "prompt_date", "price_usd_per_t")]
    rows = _points(found)
    notes = _notes(found, lang)
    if prompt and between is not None:
        notes.append(word["interpolated"].format(day=prompt, price=f"{between:,.2f}"))
    show(record, fmt, lang, columns if rows else (), rows, _headline(found), notes)


def _points(found: CurveReading) -> list[dict[str, object]]:
    points = found.curve.points if found.curve else ()
    return [
        {"tenor": one.tenor, "prompt_date": one.prompt_date, "price_usd_per_t": one.price_usd_per_t} for one in points
    ]


def _record(found: CurveReading) -> dict[str, object]:
    carry = found.carry
    costs = carry.full_carry if carry else None
    return {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "halted": found.halt is not None,
        "points": _points(found),
        "cash_minus_three_month_usd_per_t": carry.cash_minus_three_month_usd_per_t if carry else None,
        "cash_minus_three_month_basis": carry.basis if carry else None,
        "days_cash_to_three_month": carry.days if carry else None,
        "annualised_carry_pct": carry.annualised_carry_pct if carry else None,
        "percentile": carry.percentile if carry else None,
        "history_days": carry.history_days if carry else None,
        "history_from": carry.history_from if carry else None,
        "tom_next_usd_per_t": found.tom_next_usd_per_t,
        "money_rate_pct": carry.money_rate_pct if carry else None,
        "implied_lease_rate_pct": carry.implied_lease_rate_pct if carry else None,
        "full_carry_usd_per_t": costs.total_usd_per_t if costs else None,
        "full_carry_share": carry.full_carry_share if carry else None,
        "shape": found.shape.value,
        "kind": found.kind,
        "evidence": [footnote.record() for footnote in found.evidence],
    }


def _headline(found: CurveReading) -> Text:
    word, name = words("curve"), found.metal.title
    if found.halt is None:
        sentence, kind = word["headline"], words("natures")[found.kind]
        return Text(
            sentence.en.format(metal=name.en, day=found.observed_on, kind=kind.en),
            sentence.zh.format(metal=name.zh, day=found.observed_on, kind=kind.zh),
        )
    sentence, reason = word["halted"], found.halt.reason
    return Text(
        sentence.en.format(metal=name.en, day=found.as_of, reason=reason.en),
        sentence.zh.format(metal=name.zh, day=found.as_of, reason=reason.zh),
    )


def _notes(found: CurveReading, lang: Language) -> list[Text]:
    if found.halt is not None:
        return []
    word = words("curve")
    notes = [word["shape"].format(shape=word[found.shape.value].in_(lang))]
    if (older := (found.as_of - found.observed_on).days) > _STALE_DAYS:
        notes.append(word["stale"].format(days=older))
    if found.carry:
        notes += _carry_notes(found.carry, lang)
    if found.tom_next_usd_per_t is not None:
        notes.append(word["tom_next"].format(value=number(found.tom_next_usd_per_t, 2, signed=True)))
    return notes


def _carry_notes(carry: Carry, lang: Language) -> list[Text]:
    word, basis = words("curve"), words("curve")[carry.basis].in_(lang)
    notes = [
        word["carry"].format(
            difference=number(carry.cash_minus_three_month_usd_per_t, 2, signed=True),
            days=carry.days,
            basis=basis,
            carry=number(carry.annualised_carry_pct, 2, signed=True),
        )
    ]
    if carry.percentile is not None:
        notes.append(
            word["percentile"].format(
                percentile=f"{carry.percentile:.2f}", days=f"{carry.history_days:,}", since=carry.history_from
            )
        )
    if carry.implied_lease_rate_pct is not None:
        lease, money = number(carry.implied_lease_rate_pct, 2, signed=True), f"{carry.money_rate_pct:.2f}"
        notes.append(word["lease"].format(lease=lease, money=money))
    if carry.full_carry is not None and carry.full_carry_share is not None:
        sentence = word["full_carry"] if carry.full_carry_share >= 0 else word["full_carry_unpaid"]
        notes.append(
            sentence.format(
                total=f"{carry.full_carry.total_usd_per_t:,.2f}",
                finance=f"{carry.full_carry.finance_usd_per_t:,.2f}",
                rent=f"{carry.full_carry.rent_usd_per_t:,.2f}",
                insurance=f"{carry.full_carry.insurance_usd_per_t:,.2f}",
                share=f"{carry.full_carry_share:.0%}",
            )
        )
    return notes
