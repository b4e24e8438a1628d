"""Numbers as people and publishers write them, and why a text is not one."""

import re

import polars as pl

from tomnext.vocabulary.words import Text

_FULL_WIDTH = "０１２３４５６７８９．，－＋"
_PLAIN = "0123456789.,-+"
_SIGNS = {**dict(zip(_FULL_WIDTH, _PLAIN, strict=True)), "−": "-", "﹣": "-", "‐": "-", "‑": "-"}
_BLANKS = ("\u00a0", "\u202f", "\u3000", "\u2009", "\ufeff")


def tidied(text: pl.Expr) -> pl.Expr:
    """Text without surrounding blanks of any width, with full-width digits and typographic minus signs made plain."""
    return text.str.replace_many(list(_SIGNS), list(_SIGNS.values())).str.strip_chars(" \t\r\n" + "".join(_BLANKS))


def as_number(text: pl.Expr, decimal: str, thousands: str) -> pl.Expr:
    """Tidied text as Float64, null when it is not a number in this style of writing.

    A grouping sign is accepted only when the map declares it and only in groups of three, so that ``1,234`` can never
    be read in the wrong way.
    """
    point = re.escape(decimal)
    whole = r"\d+"
    if thousands:
        group = re.escape(thousands) if thousands != " " else r"[  ]"
        whole = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)"
    pattern = rf"^[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?$"
    plain = text
    for sign in [thousands, "\u00a0", "\u202f"] if thousands == " " else [thousands] if thousands else []:
        plain = plain.str.replace_all(sign, "", literal=True)
    if decimal != ".":
        plain = plain.str.replace(decimal, ".", literal=True)
    value = pl.when(text.str.contains(pattern)).then(plain.str.strip_prefix("+")).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def why_not_a_number(text: str, decimal: str, thousands: str) -> Text:
    """Why :func:`as_number` refused a (non-missing) text, and what would mend it."""
    other = "," if decimal == "." else "."
    if re.fullmatch(rf"[+-]?\d{{1,3}}([{other} ']\d{{3}})+([{decimal}]\d+)?", text) and not thousands:
        sign = next(one for one in text if one in f"{other} '")
        return Text(
            "has a thousands separator the map does not declare: thousands = {sign!r}",
            "含有對應檔未宣告的千分位符號：thousands = {sign!r}",
        ).format(sign=sign)
    if re.fullmatch(rf"[+-]?\d+{re.escape(other)}\d+", text):
        return Text(
            "has another decimal sign than the map declares: decimal = {sign!r}",
            "小數點符號與對應檔宣告不同：decimal = {sign!r}",
        ).format(sign=other)
    if re.fullmatch(r"\(.*\d.*\)", text):
        return Text("is in brackets: write a minus sign for negative numbers", "以括號表示：負數請改用負號")
    if re.fullmatch(r"[+-]?[\d.,]+[eE][+-]?\d+", text):
        return Text("is too large for a number", "超出數字範圍")
    if re.search(r"\d", text) and re.search(r"[^\W\d]|[%$€¥]", text):
        return Text("is a number with text in it", "數字中夾有文字")
    return Text("is not a number", "不是數字")
