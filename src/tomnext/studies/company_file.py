"""Reading a company sheet from ``company.toml`` or from the workbook: all that is wrong at once, and where.

In the workbook every table is a sheet whose name begins with the table's key (``lane｜供應路線``); row 1 holds the
headings, row 2 the keys, data begin in row 3. An amount has its unit in the column beside it (``premium`` and
``premium.unit``).
"""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tomnext.observations.importing.payload import FileBytes, decode, read_bytes
from tomnext.observations.importing.workbook import worksheet
from tomnext.studies.company_check import problems_across
from tomnext.studies.company_sheet import CompanySheet
from tomnext.vocabulary.errors import InputRejected, SourceFormatError
from tomnext.vocabulary.words import Text

KEY_ROW = 1
FIRST_DATA_ROW = 2
SHEET_MARK = "｜"
SINGLE = ("company", "money", "rule")
Places = dict[tuple[str, int], str]

_PROBLEMS: dict[str, Text] = {
    "missing": Text("is missing", "未填寫"),
    "extra_forbidden": Text("is not a field of this table", "不是這張表的欄位"),
    "greater_than_equal": Text("must be at least {ge}", "至少須為 {ge}"),
    "greater_than": Text("must be more than {gt}", "須大於 {gt}"),
    "less_than_equal": Text("must be at most {le}", "至多為 {le}"),
    "float_parsing": Text("is not a number", "不是數字"),
    "float_type": Text("is not a number", "不是數字"),
    "int_parsing": Text("is not a whole number", "不是整數"),
    "int_from_float": Text("is not a whole number", "不是整數"),
    "int_type": Text("is not a whole number", "不是整數"),
    "finite_number": Text("must be a finite number", "須為有限的數字"),
    "literal_error": Text("must be one of {expected}", "須為 {expected} 之一"),
    "string_too_short": Text("is empty", "是空的"),
    "string_type": Text("is not text", "不是文字"),
    "date_type": Text("is not a month (2026-06) or a day (2026-06-01)", "不是月份（2026-06）或日期"),
    "model_type": Text("is not a table with fields", "不是含欄位的表"),
    "model_attributes_type": Text("is not a table with fields", "不是含欄位的表"),
    "dict_type": Text("is not a table with fields", "不是含欄位的表"),
    "tuple_type": Text("must be a list: tables of one kind stand under [[…]]", "應為清單：同類的表寫在 [[…]] 之下"),
    "too_short": Text("is empty", "是空的"),
    "date_from_datetime_parsing": Text("is not a month (2026-06) or a day (2026-06-01)", "不是月份（2026-06）或日期"),
    "date_parsing": Text("is not a month (2026-06) or a day (2026-06-01)", "不是月份（2026-06）或日期"),
}


def read_company(path: str) -> CompanySheet:
    """The sheet of a file; InputRejected lists every problem with its place, in both languages."""
    payload = read_bytes(Path(path))
    raw, places = _from_workbook(payload) if payload.is_workbook else _from_toml(payload)
    return company_from(raw, places)


def company_from(raw: Mapping[str, Any], places: Places | None = None) -> CompanySheet:
    """A sheet from plain tables; ``places`` says where each row stands, for the messages."""
    strange = [_no_value(loc, value, raw, places or {}) for loc, value in _strange_values(raw)]
    try:
        sheet = CompanySheet.model_validate(raw)
    except ValidationError as error:
        found = error.errors()
        deeper = {one["loc"][:depth] for one in found for depth in range(len(one["loc"]))}
        told = [_problem(one, raw, places or {}) for one in found if one["loc"] not in deeper and not _is_strange(one)]
        raise _rejected([*strange, *told]) from None
    across = [*strange, *problems_across(sheet)]
    if across:
        raise _rejected(across)
    return sheet


def _strange_values(raw: object, loc: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], object]]:
    """Values no field can hold, which would pass for numbers: true, false, not a number, without end."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from _strange_values(value, (*loc, key))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from _strange_values(value, (*loc, index))
    elif isinstance(raw, bool) or (isinstance(raw, float) and not isfinite(raw)):
        yield loc, raw


def _is_strange(error: Any) -> bool:
    return not isinstance(error["input"], Mapping | list) and any(True for _ in _strange_values(error["input"]))


def _no_value(loc: tuple[Any, ...], value: object, raw: Mapping[str, Any], places: Places) -> Text:
    where, shown = _where(loc, raw, places), str(value).lower()
    return Text(
        f"{where.en} must be a finite number or text (received {shown})",
        f"{where.zh}須為有限的數字或文字（收到 {shown}）",
    )


def _from_toml(payload: FileBytes) -> tuple[dict[str, Any], Places]:
    try:
        return tomllib.loads(decode(payload, "auto", [])), {}
    except tomllib.TOMLDecodeError as error:
        raise SourceFormatError(
            Text("The company sheet is not valid TOML.", "公司表不是有效的 TOML。"),
            received=f"{payload.name}: {error}",
            fix=Text("Start from: tomnext new-company company.toml", "可先執行 tomnext new-company company.toml"),
        ) from None


def _from_workbook(payload: FileBytes) -> tuple[dict[str, Any], Places]:
    raw: dict[str, Any] = {}
    places: Places = {}
    for name in _sheet_names(payload):
        key = name.split(SHEET_MARK)[0].strip()
        if key not in CompanySheet.model_fields and key != "rates":
            continue
        rows = list(_rows(payload, name))
        if key == "rates":
            raw.setdefault("money", {})["rates"] = {row.get("currency"): row.get("per_usd") for _, row in rows}
        elif key in SINGLE:
            raw[key] = {**raw.get(key, {}), **(rows[0][1] if rows else {})}
        else:
            raw[key] = [row for _, row in rows]
            places |= {(key, index): f"{name}!{line}" for index, (line, _) in enumerate(rows)}
    return raw, places


def _sheet_names(payload: FileBytes) -> list[str]:
    import fastexcel

    from tomnext.observations.importing.payload import refuse_unsafe_workbook

    refuse_unsafe_workbook(payload)
    return list(fastexcel.read_excel(payload.content).sheet_names)


def _rows(payload: FileBytes, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their line number, empty cells left out, amounts put together with their units."""
    cells = worksheet(payload, name).rows()
    if len(cells) <= KEY_ROW:
        return
    keys = [str(key).strip() if key is not None else "" for key in cells[KEY_ROW]]
    for line, row in enumerate(cells[FIRST_DATA_ROW:], start=FIRST_DATA_ROW + 1):
        filled = {key: str(cell).strip() for key, cell in zip(keys, row, strict=True) if key and cell is not None}
        filled = {key: cell for key, cell in filled.items() if cell}
        units = {key.removesuffix(".unit"): cell for key, cell in filled.items() if key.endswith(".unit")}
        values = {key: cell for key, cell in filled.items() if not key.endswith(".unit")}
        if values:
            yield (
                line,
                {key: f"{cell} {units[key]}" if key in units else _as_code(key, cell) for key, cell in values.items()},
            )


