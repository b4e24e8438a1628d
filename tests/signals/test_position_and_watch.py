"""A position's duties by the book, rolling by hand, and rules that never mistake silence for calm."""

import json
import subprocess
import sys
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from tests.signals.shelf import Shelf, readings, weekdays
from typer.testing import CliRunner

from tomnext.faces.cli.main import app
from tomnext.facts.load import load_facts
from tomnext.market.position import (
    FRONT_LOADED_SHARE,
    borrow_cost_usd,
    front_loaded_premium,
    lending_duty,
    linear_premium,
    roll_cost,
    usual_gap,
    walked_roll,
)
from tomnext.observations.embedded import open_embedded
from tomnext.studies.data_import import import_observations
from tomnext.studies.position_exposure import position_exposure
from tomnext.studies.watch import watch
from tomnext.studies.watch_rules import rules_from
from tomnext.vocabulary.errors import ConnectorFailed, InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal

GUIDANCE, FRONT = "lme/lending/guidance", "lme/lending/front_month"


@pytest.mark.parametrize(
    ("held_pct", "cap", "after_five"),
    [(50.0, None, None), (60, 50.0, 25.0), (80, 50.0, 25.0), (85, 25.0, 15.0), (90, 25.0, 15.0), (92, 0.0, 0.0)],
)
def test_lending_bands_of_the_worked_example(held_pct: float, cap: float | None, after_five: float | None) -> None:
    """Market-facts A3: cash 10,000, a holder at 60 % lends at 50 USD/t, at 85 % at 25, at 92 % at level."""
    rule = load_facts().value(GUIDANCE, date(2024, 1, 2)).value
    duty = lending_duty(rule, held_pct * 1000, 100_000, 10_000)
    assert duty.held_pct == pytest.approx(held_pct)
    assert (duty.cap_usd_per_t, duty.cap_after_five_days_usd_per_t) == (cap, after_five)
    assert duty.binds == (cap is not None)


def test_front_month_rule_has_a_floor() -> None:
    rule = load_facts().value(FRONT, date(2025, 7, 1)).value
    assert lending_duty(rule, 120_000, 100_000, 9000, 80_000).to_lend_t == pytest.approx(20_000)
    assert not lending_duty(rule, 120_000, 79_000, 9000, 80_000).binds
    assert not lending_duty(rule, 99_000, 100_000, 9000, 80_000).binds


def test_rolling_a_short_costs_the_near_premium() -> None:
    premium = np.array([1.0, 2.0, np.nan, 3.0, -1.0])
    short = roll_cost(-100, premium, 2)
    assert short.today_usd == pytest.approx(-200)
    assert (short.worst_usd, short.worst_at) == (500, 3)
    assert roll_cost(100, premium, 2).today_usd == pytest.approx(200)
    assert roll_cost(-100, premium, 10).worst_usd is None
    assert borrow_cost_usd(-100, 10_000, 9.0, 40) == pytest.approx(10_000)


def test_a_day_takes_its_share_of_cash_minus_three_month_by_hand() -> None:
    """910 USD/t over 91 days is 10 a calendar day, 14 a trading day; of 910 new in a squeeze 182 fall today."""
    gap = np.array([910.0, -910.0, 910.0, 910.0])
    assert linear_premium(gap).tolist() == pytest.approx([14.0, -14.0, 14.0, 14.0])
    assert linear_premium(gap, 10.0).tolist() == pytest.approx([10.0, -14.0, 10.0, 10.0])
    squeezed = np.array([True, True, False, True])
    usual = np.array([-50.0, -50.0, -50.0, 455.0])
    # the last: 455 are new, a fifth is 91; the other 455 are 5 a calendar day, 7 a trading day
    assert front_loaded_premium(gap, usual, squeezed).tolist() == pytest.approx([182.0, -14.0, 14.0, 98.0])
    assert front_loaded_premium(gap, usual, squeezed, 100.0).tolist() == pytest.approx([100.0, -14.0, 14.0, 98.0])


