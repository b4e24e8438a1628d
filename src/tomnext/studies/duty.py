"""What a line of goods pays at the border on a day, and what it would have paid on every other day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources.abc import Traversable

from tomnext.facts.kinds.base import Table
from tomnext.facts.kinds.tariff import Country, TariffMeasure
from tomnext.facts.load import Facts, load_facts, read_facts
from tomnext.landed_cost.classification import classify
from tomnext.landed_cost.duty import Duty, DutyLine, Entry, duty
from tomnext.landed_cost.measures import TariffBook
from tomnext.landed_cost.reasons import MATERIALS
from tomnext.landed_cost.timeline import Timeline, spans_in, timeline
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


def tariff_book(territory: str = "us", facts: Facts | None = None) -> TariffBook:
    """The tariff of one importing territory (ISO code, lower case) from the facts below ``tariff/``.

    FactMissing names the territories held.
    """
    return _shipped(territory) if facts is None else _bound(territory, facts)


def with_folder(folder: Traversable | None) -> Facts | None:
    """The shipped facts with a folder of one's own laid over them (nothing when there is no folder)."""
    return None if folder is None else load_facts().overlaid(read_facts(folder))


def statuses_with(included: Iterable[str]) -> frozenset[Status]:
    """The standings that count, with those a user asks for added (``proposed``); InputRejected names the choices."""
    wanted = [one.strip().casefold() for one in included]
    for one in wanted:
        if one not in tuple(Status):
            raise InputRejected(
                Text("This is not a standing of a law.", "這不是法規狀態。"),
                received=one,
                expected=", ".join(sorted(set(Status) - IN_FORCE)),
            )
    return IN_FORCE | {Status(one) for one in wanted}


def duty_on(entry: Entry, territory: str = "us", facts: Facts | None = None) -> Duty:
    """The duty on one entry whose code, origin and metals are still as a user typed them.

    Raises InputRejected naming the nearest code, country or metal, or the eight-digit choices with their rates.

    >>> typed = Entry("7408.11.60", "Taiwan", date(2025, 12, 1), metal_shares={"copper": 1.0})
    >>> duty_on(typed).total_rate_pct
    53.0
    """
    book = tariff_book(territory, facts)
    return duty(recognised(entry, book, facts), book)


def measures_over_time(
    entry: Entry, since: date, until: date, territory: str = "us", facts: Facts | None = None
) -> Timeline:
    """What applied when to one line of goods, and the total in percent of value, from one day to another.

    >>> told = measures_over_time(Entry("7408.11.60", "CN", date(2026, 1, 1)), date(2025, 11, 1), date(2026, 5, 1))
    >>> [(str(one.first), one.total_rate_pct) for one in told.periods]
    [('2025-11-01', 98.0), ('2025-11-10', 88.0), ('2026-02-24', 78.0), ('2026-04-06', 78.0)]
    """
    if until < since:
        raise InputRejected(Text("The end is before the beginning.", "結束早於開始。"), received=f"{since} – {until}")
    book = tariff_book(territory, facts)
    return timeline(recognised(replace(entry, on=until), book, facts), book, max(since, book.boundaries[0]), until)


def recognised(entry: Entry, book: TariffBook, facts: Facts | None = None) -> Entry:
    """An entry with its code in digits, its countries in ISO codes and its metals by name, or a refusal."""
    origin = country(entry.origin, facts)
    known = replace(
        entry,
        origin=origin,
        melted_in={country(key, facts): share for key, share in entry.melted_in.items()},
        metal_shares={metal(key): share for key, share in entry.metal_shares.items()},
        weight_shares={metal(key): share for key, share in entry.weight_shares.items()},
    )
    _from_abroad(origin, book)
    _not_too_early(known.on, book)
    held_declarations(entry.declared, facts)
    code = classify(known.code, book.lines, book.edition, lambda one: _rate_of(known, one, book), _others(book, facts))
    return replace(known, code=code)


def country(typed: str, facts: Facts | None = None) -> str:
    """The ISO code of a country typed as code or name in either language; InputRejected names near ones."""
    if not typed.strip():
        raise InputRejected(
            Text("The country of origin is missing.", "未提供原產國。"), expected="--origin CN", received=""
        )
    known = _countries() if facts is None else _countries_of(facts)
    code = known.get(typed.strip().casefold())
    if code is None:
        raise InputRejected(
            Text("This is not a known country.", "不認得這個國家。"),
            received=typed,
            expected=Text("an ISO 3166 code or a name, CN or China", "ISO 3166 代碼或國名，例如 CN 或 中國"),
            nearest=get_close_matches(typed.casefold(), known, n=4),
        )
    return code


