"""The itemised statement: figures by hand, Incoterms, zones, drawback, what changed and which law did it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.facts.load import load_facts
from tomnext.landed_cost.basis import price_of_period, quotational_period
from tomnext.landed_cost.changes import compared
from tomnext.landed_cost.conversion import chain, convert
from tomnext.landed_cost.finance import interest
from tomnext.landed_cost.free_zone import treatment
from tomnext.landed_cost.freight import insurance_premium
from tomnext.landed_cost.statement import Group, Rate, Rates, Statement
from tomnext.studies.landed_cost import LandedReport, landed_costs, landed_rules
from tomnext.studies.shipment_file import ShipmentFile, ShipmentRow, read_shipments
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import FactMissing, InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text

DECEMBER, MAY = date(2025, 12, 1), date(2026, 5, 1)
WIRE: dict[str, object] = {
    "name": "wire", "code": "7408.11.60", "origin": "CN", "destination": "US", "metal": "copper", "mass_t": 20,
    "price_per_t": 10_000, "incoterm": "FOB", "freight_per_t": 100, "by_sea": True, "transit_days": 0,
}  # fmt: skip
FOIL: dict[str, object] = {
    "name": "foil", "code": "7607.11.90", "origin": "TW", "destination": "DE", "metal": "aluminium", "mass_t": 24,
    "price_per_t": 4_000, "incoterm": "FOB", "freight_per_t": 130, "transit_days": 0,
}  # fmt: skip
EURO = {"eur": {"usd_per_unit": 1.2, "on": "2026-05-01"}}


def report(*rows: Mapping[str, object], on: date = MAY, against: date | None = None, **more: object) -> LandedReport:
    placed = tuple(ShipmentRow(Text(f"row {i}", f"第 {i} 列"), row) for i, row in enumerate(rows, start=1))
    stated = {key: more.pop(key) for key in ("known_on", "statuses") if key in more}
    return landed_costs(ShipmentFile(placed, more, EURO), on, against, **stated)  # type: ignore[arg-type]


def statement(row: Mapping[str, object], on: date = MAY, **more: object) -> Statement:
    found = report(row, on=on, **more)
    assert not found.rejected, [str(one.error) for one in found.rejected]
    return found.priced[0].statement


def amounts(one: Statement) -> dict[str, float]:
    return {line.key: line.amount for line in one.lines}


def test_copper_wire_from_china_by_hand() -> None:
    """20 t at 10,000 FOB, freight 2,000 outside the US value: MFN 3 %, S232 50 %, S301 25 % of 200,000 (May 2026)."""
    one = statement(WIRE)
    assert amounts(one) == {
        "metal": 200_000,
        "freight": 2_000,
        "duty/us/mfn/column_1": pytest.approx(6_000),
        "duty/us/s232/metals/annex_1a_copper": pytest.approx(100_000),
        "duty/us/s301/list_3": pytest.approx(50_000),
        "fee/merchandise_processing_fee": pytest.approx(651.5),
        "fee/harbor_maintenance_fee": pytest.approx(250),
    }
    assert one.customs_value == 200_000
    assert one.total == pytest.approx(358_901.5)
    assert one.per_t == pytest.approx(358_901.5 / 20)


def test_foil_into_hamburg_by_hand() -> None:
    """EU values include the way: VAT 19 % of 96,000 + 3,120; CBAM 1.01345 t × 75.28 × 24 t × 1.2 USD a euro."""
    one = statement(FOIL)
    got = amounts(one)
    assert one.customs_value == pytest.approx(99_120)
    assert got["tax/vat"] == pytest.approx(0.19 * 99_120)
    assert got["tax/vat_recovered"] == -got["tax/vat"]
    assert got["carbon/eu/cbam"] == pytest.approx(1.01345 * 75.28 * 24 * 1.2)
    assert [gap.key for gap in one.unknown if gap.key != "customs_duty"] == []


def test_lines_carry_their_law() -> None:
    for line in statement(WIRE).lines:
        if line.group in (Group.DUTY, Group.FEE):
            assert line.citation
            assert line.in_force_from
            assert line.rate is not None
            assert line.base_amount is not None
            assert isclose(line.own_amount, line.rate / 100 * line.base_amount, rel_tol=1e-12)


@settings(deadline=None, max_examples=25)
@given(
    price=st.floats(500, 60_000),
    mass=st.floats(0.1, 5_000),
    freight=st.floats(0, 900),
    insured=st.floats(0, 3),
    money=st.floats(0, 20),
    days=st.floats(0, 120),
    origin=st.sampled_from(["CN", "TW", "MX", "RU", "DE"]),
    term=st.sampled_from(["EXW", "FOB", "CIF", "DAP", "DDP"]),
)
def test_lines_sum_to_the_total_and_changes_to_the_difference(
    price: float, mass: float, freight: float, insured: float, money: float, days: float, origin: str, term: str
) -> None:
    row = {
        **WIRE, "price_per_t": price, "mass_t": mass, "freight_per_t": freight, "insurance_pct": insured,
        "finance_pct": money, "transit_days": days, "origin": origin, "incoterm": term,
    }  # fmt: skip
    priced = report(row, against=DECEMBER).priced[0]
    one, comparison = priced.statement, priced.comparison
    assert comparison is not None
    assert isclose(sum(line.amount for line in one.lines), one.total, rel_tol=1e-9)
    assert isclose(sum(one.of(group) for group in Group), one.total, rel_tol=1e-9)
    scale = 1e-9 * one.total
    assert abs(sum(change.difference for change in comparison.changes) - comparison.difference) < scale
    for change in comparison.changes:
        assert abs(change.by_law + change.by_base + change.by_currency - change.difference) < scale


@pytest.mark.parametrize(
    ("term", "freight_line", "value"),
    [
        ("EXW", 2_000, 200_000 + 600),
        ("FOB", 2_000, 200_000),
        ("CFR", None, 200_000 - 1_600),
        ("CIF", None, 200_000 - 1_600),
        ("DAP", None, 200_000 - 1_600),
    ],
)
def test_incoterm_decides_who_pays_the_way_and_what_customs_value(
    term: str, freight_line: float | None, value: float
) -> None:
    """The United States leaves freight out (19 USC 1401a(b)(4)(A)) and takes back what a C or D price holds."""
    row = {**WIRE, "incoterm": term, "origin_charges_per_t": 30, "freight_in_price_per_t": 80}
    one = statement(row)
    assert amounts(one).get("freight") == freight_line
    assert one.customs_value == pytest.approx(value)


def test_ddp_leaves_the_border_to_the_seller() -> None:
    one = statement({**WIRE, "incoterm": "DDP"})
    assert set(amounts(one)) == {"metal"}
    assert "DDP" in one.not_charged[0].why.en


def test_insurance_insures_its_own_premium() -> None:
    """110 % of CIF: I = r × 1.1 × (C + F + I)."""
    premium = insurance_premium(202_000, 0.12)
    assert premium == pytest.approx(0.0012 * 1.1 * (202_000 + premium), rel=1e-12)
    assert amounts(statement({**WIRE, "insurance_pct": 0.12}))["insurance"] == pytest.approx(premium)


def test_interest_counts_actual_days_over_360() -> None:
    assert interest(202_000, 6, 45) == pytest.approx(202_000 * 0.06 * 45 / 360)
    one = statement({**WIRE, "finance_pct": 6, "transit_days": 30, "storage_days": 15})
    assert amounts(one)["finance/transit"] == pytest.approx(1_515)
    assert one.days == 45


def test_missing_rate_of_exchange_is_an_error_never_a_guess() -> None:
    found = report({**WIRE, "price_currency": "gbp"})
    error = found.rejected[0].error
    assert isinstance(error, InputRejected)
    assert "GBP" in error.text("en")
    assert "usd_per_unit" in error.text("zh-TW")
    assert Rates([Rate("twd", 1 / 32, MAY, Nature.ASSUMED, "x")]).between("usd", "twd") == pytest.approx(32)


def test_stated_rate_of_another_day_is_named() -> None:
    file = ShipmentFile((ShipmentRow(Text("1", "1"), FOIL),), {}, {"eur": {"usd_per_unit": 1.1, "on": "2025-01-31"}})
    one = landed_costs(file, MAY).priced[0].statement
    assert any("2025-01-31" in text.en for text in one.defaults)


@pytest.mark.parametrize(
    ("quotation", "first", "last"),
    [
        ("day", date(2025, 12, 15), date(2025, 12, 15)),
        ("M", date(2025, 12, 1), date(2025, 12, 31)),
        ("M+1", date(2026, 1, 1), date(2026, 1, 31)),
        ("m-10", date(2025, 2, 1), date(2025, 2, 28)),
    ],
)
def test_quotational_periods(quotation: str, first: date, last: date) -> None:
    assert quotational_period(quotation, date(2025, 12, 15)) == (first, last)


def test_a_period_is_averaged_and_never_completed_by_guess() -> None:
    points = [(date(2026, 1, day), 100.0 + day) for day in (5, 12, 19, 30)]
    quoted = price_of_period(points, "M+1", date(2025, 12, 15))
    assert (quoted.value, quoted.days) == (100 + (5 + 12 + 19 + 30) / 4, 4)
    with pytest.raises(ObservationMissing):
        price_of_period(points[:3], "M+1", date(2025, 12, 15))
    with pytest.raises(ObservationMissing):
        price_of_period(points, "day", date(2026, 3, 1))
    assert price_of_period(points, "day", date(2026, 2, 3)).last == date(2026, 1, 30)
    with pytest.raises(InputRejected):
        quotational_period("Q1", MAY)


def test_price_of_a_month_as_known_then() -> None:
    """May 2026's average cannot be had on 10 May 2026."""
    row = {key: value for key, value in WIRE.items() if key != "price_per_t"}
    assert statement(row, on=date(2026, 5, 10)).lines[0].rate == pytest.approx(13_543.19)
    early = report({**row, "quotation": "M"}, on=date(2026, 5, 10), known_on=date(2026, 5, 10))
    assert isinstance(early.rejected[0].error, ObservationMissing)


