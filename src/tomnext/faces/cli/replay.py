"""``tomnext replay``: what ways of buying would have cost on the real past."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from tomnext.faces.cli.options import FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.company_file import read_company
from tomnext.studies.policy_replay import CAVEAT, Replay, policy_replay
from tomnext.studies.sources import open_source
from tomnext.vocabulary.words import Language, Text


def parse_month(text: str) -> date:
    """A year, a month or a day typed by a user, as the first day of it."""
    parts = text.strip().split("-")
    return parse_day("-".join([*parts, "01", "01"][:3]))


def run(
    sheet: Annotated[Path, typer.Argument(help="Company sheet, .toml or .xlsx · 公司表")],
    start: Annotated[date, typer.Option("--from", parser=parse_month, metavar="MONTH", help="First month · 起始月")],
    end: Annotated[date, typer.Option("--to", parser=parse_month, metavar="MONTH", help="Last month · 結束月")],
    store: StoreOption = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of disruptions · 中斷情境數")] = 8,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same answer · 亂數種子")] = 1,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Walk forward through real months: rules and the plan, cost, stops, regret · 以真實歷史重演各種採購方式"""
    with Bar(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, object] = {}

        def watch(name: str, done: int, total: int) -> None:
            task = tasks.setdefault(name, bar.add_task(name, total=total))
            bar.update(task, completed=done)  # type: ignore[arg-type]

        replays = policy_replay(read_company(str(sheet)), start, end, open_source(store), draws, seed, watch)
    word = words("plan")
    columns = [Column("metal", Text("metal", "金屬")), Column("policy", word["policy"])]
    columns += [Column("cost", word["cost_usd"], 0), Column("stop_months", word["stop_months"], 1)]
    columns += [Column("worst_month", word["worst_month"]), Column("regret_share", word["regret_share"], 3)]
    rows = [{"metal": one.metal.title.in_(lang), **row.record()} for one in replays for row in one.policies]
    record = {"replays": [one.record() for one in replays]}
    show(record, fmt, lang, columns, rows, None, [*(_verdict(one, lang) for one in replays), CAVEAT])


def _verdict(one: Replay, lang: Language) -> Text:
    """Whether the plan won, said either way."""
    plan = next(row for row in one.policies if row.policy == "plan")
    low, high = plan.minus_jit_ci
    sign = -1 if one.plan_won else 1
    ends = sorted((sign * low, sign * high))
    amounts = {"amount": f"{abs(plan.minus_jit):,.0f}", "low": f"{ends[0]:,.0f}", "high": f"{ends[1]:,.0f}"}
    return words("plan")["won" if one.plan_won else "lost"].format(**amounts)
