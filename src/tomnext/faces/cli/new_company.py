"""``tomnext new-company``: an empty sheet to fill in."""

from pathlib import Path
from typing import Annotated

import typer

from tomnext.faces.cli.options import FormatOption, LanguageOption
from tomnext.faces.cli.output import Format, show
from tomnext.faces.words import words
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

WORKBOOK = ".xlsx"


def run(
    path: Annotated[Path, typer.Argument(help="File to write, .toml or .xlsx · 輸出檔")] = Path("company.toml"),
    xlsx: Annotated[bool, typer.Option("--xlsx", help="Write a workbook · 寫成活頁簿")] = False,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Write a company sheet to fill in: TOML, or a workbook with drop-downs · 產生空白公司表"""
    target = path.with_suffix(WORKBOOK) if xlsx else path
    if target.exists():
        raise InputRejected(
            Text("The file is already there; nothing was overwritten.", "檔案已存在，未覆寫。"), received=target
        )
    if target.suffix == WORKBOOK:
        from tomnext.faces.report.company_template import write_workbook

        write_workbook(target)
    else:
        from tomnext.faces.report.company_toml import toml_template

        target.write_text(toml_template(), encoding="utf-8")
    show({"written": str(target)}, fmt, lang, headline=words("plan")["written"].format(path=target))
