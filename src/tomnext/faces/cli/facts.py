"""``tomnext facts``: list the decreed figures or look one up."""

from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import DayOption, FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.studies.fact_lookup import fact_on, facts_under
from tomnext.vocabulary.words import Text


def run(
    path: Annotated[str, typer.Argument(help="Path or id · 路徑或名稱")] = "",
    on: DayOption = None,
    known_on: KnownOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """List facts below a path, or with --on show one fact's value that day · 列出事實，或以 --on 查某日的值"""
    if on is None:
        listed = [{**fact, "title": fact["title"].in_(lang)} for fact in facts_under(path)]  # type: ignore[attr-defined]
        columns = [
            Column("id", Text("fact", "事實")),
            Column("title", Text("title", "說明")),
            Column("unit", Text("unit", "單位")),
            Column("spans", Text("spans", "段數")),
            Column("in_force_from", Text("from", "自")),
        ]
        show({"facts": listed}, fmt, lang, columns, listed)
        return
    value = fact_on(path, on, known_on)
    value["title"] = value["title"].in_(lang)  # type: ignore[attr-defined]
    pairs = [{"field": key, "value": _written(item)} for key, item in value.items() if item is not None]
    show(value, fmt, lang, [Column("field", Text("field", "欄位")), Column("value", Text("value", "值"))], pairs)


def _written(item: object) -> str:
    return item.isoformat() if isinstance(item, date) else str(item)
