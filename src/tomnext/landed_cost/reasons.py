"""Why a measure is not charged, or what was assumed where the entry was silent, in both languages."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.tariff import MeltedIn, TariffMeasure, WeightThreshold
from tomnext.landed_cost.classification import dotted
from tomnext.vocabulary.clocks import Status
from tomnext.vocabulary.words import Text

MATERIALS: dict[str, Text] = {
    "copper": Text("copper", "銅"),
    "aluminium": Text("aluminium", "鋁"),
    "steel": Text("steel", "鋼"),
    "lead": Text("lead", "鉛"),
    "zinc": Text("zinc", "鋅"),
    "tungsten": Text("tungsten", "鎢"),
    "molybdenum": Text("molybdenum", "鉬"),
}
"""Metals that a duty may ask about, beyond the ten that tomnext prices."""

_STANDING = {
    Status.STRUCK_DOWN: Text("struck down by a court", "遭法院推翻"),
    Status.EXPIRED: Text("expired by its own terms", "依其條款屆滿"),
    Status.SUSPENDED: Text("suspended", "暫停"),
    Status.PROPOSED: Text("only proposed", "僅為提案"),
}


class _HasMeasure(Protocol):
    @property
    def measure(self) -> TariffMeasure:
        """The measure that is charged."""
        ...


def material(metal: str) -> Text:
    """A metal's name in both languages (no units)."""
    return MATERIALS.get(metal, Text(metal, metal))


def not_listed(code: str) -> Text:
    """The tariff code is not on the measure's list."""
    return Text("{code} is not on its list.", "{code} 不在其清單上。").format(code=dotted(code))


def origin_spared(origin: str) -> Text:
    """The country is expressly left out (ISO code)."""
    return Text("Goods of {origin} are expressly left out.", "明文排除 {origin} 的貨品。").format(origin=origin)


def not_in_force(measure: TariffMeasure, on: date, known_on: date | None, statuses: frozenset[Status]) -> Text:
    """Not announced by the known-on date, only proposed, over, or still to come on the day asked for."""
    for value in measure.spans:
        if value.span.covers(on):
            if value.status not in statuses:
                standing = _STANDING[value.status]
                return Text(f"Not law: {standing.en}.", f"並非法律：{standing.zh}。")
            if known_on is not None and not value.span.covers(on, known_on):
                return Text("It was announced on {day}, after {known}.", "{day} 才公布，晚於 {known}。").format(
                    day=value.known_from or value.in_force_from, known=known_on
                )
    earlier = [one for one in measure.spans if one.in_force_to is not None and one.in_force_to < on]
    later = [one for one in measure.spans if one.in_force_from > on]
    if earlier:
        return _over(max(earlier, key=lambda one: one.in_force_to or on))
    first = min(later, key=lambda one: one.in_force_from)
    return Text("It begins on {day}.", "{day} 才開始。").format(day=first.in_force_from)


def _over(last: DatedValue[float | str]) -> Text:
    standing = _STANDING.get(last.status)
    if standing is None:
        return Text("It ended on {day}.", "已於 {day} 結束。").format(day=last.in_force_to)
    return Text(f"It ended on {last.in_force_to}, {standing.en}.", f"已於 {last.in_force_to} 結束（{standing.zh}）。")


def needs_declaration(what: str) -> Text:
    """Charged or granted only when the importer declares something (by name)."""
    return Text("Only for goods declared {what}.", "僅適用於申報 {what} 的貨品。").format(what=what)


def spared_by_declaration(what: str) -> Text:
    """The declaration takes the goods out (by name)."""
    return Text("Declared {what}, therefore spared.", "已申報 {what}，因此免徵。").format(what=what)


def below_weight(threshold: WeightThreshold) -> Text:
    """The metal is too small a share of the weight (share as percent)."""
    return Text(
        f"{_all(threshold).en} is under {threshold.at_least:.0%} of the weight.",
        f"{_all(threshold).zh}低於重量的 {threshold.at_least:.0%}。",
    )


def weight_assumed(threshold: WeightThreshold) -> Text:
    """No weight share was given, so the threshold (percent of weight) was taken as reached."""
    metals = _all(threshold)
    return Text(
        f"No weight share of {metals.en} was given; taken as {threshold.at_least:.0%} or more (assumption L3).",
        f"未提供{metals.zh}的重量占比；視為達 {threshold.at_least:.0%} 以上（假設 L3）。",
    )


