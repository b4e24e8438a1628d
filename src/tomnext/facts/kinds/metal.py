"""The forms in which a metal is bought, stored and delivered."""

from typing import Annotated

from pydantic import BeforeValidator

from tomnext.facts.kinds.base import Row
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


def _venues(raw: object) -> object:
    return tuple(raw.split(";")) if isinstance(raw, str) else raw


class MetalForm(Row, row="metal_form"):
    """One commercial form.

    ``min_purity_pct`` is the least metal content in percent by mass; ``unit_mass`` that of one piece or warrant in
    ``mass_unit``, with the range a good delivery bar may have in troy ounces; ``delivered_at`` the venues that take it.
    """

    form: str
    metal: Metal
    shape: str
    title_en: str
    title_zh: str
    min_purity_pct: float
    unit_mass: float | None = None
    mass_unit: str | None = None
    mass_low_oz: float | None = None
    mass_high_oz: float | None = None
    standard: str | None = None
    delivered_at: Annotated[tuple[str, ...], BeforeValidator(_venues)] = ()
    note: str | None = None

    @property
    def title(self) -> Text:
        """The form's name in both languages."""
        return Text(self.title_en, self.title_zh)
