"""Facts about the way: what each Incoterm leaves to the buyer, and how long a lane takes."""

from pydantic import Field

from tomnext.facts.kinds.base import Row


class Incoterm(Row, row="incoterm"):
    """What the buyer pays under one rule of Incoterms 2020.

    ``insured_share`` is the part of the CIF value the seller must insure (CIF, CIP: 1.1), empty where the seller
    insures nothing.
    """

    term: str = Field(pattern=r"^[A-Z]{3}$")
    buyer_pays_origin: bool
    buyer_pays_carriage: bool
    buyer_bears_transit_risk: bool
    buyer_pays_duty: bool
    insured_share: float | None = None


class Transit(Row, row="transit"):
    """Usual days at sea and in port between two countries (ISO codes), with the range seen."""

    from_country: str = Field(pattern=r"^[A-Z]{2}$")
    to_country: str = Field(pattern=r"^[A-Z]{2}$")
    days: float = Field(gt=0)
    low_days: float
    high_days: float
