"""What is decreed: the facts below a path, one fact whole, or its value on a date as known on a date."""

from datetime import date
from difflib import get_close_matches

from tomnext.facts.kinds.base import DatedFact, Record, Table
from tomnext.facts.load import Facts, load_facts
from tomnext.vocabulary.errors import FactMissing
from tomnext.vocabulary.words import Text


def facts_under(path: str = "", facts: Facts | None = None) -> list[dict[str, object]]:
    """Every fact below a path: a dated one with the number of its spans and their first day, a table with its rows.

    Raises FactMissing, naming the nearest ids, when no fact stands there.

    >>> facts_under("lme/warehouse/queue_rent_cap")[0]["entries"]
    3
    """
    facts = facts or load_facts()
    dated = [
        (fact.id, fact.title, fact.kind, fact.unit, len(fact.spans), min(one.in_force_from for one in fact.spans))
        for fact in facts.of(DatedFact, path)
    ]
    tables = [(table.id, table.title, table.kind, None, len(table), None) for table in facts.of(Table, path)]
    keys = ("id", "title", "kind", "unit", "entries", "in_force_from")
    if not dated and not tables:
        last = path.rsplit("/", 1)[-1]
        raise FactMissing(
            Text("No fact has this path.", "沒有這個路徑的事實。"),
            received=path,
            nearest=get_close_matches(path, facts.ids(), n=3) or [id for id in facts.ids() if last in id][:3],
            fix=Text("List them all with: tomnext facts", "可用 tomnext facts 列出全部"),
        )
    return sorted((dict(zip(keys, row, strict=True)) for row in [*dated, *tables]), key=lambda one: str(one["id"]))


def whole_fact(id: str, facts: Facts | None = None) -> dict[str, object] | None:
    """Everything one fact says, span by span or row by row, its citations last; nothing when no fact has that id."""
    facts = facts or load_facts()
    dated = next((fact for fact in facts.of(DatedFact, id) if fact.id == id), None)
    table = next((one for one in facts.of(Table, id) if one.id == id), None)
    fact = dated or table
    if fact is None:
        return None
    rows = dated.spans if dated else tuple(table or ())
    return {
        "id": fact.id,
        "title": fact.title,
        "kind": fact.kind,
        "note": fact.note,
        "rows": [_cited_last(row.model_dump(mode="json", exclude_none=True)) for row in rows],
    }


def fact_on(id: str, on: date, known_on: date | None = None, facts: Facts | None = None) -> dict[str, object]:
    """One fact's value on a day, as known on a day, with its citation (raises FactMissing naming the nearest)."""
    fact = (facts or load_facts()).get(id)
    value = fact.at(on, known_on)
    stated = value.value.model_dump(mode="json", exclude_none=True) if isinstance(value.value, Record) else value.value
    footnote = fact.evidence(value).record() | {"value": stated}
    return {"title": fact.title, "status": value.status.value, "note": value.note, **footnote}


def _cited_last(row: dict[str, object]) -> dict[str, object]:
    last = ("note", "source", "locator", "confidence")
    return {
        **{key: item for key, item in row.items() if key not in last},
        **{key: row[key] for key in last if key in row},
    }
