"""Facts about making one commercial form of a metal into another: cost, yield, days."""

from typing import Self

from pydantic import Field, model_validator

from tomnext.facts.kinds.base import DatedFact, Record


class Conversion(Record):
    """One step between two forms.

    Costs are in ``cost_unit`` (``usd_per_t`` or ``usd_per_oz``) of the form that comes out; ``yield_share`` is the mass
    that comes out per mass that goes in (0–1); ``scrap_value_share`` the part of the metal value that the rest brings.
    """

    from_form: str
    to_form: str
    cost: float = Field(ge=0)
    low_cost: float = Field(ge=0)
    high_cost: float = Field(ge=0)
    cost_unit: str = Field(pattern=r"^usd_per_(t|oz)$")
    yield_share: float = Field(gt=0, le=1)
    scrap_value_share: float = Field(ge=0, le=1)
    days: float = Field(ge=0)

    @model_validator(mode="after")
    def _within_range(self) -> Self:
        if not self.low_cost <= self.cost <= self.high_cost:
            raise ValueError(f"cost {self.cost} lies outside {self.low_cost} to {self.high_cost}")
        return self


class ConversionFact(DatedFact[Conversion], kind="conversion"):
    """A conversion step through time; the path names the metal (``conversion/copper/…``)."""
