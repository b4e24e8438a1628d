"""Every error a user can meet.

TomnextError
├── FactMissing         no decreed figure for that name, date or known-on date
├── FactConflict        two figures claim the same day
├── FactInvalid         a fact file does not say what its kind requires
├── ObservationMissing  nothing measured (or not yet available) for that series and date
├── UnitMismatch        a quantity was given in a unit that cannot become the one needed
├── InputRejected       a value, code or file from the user cannot be used
├── SourceFormatError   a file or payload is not what its publisher or map promises
├── ConnectorFailed     a publisher could not be reached or refused
├── StoreFailed         the observation store cannot be opened or written
├── ModelFailed         an estimation or optimisation did not reach a usable answer
└── InfeasiblePlan      no plan satisfies the promises that were asked for

Each carries what happened, what was received, what was expected, the nearest valid choice and how to mend it,
in both languages; a face renders them in the reader's.
"""

from collections.abc import Sequence

from tomnext.vocabulary.words import Language, Text

_LABELS = {
    "received": Text("received", "收到"),
    "expected": Text("expected", "應為"),
    "nearest": Text("nearest", "最接近"),
    "fix": Text("to mend", "處理方式"),
}


class TomnextError(Exception):
    """The root: catch this to catch everything tomnext says on purpose.

    >>> error = InputRejected(Text("The share is outside 0 to 1.", "比例超出 0 到 1。"), received="1.4")
    >>> print(error.text("zh-TW"))
    比例超出 0 到 1。
      收到：1.4
    """

    exit_code = 2

    def __init__(
        self,
        what: Text,
        *,
        received: object = None,
        expected: Text | str | None = None,
        nearest: Sequence[str] = (),
        fix: Text | None = None,
    ) -> None:
        super().__init__(what.en)
        self.what = what
        self.received = received
        self.expected = Text(expected, expected) if isinstance(expected, str) else expected
        self.nearest = tuple(nearest)
        self.fix = fix

    def text(self, language: Language | str = Language.ENGLISH) -> str:
        """The whole message, one fact a line, in one language."""
        parts: dict[str, str | None] = {
            "received": None if self.received is None else str(self.received),
            "expected": self.expected.in_(language) if self.expected else None,
            "nearest": ", ".join(self.nearest) or None,
            "fix": self.fix.in_(language) if self.fix else None,
        }
        colon = "：" if Language(language) is Language.TAIWAN else ": "
        lines = [f"  {_LABELS[name].in_(language)}{colon}{part}" for name, part in parts.items() if part]
        return "\n".join([self.what.in_(language), *lines])

    def record(self, language: Language | str = Language.ENGLISH) -> dict[str, object]:
        """The message as a JSON-ready record (the ``error`` object of every ``--format json``)."""
        return {
            "error": type(self).__name__,
            "what": self.what.in_(language),
            "received": None if self.received is None else str(self.received),
            "expected": self.expected.in_(language) if self.expected else None,
            "nearest": list(self.nearest),
            "fix": self.fix.in_(language) if self.fix else None,
        }

    def __str__(self) -> str:
        return self.text(Language.ENGLISH)


class FactMissing(TomnextError):
    """No decreed figure for that name, date or known-on date."""

    exit_code = 3


class FactConflict(TomnextError):
    """Two figures claim the same day."""


class FactInvalid(TomnextError):
    """A fact file does not say what its kind requires."""


class ObservationMissing(TomnextError):
    """Nothing measured, or not yet available, for that series and date."""

    exit_code = 3


class UnitMismatch(TomnextError):
    """A quantity was given in a unit that cannot become the one needed."""


class InputRejected(TomnextError):
    """A value, code or file from the user cannot be used."""


class SourceFormatError(TomnextError):
    """A file or payload is not what its publisher or map promises."""


class ConnectorFailed(TomnextError):
    """A publisher could not be reached or refused."""


class StoreFailed(TomnextError):
    """The observation store cannot be opened or written."""


class ModelFailed(TomnextError):
    """An estimation or optimisation did not reach a usable answer."""


class InfeasiblePlan(TomnextError):
    """No plan satisfies the promises that were asked for."""
