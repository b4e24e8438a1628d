"""The plan as a workbook: order schedule, hedge schedule, figures, defaults; typed cells, never formulas from text."""

from pathlib import Path

from tomnext.studies.buying_plan import BuyingPlan
from tomnext.vocabulary.words import Language, Text

SHEETS = {
    "orders": Text("orders", "採購排程"),
    "hedge": Text("hedge", "避險與庫存"),
    "figures": Text("figures", "成本比較"),
    "defaults": Text("defaults", "預設值"),
}


def write_plan(plan: BuyingPlan, path: Path, lang: Language) -> None:
    """Write the workbook; every figure is the library's own, unrounded (t, USD, shares 0–1, days)."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        for key, rows in _tables(plan, lang).items():
            sheet = book.add_worksheet(SHEETS[key].in_(lang))
            sheet.freeze_panes(1, 0)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
            sheet.autofit()


def _tables(plan: BuyingPlan, lang: Language) -> dict[str, list[list[object]]]:
    orders: list[list[object]] = [["metal", "month", "offer", "mean_t"]]
    hedge: list[list[object]] = [["metal", "month", "target_days_of_cover", "hedge_share"]]
    figures: list[list[object]] = [
        ["metal", "name", "expected_cost_usd", "cvar_95_usd", "lost_share", "stop_months", "stop_probability", "days"]
    ]
    for one in plan.metals:
        orders += [[one.metal.value, row["month"], row["offer"], row["mean_t"]] for row in one.schedule]
        months = zip(one.months, one.target_days_of_cover, one.hedge_share, strict=True)
        hedge += [[one.metal.value, month.isoformat()[:7], days, share] for month, days, share in months]
        for row in (one.plan, one.present_rule, one.baseline_jit, *one.frontier):
            short = [row.lost_share, row.stop_months, row.stop_probability]
            figures.append([one.metal.value, row.name, row.expected_cost, row.cvar_95, *short, row.mean_days_of_cover])
    defaults: list[list[object]] = [["where", "field", "value", "why"]]
    defaults += [[one.where, one.heading.in_(lang), str(one.value), one.why.in_(lang)] for one in plan.defaults]
    return {"orders": orders, "hedge": hedge, "figures": figures, "defaults": defaults}
