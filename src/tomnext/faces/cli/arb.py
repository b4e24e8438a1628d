"""``tomnext arb``: the same metal in New York, London and Shanghai, net of moving it, and what it says of a duty."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.arbitrage import OZ_PER_T, VAT_SHARE, Arbitrage, arbitrage
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


def run(
    metal: Annotated[str, typer.Argument(help="copper, silver · 銅、銀")] = "copper",
    as_of: AsOfOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """COMEX over London net of moving it, implied duty odds, Shanghai parity · 三地價差、隱含關稅機率、進口平價"""
    found = arbitrage(Metal.named(metal), as_of, open_source(store))
    word = words("arb")
    rows = [asdict(one) for one in found.replay]
    columns = [Column(key, word[key], places) for key, places in _COLUMNS] if rows else []
    show(_record(found), fmt, lang, columns, rows, _headline(found, word), _notes(found, word))


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("quoted_on", None), ("booked_usd_per_t", 0), ("implied_probability", 2), ("found_usd_per_t", 0),
    ("lost_usd_per_1000_t", 0), ("event", None),
)  # fmt: skip


def _headline(found: Arbitrage, word: dict[str, Text]) -> Text:
    return word["headline"].format(
        day=found.observed_on,
        gross=f"{found.gap.gross_usd_per_t:+,.0f}",
        net=f"{found.gap.net_usd_per_t:+,.0f}",
        share=f"{found.gap.share:+.1%}",
        kind=found.kind,
    )


def _notes(found: Arbitrage, word: dict[str, Text]) -> list[Text]:
    notes = []
    if found.implied_tariff_probability is not None:
        notes.append(
            word["probability"].format(
                p=f"{found.implied_tariff_probability:.0%}", duty=f"{found.duty_talked_of_pct:g}"
            )
        )
    if found.shanghai is not None:
        key = "artefact" if found.shanghai.is_artefact else "shanghai"
        value = found.shanghai.value_cny_per_t
        notes.append(word[key].format(day=found.shanghai_on, value="–" if value is None else f"{value:+,.0f}"))
    moved = ", ".join(f"{id} {tonnes:+,.0f} t" for id, tonnes in found.migration_t.items())
    if moved:
        notes.append(word["migration"].format(moved=moved))
    notes.append(word["caveat"])
    return notes


def _record(found: Arbitrage) -> dict[str, object]:
    p = found.implied_tariff_probability
    record: dict[str, object] = {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "observed_on": found.observed_on,
        "comex_usd_per_t": found.new_york_usd_per_t,
        "london_usd_per_t": found.london_usd_per_t,
        "comex_minus_lme_usd_per_t": found.gap.gross_usd_per_t,
        "premium_share": found.gap.share,
        "net_of_costs_usd_per_t": found.gap.net_usd_per_t,
        "costs_usd_per_t": dict(found.gap.costs_usd_per_t),
        "implied_tariff_probability": None if p is None else min(max(p, 0.0), 1.0),
        "implied_tariff_probability_unclipped": p,
        "duty_talked_of_pct": found.duty_talked_of_pct,
        "shanghai": found.shanghai and {**asdict(found.shanghai), "observed_on": found.shanghai_on},
        "migration_t": dict(found.migration_t),
        "replay_2025": [asdict(one) for one in found.replay],
        "assumptions": [{"id": "G7", "name": name, "value": value} for name, value in asdict(found.costs).items()]
        + [{"id": "G7", "name": "vat_share", "value": VAT_SHARE}],
        "kind": found.kind,
        "evidence": [note.record() for note in found.evidence],
    }
    if found.metal is Metal.SILVER:
        record["comex_minus_london_usd_per_oz"] = found.gap.gross_usd_per_t / OZ_PER_T
    return record
