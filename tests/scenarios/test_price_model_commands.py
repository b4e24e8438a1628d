"""The three commands as a user meets them, on the default market that comes with the package."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from scipy.stats import norm
from typer.testing import CliRunner

from tomnext.faces.cli import output
from tomnext.faces.cli.main import app
from tomnext.observations.embedded import open_embedded
from tomnext.studies.fit_model import fit_metal
from tomnext.studies.price_history import price_history
from tomnext.studies.simulate import simulate_prices
from tomnext.vocabulary.errors import InputRejected, TomnextError


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


class Short:
    """A source that ends on a day: a reader's store while nickel was suspended."""

    def __init__(self, last: date) -> None:
        self.inner, self.last = open_embedded(), last

    def series_ids(self) -> list[str]:
        return self.inner.series_ids()

    def read(self, series_ids, as_of=None, start=None, end=None) -> pl.DataFrame:  # type: ignore[no-untyped-def]
        return self.inner.read(series_ids, as_of, start, self.last)


def test_a_start_from_a_suspended_day_is_said_in_json_and_table() -> None:
    """LME notices 22/052 and 22/053: nickel suspended 8 to 15 March 2022, its end announced on the 14th."""
    arguments = ("simulate", "nickel", "copper", "--paths", "60", "--days", "5")
    early, late = (said(*arguments, "--as-of", day) for day in ("2022-03-10", "2022-03-15"))
    assert early["as_of"] == {"nickel": "2022-03-07", "copper": "2022-03-10"}
    assert early["halted"]["nickel"]["to"] is None  # type: ignore[index]
    assert late["halted"]["nickel"]["to"] == "2022-03-15"  # type: ignore[index]
    assert set(late["halted"]) == {"nickel"}  # type: ignore[call-overload]
    assert said(*arguments, "--as-of", "2022-03-17")["halted"] == {}
    for lang, loud, name in (
        ("en", "HALTED: nickel", "nickel cash, USD/t"),
        ("zh-TW", "暫停交易：鎳", "鎳現貨，美元/公噸"),
    ):
        shown = CliRunner().invoke(app, [*arguments, "--as-of", "2022-03-10", "--lang", lang]).stdout
        assert loud in shown.splitlines()[1]
        assert name in shown
        assert "usd_per_t" not in shown


def test_the_suspension_is_found_without_a_date_of_the_question() -> None:
    assert simulate_prices(["nickel"], 20, 2, observations=Short(date(2022, 3, 11))).halted()["nickel"]["to"] is None
    assert simulate_prices(["nickel"], 20, 2, observations=Short(date(2022, 3, 7))).halted() == {}


def test_an_old_start_is_said_with_its_age() -> None:
    found = simulate_prices(["copper"], 20, 2, observations=Short(date(2021, 12, 1)), as_of=date(2022, 1, 10))
    assert found.stale_days() == {"copper": 40}
    assert simulate_prices(["copper"], 20, 2, observations=open_embedded(), as_of=date(2022, 1, 10)).stale_days() == {}


def test_the_lattice_comes_with_its_errors() -> None:
    found = said("simulate", "copper", "--paths", "900", "--days", "20", "--lattice", "20")["lattice"]
    assert found["stage_days"] == [0, 5, 20]  # type: ignore[index]
    assert [len(level) for level in found["values"]] == [1, 20, 20]  # type: ignore[index]
    assert {one["statistic"] for one in found["errors"]} == {  # type: ignore[index]
        "mean", "sd", "cvar95_high", "cvar95_low", "squeeze_frequency"
    }  # fmt: skip


def test_check_model_draws_the_pit_in_both_languages() -> None:
    for lang, heading in (("en", "PIT histogram"), ("zh-TW", "PIT 直方圖")):
        arguments = ["check-model", "lead", "--every", "90", "--paths", "100", "--lang", lang]
        lines = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout.splitlines()
        assert lines[1].endswith(heading)
        assert all(set(line.split()[-1]) <= set("▁▂▃▄▅▆▇█") for line in lines[2:8])


def test_fit_values_an_option_of_a_series_and_says_that_it_fell_back() -> None:
    """One factor without drift: Black (1976) on the spot itself, worked here with scipy."""
    found = said("fit", "fx.usdtwd", "--option", "put,30,1,0.5,0.02")
    option, spot = found["option"], found["curve"][0]["price"]  # type: ignore[index]
    sd = found["params"]["sigma_xi"] * np.sqrt(0.5)  # type: ignore[index]
    forward = spot * np.exp(found["params"]["sigma_xi"] ** 2 / 2)  # type: ignore[index]
    upper = np.log(forward / 30) / sd + sd / 2
    expected = np.exp(-0.01) * (30 * norm.cdf(sd - upper) - forward * norm.cdf(-upper))
    assert option["value"] == pytest.approx(expected, rel=1e-9)  # type: ignore[index]
    shown = CliRunner().invoke(app, ["fit", "fx.usdtwd", "--lang", "en"]).stdout
    assert "a single price series cannot show two factors" in shown
    assert "AIC" in shown
    assert "kurtosis" in shown


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("fit", "copper", "--panel", "x.csv"), "not both"),
        (("fit", "fx.usdtwd", "--option", "put,30"), "four numbers"),
        (("fit", "fx.usdtwd", "--option", "swap,30,1,0.5,0"), "put or a call"),
        (("fit", "fx.usdtwd", "--option", "put,nan,1,0.5,0"), "positive strike"),
        (("simulate", "lme.copper.price.csh"), "lme.copper.price.cash"),
        (("simulate", "copper", "copper", "--paths", "10"), "twice"),
        (("check-model", "zinc", "--start", "2035-01-01"), "No forecast"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(arguments: tuple[str, ...], word: str) -> None:
    with pytest.raises(TomnextError, match=word):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


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


def test_a_narrow_terminal_hides_no_part_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "wide_console", lambda: Console(highlight=False, width=70))
    arguments = ["simulate", "nickel", "--paths", "60", "--days", "5", "--lang", "zh-TW"]
    shown = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
    assert "…" not in shown
    assert all(part in shown for part in "鎳現貨減三個月期")
