"""What others have printed about the ratio of two metals."""

from datetime import date
from typing import Literal

from tomnext.facts.kinds.base import Row
from tomnext.vocabulary.words import Text


class RatioExtreme(Row, row="ratio_extreme"):
    """One published value: ounces of silver for an ounce of gold (``ratio``) over a period ending on ``last_day``."""

    period: str
    last_day: date
    ratio: float
    standing: Literal["low", "high", "reference", "mean"]
    note: str = ""
    note_zh: str = ""

    @property
    def remark(self) -> Text:
        """On which basis it was printed, in both languages."""
        return Text(self.note, self.note_zh)
