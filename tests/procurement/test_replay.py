"""The replay: nobody sees later prices, nobody beats hindsight, the workbook reads back."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tomnext.faces.report.company_template import write_workbook
from tomnext.faces.report.company_toml import toml_template
from tomnext.observations.embedded import open_embedded
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_file import company_from, read_company
from tomnext.studies.plan_blocks import LaneCharges, planned_block
from tomnext.studies.plan_prices import price_view
from tomnext.studies.policy_replay import block_bootstrap, policy_replay
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal

EXAMPLE = Path(__file__).parents[2] / "examples" / "server-connector.toml"


def silver_only() -> dict[str, Any]:
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    return raw | {
        "metal": raw["metal"][1:], "stock": raw["stock"][1:], "lane": raw["lane"][2:], "store": raw["store"][1:],
        "hedge": raw["hedge"][1:], "transit": [], "measure": [],
    }  # fmt: skip


@pytest.mark.slow
def test_nobody_beats_hindsight_and_everyone_is_counted() -> None:
    replay = policy_replay(company_from(silver_only()), date(2024, 1, 1), date(2024, 2, 1), draws=1)[0]
    assert len(replay.months) == 2
    assert {one.policy for one in replay.policies} >= {"just_in_time", "cover_30_days", "newsvendor", "plan"}
    for one in replay.policies:
        assert one.regret_share >= -1e-9
        assert one.ci[0] <= one.ci[1]
    assert replay.plan_won == (replay.policies[-1].minus_jit < 0)


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
    day = date(2023, 12, 31)
    seen = price_view(Metal.COPPER, Planted(day), day).walk  # type: ignore[arg-type]
    assert seen == price_view(Metal.COPPER, open_embedded(), day).walk
    assert price_view(Metal.COPPER, Planted(day)).walk.price_usd_per_t == pytest.approx(1e9)  # type: ignore[arg-type]


def test_futures_of_the_past_cost_the_price_of_their_month() -> None:
    """Nobody was sold futures at next month's price: on the known path they settle against this month's."""
    prices = (100.0, 80.0, 120.0)
    values = tuple(np.array([[one]]) for one in prices)
    ones, calm = tuple(np.ones((1, 1)) for _ in prices[1:]), tuple(np.zeros((1, 1), dtype=np.int64) for _ in prices)
    past = Lattice(("silver_cash_usd_per_t",), values, ones, calm, ("silver",), (0, 21, 42))
    sheet = company_from(silver_only())
    charges = {lane.name: LaneCharges(np.zeros(3), np.zeros(3)) for lane in sheet.lane}
    block = planned_block(sheet, (Metal.SILVER,), past, charges, flat_forward=True).block
    hedge = block.hedges[0]
    assert [float(one[0]) for one in hedge.futures_usd_per_t_by_node] == list(prices)
    fixed = next(offer for offer in block.offers if offer.name == "Japan grain fixed")
    spot = next(offer for offer in block.offers if offer.name == "Japan grain spot")
    undiscounted = [
        float(one.order_usd_per_t_by_node[0][0]) / sum(part * block.monthly_discount**wait for wait, part in one.parts)
        for one in (fixed, spot)
    ]
    assert undiscounted[0] == pytest.approx(undiscounted[1])


def test_the_bootstrap_of_a_constant_is_the_constant() -> None:
    assert block_bootstrap(np.full(30, 2.0), np.random.default_rng(0)) == (60.0, 60.0)


def test_a_replay_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputRejected):
        policy_replay(company_from(silver_only()), date(2024, 5, 1), date(2024, 1, 1))


def test_templates_name_what_must_be_filled(tmp_path: Path) -> None:
    """An empty workbook and the TOML template are read back and refused for what is empty, not for their form."""
    book = tmp_path / "company.xlsx"
    write_workbook(book)
    with pytest.raises(InputRejected) as caught:
        read_company(str(book))
    assert "missing" in str(caught.value) or "empty" in str(caught.value)
    assert set(tomllib.loads(toml_template())) >= {"company", "money", "metal", "lane", "store"}
