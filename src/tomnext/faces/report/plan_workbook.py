"""The plan as a workbook: what to read first, orders, cover and hedge by month, figures, defaults; typed cells only."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tomnext.faces.report.wording import Wording
from tomnext.studies.amounts import Price
from tomnext.studies.buying_plan import BuyingPlan
from tomnext.studies.sections import Cell, Number, Section, Sentence, Table
from tomnext.vocabulary.words import Text

Row = Sequence[object]


def write_plan(plan: BuyingPlan, section: Section, path: Path, wording: Wording) -> None:
    """Write the workbook; figures are the library's own, unrounded, in the unit of their heading."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        page = _Page(book, wording, section)
        page.words("sheet.read", [wording.plain(one, section.id) for one in (*section.sentences, *section.notes)])
        page.rows("sheet.orders", _orders(plan, wording))
        page.rows("sheet.months", _months(plan, wording))
        for table in section.tables:
            if table.id != "months":
                page.table(table)
        page.rows("sheet.landed", _landed(plan, wording))
        page.rows("sheet.defaults", _defaults(plan, wording))


class _Page:
    """A workbook being written, one worksheet after another."""

    def __init__(self, book: Any, wording: Wording, section: Section) -> None:
        self.book, self.wording, self.section = book, wording, section
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.forms = {key: book.add_format({"num_format": form}) for key, form in FORMATS.items()}

    def words(self, key: str, sentences: list[str]) -> None:
        sheet = self.book.add_worksheet(self.wording.say(key))
        sheet.set_column(0, 0, 110)
        for line, sentence in enumerate(sentences):
            sheet.write_string(line, 0, sentence, self.wrapped)

    def rows(self, key: str, rows: list[Row]) -> None:
        self._write(self.wording.say(key), rows)

    def table(self, table: Table) -> None:
        heads = [self._head(table, at) for at in range(len(table.columns))]
        title = self.wording.say(f"{self.section.id}.{table.id}.title")
        self._write(title.split("（")[0].split(" (")[0].split(",")[0], [heads, *(list(row) for row in table.rows)])

    def _head(self, table: Table, at: int) -> str:
        heading = self.wording.heading(self.section, table, table.columns[at])
        unit = self.wording.heading_unit(table.columns[at].unit)
        return f"{heading}, {unit}" if unit else heading

    def _write(self, name: str, rows: list[Row]) -> None:
        sheet = self.book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                self._cell(sheet, line, place, cell)
        sheet.autofit()

    def _cell(self, sheet: Any, line: int, place: int, cell: object) -> None:
        if isinstance(cell, Number):
            if cell.value is None:
                sheet.write_string(line, place, self.wording.number(cell))
            else:
                sheet.write_number(line, place, cell.value, self.forms.get(cell.unit))
        elif isinstance(cell, Sentence | tuple | Text):
            sheet.write_string(line, place, self.wording.plain(cell, self.section.id))
        elif isinstance(cell, date):
            sheet.write_string(line, place, cell.isoformat()[:7])
        elif isinstance(cell, int | float):
            sheet.write_number(line, place, cell)
        else:
            sheet.write_string(line, place, "" if cell is None else str(cell), self.bold if line == 0 else None)


FORMATS = {"share": "0.00%", "usd_thousand": "#,##0", "days": "0", "months": "0.0", "t": "#,##0.000"}


def _orders(plan: BuyingPlan, wording: Wording) -> list[Row]:
    """Every order: this month's is decided, later ones are means over the futures, in tonnes."""
    keys = ("metal", "month", "lane", "spec", "pricing", "amount", "arrives")
    heads: list[object] = [wording.within(key, "plan") for key in keys]
    heads[5] = f"{heads[5]}, {wording.unit('t')}"
    rows: list[Row] = [heads]
    for one in plan.metals:
        now = {row["lane"] + row["pricing"]: row["t"] for row in one.buy_now}
        for row in one.schedule:
            is_first = row["month"] == one.months[0].isoformat()[:7]
            t = now.get(row["lane"] + row["pricing"], row["mean_t"]) if is_first else row["mean_t"]
            pricing: Cell = Sentence(f"pricing.{row['pricing']}")
            rows.append([one.metal.title, row["month"], row["lane"], row["spec"], pricing, Number(t, "t", 3),
                         row["arrives"]])  # fmt: skip
    return rows


def _months(plan: BuyingPlan, wording: Wording) -> list[Row]:
    heads: list[object] = [wording.within(key, "plan") for key in ("metal", "month", "days", "hedge_share")]
    rows: list[Row] = [[*heads, f"{wording.say('hedge_amount')}, {wording.unit('t')}"]]
    for one in plan.metals:
        figures = zip(one.months, one.target_days_of_cover, one.hedge_share, one.hedge_t, strict=True)
        for month, days, share, t in figures:
            rows.append([one.metal.title, month, Number(days, "days"), Number(share, "share"), Number(t, "t", 3)])
    return rows


def _landed(plan: BuyingPlan, wording: Wording) -> list[Row]:
    """This month's landed-cost statement of every lane, line by line, in USD per t, with the law it rests on."""
    rows: list[Row] = [[wording.within(key, "plan") for key in ("metal", "lane", "item", "usd_per_t", "citation")]]
    for one in plan.metals:
        for shipment in one.landed_now:
            lines = shipment.statement.lines if shipment.statement else ()
            mass = shipment.statement.mass_t if shipment.statement else 1.0
            for line in lines:
                rows.append([one.metal.title, shipment.lane, line.label, line.amount / mass, line.citation])
            rows.append([one.metal.title, shipment.lane, Sentence("at_the_gate"), shipment.usd_per_t, ""])
    return rows


def _defaults(plan: BuyingPlan, wording: Wording) -> list[Row]:
    rows: list[Row] = [[wording.say(key) for key in ("where", "field", "value", "why")]]
    for one in plan.defaults:
        value = f"{one.value.per_t:g} {one.value.currency}/t" if isinstance(one.value, Price) else one.value
        rows.append([one.where, one.heading, "" if value is None else str(value), one.why])
    return rows
