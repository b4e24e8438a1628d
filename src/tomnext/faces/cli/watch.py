"""``tomnext watch``: evaluate alert rules for cron: exit 0 when all is quiet, 1 when something fired."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from tomnext.faces.cli.alerting import checked_mail, checked_server, checked_webhook, mail, post
from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.sources import open_source
from tomnext.studies.watch import Watched, watch
from tomnext.studies.watch_rules import rules_from
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language, Text


def run(
    rules: Annotated[str, typer.Argument(help="RULES.toml · 規則檔")],
    as_of: AsOfOption = None,
    store: StoreOption = None,
    webhook: Annotated[
        str | None, typer.Option("--webhook", metavar="URL", help="POST what fired · 觸發時通知的網址")
    ] = None,
    mail_to: Annotated[
        str | None, typer.Option("--mail", metavar="ADDRESS", help="Mail what fired · 觸發時寄送的電子郵件")
    ] = None,
    server: Annotated[str, typer.Option("--smtp", metavar="HOST:PORT", help="Mail server · 郵件主機")] = "localhost:25",
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Spread, stock, probability, staleness, composition rules; exit 1 when any fires · 警示規則，觸發時結束碼 1"""
    url = None if webhook is None else checked_webhook(webhook)
    address, smtp = None if mail_to is None else checked_mail(mail_to), checked_server(server)
    found = watch(rules_from(_table(rules)), _day(as_of, store), open_source(store))
    rows = [_row(one, lang) for one in found]
    fired = any(one.fired for one in found)
    record: dict[str, object] = {"fired": fired, "rules": rows}
    word = words("watch")
    headline = word["fired" if fired else "quiet"]
    columns = [Column(key, word[key], places) for key, places in _COLUMNS]
    shown = [row | {"status": word[f"status_{row['status']}"].in_(lang)} for row in rows]
    show(record, fmt, lang, columns, shown if fmt is Format.TABLE else rows, headline)
    if fired and url is not None:
        post(url, record)
    if fired and address is not None:
        mail(address, smtp, f"tomnext: {headline.in_(lang)}", record)
    raise typer.Exit(1 if fired else 0)


def _day(as_of: date | None, store: str | None) -> date | None:
    """The day judged: today for a store of the reader's own, or a store that stopped would look quiet forever."""
    return as_of or (None if store is None else datetime.now(UTC).date())


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
