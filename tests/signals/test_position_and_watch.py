"""A position's duties by the book, rolling by hand, and rules that never mistake silence for calm."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.signals.shelf import Shelf

from tomnext.facts.load import load_facts
from tomnext.market.position import borrow_cost_usd, lending_duty, roll_cost
from tomnext.observations.embedded import open_embedded
from tomnext.studies.position_exposure import position_exposure
from tomnext.studies.watch import rules_from, watch
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal

GUIDANCE, FRONT = "lme/lending/guidance", "lme/lending/front_month"


@pytest.mark.parametrize(
    ("held_pct", "cap", "after_five"),
    [(50.0, None, None), (60, 50.0, 25.0), (80, 50.0, 25.0), (85, 25.0, 15.0), (90, 25.0, 15.0), (92, 0.0, 0.0)],
)
def test_lending_bands_of_the_worked_example(held_pct: float, cap: float | None, after_five: float | None) -> None:
    """Market-facts A3: cash 10,000, a holder at 60 % lends at 50 USD/t, at 85 % at 25, at 92 % at level."""
    rule = load_facts().value(GUIDANCE, date(2024, 1, 2)).value
    duty = lending_duty(rule, held_pct * 1000, 100_000, 10_000)
    assert duty.held_pct == pytest.approx(held_pct)
    assert (duty.cap_usd_per_t, duty.cap_after_five_days_usd_per_t) == (cap, after_five)
    assert duty.binds == (cap is not None)


def test_front_month_rule_has_a_floor() -> None:
    rule = load_facts().value(FRONT, date(2025, 7, 1)).value
    assert lending_duty(rule, 120_000, 100_000, 9000, 80_000).to_lend_t == pytest.approx(20_000)
    assert not lending_duty(rule, 120_000, 79_000, 9000, 80_000).binds
    assert not lending_duty(rule, 99_000, 100_000, 9000, 80_000).binds


def test_rolling_a_short_costs_the_near_premium() -> None:
    premium = np.array([1.0, 2.0, np.nan, 3.0, -1.0])
    short = roll_cost(-100, premium, 2)
    assert short.today_usd == pytest.approx(-200)
    assert (short.worst_usd, short.worst_at) == (500, 3)
    assert roll_cost(100, premium, 2).today_usd == pytest.approx(200)
    assert roll_cost(-100, premium, 10).worst_usd is None
    assert borrow_cost_usd(-100, 10_000, 9.0, 40) == pytest.approx(10_000)


@pytest.fixture(scope="module")
def embedded() -> Shelf:
    source = open_embedded()
    return Shelf(source.read([name for name in source.series_ids() if name.startswith("lme.") and "24m" not in name]))


def test_sixty_two_percent_of_the_stock(embedded: Shelf) -> None:
    available = position_exposure(Metal.COPPER, 1, date(2024, 3, 28), observations=embedded).available_t
    assert available is not None
    found = position_exposure(Metal.COPPER, 0.62 * available, date(2024, 3, 28), observations=embedded)
    duty = {one.rule_id: one.duty for one in found.rules}
    assert duty[GUIDANCE].cap_pct_of_cash == 0.5
    assert FRONT not in duty
    later = position_exposure(
        Metal.COPPER, 1.2 * available, date(2025, 7, 1), lease_rate_pct=5.0, observations=embedded
    )
    assert {one.rule_id for one in later.rules} >= {GUIDANCE, FRONT}
    assert later.borrow_usd is not None
    short = position_exposure(Metal.COPPER, -5000, date(2024, 3, 28), observations=embedded)
    assert not any(one.duty.binds for one in short.rules)
    assert position_exposure(Metal.NICKEL, -600, date(2022, 3, 10), observations=embedded).is_halted
    with pytest.raises(InputRejected):
        position_exposure(Metal.COPPER, 0, observations=embedded)


def test_rules_fire_stay_quiet_and_never_take_silence_for_calm(embedded: Shelf) -> None:
    rules = rules_from(
        {
            "rule": [
                {"name": "a", "kind": "spread", "metal": "copper", "above": -50},
                {"name": "b", "kind": "spread", "metal": "copper", "above": 50},
                {"name": "c", "kind": "stock", "metal": "銅", "below": 1e9},
                {"name": "d", "kind": "probability", "metal": "zinc", "horizon": 60, "above": 0.999},
                {"name": "e", "kind": "staleness", "series": "lme.copper.price.cash", "above": 3},
                {"name": "f", "kind": "value", "series": "fx.usdtwd", "above": 1},
                {"name": "g", "kind": "composition", "metal": "lead", "above": 0.9},
                {"name": "h", "kind": "cancelled_share", "metal": "tin", "above": 1.0},
            ]
        }
    )
    found = {one.name: one.status for one in watch(rules, date(2024, 3, 28), embedded)}
    assert "".join(f"{name}:{status} " for name, status in found.items()) == (
        "a:fired b:quiet c:fired d:quiet e:quiet f:not_known g:quiet h:quiet "
    )
    halted = watch(
        rules_from({"rule": [{"kind": "spread", "metal": "nickel", "above": 5}]}), date(2022, 3, 10), embedded
    )
    assert halted[0].status == "not_known"
    assert halted[0].fired
    old = Shelf(embedded.frame.filter(pl.col("observed_on") < date(2024, 3, 1)))
    assert all(one.fired for one in watch(rules[:3], date(2024, 3, 28), old))


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "spred", "metal": "copper", "above": 1},
        {"kind": "spread", "metal": "copper"},
        {"kind": "spread", "above": 1},
        {"kind": "spread", "metal": "copper", "abov": 1},
        {"kind": "spread", "metal": "copper", "above": "1.5"},
        {"kind": "probability", "metal": "copper", "horizon": 10, "above": 1},
        {"kind": "value", "series": "lme.coper.price.cash", "above": 1},
    ],
)
def test_a_wrong_rule_is_named(rule: dict[str, object]) -> None:
    with pytest.raises(InputRejected):
        rules_from({"rule": [rule]})


def test_the_command_exits_as_cron_expects(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    for above, code in ((-50, 1), (50, 0)):
        file.write_text(f'[[rule]]\nkind = "spread"\nmetal = "copper"\nabove = {above}\n', encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from tomnext.faces.cli.main import main; main()",
                "watch",
                str(file),
                "--format",
                "json",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert json.loads(done.stdout)["fired"] is bool(code)
    file.write_text("[[rule", encoding="utf-8")
    bad = [sys.executable, "-c", "from tomnext.faces.cli.main import main; main()", "watch", str(file)]
    assert subprocess.run(bad, capture_output=True, check=False).returncode == 2
