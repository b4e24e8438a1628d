"""How volatile each metal is and which is most, as the page prints it."""

from tomnext.studies.today.asked import FRESH_DAYS, Asked
from tomnext.studies.volatility import MetalVolatility, VolatilityReading, volatility_reading
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.metals import Metal


def volatility_today(asked: Asked) -> VolatilityReading | None:
    """The ranking of the metals on the day asked; nothing when no price history is long enough."""
    try:
        return volatility_reading(asked.as_of, observations=asked.observations, facts=asked.facts)
    except ObservationMissing:
        return None


def fresh_volatilities(reading: VolatilityReading | None, asked: Asked) -> dict[Metal, MetalVolatility]:
    """Each metal's volatility where its last price is fresh on the day asked."""
    found = reading.metals if reading else ()
    return {
        one.metal: one for one in found if (asked.as_of - one.observed_on).days <= FRESH_DAYS.get(one.frequency, 10)
    }