def test_a_row_that_names_no_price_takes_the_last_known_and_says_so() -> None:
    row = {key: value for key, value in WIRE.items() if key != "price_per_t"}
    one = statement(row, on=date(2026, 11, 22))
    assert one.lines[0].rate == pytest.approx(13_543.19)
    assert one.lines[0].nature is Nature.ASSUMED
    assert any("L55" in text.en for text in one.defaults)
    asked = report({**row, "price_basis": "worldbank.copper.price"}, on=date(2026, 11, 22))
    assert isinstance(asked.rejected[0].error, ObservationMissing)


@pytest.mark.parametrize(
    ("case", "charge", "effect"),
    [
        ("stored", "customs_duty", "exempts"), ("reexport", "vat", "exempts"),
        ("stored", "trade_promotion_fee", "exempts"),
        ("domestic", "customs_duty", "charges"), ("supplied", "vat", "zero_rates"), ("income", "income_tax", "exempts"),
        ("income", "vat", "unknown"),
    ],
)  # fmt: skip
def test_kaohsiung_free_zone(case: str, charge: str, effect: str) -> None:
    rules = [one for one in landed_rules(load_facts()).zones if one.id.startswith("free_zone/tw/")]
    found = treatment(charge, case, rules, MAY)
    assert found.effect == effect
    if charge == "income_tax":
        assert found.until == date(2042, 12, 31)


