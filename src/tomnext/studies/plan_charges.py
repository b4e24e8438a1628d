"""What a tonne of each lane costs beyond its price, month by month, from the landed-cost statement of that shipment.

The plan charges what the statement charges. A statement is very nearly a straight line in the metal's price (duty and
fees are shares of value, freight, carbon and duties on weight are not), so a month's statement at today's price and
its slope there say what any price costs landed; for this month and today's price the two agree exactly. Law is that
known on the plan's day, announced changes included.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from tomnext.facts.load import load_facts
from tomnext.landed_cost.statement import Group, NotCharged, Statement
from tomnext.observations.reading import Observations
from tomnext.studies.amounts import Price
from tomnext.studies.company_check import DOLLAR, metal_of_forms
from tomnext.studies.company_sheet import CompanySheet, LaneTable
from tomnext.studies.duty import country
from tomnext.studies.landed_cost import Question, landed_rules, statement_of
from tomnext.studies.plan_blocks import LaneCharges
from tomnext.studies.plan_prices import first_of_month
from tomnext.studies.shipment_file import ShipmentFile, ShipmentRow
from tomnext.studies.shipment_terms import EXCHANGE_RATES, ReadOnce, territory_of
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import FactMissing, InputRejected, TomnextError
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

FLOWN = frozenset((Metal.SILVER,))
"""Metals that travel by air (assumption Q30): no harbour fee."""
STEP_SHARE = 0.01
"""The step in price by which the slope of a statement is found."""
TARIFF = "customs_duty"


@dataclass(frozen=True)
class LaneShipment:
    """One lane's shipment of this month at today's price: USD per t at the gate, and the statement (none inland)."""

    lane: str
    usd_per_t: float
    statement: Statement | None

    def record(self) -> dict[str, object]:
        """The audit trail, JSON-ready: every line in USD per t with its law, and what could not be told."""
        lines = self.statement.lines if self.statement else ()
        mass = self.statement.mass_t if self.statement else 1.0
        return {
            "lane": self.lane,
            "usd_per_t": self.usd_per_t,
            "lines": [
                {
                    "item": one.key, "group": one.group.value, "label": {"en": one.label.en, "zh-TW": one.label.zh},
                    "usd_per_t": one.amount / mass, "citation": one.citation, "nature": one.nature.value,
                }
                for one in lines
            ],
            "unknown": [_noted(one) for one in (self.statement.unknown if self.statement else ())],
        }  # fmt: skip


@dataclass(frozen=True)
class Charged:
    """Charges of every lane by name, what they rest on, and this month's shipments."""

    by_lane: dict[str, LaneCharges]
    evidence: tuple[Evidence, ...]
    shipments: tuple[LaneShipment, ...] = ()


@dataclass(frozen=True)
class Proposed:
    """Measures put forward by the plan's day that would change what lanes are charged, and those lanes' charges then.

    ``only_dearer``: no lane would be charged less in any month.
    """

    measures: tuple[Text, ...]
    by_lane: dict[str, LaneCharges]
    only_dearer: bool


@dataclass(frozen=True)
class Law:
    """The law a plan is made under: as known on a day, with which standings, and where exchange rates are read."""

    known_on: date
    source: Observations
    statuses: frozenset[Status] = IN_FORCE


def charges_of(
    sheet: CompanySheet,
    lanes: Sequence[LaneTable],
    first: date,
    months: int,
    law: Law,
    price_usd_per_t: Mapping[Metal, float],
) -> Charged:
    """What the border takes on each lane for the month ``first`` and ``months`` after it.

    ``price_usd_per_t``: today's exchange price by metal. Raises InputRejected, with the field to fill in, where a
    duty, a carbon charge or an exchange rate cannot be found.
    """
    days = [first_of_month(first, later) for later in range(months + 1)]
    asking = _Asking(sheet, law, price_usd_per_t, days[0])
    by_lane: dict[str, LaneCharges] = {}
    evidence: dict[str, Evidence] = {}
    shipments = []
    for lane in lanes:
        by_lane[lane.name], now = asking.lane(lane, days)
        shipments.append(now)
        noted = now.statement.evidence if now.statement else ()
        evidence |= {one.id: one for one in (*noted, *_stated(lane)) if not one.id.startswith("user/")}
    return Charged(by_lane, tuple(evidence.values()), tuple(shipments))


