"""``tomnext duty``: what goods pay at the border on a day, line by line, with what is not charged and why."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from tomnext.faces.cli.options import DayOption, FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.duty import Duty, DutyLine, Entry, duty_on, statuses_with, with_folder
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language, Text


def run(
    hts: Annotated[str, typer.Argument(metavar="HTS", help="Tariff code, 7408.11.60 · 稅號")],
    origin: Annotated[str, typer.Option(help="Country of origin, code or name · 原產國代碼或國名")] = "",
    on: DayOption = None,
    known_on: KnownOption = None,
    to: Annotated[str, typer.Option("--to", help="Importing territory: us, eu, tw · 進口地")] = "us",
    value: Annotated[float | None, typer.Option(help="Customs value, USD · 完稅價格（美元）")] = None,
    weight_kg: Annotated[float | None, typer.Option(help="Weight, kg · 重量（公斤）")] = None,
    watts: Annotated[float | None, typer.Option(help="Watts of solar goods · 太陽能貨品瓦數")] = None,
    metal_share: Annotated[
        list[str] | None, typer.Option(metavar="METAL=0-1", help="Share of the value, copper=0.8 · 金屬占價值比例")
    ] = None,
    weight_share: Annotated[
        list[str] | None, typer.Option(metavar="METAL=0-1", help="Share of the weight · 金屬占重量比例")
    ] = None,
    melted_in: Annotated[
        list[str] | None,
        typer.Option(metavar="COUNTRY=0-1", help="Metal melted, smelted or cast there, US=0.95 · 熔煉或鑄造國占比"),
    ] = None,
    declare: Annotated[list[str] | None, typer.Option(help="What the importer declares, usmca · 申報事項")] = None,
    include: Annotated[list[str] | None, typer.Option(help="Also count: proposed · 一併計入提案")] = None,
    facts: Annotated[Path | None, typer.Option(help="Folder of one's own facts · 自備事實資料夾")] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Duty on one line of goods, to the day, with law and source of every charge · 單一貨品當日關稅，逐項附法源"""
    entry = Entry(
        code=hts,
        origin=origin,
        on=on or date.today(),
        known_on=known_on,
        value_usd=value,
        weight_kg=weight_kg,
        watts=watts,
        metal_shares=shares(metal_share),
        weight_shares=shares(weight_share),
        melted_in=shares(melted_in),
        declared=frozenset(declare or ()),
        statuses=statuses_with(include or ()),
    )
    answer = duty_on(entry, to.lower(), with_folder(facts))
    say = words("duty")
    notes = [*_notes(answer, say), say["not_advice"]]
    if fmt is Format.CSV:
        columns = [Column(key, Text(key, key)) for key in _LINE_KEYS]
        rows = [_line_record(line, lang) for line in answer.lines]
    else:
        columns, rows = _COLUMNS, [_row(number, line, lang) for number, line in enumerate(answer.lines, 1)]
    show(duty_record(answer, lang), fmt, lang, columns, rows, _headline(answer, say), notes)


def shares(typed: list[str] | None) -> dict[str, float]:
    """``copper=0.8`` (several, or separated by commas) as a mapping of shares; InputRejected says what was wrong."""
    given: dict[str, float] = {}
    for one in ",".join(typed or ()).replace("，", ",").split(",") if typed else ():
        name, _, number = one.partition("=")
        try:
            given[name.strip()] = float(number)
        except ValueError:
            raise InputRejected(
                Text("This is not a share.", "這不是占比。"), received=one, expected="copper=0.8"
            ) from None
    return given


def duty_record(answer: Duty, lang: Language) -> dict[str, object]:
    """The answer as the JSON record of this command."""
    entry = answer.entry
    return {
        "hts": answer.dotted_code,
        "origin": entry.origin,
        "on": entry.on,
        "known_on": entry.known_on,
        "total_rate_pct": _tidy(answer.total_rate_pct),
        "known_rate_pct": _tidy(answer.known_rate_pct),
        "total_usd": _tidy(answer.total_usd),
        "assumed": answer.is_assumed,
        "lines": [_line_record(line, lang) for line in answer.lines],
        "not_applied": [{"measure": one.measure.id, "why": one.why.in_(lang)} for one in answer.not_applied],
        "unknown": [{"measure": one.measure.id, "why": one.why.in_(lang)} for one in answer.unknown],
    }


