"""What is tight in metals today and why: the brief, from one source, as of one day.

A section is a function of what was asked and what is known of the metals; a later one is one more line below.
"""

from collections.abc import Sequence
from datetime import date

from tomnext.facts.load import Facts, load_facts
from tomnext.observations.reading import Observations
from tomnext.studies.sections import Brief, Section, Sentence
from tomnext.studies.sources import open_source
from tomnext.studies.today.asked import Asked, last_known_day
from tomnext.studies.today.board import board_section
from tomnext.studies.today.copper import copper_section
from tomnext.studies.today.curves import curves_section
from tomnext.studies.today.dips import dips_section
from tomnext.studies.today.leads import leads_section
from tomnext.studies.today.metals import metals_today
from tomnext.studies.today.position import Position, position_section
from tomnext.studies.today.ratio import ratio_section, ratio_today
from tomnext.studies.today.signals import arbitrage_section, drivers_section, regimes_section
from tomnext.studies.today.silver import silver_balance, silver_section
from tomnext.studies.today.sources import data_section
from tomnext.studies.today.squeeze import squeeze_readings, squeeze_section
from tomnext.studies.today.stocks import stocks_section
from tomnext.studies.today.verdict import verdict
from tomnext.studies.today.volatility import fresh_volatilities, volatility_today
from tomnext.vocabulary.evidence import Nature


def market_today(
    as_of: date | None = None,
    store: str | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
    more: Sequence[Section] = (),
    positions: Sequence[Position] = (),
) -> Brief:
    """The brief as of a day (default: the last day on which at least half of the source's metals had a fresh price).

    Reads the named store, or the embedded default. ``more`` are sections of other studies, shown before the data;
    ``positions`` the reader's own (without them a worked example stands there). Raises ObservationMissing when the
    source holds no metal price or stock at all.
    """
    observations, facts = observations or open_source(store), facts or load_facts()
    asked = Asked(observations, as_of or last_known_day(observations), facts, store)
    metals = metals_today(asked)
    ranking = volatility_today(asked)
    restless = fresh_volatilities(ranking, asked)
    warned = squeeze_readings(asked, metals)
    ratio, silver = ratio_today(asked), silver_balance(asked.as_of, facts)
    sections = (
        board_section(metals, restless, ranking.evidence if ranking else ()),
        ratio_section(ratio),
        copper_section(asked),
        curves_section(metals),
        stocks_section(metals),
        squeeze_section(*warned),
        position_section(asked, positions, warned[0]),
        regimes_section(asked, ratio),
        drivers_section(asked),
        arbitrage_section(asked),
        leads_section(asked),
        dips_section(asked),
        silver_section(silver, asked.as_of),
        *more,
    )
    return Brief(
        as_of=asked.as_of,
        basis=_basis(asked),
        verdict=verdict(metals, restless, ratio, silver, asked.as_of),
        sections=(*sections, data_section(sections, asked.as_of)),
        is_simulated=_is_simulated(sections),
    )


def _basis(asked: Asked) -> Sentence:
    if asked.store is not None:
        return Sentence("basis.store", {"store": asked.store.rsplit("/", 1)[-1], "as_of": asked.as_of})
    monthly = asked.history("worldbank.copper.price")
    return Sentence("basis.embedded", {"month": monthly.days[-1] if monthly else asked.as_of})


def _is_simulated(sections: Sequence[Section]) -> bool:
    return any(one.nature is Nature.SIMULATED for section in sections for one in section.evidence)
