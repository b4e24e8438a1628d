"""``tomnext beta``: what a metal follows, whether that has changed, and what moved it."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, number, old_data, show
from tomnext.faces.words import words
from tomnext.studies.official_buying import OfficialBuying
from tomnext.studies.silver_drivers import DRIVERS, PREMIUM, Drivers, Tie, silver_drivers
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
    show(_record(found, lang), fmt, lang, columns, rows, _verdict(found), _notes(found))


def _verdict(found: Drivers) -> Text:
    """The sentence for what was found: which tie moved, and for gold whether purchases could be tested."""
    name = f"{found.metal.value}_{found.verdict}"
    if found.verdict == "partly":
        name += "_left" if found.old_tie_fell else "_joined"
    if found.metal is Metal.GOLD and found.new_tie_rose is None and found.verdict != "not_testable":
        name += "_untested"
    return words("beta")[name]


def _notes(found: Drivers) -> list[Text]:
    word, kind = words("beta"), words("natures")[found.kind]
    span = {"first": found.sample_from, "last": found.sample_to, "weeks": found.weeks}
    notes = [
        Text(*(_attributed(found, word, language) for language in (Language.ENGLISH, Language.TAIWAN))),
        Text(word["sample"].en.format(kind=kind.en, **span), word["sample"].zh.format(kind=kind.zh, **span)),
    ]
    for name, series in found.not_testable.items():
        needed = {"series": (" + " if name == PREMIUM else " · ").join(series)}
        missing = word["not_testable"]
        notes.append(
            Text(missing.en.format(driver=word[name].en, **needed), missing.zh.format(driver=word[name].zh, **needed))
        )
    if found.official is not None:
        notes.append(_official(found.official, word))
    return [*old_data(found.sample_to, found.as_of), *notes, word["caveat"]]


def _attributed(found: Drivers, word: dict[str, Text], language: Language) -> str:
    shares = {**found.attribution.by_force, "residual": found.attribution.residual}
    untested = word["untested"].in_(language)
    parts = [
        f"{word[name].in_(language)} {untested if value is None else number(value, 1, signed=True)}"
        for name, value in shares.items()
    ]
    total = number(found.attribution.total, 1, signed=True)
    listed = Text("; ", "、").in_(language).join(parts)
    return word["attributed"].format(first=found.attributed_from, total=total, parts=listed).in_(language)


def _official(official: OfficialBuying, word: dict[str, Text]) -> Text:
    if official.effect is None:
        return word["official_missing"].format(series=official.series_id, quarters=official.quarters)
    return word["official"].format(
        value=number(official.effect.value, 2, signed=True),
        low=number(official.effect.low, 2, signed=True),
        high=number(official.effect.high, 2, signed=True),
        quarters=official.quarters,
        beyond=", ".join(official.beyond) or "–",
    )


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("driver", None), ("beta", 2), ("low", 2), ("high", 2), ("whole", 2), ("broke_on", None), ("before", 2),
    ("after", 2), ("adjusted_p", 3), ("correlation", 2), ("correlation_before", 2), ("series", None),
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
        "correlation": one.correlation.value,
        "correlation_before": one.correlation_before.value,
        "series": one.series_id,
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
            one.driver: {**asdict(one.correlation), "before": asdict(one.correlation_before)} for one in found.ties
        },
        "history": [asdict(one) for one in found.history],
        "attribution": {
            **attribution.by_force,
            "residual": attribution.residual,
            "sum": attribution.explained + attribution.residual,
            "total_log_return_pct": attribution.total,
            "from": found.attributed_from,
            "to": found.sample_to,
            "by_driver": dict(attribution.by_factor),
        },
        "verdict": found.verdict,
        "verdict_text": _verdict(found).in_(lang),
        "not_testable": {name: list(series) for name, series in found.not_testable.items()},
        "official_buying": None if found.official is None else asdict(found.official),
        "sample": {"from": found.sample_from, "to": found.sample_to, "weeks": found.weeks},
        "kind": found.kind,
        "evidence": [note.record() for note in found.evidence],
    }
