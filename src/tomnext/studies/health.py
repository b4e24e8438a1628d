"""Is everything in order? The installation, the fact files, the fonts, and the user's store."""

import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from tomnext.facts.kinds.series import Licence
from tomnext.facts.load import load_facts
from tomnext.observations.catalogue import catalogue, series_row
from tomnext.observations.store import SqliteStore, open_store
from tomnext.vocabulary.errors import TomnextError
from tomnext.vocabulary.words import Text

OLDEST_SQLITE = (3, 35, 0)
"""The store needs RETURNING, which SQLite has since 3.35."""

_STALE_AFTER = {"daily": 7, "weekly": 21, "ten-day": 21, "monthly": 75, "quarterly": 200}
"""Days after which the newest figure of a series is called stale, by how often it is published."""

_FONT_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/System/Library/Fonts",
    "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
_FONT_NAMES = ("*CJK*", "*PingFang*", "*msjh*", "*mingliu*", "*NotoSansTC*", "*NotoSerifTC*", "*wqy*", "*uming*")


class State(StrEnum):
    """ok: as it should be; note: worth knowing; fault: something will not work."""

    OK = "ok"
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    state: State
    what: Text


def health(store: str | None, today: date) -> list[Finding]:
    """Every check in order; those of the store only when one is named."""
    findings = [*_installation(), _facts(), _fonts()]
    if store is not None:
        findings += _store(store, today)
    return findings


def _installation() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    packages = ", ".join(f"{name} {_version(name)}" for name in ("tomnext", "polars", "numpy", "pydantic", "fastexcel"))
    yield Finding("versions", State.OK, Text(f"Python {python}, {packages}", f"Python {python}，{packages}"))
    modern = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    wanted = ".".join(map(str, OLDEST_SQLITE))
    yield Finding(
        "sqlite",
        State.OK if modern else State.FAULT,
        Text("SQLite {have} (at least {wanted})", "SQLite {have}（至少 {wanted}）").format(
            have=sqlite3.sqlite_version, wanted=wanted
        ),
    )
    safe = find_spec("defusedxml") is not None
    yield Finding(
        "xml",
        State.OK if safe else State.FAULT,
        Text("XML is read safely", "XML 以安全方式讀取") if safe else Text("defusedxml is missing", "缺少 defusedxml"),
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _facts() -> Finding:
    try:
        count = len(load_facts().ids())
    except TomnextError as error:
        return Finding("facts", State.FAULT, Text(error.text("en"), error.text("zh-TW")))
    return Finding(
        "facts",
        State.OK,
        Text("{facts} facts, {series} series in the catalogue", "{facts} 筆事實、目錄 {series} 個序列").format(
            facts=count, series=len(catalogue())
        ),
    )


def _fonts() -> Finding:
    for folder in map(Path, _FONT_FOLDERS):
        for pattern in _FONT_NAMES:
            found = next(folder.expanduser().rglob(pattern), None)
            if found is not None:
                return Finding("fonts", State.OK, Text(f"Chinese font: {found.name}", f"中文字型：{found.name}"))
    return Finding(
        "fonts",
        State.NOTE,
        Text("No Chinese font was found: pictures may show boxes (on Debian: fonts-noto-cjk).",
             "找不到中文字型，圖片文字可能顯示為方框（Debian 可安裝 fonts-noto-cjk）。"),
    )  # fmt: skip


def _store(path: str, today: date) -> Iterator[Finding]:
    try:
        store = open_store(path)
        problems = store.problems()
        held = store.series_ids()
        newest = _newest(store, held)
    except TomnextError as error:
        yield Finding("store", State.FAULT, Text(error.text("en"), error.text("zh-TW")))
        return
    if problems:
        yield Finding("store", State.FAULT, Text(f"The file is damaged: {problems[0]}", f"檔案已損毀：{problems[0]}"))
    else:
        sound = Text("Sound: {series} series", "完整無損：{series} 個序列")
        yield Finding("store", State.OK, sound.format(series=len(held)))
    yield _told("freshness", _stale(newest, today), _STALE, _FRESH)
    yield _told("licence", _restricted(held), _OWN_USE, _FREE)
    unknown = [name for name in held if series_row(name) is None]
    if unknown:
        yield _told("catalogue", unknown, Text("Not in the catalogue: {names}", "不在目錄中：{names}"), _FREE)


_STALE = Text("{count} series have no recent figure: {names}", "{count} 個序列沒有近期數值：{names}")
_FRESH = Text("Every series is recent", "所有序列皆為近期資料")
_OWN_USE = Text(
    "{count} series are for your own use, not for passing on: {names}", "{count} 個序列僅供自用，不得轉傳：{names}"
)
_FREE = Text("No series restricts its use", "沒有限制用途的序列")


def _told(check: str, names: list[str], some: Text, none: Text) -> Finding:
    if not names:
        return Finding(check, State.OK, none)
    shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return Finding(check, State.NOTE, some.format(count=len(names), names=shown))


def _newest(store: SqliteStore, held: list[str]) -> dict[str, date]:
    frame = store.read(held).group_by("series_id").agg(pl.col("observed_on").max())
    return dict(frame.iter_rows())


def _stale(newest: dict[str, date], today: date) -> list[str]:
    def is_stale(name: str) -> bool:
        row = series_row(name)
        return row is not None and today - newest[name] > timedelta(days=_STALE_AFTER.get(row.frequency, 200))

    return [name for name in sorted(newest) if is_stale(name)]


def _restricted(held: list[str]) -> list[str]:
    rows = (series_row(name) for name in held)
    return [row.series_id for row in rows if row is not None and row.licence is Licence.RESTRICTED]
