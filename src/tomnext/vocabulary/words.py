"""Text that exists in English and in Traditional Chinese at once, so that neither can drift from the other."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language a reader may ask for; values are BCP 47 tags."""

    ENGLISH = "en"
    TAIWAN = "zh-TW"


@dataclass(frozen=True, slots=True)
class Text:
    """One statement in both languages.

    Values are put in by :meth:`format`, once for both, so a number cannot differ between them.

    >>> Text("{t} t on warrant", "倉單 {t} 公噸").format(t="21,050").in_(Language.TAIWAN)
    '倉單 21,050 公噸'
    """

    en: str
    zh: str

    def in_(self, language: Language | str) -> str:
        """The statement in one language (BCP 47 tag ``en`` or ``zh-TW``)."""
        return self.zh if Language(language) is Language.TAIWAN else self.en

    def format(self, **values: object) -> "Text":
        """Both statements with the same values put into their ``{named}`` places, a text in its own language.

        >>> Text("{metal} rose", "{metal}上漲").format(metal=Text("zinc", "鋅")).zh
        '鋅上漲'
        """
        chinese = {name: one.zh if isinstance(one, Text) else one for name, one in values.items()}
        return Text(self.en.format(**values), self.zh.format(**chinese))

    def __str__(self) -> str:
        return self.en
