"""What changed between two statements of the same shipment, how much of it the law did, and which law.

Each line's difference is split without remainder: with amount = rate × base × exchange rate,
``law = (r1 − r0) · b0 · f0``, ``base = r1 · (b1 − b0) · f0``, ``currency = r1 · b1 · (f1 − f0)``. A line that
appears is law on the old customs value and base for the rest; one that goes is wholly law. Where a programme replaced
one of its measures by another (``us/s232/copper`` by ``us/s232/metals/…``) the two lines are one change, kept even
when both come to the same amount: the law is another. What the new one takes of the old customs value, less what the
old one took, is law (it may have moved the base, from a metal's content to the full value). Lines without a rate
change by their amount and currency only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import fsum

from tomnext.landed_cost.statement import Group, NotCharged, Statement, StatementLine
from tomnext.vocabulary.words import Text

_LAW = frozenset({Group.DUTY, Group.FEE, Group.CARBON, Group.TAX, Group.REFUND})


@dataclass(frozen=True, slots=True)
class Change:
    """One line's change in the statement's currency: before, after, the three parts of the difference, and why.

    ``since`` is the day the new rule began or the old one ended.
    """

    key: str
    group: Group
    label: Text
    before: float
    after: float
    by_law: float
    by_base: float
    by_currency: float
    why: Text
    citation: str | None
    since: date | None

    @property
    def difference(self) -> float:
        """After minus before, statement's currency; positive costs more."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two statements of one shipment and every line that differs, largest first; amounts in one currency."""

    before: Statement
    after: Statement
    changes: tuple[Change, ...]

    @property
    def difference(self) -> float:
        """Total after minus total before, statement's currency."""
        return self.after.total - self.before.total

    @property
    def by_law(self) -> float:
        """The part of the difference that law made."""
        return fsum(change.by_law for change in self.changes)


def compared(before: Statement, after: Statement) -> Comparison:
    """Every line that differs between two statements (same currency) or is charged by another law, largest first.

    The differences of the changes sum to the difference of the totals.
    """
    reasons = {one.key: one for one in (*after.not_charged, *after.unknown)}
    grown = after.customs_value / before.customs_value if before.customs_value and after.customs_value else 1.0
    changes = [
        change
        for old, new in _pairs(before, after)
        if (change := _change(old, new, grown, reasons.get(old.key) if old else None)) is not None
    ]
    return Comparison(before, after, tuple(sorted(changes, key=lambda one: -abs(one.difference))))


def _pairs(before: Statement, after: Statement) -> list[tuple[StatementLine | None, StatementLine | None]]:
    """Lines of the same key, then a measure that ended with the one of its programme that took its place."""
    old = {line.key: line for line in before.lines}
    new = {line.key: line for line in after.lines}
    pairs: list[tuple[StatementLine | None, StatementLine | None]] = [(old[key], new[key]) for key in old if key in new]
    gone = {key: line for key, line in old.items() if key not in new}
    come = {key: line for key, line in new.items() if key not in old}
    for key, line in list(gone.items()):
        heirs = [one for one in come if _programme(one) == _programme(key)]
        rivals = [one for one in gone if _programme(one) == _programme(key)]
        if line.group is Group.DUTY and len(heirs) == 1 and len(rivals) == 1:
            pairs.append((gone.pop(key), come.pop(heirs[0])))
    return [*pairs, *((line, None) for line in gone.values()), *((None, line) for line in come.values())]


def _programme(key: str) -> tuple[str, ...]:
    """The programme of a duty's key: ``duty/us/s232/copper`` is of ``us/s232``."""
    return tuple(key.split("/")[:3])


def _change(
    old: StatementLine | None, new: StatementLine | None, grown: float, reason: NotCharged | None
) -> Change | None:
    line = new or old
    before, after = old.amount if old else 0.0, new.amount if new else 0.0
    replaced = old is not None and new is not None and old.key != new.key
    if line is None or (before == after and not replaced):
        return None
    law, base, currency = _parts(old, new, grown)
    why, citation, since = _why(old, new, reason)
    return Change(line.key, line.group, line.label, before, after, law, base, currency, why, citation, since)


def _parts(old: StatementLine | None, new: StatementLine | None, grown: float) -> tuple[float, float, float]:
    """By law, by base and by currency; ``grown`` is the new customs value per old one."""
    if old is None or new is None:
        return _come_or_gone(old, new, grown)
    fx_old, fx_new = _fx(old), _fx(new)
    currency = new.own_amount * (fx_new - fx_old)
    if old.key != new.key:
        on_old_value = new.amount / grown
        return on_old_value - old.amount, new.amount - on_old_value - currency, currency
    amount = (new.own_amount - old.own_amount) * fx_old
    if old.group is Group.CARBON:
        return amount, 0.0, currency
    if old.group not in _LAW:
        return 0.0, amount, currency
    law = _by_rate(old, new) * fx_old
    return law, amount - law, currency