def _all(threshold: WeightThreshold) -> Text:
    metals = [material(one) for one in threshold.metals]
    return Text(" and ".join(one.en for one in metals), "與".join(one.zh for one in metals))


def not_melted(melted: MeltedIn) -> Text:
    """Not shown to be melted or cast in the country to the share asked for (percent of metal weight)."""
    return Text(
        "Only if {share:.0%} or more of the metal was melted, smelted or cast in {country}.",
        "僅適用於金屬有 {share:.0%} 以上在 {country} 熔煉或鑄造者。",
    ).format(share=melted.at_least, country=melted.country)


def gives_way(other: TariffMeasure) -> Text:
    """Another measure that applies takes its place (by id)."""
    return Text("{id} applies instead.", "改適用 {id}。").format(id=other.id)


def nothing_to_replace(other: TariffMeasure, why: Text) -> Text:
    """It stands in for another measure that is itself not charged, for the reason given (ids)."""
    return Text(f"{other.id} is not charged either: {why.en}", f"{other.id} 亦不課徵：{why.zh}")


def replaces_nothing() -> Text:
    """It stands in for measures of which none concerns these goods (no units)."""
    return Text("Nothing it would stand in for is charged here.", "此處沒有它可取代的關稅。")


def not_declared(what: tuple[str, ...]) -> Text:
    """Charged because no sparing declaration was given (by name)."""
    return Text(f"Not declared {' or '.join(what)}; therefore charged.", f"未申報 {'、'.join(what)}，故課徵。")


def nothing_left(lines: Sequence[_HasMeasure], measure: TariffMeasure) -> Text:
    """The whole value already bears the measures this one must stay clear of (share of value 0)."""
    others = sorted({one.measure.id for one in lines if _clear_of(measure, one.measure)})
    return Text("The whole value already bears {ids}.", "全部價值已適用 {ids}。").format(ids=", ".join(others))


def _clear_of(measure: TariffMeasure, other: TariffMeasure) -> bool:
    content = measure.metal is not None and other.metal is not None
    return content or any(other.path == one or other.path.startswith(f"{one}/") for one in measure.not_on_base_of)


def content_assumed(metal: str) -> Text:
    """No share was given, so the law's fallback, the whole remaining value, was used (share of value)."""
    name = material(metal)
    return Text(
        f"No value share of {name.en} was given; the full remaining value is charged, as the law does.",
        f"未提供{name.zh}的價值占比；依法以其餘全部價值計徵。",
    )


def content_none(metal: str) -> Text:
    """Other metals were stated and this one was not, so it was taken as none (share of value 0)."""
    name = material(metal)
    return Text(
        f"No share of {name.en} was given beside the others; taken as none (assumption L4).",
        f"已提供其他金屬占比而未提供{name.zh}；視為不含（假設 L4）。",
    )


def needs_ten_digits(code: str) -> Text:
    """The list divides the line further (ten digits)."""
    return Text(
        "The list divides {code} at ten digits; give the ten-digit code.", "清單以十位碼細分 {code}；請提供十位碼。"
    ).format(code=dotted(code))


def rate_not_held(measure: TariffMeasure) -> Text:
    """The schedule's rate here was not found, or needs a quantity tomnext does not ask for (no units)."""
    return Text(
        "Its rate for these goods is not known; what was searched stands in {id}.",
        "此貨品稅率不明；已查過的來源見 {id}。",
    ).format(id=measure.id)


def needs_amounts(amounts: Sequence[str]) -> Text:
    """The charge needs amounts that were not given (kg, watts, value of a metal)."""
    known = {"kg": Text("the weight in kg", "重量（公斤）"), "w": Text("the watts", "瓦數"),
             "value": Text("the customs value", "完稅價格")}  # fmt: skip
    parts = []
    for one in amounts:
        kind, _, metal = one.partition(":")
        name = material(metal)
        if metal:
            parts.append(
                Text(f"the share of {name.en} in the value", f"{name.zh}占價值的比例")
                if kind == "value"
                else Text(f"the weight and the weight share of {name.en}", f"重量與{name.zh}的重量占比")
            )
        else:
            parts.append(known[one])
    return Text("Needs " + ", ".join(one.en for one in parts) + ".", "需要" + "、".join(one.zh for one in parts) + "。")