def test_the_front_loaded_share_is_the_middle_of_what_tom_next_was_reported_to_cost() -> None:
    """Tom-next over the new part of cash–3M of the day: copper 2021-10-15 175/257, tin 2021-02-16 650/(2,880 − 216),
    copper 2025-06-23 69/397, zinc 2025-10-21 30/323 (closing cash–3M; nothing usual before but for tin)."""
    shares = [175 / 257, 650 / (2880 - 216), 69 / 397, 30 / 323]
    assert float(np.median(shares)) == pytest.approx(FRONT_LOADED_SHARE, abs=0.02)


def test_the_usual_gap_is_the_median_of_sixty_days_and_looks_only_backwards() -> None:
    gap = np.random.default_rng(0).normal(size=(3, 200))
    found = usual_gap(gap)
    assert found[1, 150] == pytest.approx(np.median(gap[1, 91:151]))
    np.testing.assert_array_equal(usual_gap(gap[:, :120]), found[:, :120])
    assert usual_gap(np.array([1.0, 2.0, 9.0])).tolist() == [2.0, 2.0, 2.0]


def test_rolling_along_simulated_paths_by_hand() -> None:
    """Forty paths of two days: twenty at 1 + 2, twenty in a squeeze at 10 + 20; a short of 100 t pays 300 or 3,000."""
    premium = np.repeat([[1.0, 2.0], [10.0, 20.0]], 20, axis=0)
    met = np.repeat([False, True], 20)
    found = walked_roll(-100, premium, met)
    assert (found.calm_mean_usd, found.squeezed_mean_usd, found.mean_usd) == (300.0, 3000.0, 1650.0)
    assert (found.paths, found.squeezed_paths, found.worst_twentieth_usd) == (40, 20, 3000.0)
    assert walked_roll(100, premium, met).squeezed_mean_usd == -3000.0
    assert walked_roll(-100, premium[:39], met[:39]).squeezed_mean_usd is None


def test_past_windows_are_split_by_whether_they_met_a_squeeze() -> None:
    premium = np.concatenate([np.full(30, 1.0), np.full(30, 10.0)])
    found = roll_cost(-1, premium, 2, np.arange(60) >= 30)
    assert found.calm_mean_usd == pytest.approx(2.0)
    # thirty windows touch the squeeze: one of 1 + 10 and twenty-nine of 20
    assert found.squeezed_mean_usd == pytest.approx((11 + 29 * 20) / 30)


@pytest.fixture(scope="module")
def embedded() -> Shelf:
    source = open_embedded()
    return Shelf(source.read([name for name in source.series_ids() if name.startswith("lme.") and "24m" not in name]))


def test_sixty_two_percent_of_the_stock(embedded: Shelf) -> None:
    available = position_exposure(Metal.COPPER, 1, date(2024, 3, 28), observations=embedded).available_t
    assert available is not None
    found = position_exposure(Metal.COPPER, 0.62 * available, date(2024, 3, 28), observations=embedded)
    duty = {one.rule_id: one.duty for one in found.rules}
    assert duty[GUIDANCE].cap_pct_of_cash == 0.5
    assert FRONT not in duty
    later = position_exposure(
        Metal.COPPER, 1.2 * available, date(2025, 7, 1), lease_rate_pct=5.0, observations=embedded
    )
    assert {one.rule_id for one in later.rules} >= {GUIDANCE, FRONT}
    assert later.borrow_usd is not None
    short = position_exposure(Metal.COPPER, -5000, date(2024, 3, 28), observations=embedded)
    assert not any(one.duty.binds for one in short.rules)
    assert position_exposure(Metal.NICKEL, -600, date(2022, 3, 10), observations=embedded).is_halted
    assert position_exposure(Metal.NICKEL, -600, date(2022, 3, 10), observations=embedded).simulated is None
    for wrong in ({"tonnes": 0.0}, {"tonnes": float("nan")}, {"tonnes": 1.0, "days": 251}):
        with pytest.raises(InputRejected):
            position_exposure(Metal.COPPER, **wrong, observations=embedded)  # type: ignore[arg-type]
    with pytest.raises(InputRejected):
        position_exposure(Metal.COPPER, 1.0, lease_rate_pct=-1.0, observations=embedded)
    with pytest.raises(ObservationMissing):
        position_exposure(Metal.GOLD, 1.0, observations=embedded)


