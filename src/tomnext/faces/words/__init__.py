"""Everything a face says, in both languages: one YAML a topic, ``key: {en: ..., zh-TW: ...}``."""

from functools import cache
from importlib.resources import files

from tomnext.facts.load import read_mapping
from tomnext.vocabulary.words import Text


@cache
def words(topic: str) -> dict[str, Text]:
    """The words of one topic by key.

    >>> words("common")["as_of"].zh
    '截至'
    """
    raw = read_mapping(files("tomnext.faces.words").joinpath(f"{topic}.yaml"))
    return {key: Text(pair["en"], pair["zh-TW"]) for key, pair in raw.items()}