def _line_record(line: DutyLine, lang: Language) -> dict[str, object]:
    return {
        "measure": line.measure.id,
        "title": line.title.in_(lang),
        "heading": line.measure.heading,
        "rate_pct": _tidy(line.rate_pct),
        "stated_rate": line.stated_rate,
        "unit": line.unit,
        "base": line.base,
        "base_share": _tidy(line.base_share),
        "kind": line.kind,
        "contribution_pct": _tidy(line.contribution_pct),
        "amount_usd": _tidy(line.amount_usd),
        "in_force_from": line.in_force_from,
        "in_force_to": line.in_force_to,
        "source": line.source,
        "confidence": line.confidence.value,
        "assumed": [one.in_(lang) for one in line.assumed],
    }


def _tidy(number: float | None) -> float | None:
    """A number for JSON without the last binary digits, which mean nothing (money and percent)."""
    return None if number is None else round(number, 10)


_LINE_KEYS = (
    "measure", "title", "heading", "rate_pct", "stated_rate", "unit", "base", "base_share", "kind", "contribution_pct",
    "amount_usd", "in_force_from", "in_force_to", "source", "confidence",
)  # fmt: skip
"""A line of the CSV: keys of a line of the JSON, so that each row carries its own law."""

_COLUMNS = [
    Column("title", Text("duty", "關稅")),
    Column("rate", Text("rate", "稅率")),
    Column("base", Text("on", "稅基")),
    Column("contribution_pct", Text("% of value", "占價值 %"), 2),
    Column("amount_usd", Text("USD", "美元"), 2),
    Column("in_force_from", Text("since", "自")),
    Column("note", Text("source", "依據")),
    Column("confidence", Text("confidence", "可信度")),
]


def _row(number: int, line: DutyLine, lang: Language) -> dict[str, object]:
    say = words("duty")
    kind, _, metal = line.base.partition(":")
    base = say[f"base_{kind}"].in_(lang).format(metal=line.metal.in_(lang) if line.metal else metal)
    share = "" if line.base_share is None or line.base_share == 1 else f" × {line.base_share:.4g}"
    total = say["in_all"].in_(lang) if line.measure.total_including else ""
    return {
        "title": line.title.in_(lang),
        "rate": f"{line.stated_rate:g}{say[f'unit_{line.unit}'].in_(lang)}{total}",
        "base": base + share,
        "contribution_pct": _tidy(line.contribution_pct),
        "amount_usd": _tidy(line.amount_usd),
        "in_force_from": line.in_force_from,
        "note": f"[{number}]",
        "confidence": say[f"confidence_{line.confidence.value}"].in_(lang),
    }


def _headline(answer: Duty, say: dict[str, Text]) -> Text:
    entry = answer.entry
    key = "headline" if answer.total_rate_pct is not None else "headline_part" if answer.lines else "headline_unknown"
    return say[key].format(
        code=answer.dotted_code, origin=entry.origin, on=entry.on, total=f"{answer.known_rate_pct:.4g}"
    )


def _notes(answer: Duty, say: dict[str, Text]) -> list[Text]:
    sources = [Text(f"[{n}] {line.source}", f"[{n}] {line.source}") for n, line in enumerate(answer.lines, 1)]
    assumed = [text for line in answer.lines for text in line.assumed]
    weak = [
        Text(say["weak"].en.format(title=line.title.en), say["weak"].zh.format(title=line.title.zh))
        for line in answer.lines
        if line.is_weak
    ]
    unknown = [Text(f"? {one.measure.title.en}: {one.why.en}", f"？{one.measure.title.zh}：{one.why.zh}")
               for one in answer.unknown]  # fmt: skip
    silent = [Text(f"– {one.measure.title.en}: {one.why.en}", f"– {one.measure.title.zh}：{one.why.zh}")
              for one in answer.not_applied]  # fmt: skip
    return [*sources, *unknown, *assumed, *weak, *([say["not_charged"]] if silent else []), *silent]
