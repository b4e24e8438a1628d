"""The company sheet as a TOML template: every field with its heading; what is not required is commented out."""

from tomnext.studies.company_fields import Field, fields_by_table, required_tables

SINGLE = ("company", "money", "rule")
UNIT_EXAMPLE = {"mass": '"0 t"', "price": '"0 USD/kg"', None: '""'}


def toml_template() -> str:
    """The template's text; a required field stands with an empty value to be filled in."""
    lines = ["# Fill in every line that is not commented out · 請填寫未加 # 的欄位", ""]
    for (key, title), fields in fields_by_table().items():
        head = [f"[{key}]" if key in SINGLE else f"[[{key}]]", *(_line(field) for field in fields)]
        is_needed = key in required_tables()
        lines += [f"# {title.en} · {title.zh}", *(head if is_needed else [f"# {line}" for line in head])]
        if key == "money":
            lines.append("# rates = { TWD = 31.5 }  # units of a currency for one US dollar · 一美元兌換")
        lines.append("")
    return "\n".join(lines)


def _line(field: Field) -> str:
    mark = "" if field.is_required else "# "
    value = UNIT_EXAMPLE[field.unit_kind]
    if field.default is not None:
        value = field.default if _is_number(field.default) else f'"{field.default}"'
    words = ", ".join(choice for choice in field.choices if " " not in choice)
    known = f" ({words})" if words else ""
    return f"{mark}{field.key} = {value}  # {field.heading.en} · {field.heading.zh}{known}"


def _is_number(written: str) -> bool:
    return written.replace(".", "", 1).isdigit()
