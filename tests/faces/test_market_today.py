"""The brief of the embedded default and of imported files: what it says, and that every form says the same."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.faces.test_report import LANGUAGES, Page, as_printed, parsed, table_and_sentence_numbers
from typer.testing import CliRunner

from tomnext.faces.cli.main import app
from tomnext.faces.report.html import write_html
from tomnext.faces.report.markdown import write_markdown
from tomnext.faces.report.wording import Wording
from tomnext.faces.report.workbook import write_workbook
from tomnext.observations.embedded import EmbeddedMarket
from tomnext.studies.data_import import import_observations
from tomnext.studies.market_today import market_today
from tomnext.studies.sections import Brief, Number, Sentence, Spark, Split
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Language, Text

MAPS = Path(__file__).parents[2] / "examples" / "maps" / "lme_daily"
SECTIONS = [
    "board", "ratio", "copper", "curves", "stocks", "squeeze", "position", "regimes", "drivers", "arbitrage", "leads",
    "dips", "silver", "data",
]  # fmt: skip
UNTAUGHT = {"squeeze", "position", "drivers", "leads", "dips"}
"""What simulated prices can say nothing about."""


@pytest.fixture(scope="module")
def embedded() -> Brief:
    """The brief a newcomer sees."""
    return market_today(date(2026, 6, 2))


@pytest.fixture(scope="module")
def desk(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the licensed copper, nickel and tin files, imported through the maps in the repository."""
    store = str(tmp_path_factory.mktemp("desk") / "desk.sqlite")
    for metal in ("copper", "nickel", "tin"):
        import_observations(str(real_data / "lme_daily" / f"{metal}.csv"), str(MAPS / f"{metal}.toml"), store)
    return store


def row(brief: Brief, section: str, table: str, metal: str) -> dict[str, object]:
    found = next(one for one in brief.section(section).tables if one.id == table)
    cells = next(cells for cells in found.rows if isinstance(cells[0], Text) and cells[0].en == metal)
    return dict(zip((column.key for column in found.columns), cells, strict=True))


def value(cell: object) -> float | None:
    assert isinstance(cell, Number)
    return cell.value


def test_the_collapse_of_2025_is_told_only_once_it_was_known(embedded: Brief) -> None:
    told = next(one for one in embedded.section("arbitrage").notes if one.key == "collapse")
    assert (value(told.values["high"]), value(told.values["low"])) == (3_100.0, 106.0)
    assert told.values["day"] == date(2025, 7, 23)
    before = market_today(date(2025, 7, 29)).section("arbitrage").notes
    assert [one.key for one in before] == ["caveat"]


def test_a_year_without_a_deficit_counts_no_deficits() -> None:
    """In 2024 the newest count held is that of 2016, a surplus of 68 million oz."""
    said = market_today(date(2024, 9, 27)).section("silver").sentences[0]
    assert said.key == "latest_no_deficit"
    assert value(said.values["balance"]) == 68.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_embedded_page_is_the_librarys(embedded: Brief, language: Language) -> None:
    text = write_html(embedded, language)
    page = Page(text)
    expected = table_and_sentence_numbers(embedded)
    assert len(expected) > 300
    assert Counter((one.value, one.printed) for one in expected) == Counter(
        (number, printed.lstrip("▲▼")) for number, printed in page.numbers
    )
    for number in expected:
        assert abs(parsed(number.printed) - as_printed(number)) <= 10.0**-number.decimals / 2 + 1e-9
    assert all(address.startswith("#") for address in page.addresses)


