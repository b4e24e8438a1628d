"""The landed-cost report as a workbook: typed cells, frozen headings, text that never becomes a formula."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tomnext.faces.report.landed_words import Speaker
from tomnext.faces.report.workbook import OPTIONS
from tomnext.studies.landed_cost import LandedReport
from tomnext.studies.landed_record import change_record, line_record, priced_record
from tomnext.vocabulary.words import Language

_SUMMARY = (
    "name",
    "code",
    "origin",
    "destination",
    "incoterm",
    "currency",
    "mass_t",
    "usable_t",
    "days",
    "customs_value",
)
_GROUPS = ("metal", "freight", "duty", "fee", "carbon", "tax", "finance", "conversion", "refund")
_LINES = (
    "item", "label", "group", "amount", "currency", "own_amount", "own_currency", "base", "base_amount", "rate",
    "rate_unit", "citation", "in_force_from", "in_force_to", "nature", "confidence",
)  # fmt: skip
_CHANGES = (
    "item", "label", "before", "after", "difference", "by_law", "by_base", "by_currency", "why", "since", "citation",
)  # fmt: skip


def write_landed_workbook(report: LandedReport, language: Language, path: Path) -> None:
    """Write summary, lines, changes, lanes and notes, one sheet each; keys head the columns, amounts are unrounded."""
    import xlsxwriter

    speak = Speaker(language)
    records = [priced_record(one, language) for one in report.priced]
    lines = [
        {"shipment": one.statement.name, **line_record(line, language)}
        for one in report.priced
        for line in one.statement.lines
    ]
    changes = [
        {"shipment": one.statement.name, **change_record(change, language)}
        for one in report.priced
        if one.comparison is not None
        for change in one.comparison.changes
    ]
    lanes = [
        {
            "lanes": speak.title(group).in_(language),
            "name": rank.statement.name,
            "per_t": rank.per_t,
            "gap_per_t": rank.gap_per_t,
        }
        for group in report.lanes
        for rank in group.ranks
    ]
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        name = {
            key: speak.said[f"sheet_{key}"].in_(language) for key in ("summary", "lines", "changes", "lanes", "notes")
        }
        total = ("total", "per_t", "total_before", "difference", "by_law")
        _sheet(book, name["summary"], (*_SUMMARY, *_GROUPS, *total), records)
        _sheet(book, name["lines"], ("shipment", *_LINES), lines)
        _sheet(book, name["changes"], ("shipment", *_CHANGES), changes)
        _sheet(book, name["lanes"], ("lanes", "name", "per_t", "gap_per_t"), lanes)
        _sheet(book, name["notes"], ("shipment", "note"), _notes(report, speak, language))


def _notes(report: LandedReport, speak: Speaker, language: Language) -> list[dict[str, Any]]:
    notes = [
        {"shipment": one.statement.name, "note": text.in_(language)}
        for one in report.priced
        for text in (*speak.unknown(one), *speak.defaults(one), *speak.spared(one), *speak.supply(one))
    ]
    for lanes in report.lanes:
        notes += [
            {"shipment": speak.title(lanes).in_(language), "note": speak.premium(one).in_(language)}
            for one in lanes.premiums
        ]
    return notes + [{"shipment": one.where.in_(language), "note": one.error.text(language)} for one in report.rejected]


def _sheet(book: Any, name: str, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    sheet = book.add_worksheet(name)
    head, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
    money = book.add_format({"num_format": "#,##0.00##"})
    sheet.freeze_panes(1, 1)
    for column, key in enumerate(keys):
        sheet.write_string(0, column, key, head)
        sheet.set_column(column, column, 46 if key in ("citation", "note", "label", "why") else 16)
        for number, row in enumerate(rows, start=1):
            value = row.get(key)
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(number, column, value, money)
            elif value is not None:
                sheet.write_string(number, column, str(value))
