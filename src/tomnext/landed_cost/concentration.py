"""How concentrated the supply of a metal is: Herfindahl–Hirschman index, the three largest, the share of friends.

Herfindahl–Hirschman index: sum of squared percentage shares, 0–10,000 (US Department of Justice and FTC, Merger
Guidelines 2023, guideline 1: above 1,800 is highly concentrated). Countries the publisher does not name share the
remainder: counted as many small ones for the lower end, as one country for the upper.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tomnext.facts.kinds.concentration import Production
from tomnext.vocabulary.errors import FactMissing
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class Concentration:
    """One metal at one stage in one year; shares are 0–1 of the world, tonnes a year.

    ``hhi`` counts the unnamed remainder as many small producers, ``hhi_high`` as a single one.
    """

    metal: str
    stage: str
    year: int
    world_t: float
    hhi: float
    hhi_high: float
    top: tuple[tuple[str, float], ...]
    top3_share: float
    friend_share: float
    unnamed_share: float
    is_assumed: bool
    sources: tuple[str, ...]


def concentration(
    metal: str, stage: str, rows: Iterable[Production], friends: Collection[str], year: int | None = None
) -> Concentration:
    """The concentration of a metal's supply (shares 0–1, index 0–10,000) in a year, by default the latest carried.

    The base is the named sum when it exceeds the publisher's rounded world total. Raises FactMissing when nothing is
    carried for that metal, stage and year.
    """
    rows = [row for row in rows if row.metal == metal and row.stage == stage]
    years = sorted({row.year for row in rows})
    chosen = year if year is not None else (years[-1] if years else None)
    own = [row for row in rows if row.year == chosen]
    if not own or chosen is None:
        raise FactMissing(
            Text("No {stage} production of {metal} is carried.", "未收錄 {metal} 的 {stage} 產量。").format(
                stage=stage, metal=metal
            ),
            received=f"{metal}, {stage}, {year or 'latest'}",
            expected=", ".join(str(one) for one in years) or None,
        )
    named = {row.country: row.production_t for row in own if row.country not in ("WORLD", "OTHER")}
    world = max([sum(named.values()), *(row.production_t for row in own if row.country == "WORLD")])
    shares = {country: tonnes / world for country, tonnes in named.items()}
    rest = max(0.0, 1.0 - sum(shares.values()))
    top = tuple(sorted(shares.items(), key=lambda pair: -pair[1]))
    index = sum((100 * share) ** 2 for share in shares.values())
    return Concentration(
        metal=metal,
        stage=stage,
        year=chosen,
        world_t=world,
        hhi=index,
        hhi_high=index + (100 * rest) ** 2,
        top=top,
        top3_share=sum(share for _, share in top[:3]),
        friend_share=sum(share for country, share in shares.items() if country in friends),
        unnamed_share=rest,
        is_assumed=any(row.is_assumed for row in own),
        sources=tuple(sorted({row.source for row in own})),
    )
