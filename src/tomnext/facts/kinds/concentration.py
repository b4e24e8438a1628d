"""Facts about who mines and who refines a metal, and which countries a policy calls friends."""

from typing import Self

from pydantic import Field, model_validator

from tomnext.facts.kinds.base import DatedFact, Row


class Production(Row, row="production"):
    """One country's production of a metal in a year at one stage; ``country`` is an ISO code, ``OTHER`` or ``WORLD``.

    ``WORLD`` is the publisher's own rounded total. ``stage`` is ``mine`` (metal content) or ``refinery`` (refined,
    for aluminium the primary smelter).
    """

    metal: str
    stage: str = Field(pattern=r"^(mine|refinery)$")
    year: int
    country: str = Field(pattern=r"^([A-Z]{2}|OTHER|WORLD)$")
    production_t: float = Field(ge=0)


class FriendsFact(DatedFact[tuple[str, ...]], kind="countries"):
    """A named group of countries by ISO code through time."""

    @model_validator(mode="after")
    def _are_codes(self) -> Self:
        for span in self.spans:
            wrong = [code for code in span.value if len(code) != 2 or not code.isupper()]
            if wrong:
                raise ValueError(f"not ISO codes: {wrong}")
        return self
