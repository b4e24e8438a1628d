"""The fact engine: value in force on a day, as known on a day."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomnext.facts.kinds.base import DatedFact, NumberFact
from tomnext.facts.load import load_facts, read_facts
from tomnext.vocabulary.clocks import IN_FORCE, Span
from tomnext.vocabulary.errors import FactConflict, FactInvalid, FactMissing

RENT_CAP = "lme/warehouse/queue_rent_cap"
FACT = """
kind: number
title: {en: Rent, zh-TW: 租金}
spans:
  - {in_force_from: 2020-01-01, value: 1.5, source: a law, confidence: high}
"""


def number(*spans: dict[str, object]) -> NumberFact:
    cited = {"source": "a law", "confidence": "high"}
    return NumberFact.model_validate(
        {"id": "x", "kind": "number", "title": {"en": "x", "zh-TW": "x"}, "spans": [{**cited, **one} for one in spans]}
    )


@pytest.mark.parametrize(
    ("on", "days"),
    [(date(2016, 5, 1), 30), (date(2020, 1, 31), 30), (date(2020, 2, 1), 50), (date(2020, 11, 1), 80)],
)
def test_value_changes_on_its_first_day(on: date, days: float) -> None:
    assert load_facts().value(RENT_CAP, on).value == days


def test_missing_names_the_nearest_span() -> None:
    with pytest.raises(FactMissing) as caught:
        load_facts().value(RENT_CAP, date(2010, 1, 1))
    assert "2016-05-01" in caught.value.nearest[0]
    assert "2010-01-01" in caught.value.text("zh-TW")


def test_unknown_id_names_near_ids() -> None:
    with pytest.raises(FactMissing) as caught:
        load_facts().get("lme/warehouse/queue_rent")
    assert RENT_CAP in caught.value.nearest


def test_later_announcement_supersedes() -> None:
    fact = number(
        {"in_force_from": date(2025, 1, 1), "known_from": date(2024, 6, 1), "value": 10},
        {"in_force_from": date(2025, 1, 1), "known_from": date(2024, 12, 1), "value": 20},
    )
    assert fact.at(date(2025, 2, 1), known_on=date(2024, 7, 1)).value == 10
    assert fact.at(date(2025, 2, 1)).value == 20


def test_two_values_announced_the_same_day_conflict() -> None:
    fact = number({"in_force_from": date(2025, 1, 1), "value": 1}, {"in_force_from": date(2025, 1, 1), "value": 2})
    with pytest.raises(FactConflict):
        fact.at(date(2025, 2, 1))


def test_proposed_enters_only_when_asked() -> None:
    fact = number({"in_force_from": date(2027, 1, 1), "value": 15, "status": "proposed"})
    assert not fact.has(date(2027, 2, 1))
    assert fact.at(date(2027, 2, 1), statuses=IN_FORCE | {"proposed"}).value == 15


@given(
    start=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    length=st.integers(0, 3000),
    ahead=st.integers(0, 500),
    probe=st.integers(-600, 3600),
)
def test_span_covers_exactly_its_days(start: date, length: int, ahead: int, probe: int) -> None:
    end, known = start + timedelta(length), start - timedelta(ahead)
    day = start + timedelta(probe)
    assert Span(start, end, known).covers(day) == (0 <= probe <= length)
    assert not Span(start, end, known).covers(start, known_on=known - timedelta(1))
    assert Span(start, end, known).covers(start, known_on=known)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (FACT + "kind: number\n", "stands twice"),
        (FACT.replace("kind: number", "kind: numbr"), "number"),
        (FACT.replace("confidence: high", "confidence: sure"), "confidence"),
        (FACT.replace("source: a law, ", ""), "source"),
        (FACT.replace("value: 1.5", "value: ~0.5"), "value"),
        (FACT.replace("value: 1.5,", "value: 1.5, in_force_to: 2019-01-01,"), "before"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "rent.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FactInvalid) as caught:
        read_facts(tmp_path)
    assert word in str(caught.value)


def test_overlay_replaces_one_fact_and_leaves_the_rest() -> None:
    scenario = load_facts().overlaid([number({"in_force_from": date(2020, 1, 1), "value": 7})])
    assert scenario.value("x", date(2021, 1, 1)).value == 7
    assert scenario.value(RENT_CAP, date(2021, 1, 1)).value == 80


@pytest.mark.parametrize("fact", list(load_facts().of(DatedFact)), ids=lambda fact: fact.id)
def test_every_fact_answers_on_its_boundary_days(fact: DatedFact[object]) -> None:
    """Generated from the facts themselves: each span's first and last day answer, and never with two values."""
    statuses = frozenset({span.status for span in fact.spans}) | IN_FORCE
    for span in fact.spans:
        assert fact.has(span.in_force_from, statuses=statuses)
        fact.at(span.in_force_from, statuses=statuses)
        if span.in_force_to:
            fact.at(span.in_force_to, statuses=statuses)
        assert fact.title.en
        assert fact.title.zh
