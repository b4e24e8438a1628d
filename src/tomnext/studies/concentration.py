"""Who mines and who refines a metal, how concentrated that is, and how much of it friends hold."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from tomnext.facts.kinds.concentration import Production
from tomnext.facts.load import Facts, load_facts
from tomnext.landed_cost.concentration import Concentration, concentration
from tomnext.vocabulary.errors import FactMissing

FRIENDS = ("concentration/friends/minerals_security_partnership", "concentration/friends/usmca")


@dataclass(frozen=True, slots=True)
class SupplyConcentration:
    """The stages of one metal that are carried, with the friends they were counted for."""

    metal: str
    stages: tuple[Concentration, ...]
    friends: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """The answer as ``tomnext concentration --format json`` prints it."""
        return {
            "metal": self.metal,
            "friends": list(self.friends),
            "stages": [
                {
                    "stage": one.stage, "year": one.year, "world_t": one.world_t,
                    "hhi": one.hhi, "hhi_high": one.hhi_high,
                    "top3_share": one.top3_share, "friend_share": one.friend_share, "unnamed_share": one.unnamed_share,
                    "top": [{"country": country, "share": share} for country, share in one.top[:5]],
                    "nature": "assumed" if one.is_assumed else "measured", "source": list(one.sources),
                }
                for one in self.stages
            ],
        }  # fmt: skip


def friends_on(on: date, facts: Facts) -> tuple[str, ...]:
    """The countries that any carried group of friends names on a day (assumption L50)."""
    groups = [facts.get(id) for id in FRIENDS]
    return tuple(sorted({code for group in groups if group.has(on) for code in group.at(on).value}))


def supply_concentration(
    metal: str, on: date, friends: Collection[str] | None = None, facts: Facts | None = None
) -> SupplyConcentration:
    """Mining and refining concentration of a metal, for the friends of a day or those given.

    >>> copper = supply_concentration("copper", date(2026, 9, 1))
    >>> [(one.stage, round(one.top3_share, 3)) for one in copper.stages]
    [('mine', 0.487), ('refinery', 0.607)]
    """
    facts = facts or load_facts()
    named = tuple(sorted(friends)) if friends is not None else friends_on(on, facts)
    rows = facts.table("concentration/production", Production)
    stages = []
    for stage in ("mine", "refinery"):
        try:
            stages.append(concentration(metal, stage, rows, named))
        except FactMissing:
            continue
    if not stages:
        concentration(metal, "mine", rows, named)
    return SupplyConcentration(metal, tuple(stages), named)
