"""The duty on one entry: every charge with its base and law, what is not charged and why, and what cannot be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from tomnext.facts.kinds.base import Confidence
from tomnext.facts.kinds.tariff import Base, MeltedIn, TariffMeasure, WeightThreshold
from tomnext.landed_cost import reasons
from tomnext.landed_cost.classification import dotted
from tomnext.landed_cost.measures import TariffBook
from tomnext.landed_cost.stacking import Case, Condition, NotApplied, PlannedLine, plan
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text


@dataclass(frozen=True)
class Entry:
    """One shipment as it meets the customs: what, whence, when, and what is known of its metal.

    ``code`` in digits (eight or ten); ``metal_shares`` of the customs value and ``weight_shares`` of the weight are
    0–1 by metal; ``melted_in`` is the share (0–1, by weight) of the metal melted, smelted or cast in each country;
    ``value_usd`` customs value; ``weight_kg``; ``watts`` (solar). ``known_on`` replays what was knowable.
    """

    code: str
    origin: str
    on: date
    known_on: date | None = None
    value_usd: float | None = None
    weight_kg: float | None = None
    watts: float | None = None
    metal_shares: Mapping[str, float] = field(default_factory=dict)
    weight_shares: Mapping[str, float] = field(default_factory=dict)
    melted_in: Mapping[str, float] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    statuses: frozenset[Status] = IN_FORCE


@dataclass(frozen=True)
class DutyLine:
    """One charge. ``contribution_pct`` is percent of the customs value; ``amount_usd`` needs a value.

    ``rate_pct`` is what is charged on the base (for a total including MFN, the top-up); ``stated_rate`` the number
    the law states, in ``unit``. ``base_share`` is the part of the customs value (0–1) it is charged on, empty for
    duties on weight.
    """

    measure: TariffMeasure
    title: Text
    kind: str
    base: str
    stated_rate: float
    unit: str
    rate_pct: float | None
    base_share: float | None
    contribution_pct: float
    amount_usd: float | None
    in_force_from: date
    in_force_to: date | None
    source: str
    confidence: Confidence
    evidence: Evidence
    assumed: tuple[Text, ...]

    @property
    def metal(self) -> Text | None:
        """The metal whose content is the base, if it is one."""
        _, _, name = self.base.partition(":")
        return reasons.material(name) if name else None

    @property
    def is_weak(self) -> bool:
        """Whether the law behind the charge was not read in a decent source."""
        return self.evidence.nature is Nature.ASSUMED


@dataclass(frozen=True)
class Duty:
    """The whole answer. ``total_rate_pct`` is percent of customs value, empty while anything is ``unknown``."""

    entry: Entry
    lines: tuple[DutyLine, ...]
    not_applied: tuple[NotApplied, ...]
    unknown: tuple[NotApplied, ...]

    @property
    def known_rate_pct(self) -> float:
        """The sum of what can be told, percent of customs value."""
        return sum(line.contribution_pct for line in self.lines)

    @property
    def total_rate_pct(self) -> float | None:
        """The total in percent of customs value; empty when some charge cannot be told."""
        return None if self.unknown else self.known_rate_pct

    @property
    def total_usd(self) -> float | None:
        """The duty in US dollars; empty without a value or while some charge cannot be told."""
        if self.entry.value_usd is None or self.unknown:
            return None
        return self.entry.value_usd * self.known_rate_pct / 100

    @property
    def is_assumed(self) -> bool:
        """Whether any charge rests on a weak source or on something the entry did not say."""
        return any(line.assumed or line.is_weak for line in self.lines)

    @property
    def dotted_code(self) -> str:
        """The code as the schedule prints it."""
        return dotted(self.entry.code)


def duty(entry: Entry, book: TariffBook) -> Duty:
    """All duty on an entry (percent of customs value, US dollars where a value is given), to the day and as known.

    Raises InputRejected for shares outside 0–1 or summing over 1 and for negative amounts.
    """
    check(entry)
    made = plan(case_of(entry, book), book)
    amounts = _amounts(entry)
    lines: list[DutyLine] = []
    silent, unknown = list(made.not_applied), list(made.unknown)
    for planned in made.lines:
        missing = sorted({one for one in (*planned.base, *planned.due) if one not in amounts})
        if missing:
            unknown.append(NotApplied(planned.measure, reasons.needs_amounts(_asked(missing, planned))))
        elif abs(_sum(planned.base, amounts)) < 1e-12:
            silent.append(NotApplied(planned.measure, reasons.nothing_left(made.lines, planned.measure)))
        else:
            lines.append(_line(planned, amounts, entry))
    lines.sort(key=lambda one: (book.began[one.measure.programme], one.measure.path))
    return Duty(entry, tuple(lines), tuple(silent), tuple(unknown))


def case_of(entry: Entry, book: TariffBook) -> Case:
    """What decides which measures apply to an entry, its amounts left out (shares become yes, no or not said)."""
    return Case(
        code=entry.code,
        origin=entry.origin,
        on=entry.on,
        known_on=entry.known_on,
        statuses=entry.statuses,
        declared=entry.declared,
        stated=frozenset(entry.metal_shares),
        answers={one: answer(one, entry) for one in book.conditions},
    )


def answer(condition: Condition, entry: Entry) -> bool | None:
    """Whether an entry meets a threshold (shares 0–1); nothing when it does not say.

    Of metals whose weight is not given beside one that is, none is there; nor of those that are none of the value.
    """
    if isinstance(condition, MeltedIn):
        share = entry.melted_in.get(condition.country)
        if share is None:
            return None
        return share > 0 if condition.at_least == 0 else share >= condition.at_least
    return _heavy_enough(condition, entry)


def _heavy_enough(threshold: WeightThreshold, entry: Entry) -> bool | None:
    none = [metal for metal in threshold.metals if entry.metal_shares.get(metal) == 0]
    if not entry.weight_shares and len(none) < len(threshold.metals):
        return None
    return sum(entry.weight_shares.get(metal, 0.0) for metal in threshold.metals) >= threshold.at_least - 1e-12


def check(entry: Entry) -> None:
    """Refuse shares (0–1) that cannot be and amounts below zero (US dollars, kg, watts)."""
    for name, called in _SHARES.items():
        given: Mapping[str, float] = getattr(entry, name)
        for key, share in given.items():
            if not 0 <= share <= 1:
                raise InputRejected(
                    Text("A share must lie between 0 and 1.", "比例必須介於 0 與 1。"),
                    received=f"{name.replace('_', '-')} {key}={share}",
                    expected="0–1",
                )
        if sum(given.values()) > 1 + 1e-9:
            raise InputRejected(
                Text(f"The {called.en} sum to more than 1.", f"{called.zh}合計超過 1。"),
                received=", ".join(f"{key}={share}" for key, share in given.items()),
                expected="≤ 1",
            )
    for name in ("value_usd", "weight_kg", "watts"):
        amount: float | None = getattr(entry, name)
        if amount is not None and not amount >= 0:
            raise InputRejected(Text("An amount cannot be negative.", "數額不可為負。"), received=f"{name} {amount}")


_SHARES = {
    "metal_shares": Text("shares of value", "價值占比"),
    "weight_shares": Text("shares of weight", "重量占比"),
    "melted_in": Text("shares by country of melting", "各熔煉國占比"),
}


def _amounts(entry: Entry) -> dict[str, float]:
    """The amounts of an entry per unit of its customs value."""
    amounts = {"value": 1.0, **{f"value:{metal}": share for metal, share in entry.metal_shares.items()}}
    if entry.value_usd:
        if entry.watts is not None:
            amounts["w"] = entry.watts / entry.value_usd
        if entry.weight_kg is not None:
            per_usd = entry.weight_kg / entry.value_usd
            amounts["kg"] = per_usd
            amounts |= {f"kg:{metal}": per_usd * share for metal, share in entry.weight_shares.items()}
    return amounts


def _asked(missing: list[str], planned: PlannedLine) -> list[str]:
    on_weight = planned.rate.base in (Base.WEIGHT, Base.CONTENT_WEIGHT, Base.WATTS)
    return [*(["value"] if on_weight else []), *missing]


def _sum(form: Mapping[str, float], amounts: Mapping[str, float]) -> float:
    return sum(coefficient * amounts[amount] for amount, coefficient in form.items())


def _line(planned: PlannedLine, amounts: Mapping[str, float], entry: Entry) -> DutyLine:
    share = _sum(planned.base, amounts)
    due = _sum(planned.due, amounts)
    if planned.at_least_zero:
        due = max(due, 0.0)
    of_value = planned.rate.base in (Base.FULL_VALUE, Base.CONTENT_VALUE)
    measure, value, rate = planned.measure, planned.value, planned.rate
    evidence = _evidence(planned)
    return DutyLine(
        measure=measure,
        title=measure.title,
        kind=_kind(planned),
        base=rate.base.value if rate.metal is None else f"{rate.base.value}:{rate.metal}",
        stated_rate=rate.number,
        unit=rate.unit.value,
        rate_pct=100 * due / share if of_value else None,
        base_share=share if of_value else None,
        contribution_pct=100 * due,
        amount_usd=None if entry.value_usd is None else entry.value_usd * due,
        in_force_from=value.in_force_from,
        in_force_to=value.span.end_as_known(entry.known_on),
        source=evidence.source,
        confidence=_confidence(planned),
        evidence=evidence,
        assumed=planned.assumed,
    )


def _kind(planned: PlannedLine) -> str:
    if planned.measure.total_including:
        return "total_including_" + "_and_".join(one.rsplit("/", 1)[-1] for one in planned.measure.total_including)
    return "additive" if planned.rate.base in (Base.FULL_VALUE, Base.CONTENT_VALUE) else "specific"


def _confidence(planned: PlannedLine) -> Confidence:
    surest_first = list(Confidence)
    law, line = planned.value.confidence, planned.printed.confidence if planned.printed else Confidence.HIGH
    return surest_first[max(surest_first.index(law), surest_first.index(line))]


def _evidence(planned: PlannedLine) -> Evidence:
    """The measure as a footnote; a rate read from a schedule is only as sure as the line it was read from."""
    evidence, printed = planned.measure.evidence(planned.value), planned.printed
    if printed is None:
        return evidence
    weaker = _confidence(planned)
    weak = weaker in (Confidence.LOW, Confidence.RECALL)
    return replace(
        evidence,
        source=evidence.source if printed.source in evidence.source else f"{printed.source}; {evidence.source}",
        nature=Nature.ASSUMED if weak else evidence.nature,
        confidence=weaker.value,
    )