def test_both_languages_print_the_same_numbers(embedded: Brief) -> None:
    first, second = (Page(write_html(embedded, language)) for language in LANGUAGES)
    assert Counter(first.numbers) == Counter(second.numbers), "the order of words may differ, the numbers may not"
    drawn = [Counter(re.findall(r">([−+]?[\d,.]+%?)</text>", write_html(embedded, one))) for one in LANGUAGES]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_number_stands_typed_in_the_workbook(embedded: Brief, language: Language, tmp_path: Path) -> None:
    write_workbook(embedded, Wording(language), tmp_path / "brief.xlsx")
    book = openpyxl.load_workbook(tmp_path / "brief.xlsx")
    held = [section for section in embedded.sections if section.tables or section.charts]
    assert len(book.sheetnames) == len(held) + 1
    for section, name in zip(held, book.sheetnames[1:], strict=True):
        sheet, left = book[name], 1
        for table in section.tables:
            shown = [
                at
                for at in range(len(table.columns))
                if not any(isinstance(cells[at], Spark | Split) for cells in table.rows)
            ]
            for down, cells in enumerate(table.rows, start=5):
                for across, at in enumerate(shown):
                    cell, read = cells[at], sheet.cell(down, left + across).value
                    if isinstance(cell, Number) and cell.value is not None:
                        assert read == pytest.approx(cell.value, rel=1e-14, abs=1e-14)
                        shown_as = sheet.cell(down, left + across).number_format
                        assert ("%" in shown_as) == cell.printed.endswith("%"), (section.id, table.columns[at].key)
                    elif isinstance(cell, date):
                        assert isinstance(read, datetime)
                        assert read.date() == cell
            left += len(shown) + 1
        assert sheet.freeze_panes == "B5"


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_prints_every_number(embedded: Brief, language: Language) -> None:
    text = write_markdown(embedded, Wording(language))
    assert not [one.printed for one in table_and_sentence_numbers(embedded) if one.printed not in text]


def test_the_page_has_its_sections_and_a_short_verdict(embedded: Brief) -> None:
    assert [section.id for section in embedded.sections] == SECTIONS
    assert 3 <= len(embedded.verdict) <= 5
    assert all(section.charts or section.tables for section in embedded.sections if section.id not in UNTAUGHT)
    assert embedded.section("squeeze").sentences[0].key == "missing", "simulated prices get no probability"


def test_simulated_and_measured_never_share_a_line(embedded: Brief) -> None:
    """The World Bank's averages are measured, every daily figure is simulated, and each number says which."""
    assert embedded.is_simulated
    copper = row(embedded, "board", "base", "copper")
    assert copper["price_monthly"].nature is Nature.MEASURED  # type: ignore[attr-defined]
    assert value(copper["price_monthly"]) == 13543.19
    assert copper["carry"].nature is Nature.SIMULATED  # type: ignore[attr-defined]
    for section in embedded.sections:
        for number in section.numbers():
            if number.unit == "usd_per_t" and number.value is not None:
                assert number.nature in (Nature.MEASURED, Nature.SIMULATED, Nature.DECREED)
    ratio = embedded.section("ratio").charts[0].plots[0].lines[0]
    assert ratio.nature is Nature.MEASURED
    assert {line.nature for plot in embedded.section("copper").charts[0].plots for line in plot.lines} == {
        Nature.SIMULATED
    }


def test_editions_of_the_silver_balance_are_not_joined(embedded: Brief) -> None:
    """World Silver Survey 2026: −40.3 in 2025, the fifth deficit, 716.0 in five years; 2024 was −148.9 before."""
    section = embedded.section("silver")
    latest = next(one for one in section.sentences if one.key == "latest")
    assert value(latest.values["balance"]) == -40.3
    assert value(latest.values["streak"]) == 5
    assert value(latest.values["total"]) == pytest.approx(-(83.7 + 254.0 + 200.1 + 137.9 + 40.3))
    years = {bar.name: bar for bar in section.charts[0].bars}
    assert value(years["2024"].value) == -137.9
    assert years["2016"].group != years["2017"].group
    assert years["2026"].is_forecast
    early = market_today(date(2025, 12, 31)).section("silver")
    assert value({bar.name: bar for bar in early.charts[0].bars}["2024"].value) == -148.9


