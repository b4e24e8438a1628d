"""Facts about carbon: what CBAM counts and leaves free, what a certificate costs, what a route emits."""

from typing import Self

from pydantic import Field, model_validator

from tomnext.facts.kinds.base import Cited, Confidence, DatedFact, Row

_ORDER = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW, Confidence.RECALL)


class OtherReading(Cited):
    """A figure for the same thing that another source gives; kept and shown, never used silently."""

    eur_per_tco2e: float = Field(gt=0)


class CertificatePrice(Cited):
    """The price of one CBAM certificate (EUR per t CO2e) with the readings that contradict it."""

    eur_per_tco2e: float = Field(gt=0)
    contradicted_by: tuple[OtherReading, ...] = ()

    @model_validator(mode="after")
    def _chosen_by_confidence(self) -> Self:
        for other in self.contradicted_by:
            if _ORDER.index(other.confidence) < _ORDER.index(self.confidence):
                raise ValueError(f"{other.eur_per_tco2e} is held with more confidence than {self.eur_per_tco2e}")
        return self


class CertificatePriceFact(DatedFact[CertificatePrice], kind="certificate_price"):
    """Certificate prices by quarter (or week) of import; ``known_from`` is the day the Commission published it."""


class CbamDefault(Row, row="cbam_default"):
    """The Commission's base default value of one good from one country, before the mark-up, direct emissions.

    ``country`` is an ISO 3166-1 alpha-2 code or ``OTHER``; ``cn_code`` has 4, 6 or 8 digits; ``route`` is the letter of
    the production route that fixes the benchmark (C, F, K, L …), empty where the benchmark knows no route.
    """

    country: str
    cn_code: str = Field(pattern=r"^\d{4,8}$")
    route: str | None = None
    base_tco2e_per_t: float = Field(ge=0)


class CbamBenchmark(Row, row="cbam_benchmark"):
    """The emissions that the free allocation of an EU maker would cover, t CO2e per t of product.

    ``for_defaults`` (column B) goes with default values and counts precursors; ``own_process`` (column A) counts the
    good's own process alone.
    """

    cn_code: str = Field(pattern=r"^\d{4,8}$")
    route: str | None = None
    for_defaults_tco2e_per_t: float = Field(ge=0)
    own_process_tco2e_per_t: float | None = None


class CbamScope(Row, row="cbam_scope"):
    """Whether CBAM covers the codes that begin with ``code_from`` (… ``code_to``), and why."""

    code_from: str = Field(pattern=r"^\d{2,8}$")
    code_to: str | None = Field(default=None, pattern=r"^\d{2,8}$")
    sector: str
    in_scope: bool
    why_en: str
    why_zh: str


class CbamCountry(Row, row="cbam_country"):
    """How CBAM treats an origin: ``listed`` (own default values), ``other``, ``exempt`` (Annex III) or ``member``."""

    iso: str = Field(pattern=r"^[A-Z]{2}$")
    standing: str = Field(pattern=r"^(listed|other|exempt|member)$")


class CarbonIntensity(Row, row="carbon_intensity"):
    """Emissions of making one tonne of metal by one route, t CO2e per t: a value, a range, or both."""

    metal: str
    route: str
    kind: str = Field(pattern=r"^(average|route|ceiling|study)$")
    tco2e_per_t: float | None = None
    low_tco2e_per_t: float | None = None
    high_tco2e_per_t: float | None = None
    boundary: str | None = None
    year: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.tco2e_per_t is None and self.low_tco2e_per_t is None and self.high_tco2e_per_t is None:
            raise ValueError("a row needs a value, a low or a high")
        return self
