"""``tomnext position``: what a long or short suffers: rolling, lending rules, borrowing."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.cli.position_sentences import lending_sentences, roll_sentences
from tomnext.faces.words import words
from tomnext.studies.position_exposure import PositionReading, position_exposure
from tomnext.studies.simulated_roll import N_PATHS, SimulatedRoll
from tomnext.studies.sources import open_source
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")],
    tonnes: Annotated[float, typer.Option("--tonnes", help="Long positive, short negative · 多為正、空為負")],
    days: Annotated[int, typer.Option("--days", help="Trading days rolled · 展期交易日數")] = 20,
    lease_rate: Annotated[float | None, typer.Option("--lease-rate", help="% a year · 年 %")] = None,
    paths: Annotated[
        int, typer.Option("--paths", min=100, max=50_000, help="Simulated futures · 模擬路徑數")
    ] = N_PATHS,
    seed: Annotated[int, typer.Option(min=0, help="Seed · 種子")] = 0,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Cost of rolling, also in simulated squeezes, lending rules, borrowing · 展期（含模擬擠倉）、借貸規則、借貸成本"""
    found = position_exposure(
        Metal.named(metal), tonnes, as_of, days, lease_rate, open_source(store), n_paths=paths, seed=seed
    )
    word = words("position")
    columns = [Column("what", word["what"].format(days=days))]
    columns += [Column(key, word[key], 0) for key in _USD]
    columns += [Column(key, word[key], 2) for key in ("middle_usd_per_t", "squeezed_usd_per_t")]
    columns += [Column("kind", word["kind"])]
    notes = [*roll_sentences(found)[1:], *lending_sentences(found), *_borrowing(found, lease_rate, word)]
    headline = roll_sentences(found)[0]
    rows = _rows(found, lang)
    if fmt is Format.TABLE:
        rows = [row | {"kind": words("natures")[str(row["kind"])].in_(lang)} for row in rows]
    show(_record(found, lang), fmt, lang, columns, rows, headline, [*notes, word["caveat"]])


_USD = ("middle_usd", "bad_usd", "worst_usd", "squeezed_usd", "calm_usd")


def _borrowing(found: PositionReading, lease_rate: float | None, word: dict[str, Text]) -> list[Text]:
    if found.borrow_usd is None:
        return []
    return [word["borrow"].format(days=found.borrow_days, rate=f"{lease_rate:g}", usd=f"{found.borrow_usd:,.0f}")]


def _rows(found: PositionReading, lang: Language) -> list[dict[str, object]]:
    """One row a way of rolling: today's premium, one carry to three months, the past, and the two simulations."""
    rolls = found.rolls
    premium = found.kind if rolls.is_published else Nature.ASSUMED.value
    given: list[tuple[str, str, dict[str, float | None]]] = []
    if rolls.linear.today_usd is not None:
        given += [("today", premium, {"middle_usd": rolls.linear.today_usd})]
        given += [("three_month", found.kind, {"middle_usd": found.three_month_usd})]
    given += [("past", premium, _past(asdict(rolls.linear)))]
    given += [("past_front_loaded", Nature.ASSUMED.value, _past(asdict(rolls.front_loaded)))]
    if found.simulated is not None:
        given += [(key, Nature.SIMULATED.value, _walked(asdict(getattr(found.simulated, key)))) for key in _READINGS]
    return [_row(words("position")[f"row_{key}"].in_(lang), kind, usd, found.tonnes) for key, kind, usd in given]


_READINGS = ("linear", "front_loaded")


def _past(roll: dict[str, float | None]) -> dict[str, float | None]:
    return {
        "middle_usd": roll["usual_usd"],
        "bad_usd": roll["bad_usd"],
        "worst_usd": roll["worst_usd"],
        "squeezed_usd": roll["squeezed_mean_usd"],
        "calm_usd": roll["calm_mean_usd"],
    }


def _walked(roll: dict[str, float | None]) -> dict[str, float | None]:
    return {
        "middle_usd": roll["median_usd"],
        "bad_usd": roll["p95_usd"],
        "worst_usd": roll["worst_twentieth_usd"],
        "squeezed_usd": roll["squeezed_mean_usd"],
        "calm_usd": roll["calm_mean_usd"],
    }


def _row(what: str, kind: str, usd: dict[str, float | None], tonnes: float) -> dict[str, object]:
    per_t = {f"{key}_per_t": _per_t(usd.get(key), tonnes) for key in ("middle_usd", "squeezed_usd")}
    return {"what": what, **{key: usd.get(key) for key in _USD}, **per_t, "kind": kind}


def _per_t(usd: float | None, tonnes: float) -> float | None:
    return None if usd is None else usd / abs(tonnes)


def _record(found: PositionReading, lang: Language) -> dict[str, object]:
    return {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "halted": found.is_halted,
        "stale": found.is_stale,
        "resumed_on": found.resumed_on,
        "tonnes": found.tonnes,
        "lots": found.lots,
        "cash_usd_per_t": found.cash_usd_per_t,
        "near_premium_usd_per_t_roll": found.rolls.near_premium_usd_per_t,
        "near_premium_published": found.rolls.is_published,
        "cap_usd_per_t": found.cap_usd_per_t,
        "three_month_usd": found.three_month_usd,
        "roll": _roll(asdict(found.rolls.linear)) | {"worst_on": found.rolls.worst_on},
        "roll_front_loaded": _roll(asdict(found.rolls.front_loaded)),
        "simulated": None if found.simulated is None else _simulated(found.simulated, found.tonnes),
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
        "borrow_days": found.borrow_days,
        "lead_reading": roll_sentences(found)[0].in_(lang),
        "kind": found.kind,
        "assumptions": [] if found.rolls.is_published else ["G9"],
        "evidence": [note.record() for note in (*found.evidence, *(one.evidence for one in found.rules))],
    }


def _roll(roll: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in roll.items() if key != "worst_at"}


def _simulated(roll: SimulatedRoll, tonnes: float) -> dict[str, object]:
    readings = {key: asdict(getattr(roll, key)) for key in _READINGS}
    return {
        "paths": roll.linear.paths,
        "squeezed_paths": roll.linear.squeezed_paths,
        "squeezed_share": roll.linear.squeezed_paths / roll.linear.paths,
        "seed": roll.seed,
        **{key: _both_units(one, tonnes) for key, one in readings.items()},
        "record": None if roll.record is None else asdict(roll.record),
        "kind": Nature.SIMULATED.value,
        "assumptions": ["G9"],
    }


def _both_units(roll: dict[str, float | None], tonnes: float) -> dict[str, float | None]:
    usd = {key: value for key, value in roll.items() if key.endswith("_usd")}
    return usd | {f"{key}_per_t": _per_t(value, tonnes) for key, value in usd.items()}
