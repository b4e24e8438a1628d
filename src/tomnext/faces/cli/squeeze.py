"""``tomnext squeeze``: how likely each LME metal is to be squeezed, why, and how good that warning has been."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from math import isnan
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, number, show
from tomnext.faces.words import words
from tomnext.studies.sources import open_source
from tomnext.studies.squeeze_record import Progress as Tell
from tomnext.studies.squeeze_record import SqueezeRecord, Standing, squeeze_record, standing
from tomnext.studies.squeeze_watch import SqueezeReading, squeeze_watch
from tomnext.studies.tapes import lme_tapes
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    metal: Annotated[str, typer.Argument(help="Metal; none: all six · 金屬，不填為全部")] = "",
    as_of: AsOfOption = None,
    evaluate: Annotated[bool, typer.Option("--evaluate", help="Score the warning instead · 檢驗預警成績")] = False,
    train_until: Annotated[
        date | None,
        typer.Option("--train-until", parser=parse_day, metavar="DATE", help="Fit once up to here · 只用此日之前訓練"),
    ] = None,
    hold_out: Annotated[
        list[str] | None, typer.Option("--hold-out", metavar="METAL", help="Never teaches · 完全不參與訓練的金屬")
    ] = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Probability of a squeeze in 5, 20, 60 days, its parts, its record · 未來 5、20、60 日擠倉機率、成因與成績"""
    source = open_source(store)
    if not evaluate and (train_until is not None or hold_out):
        raise InputRejected(
            Text("Training is only withheld when the warning is scored.", "只有檢驗預警時才能保留訓練資料。"),
            received="--train-until, --hold-out",
            fix=Text("Add --evaluate.", "請加上 --evaluate。"),
        )
    if evaluate:
        with _progress(fmt) as tell:
            found = squeeze_record(source, as_of, train_until, [Metal.named(one) for one in hold_out or ()], None, tell)
        _show_record(found, fmt, lang)
        return
    reads = lme_tapes(source, as_of)
    readings = squeeze_watch(source, [Metal.named(metal)] if metal else None, as_of, reads=reads)
    beside = standing(reads)
    records = [_reading(one, lang) for one in readings]
    columns = [Column(key, words("squeeze")[key], places) for key, places in _COLUMNS]
    rows = [_named(_row(one), lang) if fmt is Format.TABLE else _row(one) for one in readings]
    notes = [*(one.lead_reading for one in readings), _said_of(beside), words("squeeze")["caveat"]]
    whole: dict[str, object] = dict(records[0]) if metal else {"metals": records}
    whole["record"] = None if beside is None else _standing(beside)
    show(whole, fmt, lang, columns, rows, None, notes)


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("metal", None), ("observed_on", None), ("status", None), ("level_pct", 2), ("p5_pct", 1), ("p20_pct", 1),
    ("p60_pct", 1), ("base20_pct", 1), ("tightness", 2), ("momentum", 2), ("availability", 2), ("concentration", 2),
    ("kind", None),
)  # fmt: skip


def _named(row: dict[str, object], lang: Language) -> dict[str, object]:
    """The row with metal, status and nature in words, for people."""
    status, nature = words("squeeze")[f"status_{row['status']}"], words("common")[f"nature.{row['kind']}"]
    metal = Metal(str(row["metal"])).title
    return row | {"metal": metal.in_(lang), "status": status.in_(lang), "kind": nature.in_(lang)}


def _standing(beside: Standing) -> dict[str, object]:
    kept = {key: value for key, value in asdict(beside).items() if key not in ("scores", "forecasts")}
    scored = {key: value for key, value in asdict(beside.scores).items() if key != "calibration"}
    return dict(_json_ready(scored | kept))


def _said_of(beside: Standing | None) -> Text:
    word = words("squeeze")
    if beside is None:
        return word["no_record"]
    return word["beside"].format(
        first=beside.tested_from,
        last=beside.tested_to,
        base=f"{beside.scores.brier_skill_vs_base_rate:.2f}",
        rule=number(beside.scores.brier_skill_vs_spread_rule, 2, signed=True),
        auc=f"{beside.scores.auc:.2f}",
        false=f"{beside.false_alarms_per_year:.1f}",
        at=f"{beside.warn_at:.0%}",
        episodes=beside.n_episodes,
    )