def _come_or_gone(old: StatementLine | None, new: StatementLine | None, grown: float) -> tuple[float, float, float]:
    if new is None:
        gone = -old.amount if old else 0.0
        return (gone, 0.0, 0.0) if old and old.group in _LAW else (0.0, gone, 0.0)
    if new.group not in _LAW:
        return 0.0, new.amount, 0.0
    on_old_value = new.amount if new.group is Group.CARBON else new.amount / grown
    return on_old_value, new.amount - on_old_value, 0.0


def _by_rate(old: StatementLine, new: StatementLine) -> float:
    """What the change of the rate alone does on the old base, in the line's own currency."""
    known = next((one for one in (old, new) if one.rate and one.base_amount), None)
    if known is None or old.rate is None or new.rate is None or old.base_amount is None:
        return 0.0
    per_point = known.own_amount / (known.rate * known.base_amount)  # type: ignore[operator]
    return (new.rate - old.rate) * old.base_amount * per_point


def _fx(line: StatementLine) -> float:
    return line.amount / line.own_amount if line.own_amount else 1.0


def _why(
    old: StatementLine | None, new: StatementLine | None, reason: NotCharged | None
) -> tuple[Text, str | None, date | None]:
    if old is None and new is not None:
        return Text("now charged", "新增收取"), new.citation, new.in_force_from
    if new is None and old is not None:
        ended = Text("no longer charged", "不再收取")
        why = Text(f"{ended.en}: {reason.why.en}", f"{ended.zh}：{reason.why.zh}") if reason else ended
        return why, (reason.citation if reason and reason.citation else old.citation), old.in_force_to
    if old is None or new is None:
        return Text("unchanged", "未變"), None, None
    if old.key != new.key:
        text = Text(f"replaces {old.label.en}", f"取代「{old.label.zh}」")
        return text, new.citation, new.in_force_from
    if old.group in _LAW and _differs(old.rate, new.rate):
        unit = "%" if new.rate_unit == "pct" else f" {new.rate_unit}"
        text = Text("rate {a}{u} → {b}{u}", "費率 {a}{u} → {b}{u}").format(a=_written(old), b=_written(new), u=unit)
        return text, new.citation, new.in_force_from
    if old.group in _LAW and old.base != new.base:
        return (
            Text("base {a} → {b}", "課徵基礎 {a} → {b}").format(a=old.base, b=new.base),
            new.citation,
            new.in_force_from,
        )
    if old.group is Group.METAL:
        return Text("price", "價格變動"), new.citation, None
    return Text("the amount it is charged on", "課徵基礎金額變動"), None, None


def _differs(a: float | None, b: float | None) -> bool:
    return a is None or b is None or abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b))


def _written(line: StatementLine) -> str:
    return "–" if line.rate is None else f"{line.rate:g}"


@dataclass(frozen=True, slots=True)
class LaneRank:
    """One lane among those that bring the same metal to the same place: cost per usable tonne and gap to the best."""

    statement: Statement
    per_t: float
    gap_per_t: float


def ranked(statements: Iterable[Statement]) -> tuple[LaneRank, ...]:
    """Lanes from the cheapest per usable tonne (statement's currency), with the gap to the cheapest.

    Statements with an unknown charge come after those that are complete: their total is a floor.
    """
    order = sorted(statements, key=lambda one: (bool(one.unknown), one.per_t))
    best = min((one.per_t for one in order), default=0.0)
    return tuple(LaneRank(one, one.per_t, one.per_t - best) for one in order)


@dataclass(frozen=True, slots=True)
class FriendShorePremium:
    """What a friend's metal may cost more per tonne before another's is cheaper landed; statement's currency per tonne.

    ``gap_per_t`` is the other lane's cost less the friend's; ``premium_per_t`` divides it by what each unit of price
    costs landed on the friend's lane, since duty, insurance and interest grow with the price.
    """

    friend: Statement
    other: Statement
    gap_per_t: float
    premium_per_t: float


def friend_shore_premium(
    friend: Statement, other: Statement, dearer: Statement, step_per_t: float
) -> FriendShorePremium:
    """The dual price between two origins of the same goods.

    ``dearer`` is the friend's lane computed again with ``step_per_t`` (statement's currency per bought tonne) on its
    price: a statement is linear in the price while fees stay off their limits, so one step gives the slope.
    """
    gap = other.per_t - friend.per_t
    slope = (dearer.per_t - friend.per_t) / step_per_t
    return FriendShorePremium(friend, other, gap, gap / slope)
