"""Numbers the facts a brief rests on, once for the whole page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tomnext.faces.report.wording import Wording
from tomnext.studies.sections import Section, is_observation
from tomnext.vocabulary.evidence import Evidence


@dataclass(frozen=True)
class Footnotes:
    """Every fact used by some sections, in the order a reader meets them.

    Observations are not footnotes: the section on data lists them with their dates and age.
    """

    facts: tuple[Evidence, ...]

    @classmethod
    def of(cls, sections: Sequence[Section]) -> "Footnotes":
        """The footnotes of a page; the same fact used twice is one footnote."""
        used = (one for section in sections for one in section.evidence if not is_observation(one))
        return cls(tuple(dict.fromkeys(used)))

    def numbers(self, section: Section) -> list[int]:
        """The footnote numbers of one section, counted from 1."""
        return sorted({self.facts.index(one) + 1 for one in section.evidence if not is_observation(one)})

    def runs(self, section: Section) -> list[tuple[int, str]]:
        """The footnote numbers of one section, neighbours as a run: the first number, and how the run is written."""
        runs: list[list[int]] = []
        for number in self.numbers(section):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return [(run[0], str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}") for run in runs]

    def lines(self, wording: Wording) -> Iterator[tuple[int, str]]:
        """Each footnote's number and its text in one language."""
        for number, fact in enumerate(self.facts, start=1):
            yield number, _line(fact, wording)


def _line(fact: Evidence, wording: Wording) -> str:
    value = "" if fact.value is None else f" = {_value(fact)} {wording.unit(fact.unit)}".rstrip()
    dates = [
        f"{wording.say('footnote.in_force')} {fact.valid_from}" if fact.valid_from else "",
        f"{wording.say('footnote.until')} {fact.valid_to}" if fact.valid_to else "",
    ]
    parts = [fact.id + value, *dates, wording.nature(fact.nature), fact.source]
    if fact.confidence:
        parts.append(f"{wording.say('footnote.confidence')} {wording.say(f'confidence.{fact.confidence}')}")
    return wording.say("list.footnote").join(part for part in parts if part)


def _value(fact: Evidence) -> str:
    return f"{fact.value:,.10g}" if isinstance(fact.value, int | float) else str(fact.value)
