"""The three commands as a user meets them, on the default market that comes with the package."""

import json
from datetime import date

import polars as pl
import pytest
from typer.testing import CliRunner

from tomnext.faces.cli.main import app
from tomnext.observations.embedded import open_embedded
from tomnext.studies.fit_model import fit_metal
from tomnext.studies.price_history import price_history
from tomnext.vocabulary.errors import InputRejected


def said(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(app, [*arguments, "--format", "json"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_simulate_says_what_it_did_and_repeats_itself() -> None:
    arguments = ("simulate", "copper", "silver", "--paths", "600", "--days", "30", "--seed", "7")
    first = said(*arguments, "--workers", "1")
    assert said(*arguments, "--workers", "2")["hash"] == first["hash"]
    assert first["kind"] == "simulated"
    assert set(first["squeeze_frequency"]) == {"copper"}  # type: ignore[call-overload]
    row = first["summary"][0]  # type: ignore[index]
    assert row["p05"] < row["p50"] < row["p95"]
    assert {"series", "day", "today", "mean", "sd"} <= set(row)


def test_check_model_has_the_promised_keys() -> None:
    found = said("check-model", "lead", "--every", "60", "--paths", "200")
    assert set(found["coverage"]) == {"5", "20", "60"}  # type: ignore[call-overload]
    assert set(found["coverage"]["20"]) == {"50", "80", "95"}  # type: ignore[index]
    for key in ("crps", "crps_skill_vs_random_walk", "crps_skill_vs_garch"):
        assert isinstance(found[key], float)
        assert isinstance(found["cash_minus_three_month"][key], float)  # type: ignore[index]
    assert found["n_forecasts"] == found["price"]["n_forecasts"]  # type: ignore[index]


def test_fit_a_metal_of_the_market() -> None:
    found = fit_metal("copper", open_embedded(), as_of=date(2018, 6, 29), n_starts=2)
    record = found.record()
    assert record["n_obs"] > 400  # type: ignore[operator]
    assert record["evidence"]


def test_nothing_after_as_of_is_seen() -> None:
    history = price_history(open_embedded(), "copper", as_of=date(2020, 3, 2)).history
    assert str(history.observed_on[-1]) <= "2020-03-02"


def test_a_monthly_series_is_refused_with_its_name() -> None:
    with pytest.raises(InputRejected, match=r"worldbank.copper.price: monthly"):
        price_history(open_embedded(), "worldbank.copper.price")


class Halted:
    """A source in which nickel stood still, first by decree and then over a holiday carried forward."""

    def __init__(self) -> None:
        self.inner = open_embedded()

    def series_ids(self) -> list[str]:
        return self.inner.series_ids()

    def read(self, series_ids, as_of=None, start=None, end=None) -> pl.DataFrame:  # type: ignore[no-untyped-def]
        frame = self.inner.read(series_ids, as_of, start, end)
        still = (pl.col("observed_on") >= date(2021, 6, 8)) & (pl.col("observed_on") <= date(2021, 6, 10))
        frozen = pl.when(still).then(None).otherwise(pl.col("value"))
        return frame.with_columns(value=frozen.forward_fill().over("series_id"))


def test_days_carried_forward_are_not_calm_days() -> None:
    days = price_history(Halted(), "nickel").history.observed_on.astype(str).tolist()
    assert "2021-06-07" in days
    assert not {"2021-06-08", "2021-06-09", "2021-06-10"} & set(days)
    assert not {"2022-03-08", "2022-03-14"} & set(days)
