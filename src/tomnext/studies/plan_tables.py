"""The plan's tables and its chart from just in time to just in case, all metals together under one heading."""

from collections.abc import Iterator, Sequence
from typing import Any

from tomnext.studies.buying_plan import MetalPlan
from tomnext.studies.plan_amounts import (
    THOUSAND,
    amount,
    day_name,
    metal_price,
    money,
    money_a_unit,
    month_name,
    thousands,
)
from tomnext.studies.plan_figures import Figures
from tomnext.studies.sections import Cell, Chart, Column, Line, Number, Plot, Sentence, Table, Tone
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text

Row = tuple[Cell, ...]


def tables_of(metals: Sequence[MetalPlan]) -> Iterator[Table]:
    """Every table that has rows, in reading order."""
    makers = (_orders, _ways, _months, _frontier, _resilience, _changes, _lanes, _worth)
    for maker in makers:
        table = maker(metals)
        if table.rows:
            yield table


def _table(id: str, columns: Sequence[str | Column], rows: Iterator[Row]) -> Table:
    named = [one if isinstance(one, Column) else Column(one) for one in columns]
    return Table(id, (Column("metal"), *named), tuple(rows))


def _orders(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for row in one.buy_now:
                yield (
                    one.metal.title, row["lane"], row["spec"], amount(one.metal, row["t"]),
                    Sentence(f"pricing.{row['pricing']}"), day_name(row["order_by"]),
                    month_name(row["arrives"]), metal_price(one.metal, row["landed_usd_per_t"]),
                )  # fmt: skip

    return _table("orders", ("lane", "spec", "amount", "pricing", "order_by", "arrives", "landed"), rows())


WAY_COLUMNS = (
    Column("cost", "usd_thousand"), Column("error", "usd_thousand"), Column("worst", "usd_thousand"),
    Column("lost", "share"), Column("months_short", "months"), Column("stop", "share"), Column("days", "days"),
)  # fmt: skip


def _figures(one: Figures) -> Row:
    return (
        thousands(one.expected_cost), thousands(one.expected_cost_se), thousands(one.cvar_95),
        Number(one.lost_share, "share", 2), Number(one.stop_months, "months", 1),
        Number(one.stop_probability, "share"), Number(one.mean_days_of_cover, "days"),
    )  # fmt: skip


def _ways(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for key, figures in (("plan", one.plan), ("present_rule", one.present_rule), ("jit", one.baseline_jit)):
                yield (one.metal.title, Sentence(f"way.{key}"), *_figures(figures))

    return _table("ways", ("way", *WAY_COLUMNS), rows())


def _months(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for place, month in enumerate(one.months):
                key = month.isoformat()[:7]
                orders = tuple(
                    Sentence(
                        "mean_order",
                        {
                            "lane": row["lane"],
                            "pricing": Sentence(f"short.{row['pricing']}"),
                            "amount": amount(one.metal, row["mean_t"]),
                        },
                    )
                    for row in one.schedule
                    if row["month"] == key and row["mean_t"] > 0.01 * one.use_t_per_month
                )
                yield (
                    one.metal.title, month_name(month), Number(one.target_days_of_cover[place], "days"),
                    Number(one.hedge_share[place], "share"), amount(one.metal, one.hedge_t[place]), orders or None,
                )  # fmt: skip

    return _table(
        "months", ("month", Column("days", "days"), Column("hedge_share", "share"), "hedge_amount", "orders"), rows()
    )


def _frontier(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            kept = {point.name for point in one.frontier}
            for point in one.sweep:
                way = Sentence("way.weight", {"weight": Number(point.weight or 0.0, "ratio", 2)})
                mark = Sentence("on_frontier" if point.name in kept else "off_frontier")
                yield (one.metal.title, way, *_figures(point), mark)
            for key, figures in (("present_rule", one.present_rule), ("jit", one.baseline_jit)):
                beaten = any(
                    point.expected_cost <= figures.expected_cost and point.cvar_95 <= figures.cvar_95
                    for point in one.frontier
                )
                yield (one.metal.title, Sentence(f"way.{key}"), *_figures(figures),
                       Sentence("behind_frontier" if beaten else "on_frontier"))  # fmt: skip

    return _table("frontier", ("way", *WAY_COLUMNS, "position"), rows())


def _resilience(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for row in one.resilience:
                per_ten = row["cost_per_ten_days"] / THOUSAND if row["is_found"] and row["cost_per_ten_days"] else None
                figure = {key: float(row[key]) for key in row if key.endswith(("_from", "_to"))}
                yield (
                    one.metal.title,
                    Number(figure["days_from"], "days"), Number(figure["days_to"], "days"),
                    Number(per_ten, "usd_thousand", 0, signed=True, absent="noise"),
                    Number(figure["lost_share_from"], "share", 2), Number(figure["lost_share_to"], "share", 2),
                    Number(figure["stop_probability_from"], "share"), Number(figure["stop_probability_to"], "share"),
                )  # fmt: skip

    return _table(
        "resilience",
        (
            Column("days_from", "days"), Column("days_to", "days"), Column("per_ten_days", "usd_thousand"),
            Column("lost_from", "share"), Column("lost_to", "share"), Column("stop_from", "share"),
            Column("stop_to", "share"),
        ),
        rows(),
    )  # fmt: skip


def _changes(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for row in one.flips:
                yield (
                    one.metal.title, Text(row["what"], row["what_zh"]),
                    _found(row, "expected_cost_change"), thousands(row["expected_cost_change_se"]),
                    Number(row["days_of_cover_change"], "days", 0, signed=True),
                    Number(row["buy_now_moved_share"], "share"),
                    Sentence("flips_yes" if row["flips"] else "flips_no"),
                )  # fmt: skip

    columns = ("what", Column("cost_change", "usd_thousand"), Column("error", "usd_thousand"),
               Column("days_change", "days"), Column("moved", "share"), "flips")  # fmt: skip
    return _table("changes", columns, rows())


def _found(row: dict[str, Any], key: str) -> Number:
    """A difference in thousands of USD, or the word for noise where it is no finding."""
    value = row[key] / THOUSAND if row["is_found"] else None
    return Number(value, "usd_thousand", 0, signed=True, absent="noise")


def _lanes(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for row in one.lanes:
                lane = row["lane"]
                day = one.shadow_prices.get(f"day_of_lead_time:{lane}_usd")
                yield (
                    one.metal.title, lane, _found(row, "worth_usd"), thousands(row["worth_usd_se"]),
                    money(max(day, 0.0)) if day is not None else None,
                    money_a_unit(one.metal, one.shadow_prices.get(f"capacity:{lane}_usd_per_t", 0.0)),
                )  # fmt: skip

    columns = ("lane", Column("worth", "usd_thousand"), Column("error", "usd_thousand"), "day", "capacity")
    return _table("lanes", columns, rows())


def _worth(metals: Sequence[MetalPlan]) -> Table:
    def rows() -> Iterator[Row]:
        for one in metals:
            for key, usd in one.shadow_prices.items():
                kind, _, name = key.removesuffix("_usd_per_t").partition(":")
                if kind in ("room", "limit"):
                    yield (one.metal.title, Sentence(f"worth.{kind}", {"name": name}), money_a_unit(one.metal, usd))

    return _table("worth", ("what", "one_more"), rows())


def frontier_chart(metals: Sequence[MetalPlan]) -> Chart:
    """Expected cost and the worst 5 % over mean days of cover: fixed cover from lean to full, plans, today's rule."""
    plots = []
    for one in metals:
        covers = [point for point in one.compared if point.name == "just_in_time" or point.name.startswith("cover_")]
        for key in ("expected_cost", "cvar_95"):
            lines = (
                _points("rules", covers, key, Tone.QUIET),
                _points("plans", list(one.sweep), key, Tone.ACCENT),
                _points("present", [one.present_rule], key, Tone.INK),
            )
            title = Sentence(f"chart.{key}", {"metal": one.metal.title})
            plots.append(Plot(f"{one.metal.value}_{key}", "usd_million", lines, x="days", title=title))
    return Chart("frontier_chart", plots=tuple(plots), is_grid=len(plots) > 2)


def _points(key: str, points: list[Figures], figure: str, tone: Tone) -> Line:
    ordered = sorted(points, key=lambda one: one.mean_days_of_cover)
    xs = tuple(float(round(one.mean_days_of_cover)) for one in ordered)
    values = tuple(getattr(one, figure) / 1e6 for one in ordered)
    return Line(key, xs, values, Nature.SIMULATED, tone, has_points=True)
