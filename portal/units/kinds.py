"""Words of units and ties that need no database."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import lazy_gettext as _l

#: What kind of connection a person can have to a unit.
TIE_KINDS = {
    "employed": _l("Works or worked there"),
    "family": _l("Family works there or owns it"),
    "holding": _l("Owns a part of it"),
    "adviser": _l("Advises it or teaches there"),
    "other": _l("Another tie"),
}


class Size(StrEnum):
    """How large an enterprise is, in the four classes of official statistics."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


SIZE_LABELS = {
    Size.LARGE: _l("Large"),
    Size.MEDIUM: _l("Medium"),
    Size.SMALL: _l("Small"),
    Size.MICRO: _l("Very small"),
}
#: The fields of a unit in the order in which forms and the register's page show them.
FIELD_LABELS = {
    "name": _l("Name of the unit"),
    "registration_code": _l("Registration code"),
    "address": _l("Address"),
    "jurisdiction": _l("District"),
    "township": _l("Township"),
    "sector": _l("Sector"),
    "size": _l("Size class"),
    "workers": _l("People working there"),
    "contact_name": _l("Who receives task books there"),
    "contact_phone": _l("Telephone"),
    "contact_email": _l("Mail address for the link"),
    "risk_colour": _l("Risk colour"),
    "risk_reason": _l("Why this colour"),
}
#: The heads of columns by which a file that comes in names each field.
HEADS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "名称", "单位名称", "企业名称"),
    "registration_code": ("registration_code", "统一社会信用代码", "信用代码"),
    "address": ("address", "地址", "单位地址"),
    "jurisdiction": ("district", "区县", "辖区"),
    "township": ("township", "乡镇街道", "镇街道", "乡镇", "街道"),
    "sector": ("sector", "行业", "行业领域"),
    "size": ("size", "规模"),
    "workers": ("workers", "从业人数", "职工人数"),
    "contact_name": ("contact_name", "联系人", "联系岗位"),
    "contact_phone": ("contact_phone", "电话", "联系电话"),
    "contact_email": ("contact_email", "邮箱", "电子邮箱"),
    "risk_colour": ("risk_colour", "风险颜色", "风险等级"),
    "risk_reason": ("risk_reason", "风险理由", "定级理由"),
}
#: How such a file says sizes and colours.
SIZE_WORDS = {
    "large": ("大型", "大"),
    "medium": ("中型", "中"),
    "small": ("小型", "小"),
    "micro": ("微型", "微"),
}
COLOUR_WORDS = {
    "red": ("红", "红色", "重大", "重大风险"),
    "orange": ("橙", "橙色", "较大", "较大风险"),
    "yellow": ("黄", "黄色", "一般", "一般风险"),
    "blue": ("蓝", "蓝色", "低", "低风险"),
}
#: What to do about a field that was refused; `units.lifecycle` and `units.services` name them.
REASONS = {
    "unit_name_missing": _l("Write the unit’s name."),
    "unit_too_long": _l("This is longer than the register takes."),
    "unit_code_wrong": _l(
        "This is no registration code: it has 18 digits and letters, the last of which checks the "
        "others."
    ),
    "unit_code_taken": _l("Another unit has this registration code."),
    "unit_known": _l("A unit with this name and address is in the register already."),
    "unit_place_unknown": _l("Choose a district or township of the list."),
    "unit_sector_unknown": _l("Choose a sector of the list."),
    "unit_size_unknown": _l("Choose a size of the list."),
    "unit_workers_wrong": _l("Write how many people work there, in digits."),
    "unit_email_wrong": _l("Type an address like name@example.org"),
    "unit_colour_unknown": _l("Choose one of the four colours."),
    "unit_risk_reason_missing": _l("Say why the unit has this colour."),
    "unit_no_name_column": _l("The first line must name the columns, one of them “name”."),
    "unit_file_missing": _l("Choose a CSV file."),
    "unit_file_too_large": _l(
        "This file is too large for the page. Whoever runs the server can import it by command."
    ),
    # Of a row, as the list of refused lines says it.
    "unit_row_columns": _l("The line has more or fewer cells than the first line."),
    "unit_row_no_csv": _l("The line is no CSV."),
    "unit_row_no_text": _l("The cell is written neither in UTF-8 nor in GB 18030."),
}
