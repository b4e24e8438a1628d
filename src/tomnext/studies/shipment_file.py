"""The rows of a shipment file (TOML, CSV or XLSX), each with the place it stands in, the file's defaults and rates."""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tomnext.observations.importing.payload import FileBytes, decode, read_bytes
from tomnext.observations.importing.workbook import worksheet
from tomnext.vocabulary.errors import InputRejected, SourceFormatError
from tomnext.vocabulary.words import Text

CHINESE = {
    "名稱": "name", "貨品碼": "code", "稅號": "code", "原產國": "origin", "目的地": "destination",
    "數量_公噸": "mass_t",
    "金屬": "metal", "形態": "form", "使用形態": "use_form", "單價": "price_per_t", "價格基準": "price_basis",
    "計價期間": "quotation", "升水": "premium_per_t", "加工費": "fabrication_per_t", "幣別": "price_currency",
    "貿易條件": "incoterm", "運費": "freight_per_t", "保險費率": "insurance_pct", "在途天數": "transit_days",
    "倉儲天數": "storage_days", "資金利率": "finance_pct", "金屬占比": "metal_shares", "重量占比": "weight_shares",
    "熔煉地": "melted_in", "排放量": "emissions", "生產路線": "route",
}  # fmt: skip
"""Chinese headings and the keys they stand for."""


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """One row: where it stands (file, sheet, row) and its cells by key."""

    where: Text
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ShipmentFile:
    """Rows, defaults for every row, and exchange rates by currency as the user wrote them."""

    rows: tuple[ShipmentRow, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    rates: Mapping[str, Any] = field(default_factory=dict)


def read_shipments(path: Path) -> ShipmentFile:
    """The shipments of a file by its ending; InputRejected for another, SourceFormatError for one that is broken."""
    endings = {".toml": _from_toml, ".csv": _from_csv, ".xlsx": _from_workbook}
    reader = endings.get(path.suffix.casefold())
    if reader is None:
        raise InputRejected(
            Text("This kind of file is not read.", "不支援此種檔案。"), received=path.name, expected=", ".join(endings)
        )
    found = reader(read_bytes(path))
    if not found.rows:
        raise InputRejected(
            Text("The file holds no shipment.", "檔案中沒有任何一筆貨。"),
            received=path.name,
            expected=Text("rows with name, code, origin …", "含 name、code、origin 等欄位的列"),
        )
    return found


def _from_toml(payload: FileBytes) -> ShipmentFile:
    try:
        raw = tomllib.loads(decode(payload, "utf-8", []))
    except tomllib.TOMLDecodeError as error:
        raise SourceFormatError(
            Text("The TOML file cannot be read.", "TOML 檔無法讀取。"), received=f"{payload.name}: {error}"
        ) from None
    extra = set(raw) - {"shipment", "defaults", "fx"}
    if extra:
        raise InputRejected(
            Text("A TOML file of shipments has other tables than it may.", "TOML 檔含有不認得的表。"),
            received=", ".join(sorted(extra)),
            expected="[defaults], [fx], [[shipment]]",
        )
    rows = tuple(
        ShipmentRow(_place(payload.name, None, number), dict(one))
        for number, one in enumerate(raw.get("shipment", []), start=1)
    )
    return ShipmentFile(rows, raw.get("defaults", {}), raw.get("fx", {}))


def _from_csv(payload: FileBytes) -> ShipmentFile:
    text = decode(payload, "auto", ["code", "origin", *CHINESE])
    lines = list(csv.reader(io.StringIO(text, newline="")))
    return ShipmentFile(tuple(_rows(payload.name, None, list(enumerate(lines, start=1)))))


def _from_workbook(payload: FileBytes) -> ShipmentFile:
    if not payload.is_workbook:
        raise SourceFormatError(Text("This is not a workbook.", "這不是活頁簿。"), received=payload.name)
    sheets = {name: _cells(payload, name) for name in _sheet_names(payload)}
    rows = [
        row
        for name, lines in sheets.items()
        if name.casefold() not in ("defaults", "fx")
        for row in _rows(payload.name, name, lines)
    ]
    defaults = {cells[0]: cells[1] for _, cells in sheets.get("defaults", [])[1:] if len(cells) > 1 and cells[0]}
    rates: dict[str, list[dict[str, str]]] = {}
    for _, cells in sheets.get("fx", [])[1:]:
        if len(cells) > 2 and cells[0]:
            rates.setdefault(cells[0].casefold(), []).append({"usd_per_unit": cells[1], "on": cells[2]})
    return ShipmentFile(tuple(rows), defaults, rates)


def _sheet_names(payload: FileBytes) -> list[str]:
    import fastexcel

    from tomnext.observations.importing.payload import refuse_unsafe_workbook

    refuse_unsafe_workbook(payload)
    try:
        return list(fastexcel.read_excel(payload.content).sheet_names)
    except fastexcel.FastExcelError as error:
        raise SourceFormatError(
            Text("The workbook cannot be read.", "活頁簿無法讀取。"), received=f"{payload.name}: {error}"
        ) from None


def _cells(payload: FileBytes, sheet: str) -> list[tuple[int, list[str]]]:
    table = worksheet(payload, sheet)
    return [(number, [cell or "" for cell in row]) for number, row in enumerate(table.rows(), start=1)]


def _rows(file: str, sheet: str | None, lines: list[tuple[int, list[str]]]) -> list[ShipmentRow]:
    filled = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    if not filled:
        return []
    heading = [CHINESE.get(cell.strip(), cell.strip()) for cell in filled[0][1]]
    if "code" not in heading:
        return []
    return [
        ShipmentRow(
            _place(file, sheet, number),
            {key: cell.strip() for key, cell in zip(heading, cells, strict=False) if key and cell.strip()},
        )
        for number, cells in filled[1:]
    ]


def _place(file: str, sheet: str | None, number: int) -> Text:
    if sheet is not None:
        return Text(f"{file}, sheet {sheet}, row {number}", f"{file}，工作表 {sheet}，第 {number} 列")
    return Text(f"{file}, row {number}", f"{file}，第 {number} 列")
