"""An empty company sheet: TOML from a worked example, or a workbook with headings in both languages and drop-downs."""

from pathlib import Path
from typing import Any

from tomnext.studies.company_fields import Field, fields_by_table
from tomnext.vocabulary.units import GRAMS_IN

MASS_UNITS = ["t", "kg", "g", "oz", "lb", "short_ton"]
CURRENCIES = ["USD", "TWD", "EUR", "JPY", "CNY"]
PRICE_UNITS = [f"{money}/{mass}" for money in CURRENCIES for mass in ("kg", "oz", "t", "lb")]
LAST_ROW = 200


def write_workbook(path: Path) -> None:
    """One sheet a table: row 1 headings in both languages, row 2 keys, drop-downs where the choices are known."""
    import xlsxwriter

    assert set(MASS_UNITS) <= set(GRAMS_IN)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        small = book.add_format({"italic": True, "font_color": "#777777"})
        for (key, title), fields in fields_by_table().items():
            sheet = book.add_worksheet(f"{key}｜{title.zh}"[:31])
            sheet.freeze_panes(2, 0)
            place = 0
            for field in fields:
                place = _column(sheet, place, field, heading, small)
            sheet.set_column(0, max(place - 1, 0), 18)
        rates = book.add_worksheet("rates｜匯率")
        rates.write_row(0, 0, ["Currency · 幣別", "Units for one US dollar · 一美元兌換"], heading)
        rates.write_row(1, 0, ["currency", "per_usd"], small)


def _column(sheet: Any, place: int, field: Field, heading: Any, small: Any) -> int:
    star = " *" if field.is_required else ""
    sheet.write_string(0, place, f"{field.heading.en}{star}\n{field.heading.zh}{star}", heading)
    sheet.write_string(1, place, field.key, small)
    if field.choices:
        sheet.data_validation(2, place, LAST_ROW, place, {"validate": "list", "source": list(field.choices)})
    if not field.unit_kind:
        return place + 1
    units = MASS_UNITS if field.unit_kind == "mass" else PRICE_UNITS
    sheet.write_string(0, place + 1, "unit\n單位", heading)
    sheet.write_string(1, place + 1, f"{field.key}.unit", small)
    sheet.data_validation(2, place + 1, LAST_ROW, place + 1, {"validate": "list", "source": units})
    return place + 2
