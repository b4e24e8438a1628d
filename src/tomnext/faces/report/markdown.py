"""The brief as Markdown: the same sentences, tables and sources, for a chat, a mail or a pull request."""

from collections.abc import Iterator
from datetime import date

from tomnext.faces.report.footnotes import Footnotes
from tomnext.faces.report.wording import Wording, column_nature, own_marks
from tomnext.studies.sections import Brief, Cell, Chart, Column, Line, Number, Section, Spark, Split, Table

ARROWS = {1: "▲", 0: "", -1: "▼"}


def write_markdown(brief: Brief, wording: Wording) -> str:
    """The whole brief as CommonMark with pipe tables, in one language."""
    notes = Footnotes.of(brief.sections)
    lines = [f"# {wording.say('page.title')} · {brief.as_of.isoformat()}", ""]
    lines += [wording.plain(brief.basis), ""]
    lines += [f"- {wording.plain(sentence)}" for sentence in brief.verdict]
    for section in brief.sections:
        lines += ["", *_section(section, wording.of(section.topic), notes)]
    lines += ["", f"## {wording.say('page.footnotes')}", ""]
    lines += [f"{number}. {text}" for number, text in notes.lines(wording)]
    lines += ["", wording.say("page.disclaimer")]
    return "\n".join(lines) + "\n"


def _section(section: Section, wording: Wording, notes: Footnotes) -> Iterator[str]:
    yield f"## {wording.say(f'{section.id}.title')}"
    for sentence in section.sentences:
        yield from ("", wording.plain(sentence, section.id))
    for chart in section.charts:
        yield from ("", *_chart(chart, section, wording))
    for table in section.tables:
        yield from ("", *_table(table, section, wording))
    for sentence in section.notes:
        yield from ("", f"> {wording.plain(sentence, section.id)}")
    if runs := notes.runs(section):
        yield from ("", f"{wording.say('page.rests_on')} " + " ".join(f"[{run}]" for _, run in runs))


def _chart(chart: Chart, section: Section, wording: Wording) -> Iterator[str]:
    key = f"{section.id}.{chart.id}"
    yield f"**{wording.say(f'{key}.title')}** — {wording.say('page.how')}{wording.say(f'{key}.how')}"
    ends = [(plot, line) for plot in chart.plots for line in plot.lines if line.end is not None]
    if not ends and not chart.bars:
        return
    yield from ("", f"| {wording.say('chart.line')} | {wording.say('chart.last')} | {wording.say('chart.unit')} |")
    yield "| --- | ---: | --- |"
    for plot, line in ends:
        title = f"{wording.plain(plot.title, section.id)} · " if plot.title else ""
        mark = wording.bracketed(wording.nature(line.nature))
        yield f"| {title}{line_label(line, key, wording)}{mark} | {line.end.printed} | {wording.unit(plot.unit)} |"  # type: ignore[union-attr]
    for bar in chart.bars:
        group = f" ({wording.plain(bar.group, section.id)})" if bar.group else ""
        yield f"| {bar.name}{group} | {bar.value.printed} | {wording.unit(chart.unit)} |"


def line_label(line: Line, chart_key: str, wording: Wording) -> str:
    """A line's name: its own when it brings one, else the words of its key below the chart's or the section's."""
    section = chart_key.partition(".")[0]
    return wording.plain(line.label, section) if line.label else wording.within(line.key, chart_key, section)


def _table(table: Table, section: Section, wording: Wording) -> Iterator[str]:
    shown = [index for index, column in enumerate(table.columns) if not _is_drawn(table, index)]
    if title := wording.maybe(f"{section.id}.{table.id}.title"):
        yield from (f"**{title}**", "")
    heads = [_head(table, index, section, wording) for index in shown]
    yield "| " + " | ".join(heads) + " |"
    yield "| " + " | ".join("---:" if _is_numeric(table, index) else "---" for index in shown) + " |"
    for row in table.rows:
        yield "| " + " | ".join(_cell(row[index], section, wording, table, index) for index in shown) + " |"


def _head(table: Table, index: int, section: Section, wording: Wording) -> str:
    column: Column = table.columns[index]
    parts = [wording.heading(section, table, column), wording.heading_unit(column.unit)]
    nature = wording.nature(column_nature(table, index))
    return " · ".join(part for part in [*parts, nature] if part)


def _cell(cell: Cell, section: Section, wording: Wording, table: Table, index: int) -> str:
    if isinstance(cell, Number):
        arrow = ARROWS[cell.direction] if cell.moves else ""
        mark = own_marks(wording, cell, column_nature(table, index))
        return f"{arrow}{wording.number(cell)}" + wording.bracketed(mark)
    text = cell.isoformat() if isinstance(cell, date) else wording.plain(cell, section.id)
    return text.replace("|", "\\|")


def _is_drawn(table: Table, index: int) -> bool:
    return any(isinstance(row[index], Spark | Split) for row in table.rows)


def _is_numeric(table: Table, index: int) -> bool:
    return any(isinstance(row[index], Number) for row in table.rows)
