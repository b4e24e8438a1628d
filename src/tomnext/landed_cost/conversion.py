"""From the form that is bought to the form that is used: the chain of steps, its cost, yield and days."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.conversion import Conversion, ConversionFact
from tomnext.vocabulary.errors import FactMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.units import mass_factor
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class ConversionStep:
    """One step applied to a mass: tonnes in and out, cost in US dollars, what its scrap brings, days, evidence."""

    fact: ConversionFact
    span: DatedValue[Conversion]
    in_t: float
    out_t: float
    cost_usd: float
    scrap_value_usd: float
    evidence: Evidence

    @property
    def days(self) -> float:
        """Days the step takes."""
        return self.span.value.days


def chain(
    from_form: str, to_form: str, facts: Iterable[ConversionFact], on: date, known_on: date | None = None
) -> tuple[ConversionFact, ...]:
    """The fewest steps from one form (a name such as ``cathode``) to another; FactMissing lists the forms reachable."""
    steps: dict[str, list[ConversionFact]] = {}
    for fact in facts:
        if fact.has(on, known_on):
            steps.setdefault(fact.at(on, known_on).value.from_form, []).append(fact)
    routes: dict[str, tuple[ConversionFact, ...]] = {from_form: ()}
    waiting = deque([from_form])
    while waiting:
        form = waiting.popleft()
        for fact in steps.get(form, []):
            target = fact.at(on, known_on).value.to_form
            if target not in routes:
                routes[target] = (*routes[form], fact)
                waiting.append(target)
    if to_form not in routes:
        raise FactMissing(
            Text("No way from {a} to {b} is carried.", "未收錄由 {a} 加工成 {b} 的途徑。").format(
                a=from_form, b=to_form
            ),
            received=f"{from_form} → {to_form}",
            nearest=sorted(set(routes) - {from_form}),
            fix=Text("Add a file under facts/data/conversion.", "請在 facts/data/conversion 新增檔案。"),
        )
    return routes[to_form]


def convert(
    steps: Iterable[ConversionFact], mass_t: float, metal_usd_per_t: float, on: date, known_on: date | None = None
) -> tuple[ConversionStep, ...]:
    """The steps applied in turn to a mass (t) of metal worth ``metal_usd_per_t``: cost in USD, yield, days, scrap."""
    done, left = [], mass_t
    for fact in steps:
        span = fact.at(on, known_on)
        step = span.value
        out = left * step.yield_share
        per_t = step.cost * (mass_factor("t", "oz") if step.cost_unit == "usd_per_oz" else 1.0)
        scrap = (left - out) * metal_usd_per_t * step.scrap_value_share
        done.append(ConversionStep(fact, span, left, out, out * per_t, scrap, fact.evidence(span)))
        left = out
    return tuple(done)
