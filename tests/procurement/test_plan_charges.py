"""What the plan charges a lane is what the landed-cost statement of the same shipment says, to the cent and the law."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tomnext.procurement.price_chain import PriceWalk, price_lattice
from tomnext.studies.company_file import company_from
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.landed_cost import landed_costs
from tomnext.studies.plan_blocks import late_a_month, planned_block
from tomnext.studies.plan_charges import Charged, Law, charges_of, proposed_of
from tomnext.studies.plan_lattice import plan_futures
from tomnext.studies.plan_prices import price_view
from tomnext.studies.plan_problem import problem_of
from tomnext.studies.plan_what_if import changes
from tomnext.studies.shipment_file import ShipmentFile, ShipmentRow
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

EXAMPLES = Path(__file__).parents[2] / "examples"
MAY = date(2026, 5, 1)
PRICES = {Metal.COPPER: 13_000.0, Metal.SILVER: 2_700_000.0, Metal.ALUMINIUM: 3_000.0}


def raw_of(name: str) -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))


def charged(sheet: CompanySheet, first: date = MAY, months: int = 3, known_on: date = date(2026, 5, 29)) -> Charged:
    return charges_of(sheet, sheet.lane, first, months, Law(known_on, open_source()), PRICES)


# What each lane's shipment is in the words of `tomnext landed`, written by hand from the sheets.
STATED: dict[str, tuple[str, dict[str, Any]]] = {
    "Chile cathode": ("cable", {"code": "7403.11", "origin": "CL", "destination": "TW", "metal": "copper",
        "mass_t": 1500, "premium_per_t": 95, "freight_per_t": 85, "duty_pct": 0}),
    "Japan cathode": ("cable", {"code": "7403.11", "origin": "JP", "destination": "TW", "metal": "copper",
        "mass_t": 1500, "premium_per_t": 130, "freight_per_t": 35, "duty_pct": 0}),
    "Taiwan strip to US": ("server-connector", {"code": "7409.11.50", "origin": "TW", "destination": "US",
        "metal": "copper", "mass_t": 40, "premium_per_t": 2100, "freight_per_t": 240}),
    "Japan powder": ("silver-paste", {"code": "7106.10", "origin": "JP", "destination": "TW", "metal": "silver",
        "mass_t": 3, "premium_per_t": 3.60 * 32150.746568627982, "freight_per_t": 6000, "duty_pct": 0,
        "by_sea": False}),
}  # fmt: skip


@pytest.mark.parametrize("lane", STATED)
def test_the_plans_landed_price_is_the_statements(lane: str) -> None:
    name, cells = STATED[lane]
    sheet = company_from(raw_of(name))
    metal = Metal.named(cells["metal"])
    row = ShipmentRow(Text(lane, lane), cells | {"name": lane, "incoterm": "FOB", "price_per_t": PRICES[metal]})
    file = ShipmentFile((row,), {}, {"twd": {"usd_per_unit": 1 / 31.5, "on": MAY}})
    statement = landed_costs(file, MAY, known_on=date(2026, 5, 29), source=open_source()).priced[0].statement
    found = charged(sheet, months=4)
    now = next(one for one in found.shipments if one.lane == lane)
    assert now.usd_per_t == pytest.approx(statement.per_t, rel=1e-9)
    walk = PriceWalk(metal.value, PRICES[metal], 0.06, 0.015, 0.5, 0.05, -0.004, 0.03)
    block = planned_block(sheet, (metal,), price_lattice(walk, 4, 2), found.by_lane).block
    number = next(k for k, one in enumerate(block.lanes) if one.name == lane)
    quoted = [
        float(offer.order_usd_per_t_by_node[0][0])
        / sum(share * block.monthly_discount**wait for wait, share in offer.parts)
        for offer in block.offers
        if offer.lane == number and offer.name.endswith("spot")
    ]
    quoted += [
        float(pipe.arrival_usd_per_t_by_node[0][0])
        for pipe in block.pipelines
        if pipe.lane == number and pipe.name.endswith("average")
    ]
    assert quoted == pytest.approx([statement.per_t] * len(quoted), rel=1e-9)
    assert quoted


def test_copper_strip_into_the_united_states_by_hand() -> None:
    """15,100 USD of price and premium: 1 % MFN, 50 % Section 232, 0.125 % harbour fee; the processing fee of an entry
    of 40 t (604,000 USD) is capped at 651.50 USD; freight is outside the American customs value."""
    found = charged(company_from(raw_of("server-connector")))
    now = next(one for one in found.shipments if one.lane == "Taiwan strip to US")
    assert now.usd_per_t == pytest.approx(15_100 * (1 + 0.01 + 0.50 + 0.00125) + 240 + 651.50 / 40, rel=1e-9)
    law = [one for one in found.evidence if one.id.startswith("tariff/us/s232/metals/")]
    assert law
    assert all(one.source for one in law)


def test_a_fee_without_a_rate_for_next_year_stays_as_it_is() -> None:
    """The processing fee of fiscal 2027 was not out in May 2026: an entry of January 2027 is charged that of 2026."""
    charges = charged(company_from(raw_of("server-connector")), months=8).by_lane["Taiwan strip to US"]
    assert charges.border_usd_per_t[8] == pytest.approx(651.50 / 40, rel=1e-6)


def aluminium_foil(**lane: Any) -> CompanySheet:
    return company_from({
        "company": {"name": "x", "imports_to": "DE"}, "money": {"finance_rate_pct": 4, "rates": {"EUR": 0.9}},
        "metal": [{"metal": "aluminium", "form": "foil", "use_per_month": "20 t/month",
                   "stopped_line_cost": "9000 USD/t"}],
        "lane": [{"name": "Taiwan foil", "form": "foil", "origin": "TW", "hs_code": "7607.11.90",
                  "premium": "1500 USD/t", "freight": "130 USD/t", "capacity_per_month": "30 t/month",
                  "lead_time_days": 50} | lane],
        "store": [{"name": "s", "forms": ["foil"], "limit": "90 t", "cost_per_month": "5 USD/t/month"}],
    })  # fmt: skip


def test_carbon_at_the_unions_border_follows_its_calendar() -> None:
    """The border charge rises with the year: 2.5 % of free allocation is gone in 2026, 5 % in 2027."""
    found = charged(aluminium_foil(duty_pct=7.5), date(2026, 9, 1), 6, date(2026, 9, 15))
    charges = found.by_lane["Taiwan foil"].border_usd_per_t
    lines = {line.key: line for line in found.shipments[0].statement.lines}  # type: ignore[union-attr]
    # (1.265 − 0.258 · 0.975) tCO2e of Taiwanese foil at 75.28 EUR, the last price out by then, at 0.9 EUR a dollar
    assert lines["carbon/eu/cbam"].amount / 20 == pytest.approx((1.265 - 0.258 * 0.975) * 75.28 / 0.9, rel=1e-6)
    assert charges[4] > charges[3]
    assert charges[0] == pytest.approx(charges[3])


def test_a_stated_carbon_cost_takes_the_place_of_the_looked_up_one() -> None:
    looked_up = charged(aluminium_foil(duty_pct=7.5), date(2026, 9, 1), 3, date(2026, 9, 15))
    stated = charged(aluminium_foil(duty_pct=7.5, carbon_cost="9 EUR/t"), date(2026, 9, 1), 3, date(2026, 9, 15))
    carbon = next(
        line.amount / 20
        for line in looked_up.shipments[0].statement.lines  # type: ignore[union-attr]
        if line.group == "carbon"
    )
    assert stated.shipments[0].usd_per_t == pytest.approx(looked_up.shipments[0].usd_per_t - carbon + 10, rel=1e-9)
    assert "sheet/Taiwan foil/carbon_cost" in {one.id for one in stated.evidence}


def test_law_that_was_not_known_is_not_charged() -> None:
    """Aluminium into the United States on 1 June 2025: 25 % by law of that spring, 10 % as known the year before."""
    sheet = aluminium_foil(lands_in="US")
    before = charged(sheet, date(2025, 6, 1), 1, date(2024, 12, 31)).by_lane["Taiwan foil"].duty_share
    after = charged(sheet, date(2025, 6, 1), 1, date(2025, 6, 30)).by_lane["Taiwan foil"].duty_share
    assert after[0] >= before[0] + 0.15 - 1e-9
    assert before[0] >= 0.10


def test_what_cannot_be_found_names_the_lane_and_the_field() -> None:
    with pytest.raises(InputRejected, match="Taiwan foil") as caught:
        charged(aluminium_foil(lands_in="KR"))
    assert "duty_pct" in caught.value.text("en")
    sheet = aluminium_foil(duty_pct=7.5)
    nameless = sheet.model_copy(update={"money": sheet.money.model_copy(update={"rates": {}})})

    class Empty:
        def read(self, *_: object, **__: object) -> object:
            return open_source().read(["fx.eurusd"], date(1990, 1, 1))

    with pytest.raises(InputRejected, match="EUR") as caught:
        charges_of(nameless, sheet.lane, date(2026, 9, 1), 1, Law(date(2026, 9, 15), Empty()), PRICES)  # type: ignore[arg-type]
    assert "money.rates" in caught.value.text("en")
    assert "money.rates" in caught.value.text("zh-TW")


def test_a_measure_only_proposed_is_a_question_and_not_a_charge() -> None:
    """Refined copper from Chile into the United States: 15 % put forward for 2027 are not charged yet."""
    raw = raw_of("cable")
    raw["company"] |= {"imports_to": "US", "months": 9}
    del raw["lane"][0]["duty_pct"]
    raw["lane"][0]["hs_code"] = "7403.11.00"
    raw |= {"lane": [raw["lane"][0], raw["lane"][2]], "measure": []}
    sheet = company_from(raw)
    asked = (sheet, sheet.lane[:1], MAY, 9, Law(date(2026, 5, 29), open_source()), PRICES)
    charged_now, proposed = charges_of(*asked).by_lane["Chile cathode"], proposed_of(*asked)
    gain = proposed.by_lane["Chile cathode"].duty_share - charged_now.duty_share
    assert gain == pytest.approx([0.0] * 8 + [0.15] * 2, abs=1e-9)  # January 2027 is eight months after May 2026
    assert [one.en for one in proposed.measures] == ["Refined copper, phased duty put forward but not enacted"]
    assert proposed.only_dearer
    early = proposed_of(*asked[:4], Law(date(2025, 7, 1), open_source()), PRICES)
    assert not early.by_lane
    view = price_view(Metal.COPPER, open_source())
    futures = plan_futures({Metal.COPPER: view}, open_source(), None)
    problem = problem_of(sheet, (Metal.COPPER,), futures, MAY, asked[4])
    questions = [one.what.en for one in changes(problem, None)]
    assert any("phased duty put forward" in one for one in questions)


def test_lateness_is_shared_out_over_the_months_of_the_way() -> None:
    """A fifth of deliveries over two months late: each month stands still with 1 − √0.8, so that 0.8 are on time."""
    sheet = company_from(raw_of("cable"))
    lane = sheet.lane[0].model_copy(update={"late_share": 0.2, "lead_time_days": 61.0})
    assert late_a_month(lane) == pytest.approx(1 - 0.8**0.5)
    assert late_a_month(lane.model_copy(update={"lead_time_days": 10.0})) == pytest.approx(0.2)


def test_a_month_frozen_is_that_month_for_ever() -> None:
    charges = charged(company_from(raw_of("server-connector"))).by_lane["Taiwan strip to US"]
    frozen = replace(charges).frozen(1, 5)
    assert frozen.duty_share.tolist() == [charges.duty_share[1]] * 5
    assert frozen.border_usd_per_t.tolist() == [charges.border_usd_per_t[1]] * 5
