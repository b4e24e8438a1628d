"""Which days a trade done today can be settled on, and the holidays that moved them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.calendar import Holiday, closures
from tomnext.facts.kinds.contract import LmeContract
from tomnext.facts.load import Facts, load_facts
from tomnext.market.prompts import LONDON, LmeCalendar, Prompts, months_on, prompts, trade_date_at
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

LONDON_TABLE, DOLLAR_TABLE = "holidays/london", "holidays/united_states"


@dataclass(frozen=True)
class PromptDates:
    """The prompts of one trade date, the contract that lists them, the holidays met on the way, what it rests on."""

    metal: Metal
    contract: LmeContract
    prompts: Prompts
    holidays: tuple[Holiday, ...]
    evidence: tuple[Evidence, ...]


def prompt_dates(
    day: date,
    metal: Metal = Metal.COPPER,
    at: time | None = None,
    known_on: date | None = None,
    facts: Facts | None = None,
) -> PromptDates:
    """The prompts of a metal for a trade on a day, or at a London clock time of that day.

    ``known_on`` leaves out holidays proclaimed later. Raises InputRejected (naming the nearest business days) when
    London is closed, FactMissing outside the holiday tables.

    >>> prompt_dates(date(2025, 6, 18)).prompts.cash.isoformat()
    '2025-06-20'
    """
    facts = facts or load_facts()
    calendar = lme_calendar(facts, known_on)
    trade_date = day if at is None else trade_date_at(datetime.combine(day, at, LONDON), calendar)
    listed = lme_contract(metal, trade_date, facts)
    found = prompts(trade_date, calendar, listed.value.monthly_to_months)
    met = tuple(_holidays_met(found, calendar))
    footnotes = (facts.get(contract_id(metal)).evidence(listed), *(_footnote(table, closed) for table, closed in met))
    return PromptDates(metal, listed.value, found, tuple(closed for _, closed in met), footnotes)


def lme_calendar(facts: Facts, known_on: date | None = None) -> LmeCalendar:
    """The LME's calendar from the two holiday tables, as known on a day."""
    return LmeCalendar(
        london=closures(facts.table(LONDON_TABLE, Holiday), known_on),
        united_states=closures(facts.table(DOLLAR_TABLE, Holiday), known_on),
    )


def contract_id(metal: Metal) -> str:
    """The fact that describes the metal's LME contract."""
    return f"lme/contract/{metal.value}"


def lme_contract(metal: Metal, on: date, facts: Facts) -> DatedValue[LmeContract]:
    """The LME contract of a metal on a day; InputRejected for a metal the LME does not trade."""
    listed = facts.ids("lme/contract/")
    if contract_id(metal) not in listed:
        raise InputRejected(
            Text("The LME has no future on this metal.", "LME 沒有這種金屬的期貨。"),
            received=metal.value,
            expected=", ".join(id.rsplit("/", 1)[-1] for id in listed),
        )
    try:
        return facts.value(contract_id(metal), on)
    except FactMissing as missing:
        raise FactMissing(missing.what, received=on, nearest=missing.nearest) from None


def _holidays_met(found: Prompts, calendar: LmeCalendar) -> Iterator[tuple[str, Holiday]]:
    """The holidays between the trade and cash, and at the unmoved three-month date."""
    days = [found.trade_date + timedelta(days=ahead) for ahead in range((found.cash - found.trade_date).days + 1)]
    wanted = months_on(found.trade_date, 3)
    low, high = min(wanted, found.three_month), max(wanted, found.three_month)
    days += [low + timedelta(days=ahead) for ahead in range((high - low).days + 1)]
    for day in days:
        for table, closed in ((LONDON_TABLE, calendar.london), (DOLLAR_TABLE, calendar.united_states)):
            if day in closed:
                yield table, closed[day]


def _footnote(table: str, holiday: Holiday) -> Evidence:
    return Evidence(
        id=table,
        value=holiday.name,
        unit=None,
        nature=Nature.ASSUMED if holiday.is_assumed else Nature.DECREED,
        source=holiday.source if holiday.locator is None else f"{holiday.source}, {holiday.locator}",
        valid_from=holiday.day,
        valid_to=holiday.day,
        known_at=holiday.known_from,
        confidence=holiday.confidence.value,
    )
