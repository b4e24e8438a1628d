"""The replay: nobody sees later prices or law, nobody beats hindsight, luck is taken apart from skill."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tomnext.faces.cli.replay import _notes, parse_last_month
from tomnext.faces.report.company_template import write_workbook
from tomnext.faces.report.company_toml import toml_template
from tomnext.observations.embedded import open_embedded
from tomnext.procurement.ledger import Ledger, View, run
from tomnext.procurement.physics import Orders
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_file import company_from, read_company
from tomnext.studies.plan_blocks import LaneCharges, planned_block
from tomnext.studies.plan_prices import price_view
from tomnext.studies.policy_replay import PolicyRecord, Replay, luck_of, policy_replay
from tomnext.studies.replay_figures import (
    PARTS,
    Difference,
    Monthly,
    Resampling,
    difference,
    interval_95,
    monthly_of,
    opening_worth,
)
from tomnext.studies.replay_market import (
    as_it_looked,
    below_promise,
    known_past,
    line_goes_on,
    months_between,
    past_block,
)
from tomnext.studies.replay_planning import look_ahead, months_ahead
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language

EXAMPLE = Path(__file__).parents[2] / "examples" / "server-connector.toml"


def raw_sheet() -> dict[str, Any]:
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def silver_only() -> dict[str, Any]:
    raw = raw_sheet()
    return raw | {
        "metal": raw["metal"][1:], "stock": raw["stock"][1:], "lane": raw["lane"][2:], "store": raw["store"][1:],
        "hedge": raw["hedge"][1:], "transit": [], "measure": [],
    }  # fmt: skip


def copper_only() -> dict[str, Any]:
    raw = raw_sheet()
    return raw | {
        "metal": raw["metal"][:1], "stock": raw["stock"][:1], "lane": raw["lane"][:2], "store": raw["store"][:1],
        "hedge": raw["hedge"][:1], "measure": [],
    }  # fmt: skip


@pytest.mark.slow
def test_nobody_beats_hindsight_and_everyone_is_counted() -> None:
    told_of: list[tuple[str, int, int]] = []

    def watch(name: str, done: int, total: int) -> None:
        told_of.append((name, done, total))

    sheet = company_from(silver_only())
    replay = policy_replay(sheet, date(2024, 1, 1), date(2024, 4, 1), draws=2, watch=watch)[0]
    assert told_of == [("silver", step, 8) for step in range(1, 9)]
    assert len(replay.months) == 4
    named = {"just_in_time", "cover_30_days", "s_S", "newsvendor", "dip_buying", "present_rule", "plan"}
    assert {one.policy for one in replay.policies} == named
    for one in replay.policies:
        assert one.regret_share >= -1e-9
        assert one.ci[0] <= one.ci[1]
        assert sum(one.parts.values()) == pytest.approx(one.cost, rel=1e-9)
    assert replay.plan_won in {"won", "lost", "not_distinguishable"}
    assert replay.plan.plan_minus["cost"].amount == 0.0


@pytest.mark.slow
def test_the_plan_keeps_the_line_running_and_is_not_beaten_beyond_chance() -> None:
    """Ten months of silver: next to nothing of the use is unmet, and just in time is not cheaper beyond chance."""
    sheet = read_company(str(EXAMPLE.with_name("silver-paste.toml")))
    replay = policy_replay(sheet, date(2017, 1, 1), date(2017, 10, 1), draws=4)[0]
    assert replay.plan.lost_share < 0.005
    assert replay.plan.minus_jit["without_price_luck"].verdict != "lost"
    assert replay.plan.minus_jit["cost_and_cvar"].verdict != "lost"


class Planted:
    """The embedded market with every figure after a day replaced by nonsense."""

    def __init__(self, after: date) -> None:
        self.market, self.after = open_embedded(), after

    def series_ids(self) -> list[str]:
        return self.market.series_ids()

    def read(
        self, series_ids: list[str], as_of: date | None = None, start: Any = None, end: Any = None
    ) -> pl.DataFrame:
        frame = self.market.read(series_ids, as_of, start, end)
        late = pl.col("observed_on") > self.after
        return frame.with_columns(pl.when(late).then(1e9).otherwise(pl.col("value")).alias("value"))


def test_a_planted_future_price_is_never_seen() -> None:
    sheet, months = company_from(silver_only()), months_between(date(2023, 9, 1), date(2024, 1, 1))
    planted = known_past(sheet, Metal.SILVER, months, Planted(date(2023, 12, 31)), 3)  # type: ignore[arg-type]
    real = known_past(sheet, Metal.SILVER, months, open_embedded(), 3)
    assert [view.walk for view in planted.views] == [view.walk for view in real.views]
    late = price_view(Metal.SILVER, Planted(date(2023, 12, 31))).walk.price_usd_per_t  # type: ignore[arg-type]
    assert late > 1e9


def test_a_duty_not_yet_announced_is_paid_and_not_foreseen() -> None:
    """Strip landed in the US in August 2025 paid the copper duty proclaimed on 30 July 2025: 50 points nobody saw."""
    sheet = company_from(copper_only())
    known = known_past(sheet, Metal.COPPER, months_between(date(2025, 6, 1), date(2025, 9, 1)), open_embedded(), 3)
    lane = "Taiwan strip to US"
    paid, seen_in_june = known.paid[lane].duty_share, known.announced[0][lane].duty_share
    assert paid[2] > seen_in_june[2] + 0.3
    assert known.announced[3][lane].duty_share[0] == pytest.approx(paid[3])
    past = past_block(sheet, known).block
    offer = next(number for number, one in enumerate(past.offers) if one.name == f"{lane} spot")
    looked = as_it_looked(sheet, known, past)
    # 55 days: a fifth of June's order lands in July, the rest in August, and July's order in August and September
    assert [months for months, _ in past.offers[offer].parts] == [1, 2]
    (then, really), (next_then, next_really) = (
        [float(one.offers[offer].order_usd_per_t_by_node[stage][0]) for one in (looked, past)] for stage in (0, 1)
    )
    assert really > 1.2 * then
    assert next_really > 1.2 * next_then
    # the plan's own look-ahead in June: its second month is June, an order of June arrives in August
    planned = look_ahead(sheet, known, 0).offers[offer]
    assert float(planned.order_usd_per_t_by_node[1][0]) == pytest.approx(then, rel=1e-9)


def test_the_look_ahead_sees_the_longest_wait_and_a_quarter_and_the_use_of_its_months() -> None:
    raw = silver_only()
    raw["company"]["months"] = 3
    raw["metal"][0]["use_per_month"] = ["100 kg/month", "200 kg/month", "300 kg/month"]
    sheet = company_from(raw)
    # Japan grain, fixed: 28 days are one month, fixed prices two more; nothing is converted
    assert months_ahead(sheet, Metal.SILVER) == 1 + 2 + 3
    known = known_past(sheet, Metal.SILVER, months_between(date(2024, 1, 1), date(2024, 4, 1)), open_embedded(), 6)
    ahead = look_ahead(sheet, known, 1)
    assert ahead.n_stages == 8
    # stated months repeat: the stand-in, February to April, and round again
    assert ahead.forms[0].demand_t[:5].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.1, 0.2])
    assert past_block(sheet, known).block.forms[0].demand_t.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.1])


def three_months(prices: tuple[float, ...]) -> Any:
    """The silver company's past of three months at given prices, no charges at the border."""
    values = tuple(np.array([[one]]) for one in prices)
    ones, calm = tuple(np.ones((1, 1)) for _ in prices[1:]), tuple(np.zeros((1, 1), dtype=np.int64) for _ in prices)
    past = Lattice(("silver_cash_usd_per_t",), values, ones, calm, ("silver",), (0, 21, 42))
    sheet = company_from(silver_only())
    charges = {lane.name: LaneCharges(np.zeros(3), np.zeros(3)) for lane in sheet.lane}
    return planned_block(sheet, (Metal.SILVER,), past, charges, flat_forward=True).block


