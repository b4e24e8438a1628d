"""The data badges: every series behind the page with its unit, its dates, its age and what kind of figure it is."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from tomnext.studies.sections import Cell, Column, Number, Section, Sentence, Table, is_observation
from tomnext.vocabulary.evidence import Evidence


def data_section(sections: Iterable[Section], as_of: date) -> Section:
    """The series used by any section; those alike in everything but the last part of their name share a row."""
    used: dict[str, Evidence] = {}
    for section in sections:
        for one in section.evidence:
            if is_observation(one) and (one.id not in used or _day(one) > _day(used[one.id])):
                used[one.id] = one
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for id in sorted(used):
        one = used[id]
        key = (_stem(id), one.unit, one.nature, one.source, one.valid_from, _available(one))
        groups.setdefault(key, []).append(one)
    ages = [(as_of - day).days for one in used.values() if (day := one.valid_from)]
    values: dict[str, Cell] = {
        "count": Number(len(used), "count"),
        "age": Number(max(ages, default=0), "days"),
        "as_of": as_of,
    }
    keys = ("series", "unit", "observed", "available", "age", "kind", "source")
    columns = tuple(Column(key, "days" if key == "age" else None) for key in keys)
    rows = tuple(_row(group, as_of) for group in groups.values())
    return Section("data", (Sentence("finding", values),), tables=(Table("badges", columns, rows),))


def _row(group: Sequence[Evidence], as_of: date) -> tuple[Cell, ...]:
    first = group[0]
    observed = first.valid_from or as_of
    names = ", ".join(one.id.rpartition(".")[2] for one in group)
    return (
        first.id if len(group) == 1 else f"{_stem(first.id)}: {names}",
        Sentence(f"unit.{first.unit}") if first.unit else "",
        observed,
        _available(first),
        Number((as_of - observed).days, "days"),
        Sentence(f"nature.{first.nature.value}"),
        first.source,
    )


def _stem(id: str) -> str:
    return id.rpartition(".")[0]


def _available(one: Evidence) -> date | None:
    return one.known_at.date() if isinstance(one.known_at, datetime) else one.known_at


def _day(one: Evidence) -> date:
    return one.valid_from or date.min
