"""Generated from the fact files themselves: every span of every measure begins and ends on the day it says.

The days and rates expected are read from the YAML text, not through the engine.
"""

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from tomnext.facts.kinds.tariff import TariffMeasure
from tomnext.landed_cost.duty import Duty, duty
from tomnext.landed_cost.measures import Coverage
from tomnext.studies.duty import Entry, statuses_with, tariff_book

TARIFF = Path(str(files("tomnext.facts"))) / "data" / "tariff"
TERRITORIES = sorted(path.name for path in TARIFF.iterdir() if path.is_dir())
RAW = {
    str(path.relative_to(TARIFF).with_suffix("")): raw
    for path in sorted(TARIFF.rglob("*.yaml"))
    if (raw := yaml.safe_load(path.read_text(encoding="utf-8")))["kind"] == "tariff_measure"
}
DAY = timedelta(1)


def binding(raw: dict, on: date) -> dict | None:  # type: ignore[type-arg]
    """The span of a raw file that binds on a day: of those that cover it, the one announced last."""
    covering = [
        one for one in raw["spans"] if one["in_force_from"] <= on <= one.get("in_force_to", date.max)
    ]  # fmt: skip
    return max(covering, key=lambda one: one.get("known_from", one["in_force_from"]), default=None)


def a_sample(path: str) -> Entry:
    """Goods that the measure names, from a country it names, meeting every condition it sets."""
    book = tariff_book(path.split("/")[0])
    measure = next(one for one in book.measures if one.path == path)
    code = next(
        (one for one in (*book.lines, *book.prefixes(measure)) if len(one) >= 8 and one[:8] in book.lines
         and book.product(measure, one) is Coverage.YES), None,
    )  # fmt: skip
    if code is None:
        pytest.skip("no line of this measure is held")
    country = next(one for one in ["TW", *sorted(book.groups["EU"]), *_named(measure)] if book.origin(measure, one))
    melted = {one.country: 1.0 for one in (measure.melted_in,) if one}
    return Entry(
        code=code,
        origin=country,
        on=date(2026, 1, 1),
        value_usd=1000.0,
        weight_kg=100.0,
        watts=1000.0,
        metal_shares={metal: 0.1 for metal in ("copper", "aluminium", "steel", "lead")},
        weight_shares={metal: 0.2 for metal in ("copper", "aluminium", "steel", "lead")},
        melted_in=melted,
        declared=frozenset(one for one in (measure.only_if_declared,) if one),
        statuses=statuses_with(["proposed"]),
    )


def _named(measure: TariffMeasure) -> list[str]:
    return [one for one in measure.origins if len(one) == 2] or ["US"]


def speaks(answer: Duty, path: str) -> tuple[bool, float | None]:
    """Whether a measure is charged, unknown, or gives way for another reason than its days; and its stated rate."""
    for line in answer.lines:
        if line.measure.path == path:
            return True, line.stated_rate
    if any(one.measure.path == path for one in answer.unknown):
        return True, None
    why = [one.why.en for one in answer.not_applied if one.measure.path == path]
    return bool(why) and not any(word in why[0] for word in (" begins on ", " ended on ")), None


@pytest.mark.parametrize("path", RAW)
def test_every_span_begins_and_ends_on_its_day(path: str) -> None:
    raw = RAW[path]
    sample = a_sample(path)
    book = tariff_book(path.split("/")[0])
    days = {one["in_force_from"] + shift for one in raw["spans"] for shift in (-DAY, 0 * DAY)}
    days |= {one["in_force_to"] + shift for one in raw["spans"] if "in_force_to" in one for shift in (0 * DAY, DAY)}
    for on in sorted(days):
        expected = binding(raw, on)
        spoken, rate = speaks(duty(Entry(**{**sample.__dict__, "on": on}), book), path)
        assert spoken == (expected is not None), f"{path} on {on}"
        if rate is not None and expected is not None and isinstance(expected["value"], int | float):
            assert rate == expected["value"], f"{path} on {on}"


@pytest.mark.parametrize("path", RAW)
def test_nothing_is_charged_before_it_was_known(path: str) -> None:
    raw = RAW[path]
    sample = a_sample(path)
    book = tariff_book(path.split("/")[0])
    for span in raw["spans"]:
        known = span.get("known_from", span["in_force_from"])
        if any(one.get("known_from", one["in_force_from"]) < known for one in raw["spans"]):
            continue
        before = Entry(**{**sample.__dict__, "on": span["in_force_from"], "known_on": known - DAY})
        assert not any(line.measure.path == path for line in duty(before, book).lines), f"{path} before {known}"


@pytest.mark.parametrize("path", RAW)
def test_every_span_is_cited_to_the_place(path: str) -> None:
    for span in RAW[path]["spans"]:
        assert span["source"]
        assert span["locator"], f"{path} {span['in_force_from']}"
        assert span["confidence"] in {"high", "medium", "low", "recall"}


@pytest.mark.parametrize("territory", TERRITORIES)
def test_what_a_measure_names_exists(territory: str) -> None:
    book = tariff_book(territory)
    paths = [one.path for one in book.measures]
    for one in book.measures:
        for name in (*one.instead_of, *one.excluded_by, *one.not_on_base_of, *one.total_including):
            assert any(path == name or path.startswith(f"{name}/") for path in paths), f"{one.path} names {name}"
        book.prefixes(one)
        assert one.heading is None or one.heading.startswith("9903.")


def test_a_reader_of_law_checks_a_file_in_a_minute() -> None:
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in TARIFF.rglob("*.yaml"))
    assert lengths[len(lengths) // 2] < 25
    assert lengths[-1] < 80


def test_measures_that_wait_for_each_other_are_refused() -> None:
    from dataclasses import replace

    from tomnext.vocabulary.errors import FactConflict

    book = tariff_book("us")
    one, two = (next(m for m in book.measures if m.path == p) for p in ("us/s301/list_1", "us/s301/list_2"))
    circle = replace(book, measures=(one.model_copy(update={"excluded_by": (two.path,)}), two))
    with pytest.raises(FactConflict) as caught:
        _ = circle.ordered
    assert "list_1" in str(caught.value.received)
