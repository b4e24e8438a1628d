"""The gold/silver ratio with the article's claim beside it: the article's figure 1 from data."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from tomnext.facts.kinds.ratio import RatioExtreme
from tomnext.studies.ratio import BASES, RatioReading, ratio_reading
from tomnext.studies.sections import (
    Cell,
    Chart,
    Column,
    Level,
    Line,
    Number,
    Plot,
    Section,
    Sentence,
    Table,
    percentile_number,
)
from tomnext.studies.today.asked import FRESH_DAYS, Asked
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal

CLAIMED = {70.0: "level_usual", 50.0: "level_recent", 40.0: "level_nearing"}
"""The article's levels: usual until 2025, its new regime, and where it says the ratio was heading."""
OLD_RANGE = (60.0, 80.0)
"""What counts as *around 70* (assumption B5)."""
RECENT = timedelta(days=731)
LATELY = timedelta(days=7305)
PUBLISHED = "ratio/gold_silver_extremes"


def ratio_today(asked: Asked) -> RatioReading | None:
    """The ratio from the first place whose two prices are fresh, real before simulated; nothing when none is."""
    found = [one for basis in BASES if (one := _reading(asked, basis)) is not None]
    fresh = [one for one in found if (asked.as_of - one.observed_on).days <= FRESH_DAYS.get(one.frequency, 10)]
    return min(fresh, key=lambda one: one.series_kind == Nature.SIMULATED, default=None)


def _reading(asked: Asked, basis: str) -> RatioReading | None:
    try:
        return ratio_reading(Metal.GOLD, Metal.SILVER, asked.as_of, basis, asked.observations, asked.facts)
    except ObservationMissing:
        return None


def ratio_number(ratio: RatioReading) -> Number:
    """The last ratio as the page prints it."""
    return Number(ratio.value, "ratio", 1, nature=Nature(ratio.series_kind))


def regime(value: float) -> Sentence:
    """Which side of the claim a ratio stands on, in words (assumption B5)."""
    if value > OLD_RANGE[1]:
        return Sentence("ratio.regime.above")
    if value >= OLD_RANGE[0]:
        return Sentence("ratio.regime.old")
    return Sentence("ratio.regime.between" if value >= 50 else "ratio.regime.broken")


def ratio_section(ratio: RatioReading | None) -> Section:
    """The ratio now, both halves of the claim against the record, the whole history, and what others have printed."""
    if ratio is None:
        return Section("ratio", (Sentence("missing"),))
    days, values = tuple(ratio.path["observed_on"].to_list()), tuple(ratio.path["ratio"].to_list())
    line = Line("ratio", days, values, Nature(ratio.series_kind), end=ratio_number(ratio))
    levels = tuple(Level(Number(level, "ratio", 0), key) for level, key in CLAIMED.items())
    charts = (Chart("history", (Plot("ratio", "silver_oz_per_gold_oz", (line,), levels),)),)
    tables = (_published_table(ratio.published),) if ratio.published else ()
    notes = (Sentence("monthly_note"),) if ratio.frequency == "monthly" else ()
    evidence = (*ratio.evidence, *(_evidence(row) for row in ratio.published))
    return Section("ratio", _findings(ratio), charts, tables, notes, evidence)


def _findings(ratio: RatioReading) -> tuple[Sentence, ...]:
    first, last = ratio.path["observed_on"][0], ratio.observed_on
    now: dict[str, Cell] = {
        "value": ratio_number(ratio),
        "day": last,
        "percentile": percentile_number(ratio.percentile),
        "start": str(first.year),
    }
    inside = ratio.share_below(OLD_RANGE[1]) - ratio.share_below(OLD_RANGE[0])
    seventy: dict[str, Cell] = {
        "start": str(first.year),
        "median": Number(ratio.median, "ratio", 1),
        "share": Number(inside, "share", 0),
    }
    lately = [value for day, value in ratio.path.iter_rows() if day > last - LATELY]
    key = "claim_seventy" if len(lately) < ratio.path.height else "claim_seventy_short"
    if key == "claim_seventy":
        seventy |= {"since": str((last - LATELY).year), "median_since": Number(float(np.median(lately)), "ratio", 1)}
    return (
        Sentence("now", now),
        Sentence(key, seventy),
        *_claim_forty(ratio),
        Sentence("verdict", {"regime": regime(ratio.value)}),
    )


def _claim_forty(ratio: RatioReading) -> list[Sentence]:
    recent = [(value, day) for day, value in ratio.path.iter_rows() if day > ratio.observed_on - RECENT]
    low, low_day = min(recent)
    counts: dict[str, Cell] = {
        "low": Number(low, "ratio", 1),
        "low_day": low_day,
        "count": Number(len(recent), "count"),
        "below_fifty": Number(sum(value < 50 for value, _ in recent), "count"),
        "below_forty": Number(sum(value < 40 for value, _ in recent), "count"),
    }
    found = [Sentence("claim_forty", counts)]
    is_low = {"low", "reference"}
    printed = [row for row in ratio.published if row.last_day > ratio.as_of - RECENT and row.standing in is_low]
    if printed:
        lowest = min(printed, key=lambda row: row.ratio)
        nature = _evidence(lowest).nature
        values: dict[str, Cell] = {"ratio": Number(lowest.ratio, "ratio", 1, nature=nature), "period": lowest.period}
        found.append(Sentence("claim_printed", values))
    return found


def _published_table(published: Sequence[RatioExtreme]) -> Table:
    columns = (Column("period"), Column("published", "ratio", PUBLISHED), Column("standing"), Column("remark"))
    rows = tuple(
        (
            row.period,
            Number(row.ratio, "ratio", 1, nature=_evidence(row).nature),
            Sentence(f"standing.{row.standing}"),
            row.remark,
        )
        for row in sorted(published, key=lambda row: row.last_day)
    )
    return Table("published", columns, rows)


def _evidence(row: RatioExtreme) -> Evidence:
    nature = Nature.ASSUMED if row.is_assumed else Nature.DECREED
    return Evidence(
        PUBLISHED, row.period, None, nature, row.source, known_at=_known(row), confidence=row.confidence.value
    )


def _known(row: RatioExtreme) -> date:
    return row.last_day
