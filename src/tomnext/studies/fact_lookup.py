"""What is decreed: the facts below a path, or one fact on a date as known on a date."""

from datetime import date

from tomnext.facts.kinds.base import DatedFact
from tomnext.facts.load import Facts, load_facts


def facts_under(path: str = "", facts: Facts | None = None) -> list[dict[str, object]]:
    """Every dated fact below a path with the number of its spans and the days they cover.

    >>> facts_under("lme/warehouse/queue_rent_cap")[0]["spans"]
    3
    """
    facts = facts or load_facts()
    return [
        {
            "id": fact.id,
            "title": fact.title,
            "kind": fact.kind,
            "unit": fact.unit,
            "spans": len(fact.spans),
            "in_force_from": min(span.in_force_from for span in fact.spans),
        }
        for fact in facts.of(DatedFact, path)
    ]


def fact_on(id: str, on: date, known_on: date | None = None, facts: Facts | None = None) -> dict[str, object]:
    """One fact's value on a day, as known on a day, with its citation (raises FactMissing naming the nearest)."""
    fact = (facts or load_facts()).get(id)
    value = fact.at(on, known_on)
    return {"title": fact.title, "status": value.status.value, "note": value.note, **fact.evidence(value).record()}
