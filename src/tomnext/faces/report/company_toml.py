"""The company sheet as a TOML template: every field with its heading, required ones open, others commented out."""

from tomnext.studies.company_fields import Field, fields_by_table

SINGLE = ("company", "money", "rule")
UNIT_EXAMPLE = {"mass": '"0 t"', "price": '"0 USD/kg"', None: '""'}


def toml_template() -> str:
    """The template's text; a required field stands with an empty value to be filled in."""
    lines = ["# Fill in every line that is not commented out · 請填寫未加 # 的欄位", ""]
    for (key, title), fields in fields_by_table().items():
        lines += [f"# {title.en} · {title.zh}", f"[{key}]" if key in SINGLE else f"[[{key}]]"]
        lines += [_line(field) for field in fields]
        if key == "money":
            lines.append("# rates = { TWD = 31.5 }  # units of a currency for one US dollar · 一美元兌換")
        lines.append("")
    return "\n".join(lines)


def _line(field: Field) -> str:
    mark = "" if field.is_required else "# "
    value = f'"{field.choices[0]}"' if field.choices else UNIT_EXAMPLE[field.unit_kind]
    return f"{mark}{field.key} = {value}  # {field.heading.en} · {field.heading.zh}"
