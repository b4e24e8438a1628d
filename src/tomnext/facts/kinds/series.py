"""A measured series: its unit, how often it is published, how late, and under which terms."""

from datetime import date, time
from enum import StrEnum

from tomnext.facts.kinds.base import Row
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


class Licence(StrEnum):
    """public: government or dedicated to the public; attribution: free when named; restricted: for own use only."""

    PUBLIC = "public"
    ATTRIBUTION = "attribution"
    RESTRICTED = "restricted"


class SeriesRow(Row, row="series"):
    """One series of the catalogue.

    ``lag_weekdays`` counts Monday to Friday from ``observed_on`` to the day of publication; ``available_time`` is the
    clock time of that day in ``time_zone``. ``unit`` is the unit of every stored value (convention 2).
    """

    series_id: str
    metal: Metal | None = None
    venue: str
    quantity: str
    unit: str
    currency: str | None = None
    frequency: str
    lag_weekdays: int
    available_time: time
    time_zone: str
    licence: Licence
    title_en: str
    title_zh: str

    @property
    def title(self) -> Text:
        """What the series is, in both languages."""
        return Text(self.title_en, self.title_zh)

    @property
    def nature(self) -> Nature:
        """How a value of this series is labelled: licensed when its publisher restricts use, else measured."""
        return Nature.LICENSED if self.licence is Licence.RESTRICTED else Nature.MEASURED


class PublicationStop(Row, row="publication_stop"):
    """A time in which the series of a prefix came out late: not before the end of ``available_from`` (UTC)."""

    prefix: str
    observed_from: date
    observed_to: date
    available_from: date
    reason: str
    reason_zh: str
