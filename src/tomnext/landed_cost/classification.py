"""What code somebody means: digits, dots, and a helpful refusal when the schedule has no such line."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches

from tomnext.facts.kinds.tariff import TariffLine
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

_LENGTHS = (8, 10)


def dotted(code: str) -> str:
    """A code of digits the way the schedule prints it (no units).

    >>> dotted("74081160"), dotted("7616995160"), dotted("740811")
    ('7408.11.60', '7616.99.51.60', '7408.11')
    """
    return ".".join(part for part in (code[:4], code[4:6], code[6:8], code[8:]) if part)


def classify(
    typed: str,
    lines: Mapping[str, TariffLine],
    edition: Text,
    rate_of: Callable[[str], str] = lambda code: "",
    elsewhere: Mapping[str, Collection[str]] | None = None,
) -> str:
    """The digits (eight or ten) of a code somebody typed, checked against the schedule's lines.

    A shorter code is refused with the eight-digit choices below it and ``rate_of`` each (percent, as text); an
    unknown one with the nearest codes and the edition searched; ``elsewhere`` maps the name of another nomenclature
    to its codes, so that a code from there is called by its name.

    >>> line = TariffLine(code="7408.11.60", description="wire", general="3%", source="HTS", confidence="high")
    >>> classify("7408.11.6000", {"74081160": line}, Text("HTS 2025", "HTS 2025"))
    '7408116000'
    """
    code = typed.replace(".", "").replace(" ", "").strip()
    if not code.isdigit() or not 2 <= len(code) <= 10:
        raise InputRejected(
            Text("This is not a tariff code.", "這不是稅號。"), received=typed, expected="7408.11.60, 74081160"
        )
    if len(code) in _LENGTHS and code[:8] in lines:
        return code
    below = [one for one in lines if one.startswith(code[:8])] if len(code) < 8 else []
    if below:
        raise InputRejected(
            Text(
                "{code} is a heading; duty is laid down line by line. Choose one of its {n} eight-digit lines.",
                "{code} 是品目或目；稅率訂於八位碼。請從其下 {n} 個八位碼中選一個。",
            ).format(code=dotted(code), n=len(below)),
            received=typed,
            expected=edition,
            nearest=[f"{dotted(one)} {lines[one].general}{rate_of(one)} {lines[one].description}" for one in below],
        )
    raise _unknown(typed, code, lines, edition, elsewhere or {})


def _unknown(
    typed: str,
    code: str,
    lines: Mapping[str, TariffLine],
    edition: Text,
    elsewhere: Mapping[str, Collection[str]],
) -> InputRejected:
    others = [name for name, codes in elsewhere.items() if code[:8] in codes]
    what = (
        Text("{code} is a code of another nomenclature ({name}).", "{code} 是另一套稅則（{name}）的稅號。").format(
            code=dotted(code), name=", ".join(others)
        )
        if others
        else Text("There is no line {code} in this schedule.", "這份稅則沒有 {code} 這一列。").format(code=dotted(code))
    )
    return InputRejected(
        what,
        received=typed,
        expected=Text(f"a line of {edition.en}", f"{edition.zh} 的稅號"),
        nearest=[f"{dotted(one)} {lines[one].description}" for one in _nearest(code, lines)],
    )


def _nearest(code: str, lines: Mapping[str, TariffLine]) -> list[str]:
    for length in (7, 6, 5, 4):
        below = [one for one in lines if one.startswith(code[:length])]
        if len(code) >= length and below:
            return below[:5]
    return get_close_matches(code[:8], lines, n=5, cutoff=0.5)
