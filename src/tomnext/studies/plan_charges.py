"""What each lane's metal is charged at the border, month by month, as known today: stated, looked up, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tomnext.facts.load import load_facts
from tomnext.landed_cost.cbam import ImportedGood
from tomnext.studies.amounts import Price
from tomnext.studies.carbon import carbon_on
from tomnext.studies.company_check import DOLLAR, metal_of_forms
from tomnext.studies.company_sheet import CompanySheet, LaneTable
from tomnext.studies.duty import Entry, country, duty_on
from tomnext.studies.plan_blocks import LaneCharges
from tomnext.studies.plan_prices import first_of_month
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text

UNION = frozenset(
    ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
     "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "EU")
)  # fmt: skip


@dataclass(frozen=True)
class Charged:
    """Charges of every lane by name, and what they rest on."""

    by_lane: dict[str, LaneCharges]
    evidence: tuple[Evidence, ...]


def charges_of(sheet: CompanySheet, lanes: Sequence[LaneTable], first: date, months: int, known_on: date) -> Charged:
    """Duty (share of value) and carbon (USD per t) of each lane for the month ``first`` and ``months`` after it."""
    days = [first_of_month(first, later) for later in range(months + 1)]
    by_lane, evidence = {}, []
    for lane in lanes:
        duties, duty_evidence = _duties(sheet, lane, days, known_on)
        carbon, carbon_evidence = _carbon(sheet, lane, days, known_on)
        by_lane[lane.name] = LaneCharges(duties, carbon)
        evidence += [*duty_evidence, *carbon_evidence]
    return Charged(by_lane, tuple(evidence))


def lands_in(sheet: CompanySheet, lane: LaneTable) -> str:
    """The ISO code of the country a lane's metal is landed in."""
    return country(lane.lands_in or sheet.company.imports_to)


def _duties(
    sheet: CompanySheet, lane: LaneTable, days: list[date], known_on: date
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[Evidence]]:
    place = lands_in(sheet, lane)
    origin = country(lane.origin)
    if lane.duty_pct is not None:
        stated = Evidence(f"sheet/{lane.name}/duty_pct", lane.duty_pct, "pct", Nature.ASSUMED, "company sheet")
        return np.full(len(days), lane.duty_pct / 100), [stated]
    if origin == place:
        return np.zeros(len(days)), []
    metal = metal_of_forms(sheet)[lane.form].value
    rates = []
    try:
        for day in days:
            entry = Entry(lane.hs_code, origin, day, known_on=known_on, metal_shares={metal: 1.0})
            rate = duty_on(entry, place.casefold()).total_rate_pct
            if rate is None:
                raise _unknown_duty(lane, place, f"{lane.hs_code} ← {origin}")
            rates.append(float(rate))
    except FactMissing as error:
        raise _unknown_duty(lane, place, error.what.en) from None
    known = rates
    found = Evidence(
        f"tariff/{place.casefold()}/{lane.hs_code}/{origin}", known[0], "pct", Nature.DECREED,
        "tariff facts of the package", days[0], None, known_on,
    )  # fmt: skip
    return np.array(known) / 100, [found]


def _carbon(
    sheet: CompanySheet, lane: LaneTable, days: list[date], known_on: date
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[Evidence]]:
    if lane.carbon_cost is not None:
        return np.full(len(days), usd(sheet, lane.carbon_cost)), []
    place, origin = lands_in(sheet, lane), country(lane.origin)
    if place not in UNION or origin in UNION or "EUR" not in sheet.money.rates:
        return np.zeros(len(days)), []
    costs, sources = [], []
    for day in days:
        charge = carbon_on(ImportedGood(lane.hs_code, origin, day, known_on), load_facts()).charge
        costs.append((charge.cost_eur_per_t or 0.0) / sheet.money.rates["EUR"])
        sources = list(charge.evidence)
    return np.array(costs), sources


def _unknown_duty(lane: LaneTable, place: str, received: str) -> InputRejected:
    return InputRejected(
        Text(
            f"lane “{lane.name}”: the duty into {place} cannot be looked up.",
            f"路線「{lane.name}」：無法查得輸入 {place} 的關稅。",
        ),
        received=received,
        fix=Text("State it in the sheet: duty_pct = 0", "請在公司表填寫 duty_pct，例如 duty_pct = 0"),
    )


def usd(sheet: CompanySheet, price: Price) -> float:
    """A price of the sheet in USD per t."""
    return price.per_t if price.currency == DOLLAR else price.per_t / sheet.money.rates[price.currency]