def test_the_ten_percent_cap_belonged_to_the_old_text() -> None:
    rules = [one for one in landed_rules(load_facts()).zones if "29_1" in one.id]
    assert "10 %" in treatment("income_tax", "income", rules, date(2019, 1, 15)).who.en
    assert "no cap" in treatment("income_tax", "income", rules, date(2019, 1, 16)).who.en


def test_metal_in_the_zone_owes_nothing_until_it_is_released() -> None:
    row = {**WIRE, "code": "7403.11.00", "origin": "CL", "destination": "TW", "zone": "tw/ftz", "zone_case": "stored"}
    stored = statement(row)
    assert {one.key for one in stored.not_charged} >= {"customs_duty", "vat", "trade_promotion_fee"}
    assert "tax/vat" not in amounts(stored)
    released = statement({**row, "zone_case": "domestic"})
    assert amounts(released)["tax/vat"] > 0
    assert amounts(released)["fee/trade_promotion_fee"] == pytest.approx(0.0004 * 202_000)


def test_a_us_zone_keeps_the_rate_of_the_day_of_admission() -> None:
    """Admitted on 1 December 2025 in privileged foreign status, entered in May 2026: fentanyl 10 % still stands."""
    row = {**WIRE, "zone": "us/ftz", "zone_case": "domestic", "zone_admitted_on": "2025-12-01"}
    assert "duty/us/ieepa/fentanyl_china" in amounts(statement(row))
    assert "duty/us/ieepa/fentanyl_china" not in amounts(statement(WIRE))
    assert statement({**row, "zone_case": "reexport"}).of(Group.DUTY) == 0


