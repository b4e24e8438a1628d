"""``tomnext watch``: evaluate alert rules for cron: exit 0 when all is quiet, 1 when something fired."""

import json
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.sources import open_source
from tomnext.studies.watch import Watched, rules_from, watch
from tomnext.vocabulary.errors import ConnectorFailed, InputRejected
from tomnext.vocabulary.words import Language, Text

_SECONDS = 10


def run(
    rules: Annotated[str, typer.Argument(help="RULES.toml · 規則檔")],
    as_of: AsOfOption = None,
    store: StoreOption = None,
    webhook: Annotated[
        str | None, typer.Option("--webhook", metavar="URL", help="POST what fired · 觸發時通知的網址")
    ] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Spread, stock, probability, staleness, composition rules; exit 1 when any fires · 警示規則，觸發時結束碼 1"""
    found = watch(rules_from(_table(rules)), as_of, open_source(store))
    rows = [_row(one, lang) for one in found]
    fired = any(one.fired for one in found)
    record: dict[str, object] = {"fired": fired, "rules": rows}
    word = words("watch")
    columns = [Column(key, word[key], places) for key, places in _COLUMNS]
    show(record, fmt, lang, columns, rows, word["fired" if fired else "quiet"])
    if fired and webhook is not None:
        _post(webhook, record)
    raise typer.Exit(1 if fired else 0)


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("name", None), ("status", None), ("value", 3), ("above", 3), ("below", 3), ("observed_on", None), ("why", None),
)  # fmt: skip


def _row(one: Watched, lang: Language) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "status": one.status,
        "fired": one.fired,
        "value": one.value,
        "above": one.above,
        "below": one.below,
        "observed_on": one.observed_on,
        "why": one.why.in_(lang),
    }


def _table(path: str) -> dict[str, object]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputRejected(
            Text("The rules file cannot be read.", "無法讀取規則檔。"),
            received=f"{path}: {error}",
            expected="RULES.toml",
        ) from error


def _post(url: str, record: dict[str, object]) -> None:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not url.startswith("https://"):
        raise InputRejected(Text("A webhook must be https.", "通知網址必須是 https。"), received=url)
    body = json.dumps(record, ensure_ascii=False, default=str).encode()
    try:
        with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=_SECONDS):
            return
    except (URLError, TimeoutError) as error:
        raise ConnectorFailed(
            Text("The webhook did not take the message.", "通知網址沒有收下訊息。"), received=str(error)
        ) from error
