"""``tomnext replay``: what ways of buying would have cost on the real past."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from tomnext.faces.cli.options import FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, number, show
from tomnext.faces.words import words
from tomnext.studies.company_file import read_company
from tomnext.studies.policy_replay import JIT, PolicyRecord, Replay, policy_replay
from tomnext.studies.replay_figures import LUCK, Difference
from tomnext.studies.sources import open_source
from tomnext.vocabulary.words import Language, Text


def parse_month(text: str) -> date:
    """A year, a month or a day typed by a user, as the first day of it."""
    parts = text.strip().split("-")
    return parse_day("-".join([*parts, "01", "01"][:3]))


def parse_last_month(text: str) -> date:
    """A year, a month or a day typed by a user, as a day of its last month: 2024 ends in December.

    >>> parse_last_month("2024"), parse_last_month("2024-03")
    (datetime.date(2024, 12, 1), datetime.date(2024, 3, 1))
    """
    return parse_month(f"{text.strip()}-12" if "-" not in text else text)


def run(
    sheet: Annotated[Path, typer.Argument(help="Company sheet, .toml or .xlsx · 公司表")],
    start: Annotated[date, typer.Option("--from", parser=parse_month, metavar="MONTH", help="First month · 起始月")],
    end: Annotated[date, typer.Option("--to", parser=parse_last_month, metavar="MONTH", help="Last month · 結束月")],
    store: StoreOption = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of disruptions · 中斷情境數")] = 8,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same answer · 亂數種子")] = 1,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Walk forward through real months: rules and the plan, cost, stops, regret · 以真實歷史重演各種採購方式"""
    with Bar(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, object] = {}

        def watch(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)  # type: ignore[arg-type]

        replays = policy_replay(read_company(str(sheet)), start, end, open_source(store), draws, seed, watch)
    record = {"replays": [one.record() for one in replays]}
    rows = [_row(one, row, lang) for one in replays for row in one.policies]
    columns = _columns(any(one.is_promised for one in replays))
    notes = [note for one in replays for note in _notes(one, lang)]
    show(record, fmt, lang, columns, rows, None, [*notes, *(replays[0].caveats if replays else ())])


def _columns(is_promised: bool) -> list[Column]:
    word = words("replay")
    decimals = {
        "metal": None, "way": None, "cost": 0, "without_luck": 0, "price_luck": 0, "stops": 0, "holding": 0,
        "hedge": 0, "stop_months": 1, "long_stop_months": 1, "lost_pct": 2, "below_promise": 1, "worst_month": None,
        "regret_pct": 1,
    }  # fmt: skip
    shown = {key: places for key, places in decimals.items() if is_promised or key != "below_promise"}
    return [Column(key, word[key], places) for key, places in shown.items()]


def _row(replay: Replay, row: PolicyRecord, lang: Language) -> dict[str, object]:
    return {
        "metal": replay.metal.title.in_(lang),
        "way": words("replay")[row.policy.casefold()].in_(lang),
        "cost": row.cost,
        "without_luck": row.cost_without_price_luck,
        "price_luck": sum(row.parts[name] for name in LUCK),
        "stops": row.parts["stops"],
        "holding": row.parts["storage"] + row.parts["finance"],
        "hedge": row.parts["hedge"],
        "stop_months": row.stop_months,
        "long_stop_months": row.long_stop_months,
        "lost_pct": 100 * row.lost_share,
        "below_promise": row.below_promise_months if replay.is_promised else None,
        "worst_month": row.worst_month,
        "regret_pct": 100 * row.regret_share,
    }


def _notes(one: Replay, lang: Language) -> Iterator[Text]:
    """Whether the plan won, said either way; what it paid and got; who beat it."""
    word = words("replay")
    dates = {"start": f"{one.months[0]:%Y-%m}", "end": f"{one.months[-1]:%Y-%m}"}
    yield word["headline"].format(metal=one.metal.title.in_(lang), months=len(one.months), draws=one.draws, **dates)
    for basis, difference in one.plan.minus_jit.items():
        yield _verdict(basis, difference, one.stretch_months)
    yield _bought(one)
    names = "、".join if lang is Language.TAIWAN else ", ".join
    beaten_by = names([word[name.casefold()].in_(lang) for name in one.beaten_by])
    yield word["beaten"].format(names=beaten_by) if beaten_by else word["not_beaten"]


def _verdict(basis: str, one: Difference, stretch: int) -> Text:
    sign = -1 if one.verdict == "won" else 1
    low, high = sorted(sign * end for end in one.interval_95)
    text = words("replay")[f"{basis}_{one.verdict}"]
    return text.format(amount=number(sign * one.amount), low=number(low), high=number(high), stretch=stretch)


def _bought(one: Replay) -> Text:
    plan, jit = one.plan, next(row for row in one.policies if row.policy == JIT)

    def more(*parts: str) -> str:
        return number(sum(plan.parts[part] - jit.parts[part] for part in parts))

    return words("replay")["bought"].format(
        plan_stops=f"{plan.stop_months:.1f}",
        jit_stops=f"{jit.stop_months:.1f}",
        plan_long=f"{plan.long_stop_months:.1f}",
        jit_long=f"{jit.long_stop_months:.1f}",
        plan_lost=f"{100 * plan.lost_share:.2f} %",
        jit_lost=f"{100 * jit.lost_share:.2f} %",
        stops=more("stops"),
        holding=more("storage", "finance"),
        hedge=more("hedge"),
        luck=more(*LUCK),
    )
