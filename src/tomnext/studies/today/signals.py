"""What the signals say on the page: the ratio's regimes, what silver follows, the gap between New York and London."""

from datetime import timedelta
from itertools import pairwise

import polars as pl

from tomnext.studies.arbitrage import Arbitrage, arbitrage
from tomnext.studies.ratio import RatioReading
from tomnext.studies.ratio_regimes import RatioRegimes, ratio_regimes
from tomnext.studies.sections import Cell, Chart, Column, Line, Number, Plot, Section, Sentence, Span, Table, Tone
from tomnext.studies.silver_drivers import Drivers, Tie, silver_drivers
from tomnext.studies.today.asked import Asked
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal

STALE_DAYS = 45
CHART_SPAN = timedelta(days=15 * 365)


def regimes_section(asked: Asked, ratio: RatioReading | None) -> Section:
    """The level the gold/silver ratio lives at, its last break, when that was knowable, and the trade since."""
    if ratio is None:
        return Section("regimes", (Sentence("missing"),))
    found = ratio_regimes(Metal.GOLD, Metal.SILVER, asked.as_of, ratio.basis, asked.observations, asked.facts)
    sentences = [Sentence("now", {"level": Number(found.level_now, "ratio", 0)})]
    if len(found.regimes) > 1:
        last = found.regimes[-1]
        when: dict[str, Cell] = {
            "day": last.began,
            "low": last.began_low,
            "high": last.began_high,
            "knowable": last.knowable_on,
            "level": Number(last.level, "ratio", 0),
        }
        sentences.append(Sentence("broke", when))
    kind = "trade" if len(found.regimes) > 1 else "trade_unbroken"
    trades = tuple(Sentence(kind, _trade(found, place)) for place in range(len(found.trades)))
    return Section(
        "regimes", (*sentences, *trades), (_levels(found),), notes=(Sentence("caveat"),),
        evidence=found.ratio.evidence,
    )  # fmt: skip


def _trade(found: RatioRegimes, place: int) -> dict[str, Cell]:
    one = found.trades[place]
    fall: dict[str, Cell] = {"rule": one.rule, "fall": Number(one.deepest_fall_pct, "pct", 0, signed=True)}
    return fall | {"since": Number(one.since_last_break_pct, "pct", 0, signed=True)} if len(found.regimes) > 1 else fall


def _levels(found: RatioRegimes) -> Chart:
    """The last years of the ratio with the level of each regime over it.

    The days between the last break and its being knowable are shaded; a longer axis would hide them.
    """
    path = found.ratio.path.filter(pl.col("observed_on") > found.ratio.observed_on - CHART_SPAN)
    days, values = tuple(path["observed_on"].to_list()), tuple(path["ratio"].to_list())
    kind = Nature(found.ratio.series_kind)
    begins = [one.began for one in found.regimes]
    steps = tuple(found.regimes[sum(begin <= day for begin in begins) - 1].level for day in days)
    shaded = tuple(Span(later.began, later.knowable_on, "not_yet_knowable") for _, later in pairwise(found.regimes))
    lines = (
        Line("ratio", days, values, kind, tone=Tone.QUIET),
        Line("level", days, steps, kind, end=Number(found.regimes[-1].level, "ratio", 0)),
    )
    shown = tuple(one for one in shaded[-1:] if one.start >= days[0])
    return Chart("levels", (Plot("levels", "silver_oz_per_gold_oz", lines, spans=shown),))


def drivers_section(asked: Asked) -> Section:
    """What silver follows now, whether that changed beyond chance, and what moved it over the last year."""
    try:
        found = silver_drivers(Metal.SILVER, asked.as_of, observations=asked.observations)
    except ObservationMissing:
        return Section("drivers", (Sentence("missing"),))
    if found.kind == Nature.SIMULATED:
        return Section("drivers", (Sentence("missing"),))
    if (asked.as_of - found.sample_to).days > STALE_DAYS:
        return Section("drivers", (Sentence("stale", {"day": found.sample_to}),))
    parts = {**found.attribution.by_force, "residual": found.attribution.residual}
    moved: dict[str, Cell] = {name: Number(value, "pct", 1, signed=True) for name, value in parts.items()}
    moved |= {"total": Number(found.attribution.total, "pct", 1, signed=True), "start": found.attributed_from}
    return Section(
        "drivers",
        (Sentence(f"verdict.{found.verdict}"), Sentence("moved", moved)),
        tables=(_ties(found),),
        notes=(Sentence("sample", {"weeks": Number(found.weeks, "count"), "day": found.sample_to}),),
        evidence=found.evidence,
    )