def test_a_short_in_simulated_futures(embedded: Shelf) -> None:
    day = date(2024, 3, 28)
    short, long, again = (
        position_exposure(Metal.COPPER, tonnes, day, observations=embedded, n_paths=300, seed=4).simulated
        for tonnes in (-2500, 2500, -2500)
    )
    assert short is not None
    assert long is not None
    assert short == again
    assert short.linear.mean_usd == pytest.approx(-long.linear.mean_usd)
    assert short.front_loaded.worst_twentieth_usd >= short.linear.worst_twentieth_usd
    assert short.record is not None
    assert short.record.last <= day


def test_a_planted_future_does_not_reach_the_position(embedded: Shelf) -> None:
    day = date(2024, 3, 28)
    wild = Shelf(
        embedded.frame.with_columns(
            value=pl.when(pl.col("observed_on") > day).then(pl.col("value") * 7).otherwise(pl.col("value"))
        )
    )
    plain, planted = (
        position_exposure(Metal.ZINC, -250, day, observations=source, n_paths=200) for source in (embedded, wild)
    )
    assert plain == planted


def test_a_limit_on_backwardation_in_force_caps_the_roll(embedded: Shelf) -> None:
    """The copper cap of October 2021 is 0.5 % of cash a day; it was not known on the 18th."""
    found = position_exposure(Metal.COPPER, -25, date(2021, 10, 20), observations=embedded, n_paths=100)
    assert found.cap_usd_per_t == pytest.approx(0.005 * found.cash_usd_per_t)
    assert found.simulated is not None
    assert found.simulated.front_loaded.worst_twentieth_usd <= 25 * 20 * found.cap_usd_per_t + 1e-6
    assert found.rolls.front_loaded.today_usd is not None
    assert found.rolls.front_loaded.today_usd <= 25 * 20 * found.cap_usd_per_t + 1e-6
    before = position_exposure(Metal.COPPER, -25, date(2021, 10, 18), observations=embedded, n_paths=100)
    assert before.cap_usd_per_t is None


def test_old_prices_say_nothing_of_today(embedded: Shelf) -> None:
    old = Shelf(embedded.frame.filter(pl.col("observed_on") <= date(2024, 3, 15)))
    found = position_exposure(Metal.COPPER, -25, date(2024, 3, 28), observations=old, n_paths=100)
    assert found.is_stale
    said = (found.rolls.linear.today_usd, found.rolls.front_loaded.today_usd, found.rolls.near_premium_usd_per_t)
    assert (*said, found.three_month_usd) == (None, None, None, None)
    assert found.simulated is None


def test_published_tom_next_is_taken_as_quoted(embedded: Shelf) -> None:
    """A quoted tom-next is the price of one roll: it is not spread over calendar days again."""
    quoted = readings("lme.copper.carry.tom_minus_next", [date(2024, 3, 28)], [4.0])
    found = position_exposure(
        Metal.COPPER, -100, date(2024, 3, 28), days=2, observations=embedded.joined(quoted), n_paths=100
    )
    assert found.rolls.is_published
    assert found.rolls.linear.today_usd == pytest.approx(800)


