"""An empty company sheet: TOML from a worked example, or a workbook with headings in both languages and drop-downs."""

from pathlib import Path
from typing import Any

from tomnext.studies.company_fields import Field, fields_by_table
from tomnext.vocabulary.units import GRAMS_IN
from tomnext.vocabulary.words import Text

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
        _guide(book, heading)
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


GUIDE = (
    Text(
        "Fill in from row 3; row 1 says what is asked, row 2 is the name the program reads. * must be filled in.",
        "自第 3 列起填寫；第 1 列為欄位說明，第 2 列為程式讀取的名稱。標 * 者必填。",
    ),
    Text("An amount and its unit stand in two cells side by side.", "數量與單位分別填在相鄰兩格。"),
    Text(
        "A cell left empty uses the default in the note of its heading; every default used is listed with the plan.",
        "空白則採用標題註解所示的預設值；計畫結果會逐項列出所用預設值。",
    ),
    Text(
        "Prices in a currency other than USD need its rate on the last sheet.",
        "以美元以外的幣別計價時，請在最後一張工作表填寫匯率。",
    ),
    Text("Then run: tomnext plan FILE.xlsx", "填好後執行：tomnext plan 檔名.xlsx"),
)


def _guide(book: Any, heading: Any) -> None:
    """The first sheet: how to fill in the others."""
    sheet = book.add_worksheet("how to fill in｜填寫說明")
    sheet.set_column(0, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
    sheet.write_row(0, 0, ["How to fill in", "填寫說明"], heading)
    for line, text in enumerate(GUIDE, start=1):
        sheet.write_row(line, 0, [text.en, text.zh])


def _column(sheet: Any, place: int, field: Field, heading: Any, small: Any) -> int:
    star = " *" if field.is_required else ""
    sheet.write_string(0, place, f"{field.heading.en}{star}\n{field.heading.zh}{star}", heading)
    sheet.write_string(1, place, field.key, small)
    if not field.is_required:
        used = field.default or "–"
        sheet.write_comment(0, place, f"{used}: {field.why.en}\n{used}：{field.why.zh}")
    if field.choices:
        sheet.data_validation(2, place, LAST_ROW, place, {"validate": "list", "source": list(field.choices)})
    if not field.unit_kind:
        return place + 1
    units = MASS_UNITS if field.unit_kind == "mass" else PRICE_UNITS
    sheet.write_string(0, place + 1, "unit\n單位", heading)
    sheet.write_string(1, place + 1, f"{field.key}.unit", small)
    sheet.data_validation(2, place + 1, LAST_ROW, place + 1, {"validate": "list", "source": units})
    return place + 2
