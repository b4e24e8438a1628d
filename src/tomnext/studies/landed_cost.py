"""What shipments cost at the gate on a day, what changed since another and which law did it, and which lane wins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tomnext.facts.kinds.border_tax import BorderFeeFact, CustomsValue, Drawback, VatRate
from tomnext.facts.kinds.conversion import ConversionFact
from tomnext.facts.kinds.free_zone import ZoneRuleFact
from tomnext.facts.kinds.freight import Incoterm, Transit
from tomnext.facts.load import Facts, load_facts
from tomnext.landed_cost.cbam import CbamCharge, ImportedGood, cbam_charge
from tomnext.landed_cost.changes import (
    Comparison,
    FriendShorePremium,
    LaneRank,
    compared,
    friend_shore_premium,
    ranked,
)
from tomnext.landed_cost.concentration import Concentration
from tomnext.landed_cost.duty import Duty, Entry
from tomnext.landed_cost.landed import duty_day, landed
from tomnext.landed_cost.opening import opened
from tomnext.landed_cost.shipment import LandedRules, Shipment
from tomnext.landed_cost.statement import Group, NotCharged, Rates, Statement
from tomnext.observations.reading import Observations
from tomnext.studies.carbon import cbam_rules
from tomnext.studies.concentration import friends_on, supply_concentration
from tomnext.studies.duty import country, duty_on
from tomnext.studies.shipment_cells import Cells
from tomnext.studies.shipment_file import ShipmentFile, ShipmentRow
from tomnext.studies.shipment_terms import ReadOnce, rates_on, shipment_of
from tomnext.studies.sources import open_source
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import FactMissing, InputRejected, TomnextError
from tomnext.vocabulary.words import Text

ORDER = tuple(Group)
"""The kinds of lines in the order of a statement."""
LAW = (Group.DUTY, Group.FEE, Group.CARBON, Group.TAX, Group.REFUND)
"""The kinds that law takes or gives back."""
ONE_UNIT = 1.0
"""The step per tonne by which a price is raised to find what a unit of price costs landed."""


@dataclass(frozen=True)
class Priced:
    """One shipment's statement, its comparison with another day, and the concentration of its metal's supply."""

    row: ShipmentRow
    shipment: Shipment
    statement: Statement
    comparison: Comparison | None
    supply: tuple[Concentration, ...]


@dataclass(frozen=True)
class Rejected:
    """A row that could not be priced, where it stands, and the error that says why."""

    where: Text
    error: TomnextError


@dataclass(frozen=True)
class Lanes:
    """Lanes that bring the same metal to the same place, cheapest first, and what each may cost more than the next."""

    metal: str | None
    goods: str
    destination: str
    ranks: tuple[LaneRank, ...]
    premiums: tuple[FriendShorePremium, ...]


@dataclass(frozen=True)
class LandedReport:
    """Everything one file of shipments answers."""

    on: date
    against: date | None
    known_on: date | None
    priced: tuple[Priced, ...]
    rejected: tuple[Rejected, ...]
    lanes: tuple[Lanes, ...]
    friends: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What is asked of a file of shipments: known when, which standings of law count, prices, facts and rules."""

    file: ShipmentFile
    known_on: date | None
    statuses: frozenset[Status]
    source: ReadOnce
    facts: Facts
    rules: LandedRules


def landed_costs(
    file: ShipmentFile,
    on: date,
    against: date | None = None,
    known_on: date | None = None,
    statuses: frozenset[Status] = IN_FORCE,
    source: Observations | None = None,
    facts: Facts | None = None,
    progress: Callable[[int], None] | None = None,
) -> LandedReport:
    """Every shipment of a file priced to the gate on a day, the others' errors named by row, the lanes ranked.

    A row that cannot be read is reported and the rest are still priced.
    """
    facts = facts or load_facts()
    ask = Question(file, known_on, statuses, ReadOnce(source or open_source()), facts, landed_rules(facts))
    priced: list[Priced] = []
    rejected: list[Rejected] = []
    for number, row in enumerate(file.rows, start=1):
        try:
            priced.append(_priced(row, on, against, ask))
        except TomnextError as error:
            rejected.append(Rejected(row.where, error))
        if progress is not None:
            progress(number)
    friends = _friends(file, on, facts)
    return LandedReport(on, against, known_on, tuple(priced), tuple(rejected), _lanes(priced, friends, ask), friends)


def landed_rules(facts: Facts) -> LandedRules:
    """The facts of landed cost gathered for the core; fees are those of every territory."""
    return LandedRules(
        incoterms=facts.table("freight/incoterms_2020", Incoterm),
        transit=facts.table("freight/transit", Transit),
        customs_values=facts.table("tax/customs_value", CustomsValue),
        vat=facts.table("tax/vat", VatRate),
        drawback=facts.table("tax/us/drawback", Drawback),
        fees=tuple(facts.of(BorderFeeFact, "tax/")),
        zones=tuple(facts.of(ZoneRuleFact, "free_zone/")),
        conversions=tuple(facts.of(ConversionFact, "conversion/")),
    )


