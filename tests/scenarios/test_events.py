"""The event engine: the article's table 1 comes out of it, and its arithmetic can be done by hand."""

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tomnext.faces.cli.main import app
from tomnext.facts.kinds.scenario import Channel, Effect, Estimate, Event, MarketModel
from tomnext.scenarios.events import ActiveEvent, outlook
from tomnext.studies.event_scenario import event_outlook, scenario_names
from tomnext.vocabulary.errors import InputRejected

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
ARTICLE_TABLE_1 = {
    "gold": "↑", "silver": "↑", "copper": "↑↓", "aluminium": "↑↓", "rare_earths": "↑", "iron_ore": "↓",
}  # fmt: skip


def exactly(value: float) -> Estimate:
    return Estimate(low=value, central=value, high=value)


def market(**changes: object) -> MarketModel:
    plain = {
        "size_per_year": 1000.0, "size_unit": "kt", "supply_elasticity": exactly(0.2),
        "demand_elasticity": exactly(0.3), "stock_cover_days": exactly(30.0), "background_volatility_share": 1e-9,
    }  # fmt: skip
    return MarketModel.model_validate({**plain, **changes})


def event(size: float, channel: Channel = Channel.DEMAND, unit: str = "kt", **days: date) -> ActiveEvent:
    effect = Effect(market="m", channel=channel, size=exactly(size), unit=unit, why="a test of the engine")
    return ActiveEvent("e", Event(likelihood_share=1.0, effects=(effect,)), **{"in_force_from": YEAR[0], **days})


def median_pct(one: ActiveEvent, model: MarketModel, horizon: tuple[date, date] = YEAR) -> float:
    rng = np.random.Generator(np.random.Philox(1))
    return outlook([one], {"m": model}, horizon, rng, n_draws=64)["m"].median_change_pct


def test_the_article_table_comes_out_of_the_engine() -> None:
    answer = event_outlook("base-2026")
    assert {name: one.arrow for name, one in answer.markets.items()} == ARTICLE_TABLE_1
    assert all(0 < one.p_up < 1 for one in answer.markets.values())


@pytest.mark.parametrize(
    ("name", "turned", "arrow"),
    [
        ("iron_ore", ["new_iron_ore_supply", "china_property_slump"], "↑↓"),  # port stocks meet most of a deficit
        ("gold", ["central_bank_gold_buying", "middle_east_conflict", "greenland_and_protectionism"], "↓"),
        ("rare_earths", ["china_rare_earth_controls"], "↓"),
    ],
)
def test_turning_the_signs_turns_the_arrow(name: str, turned: list[str], arrow: str) -> None:
    answer = event_outlook({"base": "base-2026", "scale": dict.fromkeys(turned, -1.0)})
    assert answer.markets[name].arrow == arrow


def test_removing_an_event_changes_the_explanation() -> None:
    with_it = dict(event_outlook("base-2026").markets["gold"].drivers)
    without = dict(event_outlook({"base": "base-2026", "drop": ["central_bank_gold_buying"]}).markets["gold"].drivers)
    assert "central_bank_gold_buying" in with_it
    assert set(with_it) - set(without) == {"central_bank_gold_buying"}


def test_a_fragile_arrow_names_what_flips_it_and_that_is_true() -> None:
    assert "new_iron_ore_supply: absent" in event_outlook("base-2026").markets["iron_ore"].fragile_to
    without = event_outlook({"base": "base-2026", "drop": ["new_iron_ore_supply"]})
    assert without.markets["iron_ore"].arrow != "↓"


def test_a_deficit_is_met_from_stock_and_a_surplus_is_not() -> None:
    """By hand: 50 kt of 1,000 over (0.2 + 0.3) is 0.10; 30 days of cover leave exp(-30/60) of a deficit."""
    assert median_pct(event(50), market()) == pytest.approx(math.expm1(0.10 * math.exp(-0.5)) * 100, rel=1e-6)
    assert median_pct(event(50, Channel.SUPPLY), market()) == pytest.approx(math.expm1(-0.10) * 100, rel=1e-6)


def test_half_a_horizon_counts_half() -> None:
    late = event(50, in_force_from=date(2026, 7, 2), in_force_to=date(2027, 3, 1))
    expected = math.expm1(0.10 * 183 / 365 * math.exp(-0.5)) * 100
    assert median_pct(late, market()) == pytest.approx(expected, rel=1e-6)
    assert median_pct(event(50, in_force_from=date(2027, 1, 1)), market()) == pytest.approx(0, abs=1e-6)


def test_official_buying_moves_by_its_published_rule() -> None:
    """Goldman Sachs 2025: 100 t of conviction buying is 1.7 %."""
    gold = market(size_unit="t", monetary_pct_per_unit=exactly(0.017))
    assert median_pct(event(100, Channel.MONETARY_DEMAND, "t"), gold) == pytest.approx(math.expm1(0.017) * 100)


