"""``tomnext concentration``: how concentrated the supply of a metal is, and what share friends hold."""

from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import DayOption, FormatOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.concentration import supply_concentration
from tomnext.vocabulary.metals import Metal


def run(
    metal: Annotated[str, typer.Argument(help="Metal · 金屬")],
    on: DayOption = None,
    friends: Annotated[
        str | None, typer.Option("--friends", help="ISO codes, comma-separated · 自訂友岸國家代碼")
    ] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Herfindahl index, top three and friend-shore share at the mine and the refinery · HHI、前三大與友岸占比"""
    named = [code.strip().upper() for code in friends.split(",")] if friends else None
    record = supply_concentration(Metal.named(metal).value, on or date.today(), named).record()
    said = words("concentration")
    stages: list[dict[str, object]] = record["stages"]  # type: ignore[assignment]
    rows = [
        {
            **one,
            "stage": said[str(one["stage"])].in_(lang),
            "top3_pct": 100 * float(str(one["top3_share"])),
            "friend_pct": 100 * float(str(one["friend_share"])),
            "leaders": ", ".join(f"{top['country']} {top['share']:.0%}" for top in one["top"]),  # type: ignore[attr-defined]
        }
        for one in stages
    ]
    keys = {"stage": None, "year": None, "hhi": 0, "top3_pct": 0, "friend_pct": 0, "leaders": None, "nature": None}
    columns = [Column(key, said[key], decimals) for key, decimals in keys.items()]
    for row in rows:
        row["year"] = str(row["year"])
        if fmt is Format.TABLE:
            row["nature"] = words("natures")[str(row["nature"])].in_(lang)
    note = said["friends"].format(codes=", ".join(record["friends"]))  # type: ignore[arg-type]
    show(record, fmt, lang, columns, rows, notes=[note])
