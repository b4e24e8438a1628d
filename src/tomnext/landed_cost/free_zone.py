"""What a free zone does to a charge: exempts, defers or fixes it, for whom, by which article and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tomnext.facts.kinds.free_zone import ZoneRuleFact
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.words import Text

CASES = ("stored", "reexport", "domestic", "supplied", "income")
"""What can happen with goods in a zone: kept, sent abroad, released at home, supplied from home; or income earned."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a rule does to one charge (a name such as ``vat``) in one case; ``unknown`` when no rule is carried."""

    charge: str
    effect: str
    title: Text
    who: Text
    until: date | None
    evidence: Evidence | None

    @property
    def spares(self) -> bool:
        """Whether nothing is collected now."""
        return self.effect in ("exempts", "defers", "zero_rates")


def treatment(
    charge: str, case: str, rules: Iterable[ZoneRuleFact], on: date, known_on: date | None = None
) -> Treatment:
    """What a zone's rules do to a charge in a case on a day (dates, no units); ``unknown`` where no rule says."""
    if case not in CASES:
        raise InputRejected(
            Text("This is not a case of a free zone.", "這不是自由港區的情形。"),
            received=case,
            expected=", ".join(CASES),
        )
    for fact in rules:
        if not fact.has(on, known_on):
            continue
        span = fact.at(on, known_on)
        if charge in span.value.charges and case in span.value.when:
            until = span.span.end_as_known(known_on)
            return Treatment(charge, span.value.effect, fact.title, span.value.who, until, fact.evidence(span))
    return Treatment(
        charge, "unknown", Text("no rule is carried", "未收錄規定"), Text("not verified", "未經查證"), None, None
    )
