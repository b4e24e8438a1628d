"""Which measures meet on one entry, and on what part of its value each is charged.

A plan is exact and symbolic: every charge is a linear form in the amounts of an entry (its customs value, the value
of each metal in it, its weight …), so that one entry and a million are charged by the same coefficients. The rules
of meeting are fields of the measures; nothing here knows a programme by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.tariff import Base, MeltedIn, TariffLine, TariffMeasure, Unit, WeightThreshold
from tomnext.landed_cost import reasons
from tomnext.landed_cost.measures import Coverage, TariffBook, names
from tomnext.landed_cost.schedule import Rate, rates, special_rate
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.words import Text

Condition = WeightThreshold | MeltedIn
Form = Mapping[str, float]
"""Coefficients by amount: ``value`` (money), ``value:copper``, ``kg``, ``kg:lead``, ``w`` (watts)."""

COLUMNS = ("general", "special", "column_2")
"""What a measure may say instead of a number: read the rate from that column of the schedule."""

SCALE = {Unit.PCT: 0.01, Unit.USC_PER_KG: 0.01, Unit.USD_PER_W: 1.0}
"""What multiplies a rate in its unit to give money for one unit of its base."""


@dataclass(frozen=True)
class Case:
    """Everything about an entry that decides which measures apply, without its amounts.

    ``answers`` holds what each condition comes to, nothing where the entry does not say; ``stated`` the metals whose
    share of the value is given.
    """

    code: str
    origin: str
    on: date
    known_on: date | None = None
    statuses: frozenset[Status] = IN_FORCE
    declared: frozenset[str] = frozenset()
    stated: frozenset[str] = frozenset()
    answers: Mapping[Condition, bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedLine:
    """One charge: the measure and its dated value, its rate, the form of its base and of the money due.

    ``at_least_zero`` marks a top-up to a total: what the rest already pays is subtracted, but never below nothing.
    ``printed`` is the schedule's line where the rate was read from one, with its own source.
    """

    measure: TariffMeasure
    value: DatedValue[float | str]
    rate: Rate
    base: Form
    due: Form
    at_least_zero: bool = False
    assumed: tuple[Text, ...] = ()
    printed: TariffLine | None = None


@dataclass(frozen=True)
class NotApplied:
    """A measure one might have expected, and why it is not charged."""

    measure: TariffMeasure
    why: Text


@dataclass(frozen=True)
class Plan:
    """The charges of a case in the order of the law, what is not charged and why, and what cannot be told."""

    lines: tuple[PlannedLine, ...]
    not_applied: tuple[NotApplied, ...]
    unknown: tuple[NotApplied, ...]


def plan(case: Case, book: TariffBook, measures: Sequence[TariffMeasure] | None = None) -> Plan:
    """Let every measure of a book speak once, each after those it must look at (rates in percent or per unit).

    ``measures`` may be the ordered few that name the goods and the origin: the charges are the same, only the reasons
    of those that have nothing to say are left out.
    """
    spoken = _Spoken([], [], [])
    for measure in book.ordered if measures is None else measures:
        verdict = _verdict(measure, case, book, spoken)
        if isinstance(verdict, NotApplied):
            spoken.silent.append(verdict)
        elif verdict is not None:
            _charge(measure, verdict, case, book, spoken)
    return Plan(tuple(spoken.lines), tuple(spoken.silent), tuple(spoken.unknown))


@dataclass
class _Spoken:
    """What has been said so far while a plan is being made."""

    lines: list[PlannedLine]
    silent: list[NotApplied]
    unknown: list[NotApplied]

    def applied(self) -> list[TariffMeasure]:
        """The measures charged so far, or that would be if their rate could be told."""
        return [*(one.measure for one in self.lines), *(one.measure for one in self.unknown)]

    def take_the_place(self, measure: TariffMeasure) -> None:
        """Remove what a measure is charged instead of, and say so."""
        gone = {one.path: one for one in self.applied() if names(measure.instead_of, one.path)}
        self.silent += [NotApplied(one, reasons.gives_way(measure)) for one in gone.values()]
        self.lines = [one for one in self.lines if one.measure.path not in gone]
        self.unknown = [one for one in self.unknown if one.measure.path not in gone]


def _verdict(
    measure: TariffMeasure, case: Case, book: TariffBook, spoken: _Spoken
) -> DatedValue[float | str] | NotApplied | None:
    """The dated value that binds, or why none does; nothing when nobody would expect the measure here."""
    covered = book.product(measure, case.code)
    value = book.binding(measure, case.on, case.known_on, case.statuses)
    in_force = value is not None
    if not _origin(measure, case, book):
        expected = covered is not Coverage.NO and in_force and book.origin_is_spared(measure, case.origin)
        return NotApplied(measure, reasons.origin_spared(case.origin)) if expected else None
    if covered is Coverage.NO:
        expected = in_force and measure.only_if_declared is None and book.touches_chapter(measure, case.code)
        return NotApplied(measure, reasons.not_listed(case.code)) if expected else None
    if value is None:
        return NotApplied(measure, reasons.not_in_force(measure, case.on, case.known_on, case.statuses))
    why = _declaration(measure, case) or _condition(measure, case) or _stacked_out(measure, spoken)
    if why is not None:
        return NotApplied(measure, why)
    if covered is Coverage.PARTLY:
        spoken.unknown.append(NotApplied(measure, reasons.needs_ten_digits(case.code)))
        return None
    return value


def _origin(measure: TariffMeasure, case: Case, book: TariffBook) -> bool:
    elsewhere = measure.or_melted_in is not None and bool(case.answers.get(measure.or_melted_in))
    return elsewhere or book.origin(measure, case.origin)


def _declaration(measure: TariffMeasure, case: Case) -> Text | None:
    needed = measure.only_if_declared
    if needed is not None and needed not in case.declared:
        return reasons.needs_declaration(needed)
    sparing = case.declared.intersection(measure.not_if_declared)
    return reasons.spared_by_declaration(min(sparing)) if sparing else None


def _condition(measure: TariffMeasure, case: Case) -> Text | None:
    threshold, melted = measure.weight_threshold, measure.melted_in
    if threshold is not None and case.answers.get(threshold) is False:
        return reasons.below_weight(threshold)
    if melted is not None and not case.answers.get(melted):
        return reasons.not_melted(melted)
    return None


def _stacked_out(measure: TariffMeasure, spoken: _Spoken) -> Text | None:
    for other in spoken.applied():
        if names(measure.excluded_by, other.path):
            return reasons.gives_way(other)
    if not measure.instead_of or any(names(measure.instead_of, one.path) for one in spoken.applied()):
        return None
    for silent in spoken.silent:
        if names(measure.instead_of, silent.measure.path):
            return reasons.nothing_to_replace(silent.measure, silent.why)
    return reasons.replaces_nothing()


def _charge(
    measure: TariffMeasure, value: DatedValue[float | str], case: Case, book: TariffBook, spoken: _Spoken
) -> None:
    spoken.take_the_place(measure)
    parts = _parts(measure, value, case, book)
    if parts is None:
        spoken.unknown.append(NotApplied(measure, reasons.rate_not_held(measure)))
        return
    if not parts:
        parts = (Rate(0.0, Unit.PCT, Base.FULL_VALUE),)
    for rate in parts:
        base, assumed = _base(measure, rate, case, spoken.lines)
        if not base:
            why = reasons.content_none(rate.metal) if rate.metal and case.stated else None
            spoken.silent.append(NotApplied(measure, why or reasons.nothing_left(spoken.lines, measure)))
            return
        due: Form = {amount: coefficient * rate.number * SCALE[rate.unit] for amount, coefficient in base.items()}
        if measure.total_including:
            due = _less_included(measure, base, due, spoken.lines)
        if measure.not_if_declared:
            assumed += (reasons.not_declared(measure.not_if_declared),)
        if measure.weight_threshold and case.answers.get(measure.weight_threshold) is None:
            assumed += (reasons.weight_assumed(measure.weight_threshold),)
        printed = book.lines[case.code[:8]] if value.value in COLUMNS else None
        spoken.lines.append(
            PlannedLine(measure, value, rate, base, due, bool(measure.total_including), assumed, printed)
        )


def _parts(
    measure: TariffMeasure, value: DatedValue[float | str], case: Case, book: TariffBook
) -> tuple[Rate, ...] | None:
    """The rate as parts: a plain number, a number by origin, or what a column of the schedule prints."""
    if value.value == "not_known":
        return None
    if value.value in COLUMNS:
        printed = getattr(book.lines[case.code[:8]], str(value.value))
        if measure.special_symbol is not None:
            printed = special_rate(printed, measure.special_symbol)
        return None if printed is None else rates(printed)
    number = measure.rate_by_origin[case.origin] if isinstance(value.value, str) else value.value
    return (Rate(number, measure.unit, measure.base, measure.metal),)


def _base(measure: TariffMeasure, rate: Rate, case: Case, lines: list[PlannedLine]) -> tuple[Form, tuple[Text, ...]]:
    if rate.base is Base.WEIGHT:
        return {"kg": 1.0}, ()
    if rate.base is Base.WATTS:
        return {"w": 1.0}, ()
    if rate.base is Base.CONTENT_WEIGHT:
        return {f"kg:{rate.metal}": 1.0}, ()
    if rate.base is Base.CONTENT_VALUE:
        return _content(measure, str(rate.metal), case, lines)
    taken = [one.base for one in lines if names(measure.not_on_base_of, one.measure.path)]
    return _rest({"value": 1.0}, taken), ()


def _content(measure: TariffMeasure, metal: str, case: Case, lines: list[PlannedLine]) -> tuple[Form, tuple[Text, ...]]:
    """A stated share; none of a metal left out beside stated ones; by law the whole value when nothing is stated."""
    if metal in case.stated or measure.base is not Base.CONTENT_VALUE:
        return {f"value:{metal}": 1.0}, ()
    if case.stated:
        return {}, ()
    claimed = [one.base for one in lines if one.rate.base is Base.CONTENT_VALUE and one.rate.metal != metal]
    return _rest({"value": 1.0}, claimed), (reasons.content_assumed(metal),)


def _rest(whole: dict[str, float], taken: list[Form]) -> Form:
    left = dict(whole)
    for form in taken:
        for amount, coefficient in form.items():
            left[amount] = left.get(amount, 0.0) - coefficient
    return {amount: coefficient for amount, coefficient in left.items() if coefficient}


def _less_included(measure: TariffMeasure, base: Form, due: Form, lines: list[PlannedLine]) -> Form:
    """What is due of a total once the duties it contains are subtracted on the same base."""
    left = dict(due)
    for line in lines:
        if not names(measure.total_including, line.measure.path):
            continue
        same = {amount: one * line.rate.number * SCALE[line.rate.unit] for amount, one in base.items()}
        for amount, coefficient in (same if line.rate.base is Base.FULL_VALUE else line.due).items():
            left[amount] = left.get(amount, 0.0) - coefficient
    return left
