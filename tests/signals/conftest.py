"""The real LME history as a source, read once."""

from pathlib import Path

import pytest
from tests.signals.shelf import Shelf, shelf_of


@pytest.fixture(scope="session")
def lme_history(real_data: Path) -> Shelf:
    """Five metals, daily to September 2024."""
    return shelf_of(real_data, ["copper", "aluminium", "zinc", "nickel", "tin"])