def test_drawback_returns_what_the_law_returns() -> None:
    one = statement({**WIRE, "drawback": True})
    back = {line.key: line.amount for line in one.lines if line.group is Group.REFUND}
    assert back["drawback/duty/us/s301/list_3"] == pytest.approx(-0.99 * 50_000)
    assert back["drawback/duty/us/mfn/column_1"] == pytest.approx(-0.99 * 6_000)
    assert "drawback/duty/us/s232/metals/annex_1a_copper" not in back
    assert any(gap.key == "drawback/duty/us/s232/metals/annex_1a_copper" for gap in one.not_charged)


def test_what_changed_between_december_and_may_for_china() -> None:
    """At one price: the fentanyl 10 % went, S232 moved from copper content to full value at the same 50 %."""
    comparison = report(WIRE, against=DECEMBER).priced[0].comparison
    assert comparison is not None
    changes = {change.key: change for change in comparison.changes}
    gone = changes["duty/us/ieepa/fentanyl_china"]
    assert gone.by_law == pytest.approx(-20_000)
    assert gone.since == date(2026, 2, 23)
    assert "struck down" in gone.why.en
    assert comparison.by_law == pytest.approx(-20_000)
    assert set(changes) == {"duty/us/ieepa/fentanyl_china", "duty/us/s232/metals/annex_1a_copper"}
    moved = changes["duty/us/s232/metals/annex_1a_copper"]
    assert (moved.difference, moved.since) == (0, date(2026, 4, 6))
    assert "11021" in str(moved.citation)


def test_a_law_that_took_anothers_place_at_the_same_amount_is_named() -> None:
    """Taiwan's wire paid 50 % in December and in May: no more to pay, but by Proclamation 11021, not 10962."""
    comparison = report({**WIRE, "origin": "TW"}, against=DECEMBER).priced[0].comparison
    assert comparison is not None
    assert comparison.difference == 0
    assert [change.why.en for change in comparison.changes] == ["replaces Copper duty on the copper content"]


def test_partial_copper_content_shows_the_april_rewrite() -> None:
    """At 60 % copper: 50 % on content (plus 10 % S122 on the rest to April) became 50 % on the full value."""
    row = {**WIRE, "origin": "TW", "metal_shares": {"copper": 0.6}}
    comparison = report(row, against=date(2026, 3, 15)).priced[0].comparison
    assert comparison is not None
    changes = {change.key: change for change in comparison.changes}
    moved = changes["duty/us/s232/metals/annex_1a_copper"]
    assert (moved.before, moved.after) == (pytest.approx(60_000), pytest.approx(100_000))
    assert moved.why.en.startswith("replaces")
    assert moved.since == date(2026, 4, 6)
    assert changes["duty/us/s122/surcharge"].by_law == pytest.approx(-0.1 * 80_000)
    assert (moved.by_law, moved.by_base) == (pytest.approx(40_000), pytest.approx(0))
    assert comparison.by_law == pytest.approx(comparison.difference)


def test_law_that_moved_the_base_is_told_apart_from_a_dearer_metal() -> None:
    """Price 10,000 → 12,000 at 60 % copper: 40,000 by law on the old value, 20,000 more because the metal is dearer."""
    row = {**WIRE, "origin": "TW", "metal_shares": {"copper": 0.6}}
    before = statement(row, on=date(2026, 3, 15))
    after = statement({**row, "price_per_t": 12_000})
    moved = {one.key: one for one in compared(before, after).changes}["duty/us/s232/metals/annex_1a_copper"]
    assert moved.by_law == pytest.approx(40_000)
    assert moved.by_base == pytest.approx(0.5 * (after.customs_value - before.customs_value))
    assert moved.by_law + moved.by_base + moved.by_currency == pytest.approx(moved.difference)


def test_price_and_law_are_told_apart() -> None:
    before = statement(WIRE, on=DECEMBER)
    after = statement({**WIRE, "price_per_t": 12_000})
    changes = {change.key: change for change in compared(before, after).changes}
    metal, s301 = changes["metal"], changes["duty/us/s301/list_3"]
    assert (metal.by_law, metal.by_base) == (0, pytest.approx(40_000))
    assert (s301.by_law, s301.by_base) == (pytest.approx(0), pytest.approx(10_000))
    assert changes["duty/us/s232/metals/annex_1a_copper"].by_law == pytest.approx(0)


