"""``tomnext beta``: what a metal follows, whether that has changed, and what moved it."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.silver_drivers import DRIVERS, Drivers, Tie, silver_drivers
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    metal: Annotated[str, typer.Argument(help="silver, copper, gold · 銀、銅、金")] = "silver",
    as_of: AsOfOption = None,
    since: Annotated[
        date | None, typer.Option("--since", parser=parse_day, metavar="DATE", help="Attribute from · 歸因起日")
    ] = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Betas to gold, dollar, real yield, AI, copper with bands, break tests, attribution · 連動、斷點檢定與歸因"""
    found = silver_drivers(Metal.named(metal), as_of, since, open_source(store))
    word = words("beta")
    rows = [_row(one, word, lang) for one in found.ties]
    columns = [Column(key, word[key], places) for key, places in _COLUMNS]
    shares = [
        f"{word[name].in_(lang)} {value:+.1f}"
        for name, value in {**found.attribution.by_force, "residual": found.attribution.residual}.items()
    ]
    notes = [
        word["attributed"].format(
            first=found.attributed_from, total=f"{found.attribution.total:+.1f}", parts="; ".join(shares)
        ),
        word["sample"].format(first=found.sample_from, last=found.sample_to, weeks=found.weeks, kind=found.kind),
    ]
    if found.not_testable:
        missing = ", ".join(word[name].in_(lang) for name in found.not_testable)
        notes.append(word["not_testable"].format(drivers=missing))
    show(_record(found, lang), fmt, lang, columns, rows, word[f"{found.metal.value}_{found.verdict}"], notes)


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("driver", None), ("beta", 2), ("low", 2), ("high", 2), ("whole", 2), ("broke_on", None), ("before", 2),
    ("after", 2), ("adjusted_p", 3), ("correlation", 2),
)  # fmt: skip


def _row(one: Tie, word: dict[str, Text], lang: Language) -> dict[str, object]:
    return {
        "driver": word[one.driver].in_(lang),
        "beta": one.now.value,
        "low": one.now.low,
        "high": one.now.high,
        "whole": one.whole_sample.value,
        "broke_on": one.broke_on if one.tested.holds else None,
        "before": one.tested.before if one.tested.holds else None,
        "after": one.tested.after if one.tested.holds else None,
        "adjusted_p": one.tested.adjusted_p,
        "correlation": one.correlation,
    }


def _record(found: Drivers, lang: Language) -> dict[str, object]:
    attribution = found.attribution
    betas: dict[str, object] = dict.fromkeys(DRIVERS[found.metal])
    return {
        "metal": found.metal.value,
        "as_of": found.as_of,
        "betas": betas | {one.driver: {**asdict(one.now), "series": one.series_id} for one in found.ties},
        "whole_sample": {one.driver: asdict(one.whole_sample) for one in found.ties},
        "breaks": [
            {
                "driver": one.driver,
                "break_on": one.broke_on,
                "before": one.tested.before,
                "after": one.tested.after,
                "p_value": one.tested.p_value,
                "adjusted_p": one.tested.adjusted_p,
                "holds": one.tested.holds,
            }
            for one in found.ties
        ],
        "correlations": {
            one.driver: {"value": one.correlation, "low": one.correlation_low, "high": one.correlation_high}
            for one in found.ties
        },
        "attribution": {
            **attribution.by_force,
            "residual": attribution.residual,
            "sum": sum(attribution.by_force.values()) + attribution.residual,
            "total_log_return_pct": attribution.total,
            "from": found.attributed_from,
            "to": found.sample_to,
            "by_driver": dict(attribution.by_factor),
        },
        "verdict": found.verdict,
        "verdict_text": words("beta")[f"{found.metal.value}_{found.verdict}"].in_(lang),
        "not_testable": list(found.not_testable),
        "sample": {"from": found.sample_from, "to": found.sample_to, "weeks": found.weeks},
        "kind": found.kind,
        "evidence": [note.record() for note in found.evidence],
    }