def test_futures_of_the_past_cost_the_price_of_their_month() -> None:
    """Nobody was sold futures at next month's price: on the known path they settle against this month's."""
    prices = (100.0, 80.0, 120.0)
    block = three_months(prices)
    hedge = block.hedges[0]
    assert [float(one[0]) for one in hedge.futures_usd_per_t_by_node] == list(prices)
    fixed = next(offer for offer in block.offers if offer.name == "Japan grain fixed")
    spot = next(offer for offer in block.offers if offer.name == "Japan grain spot")
    undiscounted = [
        float(one.order_usd_per_t_by_node[0][0]) / sum(part * block.monthly_discount**wait for wait, part in one.parts)
        for one in (fixed, spot)
    ]
    assert undiscounted[0] == pytest.approx(undiscounted[1])


def ledger_of_nothing_bought(prices: tuple[float, ...], futures_t: float = 0.0) -> tuple[Any, Ledger]:
    block = replace(three_months(prices), promises=())

    def decide(view: View) -> Orders:
        held = futures_t if view.month.stage < 2 else 0.0
        return Orders(np.zeros((1, len(block.offers))), np.zeros((1, 0)), np.full((1, 1), held))

    zeros = np.zeros((1, 3), dtype=np.int64)
    usual = int(np.argmax(~block.outcomes.late.any(axis=1) & (block.outcomes.demand_deviation == 0)))
    outcomes = np.array([[0, usual, usual]])
    return block, run(block, decide, zeros, outcomes)


