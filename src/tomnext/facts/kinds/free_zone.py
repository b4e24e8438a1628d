"""Facts about free zones: which charge a rule exempts, defers or fixes, for whom and in which case."""

from pydantic import Field

from tomnext.facts.kinds.base import DatedFact, Record, Words


class ZoneRule(Record):
    """One rule of a zone.

    ``charges`` name what it touches (customs_duty, vat, trade_promotion_fee, harbour_dues, income_tax …); ``when`` is
    the case (``stored``, ``reexport``, ``domestic`` release, ``supplied`` from home, ``income``).
    """

    charges: tuple[str, ...] = Field(min_length=1)
    when: tuple[str, ...] = Field(min_length=1)
    effect: str = Field(pattern=r"^(exempts|defers|zero_rates|charges|fixes_rate|unknown)$")
    who: Words


class ZoneRuleFact(DatedFact[ZoneRule], kind="zone_rule"):
    """A zone's rule through time; the path names the zone (``free_zone/tw/ftz/…``)."""
