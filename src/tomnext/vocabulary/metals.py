"""The ten metals, their codes and the names people type for them."""

from difflib import get_close_matches
from enum import StrEnum

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


class Metal(StrEnum):
    """A metal by its English name; the value is the word used in series names and fact paths."""

    GOLD = "gold"
    SILVER = "silver"
    PLATINUM = "platinum"
    PALLADIUM = "palladium"
    COPPER = "copper"
    ALUMINIUM = "aluminium"
    ZINC = "zinc"
    LEAD = "lead"
    NICKEL = "nickel"
    TIN = "tin"

    @property
    def title(self) -> Text:  # type: ignore[override]
        """The metal's name in both languages."""
        return Text(self.value, _NAMES[self][0])

    @property
    def is_precious(self) -> bool:
        """Whether it is quoted per troy ounce and stored in vaults."""
        return self in (Metal.GOLD, Metal.SILVER, Metal.PLATINUM, Metal.PALLADIUM)

    @classmethod
    def named(cls, name: str) -> "Metal":
        """The metal somebody means by a name, symbol or exchange code, in either language.

        >>> Metal.named("白銀"), Metal.named("aluminum"), Metal.named("CA")
        (<Metal.SILVER: 'silver'>, <Metal.ALUMINIUM: 'aluminium'>, <Metal.COPPER: 'copper'>)
        """
        metal = _ALIASES.get(name.strip().casefold())
        if metal is None:
            raise InputRejected(
                Text("This is not one of the ten metals.", "這不在十種金屬之列。"),
                received=name,
                expected=", ".join(cls),
                nearest=get_close_matches(name.casefold(), _ALIASES, n=3),
            )
        return metal


_NAMES: dict[Metal, tuple[str, ...]] = {
    Metal.GOLD: ("黃金", "金", "au", "xau", "gc"),
    Metal.SILVER: ("白銀", "銀", "ag", "xag", "si"),
    Metal.PLATINUM: ("鉑金", "鉑", "白金", "pt", "xpt", "pl"),
    Metal.PALLADIUM: ("鈀金", "鈀", "pd", "xpd", "pa"),
    Metal.COPPER: ("銅", "cu", "ca", "hg"),
    Metal.ALUMINIUM: ("鋁", "al", "ah", "aluminum"),
    Metal.ZINC: ("鋅", "zn", "zs"),
    Metal.LEAD: ("鉛", "pb"),
    Metal.NICKEL: ("鎳", "ni"),
    Metal.TIN: ("錫", "sn"),
}
_ALIASES: dict[str, Metal] = {alias: metal for metal, names in _NAMES.items() for alias in (metal.value, *names)}
