"""The gold/silver ratio with the article's claim beside it: the article's figure 1 from data."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tomnext.market.percentile import percentile_rank
from tomnext.studies.sections import Cell, Chart, Level, Line, Number, Plot, Section, Sentence
from tomnext.studies.today.asked import Asked, History
from tomnext.vocabulary.evidence import Evidence, Nature

CLAIMED = {70.0: "level_usual", 50.0: "level_recent", 40.0: "level_nearing"}
"""The article's levels: usual until 2025, its new regime, and where it says the ratio was heading."""
OLD_RANGE = (60.0, 80.0)
"""What counts as *around 70* (assumption B5)."""
PAIRS = ("lbma.{}.price", "comex.{}.price.front", "worldbank.{}.price")
LATELY_YEARS = 20
RECENT_DAYS = 731


@dataclass(frozen=True)
class RatioToday:
    """Ounces of silver for one ounce of gold, day by day from one publisher, up to the day asked."""

    days: tuple[date, ...]
    values: NDArray[np.float64]
    nature: Nature
    is_monthly: bool
    evidence: tuple[Evidence, ...]

    @property
    def value(self) -> float:
        """The last ratio."""
        return float(self.values[-1])

    @property
    def number(self) -> Number:
        """The last ratio as the page prints it."""
        return Number(self.value, "ratio", 1, nature=self.nature)

    @property
    def percentile(self) -> float | None:
        """Where the last ratio stands in its own history (0–100)."""
        return percentile_rank(self.values, self.value)


def ratio_today(asked: Asked) -> RatioToday | None:
    """The ratio from the first publisher whose two prices are both fresh, measured or licensed before simulated."""
    found = []
    for pair in PAIRS:
        gold, silver = (asked.history(pair.format(metal)) for metal in ("gold", "silver"))
        if gold and silver and gold.is_fresh(asked.as_of) and silver.is_fresh(asked.as_of):
            found.append(_ratio(gold, silver))
    return min(found, key=lambda one: one.nature is Nature.SIMULATED, default=None)


def _ratio(gold: History, silver: History) -> RatioToday:
    silver_on = dict(zip(silver.days, silver.values, strict=True))
    both = [at for at, day in enumerate(gold.days) if silver_on.get(day)]
    days = tuple(gold.days[at] for at in both)
    values = np.array([gold.values[at] / silver_on[gold.days[at]] for at in both])
    nature = Nature.SIMULATED if Nature.SIMULATED in (gold.nature, silver.nature) else gold.nature
    return RatioToday(days, values, nature, not gold.is_daily, (gold.evidence, silver.evidence))


def regime(value: float) -> Sentence:
    """Which side of the claim a ratio stands on, in words (assumption B5)."""
    if value > OLD_RANGE[1]:
        return Sentence("ratio.regime.above")
    if value >= OLD_RANGE[0]:
        return Sentence("ratio.regime.old")
    return Sentence("ratio.regime.between" if value >= 50 else "ratio.regime.broken")


def ratio_section(ratio: RatioToday | None) -> Section:
    """The ratio now, the two halves of the claim against the record, and the whole history with the claimed levels."""
    if ratio is None:
        return Section("ratio", (Sentence("missing"),))
    line = Line("ratio", ratio.days, tuple(map(float, ratio.values)), ratio.nature, end=ratio.number)
    levels = tuple(Level(Number(level, "ratio", 0), key) for level, key in CLAIMED.items())
    chart = Chart("history", (Plot("ratio", "ratio", (line,), levels),))
    notes = (Sentence("monthly_note"),) if ratio.is_monthly else ()
    return Section("ratio", _findings(ratio), (chart,), notes=notes, evidence=ratio.evidence)


def _findings(ratio: RatioToday) -> tuple[Sentence, ...]:
    now: dict[str, Cell] = {
        "value": ratio.number,
        "day": ratio.days[-1],
        "percentile": Number(ratio.percentile, "pct", 0),
        "start": str(ratio.days[0].year),
    }
    inside = (ratio.values >= OLD_RANGE[0]) & (ratio.values <= OLD_RANGE[1])
    lately = [at for at, day in enumerate(ratio.days) if day.year > ratio.days[-1].year - LATELY_YEARS]
    seventy: dict[str, Cell] = {
        "start": str(ratio.days[0].year),
        "since": str(ratio.days[lately[0]].year),
        "median_since": Number(float(np.median(ratio.values[lately])), "ratio", 1),
        "median": Number(float(np.median(ratio.values)), "ratio", 1),
        "share": Number(float(inside.mean()), "share", 0),
    }
    return (
        Sentence("now", now),
        Sentence("claim_seventy", seventy),
        _claim_forty(ratio),
        Sentence("verdict", {"regime": regime(ratio.value)}),
    )


def _claim_forty(ratio: RatioToday) -> Sentence:
    recent = [at for at, day in enumerate(ratio.days) if (ratio.days[-1] - day).days <= RECENT_DAYS]
    lowest = min(recent, key=lambda at: ratio.values[at])
    values = ratio.values[recent]
    return Sentence(
        "claim_forty",
        {
            "low": Number(float(ratio.values[lowest]), "ratio", 1),
            "low_day": ratio.days[lowest],
            "count": Number(len(recent), "count"),
            "below_fifty": Number(int((values < 50).sum()), "count"),
            "below_forty": Number(int((values < 40).sum()), "count"),
        },
    )