def proposed_of(
    sheet: CompanySheet,
    lanes: Sequence[LaneTable],
    first: date,
    months: int,
    law: Law,
    price_usd_per_t: Mapping[Metal, float],
) -> Proposed:
    """What would change if every proposal known on the plan's day came into force as it stands; see charges_of."""
    days = [first_of_month(first, later) for later in range(months + 1)]
    now = _Asking(sheet, law, price_usd_per_t, first)
    then = _Asking(sheet, replace(law, statuses=law.statuses | {Status.PROPOSED}), price_usd_per_t, first)
    by_lane, gains = {}, []
    for lane in lanes:
        before, after = now.lane(lane, days)[0], then.lane(lane, days)[0]
        gain = [after.duty_share - before.duty_share, after.border_usd_per_t - before.border_usd_per_t]
        if np.abs(gain[0]).max() > 1e-9 or np.abs(gain[1]).max() > 1e-6:
            by_lane[lane.name] = after
            gains += gain
    measures = tuple(title for key, title in then.duties.items() if key not in now.duties)
    return Proposed(measures, by_lane, all((gain >= -1e-9).all() for gain in gains))


class _Asking:
    """The landed-cost study asked for the lanes of one sheet; ``duties`` are those charged so far by key."""

    def __init__(self, sheet: CompanySheet, law: Law, price_usd_per_t: Mapping[Metal, float], first: date) -> None:
        self.sheet, self.law, self.price = sheet, law, price_usd_per_t
        self.metals = metal_of_forms(sheet)
        self.duties: dict[str, Text] = {}
        facts = load_facts()
        read = ReadOnce(law.source)
        self.file = ShipmentFile((), {}, _rates(sheet, read, law.known_on, first))
        self.ask = Question(self.file, law.known_on, law.statuses, read, facts, landed_rules(facts))

    def lane(self, lane: LaneTable, days: list[date]) -> tuple[LaneCharges, LaneShipment]:
        """The charges of a lane by month and this month's shipment."""
        price = self.price[self.metals[lane.form]]
        bought = price + usd(self.sheet, lane.premium)
        if self._is_inland(lane):
            carbon, duty = self._carbon(lane), (lane.duty_pct or 0.0) / 100
            charges = LaneCharges(np.full(len(days), duty), np.full(len(days), carbon))
            return charges, LaneShipment(lane.name, bought * (1 + duty) + self._freight(lane) + carbon, None)
        step = STEP_SHARE * price
        at_price = list(self._by_month(lane, days, price))
        dearer = [total for total, _ in self._by_month(lane, days, price + step)]
        total = np.array([total for total, _ in at_price])
        shares = (np.array(dearer) - total) / step - 1.0
        charges = LaneCharges(shares, total - bought * (1 + shares) - self._freight(lane))
        return charges, LaneShipment(lane.name, float(total[0]), at_price[0][1])

    def _by_month(self, lane: LaneTable, days: list[date], price_usd_per_t: float) -> Iterator[tuple[float, Statement]]:
        """USD per t at the gate by month of arrival; a fee whose next rate is not out yet stays as it is (Q31)."""
        last_fees: dict[str, float] = {}
        for day in days:
            statement = self._statement(lane, day, price_usd_per_t)
            missing = [f"fee/{one.key.rsplit('/', 1)[-1]}" for one in statement.unknown]
            yield self._per_t(lane, statement) + sum(last_fees.get(key, 0.0) for key in missing), statement
            last_fees |= {one.key: one.amount / statement.mass_t for one in statement.lines if one.group is Group.FEE}

    def _is_inland(self, lane: LaneTable) -> bool:
        """Whether no customs statement can be made: bought at home, or landed where only the sheet knows the rules."""
        place, origin = lands_in(self.sheet, lane), country(lane.origin)
        if place == origin:
            return True
        try:
            territory = territory_of(place, self.ask.facts)
        except InputRejected:
            if lane.duty_pct is None:
                raise _unknown_duty(lane, place, f"{lane.hs_code} ← {origin}") from None
            return True
        try:
            return territory_of(origin, self.ask.facts) == territory
        except InputRejected:
            return False

    def _statement(self, lane: LaneTable, on: date, price_usd_per_t: float) -> Statement:
        metal = self.metals[lane.form]
        place = lands_in(self.sheet, lane)
        row = {
            "name": lane.name, "code": lane.hs_code, "origin": country(lane.origin), "destination": place,
            "mass_t": shipment_t(self.sheet, lane), "metal": metal.value, "price_per_t": price_usd_per_t,
            "premium_per_t": usd(self.sheet, lane.premium), "incoterm": "FOB", "by_sea": metal not in FLOWN,
            "freight_per_t": self._freight(lane), "duty_pct": lane.duty_pct,
        }  # fmt: skip
        where = Text(f"lane “{lane.name}”", f"路線「{lane.name}」")
        try:
            _, statement = statement_of(ShipmentRow(where, row), on, self.ask)
        except (FactMissing, InputRejected) as error:
            raise _in_lane(lane, error) from None
        self._refuse_unknown(lane, place, statement)
        self.duties |= {one.key: one.label for one in statement.lines if one.group is Group.DUTY}
        return statement

    def _refuse_unknown(self, lane: LaneTable, place: str, statement: Statement) -> None:
        """A charge that cannot be told is never taken for nothing."""
        for one in statement.unknown:
            if one.key == TARIFF or one.key.startswith("duty/"):
                raise _unknown_duty(lane, place, f"{one.label.en}: {one.why.en}")
            if one.key.startswith("carbon/") and lane.carbon_cost is None:
                raise _unknown_carbon(lane, one)

    def _per_t(self, lane: LaneTable, statement: Statement) -> float:
        """USD per t of a statement, its carbon replaced by the sheet's where that is stated."""
        if lane.carbon_cost is None:
            return statement.per_t
        return statement.per_t - statement.of(Group.CARBON) / statement.mass_t + self._carbon(lane)

    def _carbon(self, lane: LaneTable) -> float:
        return usd(self.sheet, lane.carbon_cost) if lane.carbon_cost is not None else 0.0

    def _freight(self, lane: LaneTable) -> float:
        return usd(self.sheet, lane.freight)


