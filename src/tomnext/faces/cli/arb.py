"""``tomnext arb``: the same metal in New York, London and Shanghai, net of moving it, and what it says of a duty."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, number, show
from tomnext.faces.words import words
from tomnext.facts.kinds.history import ExpectedDuty
from tomnext.studies.arbitrage import OZ_PER_T, VAT_SHARE, Arbitrage, arbitrage
from tomnext.studies.arbitrage_record import Booked, Reported
from tomnext.studies.duty import Duty
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    metal: Annotated[str, typer.Argument(help="copper, silver · 銅、銀")] = "copper",
    as_of: AsOfOption = None,
    duty_pct: Annotated[
        float | None,
        typer.Option("--duty", metavar="PCT", help="Duty to read the premium against · 用以解讀溢價的關稅"),
    ] = None,
    duty_from: Annotated[
        date | None, typer.Option("--duty-from", parser=parse_day, metavar="DATE", help="Its first day · 該關稅起日")
    ] = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """COMEX over London net of moving it, implied duty odds, Shanghai parity · 三地價差、隱含關稅機率、進口平價"""
    if duty_from is not None and duty_pct is None:
        raise InputRejected(
            Text("A first day needs the rate of its duty.", "指定起日時須一併給關稅稅率。"),
            received=f"--duty-from {duty_from}",
            expected="--duty PCT --duty-from DATE",
        )
    expected = None if duty_pct is None else ExpectedDuty(rate_pct=duty_pct, begins_on=duty_from)
    found = arbitrage(Metal.named(metal), as_of, open_source(store), expected=expected)
    word = words("arb")
    rows = [_plain(one, lang) for one in found.replay]
    columns = [Column(key, word[key], places) for key, places in _COLUMNS] if rows else _gap_columns(word)
    record = _record(found, lang)
    show(record, fmt, lang, columns, rows or [record], _headline(found, word), _notes(found, word))


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("quoted_on", None), ("booked_usd_per_t", 0), ("premium_share", 3), ("duty_talked_of_pct", 0),
    ("implied_probability", 2), ("found_usd_per_t", 0), ("lost_usd_per_1000_t", 0),
    ("event", None),
)  # fmt: skip


def _gap_columns(word: dict[str, Text]) -> list[Column]:
    keys = ("observed_on", "comex_usd_per_t", "london_usd_per_t", "comex_minus_lme_usd_per_t", "net_of_costs_usd_per_t")
    return [Column(key, word[key], 0) for key in keys]


def _plain(one: Booked, lang: Language) -> dict[str, object]:
    return {**asdict(one), "event": None if one.event is None else one.event.in_(lang)}


def _headline(found: Arbitrage, word: dict[str, Text]) -> Text:
    kind = word["printed"] if found.kind == Nature.DECREED.value else words("natures")[found.kind]
    if found.gap is None:
        sentence, numbers = word["headline_artefact"], {"day": str(found.observed_on)}
    else:
        ounces = found.metal is Metal.SILVER
        sentence, per, places = (word["headline_oz"], OZ_PER_T, 2) if ounces else (word["headline"], 1.0, 0)
        numbers = {
            "day": str(found.observed_on),
            "gross": number(found.gap.gross_usd_per_t / per, places, signed=True),
            "net": number(found.gap.net_usd_per_t / per, places, signed=True),
            "share": number(100 * found.gap.share, 1, signed=True) + "%",
        }
    return Text(sentence.en.format(kind=kind.en, **numbers), sentence.zh.format(kind=kind.zh, **numbers))


def _notes(found: Arbitrage, word: dict[str, Text]) -> list[Text]:
    notes = [*_of_a_duty(found, word), *_at_the_border(found, word)]
    if found.shanghai is not None:
        key = "artefact" if found.shanghai.is_artefact else "shanghai"
        value = found.shanghai.value_cny_per_t
        if found.metal is Metal.SILVER:
            key, value = key.replace("shanghai", "shanghai_kg"), None if value is None else value / 1000.0
        notes.append(word[key].format(day=found.shanghai_on, value=number(value, signed=True)))
    moved = " · ".join(f"{_venue(id)} {number(tonnes, signed=True)}" for id, tonnes in found.migration_t.items())
    if moved:
        notes.append(word["migration"].format(moved=moved))
    if found.stocks_not_held:
        notes.append(word["no_stocks"].format(series=" · ".join(found.stocks_not_held)))
    for venue in ("comex", "lme"):
        told = [(one.quoted_on, tonnes) for one in found.reported_stocks if (tonnes := _of(one, venue)) is not None]
        if told:
            path = " → ".join(f"{tonnes:,.0f} ({day})" for day, tonnes in told)
            notes.append(word["reported"].format(venue=venue.upper(), path=path))
    delivered = next((one for one in found.replay if one.made_usd_per_1000_t is not None), None)
    if delivered is not None:
        made = number(delivered.made_usd_per_1000_t, signed=True)
        notes.append(word["delivered"].format(found=number(delivered.found_usd_per_t), made=made))
    return [*notes, word["caveat_copper" if found.replay else "caveat"]]


def _of_a_duty(found: Arbitrage, word: dict[str, Text]) -> list[Text]:
    talk, odds = found.duty_talked_of, found.implied_tariff_probability
    if talk is None or odds is None:
        return [] if found.gap is None else [word["no_duty_talked_of"]]
    begins = word["begins"].format(day=talk.begins_on) if talk.begins_on else word["begins_unsaid"]
    numbers = {"p": f"{min(max(odds, 0.0), 1.0):.0%}", "duty": f"{talk.rate_pct:g}"}
    sentence = word["probability"]
    notes = [
        Text(sentence.en.format(begins=begins.en, **numbers), sentence.zh.format(begins=begins.zh, **numbers)),
    ]
    if not 0.0 <= odds <= 1.0:
        notes.append(word["below_logistics" if odds < 0 else "above_duty"])
    if found.front_reaches_duty is False:
        notes.append(word["front_ends_before"])
    return notes


def _at_the_border(found: Arbitrage, word: dict[str, Text]) -> list[Text]:
    if found.duty is None:
        return [word["no_border_duty"]]
    sentence = word["border_duty"]
    parts = {"rate": f"{found.duty.known_rate_pct:g}", "code": found.duty.entry.code, "origin": found.duty.entry.origin}
    en = "; ".join(f"{line.title.en} {line.contribution_pct:g} %" for line in found.duty.lines)
    zh = "；".join(f"{line.title.zh} {line.contribution_pct:g}%" for line in found.duty.lines)
    return [Text(sentence.en.format(lines=en, **parts), sentence.zh.format(lines=zh, **parts))]


def _venue(id: str) -> str:
    return id.partition(".")[0].upper()


def _of(one: Reported, venue: str) -> float | None:
    return one.comex_t if venue == "comex" else one.lme_t


def _record(found: Arbitrage, lang: Language) -> dict[str, object]:
    odds, talk, gap = found.implied_tariff_probability, found.duty_talked_of, found.gap
    record: dict[str, object] = {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "comex_usd_per_t": found.new_york.value,
        "london_usd_per_t": found.london_usd_per_t,
        "comex_minus_lme_usd_per_t": gap and gap.gross_usd_per_t,
        "premium_share": gap and gap.share,
        "net_of_costs_usd_per_t": gap and gap.net_usd_per_t,
        "costs_usd_per_t": gap and dict(gap.costs_usd_per_t),
        "clock": {
            "comex_close_before_usd_per_t": found.new_york.before,
            "comex_close_after_usd_per_t": found.new_york.after,
            "is_artefact": found.new_york.is_artefact,
        },
        "implied_tariff_probability": None if odds is None else min(max(odds, 0.0), 1.0),
        "implied_tariff_probability_unclipped": odds,
        "duty_talked_of_pct": talk and talk.rate_pct,
        "duty_talked_of_from": talk and talk.begins_on,
        "front_reaches_duty": found.front_reaches_duty,
        "border_duty": found.duty and _border_record(found.duty, lang),
        "shanghai": found.shanghai and {**asdict(found.shanghai), "observed_on": found.shanghai_on},
        "migration_t": dict(found.migration_t),
        "stocks_not_held": list(found.stocks_not_held),
        "replay_2025": [_plain(one, lang) for one in found.replay],
        "reported_stocks": [asdict(one) for one in found.reported_stocks],
        "assumptions": _assumptions(found),
        "kind": found.kind,
        "evidence": [note.record() for note in found.evidence],
    }
    if found.metal is Metal.SILVER:
        record["comex_minus_london_usd_per_oz"] = gap and gap.gross_usd_per_t / OZ_PER_T
    return record


def _border_record(duty: Duty, lang: Language) -> dict[str, object]:
    return {
        "rate_pct": duty.known_rate_pct,
        "code": duty.entry.code,
        "origin": duty.entry.origin,
        "declared": sorted(duty.entry.declared),
        "lines": [
            {
                "title": line.title.in_(lang),
                "contribution_pct": line.contribution_pct,
                "in_force_from": line.in_force_from,
                "source": line.source,
            }
            for line in duty.lines
        ],
    }


def _assumptions(found: Arbitrage) -> list[dict[str, object]]:
    held = {"finance_pct_a_year": found.money_series, "duty_share": found.duty and "tariff facts"}
    stated = {**asdict(found.costs), "vat_share": VAT_SHARE}
    return [{"id": "G7", "name": name, "value": value, "from": held.get(name)} for name, value in stated.items()]
