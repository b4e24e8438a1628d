"""The maps in ``examples/maps``: all of them read, and those of the licensed history bring in its known days."""

from datetime import date
from pathlib import Path

import pytest

from tomnext.observations.catalogue import series_named
from tomnext.observations.importing.map import ImportMap, read_map
from tomnext.observations.importing.run import import_file
from tomnext.observations.store import open_store
from tomnext.vocabulary.units import factor

MAPS = Path(__file__).parents[2] / "examples" / "maps"
FILES = sorted(MAPS.rglob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(MAPS)))
def test_the_map_reads_and_its_units_fit(path: Path) -> None:
    layout: ImportMap = read_map(path)
    for target in layout.targets.values():
        assert factor(target.unit, series_named(target.series).unit) > 0


@pytest.mark.slow
def test_the_whole_history_comes_in_without_a_refused_row(real_data: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "desk.sqlite", create=True)
    read = 0
    for path in FILES:
        file = (real_data / path.relative_to(MAPS)).with_suffix(".csv")
        if file.exists():
            report = import_file(file, read_map(path), store)
            assert report.rejected == (), file.name
            assert report.revised == 0, file.name
            read += 1
    assert read >= 60
    assert store.problems() == []


def test_copper_of_october_2021_as_it_was_known(real_data: Path, tmp_path: Path) -> None:
    """18 October 2021: cash 1,103.5 USD/t over three months, 21,050 t on warrant; 14,150 t on the 15th."""
    store = open_store(tmp_path / "desk.sqlite", create=True)
    report = import_file(real_data / "lme_daily" / "copper.csv", read_map(MAPS / "lme_daily" / "copper.toml"), store)
    assert report.rows_read == 6_456
    wanted = [f"lme.copper.{name}" for name in ("price.cash", "price.3m", "stock.on_warrant", "stock.cancelled")]
    known = store.read(wanted, as_of=date(2021, 10, 18), start=date(2021, 10, 15))
    held = {(series, day): value for series, day, value in known.select("series_id", "observed_on", "value").rows()}
    day = date(2021, 10, 18)
    assert held["lme.copper.price.cash", day] - held["lme.copper.price.3m", day] == 1_103.5
    assert held["lme.copper.stock.on_warrant", day] == 21_050.0
    assert held["lme.copper.stock.on_warrant", date(2021, 10, 15)] == 14_150.0
    assert max(day for _, day in held) == day


def test_the_pink_sheet_through_a_map_equals_the_connector(samples: Path, tmp_path: Path) -> None:
    """A workbook with its heading on row 5 and units below; 797 months of nine metals."""
    store = open_store(tmp_path / "desk.sqlite", create=True)
    name = "CMO-Historical-Data-Monthly"
    report = import_file(samples / "worldbank" / f"{name}.xlsx", read_map(MAPS / "worldbank" / f"{name}.toml"), store)
    assert (report.rows_read, report.added, report.rejected) == (797, 797 * 9, ())
    last = store.read(["worldbank.copper.price"])[-1]
    assert last.select("observed_on", "value").row(0) == (date(2026, 5, 31), 13_543.19)