def shipment_t(sheet: CompanySheet, lane: LaneTable) -> float:
    """Tonnes of one shipment of a lane, by which fees with a floor or a cap are shared out (assumption Q30).

    A month's use of the metal, or what the lane delivers a month if that is less, or its least order if more.
    """
    metal = metal_of_forms(sheet)[lane.form]
    use = sum(sum(row.use_per_month) / len(row.use_per_month) for row in sheet.metal if row.metal is metal)
    month = min(lane.capacity_per_month, use) or lane.capacity_per_month
    return max(lane.minimum_order, month)


def lands_in(sheet: CompanySheet, lane: LaneTable) -> str:
    """The ISO code of the country a lane's metal is landed in."""
    return country(lane.lands_in or sheet.company.imports_to)


def usd(sheet: CompanySheet, price: Price) -> float:
    """A price of the sheet in USD per t."""
    return price.per_t if price.currency == DOLLAR else price.per_t / sheet.money.rates[price.currency]


def _rates(sheet: CompanySheet, read: ReadOnce, known_on: date, first: date) -> dict[str, object]:
    """The sheet's rates; of currencies it leaves out, the last that was known on the day."""
    rates: dict[str, object] = {
        code.casefold(): {"usd_per_unit": 1.0 / rate, "on": first} for code, rate in sheet.money.rates.items()
    }
    for currency, (series, inverse) in EXCHANGE_RATES.items():
        if currency not in rates and (rows := read.rows(series, known_on)):
            value = float(rows[-1]["value"])
            rates[currency] = {"usd_per_unit": 1.0 / value if inverse else value, "on": rows[-1]["observed_on"]}
    return rates


def _stated(lane: LaneTable) -> Iterator[Evidence]:
    if lane.duty_pct is not None:
        yield Evidence(f"sheet/{lane.name}/duty_pct", lane.duty_pct, "pct", Nature.ASSUMED, "company sheet")
    if lane.carbon_cost is not None:
        unit = f"{lane.carbon_cost.currency.casefold()}_per_t"
        carbon = lane.carbon_cost.per_t
        yield Evidence(f"sheet/{lane.name}/carbon_cost", carbon, unit, Nature.ASSUMED, "company sheet")


def _noted(one: NotCharged) -> dict[str, object]:
    return {
        "item": one.key,
        "label": {"en": one.label.en, "zh-TW": one.label.zh},
        "why": {"en": one.why.en, "zh-TW": one.why.zh},
    }


def _unknown_duty(lane: LaneTable, place: str, received: str) -> InputRejected:
    return InputRejected(
        Text(
            f"lane “{lane.name}”: the duty into {place} cannot be looked up.",
            f"路線「{lane.name}」：無法查得輸入 {place} 的關稅。",
        ),
        received=received,
        fix=Text("State it in the sheet: duty_pct = 0", "請在公司表填寫 duty_pct，例如 duty_pct = 0"),
    )


def _unknown_carbon(lane: LaneTable, one: NotCharged) -> InputRejected:
    return InputRejected(
        Text(
            f"lane “{lane.name}”: the carbon charge cannot be looked up.",
            f"路線「{lane.name}」：無法查得碳費。",
        ),
        received=one.why.en,
        fix=Text('State it in the sheet: carbon_cost = "80 EUR/t"', '請在公司表填寫 carbon_cost，例如 "80 EUR/t"'),
    )


def _in_lane(lane: LaneTable, error: TomnextError) -> InputRejected:
    """An error of a statement told as one of the sheet."""
    return InputRejected(
        Text(f"lane “{lane.name}”: {error.what.en}", f"路線「{lane.name}」：{error.what.zh}"),
        received=error.received,
        expected=error.expected,
        nearest=error.nearest,
        fix=Text(
            "Mend the lane in the sheet; exchange rates stand in money.rates.",
            "請修正公司表中的路線；匯率填於 money.rates。",
        ),
    )