def _ties(found: Drivers) -> Table:
    columns = (Column("driver"), *(Column(key, "beta") for key in ("beta", "low", "high", "whole")), Column("p", "p"))
    return Table("ties", columns, tuple(_tie(one, Nature(found.kind)) for one in found.ties))


def _tie(one: Tie, kind: Nature) -> tuple[Cell, ...]:
    shown = (one.now.value, one.now.low, one.now.high, one.whole_sample.value)
    return (
        Sentence(f"driver.{one.driver}"),
        *(Number(value, "beta", 2, signed=True, nature=kind) for value in shown),
        Number(one.tested.adjusted_p, "p", 3),
    )


def arbitrage_section(asked: Asked) -> Section:
    """New York over London copper, net of moving it, and the duty its premium pays for."""
    try:
        found = arbitrage(Metal.COPPER, asked.as_of, asked.observations, facts=asked.facts)
    except ObservationMissing:
        return Section("arbitrage", (Sentence("missing"),))
    now = () if found.kind == Nature.SIMULATED else (_gap(found), *_said_of_a_duty(found), *_shanghai(found))
    tables = (_replay(found),) if found.replay else ()
    evidence = found.evidence if now else ()
    notes = (*_collapse(found), Sentence("caveat"))
    return Section("arbitrage", now or (Sentence("missing"),), (), tables, notes, evidence)


def _gap(found: Arbitrage) -> Sentence:
    if found.gap is None:
        return Sentence("artefact")
    kind = Nature(found.kind)
    gap: dict[str, Cell] = {
        "day": found.observed_on,
        "gross": Number(found.gap.gross_usd_per_t, "usd_per_t", 0, signed=True, nature=kind),
        "net": Number(found.gap.net_usd_per_t, "usd_per_t", 0, signed=True, nature=kind),
        "share": Number(found.gap.share, "share", 1, signed=True, nature=kind),
    }
    return Sentence("gap", gap)


def _replay(found: Arbitrage) -> Table:
    """The dated press premiums of the tariff episode and what each lost if booked as certain."""
    units = (None, "usd_per_t", "share", "usd")
    columns = tuple(Column(key, unit) for key, unit in zip(("day", "premium", "chance", "lost"), units, strict=True))
    rows = tuple(
        (
            one.quoted_on,
            Number(one.booked_usd_per_t, "usd_per_t", 0, nature=Nature.DECREED),
            Number(one.implied_probability, "share", 0),
            Number(one.lost_usd_per_1000_t, "usd", 0),
        )
        for one in found.replay
    )
    return Table("replay", columns, rows)


def _collapse(found: Arbitrage) -> list[Sentence]:
    """The highest premium that could have been booked and what was found of it, once that is known."""
    booked = [one for one in found.replay if one.found_usd_per_t is not None and one.booked_usd_per_t is not None]
    if not booked:
        return []
    top = max(booked, key=lambda one: one.booked_usd_per_t or 0.0)
    said: dict[str, Cell] = {
        "high": Number(top.booked_usd_per_t, "usd_per_t", 0, nature=Nature.DECREED),
        "low": Number(top.found_usd_per_t, "usd_per_t", 0, nature=Nature.DECREED),
        "day": top.quoted_on,
    }
    return [Sentence("collapse", said)]


def _said_of_a_duty(found: Arbitrage) -> list[Sentence]:
    chance = found.implied_tariff_probability
    if chance is None or found.duty_talked_of is None:
        return []
    said: dict[str, Cell] = {
        "p": Number(min(max(chance, 0.0), 1.0), "share", 0),
        "duty": Number(found.duty_talked_of.rate_pct, "pct", 0),
    }
    return [Sentence("duty", said)]


def _shanghai(found: Arbitrage) -> list[Sentence]:
    if found.shanghai is None:
        return []
    if found.shanghai.is_artefact:
        return [Sentence("artefact")]
    return [Sentence("shanghai", {"gap": Number(found.shanghai.value_cny_per_t, "cny_per_t", 0, signed=True)})]