def metal(typed: str) -> str:
    """The name tariff law uses for a metal typed in either language; InputRejected names near ones."""
    by_name = {alias.casefold(): key for key, words in MATERIALS.items() for alias in (key, words.zh)}
    return by_name.get(typed.strip().casefold()) or Metal.named(typed).value


@cache
def _shipped(territory: str) -> TariffBook:
    return _bound(territory, load_facts())


def _bound(territory: str, facts: Facts) -> TariffBook:
    root = f"tariff/{territory}/"
    tables = [one for one in facts.of(Table, root)]
    lines = {line.code: line for table in tables if table.row == "tariff_line" for line in table.rows}
    schedules = [table for table in tables if table.row == "tariff_line"]
    if not schedules:
        held = sorted({id.split("/")[1] for id in facts.ids("tariff/") if id.count("/") > 1})
        raise FactMissing(
            Text("No tariff of {territory} is held.", "沒有 {territory} 的稅則。").format(territory=territory.upper()),
            received=territory,
            expected=", ".join(held),
        )
    return TariffBook(
        territory=territory,
        measures=tuple(facts.of(TariffMeasure, root)),
        lines=lines,
        lists={
            table.id.removeprefix("tariff/"): frozenset(row.code for row in table.rows)
            for table in tables
            if table.row == "tariff_code"
        },
        groups=_groups(facts),
        edition=schedules[0].title,
    )


def _groups(facts: Facts) -> dict[str, frozenset[str]]:
    members: dict[str, set[str]] = {}
    for one in facts.table("tariff/countries", Country):
        for group in one.groups:
            members.setdefault(group, set()).add(one.code)
    return {group: frozenset(codes) for group, codes in members.items()}


@cache
def _countries() -> dict[str, str]:
    return _countries_of(load_facts())


def _countries_of(facts: Facts) -> dict[str, str]:
    rows = facts.table("tariff/countries", Country)
    return {alias.casefold(): one.code for one in rows for alias in (one.code, one.name, one.name_zh, *one.also)}


def _others(book: TariffBook, facts: Facts | None) -> dict[str, frozenset[str]]:
    """Codes of the other schedules held, by the name of their territory."""
    everything = facts or load_facts()
    return {
        table.title.en: frozenset(row.code for row in table.rows)
        for table in everything.of(Table, "tariff/")
        if table.row == "tariff_line" and not table.id.startswith(f"tariff/{book.territory}/")
    }


def _rate_of(entry: Entry, code: str, book: TariffBook) -> str:
    total = duty(replace(entry, code=code), book).total_rate_pct
    return "" if total is None else f" → {total:g}%"


def _from_abroad(origin: str, book: TariffBook) -> None:
    home = book.territory.upper()
    if origin == home or origin in book.groups.get(home, ()):
        raise InputRejected(
            Text("Goods of {origin} are not imports there.", "{origin} 的貨品在當地不是進口貨。").format(origin=origin),
            received=origin,
            expected=Text("another country of origin", "其他原產國"),
        )


def held_declarations(typed: Iterable[str], facts: Facts | None = None) -> frozenset[str]:
    """What an importer declares, each known to some measure of some territory; else InputRejected names those held."""
    typed = frozenset(typed)
    held = {
        one
        for measure in (load_facts() if facts is None else facts).of(TariffMeasure, "tariff/")
        for one in (measure.only_if_declared, *measure.not_if_declared)
        if one is not None
    }
    for one in sorted(typed):
        if one not in held:
            raise InputRejected(
                Text("No measure knows this declaration.", "沒有任何措施採認這項申報。"),
                received=one,
                expected=", ".join(sorted(held)),
                nearest=get_close_matches(one, held, n=3),
            )
    return typed


def _not_too_early(on: date, book: TariffBook) -> None:
    first = book.boundaries[0]
    if on < first:
        raise FactMissing(
            Text("The facts held begin later than {on}.", "所收事實晚於 {on} 才開始。").format(on=on),
            received=str(on),
            expected=f"≥ {first}",
        )


__all__ = [
    "Duty", "DutyLine", "Entry", "Timeline", "country", "duty_on", "held_declarations", "measures_over_time", "metal",
    "recognised", "spans_in", "statuses_with", "tariff_book", "with_folder",
]  # fmt: skip
