"""The words a reader meets: both languages say the same, and the Chinese is Taiwan's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from tomnext.faces.words import words
from tomnext.facts.glossary import glossary
from tomnext.facts.load import load_facts, read_mapping
from tomnext.observations.catalogue import catalogue
from tomnext.vocabulary.words import Text

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tomnext"
TOPICS = sorted(path.stem for path in (SOURCE / "faces" / "words").glob("*.yaml"))
BANNED = {
    "數據": "資料", "对冲": "避險", "對沖": "避險", "套保": "避險", "頭寸": "部位", "倉位": "部位", "期權": "選擇權",
    "默認": "預設", "缺省": "預設", "軟件": "軟體", "硬件": "硬體", "網絡": "網路", "支持": "支援", "質量": "品質",
    "信息": "資訊", "用戶": "使用者", "持倉量": "未平倉量", "設置": "設定", "服務器": "伺服器", "導出": "匯出",
    "導入": "匯入", "收益率": "報酬率、殖利率", "回報率": "報酬率", "通脹": "通膨", "牛市": "多頭市場",
    "熊市": "空頭市場", "升水結構": "正價差", "貼水結構": "逆價差", "視頻": "影片", "屏幕": "螢幕", "文檔": "文件",
    "字符": "字元", "字段": "欄位", "缺口期權": "選擇權", "倉庫單": "倉單", "爆倉": "斷頭", "交割庫": "遞交港倉庫",
    "程序員": "工程師", "數字貨幣": "虛擬貨幣", "鏈接": "連結", "打印": "列印", "調用": "呼叫", "實時": "即時",
}  # fmt: skip
"""Mainland words and what a desk in Taiwan says."""
LONE_TONNE = re.compile(r"(?<![公短長])噸")
SHARED_FORMS = set("体价优伙坏胜适宁怜腊机术极柜构种虫蜡触踊迁迩跃迹郁党万与虾蚕旧拟")
"""Characters that stand in Big5 as rare words of their own, but here could only be the simplified forms."""


def texts_in_source() -> Iterator[tuple[str, str, str]]:
    """Every ``Text(en, zh)`` written in the code: where, the English, the Chinese."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                parts = [one.value for one in node.args if isinstance(one, ast.Constant)]
                if len(parts) == 2 and all(isinstance(one, str) for one in parts):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", str(parts[0]), str(parts[1])


def strings_in_source() -> Iterator[tuple[str, str]]:
    """Every string constant of the code with a Chinese character: where, and the string."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[一-鿿]", node.value):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def pairs_in_files() -> Iterator[tuple[str, Text]]:
    for topic in TOPICS:
        yield from ((f"{topic}.yaml {key}", pair) for key, pair in words(topic).items())
    yield from ((f"glossary {key}", pair) for key, pair in glossary().items())
    facts = load_facts()
    yield from ((f"facts/{id}", facts._by_id[id].title) for id in facts.ids())  # type: ignore[attr-defined]


def chinese() -> Iterator[tuple[str, str]]:
    """Everything in Chinese a reader can meet: word files, glossary, fact titles, code, documentation."""
    yield from ((where, pair.zh) for where, pair in pairs_in_files())
    yield from strings_in_source()
    for path in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *SOURCE.rglob("*.j2")]:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def places(template: str) -> set[str]:
    return {place for _, place, _, _ in Formatter().parse(template) if place is not None}


def test_the_glossary_is_a_glossary() -> None:
    assert len(glossary()) >= 120
    assert all(pair.en and pair.zh for pair in glossary().values())
    assert all(re.fullmatch(r"[a-z0-9_]+", key) for key in glossary())


def test_no_words_of_the_mainland() -> None:
    found = [f"{where}: {bad} → {good}" for where, text in chinese() for bad, good in BANNED.items() if bad in text] + [
        f"{where}: 噸 → 公噸" for where, text in chinese() if LONE_TONNE.search(text)
    ]
    assert not found, "\n".join(found)


def test_no_simplified_characters() -> None:
    """A character outside Big5 is simplified (or a typing slip); a few inside it have no other use here."""
    found = []
    for where, text in chinese():
        for char in set(re.findall(r"[一-鿿]", text)):
            try:
                char.encode("cp950")
            except UnicodeEncodeError:
                found.append(f"{where}: {char}")
            else:
                found += [f"{where}: {char}"] if char in SHARED_FORMS else []
    assert not found, "\n".join(found)


def test_both_languages_have_the_same_places_for_values() -> None:
    for where, pair in pairs_in_files():
        assert pair.en.strip() or pair.zh.strip(), where
        assert places(pair.en) == places(pair.zh), where
    for where, english, taiwanese in texts_in_source():
        assert places(english) == places(taiwanese), where


def test_no_number_is_typed_into_only_one_language() -> None:
    """Figures that stand in the words themselves (1,000 oz, 2026) are the same in both languages."""
    for topic in TOPICS:
        for key, pair in words(topic).items():
            english, taiwanese = (re.findall(r"\d{2,}", text) for text in (pair.en, pair.zh))
            assert set(taiwanese) <= set(english), f"{topic}.yaml {key}"


@pytest.mark.parametrize("topic", TOPICS)
def test_word_files_hold_pairs_of_text(topic: str) -> None:
    for key, both in read_mapping(SOURCE / "faces" / "words" / f"{topic}.yaml").items():
        assert set(both) == {"en", "zh-TW"}, f"{key}: quote a sentence that holds a comma"
    for key, pair in words(topic).items():
        assert re.fullmatch(r"[a-z0-9_.\-]+", key), key
        untranslated = re.search(r"[a-z]{4,}", re.sub(r"{.*?}", "", pair.en))
        assert pair.en != pair.zh or not untranslated, f"{key} is not translated"


def test_every_unit_of_the_catalogue_can_be_said() -> None:
    """A store may hold any catalogue series, and the brief's data badges write its unit in both languages."""
    said = words("common")
    assert sorted({row.unit for row in catalogue().values()} - {key.removeprefix("unit.") for key in said}) == []
