"""The futures of a plan: metals together or alone, in USD per t, without drift, and what stands in where data lacks."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from tomnext.observations.reading import Observations
from tomnext.scenarios.lattice import Lattice
from tomnext.scenarios.no_drift import anchors
from tomnext.studies.plan_lattice import PlanFutures, plan_futures
from tomnext.studies.plan_prices import price_view
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal


class Months:
    """A source that holds nothing but monthly prices."""

    def __init__(self) -> None:
        self.whole = open_source()

    def read(
        self, series_ids: Sequence[str], as_of: datetime | date | None = None, start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        return self.whole.read([one for one in series_ids if one.startswith("worldbank.")], as_of, start, end)

    def series_ids(self) -> list[str]:
        return [one for one in self.whole.series_ids() if one.startswith("worldbank.")]


def futures(source: Observations, *metals: Metal) -> PlanFutures:
    return plan_futures({metal: price_view(metal, source) for metal in metals}, source, None)


@pytest.fixture(scope="module")
def together() -> PlanFutures:
    return futures(open_source(), Metal.COPPER, Metal.SILVER)


@pytest.fixture(scope="module")
def joint(together: PlanFutures) -> Lattice:
    return together.lattice(6)


def test_nothing_is_expected_to_move_but_the_spread(joint: Lattice) -> None:
    for stage, rows in enumerate(joint.transition):
        here, after = (anchors(joint.series, joint.values[t]) for t in (stage, stage + 1))
        assert rows @ after == pytest.approx(here, rel=1e-9)


def test_every_metal_stands_in_dollars_per_tonne(together: PlanFutures, joint: Lattice) -> None:
    newest = open_source().read(["lbma.silver.price"])["value"][-1]
    silver = newest * 1e6 / 31.1034768  # troy ounces in a tonne
    assert together.price_usd_per_t[Metal.SILVER] == pytest.approx(silver, rel=1e-12)
    assert joint.values[0][0, joint.column("silver_cash_usd_per_t")] == pytest.approx(silver, rel=1e-12)
    assert joint.metals == ("copper", "silver")
    assert together.assumptions == ("Q33", "Q34", "Q39")


def test_a_metal_with_one_price_is_squeezed_as_assumed(joint: Lattice) -> None:
    """1.5 % a month from calm, half of squeezes end a month: after six months 0.015/0.515 · (1 − 0.485⁶) = 2.9 %."""
    silver = joint.metals.index("silver")
    share = float(joint.probabilities()[6] @ joint.regime[6][:, silver])
    assert share == pytest.approx(0.015 / 0.515 * (1 - 0.485**6), abs=0.01)
    cash, distance = (joint.column(f"silver_cash_{what}usd_per_t") for what in ("", "minus_three_month_"))
    for values, regime in zip(joint.values, joint.regime, strict=True):
        high, low = regime[:, silver] == 1, regime[:, silver] == 0
        shares = values[:, distance] / values[:, cash]
        assert (shares[high] > 0.02).all()
        assert (shares[low] < 0.0).all()


def test_more_squeezes_are_more_squeezes_at_the_same_price(together: PlanFutures, joint: Lattice) -> None:
    often = together.lattice(6, 3.0)
    for metal in range(2):
        before, after = (float(one.probabilities()[6] @ one.regime[6][:, metal]) for one in (joint, often))
        assert after > 1.5 * before
    assert often.values[0] == pytest.approx(joint.values[0])


def test_the_same_question_gives_the_same_bits(together: PlanFutures, joint: Lattice) -> None:
    again = together.lattice(6)
    assert all((a == b).all() for a, b in zip(again.values, joint.values, strict=True))
    assert all((a == b).all() for a, b in zip(again.transition, joint.transition, strict=True))


def test_without_daily_history_the_quick_chain_stands_in_and_says_so() -> None:
    found = futures(Months(), Metal.SILVER)
    assert "Q35" in found.assumptions
    lattice = found.lattice(4)
    assert lattice.series[0] == "silver_cash_usd_per_t"
    assert [len(values) for values in lattice.values] == [1, 8, 8, 8, 8]
    assert found.evidence[0].id == "worldbank.silver.price"


def test_metals_without_shared_days_cannot_be_planned_together() -> None:
    with pytest.raises(InputRejected) as caught:
        futures(Months(), Metal.COPPER, Metal.SILVER)
    assert "its own store" in caught.value.text("en")
    assert "倉儲" in caught.value.text("zh-TW")


def test_metals_that_move_together_do_so_in_the_lattice(together: PlanFutures, joint: Lattice) -> None:
    assert together.market is not None
    moves = together.market.innovations[:, :, 0]
    expected = np.corrcoef(moves.T)[0, 1]
    chance = joint.probabilities()[6]
    logs = np.log(anchors(joint.series, joint.values[6]))
    logs -= chance @ logs
    cross = (chance[:, None] * logs).T @ logs
    assert cross[0, 1] / np.sqrt(cross[0, 0] * cross[1, 1]) == pytest.approx(expected, abs=0.15)
