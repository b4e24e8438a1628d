"""The trade's words in both languages; the one thing a face may read of the facts."""

from functools import cache
from importlib.resources import files

from tomnext.facts.load import read_mapping
from tomnext.vocabulary.words import Text


@cache
def glossary() -> dict[str, Text]:
    """Every term of the trade by its English key, in both languages.

    >>> glossary()["backwardation"].zh
    '逆價差'
    """
    raw = read_mapping(files("tomnext.facts").joinpath("glossary.yaml"))
    return {key: Text(words["en"], words["zh-TW"]) for key, words in raw.items()}
