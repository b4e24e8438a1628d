"""Options that mean the same in every command."""

import os
from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.output import Format, wanted_language
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language, Text


def parse_day(text: str) -> date:
    """An ISO date (2025-12-01) typed by a user; InputRejected says what was wrong."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputRejected(
            Text("This is not a date.", "這不是日期。"), received=text, expected="YYYY-MM-DD, 2025-12-01"
        ) from None


def default_language() -> Language:
    """The language when ``--lang`` is absent."""
    return wanted_language((), os.environ)


LanguageOption = Annotated[Language, typer.Option("--lang", default_factory=default_language, help="Language · 語言")]
FormatOption = Annotated[Format, typer.Option("--format", help="Output form · 輸出格式")]
DayOption = Annotated[date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="Day in force · 生效日")]
KnownOption = Annotated[
    date | None, typer.Option("--known-on", parser=parse_day, metavar="DATE", help="As known on · 當時已知日")
]
AsOfOption = Annotated[
    date | None, typer.Option("--as-of", parser=parse_day, metavar="DATE", help="Nothing later is seen · 截止日")
]
StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="FILE", help="Your observation store · 你的觀測資料庫檔")
]
PublishedOption = Annotated[
    date | None, typer.Option("--published", parser=parse_day, metavar="DATE", help="Day the file came out · 公布日")
]
StartOption = Annotated[
    date | None, typer.Option("--start", parser=parse_day, metavar="DATE", help="First day wanted · 起日")
]
EndOption = Annotated[
    date | None, typer.Option("--end", parser=parse_day, metavar="DATE", help="Last day wanted · 迄日")
]