def _as_code(key: str, cell: str) -> str:
    """A customs code is not a number: a spreadsheet drops the last zero of 7106.10, and codes have even lengths."""
    return f"{cell}0" if key == "hs_code" and sum(one.isdigit() for one in cell) % 2 else cell


def _problem(error: Any, raw: Mapping[str, Any], places: Places) -> Text:
    """One validation error as a sentence: where, what is wrong, what was written."""
    where = _where(error["loc"], raw, places)
    if error["type"] == "tomnext":
        return Text(f"{where.en}: {error['ctx']['en']}", f"{where.zh}：{error['ctx']['zh']}")
    known = _PROBLEMS.get(error["type"], Text(error["msg"], error["msg"])).format(**_plain(error.get("ctx", {})))
    if error["type"] in ("missing", "extra_forbidden"):
        near = ""
        if error["type"] == "extra_forbidden":
            near = ", ".join(get_close_matches(str(error["loc"][-1]), _fields_at(error["loc"]), n=2))
        hint = Text(f" (nearest: {near})", f"（最接近：{near}）") if near else Text("", "")
        return Text(f"{where.en} {known.en}{hint.en}", f"{where.zh}{known.zh}{hint.zh}")
    written = _as_written(error["loc"], raw)
    received = Text(f" (received {written!r})", f"（收到 {written!r}）")
    return Text(f"{where.en} {known.en}{received.en}", f"{where.zh}{known.zh}{received.zh}")


def _as_written(loc: tuple[Any, ...], raw: object) -> object:
    """What stands in the sheet at a place, before any unit was turned into another."""
    for part in loc:
        if not isinstance(raw, Mapping | list):
            break
        raw = raw[part]
    return raw


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of a message as people write them: 0, not 0.0."""
    return {key: f"{value:g}" if isinstance(value, float) else value for key, value in context.items()}


def _where(loc: tuple[Any, ...], raw: Mapping[str, Any], places: Places) -> Text:
    table = str(loc[0])
    name = ""
    if len(loc) > 1 and isinstance(loc[1], int):
        row = raw[table][loc[1]] if isinstance(raw.get(table), list) and loc[1] < len(raw[table]) else {}
        given = row.get("name") or row.get("form") or row.get("metal") if isinstance(row, dict) else None
        name = f"[{places.get((table, loc[1]), loc[1] + 1)}]" + (f" “{given}”" if given else "")
    field = next((str(part) for part in loc[1:] if isinstance(part, str)), "")
    heading = _heading(loc)
    dotted = f"{table}{name}" + (f".{field}" if field else "")
    return Text(f"{dotted}{heading.en}", f"{dotted}{heading.zh}")


def _heading(loc: tuple[Any, ...]) -> Text:
    field = next((part for part in loc[1:] if isinstance(part, str)), None)
    model = _table_model(str(loc[0]))
    known = model.model_fields.get(field) if model is not None and field else None
    if len(loc) == 1:
        known = CompanySheet.model_fields.get(str(loc[0]))
    if known is None or not isinstance(known.json_schema_extra, dict):
        return Text("", "")
    return Text(f" ({known.json_schema_extra['en']})", f"（{known.json_schema_extra['zh']}）")


def _fields_at(loc: tuple[Any, ...]) -> list[str]:
    model = _table_model(str(loc[0])) if len(loc) > 1 else CompanySheet
    return list(model.model_fields) if model is not None else []


def _table_model(key: str) -> Any:
    """The class of a table by its key in the sheet, or nothing."""
    field = CompanySheet.model_fields.get(key)
    if field is None:
        return None
    arguments = getattr(field.annotation, "__args__", ())
    return arguments[0] if arguments else field.annotation


def _rejected(problems: list[Text]) -> InputRejected:
    count = len(problems)
    heading = Text(
        f"The company sheet has {count} problem{'s' if count > 1 else ''}; nothing was computed.",
        f"公司表有 {count} 個問題，尚未計算。",
    )
    lines = Text("\n".join(f"  • {one.en}" for one in problems), "\n".join(f"  • {one.zh}" for one in problems))
    return InputRejected(Text(f"{heading.en}\n{lines.en}", f"{heading.zh}\n{lines.zh}"))
