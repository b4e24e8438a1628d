"""The brief read back from every form it is written in: each number, both languages, nothing fetched."""

import math
import re
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from tomnext.faces.report import html
from tomnext.faces.report.html import Colours, write_html
from tomnext.faces.report.markdown import write_markdown
from tomnext.faces.report.wording import Wording
from tomnext.faces.report.workbook import write_workbook
from tomnext.studies.sections import Brief, Number
from tomnext.vocabulary.words import Language

LANGUAGES = list(Language)


class Page(HTMLParser):
    """What a reader's script would take from the page: numbers with their print, and every address it points to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.numbers: list[tuple[float, str]] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self._value: float | None = None
        self._printed = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.addresses += [value or "" for key, value in attrs if key in {"href", "src", "action", "xlink:href"}]
        if tag == "data":
            self._value, self._printed = float(found["value"] or "nan"), ""

    def handle_data(self, data: str) -> None:
        self._printed += data if self._value is not None else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self._value is not None:
            self.numbers.append((self._value, self._printed))
            self._value = None


def parsed(printed: str) -> float:
    """A printed number read as a person reads it."""
    return float(printed.lstrip("▲▼").replace(",", "").replace("−", "-").rstrip("%"))


def as_printed(number: Number) -> float:
    """The library's value at the precision at which it is printed."""
    assert number.value is not None
    return round(number.value * (100 if number.unit == "share" else 1), number.decimals)


def table_and_sentence_numbers(brief: Brief) -> list[Number]:
    drawn = {id(bar.value) for section in brief.sections for chart in section.charts for bar in chart.bars}
    for section in brief.sections:
        for chart in section.charts:
            for plot in chart.plots:
                drawn |= {id(level.at) for level in plot.levels}
                drawn |= {id(line.end) for line in plot.lines}
    return [one for one in brief.numbers() if one.value is not None and id(one) not in drawn]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_in_the_page_is_the_librarys(hand_made: Brief, language: Language) -> None:
    page = Page(write_html(hand_made, language))
    expected = table_and_sentence_numbers(hand_made)
    assert [value for value, _ in page.numbers] == [one.value for one in expected]
    for number, (_, printed) in zip(expected, page.numbers, strict=True):
        assert math.isclose(parsed(printed), as_printed(number), abs_tol=10.0**-number.decimals / 2 + 1e-12)


def test_numbers_are_identical_in_both_languages(hand_made: Brief) -> None:
    pages = [Page(write_html(hand_made, language)).numbers for language in LANGUAGES]
    assert pages[0] == pages[1]
    assert pages[0]
    marks = [re.findall(r"[−+]?\d[\d,]*\.?\d*%?", write_markdown(hand_made, Wording(one))) for one in LANGUAGES]
    assert [one for one in marks[0] if "." in one] == [one for one in marks[1] if "." in one]


@pytest.mark.parametrize("language", LANGUAGES)
def test_drawn_numbers_are_printed_in_the_svg(hand_made: Brief, language: Language) -> None:
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", write_html(hand_made, language))
    for section in hand_made.sections:
        for chart in section.charts:
            ends = [line.end for plot in chart.plots for line in plot.lines if line.end]
            for number in [*ends, *(bar.value for bar in chart.bars)]:
                assert number.printed in texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fetches_nothing_and_runs_nothing(hand_made: Brief, language: Language) -> None:
    text = write_html(hand_made, language)
    page = Page(text)
    assert all(address.startswith("#") for address in page.addresses)
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert "@import" not in text
    assert not re.findall(r"url\((?!#)", text)
    hosts = set(re.findall(r"https?://([^/\"' )]+)", text))
    assert hosts <= {"www.w3.org"}, "only XML namespaces may name a host"


def test_charts_carry_no_colour_of_their_own(hand_made: Brief) -> None:
    """Every colour in an SVG is a variable of the page, so that dark and print are right."""
    for svg in re.findall(r'<svg role="img".*?</svg>', write_html(hand_made, Language.ENGLISH), re.S):
        assert not re.findall(r"#[0-9a-fA-F]{6}\b", svg)
        assert "var(--accent)" in svg or "var(--quiet)" in svg


@pytest.mark.parametrize(("colours", "word"), [(None, "tw"), (Colours.COLOUR_BLIND, "cb")])
def test_direction_is_never_colour_alone(hand_made: Brief, colours: Colours | None, word: str) -> None:
    text = write_html(hand_made, Language.TAIWAN, colours)
    assert f'data-colours="{word}"' in text
    fall = re.search(r'<data value="-0.0049" class="down">.*?</data>', text)
    assert fall
    assert "▼" in fall[0]
    assert "−0.49%" in fall[0]
    assert re.search(r'class="flat"><span class="arrow"></span>0\.00%', text), "a rounded zero has no direction"


def test_simulated_and_missing_say_so(hand_made: Brief) -> None:
    text = write_html(hand_made, Language.TAIWAN)
    assert '<data value="48196.0" class="simulated">48,196.00</data><span class="nature">模擬</span>' in text
    assert '<span class="missing">暫停交易</span>' in text
    assert "（模擬）" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_workbook_holds_typed_numbers_and_no_formula(hand_made: Brief, language: Language, tmp_path: Path) -> None:
    path = tmp_path / "brief.xlsx"
    write_workbook(hand_made, Wording(language), path)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if cell.hyperlink]
    board = book[Wording(language).say("board.title")]
    rows = hand_made.section("board").tables[0].rows
    for row, cells_of in zip(rows, board.iter_rows(min_row=5), strict=False):
        numbers = [cell.value for cell in row if isinstance(cell, Number) and cell.value is not None]
        read = [cell.value for cell in cells_of if cell.data_type == "n" and cell.value is not None]
        assert read[: len(numbers)] == pytest.approx(numbers, abs=1e-12)
    assert board.freeze_panes == "B5"
    assert board["B3"].value == Wording(language).unit("usd_per_t")
    assert "London Metal Exchange" in board["B4"].value


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_holds_every_table_number(hand_made: Brief, language: Language) -> None:
    text = write_markdown(hand_made, Wording(language))
    for number in table_and_sentence_numbers(hand_made):
        assert number.printed in text


def test_text_that_looks_like_a_formula_or_markup_stays_text(hand_made: Brief, tmp_path: Path) -> None:
    from dataclasses import replace

    from tomnext.studies.sections import Sentence

    evil = replace(hand_made, basis=Sentence("basis.store", {"store": "=1+1<script>", "as_of": hand_made.as_of}))
    assert "<script>" not in write_html(evil, Language.ENGLISH)
    write_workbook(evil, Wording(Language.ENGLISH), tmp_path / "evil.xlsx")
    book = openpyxl.load_workbook(tmp_path / "evil.xlsx")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_stands_out_from_the_page_in_light_and_dark() -> None:
    """WCAG 2.2 AA: contrast of at least 4.5 for text (success criterion 1.4.3)."""
    style = (Path(html.__file__).parent / "brief.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root {(.*?)}", style, re.S)
    schemes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert len(schemes) == 2
    for scheme in schemes:
        for ink in ("ink", "quiet", "accent", "red", "green", "orange", "blue"):
            high, low = sorted((luminance(scheme[ink]), luminance(scheme["paper"])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{ink} {scheme[ink]} on {scheme['paper']}"
