"""The data badges: every series behind the page with its unit, its dates, its age and what kind of figure it is."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from tomnext.studies.sections import Cell, Column, Number, Section, Sentence, Table, is_observation
from tomnext.vocabulary.evidence import Evidence


def data_section(sections: Iterable[Section], as_of: date) -> Section:
    """The series used by any section; those alike in publisher, quantity, unit and dates share a row."""
    used: dict[str, Evidence] = {}
    for section in sections:
        for one in section.evidence:
            if is_observation(one) and (one.id not in used or _day(one) > _day(used[one.id])):
                used[one.id] = one
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for id in sorted(used):
        groups.setdefault(_alike(used[id]), []).append(used[id])
    ages = [(as_of - day).days for one in used.values() if (day := one.valid_from)]
    values: dict[str, Cell] = {
        "count": Number(len(used), "count"),
        "age": Number(max(ages, default=0), "days"),
        "as_of": as_of,
    }
    keys = ("series", "unit", "observed", "available", "age", "kind", "source")
    columns = tuple(Column(key, "days" if key == "age" else None) for key in keys)
    rows = tuple(_row(part, as_of) for group in groups.values() for part in _same_names(group))
    return Section("data", (Sentence("finding", values),), tables=(Table("badges", columns, rows),))


def _row(group: Sequence[Evidence], as_of: date) -> tuple[Cell, ...]:
    first = group[0]
    observed = first.valid_from or as_of
    return (
        braced([one.id for one in group]),
        Sentence(f"unit.{first.unit}") if first.unit else "",
        observed,
        _available(first),
        Number((as_of - observed).days, "days"),
        Sentence(f"nature.{first.nature.value}"),
        first.source,
    )


def braced(ids: Sequence[str]) -> str:
    """Series names of the same last parts as one pattern, what differs in braces.

    >>> braced(["lme.copper.price.3m", "lme.copper.price.cash", "lme.tin.price.3m", "lme.tin.price.cash"])
    'lme.{copper, tin}.price.{3m, cash}'
    """
    choices = [list(dict.fromkeys(part)) for part in zip(*(id.split(".") for id in ids), strict=True)]
    return ".".join(choice[0] if len(choice) == 1 else f"{{{', '.join(choice)}}}" for choice in choices)


def _same_names(group: Sequence[Evidence]) -> list[list[Evidence]]:
    """The group in parts whose stems have the very same last parts, so that a pattern in braces says exactly them."""
    by_stem: dict[str, list[Evidence]] = {}
    for one in group:
        by_stem.setdefault(one.id.rpartition(".")[0], []).append(one)
    parts: dict[tuple[str, ...], list[Evidence]] = {}
    for members in by_stem.values():
        parts.setdefault(tuple(one.id.rpartition(".")[2] for one in members), []).extend(members)
    return list(parts.values())


def _alike(one: Evidence) -> tuple[object, ...]:
    parts = one.id.split(".")
    return parts[0], tuple(parts[2:3]), len(parts), one.unit, one.nature, one.source, one.valid_from, _available(one)


def _available(one: Evidence) -> date | None:
    return one.known_at.date() if isinstance(one.known_at, datetime) else one.known_at


def _day(one: Evidence) -> date:
    return one.valid_from or date.min
