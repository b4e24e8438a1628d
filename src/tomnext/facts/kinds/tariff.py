"""Tariff law as facts: one measure a file, the schedule's lines and the lists of codes as tables.

A measure is a header that says *on what* and *beside what* it is charged, and spans that say *when* and *how much*::

    kind: tariff_measure
    title: {en: Copper duty on the copper content, zh-TW: 銅含量關稅}
    unit: pct
    heading: 9903.78.01
    code_list: us/s232/copper_codes
    base: content_value
    metal: copper
    spans:
      - {in_force_from: 2025-08-01, in_force_to: 2026-04-05, known_from: 2025-07-30, value: 50, ...}

Ids named inside a measure (``code_list``, ``instead_of`` …) are paths below ``tariff/``; a folder means all below it.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from tomnext.facts.kinds.base import DatedFact, Record, Row


class Base(StrEnum):
    """What a rate is charged on."""

    FULL_VALUE = "full_value"
    CONTENT_VALUE = "content_value"
    WEIGHT = "weight"
    CONTENT_WEIGHT = "content_weight"
    WATTS = "watts"


class Unit(StrEnum):
    """How a rate is counted: percent of value, US cents a kilogram, US dollars a watt."""

    PCT = "pct"
    USC_PER_KG = "usc_per_kg"
    USD_PER_W = "usd_per_w"


def _codes(raw: object) -> object:
    return tuple(str(one).replace(".", "") for one in raw) if isinstance(raw, list) else raw


Codes = Annotated[tuple[str, ...], BeforeValidator(_codes)]
"""Tariff codes or their beginnings; dots are for the reader and are dropped."""


def _countries(raw: object) -> object:
    """Country codes as written; YAML reads a bare NO as false, and Norway is meant."""
    if isinstance(raw, dict):
        return {"NO" if key is False else key: value for key, value in raw.items()}
    return tuple("NO" if one is False else one for one in raw) if isinstance(raw, list) else raw


Countries = Annotated[tuple[str, ...], BeforeValidator(_countries)]
"""ISO 3166 codes or names of groups."""


class WeightThreshold(Record):
    """The metals whose weight together must reach a share (0–1) of the article's weight, or nothing is charged."""

    metals: tuple[str, ...]
    at_least: float = Field(gt=0, le=1)


class MeltedIn(Record):
    """The share (0–1, by weight) of the metal melted, smelted or cast in a country; 0 means any at all."""

    country: str
    at_least: float = Field(ge=0, le=1)


class TariffMeasure(DatedFact[float | str], kind="tariff_measure"):
    """One duty laid down by one act: a rate in percent (or its ``unit``), or the name of a schedule column.

    Stacking is stated, never coded. Measures add up unless one says otherwise: ``instead_of`` (where any of those
    would be charged, this is charged in its place), ``excluded_by`` (not charged when any of those is),
    ``not_on_base_of`` (charged only on the value those left untouched) and ``total_including`` (the rate is a total
    in which those are already contained).
    """

    unit: Unit = Unit.PCT
    heading: str | None = None
    codes: Codes = ()
    code_list: str | None = None
    except_codes: Codes = ()
    except_list: str | None = None
    origins: Countries = ("any",)
    except_origins: Countries = ()
    rate_by_origin: Annotated[dict[str, float], BeforeValidator(_countries)] = Field(default_factory=dict)
    base: Base = Base.FULL_VALUE
    metal: str | None = None
    weight_threshold: WeightThreshold | None = None
    melted_in: MeltedIn | None = None
    or_melted_in: MeltedIn | None = None
    only_if_declared: str | None = None
    not_if_declared: tuple[str, ...] = ()
    special_symbol: str | None = None
    instead_of: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()
    not_on_base_of: tuple[str, ...] = ()
    total_including: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The id below ``tariff/``: territory, programme, name."""
        return self.id.removeprefix("tariff/")

    @property
    def territory(self) -> str:
        """The importing territory whose law this is, in lower case (``us``)."""
        return self.path.split("/")[0]

    @property
    def programme(self) -> str:
        """Territory and act (``us/s232``); charges are kept apart by it to the end."""
        return "/".join(self.path.split("/")[:2])


class TariffLine(Row, row="tariff_line"):
    """One eight-digit line of a schedule with its columns as printed (``3%``, ``1.7¢/kg on lead content``)."""

    code: Annotated[str, BeforeValidator(lambda raw: str(raw).replace(".", ""))]
    description: str
    general: str
    special: str | None = None
    column_2: str | None = None


class TariffCode(Row, row="tariff_code"):
    """One code, or the beginning of codes, on a list."""

    code: Annotated[str, BeforeValidator(lambda raw: str(raw).replace(".", ""))]
    note: str | None = None


class Country(Row, row="country"):
    """A country or customs territory by its ISO 3166-1 alpha-2 code, with the group it belongs to."""

    code: str
    name: str
    name_zh: str
    groups: Annotated[tuple[str, ...], BeforeValidator(lambda raw: tuple(str(raw).split(";")))] = ()
    also: Annotated[tuple[str, ...], BeforeValidator(lambda raw: tuple(str(raw).split(";")))] = ()