def test_rules_fire_stay_quiet_and_never_take_silence_for_calm(embedded: Shelf) -> None:
    rules = rules_from(
        {
            "rule": [
                {"name": "a", "kind": "spread", "metal": "copper", "above": -50},
                {"name": "b", "kind": "spread", "metal": "copper", "above": 50},
                {"name": "c", "kind": "stock", "metal": "銅", "below": 1e9},
                {"name": "d", "kind": "probability", "metal": "zinc", "horizon": 60, "above": 0.999},
                {"name": "e", "kind": "staleness", "series": "lme.copper.price.cash", "above": 3},
                {"name": "f", "kind": "value", "series": "fx.usdtwd", "above": 1},
                {"name": "g", "kind": "composition", "metal": "lead", "above": 0.9},
                {"name": "h", "kind": "cancelled_share", "metal": "tin", "above": 1.0},
            ]
        }
    )
    found = {one.name: one.status for one in watch(rules, date(2024, 3, 28), embedded)}
    assert "".join(f"{name}:{status} " for name, status in found.items()) == (
        "a:fired b:quiet c:fired d:quiet e:quiet f:not_known g:quiet h:quiet "
    )
    halted = watch(
        rules_from({"rule": [{"kind": "spread", "metal": "nickel", "above": 5}]}), date(2022, 3, 10), embedded
    )
    assert halted[0].status == "not_known"
    assert halted[0].fired
    reopened = [{"kind": kind, "metal": "nickel", "above": 1.0} for kind in ("spread", "probability")]
    found_then = watch(rules_from({"rule": reopened}), date(2022, 3, 17), embedded)
    assert [one.status for one in found_then] == ["not_known", "not_known"]
    assert "2022-03-16" in found_then[0].why.zh
    assert watch(rules_from({"rule": reopened}), date(2022, 3, 24), embedded)[0].status != "not_known"
    carried = (pl.col("observed_on") > date(2024, 3, 15)) & pl.col("series_id").str.contains("copper.price")
    repeated = Shelf(embedded.frame.with_columns(value=pl.when(carried).then(8800.0).otherwise(pl.col("value"))))
    assert watch(rules[1:2], date(2024, 3, 28), repeated)[0].status == "not_known"
    old = Shelf(embedded.frame.filter(pl.col("observed_on") < date(2024, 3, 1)))
    assert all(one.fired for one in watch(rules[:3], date(2024, 3, 28), old))


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "spred", "metal": "copper", "above": 1},
        {"kind": "spread", "metal": "copper"},
        {"kind": "spread", "above": 1},
        {"kind": "spread", "metal": "copper", "abov": 1},
        {"kind": "spread", "metal": "copper", "above": "1.5"},
        {"kind": "probability", "metal": "copper", "horizon": 10, "above": 1},
        {"kind": "value", "series": "lme.coper.price.cash", "above": 1},
        {"kind": "value", "series": ["lme.copper.price.cash"], "above": 1},
        {"kind": "stock", "metal": "copper", "figure": "totl", "below": 1},
        {"kind": "spread", "metal": "copper", "above": float("nan")},
        {"kind": "spread", "metal": "copper", "above": True},
        {"kind": "spread", "metal": "copper", "above": 1.0, "below": 2.0},
        {"kind": "spread", "metal": "gold", "above": 1.0},
        {"kind": "spread", "metal": 5, "above": 1.0},
        {"kind": "spread", "metal": "copper", "series": "lme.copper.price.cash", "above": 1.0},
        {"kind": "probability", "metal": "copper", "above": 25},
        {"kind": "probability", "metal": "copper", "above": 0.2, "horizon": True},
        {"kind": "staleness", "metal": "copper", "above": 2},
        {"kind": "spread", "metal": "copper", "above": 1.0, "name": ""},
        7,
    ],
)
def test_a_wrong_rule_is_named(rule: object) -> None:
    with pytest.raises(InputRejected) as caught:
        rules_from({"rule": [{"kind": "spread", "metal": "copper", "above": 1.0}, rule]})
    assert "coper" in str(caught.value) or "rule 2" in str(caught.value)
    assert caught.value.expected or caught.value.nearest


def test_a_file_without_rules_or_with_more_is_refused() -> None:
    for table in ({}, {"rule": 3}, {"rule": [{"kind": "spread", "metal": "copper", "above": 1}], "rules": []}):
        with pytest.raises(InputRejected):
            rules_from(table)


def test_an_old_figure_is_not_judged(embedded: Shelf) -> None:
    """A value rule on a series that stopped (assumption B6: ten days for a daily one) is not known, never quiet."""
    rules = rules_from({"rule": [{"kind": "value", "series": "lme.copper.price.cash", "above": 1e9}]})
    old = Shelf(embedded.frame.filter(pl.col("observed_on") <= date(2024, 3, 15)))
    assert watch(rules, date(2024, 3, 20), old)[0].status == "quiet"
    assert watch(rules, date(2024, 3, 28), old)[0].status == "not_known"


