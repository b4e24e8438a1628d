"""``tomnext position``: what a long or short suffers: rolling, lending rules, borrowing."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.position_exposure import PositionReading, position_exposure
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")],
    tonnes: Annotated[float, typer.Option("--tonnes", help="Long positive, short negative · 多為正、空為負")],
    days: Annotated[int, typer.Option("--days", help="Trading days rolled · 展期交易日數")] = 20,
    lease_rate: Annotated[float | None, typer.Option("--lease-rate", help="% a year · 年 %")] = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Cost of rolling, what lending rules ask, what borrowing costs · 展期成本、借貸規則義務、借貸成本"""
    found = position_exposure(Metal.named(metal), tonnes, as_of, days, lease_rate, open_source(store))
    word = words("position")
    rows = [
        {
            "rule": one.title.in_(lang),
            "held_pct": one.duty.held_pct,
            "cap_pct": one.duty.cap_pct_of_cash,
            "cap_usd": one.duty.cap_usd_per_t,
            "to_lend_t": one.duty.to_lend_t if one.duty.binds else None,
        }
        for one in found.rules
    ]
    columns = [Column("rule", word["rule"]), Column("held_pct", word["held_pct"], 1)]
    columns += [Column("cap_pct", word["cap_pct"], 2), Column("cap_usd", word["cap_usd"], 0)]
    columns += [Column("to_lend_t", word["to_lend_t"], 0)]
    show(_record(found, lang), fmt, lang, columns if rows else (), rows, _headline(found, word), _notes(found, word))


def _headline(found: PositionReading, word: dict[str, Text]) -> Text:
    if found.is_halted:
        return word["halted"]
    roll = found.roll
    worst = "–" if roll.worst_usd is None else f"{roll.worst_usd:+,.0f}"
    bad = "–" if roll.bad_usd is None else f"{roll.bad_usd:+,.0f}"
    return word["headline"].format(
        days=roll.days, today=f"{roll.today_usd:+,.0f}", bad=bad, worst=worst, on=found.worst_roll_on or "–"
    )


def _notes(found: PositionReading, word: dict[str, Text]) -> list[Text]:
    notes = []
    for one in found.rules:
        if one.duty.binds and one.duty.cap_pct_of_cash is not None:
            notes.append(word["must_lend"].format(held=f"{one.duty.held_pct:.0f}", cap=f"{one.duty.cap_pct_of_cash:g}"))
    if found.borrow_usd is not None:
        notes.append(word["borrow"].format(usd=f"{found.borrow_usd:,.0f}"))
    return [*notes, word["caveat"]]


def _record(found: PositionReading, lang: Language) -> dict[str, object]:
    return {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "halted": found.is_halted,
        "tonnes": found.tonnes,
        "lots": found.lots,
        "cash_usd_per_t": found.cash_usd_per_t,
        "near_premium_usd_per_t_day": found.near_premium_usd_per_t_day,
        "roll": {**asdict(found.roll), "worst_on": found.worst_roll_on, "worst_at": None},
        "available_t": found.available_t,
        "rules": [
            {
                "id": one.rule_id,
                "title": one.title.in_(lang),
                "measure": one.measure,
                "status": one.status,
                **asdict(one.duty),
            }
            for one in found.rules
        ],
        "borrow_usd": found.borrow_usd,
        "kind": found.kind,
        "evidence": [note.record() for note in (*found.evidence, *(one.evidence for one in found.rules))],
    }
