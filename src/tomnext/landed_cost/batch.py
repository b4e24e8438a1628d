"""Duty on a million shipments at once, by the same plans as one.

Shipments that the law cannot tell apart (same lists, same groups of origin, same span of days, same thresholds met,
same things stated) share one plan of :mod:`tomnext.landed_cost.stacking`; its coefficients are then multiplied with
the amounts of each row. All in float64; each authority keeps its own column to the end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tomnext.facts.kinds.tariff import Base, MeltedIn, WeightThreshold
from tomnext.landed_cost.charging import (
    Amounts,
    Charge,
    Coefficients,
    Floats,
    Indices,
    blank_unknown,
    coefficients_of,
    owed,
)
from tomnext.landed_cost.measures import Coverage, TariffBook, turns
from tomnext.landed_cost.stacking import Case, Condition, Plan, plan
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

CHUNK_ROWS = 131_072


@dataclass(frozen=True)
class Shipments:
    """Rows in columns: codes (digits) and origins (ISO) by index into their dictionaries, customs value in US dollars.

    ``on`` is datetime64[D] by row. Shares are 0–1 and NaN where not stated, as are ``weight_kg`` and ``watts``;
    ``declared``, ``known_on`` and ``statuses`` hold for every row.
    """

    codes: tuple[str, ...]
    code_index: NDArray[np.integer]
    origins: tuple[str, ...]
    origin_index: NDArray[np.integer]
    value_usd: Floats
    on: NDArray[np.datetime64]
    weight_kg: Floats | None = None
    watts: Floats | None = None
    metal_shares: Mapping[str, Floats] = field(default_factory=dict)
    weight_shares: Mapping[str, Floats] = field(default_factory=dict)
    melted_in: Mapping[str, Floats] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    known_on: date | None = None
    statuses: frozenset[Status] = IN_FORCE

    def __len__(self) -> int:
        return len(self.value_usd)

    def rows(self, part: slice) -> "Shipments":
        """Some of the rows, by position."""

        def cut(shares: Mapping[str, Floats]) -> dict[str, Floats]:
            return {key: column[part] for key, column in shares.items()}

        return Shipments(
            self.codes, self.code_index[part], self.origins, self.origin_index[part], self.value_usd[part],
            self.on[part], None if self.weight_kg is None else self.weight_kg[part],
            None if self.watts is None else self.watts[part],
            cut(self.metal_shares), cut(self.weight_shares), cut(self.melted_in),
            self.declared, self.known_on, self.statuses,
        )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """Some neighbouring rows: their groups, what the groups owe, and their amounts."""

    rows: slice
    coefficients: Coefficients
    group: Indices
    amounts: Amounts


class Assessed:
    """Duty by row in US dollars; each column is worked out when it is first asked for."""

    def __init__(self, rows: int, parts: Sequence[_Part]) -> None:
        self._rows, self._parts = rows, parts

    @cached_property
    def total_usd(self) -> Floats:
        """All duty on each row; NaN where some charge cannot be told."""
        return self._whole(lambda coefficients: coefficients.in_all)

    @cached_property
    def landed_usd(self) -> Floats:
        """Customs value with all duty; NaN where some charge cannot be told."""
        return self._whole(lambda coefficients: coefficients.in_all_with_value)

    @cached_property
    def by_authority_usd(self) -> dict[str, Floats]:
        """What each authority (``us/s232``) is owed on each row; what cannot be told is left out here."""
        columns: dict[str, Floats] = {}
        for part in self._parts:
            for authority, charge in part.coefficients.by_authority.items():
                column = columns.setdefault(authority, np.zeros(self._rows))
                owed(charge, part.group, part.amounts, column[part.rows])
        return dict(sorted(columns.items()))

    @property
    def is_unknown(self) -> NDArray[np.bool_]:
        """Rows whose total cannot be told."""
        return np.isnan(self.total_usd)

    def _whole(self, which: Callable[[Coefficients], Charge]) -> Floats:
        column = np.empty(self._rows)
        for part in self._parts:
            owed(which(part.coefficients), part.group, part.amounts, column[part.rows])
            blank_unknown(part.coefficients, part.group, part.amounts, column[part.rows])
        return column


def assess(shipments: Shipments, book: TariffBook, told: Callable[[int], None] = lambda rows: None) -> Assessed:
    """Duty on every row in US dollars, each on its own day; ``told`` hears how many rows are planned.

    Raises InputRejected for a share outside 0–1, shares summing over 1 or a negative amount, naming the first row.
    """
    _check(shipments)
    groups = _Groups(shipments, book)
    parts = []
    for start in range(0, len(shipments), CHUNK_ROWS):
        part = slice(start, min(start + CHUNK_ROWS, len(shipments)))
        rows = shipments.rows(part)
        keys, group = groups.of(rows, rows.on)
        parts.append(_Part(part, groups.coefficients(keys), group, _amounts(rows)))
        told(part.stop)
    return Assessed(len(shipments), parts)


class Prepared:
    """Shipments checked and grouped once, to be asked what they would owe on any day."""

    def __init__(self, shipments: Shipments, book: TariffBook) -> None:
        _check(shipments)
        self._groups = _Groups(shipments, book)
        self._amounts = _amounts(shipments)
        self._keys, self._group = self._groups.of(shipments, None)

    def on(self, days: Sequence[date]) -> Iterator[Assessed]:
        """Duty in US dollars were all to enter on one day, for each of some days.

        Neighbouring days between which the law did not turn for any of the shipments share one answer (one object).
        """
        rows = slice(0, len(self._group))
        before: Indices | None = None
        for day in days:
            dated = self._groups.on_day(self._keys, day)
            if before is None or not np.array_equal(dated, before):
                part = _Part(rows, self._groups.coefficients(dated), self._group, self._amounts)
                before, answer = dated, Assessed(rows.stop, [part])
            yield answer


class _Groups:
    """Finds the shipments the law cannot tell apart and plans each group once.

    A key holds, in order: class of code, class of origin, position of the day among those on which the law turned
    (0 before the first), the answer to each condition (0 no, 1 yes, 2 not said), and which metals are stated.
    """

    def __init__(self, shipments: Shipments, book: TariffBook) -> None:
        self.book, self.shipments = book, shipments
        self.code_class, self.a_code = _classes(shipments.codes, self._code_signature)
        self.origin_class, self.an_origin = _classes(shipments.origins, self._origin_signature)
        self.asks, self.asks_content = self._asked()
        self.turns = np.array(book.boundaries, dtype="datetime64[D]")
        self.named = {
            (c, o): book.concerned(code, origin)
            for c, code in enumerate(self.a_code)
            for o, origin in enumerate(self.an_origin)
        }
        self.period = self._periods()
        self.made: dict[tuple[int, ...], Plan] = {}

    def of(self, rows: Shipments, on: NDArray[np.datetime64] | None) -> tuple[Indices, Indices]:
        """The keys of the groups among some rows on their days (or on none yet), and the group of every row."""
        code = _class_of(self.code_class, rows.code_index)
        origin = _class_of(self.origin_class, rows.origin_index)
        content = self.asks_content[code] if rows.metal_shares else None
        if on is None:
            period = _same(0, len(rows))
        else:
            period = self.period[code, origin, np.searchsorted(self.turns, on.astype("datetime64[D]"), side="right")]
        return _distinct(
            [
                code,
                origin,
                period,
                *(np.where(asks[code], _answers(one, rows), 2) for one, asks in self.asks.items()),
                *((~np.isnan(share) & content).astype(np.intp) for share in rows.metal_shares.values()),
            ]
        )

    def _answered(self, condition: Condition, asks: NDArray[np.bool_], code: Indices, rows: Shipments) -> Indices:
        if not asks.any():
            return _same(2, len(rows))
        return np.where(asks[code], _answers(condition, rows), 2)

    def on_day(self, keys: Indices, day: date) -> Indices:
        """The same keys, all on one day."""
        dated = keys.copy()
        place = int(np.searchsorted(self.turns, np.datetime64(day, "D"), side="right"))
        dated[:, 2] = self.period[keys[:, 0], keys[:, 1], place]
        return dated

    def coefficients(self, keys: Indices) -> Coefficients:
        """What the groups of some keys owe (US dollars per unit of amount)."""
        return coefficients_of([self._plan(tuple(key)) for key in keys.tolist()])

    def _plan(self, key: tuple[int, ...]) -> Plan:
        if key not in self.made:
            asked, like = self.book.conditions, self.shipments
            answers = {one: _ANSWER[said] for one, said in zip(asked, key[3 : 3 + len(asked)], strict=True)}
            stated = [metal for metal, said in zip(like.metal_shares, key[3 + len(asked) :], strict=True) if said]
            if key[2] == 0:
                raise InputRejected(
                    Text("A shipment lies before the first fact.", "有貨件早於最早的事實。"),
                    expected=f"≥ {self.book.boundaries[0]}",
                )
            case = Case(
                self.a_code[key[0]], self.an_origin[key[1]], self.book.boundaries[key[2] - 1], like.known_on,
                like.statuses, like.declared, frozenset(stated), answers,
            )  # fmt: skip
            binding = [
                one
                for one in self.named[key[0], key[1]]
                if self.book.binding(one, case.on, case.known_on, case.statuses) is not None
            ]
            self.made[key] = plan(case, self.book, binding)
        return self.made[key]

    def _asked(self) -> tuple[dict[Condition, NDArray[np.bool_]], NDArray[np.bool_]]:
        """By class of code: which conditions any of its measures sets, and whether any duty looks at a content."""
        asks = {one: np.zeros(len(self.a_code), dtype=bool) for one in self.book.conditions}
        content = np.zeros(len(self.a_code), dtype=bool)
        for number, code in enumerate(self.a_code):
            line = self.book.lines[code[:8]]
            content[number] = "content" in f"{line.general} {line.special} {line.column_2}"
            for one in self.book.measures:
                if self.book.product(one, code) is not Coverage.NO:
                    content[number] |= one.base is Base.CONTENT_VALUE
                    for condition in (one.weight_threshold, one.melted_in, one.or_melted_in):
                        if condition is not None:
                            asks[condition][number] = True
        return asks, content

    def _periods(self) -> Indices:
        """By class of code, class of origin and position among all turning days: the last turn that concerns them.

        Days between two turns that concern nothing in question are one period, so they share a plan.
        """
        period = np.zeros((len(self.a_code), len(self.an_origin), len(self.turns) + 1), dtype=np.intp)
        places = np.arange(1, len(self.turns) + 1)
        for (code, origin), named in self.named.items():
            own = np.isin(self.turns, np.array(turns(named), dtype="datetime64[D]"))
            period[code, origin, 1:] = np.maximum.accumulate(np.where(own | (places == 1), places, 0))
        return period

    def _code_signature(self, code: str) -> tuple[object, ...]:
        line = self.book.lines[code[:8]]
        lists = tuple(self.book.product(one, code) for one in self.book.ordered)
        return (*lists, line.general, line.special, line.column_2)

    def _origin_signature(self, origin: str) -> tuple[object, ...]:
        return tuple((self.book.origin(one, origin), one.rate_by_origin.get(origin)) for one in self.book.ordered)


_ANSWER: Mapping[int, bool | None] = {0: False, 1: True, 2: None}


def _classes(names: Sequence[str], signature: Callable[[str], tuple[object, ...]]) -> tuple[Indices, list[str]]:
    """Which class each name falls in, and one name of each class."""
    numbers: dict[tuple[object, ...], int] = {}
    samples: list[str] = []
    index = np.empty(len(names), dtype=np.intp)
    for position, name in enumerate(names):
        key = signature(name)
        if key not in numbers:
            numbers[key] = len(samples)
            samples.append(name)
        index[position] = numbers[key]
    return index, samples


def _answers(condition: Condition, rows: Shipments) -> Indices:
    """0 no, 1 yes, 2 not said, for each row: the same rules as for one entry."""
    if isinstance(condition, MeltedIn):
        share = rows.melted_in.get(condition.country)
        if share is None:
            return np.full(len(rows), 2)
        met = share > 0 if condition.at_least == 0 else share >= condition.at_least
        return np.where(np.isnan(share), 2, met.astype(np.intp))
    return _heavy_enough(condition, rows)


def _heavy_enough(threshold: WeightThreshold, rows: Shipments) -> Indices:
    said = np.zeros(len(rows), dtype=bool)
    for column in rows.weight_shares.values():
        said |= ~np.isnan(column)
    absent = np.zeros(len(rows), dtype=np.intp)
    weight = np.zeros(len(rows))
    for metal in threshold.metals:
        if metal in rows.metal_shares:
            absent += rows.metal_shares[metal] == 0
        if metal in rows.weight_shares:
            weight += np.nan_to_num(rows.weight_shares[metal])
    silent = ~said & (absent < len(threshold.metals))
    return np.where(silent, 2, (weight >= threshold.at_least - 1e-12).astype(np.intp))


def _class_of(classes: Indices, index: NDArray[np.integer]) -> Indices:
    if not classes.any():
        return _same(0, len(index))
    each_its_own = np.array_equal(classes, np.arange(len(classes)))
    return index if each_its_own else np.take(classes, index)


def _same(value: int, rows: int) -> Indices:
    """One whole number for every row, without storing it a million times."""
    return np.broadcast_to(np.intp(value), (rows,))


def _distinct(columns: Sequence[Indices]) -> tuple[Indices, Indices]:
    """The different combinations of some small whole numbers by row, and which one each row has."""
    varying = [column for column in columns if column.strides[0]]
    sizes = [int(column.max(initial=0)) + 1 for column in varying]
    key: Indices = np.zeros(len(columns[0]), dtype=np.intp) if len(varying) != 1 else varying[0]
    if len(varying) > 1:
        for column, size in zip(varying, sizes, strict=True):
            key *= size
            key += column
    span = int(np.prod(np.array(sizes, dtype=object)))
    if span <= 4 * len(key) + 1024:
        present = np.zeros(span, dtype=bool)
        present[key] = True
        different = np.flatnonzero(present)
        group = key if present.all() else np.take(np.cumsum(present) - 1, key)
    else:
        different, group = np.unique(key, return_inverse=True)
    found = iter(np.unravel_index(different, sizes or (1,)))
    keys = [next(found) if column.strides[0] else np.full(len(different), column[0]) for column in columns]
    return np.stack(keys, axis=1), group


def _amounts(rows: Shipments) -> Amounts:
    """The amounts of each row: customs value, the metals in it, weight, watts."""
    amounts = {"value": rows.value_usd}
    amounts |= {f"value:{metal}": rows.value_usd * share for metal, share in rows.metal_shares.items()}
    if rows.weight_kg is not None:
        amounts["kg"] = rows.weight_kg
        amounts |= {f"kg:{metal}": rows.weight_kg * share for metal, share in rows.weight_shares.items()}
    if rows.watts is not None:
        amounts["w"] = rows.watts
    return Amounts.of(amounts)


def _check(shipments: Shipments) -> None:
    for shares in (shipments.metal_shares, shipments.weight_shares, shipments.melted_in):
        whole = np.zeros(len(shipments)) if shares else np.zeros(0)
        for name, share in shares.items():
            _refuse((share < 0) | (share > 1), Text("A share must lie between 0 and 1.", "比例必須介於 0 與 1。"), name)
            whole += np.nan_to_num(share)
        _refuse(whole > 1 + 1e-9, Text("Shares sum to more than 1.", "占比合計超過 1。"), ", ".join(shares))
    if len(shipments) and not shipments.value_usd.min() >= 0:
        what = Text("A value is missing or negative.", "完稅價格缺漏或為負。")
        _refuse(~(shipments.value_usd >= 0), what, "value_usd")
    for name, amount in {"weight_kg": shipments.weight_kg, "watts": shipments.watts}.items():
        if amount is not None:
            _refuse(amount < 0, Text("An amount cannot be negative.", "數額不可為負。"), name)


def _refuse(wrong: NDArray[np.bool_], what: Text, column: str) -> None:
    if wrong.any():
        raise InputRejected(what, received=f"{column}, row {int(np.argmax(wrong)) + 1}")
