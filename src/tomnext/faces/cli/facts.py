"""``tomnext facts``: list the decreed figures or look one up."""

from datetime import date
from typing import Annotated, cast

import typer

from tomnext.faces.cli.options import DayOption, FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.studies.fact_lookup import fact_on, facts_under, whole_fact
from tomnext.vocabulary.words import Language, Text


def run(
    path: Annotated[str, typer.Argument(help="Path or id · 路徑或名稱")] = "",
    on: DayOption = None,
    known_on: KnownOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """List facts below a path, show one whole, or with --on its value that day · 列出事實、看全部內容，或查某日的值"""
    if on is None:
        _show_whole(whole, fmt, lang) if (whole := whole_fact(path)) else _list(path, fmt, lang)
        return
    value = fact_on(path, on, known_on)
    value["title"] = value["title"].in_(lang)  # type: ignore[attr-defined]
    pairs = [{"field": key, "value": _written(item)} for key, item in value.items() if item is not None]
    show(value, fmt, lang, [Column("field", Text("field", "欄位")), Column("value", Text("value", "值"))], pairs)


def _list(path: str, fmt: Format, lang: Language) -> None:
    listed = [{**fact, "title": fact["title"].in_(lang)} for fact in facts_under(path)]  # type: ignore[attr-defined]
    columns = [
        Column("id", Text("fact", "事實")),
        Column("title", Text("title", "說明")),
        Column("unit", Text("unit", "單位")),
        Column("entries", Text("entries", "筆數")),
        Column("in_force_from", Text("from", "自")),
    ]
    show({"facts": listed}, fmt, lang, columns, listed)


def _show_whole(whole: dict[str, object], fmt: Format, lang: Language) -> None:
    title = cast(Text, whole["title"])
    rows = cast(list[dict[str, object]], whole["rows"])
    keys = dict.fromkeys(key for row in rows for key in row)
    shown = [
        {key: item if isinstance(item, int | float) else _written(item) for key, item in row.items()} for row in rows
    ]
    notes = [Text(str(whole["note"]), str(whole["note"]))] if whole["note"] else []
    columns = [Column(key, Text(key, key), decimals=None) for key in keys]
    show(whole | {"title": title.in_(lang)}, fmt, lang, columns, shown, title, notes)


def _written(item: object) -> str:
    return item.isoformat() if isinstance(item, date) else str(item)
