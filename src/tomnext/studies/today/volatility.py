"""How volatile each metal is and which is most: one window of daily returns for all."""

from collections.abc import Sequence

from tomnext.studies.today.board import Volatility
from tomnext.studies.today.metals import MetalToday
from tomnext.vocabulary.metals import Metal


def volatilities(metals: Sequence[MetalToday]) -> dict[Metal, Volatility]:
    """Annual volatility and rank of every metal with a fresh daily price; others are left out."""
    return {}