def test_a_months_cost_is_taken_apart_by_hand() -> None:
    """380 kg in hand, 260 kg used a month, nothing bought; the price falls from 100,000 to 80,000 and rises again."""
    block, ledger = ledger_of_nothing_bought((100_000.0, 80_000.0, 120_000.0), futures_t=0.1)
    monthly, d = monthly_of(block, ledger), block.monthly_discount
    assert d == pytest.approx(1 / (1 + 0.05 / 12))
    parts = {name: amount[0] for name, amount in monthly.parts.items()}
    assert set(parts) == set(PARTS)
    # 120 kg were owned while the price fell by 20,000; then nothing was
    assert parts["price_luck_stock"] == pytest.approx([0.0, 0.12 * 20_000 * d, 0.0])
    # 100 kg of futures lost 2,000 and won 4,000
    assert parts["price_luck_futures"] == pytest.approx([0.0, 2_000 * d, -4_000 * d**2])
    assert parts["finance"] == pytest.approx([0.0, 0.12 * 100_000 * (1 - d), 0.0])
    # 140 kg and 260 kg of use were not met, at 900 USD a kg on top of the metal
    assert parts["stops"] == pytest.approx([0.0, 126_000 * d, 234_000 * d**2])
    # what is left is the metal that was used or would have been: 260 kg a month at the month's price
    assert parts["metal"] == pytest.approx([26_000.0, 20_800 * d, 31_200 * d**2], rel=1e-9)
    assert sum(parts.values()) == pytest.approx(monthly.cost[0], rel=1e-12)
    assert monthly.cost.sum() == pytest.approx(ledger.total[0] + opening_worth(block), rel=1e-12)
    assert opening_worth(block) == pytest.approx(0.38 * 100_000)


def test_metal_left_at_the_end_is_worth_what_it_costs_to_buy_again() -> None:
    """Japan grain at 0.60 USD/oz is the cheapest: 100,000 + 0.60 · 32,150.7466 + 5,000 of freight."""
    block = line_goes_on(three_months((100_000.0, 100_000.0, 100_000.0)))
    assert float(block.forms[0].final_usd_per_t[0]) == pytest.approx(100_000 + 0.60 * 32_150.7466 + 5_000, rel=1e-6)


def test_a_promise_is_counted_not_charged() -> None:
    """20 days of 260 kg a month are 170.8 kg; 380 kg less 260 leave 120 kg, then nothing."""
    block = three_months((100.0, 100.0, 100.0))
    _, ledger = ledger_of_nothing_bought((100.0, 100.0, 100.0))
    assert float(block.promises[0].need_t[0]) == pytest.approx(20 * 0.26 / (365.25 / 12))
    assert below_promise(block.promises, ledger.stock_t).tolist() == [[1.0, 1.0, 1.0]]
    assert below_promise(block.promises, ledger.stock_t + 0.06).tolist() == [[0.0, 1.0, 1.0]]
    assert below_promise((), ledger.stock_t).sum() == 0.0


def flat(cost: np.ndarray, use_t: float, price: np.ndarray) -> Monthly:
    months = cost.shape[1]
    return Monthly(
        cost, np.full_like(cost, use_t), price, np.ones(months), {name: np.zeros_like(cost) for name in PARTS}
    )


def test_resampling_a_constant_gives_the_constant_and_luck_widens_it() -> None:
    again = Resampling(4, 30, np.random.default_rng(0))
    assert again.stretch == 10
    assert interval_95(again.totals(np.full((4, 30), 2.0))) == (60.0, 60.0)
    by_draw = np.repeat(np.array([[0.0], [1.0], [2.0], [5.0]]), 30, axis=1)
    low, high = interval_95(again.totals(by_draw))
    assert low < 60.0 < high


def test_cost_over_budget_counts_a_rising_price_and_a_hedge() -> None:
    """Six months, 1 t a month, price 10 for three months and then 13: stretches of two months."""
    price = np.array([10.0, 10.0, 10.0, 13.0, 13.0, 13.0])
    again = Resampling(1, 6, np.random.default_rng(0))
    assert again.stretch == 2
    unhedged = flat(price[None].copy(), 1.0, price)
    assert again.over_budget(unhedged).tolist() == [[0.0, 0.0, 3.0, 0.0, 0.0]]
    hedged = flat(price[None] - np.array([[0.0, 0.0, 0.0, 3.0, 0.0, 0.0]]), 1.0, price)
    assert again.over_budget(hedged).tolist() == [[0.0, 0.0, 0.0, -3.0, 0.0]]


