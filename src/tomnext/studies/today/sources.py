"""The data badges: every series behind the page with its unit, its dates, its age and what kind of figure it is."""

from collections.abc import Iterable
from datetime import date, datetime

from tomnext.observations.catalogue import catalogue
from tomnext.studies.sections import Cell, Column, Number, Section, Sentence, Table, is_observation
from tomnext.vocabulary.evidence import Evidence

def data_section(sections: Iterable[Section], as_of: date) -> Section:
    """One row a series used by any section, oldest figure first named in the sentence."""
    used: dict[str, Evidence] = {}
    for section in sections:
        for one in section.evidence:
            if is_observation(one) and (one.id not in used or _day(one) > _day(used[one.id])):
                used[one.id] = one
    rows = tuple(_row(used[id], as_of) for id in sorted(used))
    ages = [(as_of - day).days for one in used.values() if (day := one.valid_from)]
    values: dict[str, Cell] = {
        "count": Number(len(rows), "count"),
        "age": Number(max(ages, default=0), "days"),
        "as_of": as_of,
    }
    keys = ("series", "name", "unit", "observed", "available", "age", "kind", "source")
    columns = tuple(Column(key, "days" if key == "age" else None) for key in keys)
    return Section("data", (Sentence("finding", values),), tables=(Table("badges", columns, rows),))


def _row(one: Evidence, as_of: date) -> tuple[Cell, ...]:
    row = catalogue().get(one.id)
    observed = one.valid_from or as_of
    available = one.known_at.date() if isinstance(one.known_at, datetime) else one.known_at
    return (
        one.id,
        row.title if row else one.id,
        Sentence(f"unit.{one.unit}") if one.unit else "",
        observed,
        available,
        Number((as_of - observed).days, "days"),
        Sentence(f"nature.{one.nature.value}"),
        one.source,
    )


def _day(one: Evidence) -> date:
    return one.valid_from or date.min