def _reading(one: SqueezeReading, lang: Language) -> dict[str, object]:
    return {
        "metal": one.metal.value,
        "as_of": one.as_of or one.observed_on,
        "observed_on": one.observed_on,
        "status": one.status,
        "resumed_on": one.resumed_on,
        "is_unjudged": one.is_unjudged,
        "cash_minus_three_month_pct": one.cash_minus_three_month_pct,
        "horizon": {
            str(days): {
                "probability": h.probability,
                "base_rate": h.base_rate,
                "estimation_low": h.low,
                "estimation_high": h.high,
                "beyond_0_75_pct": h.beyond[0.75],
                "beyond_3_pct": h.beyond[3.0],
            }
            for days, h in one.horizons.items()
        },
        "parts": {name: asdict(part) for name, part in one.parts.items()},
        "baseline_log_odds": one.baseline_log_odds,
        "lead_reading": one.lead_reading.in_(lang),
        "fitted_on": {"days": one.fitted_on_days, "days_before_an_event": one.fitted_on_event_days},
        "kind": one.kind,
        "evidence": [note.record() for note in one.evidence],
    }


def _row(one: SqueezeReading) -> dict[str, object]:
    chances = {days: None if h.probability is None else 100 * h.probability for days, h in one.horizons.items()}
    return {
        "metal": one.metal.value,
        "observed_on": one.observed_on,
        "status": one.status,
        "level_pct": one.cash_minus_three_month_pct,
        "p5_pct": chances[5],
        "p20_pct": chances[20],
        "p60_pct": chances[60],
        "base20_pct": 100 * one.horizons[20].base_rate,
        **{name: part.log_odds for name, part in one.parts.items()},
        "kind": one.kind,
    }


def _show_record(found: SqueezeRecord, fmt: Format, lang: Language) -> None:
    record = asdict(found)
    standard = record.pop("standard")
    leads = {one.event_id: one.lead_days for one in found.leave_one_episode_out}
    word = words("squeeze")
    columns = [Column(key, word[key], places) for key, places in _RECORD_COLUMNS]
    rows = [_score_row("all", asdict(found.standard))]
    rows += [_score_row(metal, asdict(score)) for metal, score in found.by_metal.items()]
    rows += [_score_row(f"{days} d", asdict(score)) for days, score in found.horizons.items()]
    rows += [_score_row(f"– {metal}", asdict(score)) for metal, score in found.leave_one_metal_out.items()]
    headline = word["record_headline"].format(
        protocol=found.protocol, first=found.tested_from, last=found.tested_to, episodes=found.n_episodes
    )
    queue = found.copper_queue_2013
    bins = [{**asdict(one), "holds": one.holds} for one in found.standard.calibration]
    notes = [
        *([] if queue is None else [word["record_queue"].format(highest=f"{queue:.0%}")]),
        word["record_calibration"].format(bins="; ".join(_bin(one) for one in bins)),
        word["record_alarms"].format(rate=f"{found.false_alarms_per_year:.2f}", at=f"{found.warn_at:.0%}"),
        word["record_leads"].format(leads=", ".join(f"{id} {_days(lead)}" for id, lead in leads.items()) or "–"),
        word["record_limits"],
    ]
    whole = _json_ready({**standard, **record, "calibration": bins, "lead_days": leads})
    show(whole, fmt, lang, columns, rows, headline, notes)


def _bin(one: dict[str, Any]) -> str:
    """Mean forecast and share that came true in whole percent, marked when outside sampling error."""
    return f"{one['forecast']:.0%} → {one['observed']:.0%}{'' if one['holds'] else ' !'}"


def _json_ready(value: Any) -> Any:
    """The same with figures that do not exist (no event to test on) as null: JSON has no NaN."""
    if isinstance(value, dict):
        return {str(key): _json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_ready(item) for item in value]
    return None if isinstance(value, float) and isnan(value) else value


_RECORD_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("over", None), ("days", 0), ("event_days", 0), ("auc", 3), ("brier_skill_vs_base_rate", 3),
    ("brier_skill_vs_spread_rule", 3), ("spread_rule_skill_vs_base_rate", 3),
)  # fmt: skip


def _score_row(over: str, score: dict[str, object]) -> dict[str, object]:
    return {"over": over, **{key: _json_ready(score[key]) for key, _ in _RECORD_COLUMNS[1:]}}


def _days(lead: int | None) -> str:
    return "–" if lead is None else str(lead)


@contextmanager
def _progress(fmt: Format) -> Iterator[Tell]:
    """A bar on standard error that the study moves along."""
    with Progress(console=Console(stderr=True), transient=True, disable=fmt is not Format.TABLE) as bar:
        task = bar.add_task("squeeze", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
