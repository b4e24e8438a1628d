"""``tomnext plan``: what to hold, buy and hedge, with its cost, its certificate and what would change it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show, wide_console
from tomnext.faces.report.terminal import print_section
from tomnext.faces.report.wording import Wording
from tomnext.faces.words import words
from tomnext.studies.buying_plan import BuyingPlan, buying_plan
from tomnext.studies.company_file import read_company
from tomnext.studies.plan_problem import PlanOptions, Watch
from tomnext.studies.plan_section import plan_section
from tomnext.studies.sections import Sentence
from tomnext.studies.sources import open_source
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

KEYS = ("expected_cost", "expected_cost_se", "cvar_95", "cvar_95_se", "lost_share", "stop_months", "stop_probability",
        "mean_days_of_cover")  # fmt: skip
USUAL = PlanOptions()


def run(
    sheet: Annotated[Path, typer.Argument(help="Company sheet, .toml or .xlsx · 公司表")],
    as_of: AsOfOption = None,
    store: StoreOption = None,
    gap: Annotated[
        float, typer.Option("--gap", min=0, help="Stop within this share of the best · 最優差距")
    ] = USUAL.gap,
    iterations: Annotated[
        int, typer.Option("--iterations", min=1, help="At most so many · 迭代上限")
    ] = USUAL.max_iterations,
    paths: Annotated[
        int, typer.Option("--paths", min=50, help="Futures walked for the figures · 模擬路徑數")
    ] = USUAL.paths,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same answer · 亂數種子")] = USUAL.seed,
    what_if: Annotated[bool, typer.Option("--what-if/--no-what-if", help="Ask what would change it · 情境分析")] = True,
    out: Annotated[Path | None, typer.Option("--out", help="Also write a workbook · 另存活頁簿")] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """How much to hold, in which form, what to buy when and from whom, how much to hedge · 庫存、採購與避險計畫"""
    options = PlanOptions(gap, USUAL.avoidable_gap, iterations, paths, seed, what_if)
    company, source = read_company(str(sheet)), open_source(store)
    with planning(lang) as watch:
        plan = buying_plan(company, source, as_of, options, watch)
    section = plan_section(plan)
    if out is not None:
        from tomnext.faces.report.plan_workbook import write_plan

        write_plan(plan, section, out, Wording(lang, "plan"))
    if fmt is Format.TABLE:
        console = wide_console()
        console.print(f"{plan.company} · {words('common')['as_of'].in_(lang)} {plan.as_of.isoformat()}", markup=False)
        print_section(section, Wording(lang, "plan"), console)
    else:
        show(plan.record(), fmt, lang, [Column(key, Text(key, key)) for key in ("metal", "name", *KEYS)], _rows(plan))


@contextmanager
def planning(lang: Language) -> Iterator[Watch]:
    """A bar on standard error while a plan is made; the first Ctrl-C ends the search and keeps what was learnt."""
    asked_to_stop: list[bool] = []
    before = signal.signal(signal.SIGINT, lambda *_: asked_to_stop.append(True))
    try:
        with Bar(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
            tasks: dict[str, Any] = {}

            def watch(metal: str, what: Text, done: float) -> bool:
                if metal not in tasks:
                    tasks[metal] = bar.add_task(metal, total=1.0)
                said = Wording(lang, "plan").plain(Sentence("working", {"metal": Metal(metal).title, "what": what}))
                bar.update(tasks[metal], completed=done, description=said)
                return not asked_to_stop

            yield watch
    finally:
        signal.signal(signal.SIGINT, before)


def _rows(plan: BuyingPlan) -> list[dict[str, object]]:
    return [
        {"metal": one.metal.value, **figures.record()}
        for one in plan.metals
        for figures in (one.plan, one.present_rule, one.baseline_jit)
    ]