def test_carbon_appears_with_the_year() -> None:
    comparison = report(FOIL, on=date(2026, 1, 1), against=date(2025, 12, 31)).priced[0].comparison
    assert comparison is not None
    carbon = next(change for change in comparison.changes if change.key == "carbon/eu/cbam")
    assert carbon.by_law == pytest.approx(carbon.after)
    assert carbon.since == date(2026, 1, 1)


def test_known_on_cannot_see_a_duty_not_yet_announced() -> None:
    """The 10 % fentanyl rate was ordered on 4 November 2025: in July a buyer expected the 20 % to go on."""
    hindsight = statement(WIRE, on=DECEMBER)
    july = statement(WIRE, on=DECEMBER, known_on=date(2025, 7, 1))
    assert hindsight.of(Group.DUTY) != july.of(Group.DUTY)
    assert "duty/us/s232/copper" not in amounts(july)


def test_proposed_duties_enter_only_when_asked() -> None:
    row = {**WIRE, "code": "7403.11.00", "origin": "CL"}
    later = date(2027, 3, 1)
    asked = statement(row, on=later, statuses=IN_FORCE | {Status.PROPOSED})
    assert asked.of(Group.DUTY) - statement(row, on=later).of(Group.DUTY) == pytest.approx(0.15 * 200_000)


def test_conversion_chain_costs_yields_and_days() -> None:
    """Bar to grain to powder by hand: 1 t × 0.999 × 0.97; cost per ounce of what comes out."""
    facts = [one for one in landed_rules(load_facts()).conversions if one.id.startswith("conversion/silver/")]
    steps = convert(chain("bar", "powder", facts, MAY), 1.0, 1_000_000.0, MAY)
    assert [round(step.out_t, 6) for step in steps] == [0.999, 0.96903]
    assert steps[0].cost_usd == pytest.approx(0.999 * 32150.7466 * 0.15, rel=1e-6)
    assert steps[1].scrap_value_usd == pytest.approx((0.999 - 0.96903) * 1e6 * 0.96, rel=1e-9)
    assert all(step.evidence.nature is Nature.ASSUMED for step in steps)
    with pytest.raises(FactMissing) as caught:
        chain("bar", "wire", facts, MAY)
    assert caught.value.nearest == ("grain", "powder")


def test_yield_raises_the_cost_of_a_usable_tonne() -> None:
    row = {**WIRE, "code": "7403.11.00", "form": "cathode", "use_form": "wire", "origin": "CL"}
    one = statement(row)
    assert one.usable_t == pytest.approx(20 * 0.998 * 0.985)
    assert one.per_t == pytest.approx(one.total / one.usable_t)


def test_friend_shore_premium_makes_both_lanes_cost_the_same() -> None:
    friend = {**WIRE, "origin": "TW", "name": "friend", "finance_pct": 6, "transit_days": 20, "insurance_pct": 0.2}
    found = report(friend, WIRE, friends=["TW"])
    (premium,) = found.lanes[0].premiums
    assert premium.gap_per_t > 0
    dearer = report({**friend, "premium_per_t": premium.premium_per_t}).priced[0].statement
    other = found.priced[1].statement
    assert dearer.per_t == pytest.approx(other.per_t, rel=1e-9)
    assert [rank.statement.name for rank in found.lanes[0].ranks] == ["friend", "wire"]


def test_one_bad_row_is_named_and_the_rest_are_priced() -> None:
    bad = [
        {**WIRE, "code": "7408.11"}, {**WIRE, "incoterm": "FOT"}, {**WIRE, "mass_t": "20 t"}, {**WIRE, "freigth": 3},
        {**WIRE, "metal_shares": {"copper": 1.4}}, {**WIRE, "origin": ""}, {**WIRE, "destination": "BR"},
        {**WIRE, "price_per_t": -3}, {**WIRE, "freight_per_t": None}, {**WIRE, "by_sea": "maybe"},
    ]  # fmt: skip
    found = report(WIRE, *bad)
    assert len(found.priced) == 1
    assert [one.where.en for one in found.rejected] == [f"row {number}" for number in range(2, 12)]
    for one in found.rejected:
        assert one.error.text("zh-TW") != one.error.text("en")
    assert "freight_per_t" in found.rejected[3].error.nearest
    assert "FOB" in str(found.rejected[1].error.expected)