@pytest.mark.parametrize(("shift", "verdict"), [(-5.0, "won"), (5.0, "lost"), (0.0, "not_distinguishable")])
def test_a_win_must_be_beyond_chance(shift: float, verdict: str) -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0.0, 1.0, (6, 60))
    found = difference(noise + shift, np.zeros((6, 60)), Resampling(6, 60, rng))
    assert found.verdict == verdict
    assert found.amount == pytest.approx(noise.mean(axis=0).sum() + 60 * shift)


def test_everybody_meets_the_same_luck_and_the_same_seed_brings_it_back() -> None:
    block = three_months((100.0, 80.0, 120.0))
    one, two = (luck_of(block, 5, np.random.default_rng(7)) for _ in range(2))
    assert (one[0] == two[0]).all()
    assert (one[1] == two[1]).all()
    assert (one[0][:, 0] == 0).all()


def test_months_that_cannot_be_replayed_are_refused_in_both_languages() -> None:
    sheet = company_from(silver_only())
    with pytest.raises(InputRejected, match="ends before it begins") as swapped:
        policy_replay(sheet, date(2024, 5, 1), date(2024, 1, 1))
    assert "結束早於開始" in swapped.value.text("zh-TW")
    with pytest.raises(InputRejected, match="two months"):
        policy_replay(sheet, date(2024, 5, 1), date(2024, 5, 1))
    for start, end in ((date(1900, 1, 1), date(1900, 6, 1)), (date(2024, 1, 1), date(2090, 1, 1))):
        with pytest.raises(ObservationMissing) as missing:
            policy_replay(sheet, start, end)
        assert missing.value.expected is not None
        assert "沒有白銀的價格" in missing.value.text("zh-TW")


def test_metals_that_share_a_store_are_refused_not_left_out() -> None:
    raw = raw_sheet()
    raw["store"] = [raw["store"][0] | {"forms": ["US strip", "grain"]}]
    with pytest.raises(InputRejected, match="share a store") as caught:
        policy_replay(company_from(raw), date(2024, 1, 1), date(2024, 3, 1))
    assert "共用倉儲" in caught.value.text("zh-TW")


def told(verdicts: tuple[Difference, Difference, Difference]) -> Replay:
    """A replay with given differences of the plan from just in time."""
    bases = dict(zip(("cost", "without_price_luck", "cost_and_cvar"), verdicts, strict=True))
    parts = dict.fromkeys(PARTS, 0.0)
    jit = PolicyRecord(
        "just_in_time", 1e6, (9e5, 1.1e6), 1e6, 2e5, 2.0, 1.0, 0.01, 0.0, "2024-02", 5e4, 0.1, parts, bases, bases
    )
    return Replay(
        Metal.SILVER, (date(2024, 1, 1), date(2024, 2, 1)), 8, 12, 0.01, False, (jit, replace(jit, policy="plan"))
    )


@pytest.mark.parametrize("language", list(Language))
def test_the_verdict_is_said_either_way(language: Language) -> None:
    won, lost = Difference(-5e4, (-9e4, -1e4)), Difference(5e4, (1e4, 9e4))
    neither = Difference(-5e4, (-9e4, 1e4))
    notes = [note.in_(language) for note in _notes(told((won, lost, neither)), language)]
    assert all(amount in notes[1] for amount in ("50,000", "10,000", "90,000"))
    marks = {
        Language.ENGLISH: ("it won", "did not win", "no winner can be told"),
        Language.TAIWAN: ("勝出", "未勝出", "無法分出勝負"),
    }[language]
    assert all(mark in note for mark, note in zip(marks, notes[1:4], strict=True))
    assert told((won, lost, neither)).plan_won == "not_distinguishable"
    assert told((won, lost, neither)).beaten_by == ("just_in_time", "plan")
    beaten = {Language.ENGLISH: "just in time", Language.TAIWAN: "即時採購"}[language]
    assert beaten in notes[-1]


def test_a_short_replay_says_that_its_intervals_know_one_market_only() -> None:
    won = Difference(-5e4, (-9e4, -1e4))
    short = told((won, won, won))
    long = replace(short, months=months_between(date(2010, 1, 1), date(2019, 12, 1)))
    assert len(short.caveats) == len(long.caveats) + 1
    assert "漲跌行情" in short.caveats[-1].zh


def test_a_year_as_last_month_is_the_whole_year() -> None:
    assert parse_last_month("2024") == date(2024, 12, 1)
    assert parse_last_month("2024-09") == date(2024, 9, 1)


def test_templates_name_what_must_be_filled(tmp_path: Path) -> None:
    """An empty workbook and the TOML template are read back and refused for what is empty, not for their form."""
    book = tmp_path / "company.xlsx"
    write_workbook(book)
    with pytest.raises(InputRejected) as caught:
        read_company(str(book))
    assert "missing" in str(caught.value) or "empty" in str(caught.value)
    assert set(tomllib.loads(toml_template())) >= {"company", "money", "metal", "lane", "store"}
