"""The tariff of one importing territory as a book: its measures in the order the law lets them speak, its lines, lists.

The order comes from the measures themselves: whatever a measure names in ``instead_of``, ``excluded_by``,
``not_on_base_of`` or ``total_including`` is asked before it. No programme is named in this file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import cached_property

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.tariff import MeltedIn, TariffLine, TariffMeasure, WeightThreshold
from tomnext.vocabulary.clocks import Status
from tomnext.vocabulary.errors import FactConflict, FactMissing
from tomnext.vocabulary.words import Text


class Coverage(Enum):
    """Whether a list of codes takes in a code: yes, no, or only some of its ten-digit parts."""

    YES = "yes"
    NO = "no"
    PARTLY = "partly"


def covers(prefixes: frozenset[str], code: str) -> Coverage:
    """Whether a code (digits only) begins with one on a list; PARTLY when the list divides it further.

    >>> covers(frozenset({"7408", "7616995160"}), "74081160"), covers(frozenset({"7616995160"}), "76169951")
    (<Coverage.YES: 'yes'>, <Coverage.PARTLY: 'partly'>)
    """
    if any(code[:length] in prefixes for length in range(2, len(code) + 1)):
        return Coverage.YES
    if any(len(prefix) > len(code) and prefix.startswith(code) for prefix in prefixes):
        return Coverage.PARTLY
    return Coverage.NO


def names(patterns: Iterable[str], path: str) -> bool:
    """Whether a path of a measure is named by one of some paths, folders meaning all below them (ids, no units).

    >>> names(["us/s232"], "us/s232/copper"), names(["us/s2"], "us/s232/copper")
    (True, False)
    """
    return any(path == one or path.startswith(f"{one}/") for one in patterns)


def turns(measures: Iterable[TariffMeasure]) -> tuple[date, ...]:
    """The days on which any of some measures begins, or no longer binds for the first time, in order (dates)."""
    spans = [span for one in measures for span in one.spans]
    days = {span.in_force_from for span in spans}
    return tuple(sorted(days | {span.in_force_to + timedelta(1) for span in spans if span.in_force_to}))


@dataclass(frozen=True)
class TariffBook:
    """Measures, schedule lines by eight-digit code, code lists by id and country groups of one territory.

    ``lists`` are prefixes of digits by path below ``tariff/``; ``groups`` maps a group (``EU``) to its members.
    """

    territory: str
    measures: tuple[TariffMeasure, ...]
    lines: Mapping[str, TariffLine]
    lists: Mapping[str, frozenset[str]]
    groups: Mapping[str, frozenset[str]]
    edition: Text
    _found: dict[tuple[str, str], Coverage] = field(default_factory=dict, repr=False, compare=False)
    _bound: dict[tuple[object, ...], DatedValue[float | str] | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def ordered(self) -> tuple[TariffMeasure, ...]:
        """The measures so that each comes after all it must look at; FactConflict names a circle."""
        left = {one.path: one for one in sorted(self.measures, key=lambda one: one.path)}
        waits = {path: self._must_follow(one, left) for path, one in left.items()}
        placed: list[TariffMeasure] = []
        while left:
            free = [path for path in left if not waits[path] & left.keys()]
            if not free:
                raise FactConflict(
                    Text("These measures wait for each other.", "這些措施互相等待，無法決定先後。"),
                    received=", ".join(sorted(left)),
                    fix=Text("Remove one instead_of or excluded_by.", "請移除其中一個 instead_of 或 excluded_by。"),
                )
            placed += [left.pop(path) for path in free]
        return tuple(placed)

    @cached_property
    def began(self) -> dict[str, date]:
        """The first day of each programme, by which charges are listed: the oldest law first."""
        days: dict[str, date] = {}
        for one in self.measures:
            first = min(span.in_force_from for span in one.spans)
            days[one.programme] = min(first, days.get(one.programme, first))
        return days

    def product(self, measure: TariffMeasure, code: str) -> Coverage:
        """Whether a measure's codes take in a code (digits only, eight or ten)."""
        key = (measure.path, code)
        if key not in self._found:
            self._found[key] = self._product(measure, code)
        return self._found[key]

    def touches_chapter(self, measure: TariffMeasure, code: str) -> bool:
        """Whether a measure names any code of the same two-digit chapter, so that its silence is worth a sentence."""
        return any(one[:2] == code[:2] for one in (*self.prefixes(measure), *self.exceptions(measure)))

    def origin(self, measure: TariffMeasure, origin: str) -> bool:
        """Whether goods from a country (ISO code or group) are within a measure's origins."""
        return self._in(measure.origins, origin) and not self._in(measure.except_origins, origin)

    def origin_is_spared(self, measure: TariffMeasure, origin: str) -> bool:
        """Whether a measure names a country (ISO code) among those it leaves out."""
        return self._in(measure.except_origins, origin)

    def prefixes(self, measure: TariffMeasure) -> frozenset[str]:
        """The codes a measure is charged on; empty means every code."""
        return frozenset(measure.codes) | self._list(measure, measure.code_list)

    def exceptions(self, measure: TariffMeasure) -> frozenset[str]:
        """The codes a measure spares."""
        return frozenset(measure.except_codes) | self._list(measure, measure.except_list)

    @cached_property
    def conditions(self) -> tuple[WeightThreshold | MeltedIn, ...]:
        """Every threshold of weight or of melting that some measure asks about."""
        asked = (one for m in self.measures for one in (m.weight_threshold, m.melted_in, m.or_melted_in))
        return tuple(dict.fromkeys(one for one in asked if one is not None))

    def binding(
        self, measure: TariffMeasure, on: date, known_on: date | None, statuses: frozenset[Status]
    ) -> DatedValue[float | str] | None:
        """The dated value of a measure (in its unit) that binds on a day, as known on a day; nothing when none does."""
        key = (measure.path, on, known_on, statuses)
        if key not in self._bound:
            found = measure.has(on, known_on, statuses)
            self._bound[key] = measure.at(on, known_on, statuses) if found else None
        return self._bound[key]

    def concerned(self, code: str, origin: str) -> tuple[TariffMeasure, ...]:
        """The measures, in order, that name a code and an origin (or the metal of any origin)."""
        return tuple(
            one
            for one in self.ordered
            if self.product(one, code) is not Coverage.NO and (one.or_melted_in or self.origin(one, origin))
        )

    @cached_property
    def boundaries(self) -> tuple[date, ...]:
        """Every day on which some measure begins, or no longer binds for the first time."""
        return turns(self.measures)

    def _product(self, measure: TariffMeasure, code: str) -> Coverage:
        included, spared = self.prefixes(measure), self.exceptions(measure)
        found = covers(included, code) if included else Coverage.YES
        kept = covers(spared, code)
        if found is Coverage.NO or kept is Coverage.YES:
            return Coverage.NO
        return Coverage.PARTLY if Coverage.PARTLY in (found, kept) else Coverage.YES

    def _list(self, measure: TariffMeasure, name: str | None) -> frozenset[str]:
        if name is None:
            return frozenset()
        if name not in self.lists:
            raise FactMissing(
                Text("{id} names a list of codes that does not exist.", "{id} 引用了不存在的稅號清單。").format(
                    id=measure.id
                ),
                received=name,
                expected=", ".join(sorted(self.lists)),
            )
        return self.lists[name]

    def _in(self, named: tuple[str, ...], origin: str) -> bool:
        return any(one in ("any", origin) or origin in self.groups.get(one, frozenset()) for one in named)

    def _must_follow(self, measure: TariffMeasure, all_of_them: Mapping[str, TariffMeasure]) -> set[str]:
        looks_at = (
            *measure.instead_of, *measure.excluded_by, *measure.not_on_base_of, *measure.total_including,
        )  # fmt: skip
        return {path for path in all_of_them if names(looks_at, path)} - {measure.path}
