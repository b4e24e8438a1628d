"""The sentences of a landed-cost report, in both languages, for the terminal, the page and the workbook."""

from collections.abc import Iterable
from datetime import date

from tomnext.faces.cli.output import Column
from tomnext.faces.words import words
from tomnext.studies.landed_cost import LAW, FriendShorePremium, Lanes, Priced
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

_PLACES = {"rate": 4, "days": 0}


class Speaker:
    """Finds and fills the report's words; amounts are grouped and carry a true minus sign."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.said = words("landed")

    def filled(self, key: str, **values: object) -> Text:
        """A sentence with values put in; two-language values are put in language by language."""
        said = self.said[key]
        return Text(
            said.en.format(**{name: one.en if isinstance(one, Text) else one for name, one in values.items()}),
            said.zh.format(**{name: one.zh if isinstance(one, Text) else one for name, one in values.items()}),
        )

    def columns(self, keys: Iterable[str]) -> list[Column]:
        """Printed columns for keys of a record."""
        also = {"label": "item"}
        return [Column(key, self.said[also.get(key, key)], _PLACES.get(key)) for key in keys]

    def nature(self, nature: Nature) -> Text:
        """The word for how a number came to be."""
        return words("natures")[nature.value]

    def unit(self, unit: str | None) -> str:
        """A rate's unit as printed, or nothing."""
        known = words("common").get(f"unit.{unit}") or self.said.get(f"unit.{unit}")
        return known.in_(self.language) if known else (unit or "")

    def title(self, lanes: Lanes) -> Text:
        """Lanes named by metal, form and place in both languages."""
        metal = Metal(lanes.metal).title if lanes.metal else Text("", "")
        return Text(
            f"{metal.en} {lanes.goods} → {lanes.destination}".strip(),
            f"{metal.zh} {lanes.goods} → {lanes.destination}".strip(),
        )

    def sentence(self, priced: Priced) -> Text:
        """The verdict on one shipment: cost per usable tonne and the part that law takes."""
        statement, shipment = priced.statement, priced.shipment
        law = statement.of(*LAW)
        text = self.filled(
            "sentence", name=statement.name, code=shipment.code, origin=shipment.origin,
            destination=shipment.destination, incoterm=shipment.carriage.incoterm.upper(),
            currency=statement.currency.upper(), per_t=money(statement.per_t), law=f"{law / statement.total:.1%}",
        )  # fmt: skip
        floor = self.said["floor"]
        return Text(f"{text.en} {floor.en}", f"{text.zh}{floor.zh}") if statement.unknown else text

    def change(self, priced: Priced, against: date | None) -> Text | None:
        """How much the total moved since the other day, and how much of that law did."""
        if priced.comparison is None:
            return None
        return self.filled(
            "change", against=against, difference=money(priced.comparison.difference, signed=True),
            by_law=money(priced.comparison.by_law, signed=True), currency=priced.statement.currency.upper(),
        )  # fmt: skip

    def unknown(self, priced: Priced) -> list[Text]:
        """What cannot be told, one sentence each."""
        return [self.filled("unknown", label=one.label, why=one.why) for one in priced.statement.unknown]

    def spared(self, priced: Priced) -> list[Text]:
        """What is not charged and why, one sentence each."""
        return [self.filled("spared", label=one.label, why=one.why) for one in priced.statement.not_charged]

    def defaults(self, priced: Priced) -> list[Text]:
        """What was taken as given, one sentence each."""
        return [self.filled("default", what=one) for one in priced.statement.defaults]

    def supply(self, priced: Priced) -> list[Text]:
        """How concentrated the metal's supply is, in one sentence."""
        stages = [
            self.filled(
                "stage", stage=self.said[one.stage], hhi=f"{one.hhi:,.0f}", top3=f"{100 * one.top3_share:.0f}",
                friends=f"{100 * one.friend_share:.0f}",
            )
            for one in priced.supply
        ]  # fmt: skip
        if not stages:
            return []
        joined = Text("; ".join(one.en for one in stages), "；".join(one.zh for one in stages))
        return [self.filled("supply", stages=joined)]

    def premium(self, premium: FriendShorePremium) -> Text:
        """What a friend may ask more than another origin, or would have to ask less."""
        key = "premium" if premium.premium_per_t >= 0 else "discount"
        return self.filled(
            key, friend=premium.friend.name, other=premium.other.name, premium=money(abs(premium.premium_per_t)),
            currency=premium.friend.currency.upper(),
        )  # fmt: skip


def money(amount: float, signed: bool = False) -> str:
    """An amount as printed: digits grouped, two places, a true minus sign.

    >>> money(-1234.5), money(0.004, signed=True)
    ('−1,234.50', '0.00')
    """
    rounded = round(amount, 2) + 0.0
    sign = "+" if signed and rounded > 0 else ""
    return f"{sign}{rounded:,.2f}".replace("-", "−")
