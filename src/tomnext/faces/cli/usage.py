"""A command line that cannot be understood, told in the reader's language like every other error."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


def in_our_words(error: Exception, argv: Sequence[str], commands: Iterable[str]) -> Exception:
    """What typer says about a command line, as an InputRejected; any other error as it is.

    ``argv`` are the words after the program's name. Typer's own error classes are private, so they are known by what
    they carry: a message to format, the option or parameter at fault.
    """
    if not hasattr(error, "format_message"):
        return error
    asked = argv[0] if argv else ""
    known = list(commands)
    if asked not in known:
        return InputRejected(
            Text("There is no command {name}.", "沒有 {name} 這個指令。").format(name=asked),
            nearest=get_close_matches(asked, known, n=3),
            fix=Text("List them all with: tomnext --help", "可用 tomnext --help 列出全部"),
        )
    what, nearest = _what(error)
    received = error.format_message()
    fix = Text("See: tomnext {name} --help", "見 tomnext {name} --help").format(name=asked)
    return InputRejected(what, received=received, nearest=nearest, fix=fix)


def _what(error: Any) -> tuple[Text, Sequence[str]]:
    """The sentence for an option unknown or without its value, a missing value or a value that cannot be used."""
    option = getattr(error, "option_name", None)
    if option is not None:
        is_unknown = hasattr(error, "possibilities")
        said = _NO_OPTION if is_unknown else _WRONG_USE
        return said.format(name=option), (error.possibilities or ()) if is_unknown else ()
    parameter = getattr(error, "param", None)
    if parameter is None:
        return Text("The command line cannot be understood.", "無法理解這行指令。"), ()
    name = next((one for one in parameter.opts if one.startswith("--")), parameter.metavar or parameter.name)
    if type(error).__name__ == "MissingParameter":
        return Text("{name} is missing.", "缺少 {name}。").format(name=name), ()
    return Text("The value of {name} cannot be used.", "{name} 的值不可用。").format(name=name), ()


_NO_OPTION = Text("There is no option {name}.", "沒有 {name} 這個選項。")
_WRONG_USE = Text("Option {name} cannot be used like this.", "選項 {name} 不能這樣用。")
