"""``tomnext brief``: what is tight in metals today and why, as a page, Markdown, a workbook and a summary."""

import sys
from dataclasses import dataclass
from datetime import date
from math import isfinite, nan
from pathlib import Path
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Format, show
from tomnext.faces.report.html import Colours, write_html
from tomnext.faces.report.markdown import write_markdown
from tomnext.faces.report.summary import brief_record, print_summary
from tomnext.faces.report.wording import Wording
from tomnext.faces.report.workbook import write_workbook
from tomnext.studies.market_today import market_today
from tomnext.studies.sections import Brief, Section
from tomnext.studies.sources import open_source
from tomnext.studies.today.position import Position
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text


def run(
    as_of: AsOfOption = None,
    store: StoreOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files · 輸出資料夾")] = Path(),
    company: Annotated[
        Path | None, typer.Option("--company", metavar="FILE", help="Add the buying plan of a sheet · 加入公司採購計畫")
    ] = None,
    colors: Annotated[
        Colours | None,
        typer.Option("--colors", help="tw: red up · intl: green up · cb: colour-blind · 漲跌顏色"),
    ] = None,
    position: Annotated[
        list[str] | None,
        typer.Option("--position", metavar="METAL=TONNES", help="Your position, negative short · 你的部位，負為空"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only the file names · 只列出檔名")] = False,
    fmt: Annotated[Format, typer.Option("--format", help="Output form (table or json) · 輸出格式")] = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Write brief-DATE-LANG.html, .md and .xlsx and print the verdict · 產生三種檔案並列出結論"""
    more = _plan_of(company, as_of, store, lang) if company is not None else ()
    positions = [_position(one) for one in position or ()]
    brief, wording = market_today(as_of, store, more=more, positions=positions), Wording(lang)
    files = Files.of(out, brief, lang.value)
    files.html.write_text(write_html(brief, lang, colors), encoding="utf-8")
    files.markdown.write_text(write_markdown(brief, wording), encoding="utf-8")
    write_workbook(brief, wording, files.workbook)
    if fmt is Format.JSON:
        show({**brief_record(brief, wording), "files": files.record()}, fmt, lang)
        return
    if not quiet:
        print_summary(brief, wording)
    for path in (files.html, files.markdown, files.workbook):
        sys.stdout.write(f"{wording.say('page.written')} {path}\n")


def _plan_of(company: Path, as_of: date | None, store: str | None, lang: Language) -> tuple[Section, ...]:
    """The plan of a company sheet as a section of the brief."""
    from tomnext.faces.cli.plan import planning
    from tomnext.studies.buying_plan import buying_plan
    from tomnext.studies.company_file import read_company
    from tomnext.studies.plan_section import plan_section

    sheet = read_company(str(company))
    with planning(lang) as watch:
        return (plan_section(buying_plan(sheet, open_source(store), as_of, watch=watch)),)


def _position(written: str) -> Position:
    """A position as written on the command line: a metal by any of its names, and tonnes."""
    name, _, tonnes = written.partition("=")
    try:
        amount = float(tonnes.replace(",", ""))
    except ValueError:
        amount = nan
    if not isfinite(amount) or amount == 0:
        raise InputRejected(
            Text("This is not a position.", "這不是部位。"),
            received=written,
            expected="copper=-25000",
            fix=Text("Metal, equals sign, tonnes; negative is short.", "金屬、等號、公噸數；負數為空頭。"),
        )
    return Position(Metal.named(name.strip()), amount)


@dataclass(frozen=True)
class Files:
    """Where the three files of one brief go."""

    html: Path
    markdown: Path
    workbook: Path

    @classmethod
    def of(cls, folder: Path, brief: Brief, language: str) -> "Files":
        """The files of a day and a language in a folder, which is made when it is missing."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputRejected(
                Text("The folder for the files cannot be made.", "無法建立輸出資料夾。"),
                received=f"{folder} ({error.strerror})",
                fix=Text("Name another with --out.", "請以 --out 指定其他資料夾。"),
            ) from error
        stem = folder / f"brief-{brief.as_of.isoformat()}-{language}"
        return cls(*(stem.with_name(stem.name + ending) for ending in (".html", ".md", ".xlsx")))

    def record(self) -> dict[str, str]:
        """The paths by form."""
        return {"html": str(self.html), "md": str(self.markdown), "xlsx": str(self.workbook)}
