"""``tomnext doctor``: whether the installation and the user's store are in order."""

from datetime import UTC, datetime

import typer

from tomnext.faces.cli.options import FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.health import State, health


def run(
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Check the installation, the facts, the fonts and a store; exit code 1 when something is broken
    · 檢查安裝、事實檔、字型與資料庫；有故障時結束碼為 1
    """
    said = words("doctor")
    findings = health(store, datetime.now(UTC).date())
    rows = [{"check": one.check, "state": one.state.value, "finding": one.what.in_(lang)} for one in findings]
    broken = any(one.state is State.FAULT for one in findings)
    shown = [{**row, "check": said[row["check"]].in_(lang), "state": said[row["state"]].in_(lang)} for row in rows]
    headline = said["broken" if broken else "sound"]
    columns = [Column(key, said[f"heading_{key}"]) for key in ("check", "state", "finding")]
    show({"sound": not broken, "checks": rows}, fmt, lang, columns, rows if fmt is Format.CSV else shown, headline)
    if broken:
        raise typer.Exit(1)
