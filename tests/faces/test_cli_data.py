"""The commands that bring data in and show it, as a user meets them."""

import json
from pathlib import Path

import pytest

from tomnext.faces.cli.main import main

MAP = """
source = "the desk"
[date]
column = "date"
[columns]
cash = { series = "lme.copper.price.cash", unit = "usd_per_t" }
"""


@pytest.fixture
def tomnext(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run a command line in a folder with a file and its map; gives exit code, standard output and errors."""
    monkeypatch.chdir(tmp_path)
    Path("map.toml").write_text(MAP, encoding="utf-8")
    Path("f.csv").write_text("date,cash\n2021-10-15,10538\n2021-10-18,11299.5\n2021-10-19,1O487\n", encoding="utf-8")

    def _run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["tomnext", *line.split()])
        with pytest.raises(SystemExit) as stopped:
            main()
        written = capsys.readouterr()
        return int(stopped.value.code or 0), written.out, written.err

    return _run


IMPORT = "import f.csv --map map.toml --store desk.sqlite"


def test_import_answers_with_the_promised_keys(tomnext) -> None:  # type: ignore[no-untyped-def]
    code, out, err = tomnext(f"{IMPORT} --format json --lang en")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert {key: record[key] for key in ("rows_read", "added", "unchanged", "revised")} == {
        "rows_read": 3, "added": 2, "unchanged": 0, "revised": 0,
    }  # fmt: skip
    (refused,) = record["rejected"]
    assert (refused["line"], refused["column"], refused["value"]) == (4, "cash", "1O487")
    assert refused["why"] == refused["why_en"] == "is a number with text in it"
    assert refused["why_zh"] == "數字中夾有文字"
    again = json.loads(tomnext(f"{IMPORT} --format json")[1])
    assert (again["added"], again["unchanged"], again["already_imported"]) == (0, 2, True)


def test_import_says_it_in_both_languages(tomnext) -> None:  # type: ignore[no-untyped-def]
    assert "新增 2 筆" in tomnext(f"{IMPORT} --lang zh-TW")[1]
    assert "nothing changed" in tomnext(f"{IMPORT} --lang en")[1]


def test_get_shows_what_was_known(tomnext) -> None:  # type: ignore[no-untyped-def]
    tomnext(IMPORT)
    record = json.loads(tomnext("get lme.copper.price.cash --store desk.sqlite --as-of 2021-10-15 --format json")[1])
    assert record["unit"] == "usd_per_t"
    assert [(one["observed_on"], one["value"]) for one in record["readings"]] == [("2021-10-15", 10538.0)]
    out = tomnext("get lme.copper.price.cash --store desk.sqlite --format csv")[1]
    assert out.splitlines()[0] == "observed_on,value,available_at,revision,nature,source"
    assert out.splitlines()[2].startswith("2021-10-18,11299.5,")
    code, _, err = tomnext("get lme.copper.price.3m --store desk.sqlite --format json --lang en")
    assert code == 3
    assert json.loads(err)["error"] == "ObservationMissing"


def test_series_lists_the_catalogue_and_what_is_held(tomnext) -> None:  # type: ignore[no-untyped-def]
    tomnext(IMPORT)
    rows = json.loads(tomnext("series lme.copper.price.* --store desk.sqlite --format json")[1])["series"]
    held = {row["series_id"]: row["readings"] for row in rows}
    assert held["lme.copper.price.cash"] == 2
    assert held["lme.copper.price.3m"] == 0


def test_doctor_finds_a_sound_store_and_a_broken_one(tomnext) -> None:  # type: ignore[no-untyped-def]
    tomnext(IMPORT)
    code, out, _ = tomnext("doctor --store desk.sqlite --format json")
    assert code == 0
    states = {one["check"]: one["state"] for one in json.loads(out)["checks"]}
    assert states["store"] == "ok"
    assert states["freshness"] == states["licence"] == "note"
    Path("desk.sqlite").write_bytes(b"not a database at all" * 100)
    code, out, _ = tomnext("doctor --store desk.sqlite --format json")
    assert code == 1
    assert json.loads(out)["sound"] is False


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("import absent.csv --map map.toml --store desk.sqlite", "InputRejected"),
        ("import f.csv --map absent.toml --store desk.sqlite", "InputRejected"),
        ("import f.csv --map f.csv --store desk.sqlite", "InputRejected"),
        ("import f.csv --map map.toml --store map.toml", "StoreFailed"),
        ("get lme.coper.price.cash", "InputRejected"),
        ("get lme.copper.price.cash --store absent.sqlite", "StoreFailed"),
    ],
)
def test_bad_input_meets_a_message_in_both_languages_and_no_traceback(tomnext, line: str, error: str) -> None:  # type: ignore[no-untyped-def]
    said = {}
    for language in ("en", "zh-TW"):
        code, out, err = tomnext(f"{line} --format json --lang {language}")
        assert (code, out) == (2, "")
        record = json.loads(err)
        assert record["error"] == error
        said[language] = record["what"]
    assert said["en"] != said["zh-TW"]


@pytest.mark.parametrize(
    ("line", "nearest"), [("facts lme/warehouse/rent/coper", "copper"), ("series lme.coper", "lme.copper")]
)
def test_a_path_or_name_that_is_not_there_names_the_nearest(tomnext, line: str, nearest: str) -> None:  # type: ignore[no-untyped-def]
    code, _, errors = tomnext(f"{line} --lang en")
    assert code == 3
    assert nearest in errors


def test_a_table_speaks_the_reader_s_language(tomnext) -> None:  # type: ignore[no-untyped-def]
    _, catalogue, _ = tomnext("series lme.copper.price.cash --lang zh-TW")
    assert "每日" in catalogue
    assert "僅供自用" in catalogue
    assert "restricted" not in catalogue
    _, readings, _ = tomnext("get lme.copper.price.cash --lang zh-TW")
    assert "模擬" in readings


def test_a_prompt_table_is_short_and_says_what_it_leaves_out(tomnext) -> None:  # type: ignore[no-untyped-def]
    """Copper has 123 third Wednesdays (LME contract, since 2008-09-29); the table shows 15, the CSV all."""
    _, table, _ = tomnext("prompts 2025-06-18 --lang zh-TW")
    assert len(table.splitlines()) < 45
    assert "另有 108 個第三個星期三，至 2035-09-19" in table
    _, listed, _ = tomnext("prompts 2025-06-18 --lang en --format csv")
    assert listed.count("third Wednesday") == 123


@pytest.mark.parametrize(
    ("line", "english", "chinese"),
    [
        ("curv copper", "no command curv", "沒有 curv 這個指令"),
        ("curve copper --asof 2021-10-18", "no option --asof", "沒有 --asof 這個選項"),
        ("dips --term=1", "Option --term cannot be used like this", "選項 --term 不能這樣用"),
        ("fit", "Nothing is named to fit", "沒有指定要估計的對象"),
        ("curve", "metal is missing", "缺少 metal"),
        ("curve copper --format xml", "value of --format", "--format 的值不可用"),
        ("curve copper --money-rate abc", "value of --money-rate", "--money-rate 的值不可用"),
    ],
)
def test_a_command_line_that_cannot_be_understood_is_told_in_both_languages(  # type: ignore[no-untyped-def]
    tomnext, line: str, english: str, chinese: str
) -> None:
    for language, said in (("en", english), ("zh-TW", chinese)):
        code, out, errors = tomnext(f"{line} --lang {language}")
        assert (code, out) == (2, "")
        assert said in errors


def test_without_words_the_help_is_shown(tomnext) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = tomnext("")
    assert code == 0
    assert "prompts" in out
