"""``tomnext plan``: what to hold, buy and hedge, with its cost, its certificate and what would change it."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.buying_plan import BuyingPlan, Figures, MetalPlan, PlanOptions, buying_plan
from tomnext.studies.company_file import read_company
from tomnext.studies.sources import open_source
from tomnext.vocabulary.words import Language, Text


def run(
    sheet: Annotated[Path, typer.Argument(help="Company sheet, .toml or .xlsx · 公司表")],
    as_of: AsOfOption = None,
    store: StoreOption = None,
    gap: Annotated[float, typer.Option("--gap", help="Stop within this share of the best · 最優差距")] = 0.01,
    iterations: Annotated[int, typer.Option("--iterations", min=1, help="At most so many · 迭代上限")] = 80,
    paths: Annotated[int, typer.Option("--paths", min=50, help="Futures walked for the figures · 模擬路徑數")] = 300,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same answer · 亂數種子")] = 1,
    what_if: Annotated[bool, typer.Option("--what-if/--no-what-if", help="Ask what would change it · 情境分析")] = True,
    out: Annotated[Path | None, typer.Option("--out", help="Also write a workbook · 另存活頁簿")] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """How much to hold, in which form, what to buy when and from whom, how much to hedge · 庫存、採購與避險計畫"""
    options = PlanOptions(gap, iterations, paths, seed, what_if)
    with Bar(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, object] = {}

        def watch(name: str, progress: object) -> bool:
            task = tasks.setdefault(name, bar.add_task(name, total=None))
            bar.advance(task)  # type: ignore[arg-type]
            return True

        plan = buying_plan(read_company(str(sheet)), open_source(store), as_of, options, watch)
    if out is not None:
        from tomnext.faces.report.plan_workbook import write_plan

        write_plan(plan, out, lang)
    show(plan.record(), fmt, lang, _columns(), _rows(plan, lang), Text("", ""), _notes(plan, lang))


def _columns() -> list[Column]:
    word = words("plan")
    return [
        Column("metal", words("common")["metal"] if "metal" in words("common") else Text("metal", "金屬")),
        Column("way", word["way"]),
        Column("expected_cost", word["expected_cost"], 0),
        Column("cvar_95", word["cvar_95"], 0),
        Column("lost_pct", word["lost_pct"], 2),
        Column("stop_months", word["stop_months_mean"], 1),
        Column("stop_pct", word["stop_probability"], 0),
        Column("mean_days_of_cover", word["mean_days_of_cover"], 0),
    ]


def _rows(plan: BuyingPlan, lang: Language) -> list[dict[str, object]]:
    rows = []
    for one in plan.metals:
        for key, figures in (
            ("plan", one.plan),
            ("present_rule", one.present_rule),
            ("baseline_jit", one.baseline_jit),
        ):
            rows.append(_row(one, words("plan")[key].in_(lang), figures, lang))
    return rows


def _row(one: MetalPlan, name: str, figures: Figures, lang: Language) -> dict[str, object]:
    shares = {"lost_pct": 100 * figures.lost_share, "stop_pct": 100 * figures.stop_probability}
    return {**figures.record(), **shares, "metal": one.metal.title.in_(lang), "way": name}


def _notes(plan: BuyingPlan, lang: Language) -> list[Text]:
    word = words("plan")
    notes: list[Text] = []
    for one in plan.metals:
        notes += _sentences(one, lang)
    if plan.defaults:
        notes.append(word["defaults"].format(count=len(plan.defaults)))
    return notes


def _sentences(one: MetalPlan, lang: Language) -> list[Text]:
    word, money = words("plan"), "{:,.0f}".format
    days = one.target_days_of_cover
    orders = "; ".join(f"{row['lane']} {row['spec']} {row['t']:,.3f} t" for row in one.buy_now)
    told = [
        word["headline"].format(
            metal=one.metal.title.in_(lang), days=f"{sum(days) / len(days):.0f}", now=f"{days[0]:.0f}"
        ),
        word["buy"].format(orders=orders) if orders else word["buy_nothing"],
        word["hedge"].format(share=f"{one.hedge_share[0]:.0%}"),
        word["cost"].format(
            cost=money(one.plan.expected_cost), cvar=money(one.plan.cvar_95), lost=f"{one.plan.lost_share:.2%}"
        ),
        word["certificate"].format(bound=money(one.lower_bound), gap=f"{one.gap:.2%}"),
    ]
    if one.pivotal_lane:
        told.append(word["pivotal"].format(lane=one.pivotal_lane))
    for row in one.flips:
        mark = word["flip_mark"].in_(lang) if row["flips"] else ""
        cost, change = f"{row['expected_cost_change']:+,.0f}", f"{row['days_of_cover_change']:+.0f}"
        what = row["what_zh"] if lang is Language.TAIWAN else row["what"]
        told.append(word["flip"].format(what=what, cost=cost, days=change, mark=mark))
    told.append(word["young"])
    told.append(word["assumptions"].format(numbers=", ".join(one.assumptions)))
    return told
