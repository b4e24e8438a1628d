"""The signal commands as a desk meets them: three forms, two languages, exit codes, no traceback for bad input."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from tomnext.faces.cli.main import main

COMMANDS = [
    "ratio gold silver --regimes",
    "beta silver",
    "beta gold",
    "arb copper --as-of 2025-08-01",
    "arb silver",
    "lead silver",
    "dips silver",
    "dips copper --term",
]
KEYS = {
    "ratio": {"regimes", "now", "trades"},
    "beta": {"betas", "attribution", "breaks", "correlations", "not_testable", "verdict"},
    "arb": {"comex_minus_lme_usd_per_t", "net_of_costs_usd_per_t", "implied_tariff_probability", "assumptions"},
    "lead": {"leads", "target", "of"},
    "dips": {"metals"},
}


@pytest.fixture
def tomnext(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command line; gives exit code, standard output and errors."""

    def _run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["tomnext", *line.split()])
        with pytest.raises(SystemExit) as stopped:
            main()
        written = capsys.readouterr()
        return int(stopped.value.code or 0), written.out, written.err

    return _run


def numbers(value: object) -> Iterator[float | None]:
    """Every number of a JSON document in order."""
    if isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, int | float) or value is None:
        yield value


@pytest.mark.slow
@pytest.mark.parametrize("line", COMMANDS)
def test_both_languages_and_all_forms_say_the_same(line: str, tomnext) -> None:  # type: ignore[no-untyped-def]
    written = {lang: tomnext(f"{line} --format json --lang {lang}") for lang in ("en", "zh-TW")}
    assert [code for code, _, _ in written.values()] == [0, 0]
    english, chinese = (json.loads(out) for _, out, _ in written.values())
    assert list(numbers(english)) == list(numbers(chinese))
    assert KEYS[line.split()[0]] <= set(english)
    _, table, _ = tomnext(f"{line} --lang zh-TW")
    _, sheet, _ = tomnext(f"{line} --format csv --lang zh-TW")
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert rows
    assert all(None not in row for row in rows)
    assert "nan" not in (table + sheet).lower().replace("finance", "")
    assert table.strip()


def test_the_parts_of_a_return_sum_to_it_and_what_is_missing_is_null(tomnext) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = tomnext("beta gold --format json")
    told = json.loads(out)
    shared = told["attribution"]
    parts = [shared[name] or 0.0 for name in ("ai_industrial", "monetary_geopolitical", "trade_policy", "residual")]
    assert sum(parts) == pytest.approx(shared["total_log_return_pct"], abs=1e-9)
    assert shared["sum"] == pytest.approx(shared["total_log_return_pct"], abs=1e-9)
    assert told["betas"]["ai"] is None
    assert "equity.smh" in told["not_testable"]["ai"]
    assert told["official_buying"]["effect"] is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ratio silver silver --regimes", 2),
        ("ratio gold silver --regimes --as-of 1959-01-01", 3),
        ("ratio gold unobtainium", 2),
        ("beta tin", 2),
        ("beta silver --as-of 2026-02-30", 2),
        ("beta silver --since 2099-01-01", 3),
        ("arb zinc", 2),
        ("arb copper --as-of 2099-01-01", 3),
        ("arb copper --duty -5", 2),
        ("arb copper --duty nan", 2),
        ("arb copper --duty-from 2027-01-01", 2),
        ("lead silver --series nothing.here", 2),
        ("lead silver --series comex.silver.price.front", 2),
        ("lead silver --of volume", 2),
        ("lead silver --as-of 1980-01-01", 3),
        ("dips gold --as-of 1900-01-01", 3),
        ("dips bananas", 2),
        ("squeeze copper --as-of 1990-01-01", 3),
        ("position gold --tonnes 100", 3),
        ("position copper --tonnes 0", 2),
    ],
)
def test_bad_input_is_told_not_traced(line: str, code: int, tomnext) -> None:  # type: ignore[no-untyped-def]
    got, out, err = tomnext(f"{line} --lang en")
    assert got == code
    assert out == ""
    assert "received" in err
    assert "Traceback" not in err


def test_old_figures_are_said_to_be_old(tomnext) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = tomnext("ratio gold silver --regimes --as-of 2026-11-01 --lang en")
    assert "154 days older than the day asked for" in out
    _, out, _ = tomnext("ratio gold silver --regimes --as-of 2026-06-15 --lang en")
    assert "older than" not in out


def test_a_metal_without_prices_on_a_day_is_refused_with_the_day(tomnext) -> None:  # type: ignore[no-untyped-def]
    _, _, err = tomnext("squeeze copper --as-of 1990-01-01 --lang en")
    assert "copper, as of 1990-01-01" in err


def test_lending_rules_on_an_old_stock_say_of_which_day(tomnext) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = tomnext("position copper --tonnes 200000 --paths 100 --as-of 2026-07-15 --lang zh-TW")
    assert "借貸規則以 2026-05-29 的庫存與價格衡量" in out
    _, out, _ = tomnext("position copper --tonnes 200000 --paths 100 --as-of 2026-05-29 --lang zh-TW")
    assert "的庫存與價格衡量" not in out
    assert "假設" in out
    assert "assumed" not in out


def test_press_prices_are_not_called_decreed(tomnext) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = tomnext("arb copper --as-of 2025-08-01 --lang zh-TW")
    assert "−88 USD/公噸（媒體所載）" in out