def test_same_seed_same_answer_and_another_seed_close_to_it() -> None:
    first, again, other = event_outlook("base-2026"), event_outlook("base-2026"), event_outlook("base-2026", seed=8)
    assert first.record() == again.record()
    for name, one in first.markets.items():
        assert abs(one.p_up - other.markets[name].p_up) < 0.02  # 4 standard errors of 20,000 draws


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 200), st.floats(0, 200))
def test_more_demand_never_lowers_the_price(small: float, extra: float) -> None:
    assert median_pct(event(small + extra), market()) >= median_pct(event(small), market()) - 1e-6


def test_what_is_not_known_yet_is_not_in_the_answer() -> None:
    early = event_outlook("base-2026", known_on=date(2025, 6, 1))
    assert "copper_mine_disruption" not in dict(early.markets["copper"].drivers)
    assert "copper_mine_disruption" in dict(event_outlook("base-2026").markets["copper"].drivers)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("base-2062", "base-2026"),
        ({"base": "base-2026", "drop": ["ai_datacentres"]}, "ai_data_centres"),
        ({"bases": "base-2026"}, "bases"),
        ({}, "base-2026"),
        ({"base": "base-2026", "scale": {"new_iron_ore_supply": "lots"}}, "lots"),
        ({"base": "base-2026", "scale": {"new_iron_ore_supply": float("nan")}}, "nan"),
        ({"base": "base-2026", "horizon": "2026"}, "2026-12-31"),
        ({"base": "base-2026", "drop": "defence_stockpiling"}, "list"),
        ({"event": [{"id": "x"}]}, "effects"),
        ({"event": "x"}, "list"),
        ({"event": ["x"]}, "table"),
        ({"base": "base-2026", "scale": ["new_iron_ore_supply"]}, "table"),
        (
            {"event": [{"id": "x", "in_force_from": "2026-06-01", "in_force_to": "2026-01-01", "effects": [
                {"market": "copper", "channel": "demand", "unit": "kt", "why": "ends before it begins",
                 "size": {"low": 1, "central": 2, "high": 3}}]}]},
            "before it begins",
        ),
        ({"base": "base-2026", "horizon": ["2026-06-01", "2026-01-01"]}, "2026-06-01"),
        ({"base": "base-2026", "horizon": ["2026-06-01", "soon"]}, "soon"),
        (
            {"event": [{"id": "x", "in_force_from": "2026-01-01", "effects": [
                {"market": "copper", "channel": "demand", "unit": "oz", "why": "wrong unit here",
                 "size": {"low": 1, "central": 2, "high": 3}}]}]},
            "kt",
        ),
        (
            {"event": [{"id": "x", "in_force_from": "2026-01-01", "effects": [
                {"market": "copper", "channel": "demand", "unit": "kt", "why": "ends out of order",
                 "size": {"low": 5, "central": 2, "high": 3}}]}]},
            "rise",
        ),
    ],
)  # fmt: skip
def test_bad_scenarios_say_what_is_wrong(asked: object, word: str) -> None:
    with pytest.raises(InputRejected) as caught:
        event_outlook(asked)  # type: ignore[arg-type]
    assert word in str(caught.value)


@pytest.mark.parametrize(("lang", "gold", "event"), [("en", "Gold", "US tariffs pull"), ("zh-TW", "黃金", "美國關稅")])
def test_the_heat_map_is_drawn_in_both_languages(tmp_path: Path, lang: str, gold: str, event: str) -> None:
    file = tmp_path / "heat.svg"
    said = CliRunner().invoke(app, ["scenario", "base-2026", "--lang", lang, "--picture", str(file), "--format", "csv"])
    drawn = file.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert all(one in drawn for one in (gold, event, "↑ 85 %", "+21.9", "−7.6"))
    assert said.stdout.splitlines()[1].startswith(f"gold,{gold},↑,")


def test_an_event_of_ones_own_may_carry_a_colon_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        'base = "new_iron_ore_supply"\n[[event]]\nid = "strike: long"\nin_force_from = 2026-01-01\n'
        '[[event.effects]]\nmarket = "copper"\nchannel = "supply"\nunit = "kt"\nwhy = "a test of the words"\n'
        "size = { low = -3000, central = -2900, high = -2800 }\n"
    )
    said = CliRunner().invoke(app, ["scenario", str(file), "--lang", "en"], catch_exceptions=False)
    assert "strike: long (absent)" in said.stdout


def test_every_event_on_file_can_be_asked_alone() -> None:
    for name in scenario_names():
        assert event_outlook(name).markets
