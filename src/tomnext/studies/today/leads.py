"""What moves before the price, on the page: silver's and copper's candidates, which of them hold and how far."""

from tomnext.market.leads import Lead
from tomnext.observations.catalogue import series_named
from tomnext.studies.leading_indicators import TARGETS, LeadTable, leading_indicators
from tomnext.studies.sections import Cell, Chart, Column, Line, Number, Plot, Section, Sentence, Table, Tone
from tomnext.studies.today.asked import Asked, History, years_before
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal

LED = (Metal.SILVER, Metal.COPPER)
SHOWN_YEARS = 3
TOPIC = "signals"


def leads_section(asked: Asked) -> Section:
    """One sentence and one table a metal; a lead holds only when it also forecast better on later data."""
    found = [one for metal in LED if (one := _ranked(asked, metal)) is not None]
    if not found:
        return Section("leads", (Sentence("missing"),), topic=TOPIC)
    return Section(
        "leads",
        tuple(_sentence(one) for one in found),
        _charts(asked, found[0]),
        tuple(_table(one) for one in found),
        (Sentence("record"), Sentence("caveat")),
        _evidence(asked, found),
        TOPIC,
    )


def _ranked(asked: Asked, metal: Metal) -> LeadTable | None:
    wanted = next((id for id in (one.format(metal=metal) for one in TARGETS) if id in asked.held), None)
    target = asked.history(wanted) if wanted else None
    if target is None or target.nature is Nature.SIMULATED or not target.is_fresh(asked.as_of):
        return None
    try:
        found = leading_indicators(metal, as_of=asked.as_of, observations=asked.observations)
    except ObservationMissing:
        return None
    return None if found.kind == Nature.SIMULATED.value else found


def _tested(found: LeadTable) -> list[Lead]:
    return [one for one in found.leads if one.standing != "not_testable"]


def _sentence(found: LeadTable) -> Sentence:
    tested = _tested(found)
    holding = [one for one in tested if one.standing == "holds"]
    values: dict[str, Cell] = {
        "metal": found.metal.title,
        "tested": Number(len(tested), "count"),
        "untested": Number(len(found.leads) - len(tested), "count"),
    }
    if not holding:
        return Sentence("none", values)
    best = holding[0]
    values |= {
        "holding": Number(len(holding), "count"),
        "name": best.name,
        "lag": Number(best.lag, "weeks"),
        "gain": Number(best.forecast_gain, "share", 1),
    }
    return Sentence("some", values)


def _table(found: LeadTable) -> Table:
    columns = (
        Column("series"), Column("standing"), Column("lag", "weeks"), Column("correlation", "index"), Column("p", "p"),
        Column("gain", "share"), Column("periods", "weeks"),
    )  # fmt: skip
    kind = Nature(found.kind)
    rows = tuple(
        (
            one.name,
            Sentence(f"standing.{one.standing}"),
            Number(one.lag, "weeks", nature=kind),
            Number(one.correlation, "index", 2, signed=True, nature=kind),
            Number(one.adjusted_p, "p", 3, nature=kind),
            Number(one.forecast_gain, "share", 1, signed=True, nature=kind, absent="too_short"),
            Number(one.periods, "weeks", nature=kind),
        )
        for one in _tested(found)
    )
    return Table(found.metal.value, columns, rows)


def _charts(asked: Asked, found: LeadTable) -> tuple[Chart, ...]:
    """The price and the best-ranked candidate one above the other: the eye may judge what the test says."""
    target, tested = asked.history(found.target), _tested(found)
    best = asked.history(tested[0].name) if tested else None
    if target is None or best is None:
        return ()
    return (Chart("paths", (_plot("target", asked, target, Tone.ACCENT), _plot("candidate", asked, best, Tone.INK))),)


def _plot(id: str, asked: Asked, history: History, tone: Tone) -> Plot:
    kept = history.since(years_before(asked.as_of, SHOWN_YEARS))
    line = Line(id, kept.days, tuple(kept.values.tolist()), history.nature, tone=tone)
    return Plot(id, history.unit, (line,), title=series_named(history.series_id).title)


def _evidence(asked: Asked, found: list[LeadTable]) -> tuple[Evidence, ...]:
    ids = dict.fromkeys(id for one in found for id in (one.target, *(lead.name for lead in _tested(one))))
    return tuple(history.evidence for id in ids if (history := asked.history(id)) is not None)
