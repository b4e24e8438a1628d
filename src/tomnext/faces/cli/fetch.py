"""``tomnext fetch``: a publisher's figures, downloaded on request or read from a saved page."""

from dataclasses import asdict
from typing import Annotated

import typer

from tomnext.faces.cli.options import FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.data_fetch import fetch, publishers_known


def run(
    publisher: Annotated[str, typer.Argument(help="Publisher; none lists them · 機構名稱，省略則列出")] = "",
    store: StoreOption = None,
    file: Annotated[list[str] | None, typer.Option("--file", help="A saved page or file · 已下載的檔案")] = None,
    accept_terms: Annotated[
        bool, typer.Option("--accept-terms", help="Accept terms of own use · 接受僅供自用條款")
    ] = False,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Bring a publisher's figures into a store; nothing is downloaded unless asked for
    · 將機構發布的數字存入資料庫；未指定則不連線
    """
    said = words("fetch")
    if not publisher or store is None:
        rows = [
            {**one, "title": one["title"].in_(lang), "terms": one["terms"].in_(lang)}  # type: ignore[attr-defined]
            for one in publishers_known()
        ]
        columns = [Column(key, said[key]) for key in ("name", "title", "terms")]
        show({"publishers": rows}, fmt, lang, columns, rows, said["how"])
        return
    brought = [asdict(one) for one in fetch(publisher, store, file or [], accept_terms)]
    columns = [Column(key, said[key]) for key in ("file", "added", "unchanged", "revised")]
    show({"publisher": publisher, "files": brought}, fmt, lang, columns, brought)