def statement_of(row: ShipmentRow, on: date, ask: Question, more_per_t: float = 0.0) -> tuple[Shipment, Statement]:
    """One row's shipment and statement on a day, with ``more_per_t`` added to its premium."""
    cells = Cells(row.values, ask.file.defaults)
    shipment = shipment_of(cells, on, ask.known_on, ask.source, ask.facts)
    price = replace(shipment.price, premium_per_t=shipment.price.premium_per_t + more_per_t)
    stated, noted = rates_on(ask.file.rates, on, ask.known_on, ask.source)
    shipment = replace(shipment, price=price, defaults=(*shipment.defaults, *noted))
    home = f"tax/{shipment.territory.casefold()}/"
    rules = replace(ask.rules, fees=tuple(one for one in ask.rules.fees if one.id.startswith(home)))
    ledger = opened(shipment, rules, Rates(stated))
    duty, why = _duty(cells, shipment, ledger.customs_value_usd, ask)
    cbam, missing = _cbam(cells, shipment, ask)
    statement = landed(ledger, duty, cbam)
    told = {one.key: one for one in (*why, *missing)}
    unknown = tuple(told.pop(one.key, one) for one in statement.unknown)
    return shipment, replace(statement, unknown=unknown)


def _priced(row: ShipmentRow, on: date, against: date | None, ask: Question) -> Priced:
    shipment, statement = statement_of(row, on, ask)
    earlier = None if against is None else statement_of(row, against, ask)[1]
    comparison = None if earlier is None else compared(earlier, statement)
    return Priced(row, shipment, statement, comparison, _supply(shipment, ask))


def _duty(
    cells: Cells, shipment: Shipment, value_usd: float, ask: Question
) -> tuple[Duty | float | None, tuple[NotCharged, ...]]:
    stated = cells.number("duty_pct")
    if stated is not None:
        return stated, ()
    entry = Entry(
        code=shipment.code,
        origin=shipment.origin,
        on=duty_day(shipment),
        known_on=shipment.known_on,
        value_usd=value_usd,
        weight_kg=shipment.mass_t * 1000,
        metal_shares=cells.shares("metal_shares") or ({shipment.metal: 1.0} if shipment.metal else {}),
        weight_shares=cells.shares("weight_shares"),
        melted_in=cells.shares("melted_in"),
        declared=frozenset(cells.names("declared")),
        statuses=ask.statuses,
    )
    try:
        return duty_on(entry, shipment.territory.casefold(), ask.facts if ask.facts is not load_facts() else None), ()
    except FactMissing as error:
        return None, (NotCharged("customs_duty", Text("customs duty", "關稅"), error.what),)
    except InputRejected as error:
        if shipment.territory == "US" or error.received != shipment.code:
            raise
        why = Text("the part of this tariff that is held has no such line", "所收錄之部分稅則無此貨品碼")
        return None, (NotCharged("customs_duty", Text("customs duty", "關稅"), why),)


def _cbam(cells: Cells, shipment: Shipment, ask: Question) -> tuple[CbamCharge | None, tuple[NotCharged, ...]]:
    if shipment.territory != "EU":
        return None, ()
    good = ImportedGood(
        cn_code=shipment.code,
        origin=shipment.origin,
        on=shipment.on,
        known_on=shipment.known_on,
        route=cells.maybe("route"),
        emissions_tco2e_per_t=cells.number("emissions"),
        default_value_tco2e_per_t=cells.number("default_value"),
        price_eur_per_tco2e=cells.number("carbon_price"),
        paid_abroad_eur_per_t=cells.amount("paid_abroad_eur_per_t", 0.0),
        year_mass_t=cells.number("year_mass_t"),
    )
    try:
        return cbam_charge(good, cbam_rules(ask.facts)), ()
    except FactMissing as error:
        label = Text("CBAM certificates", "CBAM 憑證")
        return None, (NotCharged("carbon/eu/cbam", label, error.what),)


def _supply(shipment: Shipment, ask: Question) -> tuple[Concentration, ...]:
    if shipment.metal is None:
        return ()
    try:
        friends = _friends(ask.file, shipment.on, ask.facts)
        return supply_concentration(shipment.metal, shipment.on, friends, ask.facts).stages
    except FactMissing:
        return ()


def _friends(file: ShipmentFile, on: date, facts: Facts) -> tuple[str, ...]:
    named = Cells({}, file.defaults).names("friends")
    return tuple(sorted(country(one, facts) for one in named)) if named else friends_on(on, facts)


def _lanes(priced: Sequence[Priced], friends: Sequence[str], ask: Question) -> tuple[Lanes, ...]:
    groups: dict[tuple[str | None, str, str], list[Priced]] = {}
    for one in priced:
        shipment = one.shipment
        goods = shipment.use_form or shipment.form or shipment.code.replace(".", "")[:4]
        groups.setdefault((shipment.metal, goods, shipment.destination), []).append(one)
    return tuple(
        Lanes(*key, ranked([one.statement for one in group]), _premiums(group, friends, ask))
        for key, group in groups.items()
        if len(group) > 1
    )


def _premiums(group: Sequence[Priced], friends: Sequence[str], ask: Question) -> tuple[FriendShorePremium, ...]:
    """What the cheapest friend may cost more than each lane from elsewhere."""
    ours = [one for one in group if one.shipment.origin in friends]
    if not ours or len(ours) == len(group):
        return ()
    best = min(ours, key=lambda one: one.statement.per_t)
    _, dearer = statement_of(best.row, best.statement.on, ask, more_per_t=ONE_UNIT)
    step = (dearer.of(Group.METAL) - best.statement.of(Group.METAL)) / best.statement.mass_t
    return tuple(
        friend_shore_premium(best.statement, other.statement, dearer, step)
        for other in group
        if other.shipment.origin not in friends
    )


__all__ = [
    "LAW",
    "ORDER",
    "FriendShorePremium",
    "LandedReport",
    "Lanes",
    "Priced",
    "Question",
    "Rejected",
    "Statement",
    "landed_costs",
    "landed_rules",
    "statement_of",
]