def test_a_store_that_stopped_is_not_quiet_today(tmp_path: Path) -> None:
    """Without a day the command judges today, so cron notices an import that died; with one it judges that day."""
    days = weekdays(date(2024, 2, 1), 20)
    file = tmp_path / "copper.csv"
    file.write_text("date,cash,3m\n" + "".join(f"{day},9000,{9100 + n}\n" for n, day in enumerate(days)))
    plan = tmp_path / "copper.toml"
    plan.write_text(
        'source = "test"\n[date]\ncolumn = "date"\n[columns]\n'
        'cash = { series = "lme.copper.price.cash", unit = "usd_per_t" }\n'
        '3m = { series = "lme.copper.price.3m", unit = "usd_per_t" }\n'
    )
    store = str(tmp_path / "desk.sqlite")
    import_observations(str(file), str(plan), store)
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "spread"\nmetal = "copper"\nabove = 5\n')
    call = ["watch", str(rules), "--store", store, "--format", "json"]
    today = CliRunner().invoke(app, call)
    assert (today.exit_code, json.loads(today.output)["rules"][0]["status"]) == (1, "not_known")
    then = CliRunner().invoke(app, [*call, "--as-of", days[-1].isoformat()])
    assert (then.exit_code, json.loads(then.output)["rules"][0]["status"]) == (0, "quiet")


class Taker(BaseHTTPRequestHandler):
    """A webhook on this machine that keeps what it is sent."""

    taken: ClassVar[list[dict[str, object]]] = []

    def do_POST(self) -> None:
        self.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the terminal."""


class Postman(StreamRequestHandler):
    """The least of a mail server: says yes to every line and keeps the letter."""

    letters: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        lines: list[str] | None = None
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if lines is not None:
                if line == ".":
                    self.letters.append("\n".join(lines))
                    lines = None
                    self.wfile.write(b"250 kept\r\n")
                else:
                    lines.append(line)
                continue
            lines = [] if line.upper() == "DATA" else None
            self.wfile.write(b"354 go\r\n" if lines is not None else b"250 yes\r\n")
            if line.upper() == "QUIT":
                return


def served(server: TCPServer) -> int:
    Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def test_what_fired_goes_to_the_webhook_and_by_mail_and_only_then(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    with HTTPServer(("127.0.0.1", 0), Taker) as web, TCPServer(("127.0.0.1", 0), Postman) as post:
        where = ["--webhook", f"http://127.0.0.1:{served(web)}/", "--mail", "desk@example.com"]
        where += ["--smtp", f"127.0.0.1:{served(post)}"]
        for above, code in ((50, 0), (-50, 1)):
            rules.write_text(f'[[rule]]\nname = "銅"\nkind = "spread"\nmetal = "copper"\nabove = {above}\n', "utf-8")
            done = CliRunner().invoke(app, ["watch", str(rules), *where, "--lang", "en"])
            assert done.exit_code == code, done.output
            assert len(Taker.taken) == len(Postman.letters) == code
        web.shutdown()
        post.shutdown()
    assert Taker.taken[0]["fired"] is True
    assert "To: desk@example.com" in Postman.letters[0]
    assert "Subject: tomnext: At least one rule fired" in Postman.letters[0]


def test_nowhere_to_send_is_refused_before_anything_is_judged(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "spread"\nmetal = "copper"\nabove = -50\n')
    for wrong in (
        ["--webhook", "http://example.com/x"],
        ["--webhook", "file:///etc/passwd"],
        ["--mail", "desk"],
        ["--mail", "a@b\nBcc: c@d"],
        ["--mail", "desk@example.com", "--smtp", "localhost:x"],
    ):
        assert isinstance(CliRunner().invoke(app, ["watch", str(rules), *wrong]).exception, InputRejected), wrong
    closed = ["--mail", "desk@example.com", "--smtp", "127.0.0.1:1"]
    assert isinstance(CliRunner().invoke(app, ["watch", str(rules), *closed]).exception, ConnectorFailed)


def test_the_command_exits_as_cron_expects(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    for above, code in ((-50, 1), (50, 0)):
        file.write_text(f'[[rule]]\nkind = "spread"\nmetal = "copper"\nabove = {above}\n', encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from tomnext.faces.cli.main import main; main()",
                "watch",
                str(file),
                "--format",
                "json",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert json.loads(done.stdout)["fired"] is bool(code)
    file.write_text("[[rule", encoding="utf-8")
    bad = [sys.executable, "-c", "from tomnext.faces.cli.main import main; main()", "watch", str(file)]
    assert subprocess.run(bad, capture_output=True, check=False).returncode == 2
