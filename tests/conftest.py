"""Where the licensed daily history lies, for the tests that need it; they skip with a reason when it is absent."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real daily history that may not be redistributed and therefore lies outside the repository."""
    folder = SHARED / "data" / "real"
    if not folder.is_dir():
        pytest.skip("the licensed daily history (../shared/data/real) is not on this machine")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of recorded payloads, some of which may not be redistributed."""
    folder = SHARED / "data" / "samples"
    if not folder.is_dir():
        pytest.skip("the recorded payloads (../shared/data/samples) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def reference_values() -> Path:
    """The folder of published model results."""
    folder = SHARED / "data" / "reference"
    if not folder.is_dir():
        pytest.skip("the published model results (../shared/data/reference) are not on this machine")
    return folder