class Watched:
    """A source that notes how late every read looked."""

    def __init__(self) -> None:
        self.inner = EmbeddedMarket()
        self.latest: list[date | None] = []

    def read(
        self,
        series_ids: Sequence[str],
        as_of: datetime | date | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> pl.DataFrame:
        """The inner source's answer."""
        self.latest.append(as_of)
        return self.inner.read(series_ids, as_of, start, end)

    def series_ids(self) -> list[str]:
        """The inner source's series."""
        return self.inner.series_ids()


def test_nothing_later_than_the_day_asked_is_read() -> None:
    watched, asked = Watched(), date(2022, 6, 15)
    brief = market_today(asked, observations=watched)
    assert watched.latest
    assert all(one is not None and one <= asked for one in watched.latest)
    known = [one.known_at for section in brief.sections for one in section.evidence if one.known_at]
    assert max(one.date() if isinstance(one, datetime) else one for one in known) <= asked


@pytest.mark.slow
def test_copper_on_18_october_2021_is_tight(desk: str) -> None:
    """LME: cash over three-month by 1,103.5 USD/t, a record; 21,050 t on warrant (14,150 t on the 15th)."""
    brief = market_today(date(2021, 10, 18), desk)
    copper, stocks = row(brief, "board", "base", "copper"), row(brief, "stocks", "lme", "copper")
    assert value(copper["carry"]) == 1103.5
    assert copper["carry"].printed == "+1,103.5"  # type: ignore[attr-defined]
    assert value(copper["carry_percentile"]) == pytest.approx(100, abs=0.1)
    assert value(stocks["on_warrant"]) == 21_050
    reading = copper["reading"]
    assert isinstance(reading, Sentence)
    assert reading.key == "reading.tight"
    assert brief.verdict[0].key == "verdict.tight"
    assert "1,103.5" in Wording(Language.TAIWAN).plain(brief.verdict[0])
    warned = market_today(date(2021, 10, 11), desk)
    chance = row(warned, "squeeze", "watch", "copper")
    assert value(chance["in_20"]) > value(chance["base"])  # type: ignore[operator]
    assert row(warned, "squeeze", "watch", "tin")["status"].key == "status.in_event"  # type: ignore[attr-defined]
    friday = market_today(date(2021, 10, 15), desk)
    assert value(row(friday, "stocks", "lme", "copper")["on_warrant"]) == 14_150


@pytest.mark.slow
def test_every_signal_says_a_sentence_a_record_a_caveat_and_shows_a_chart(desk: str) -> None:
    """What a desk with real copper, nickel and tin reads of squeezes, positions and dips."""
    brief = market_today(date(2024, 9, 27), desk)
    for id, record in (("squeeze", "record"), ("position", "record"), ("dips", "rule")):
        section = brief.section(id)
        said = [sentence.key for sentence in (*section.sentences, *section.notes)]
        assert record in said, id
        assert len(section.notes) >= 2, id
        assert section.charts, id
        assert section.tables, id
    shown = value(row(brief, "squeeze", "watch", "copper")["in_20"])
    assert shown is not None
    assert "example" in [one.key for one in brief.section("position").sentences]


@pytest.mark.slow
def test_an_own_position_stands_on_the_page(desk: str, tmp_path: Path) -> None:
    """62 % of the 271,500 t on warrant that day: lend at no more than 0.5 % of cash, 32,580 t to come down to half."""
    words = ["brief", "--store", desk, "--as-of", "2024-09-30", "--lang", "en", "--format", "json"]
    words += ["--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*words, "--position", "copper=168330"])
    assert done.exit_code == 0, done.output
    section = json.loads(done.output)["sections"]["position"]
    said = " ".join(section["sentences"])
    assert "you hold 62% of available stock (271,500 t)" in said
    assert "no more than 0.50% of cash" in said
    assert "32,580 t" in said
    wrong = CliRunner().invoke(app, [*words, "--position", "copper:5"])
    assert isinstance(wrong.exception, InputRejected)


@pytest.mark.slow
def test_a_market_that_has_just_reopened_is_not_read(desk: str) -> None:
    """Nickel, 17 March 2022: at its daily limit the day after the halt; a week later it is read again."""
    said = row(market_today(date(2022, 3, 17), desk), "board", "base", "nickel")["reading"]
    assert isinstance(said, Sentence)
    assert said.key == "reading.not_known"
    later = row(market_today(date(2022, 3, 25), desk), "board", "base", "nickel")["reading"]
    assert isinstance(later, Sentence)
    assert later.key != "reading.not_known"


@pytest.mark.slow
@pytest.mark.parametrize("day", [date(2022, 3, 8), date(2022, 3, 10), date(2022, 3, 15)])
def test_halted_nickel_is_halted_and_not_calm(desk: str, day: date) -> None:
    brief = market_today(day, desk)
    nickel = row(brief, "board", "base", "nickel")
    assert [value(nickel[key]) for key in ("price", "day", "month", "carry")] == [None] * 4
    assert {nickel[key].absent for key in ("price", "day", "carry")} == {"halted"}  # type: ignore[attr-defined]
    assert nickel["reading"].key == "reading.halted"  # type: ignore[attr-defined]
    assert brief.verdict[0].key == "verdict.halted"
    assert "暫停交易" in write_html(brief, Language.TAIWAN)


@pytest.mark.slow
def test_what_a_store_lacks_is_named(desk: str) -> None:
    brief = market_today(date(2024, 9, 30), desk)
    lead = row(brief, "board", "base", "lead")
    assert value(lead["price"]) is None
    assert Wording(Language.ENGLISH).plain(lead["reading"], "board") == "Not known: no price in this source."  # type: ignore[arg-type]
    assert brief.section("ratio").sentences[0].key == "missing"
    old = market_today(date(2025, 6, 30), desk)
    assert value(row(old, "board", "base", "copper")["price"]) is None, "a price of nine months ago is not today's"


@pytest.mark.slow
def test_today_is_the_last_day_most_metals_knew(desk: str) -> None:
    assert market_today(store=desk).as_of == date(2024, 9, 30)
    assert market_today().as_of == date(2026, 6, 2), "the day the World Bank's May averages came out"


def test_the_command_writes_three_files_and_says_where(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["brief", "--lang", "en", "--out", str(tmp_path / "new"), "--as-of", "2026-06-02"])
    assert done.exit_code == 0
    for ending in ("html", "md", "xlsx"):
        path = tmp_path / "new" / f"brief-2026-06-02-en.{ending}"
        assert path.stat().st_size > 1000
        assert str(path) in done.output
    assert "The gold/silver ratio is 58.8" in done.output


def test_the_json_is_the_documented_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["brief", "--lang", "zh-TW", "--out", str(tmp_path), "--as-of", "2026-06-02", "--format", "json"]
    )
    record = json.loads(done.output)
    assert set(record) == {"as_of", "kind", "basis", "verdict", "sections", "files"}
    assert list(record["sections"]) == SECTIONS
    copper = next(one for one in record["sections"]["board"]["tables"]["base"] if one["metal"] == "銅")
    assert copper["price_monthly"] == {"value": 13543.19, "unit": "usd_per_t", "kind": "measured"}
    assert record["kind"] == "simulated"
    assert set(record["sections"]["board"]["evidence"][0]) >= {"id", "value", "unit", "nature", "source", "known_at"}


def test_an_output_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = CliRunner().invoke(app, ["brief", "--out", str(tmp_path / "file" / "below"), "--as-of", "2026-06-02"])
    assert done.exit_code != 0
    assert "--out" in str(done.exception)


def test_names_in_the_workbook_lead_to_their_columns(embedded: Brief, tmp_path: Path) -> None:
    write_workbook(embedded, Wording(Language.TAIWAN), tmp_path / "brief.xlsx")
    book = openpyxl.load_workbook(tmp_path / "brief.xlsx")
    sheet, cells = next(iter(book.defined_names["board_base_carry"].destinations))
    read = [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    expected = [value(cells[5]) for cells in embedded.section("board").tables[0].rows]
    assert read == pytest.approx(expected, rel=1e-15)


def test_a_day_before_every_price_is_refused_and_old_prices_are_called_old() -> None:
    with pytest.raises(ObservationMissing):
        market_today(date(1950, 1, 1))
    late = market_today(date(2030, 1, 1))
    copper = row(late, "board", "base", "copper")
    assert copper["price"].absent == "stale"  # type: ignore[attr-defined]
    assert "2026-05-31" in Wording(Language.ENGLISH).plain(copper["reading"], "board")  # type: ignore[arg-type]