def test_an_empty_origin_and_an_unknown_country_are_refused() -> None:
    found = report({**WIRE, "origin": "Narnia"})
    assert found.rejected[0].error.received == "Narnia"


HEAD = "name,code,origin,destination,metal,mass_t,price_per_t,incoterm,freight_per_t,transit_days"
LINE = "wire,7408.11.60,{origin},US,copper,{mass},10000,FOB,100,0"


def test_csv_and_workbook_read_like_toml(tmp_path: Path) -> None:
    import xlsxwriter

    lines = [
        HEAD,
        LINE.format(origin="CN", mass="20"),
        LINE.format(origin="CN", mass="x"),
        LINE.format(origin="TW", mass=20),
    ]
    plain = tmp_path / "shipments.csv"
    plain.write_text("\n".join(lines), encoding="utf-8-sig")
    chinese = tmp_path / "big5.csv"
    heading = "名稱,貨品碼,原產國,目的地,金屬,數量_公噸,單價,貿易條件,運費,在途天數"
    chinese.write_bytes("\n".join([heading, LINE.format(origin="中國", mass="20")]).encode("cp950"))
    book = tmp_path / "shipments.xlsx"
    with xlsxwriter.Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet("lanes")
        for number, line in enumerate(lines):
            cells = [float(cell) if cell.isdigit() else cell for cell in line.split(",")]
            sheet.write_row(number, 0, cells)
        defaults = workbook.add_worksheet("defaults")
        defaults.write_row(0, 0, ["key", "value"])
        defaults.write_row(1, 0, ["storage_days", 0])
    expected = statement(WIRE).total
    from_csv = landed_costs(read_shipments(plain), MAY)
    assert from_csv.priced[0].statement.total == pytest.approx(expected)
    assert from_csv.rejected[0].where.en == "shipments.csv, row 3"
    assert landed_costs(read_shipments(chinese), MAY).priced[0].statement.total == pytest.approx(expected)
    from_book = landed_costs(read_shipments(book), MAY)
    assert from_book.priced[0].statement.total == pytest.approx(expected)
    assert from_book.rejected[0].where.zh == "shipments.xlsx，工作表 lanes，第 3 列"
    assert len(from_book.priced) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"%PDF-1.4"), ("a.toml", b"[[shipment]\n"), ("a.toml", b"[cargo]\nx=1\n"), ("a.csv", b"x,y\n1,2\n"),
     ("a.xlsx", b"not a workbook at all, really")],
)  # fmt: skip
def test_files_that_are_no_shipments_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    from tomnext.vocabulary.errors import TomnextError

    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(TomnextError) as caught:
        read_shipments(file)
    assert caught.value.text("zh-TW")


def test_a_statement_names_every_default_it_took() -> None:
    row = {key: value for key, value in WIRE.items() if key not in ("price_per_t", "transit_days", "by_sea")}
    said = " ".join(text.en for text in statement(row).defaults)
    for word in ("worldbank.copper.price", "period M", "by sea", "L53", "not insured", "no interest"):
        assert word in said


def test_a_statement_is_linear_in_mass_until_a_fee_meets_its_limit() -> None:
    small, large = statement({**WIRE, "mass_t": 1}), statement({**WIRE, "mass_t": 10})
    for line in small.lines:
        if line.group is not Group.FEE:
            twin = next(one for one in large.lines if one.key == line.key)
            assert twin.amount == pytest.approx(10 * line.amount)


def test_reading_the_same_twice_gives_the_same() -> None:
    assert statement(WIRE) == replace(statement(WIRE))


def test_a_value_rule_from_memory_is_marked() -> None:
    assert any("recalled" in text.en for text in statement(FOIL).defaults)
    assert not any("recalled" in text.en for text in statement(WIRE).defaults)


def test_weak_facts_are_marked_in_the_lines_that_use_them() -> None:
    """Low confidence or recall in a line always shows as assumed."""
    for row in (WIRE, FOIL, {**WIRE, "code": "7106.91.10", "metal": "silver", "form": "bar", "use_form": "powder"}):
        for on in (DECEMBER, MAY, date(2027, 6, 1)):
            for line in statement(row, on=on).lines:
                assert line.confidence not in ("low", "recall") or line.nature is Nature.ASSUMED, line.key
